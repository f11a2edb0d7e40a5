r"""The phases of correlated weights and an activation of degree 1, as conditions and sentences.

With the boundary B(kappa) = (1 - s^2)/(W - kappa M) of bounded variances and the critical
e = (1 - s^2)/W, B > e for kappa > 0 and B < e for kappa < 0.  Where sigma_w2 >= B and
sigma_b2 > 0 the variance grows without bound, biases become negligible, and the correlation obeys
the map of sigma_b2 = 0 (Singh & Sreejith 2021, arXiv:2103.12499, for ReLU and kappa >= 0).

On the line sigma_w2 = B with biases q_l ~ sigma_b2 l.  For kappa = 0 then
q_{l+1} u_{l+1} = q_l (u_l - a u_l^(3/2)), u = 1 - c, so u_l ~ 1/(a l)^2: a quarter of what
u_{l+1} = u_l - a u_l^(3/2) gives.  For kappa > 0 the bias pulls c above c* by a part of
(1 - c*) sigma_b2/q_l, which dies like A^(-l) beyond the line and like 1/l on it.
"""

from dataclasses import dataclass, replace

import sympy as sp

from ..errors import InputError, UndecidedError
from ..parser import exact
from ..symbols import l, sigma_b2, sigma_w2

__all__ = ["Phase", "phase_at", "phases"]


@dataclass(frozen=True)
class Phase:
    """A region: ``condition`` in SymPy, where the correlation goes, and in which way.

    ``rate`` is the factor per layer of the distance |c^l - c_star| from q = q* where q is bounded,
    and in the limit of many layers otherwise; where that is 1, ``approach`` is what the distance
    is asymptotically equal to, else None.
    """

    name: str
    condition: sp.Basic
    statement: str
    c_star: sp.Expr
    rate: sp.Expr
    approach: sp.Expr | None = None

    def __str__(self):
        return f"{self.name}: {self.statement}"


def phases(maps) -> tuple[Phase, ...]:
    """The regions of a ScaleFreeMaps; those that no parameters meet are left out."""
    found = _settled(maps) + _growing(maps) + _free(maps)
    return tuple(phase for phase in found if phase.condition is not sp.false)


def phase_at(maps, weights, biases) -> Phase:
    """The region in which the variances lie, with what it says of c at these variances."""
    point = {sigma_w2: exact(weights, "sigma_w2"), sigma_b2: exact(biases, "sigma_b2")}
    if point[sigma_w2].is_positive is False or point[sigma_b2].is_negative:
        raise InputError(
            f"phase_at: sigma_w2 = {weights} must be positive and sigma_b2 = {biases} must not "
            "be negative"
        )
    held = [(phase, phase.condition.subs(point)) for phase in maps.phases]
    for phase, truth in held:
        if truth is sp.true or truth is True:
            approach = None if phase.approach is None else phase.approach.subs(point)
            here = {"c_star": phase.c_star.subs(point), "rate": phase.rate.subs(point)}
            return replace(phase, **here, approach=approach)
    missing = set().union(*(sp.sympify(t, strict=True).free_symbols for _, t in held))
    names = ", ".join(sorted(map(str, missing))) or "the point"
    raise UndecidedError(f"phase_at: the phase depends on {names}; give it a value")


def _settled(maps):
    """With biases, where the variance stays bounded."""
    kappa, edge, boundary = maps.kappa, maps.critical_sigma_w2, maps.boundary
    biased, anti, bounded = sp.Gt(sigma_b2, 0), sp.Gt(kappa, 0), sp.Lt(sigma_w2, boundary)
    below, above = sp.Lt(sigma_w2, edge), sp.Gt(sigma_w2, edge)
    chi = maps.slope_at_one_with_bias
    return (
        Phase(
            "ordered",
            sp.And(biased, below, bounded),
            f"q tends to {maps.fixed_point}; c tends to 1 with factor chi_1 = {chi} per layer",
            sp.S.One,
            chi,
        ),
        Phase(
            "critical",
            sp.And(biased, anti, sp.Eq(sigma_w2, edge)),
            f"q stays finite, gradients are preserved, and 1 - c ~ {_critical(maps)}",
            sp.S.One,
            sp.S.One,
            _critical(maps),
        ),
        Phase(
            "chaotic",
            sp.And(biased, anti, above, bounded),
            "q stays finite; c tends to c*(kappa_e), which depends on sigma_w2 alone, kappa_e = "
            f"{maps.effective_weight_correlation}; gradients grow",
            maps.c_star_with_bias(),
            maps.rate_with_bias,
        ),
    )


def _growing(maps):
    """With biases, where the variance grows without bound and leaves them behind."""
    kappa, edge, boundary = maps.kappa, maps.critical_sigma_w2, maps.boundary
    biased, grows = sp.Gt(sigma_b2, 0), sp.Ge(sigma_w2, boundary)
    below, above = sp.Lt(sigma_w2, edge), sp.Gt(sigma_w2, edge)
    anti, joint, none = sp.Gt(kappa, 0), sp.Lt(kappa, 0), sp.Eq(kappa, 0)
    chi, slope, star = maps.slope_at_one_with_bias, maps.slope_at_one, maps.c_star()
    slow, growth = _power_law(maps), maps.variance_factor
    lag = (1 - star) / (1 - maps.rate.subs(sigma_w2, boundary)) / l
    return (
        Phase(
            "unbounded chaotic",
            sp.And(biased, anti, sp.Gt(sigma_w2, boundary)),
            f"q grows without bound and biases become negligible: c tends to {star} < 1 with the "
            f"larger of the factors {maps.rate} of the map and 1/({growth}) of the biases",
            star,
            sp.Max(maps.rate, 1 / growth),
        ),
        Phase(
            "chaotic with growing variance",
            sp.And(biased, anti, sp.Eq(sigma_w2, boundary)),
            f"q grows in proportion to the depth; c tends to {star} < 1 as a power, "
            f"c - c* ~ {lag}",
            star,
            sp.S.One,
            lag,
        ),
        Phase(
            "unbounded critical",
            sp.And(biased, none, above),
            f"q grows exponentially; c tends to 1 as a power, 1 - c ~ {slow}",
            sp.S.One,
            sp.S.One,
            slow,
        ),
        Phase(
            "critical with growing variance",
            sp.And(biased, none, sp.Eq(sigma_w2, edge)),
            "q grows in proportion to the depth, gradients are preserved; c tends to 1 as a "
            f"power, 1 - c ~ {_critical(maps) / 4}",
            sp.S.One,
            sp.S.One,
            _critical(maps) / 4,
        ),
        Phase(
            "unbounded ordered, vanishing gradients",
            sp.And(biased, joint, grows, below),
            f"q grows without bound although chi_1 = {chi} < 1; 1 - c shrinks by {slope} per "
            "layer",
            sp.S.One,
            slope,
        ),
        Phase(
            "unbounded ordered",
            sp.And(biased, joint, grows, sp.Ge(sigma_w2, edge)),
            f"q grows without bound; 1 - c shrinks by {slope} per layer, not by chi_1",
            sp.S.One,
            slope,
        ),
    )


def _free(maps):
    """Without biases, where no correlation depends on the variance."""
    free, kappa = sp.Eq(sigma_b2, 0), maps.kappa
    anti, joint, none = sp.Gt(kappa, 0), sp.Lt(kappa, 0), sp.Eq(kappa, 0)
    slope, star, slow = maps.slope_at_one, maps.c_star(), _power_law(maps)
    return (
        Phase(
            "scale-free chaotic",
            sp.And(free, anti),
            f"without biases, at every sigma_w2: c tends to {star} < 1 with factor {maps.rate} "
            f"per layer; q is multiplied by {maps.variance_factor}",
            star,
            maps.rate,
        ),
        Phase(
            "scale-free critical",
            sp.And(free, none),
            f"without biases, at every sigma_w2: c tends to 1 as a power, 1 - c ~ {slow}",
            sp.S.One,
            sp.S.One,
            slow,
        ),
        Phase(
            "scale-free ordered",
            sp.And(free, joint),
            f"without biases, at every sigma_w2: 1 - c shrinks by {slope} per layer",
            sp.S.One,
            slope,
        ),
    )


def _power_law(maps):
    """4/(a l)^2 for the u' = u - a u^(3/2) of kappa = 0, sigma_b2 = 0."""
    kept = maps.mean_field.skip**2 + sigma_w2 * maps.second_moment
    return _squared(2 * kept / (sigma_w2 * maps.mean_square * maps.near_one[0]))


def _critical(maps):
    """The same with biases on the critical line, where C does not know kappa."""
    branch = 1 - maps.mean_field.skip**2
    return _squared(2 * maps.second_moment / (branch * maps.mean_square * maps.near_one[0]))


def _squared(ratio):
    return sp.factor(sp.cancel(ratio) ** 2) / l**2
