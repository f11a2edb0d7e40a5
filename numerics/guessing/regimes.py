r"""The regime of the guessing bias on a grid: where c* lies, and what squared gradients do.

    neutrality      gamma* < 1  (c* < 1/2)      ordered   chi_1 < 1
    prejudice       1 < gamma* < oo             critical  chi_1 = 1
    deep prejudice  gamma* = oo (c* = 1)        chaotic   chi_1 > 1

with chi_1 = sigma_w2 E phi'^2.  At a fixed point 0 < q < oo, c* = 1 if chi_1 <= 1, and otherwise
the convexity of C puts c* on the side of 1/2 on which C(1/2) is.  Without biases odd activations,
and weights whose rows sum to 0, keep gamma = 0.  Where variances vanish or grow without bound phi
is like a power, whose map of c contains no variance at all; where that power is 1 with one slope,
gamma stops at a value that depends on the whole path, and the regime is called undecided.
Source: Bassi et al. 2025 (arXiv:2505.12096), table 1, with these exceptions.
"""

import numpy as np
import sympy as sp

from theory.activation import Activation
from theory.guessing.scale_free import leading_part

from ..correlation_fixed_point import correlation_fixed_point, decorrelates
from ..numeric_activation import numeric_activation
from ..phase_grid import CRITICAL_WIDTH
from .far import with_activation

__all__ = ["DYNAMICS", "REGIMES", "dynamics_of", "regimes_of", "sides_of", "special_gaps"]

REGIMES = (
    "neutrality",
    "prejudice",
    "deep prejudice",
    "border of neutrality and prejudice (gamma = 1)",
    "undecided",
)
NEUTRAL, PREJUDICE, DEEP, BORDER, UNDECIDED = range(5)
DYNAMICS = ("ordered", "critical", "chaotic", "undecided")

_BORDER_WIDTH = 1e-13


def regimes_of(gap):
    """Regime codes of an array of 1 - c*, NaN where undecided."""
    code = sides_of(gap - 0.5)
    code[gap == 0.0] = DEEP
    code[np.isnan(gap)] = UNDECIDED
    return code


def sides_of(excess):
    """Regime codes short of c* = 1, from the sign of 1 - c* - 1/2 or of 1/2 - C(1/2)."""
    code = np.where(excess > 0.0, NEUTRAL, PREJUDICE).astype(np.int8)
    code[np.abs(excess) <= _BORDER_WIDTH] = BORDER
    return code


def dynamics_of(chi_1):
    """Indices into ``DYNAMICS`` of an array of chi_1, NaN where undecided."""
    code = np.where(chi_1 > 1.0, 2, 0).astype(np.int8)
    code[np.abs(chi_1 - 1.0) <= CRITICAL_WIDTH] = 1
    code[np.isnan(chi_1)] = 3
    return code


def special_gaps(theory, diagram):
    """(which, 1 - c*, chi_1) on the grid of a PhaseDiagram.

    ``which`` marks the points where no fixed point 0 < q < oo decides, 1 - c* is given there, NaN
    where undecided; chi_1 is that of the whole grid.
    """
    activation = numeric_activation(theory)
    weight = np.broadcast_to(diagram.sigma_w2, diagram.q.shape)
    bias = np.broadcast_to(diagram.sigma_b2[:, None], diagram.q.shape)
    chi_1, gap = diagram.chi_1.copy(), np.full(diagram.q.shape, np.nan)
    zero, far = diagram.q == 0.0, np.isinf(diagram.q)
    if zero.any():
        limit = _limit(theory, sp.S.Zero)
        gap[zero] = np.nan if limit is None else _gap_of(limit)
    if far.any():
        limit = _limit(theory, sp.oo)
        if limit is not None:
            gap[far], chi_1[far] = _at_infinity(activation, limit, weight[far], bias[far])
    which = zero | far
    if decorrelates(activation):
        which |= bias == 0.0
        gap[bias == 0.0] = 1.0
    elif activation.homogeneity == 1.0:
        # every variance is kept: the map is that of vanishing and of growing ones
        kept = (bias == 0.0) & ~zero & ~far
        which, gap[kept] = which | kept, _gap_of(activation)
    return which, gap, chi_1


def _limit(theory, place):
    """The numbers of the power that phi is like at 0 or infinity, None if there is none."""
    phi = theory.activation
    if phi.homogeneity is not None:
        return numeric_activation(theory)
    part = leading_part(phi, place)
    if part is None or part.is_number:
        return None
    activation = Activation(part)
    if activation.homogeneity is None:
        return None
    return numeric_activation(with_activation(theory, activation))


def _gap_of(limit):
    """1 - c* of a homogeneous activation without biases; NaN where c does not move."""
    whole = float(limit.W(1.0))
    if _is_affine(limit):
        return np.nan
    chi = float(limit.D(1.0)) / whole
    if chi <= 1.0 + CRITICAL_WIDTH:
        return 0.0
    if decorrelates(limit):
        return 1.0
    return correlation_fixed_point(limit, 1.0, 1.0 / whole, 0.0, chi)[1]


def _is_affine(limit):
    return limit.homogeneity == 1.0 and limit.parity == "odd"


def _at_infinity(activation, limit, weight, bias):
    """1 - c* and chi_1 where no fixed point is left; NaN where that does not follow."""
    nothing = np.full(weight.shape, np.nan)
    if limit.homogeneity < 1.0:
        return nothing, nothing
    if limit.homogeneity > 1.0:
        return np.full(weight.shape, _gap_of(limit)), np.full(weight.shape, np.inf)
    gain, chi = (weight * float(f(1.0)) for f in (limit.W, limit.D))
    exact = activation.homogeneity == 1.0
    grows = gain > 1.0 + CRITICAL_WIDTH
    level = exact & (np.abs(gain - 1.0) <= CRITICAL_WIDTH)
    if not _is_affine(limit):
        gap = np.where(grows | level, _gap_of(limit), np.nan)
    elif exact:
        # gamma_{l+1} = gamma_l + sigma_b2/(sigma_w2 a^2 sigma_y2) of a linear network
        with np.errstate(divide="ignore", invalid="ignore"):
            gamma = np.where(level, np.inf, bias / weight * gain / (gain - 1.0))
        gap = np.where(grows | level, 1.0 / (1.0 + gamma), np.nan)
    else:
        gap = nothing
    return gap, np.where(grows | level, chi, np.nan)
