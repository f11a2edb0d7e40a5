"""Checks of the depth law of the tangent kernel: recursions carried out layer by layer.

Limits of the ordered and the chaotic phase are compared with the recursion itself, whose
expectations are computed by quadrature of their definitions.  The law at criticality needs more
layers than a quadrature can follow: its expansion is compared with quadratures of the correlation
map, and its constants with the recursion of that expansion over many layers.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sympy as sp

from theory.errors import PrecisionError
from theory.mean_field import MeanField
from theory.symbols import q
from theory.tangent import Correction, DepthLaw
from theory.tangent.expansion import Term
from theory.tangent.symbols import L, N, c_star

from .ntk_fixed_point import fixed_point, number, of_correlation
from .report import Check

__all__ = [
    "check_condition_number",
    "check_correlation",
    "check_diagonal",
    "check_expansion",
    "check_limit",
    "check_matched",
    "check_predictor",
]

_WANTED_DIGITS = 8

#: Depths of the recursion of the expansion, and how far its constants may be off.
_DEPTHS = (6_250, 25_000, 100_000)
_CLOSE, _FAR = 0.15, 0.5

#: The noise of a quadrature in double precision.
_NOISE = 1e-11


def check_limit(mean_field: MeanField, law: DepthLaw, values: Mapping) -> Check:
    """A limit of the ordered or the chaotic phase against the recursion."""
    place = fixed_point(mean_field, law.phase, values)
    c, kernel, layers = place.kernel_at_depth()
    point = {**place.point, c_star: sp.Float(c, 17)}
    expected = number(law.limit, point)
    scale = max(abs(expected), abs(kernel), 1e-3 * place.variance)
    digits = _shared(expected, kernel, scale)
    evidence = f"{digits} digits against {layers} layers by quadrature"
    # an error of the factor counts 1/(1 - rate) times
    wanted = _WANTED_DIGITS + min(0.0, math.log10(abs(1 - number(law.rate, point))))
    return Check("SUPPORTED" if digits >= wanted - 1 else "REFUTED", evidence, digits)


def check_diagonal(mean_field: MeanField, law: DepthLaw, values: Mapping) -> Check:
    """The diagonal after seven layers against its recursion."""
    depth = 7
    if law.phase == "critical":
        variance, chi = sp.Rational(7, 3), 1.0
        point = {**values, q: variance}
    else:
        place = fixed_point(mean_field, law.phase, values)
        point, chi = place.point, place.keep + place.weight * place.slope
    kernel = number(q, point)
    source = kernel * (1 - number(mean_field.skip**2, point))
    for _ in range(depth - 1):
        kernel = chi * kernel + source
    digits = _shared(number(law.diagonal, {**point, L: sp.Integer(depth)}), kernel)
    verdict = "SUPPORTED" if digits >= _WANTED_DIGITS else "REFUTED"
    return Check(verdict, f"{digits} digits against {depth} layers", digits)


def check_expansion(mean_field: MeanField, terms: Sequence[Term], values: Mapping) -> Check:
    """1 - C(1 - u) - u + sum s_j u^e_j is small against the last term, at small u."""
    point = {**values, q: sp.Rational(1, 2)}
    variance = 0.5
    kernel = of_correlation(mean_field.kernel_at_q, point)
    numbers = _numbers(terms, point)
    slope = number(mean_field.slope_moment, point)
    first, last = numbers[0], numbers[-1]
    noise = _NOISE * max(1.0, kernel(1.0)) / (variance * slope)
    share, leading = math.inf, math.inf
    for u in (0.1, 0.03, 0.01, 0.003, 0.001):
        exact = (kernel(1.0) - kernel(1 - u)) / (variance * slope)
        error = abs(u - exact - sum(_term(t, u) for t in numbers)) + noise
        share = min(share, error / abs(_term(last, u)))
        leading = min(leading, error / abs(_term(first, u)))
    if share < _CLOSE:
        evidence = f"within {100 * share:.2g} % of its last term"
        return Check("SUPPORTED", f"{evidence} against quadratures of the correlation map")
    if leading > _FAR:
        return Check("REFUTED", "quadratures of the correlation map contradict the leading term")
    return Check("INCONCLUSIVE", "quadratures do not resolve the last term")


def check_matched(
    terms: Sequence[Term],
    law: DepthLaw,
    values: Mapping,
    term: Correction | None = None,
    rate: float = 1.0,
) -> Check:
    """The ratio, or one of its corrections, against the recursion of the expansion."""
    point = {**values, q: sp.Rational(7, 3)}
    seen = {d: pair[0] for d, pair in _iterate(_numbers(terms, point), rate).items()}
    ratio, long = number(law.ratio, {}), _DEPTHS[-1]
    if term is None:
        error = abs(seen[long] - number(law.approximation(long), point))
        evidence = f"{seen[long]:.5f} after {long} layers of the expansion"
        return _judged(error / ratio, evidence, 0.03, _CLOSE)
    others = [other for other in law.corrections if other is not term]
    rest = {
        d: seen[d] - ratio - sum(number(t.at(sp.Integer(d)), point) for t in others)
        for d in _DEPTHS
    }
    value = number(term.coefficient, point)
    if (term.exponent, term.logarithm) == (1, 1):
        estimate = _slope_in_log({d: d * rest[d] for d in _DEPTHS}, law.corrections[0])
    else:
        estimate = rest[long] / float(term.shape(sp.Integer(long)))
    evidence = f"{estimate:.5g} (formula {value:.5g}) from {long} layers of the expansion"
    return _judged(abs(estimate - value) / max(abs(value), 0.1), evidence)


def check_correlation(
    terms: Sequence[Term], law: DepthLaw, values: Mapping, rate: float = 1.0
) -> Check:
    """kappa against 1 - c^L of the recursion of the expansion."""
    point, long = {**values, q: sp.Rational(7, 3)}, _DEPTHS[-1]
    gap = _iterate(_numbers(terms, point), rate)[long][1]
    factor = 1 + sum(number(t.at(sp.Integer(long)), point) for t in law.correlation)
    value = number(law.coefficient, point)
    estimate = gap * long ** number(law.power, {}) / factor
    evidence = f"{estimate:.5g} (formula {value:.5g}) from {long} layers of the expansion"
    return _judged(abs(estimate - value) / value, evidence)


def _slope_in_log(values: Mapping[int, float], first: Correction) -> float:
    """d value / d log(depth), extrapolated; its error falls like the first correction."""
    step = math.log(_DEPTHS[1] / _DEPTHS[0])
    low, high = ((values[b] - values[a]) / step for a, b in pairwise(_DEPTHS))
    return high + (high - low) / (math.exp(step * float(first.exponent)) - 1)


def _judged(relative: float, evidence: str, close: float = _CLOSE, far: float = 4 * _FAR) -> Check:
    """The verdict on a relative deviation at a finite depth."""
    if relative < close:
        return Check("SUPPORTED", evidence)
    return Check("INCONCLUSIVE" if relative < far else "REFUTED", evidence)


@lru_cache(maxsize=8)
def _iterate(numbers: tuple[tuple, ...], rate: float) -> dict[int, tuple[float, float]]:
    """(K^L/(L rate q), 1 - c^L) at the depths, for u' = u - rate f(u) from u = 0.3 or smaller."""
    u = 0.3
    while sum(abs(s) * e * u ** (e - 1) * math.log(3 / u) ** j for s, e, j in numbers) > 0.5:
        u /= 2  # the expansion is not the map: stay where it is monotone
    kernel, found = 1 - u, {}
    for layer in range(1, _DEPTHS[-1] + 1):
        if layer in _DEPTHS:
            found[layer] = kernel / (layer * rate), u
        log, drop, slope = -math.log(u), 0.0, 0.0
        for s, e, j in numbers:
            part = s * u ** (e - 1)
            drop += part * u * log**j
            slope += part * (e * log**j - (j * log ** (j - 1) if j else 0.0))
        u -= rate * drop
        kernel = (1 - rate * slope) * kernel + rate * (1 - u)
        if not 0 < u < 1:
            raise PrecisionError("the recursion of the expansion leaves the interval (0, 1)")
    return found


def check_condition_number(law: DepthLaw, value: sp.Expr) -> Check:
    """The eigenvalues of the limiting matrix of four inputs, exactly."""
    matrix = sp.Matrix(4, 4, lambda i, j: sp.S.One if i == j else law.ratio)
    roots = [sp.simplify(root) for root in matrix.eigenvals()]
    exact = sp.simplify(max(roots) / min(roots) - value.subs(N, 4))
    return _exact(exact, "eigenvalues of the limiting matrix of 4 inputs")


def check_predictor(law: DepthLaw, value: sp.Expr) -> Check:
    """The kernel predictor of three inputs by solving its linear system, exactly."""
    matrix = sp.Matrix(3, 3, lambda i, j: sp.S.One if i == j else law.ratio)
    weights = matrix.LUsolve(sp.Matrix([2, -7, 11]))
    exact = law.ratio * sum(weights) - 6 * value.subs(N, 3)
    return _exact(exact, "the linear system of 3 inputs")


def _exact(difference: sp.Expr, what: str) -> Check:
    if sp.simplify(difference) == 0:
        return Check("SUPPORTED", f"exact against {what}")
    return Check("REFUTED", f"differs from {what} by {difference}")


def _numbers(terms: Sequence[Term], point: Mapping) -> tuple[tuple[float, float, int], ...]:
    return tuple((number(t.coefficient, point), float(t.exponent), t.logarithm) for t in terms)


def _term(term: tuple[float, float, int], u: float) -> float:
    s, e, j = term
    return s * u**e * math.log(1 / u) ** j


def _shared(first: float, second: float, scale: Any = None) -> int:
    scale = max(abs(first), abs(second)) if scale is None else scale
    gap = abs(first - second) / scale if scale else 0.0
    return 15 if gap == 0 else max(0, min(15, int(-math.log10(gap))))
