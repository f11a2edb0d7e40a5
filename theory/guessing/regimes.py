r"""The regimes of the bias as exact conditions on the variances.

At a stable fixed point q = V(q) with 0 < q < oo, started at c_1 < 1:

    chi_1 < 1                   deep prejudice, ordered
    chi_1 = 1                   deep prejudice, critical
    chi_1 > 1, C(1/2) > 1/2     prejudice, chaotic
    C(1/2) = 1/2                the neutral line (then chi_1 > 1)
    C(1/2) < 1/2                neutrality, chaotic

No other combination occurs, as C is convex on [0, 1] and C(1) = 1.  Odd phi without biases have
C(c) <= c at every q: gamma never grows.  Homogeneous phi have conditions free of q.
Source: Bassi et al. 2025 (arXiv:2505.12096), table 1; exceptions derived here.
"""

from dataclasses import dataclass

import sympy as sp

from ..pieces import sign_of
from ..symbols import q, rho
from .scale_free import ScaleFree

__all__ = ["PhaseCondition", "phase_conditions"]

_HALF = sp.S.Half


@dataclass(frozen=True)
class PhaseCondition:
    """``phase`` occurs exactly where ``condition`` holds, a SymPy relation; ``note`` says when."""

    phase: str
    condition: sp.Basic
    note: str

    def __str__(self):
        return f"{self.phase}: {self.condition} ({self.note})"


def phase_conditions(guessing_bias) -> tuple[PhaseCondition, ...]:
    """The conditions for a GuessingBias, in its variances and, where needed, q."""
    gb = guessing_bias
    if gb.activation.homogeneity == 1:
        free = ScaleFree(gb.mean_field)
        if free.is_affine:
            return _linear(gb, free)
        if free.ratio == 1 or (gb.sigma_b2.is_zero and sign_of(free.ratio - 1, "k'(1)") < 0):
            return _scale_free(gb, free)
        if gb.sigma_b2.is_zero:
            return _driven(gb, free)
    mf, values = gb.mean_field, gb.values
    note = "at a stable fixed point 0 < q = V(q) < oo"
    half = mf.correlation_map.subs(rho, _HALF).subs(values)
    chi = mf.chi_1.subs(values)
    if gb.is_odd_without_biases:
        note = "odd without biases: c_1 = 0 stays, and C(c) <= c for correlated data"
        return tuple(
            PhaseCondition(f"neutrality, {name}", condition, note)
            for name, condition in _dynamics(chi)
        )
    below, equal, above = (condition for _, condition in _dynamics(chi))
    return (
        PhaseCondition("deep prejudice, ordered", below, note),
        PhaseCondition("deep prejudice, critical", equal, note),
        PhaseCondition("prejudice, chaotic", sp.And(above, half > _HALF), note),
        PhaseCondition("border (gamma = 1), chaotic", sp.Eq(half, _HALF), note),
        PhaseCondition("neutrality, chaotic", sp.Lt(half, _HALF), note),
    )


def _dynamics(chi):
    if chi.is_finite is False:
        return ("ordered", sp.false), ("critical", sp.false), ("chaotic", sp.true)
    return ("ordered", sp.Lt(chi, 1)), ("critical", sp.Eq(chi, 1)), ("chaotic", sp.Gt(chi, 1))


def _scale_free(gb, free):
    chi = gb.sigma_w2 * free.slope
    note = "for every sigma_b2 >= 0: there is no neutral phase"
    return (
        *(
            PhaseCondition(f"deep prejudice, {name}", condition, note)
            for name, condition in _dynamics(chi)
        ),
        PhaseCondition("prejudice or neutrality", sp.false, note),
    )


def _driven(gb, free):
    """k'(1) > 1 without biases: one regime at every sigma_w2."""
    side = sign_of(free.half, "k(1/2) - 1/2")
    regime = ("neutrality", "border (gamma = 1)", "prejudice")[side + 1]
    note = "without biases, where V(q)/q and K(q, q, c)/V(q) do not depend on q"
    conditions = _dynamics(gb.sigma_w2 * free.slope)
    return tuple(PhaseCondition(f"{regime}, {name}", held, note) for name, held in conditions)


def _linear(gb, free):
    """gamma* = (sigma_b2/sigma_w2) chi_1/(chi_1 - 1) of a linear network with chi_1 > 1."""
    chi = gb.sigma_w2 * free.gain / q
    biased, limit = sp.Gt(gb.sigma_b2, 0), gb.sigma_b2 / gb.sigma_w2 * chi / (chi - 1)
    (_, below), (_, equal), (_, above) = _dynamics(chi)
    start = "from centred inputs of unit mean square; without biases gamma = 0 stays"
    return (
        PhaseCondition("deep prejudice, ordered", sp.And(biased, below), start),
        PhaseCondition("deep prejudice, critical", sp.And(biased, equal), start),
        PhaseCondition("prejudice, chaotic", sp.And(above, sp.Gt(limit, 1)), start),
        PhaseCondition("border (gamma = 1), chaotic", sp.And(above, sp.Eq(limit, 1)), start),
        PhaseCondition("neutrality, chaotic", sp.And(above, sp.Lt(limit, 1)), start),
    )
