r"""The claim on the covariance SDE of weights that are correlated within a row.

The SDE is that of M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; the further drift is
derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499.
"""

import math

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.symbols import V, rho

from ..checks import Statistical, Symbolic
from ..statement import Claim, Mutation
from .correlated_networks import weights
from .covariance_sde_tools import COVARIANCE, U, gaussian_mean

__all__ = ["CORRELATED_SDE"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
_K = sp.Symbol("kappa", real=True)
_CP, _CM = sp.symbols("c_plus c_minus", real=True)
_F2, _F3 = sp.symbols("phi2 phi3", real=True)
_E = sp.Symbol("epsilon", positive=True)  # n^(-1/2)
_RANGE = {_K: (-2, 1)}


def stated_loss(first, second, entry):
    """kappa (M_a M_b + V_ab)."""
    return _K * (first * second + entry)


def _means_only(first, second, entry):
    return _K * first * second


def _entry_only(first, second, entry):
    return _K * entry


# ---------------------------------------------------------------- the toolkit


def _toolkit(loss=stated_loss):
    """M = (c_plus - c_minus) sqrt(V/2 pi) for two slopes, phi''(0) V/(2 phi'(0)) if smooth."""
    cases = (
        ("relu", {"c_plus": _CP, "c_minus": _CM}, lambda v: (_CP - _CM) * sp.sqrt(v / 2 / sp.pi)),
        ("silu", {}, lambda v: v / 2),
        ("gelu", {}, lambda v: 2 * v / sp.sqrt(2 * sp.pi)),
        ("tanh", {}, lambda v: sp.S.Zero),
        ("linear", {}, lambda v: sp.S.Zero),
    )
    for text, options, mean in cases:
        with_, without = (CovarianceSDE(text, weight_correlation=k, **options) for k in (_K, None))
        entry = rho * sp.sqrt(V11) * sp.sqrt(V22)
        drop = without.cross_drift - with_.cross_drift
        yield Symbolic(drop, loss(mean(V11), mean(V22), entry), {**_RANGE, rho: (R(-9, 10), 0)})
        drop = without.norm.drift - with_.norm.drift
        yield Symbolic(drop, loss(mean(V), mean(V), V), _RANGE)
        for i, j in ((0, 0), (0, 1), (1, 1)):  # the noise stays
            yield Symbolic(with_.diffusion(2)[i, j], without.diffusion(2)[i, j])


# ---------------------------------------------------------------- one layer of width n


def _after(product, one, other):
    """E y_a y_b of a layer of width n of independent neurons, c = 1: exact at every n."""
    return product - _K * (one * other + (product - one * other) * _E**2)


def _two_slopes(loss=stated_loss):
    """n (V' - V) of one norm, by moments on half-lines; the normaliser leaves no other drift."""
    up, down = 1 + _CP * _E, 1 + _CM * _E
    mean, second = (up - down) * sp.sqrt(V / 2 / sp.pi), V * (up**2 + down**2) / 2
    after = V / second * _after(second, mean, mean)
    limit = sp.limit(sp.cancel((after - V) / _E**2), _E, 0)
    place = (_CP - _CM) * sp.sqrt(V / 2 / sp.pi)
    yield Symbolic(limit, -loss(place, place, V), _RANGE)
    yield Symbolic(limit, _norm_drift(), _RANGE)


def _norm_drift():
    return CovarianceSDE("relu", c_plus=_CP, c_minus=_CM, weight_correlation=_K).norm.drift


def _smooth(loss=stated_loss):
    """y + phi2 y^2/(2 sqrt n) + phi3 y^3/(6 n): what kappa takes from n (V'_ab - V_ab)."""
    first, second = (y + _F2 / 2 * _E * y**2 + _F3 / 6 * _E**2 * y**3 for y in U)
    product, one, other = (gaussian_mean(f) for f in (first * second, first, second))
    lost = product - _after(product, one, other)
    limit = sp.expand(lost / _E**2).subs(_E, 0)
    yield Symbolic(limit, loss(_F2 / 2 * V11, _F2 / 2 * V22, V12), _RANGE)


# ---------------------------------------------------------------- drawn layers


def _drawn(kappa, loss=None, width=16, samples=20_000):
    """n (E y_a y_b - V_ab) of layers of 16 neurons with slopes 1 + 1/sqrt(n), 1 - 2/sqrt(n)."""
    import numpy as np

    up, down, c = 1 + 1 / math.sqrt(width), 1 - 2 / math.sqrt(width), 0.6
    theta = math.acos(c)
    arc = (math.sin(theta) + (math.pi - theta) * c) / (2 * math.pi)  # E u_+ v_+
    cross = -(math.sin(theta) - theta * c) / (2 * math.pi)  # E u_+ v_-
    product = (up**2 + down**2) * arc + 2 * up * down * cross
    mean = (up - down) / math.sqrt(2 * math.pi)
    lost = mean**2 + (product - mean**2) / width
    if loss is not None:
        lost = loss(mean, mean, product / width).subs(_K, 1)
    expected = width * (product - kappa * float(lost) - c)

    def sampler(generator, count):
        u, other = generator.standard_normal((2, count, width, 1))
        pair = np.concatenate([u, c * u + math.sqrt(1 - c * c) * other], axis=2)
        h = np.where(pair > 0, up, down) * pair
        y = weights(generator, kappa, (count, 8, width)) @ h / math.sqrt(width)
        return width * ((y[..., 0] * y[..., 1]).mean(axis=1) - c)

    return Statistical(sampler, expected, samples)


def _layers(loss=None, samples=20_000):
    for kappa in (1.0, -2.0):
        yield _drawn(kappa, loss, samples=samples)


def _correlated():
    yield from _toolkit()
    yield from _two_slopes()
    yield from _smooth()
    yield from _layers()


CORRELATED = Claim(
    "ncsde.correlated-weights",
    r"Rows of covariance $\frac cn(\delta_{jk} - \frac\kappa n)$ add $-\kappa(M_aM_b + V_{ab})$ "
    r"to the drift of the covariance SDE, $M_a = \lim\sqrt n\,E\phi_s(\sqrt{V_{aa}}Z)$, and leave "
    r"the noise: per layer $\kappa$ takes $(E\phi_s)^2$, of order $\frac1n$, and the variance "
    r"$V_{ab}/n$ of a mean over $n$ neurons.",
    "derived here, for the SDE of Li, Nica & Roy 2022, arXiv:2206.02768",
    _correlated,
    (
        Mutation("-kappa M_a M_b alone, the toolkit", lambda: list(_toolkit(_means_only))),
        Mutation("-kappa V_ab alone, the toolkit", lambda: list(_toolkit(_entry_only))),
        Mutation("-kappa M_a M_b alone, two slopes", lambda: list(_two_slopes(_means_only))),
        Mutation("-kappa V_ab alone, smooth", lambda: list(_smooth(_entry_only))),
        Mutation("-kappa M_a M_b alone, drawn", lambda: list(_layers(_means_only))),
    ),
    full=lambda: list(_layers(samples=200_000)),
)

CORRELATED_SDE = (CORRELATED,)
