"""Checks of the guessing bias: laws by change of variables, growth by layers of quadratures.

The law of the fraction is that of Phi(sqrt(gamma) Z), which gives density and distribution
function at Phi(sqrt(gamma) z) without any inverse.  The growth of gamma is compared with maps of
the correlation that are quadratures of untouched expectations, at a fixed point of the variance.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import mpmath
import sympy as sp

from theory.errors import UndecidedError
from theory.guessing import GuessingBias
from theory.guessing.agreement import agreement as formula
from theory.guessing.gamma_growth import GammaGrowth
from theory.guessing.regimes import PhaseCondition
from theory.guessing.scale_free import ScaleFree
from theory.symbols import g, gamma, l, q, sigma_b2, sigma_w2
from theory.tangent.symbols import c_star

from .ntk_fixed_point import fixed_point, number, of_correlation
from .report import Check
from .spot_check import evaluated

__all__ = [
    "check_agreement",
    "check_cdf",
    "check_conditions",
    "check_density",
    "check_growth",
]

_DIGITS = 25
_WANTED = 15
_PLACES = tuple(
    (sp.Rational(a), sp.Rational(b)) for a, b in (("13/29", "1/3"), ("7/3", "-5/7"), ("17/2", "1"))
)

#: How near 1 the correlation is where increments per layer are measured.
_GAP = 1e-4
#: Relative deviations of what is measured at a finite depth.
_CLOSE, _FAR = 0.05, 0.5
_DEPTH = 100_000


def check_density(density: sp.Expr) -> Check:
    """p(Phi(sqrt(gamma) z)) against the derivative of z -> Phi(sqrt(gamma) z)."""

    def witness(ratio: mpmath.mpf, z: mpmath.mpf) -> mpmath.mpf:
        root = mpmath.sqrt(ratio)
        return mpmath.npdf(z) / mpmath.diff(lambda t: mpmath.ncdf(root * t), z)

    return _change_of_variables(density, witness)


def check_cdf(cdf: sp.Expr) -> Check:
    """P(G <= Phi(sqrt(gamma) z)) against Phi(z)."""
    return _change_of_variables(cdf, lambda _, z: mpmath.ncdf(z))


def _change_of_variables(law: sp.Expr, witness: Callable) -> Check:
    digits = _DIGITS
    with mpmath.workdps(2 * _DIGITS):
        for ratio, z in _PLACES:
            root, point = mpmath.sqrt(mpmath.mpf(ratio.p) / ratio.q), mpmath.mpf(z.p) / z.q
            fraction = sp.Float(mpmath.ncdf(root * point), 2 * _DIGITS)
            found = law.subs({gamma: ratio, g: fraction}).evalf(_DIGITS)
            exact = witness(root**2, point)
            error = abs(mpmath.mpf(str(found)) / exact - 1)
            digits = min(digits, int(-mpmath.log10(error)) if error else digits)
    evidence = f"{digits} digits against the law of Phi(sqrt(gamma) Z), {len(_PLACES)} points"
    return Check("SUPPORTED" if digits >= _WANTED else "REFUTED", evidence, digits)


@lru_cache(maxsize=1)
def check_agreement() -> Check:
    """The elementary forms for 2 and 3 classes against E sum_k G_k^2 over the centres."""
    digits = 15
    for classes in (2, 3):
        for ratio, _ in _PLACES:
            value = float(formula(classes).subs(gamma, ratio).evalf(17))
            digits = min(digits, _shared(value, _mean_of_squares(classes, float(ratio))))
    evidence = f"{digits} digits against sums over the centres of 2 and 3 classes"
    return Check("SUPPORTED" if digits >= 11 else "REFUTED", evidence, digits)


def _mean_of_squares(classes: int, ratio: float) -> float:
    """K E G_1^2 for centres sqrt(ratio) mu_k, by the trapezoidal rule in every direction."""
    import numpy as np

    z, dz = np.linspace(-9.0, 9.0, 73, retstep=True)
    weight = dz * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    normal_cdf = np.vectorize(lambda t: math.erfc(-t / math.sqrt(2)) / 2)
    step = dz / max(1.0, math.sqrt(ratio))
    u = np.arange(-9.0, 9.0 + step / 2, step)
    chance = step * np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)
    spread = math.sqrt(ratio)
    if classes == 2:  # mu_1 - mu_2 = sqrt(2) u
        share = weight @ normal_cdf(z[:, None] + spread * math.sqrt(2) * u)
        return 2 * float(chance @ share**2)
    # mu_1 - mu_2 = sqrt(2) u and mu_1 - mu_3 = u/sqrt(2) + sqrt(3/2) v
    first = normal_cdf(z[:, None] + spread * math.sqrt(2) * u)
    total = 0.0
    for place, (one, mass) in enumerate(zip(u, chance, strict=True)):
        second = normal_cdf(z[:, None] + spread * (one / math.sqrt(2) + math.sqrt(1.5) * u))
        share = (weight * first[:, place]) @ second
        total += mass * float(chance @ share**2)
    return 3 * total


def check_growth(gb: GuessingBias, law: GammaGrowth, values: Mapping) -> Check | None:
    """The law of one phase against gamma layer by layer."""
    if gb.activation.homogeneity == 1 and ScaleFree(gb.mean_field).is_affine:
        return _check_linear(gb, law, values)
    if law.limit is not None:
        return _check_limit(gb, law, values)
    if law.rate is not None:
        return _check_rate(gb, law, values)
    return _check_power(gb, law, values)


def _check_rate(gb: GuessingBias, law: GammaGrowth, values: Mapping) -> Check:
    """gamma' / gamma where c is near 1 in the ordered phase."""
    place = fixed_point(gb.mean_field, "ordered", values)
    value = number(law.rate, place.point)
    seen = _GAP / place.gap_after(_GAP)
    evidence = f"factor {seen:.5g} (formula {value:.5g}) of a layer by quadrature"
    return _judged(seen / value - 1, evidence)


def _check_power(gb: GuessingBias, law: GammaGrowth, values: Mapping) -> Check:
    """The step per layer of gamma^(1/a) where c is near 1 and C'(1) = 1."""
    point = {**values, q: sp.Rational(1, 2)}
    mf = gb.mean_field
    kernel = of_correlation(mf.kernel_at_q, point)
    slope = number(mf.slope_moment, point) / 2
    after = (kernel(1.0) - kernel(1.0 - _GAP)) / slope
    power = number(law.power, values)
    free = {**point, sigma_b2: sp.S.Zero}
    value = number(law.coefficient, free) ** (1 / power)
    seen = after ** (-1 / power) - _GAP ** (-1 / power)
    evidence = f"{_root(law.power)} grows by {seen:.5g} (formula {value:.5g}) per layer"
    check = _judged(seen / value - 1, f"{evidence} by quadrature")
    if check.verdict != "SUPPORTED" or not sp.S(law.coefficient).has(sigma_b2):
        return check
    drifting = number(law.coefficient, {**point, sigma_b2: sp.S.One})
    reached = _drifting(value * power, power)
    more = f"; with biases {reached:.5g} (formula {drifting:.5g}) by its expansion"
    return _judged(reached / drifting - 1, check.evidence + more)


def _root(power: sp.Expr) -> str:
    return "gamma" if power == 1 else f"gamma^({1 / power})"


def _drifting(steepness: float, power: float) -> float:
    """gamma_l/l^a for l -> oo of e' = (e - s e^(1 + 1/a)) (1 - 1/l), whose variance grows like l.

    gamma^(1/a) is a straight line plus a multiple of l^(1/a), which two depths eliminate.
    """
    e, found = 0.3, []
    for layer in range(2, _DEPTH + 1):
        e = (e - steepness * e ** (1 + 1 / power)) * (1 - 1 / layer)
        if layer in (_DEPTH // 4, _DEPTH):
            found.append(e ** (-1 / power) / layer)
    share = 4 ** (1 / power - 1)
    return ((found[1] - share * found[0]) / (1 - share)) ** power


def _check_limit(gb: GuessingBias, law: GammaGrowth, values: Mapping) -> Check:
    """The recursion of gamma keeps the limit in the chaotic phase, found by quadrature."""
    place = fixed_point(gb.mean_field, "chaotic", values)
    limit = sp.S(law.limit).subs(c_star, sp.Float(place.attractor, 17))
    kept = evaluated(gb.gamma_recursion, {**place.point, gamma: limit}, 17)
    digits = _shared(float(kept), float(limit), 1e-3)
    evidence = f"{digits} digits: the recursion keeps the limit found by quadrature"
    return Check("SUPPORTED" if digits >= 8 else "REFUTED", evidence, digits)


def _check_linear(gb: GuessingBias, law: GammaGrowth, values: Mapping) -> Check | None:
    """A linear network layer by layer, from centred inputs of unit mean square."""
    gain = number(ScaleFree(gb.mean_field).gain / q, values)
    step = {"ordered": 0.5, "critical": 1.0, "chaotic": 2.0}[law.phase]
    weight, bias, depth = step / gain, 0.1, 60
    at = {**values, sigma_w2: sp.Float(weight, 17), sigma_b2: sp.Float(bias, 17)}
    centre, spread = bias, weight
    for _ in range(depth - 1):
        centre, spread = step * centre + bias, step * spread
    if law.law is None:
        return None
    value = number(law.law.subs(l, depth), at)
    digits = _shared(value, centre / spread)
    evidence = f"{digits} digits against {depth} layers"
    return Check("SUPPORTED" if digits >= 9 else "REFUTED", evidence, digits)


def check_conditions(
    gb: GuessingBias, conditions: Sequence[PhaseCondition], values: Mapping
) -> Check:
    """The condition that holds against c* of networks followed by quadrature."""
    right, seen = 0, []
    for phase in ("ordered", "chaotic"):
        try:
            place = fixed_point(gb.mean_field, phase, values)
            c = 1.0 if phase == "ordered" else place.attractor
        except UndecidedError:
            continue
        if place.weight == 0:
            continue  # chi_1 is infinite: nothing is ordered
        regime = "deep prejudice" if c == 1.0 else "prejudice" if c > 0.5 else "neutrality"
        held = [one.phase for one in conditions if _holds(one.condition, place.point)]
        seen.append(f"{regime}, {phase}")
        right += held == [f"{regime}, {phase}"]
    if not seen:
        return Check("INCONCLUSIVE", "no network was found to compare with")
    evidence = f"networks followed by quadrature are in {' and in '.join(seen)}"
    return Check("SUPPORTED" if right == len(seen) else "REFUTED", evidence)


def _holds(condition: sp.Basic, point: Mapping) -> bool:
    if condition in (sp.true, sp.false):
        return condition is sp.true
    if isinstance(condition, sp.And):
        return all(_holds(part, point) for part in condition.args)
    difference = float(evaluated(condition.lhs - condition.rhs, point, 17))
    return bool(condition.func(difference, 0))


def _shared(first: float, second: float, scale: float = 0.0) -> int:
    gap = abs(first - second) / max(abs(first), abs(second), scale)
    return 15 if gap == 0 else max(0, min(15, int(-math.log10(gap))))


def _judged(relative: float, evidence: str) -> Check:
    """The verdict on a relative deviation near the limit."""
    if abs(relative) < _CLOSE:
        return Check("SUPPORTED", evidence)
    return Check("INCONCLUSIVE" if abs(relative) < _FAR else "REFUTED", evidence)
