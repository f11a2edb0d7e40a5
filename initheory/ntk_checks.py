"""Checks of the depth law of the tangent kernel: recursions carried out layer by layer.

Limits of the ordered and the chaotic phase are compared with the recursion itself, whose
expectations are computed by quadrature of their definitions.  The law at criticality needs more
layers than a quadrature can follow: its expansion is compared with quadratures of the correlation
map, and its constants with the recursion of that expansion over many layers.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sympy as sp

from theory.equation import closed
from theory.errors import PrecisionError, UndecidedError
from theory.gaussian import BOUND, GaussianExpectation
from theory.mean_field import MeanField
from theory.pieces import unbounded_places
from theory.special import NUMERIC
from theory.symbols import q, rho, sigma_b2, sigma_w2
from theory.tangent import Correction, DepthLaw
from theory.tangent.expansion import Term
from theory.tangent.symbols import L, N, c_star

from .report import Check

__all__ = [
    "FixedPoint",
    "check_condition_number",
    "check_correlation",
    "check_diagonal",
    "check_expansion",
    "check_limit",
    "check_matched",
    "check_predictor",
    "number",
]

#: Variances at which a phase is looked for, the correlation to start from.
_VARIANCES = tuple(map(sp.Rational, ("7/3", "1/2", "30", "200")))
_START = sp.Rational(1, 3)

_MOST_LAYERS, _WANTED_DIGITS = 100_000, 8

#: Depths of the recursion of the expansion, and how far its constants may be off.
_DEPTHS = (6_250, 25_000, 100_000)
_CLOSE, _FAR = 0.15, 0.5

#: Digits of the numbers that enter, and the noise of a quadrature in double precision.
_DIGITS, _NOISE = 20, 1e-11


def number(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> float:
    """The value at a point as a float; UndecidedError where there is none."""
    value = sp.sympify(expression).xreplace(dict(point)).evalf(_DIGITS)
    if not value.is_number or value.is_extended_real is False:
        raise UndecidedError(f"{expression} has no real value at {dict(point)}")
    return float(value)


class FixedPoint:
    """An activation at a fixed point q of its variance, with maps computed by quadrature."""

    def __init__(self, mean_field: MeanField, phase: str, values: Mapping[sp.Symbol, sp.Expr]):
        self.mean_field, self.phase = mean_field, phase
        for variance in _VARIANCES:
            self.place = {**values, q: variance}
            self.second = number(mean_field.second_moment, self.place)
            slope = mean_field.slope_moment
            self.slope = math.inf if slope is sp.oo else number(slope, self.place)
            self.variance = float(variance)
            highest, critical = self.variance / self.second, 1 / self.slope
            if phase == "ordered":
                self.weight = min(highest, critical) / 8
                break
            if highest > 1.01 * critical:
                self.weight = (critical + highest) / 2 if critical else highest / 2
                self.weight = min(self.weight, 3 * critical) if critical else self.weight
                break
        else:
            raise UndecidedError("no variance tried has a chaotic phase")
        self.bias = self.variance - self.weight * self.second
        self._kernel = _of_correlation(mean_field.kernel_at_q, self.place)
        self._slopes = _of_correlation(mean_field.slope_kernel, self.place)

    @property
    def point(self) -> dict[sp.Symbol, sp.Expr]:
        """Every symbol of the maps, by its value."""
        given = {sigma_w2: self.weight, sigma_b2: self.bias}
        return {**self.place, **{s: sp.Float(v, 17) for s, v in given.items()}}

    def kernel_at_depth(self) -> tuple[float, float, int]:
        """(c, K, how many layers) where both have settled.

        In the ordered phase layer by layer; in the chaotic one at the attracting correlation,
        because the way there may be long.
        """
        c = float(_START) if self.phase == "ordered" else self._attractor()
        kernel = self.variance * c
        factor, covariance = self._layer(c)
        before, layers = math.inf, 0
        while abs(kernel - before) > 1e-14 * abs(kernel) and layers < _MOST_LAYERS:
            before, kernel = kernel, factor * kernel + covariance
            layers += 1
            if self.phase == "ordered":
                c = min(covariance / self.variance, 1.0)
                factor, covariance = self._layer(c)
        return c, kernel, layers

    def _layer(self, c: float) -> tuple[float, float]:
        """The factor of K and the covariance after one layer."""
        return self.weight * self._slopes(c), self.bias + self.weight * self._kernel(c)

    def _attractor(self) -> float:
        """The root of C(c) - c in [0, 1), which is positive at 0 and negative just below 1."""

        def gap(c: float) -> float:
            return self.bias + self.weight * self._kernel(c) - self.variance * c

        low, high = 0.0, 0.99999
        at_low, at_high = gap(low), gap(high)
        if abs(at_low) < 1e-11 * self.variance:
            return low
        if at_low < 0 or at_high > 0:
            raise UndecidedError("the attracting correlation is too near 1 to be resolved")
        for _ in range(60):  # Illinois
            c = (low * at_high - high * at_low) / (at_high - at_low)
            here = gap(c)
            if abs(here) < 1e-13 * self.variance or high - low < 1e-13:
                break
            if here > 0:
                low, at_low, at_high = c, here, at_high / 2
            else:
                high, at_high, at_low = c, here, at_low / 2
        return c


def _of_correlation(expression: sp.Expr, place: Mapping) -> Callable[[float], float]:
    """An expression in two-point expectations as a function of the correlation."""
    from numerics.two_point_node import prepared

    here = expression.xreplace(dict(place))
    if any(unbounded_places(f, BOUND) for n in here.atoms(GaussianExpectation) for f in n.factors):
        here = closed(here)  # quadratures of unbounded factors are slow
    variance = float(place[q])
    nodes = [n for n in here.atoms(GaussianExpectation) if len(n.factors) == 2]
    names = [sp.Dummy() for _ in nodes]
    plain = here.xreplace(dict(zip(nodes, names, strict=True)))
    rest = sp.lambdify([rho, *names], plain, modules=[NUMERIC, "mpmath"])
    functions = [prepared(node) for node in nodes]

    def value(c: float) -> float:
        return float(rest(c, *(f(variance, variance, c) for f in functions)))

    return value


def check_limit(mean_field: MeanField, law: DepthLaw, values: Mapping) -> Check:
    """A limit of the ordered or the chaotic phase against the recursion."""
    place = FixedPoint(mean_field, law.phase, values)
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
        place = FixedPoint(mean_field, law.phase, values)
        point, chi = place.point, place.weight * place.slope
    start = kernel = number(q, point)
    for _ in range(depth - 1):
        kernel = chi * kernel + start
    digits = _shared(number(law.diagonal, {**point, L: sp.Integer(depth)}), kernel)
    verdict = "SUPPORTED" if digits >= _WANTED_DIGITS else "REFUTED"
    return Check(verdict, f"{digits} digits against {depth} layers", digits)


def check_expansion(mean_field: MeanField, terms: Sequence[Term], values: Mapping) -> Check:
    """1 - C(1 - u) - u + sum s_j u^e_j is small against the last term, at small u."""
    point = {**values, q: sp.Rational(1, 2)}
    variance = 0.5
    kernel = _of_correlation(mean_field.kernel_at_q, point)
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
    ratio, long = float(law.ratio), _DEPTHS[-1]
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
        estimate = rest[long] / float(term.at(sp.Integer(long)) / term.coefficient)
    evidence = f"{estimate:.5g} (formula {value:.5g}) from {long} layers of the expansion"
    return _judged(abs(estimate - value) / max(abs(value), 0.1), evidence)


def check_correlation(terms: Sequence[Term], law: DepthLaw, values: Mapping) -> Check:
    """kappa against 1 - c^L of the recursion of the expansion."""
    point, long = {**values, q: sp.Rational(7, 3)}, _DEPTHS[-1]
    gap = _iterate(_numbers(terms, point), 1.0)[long][1]
    factor = 1 + sum(number(t.at(sp.Integer(long)), point) for t in law.correlation)
    value = number(law.coefficient, point)
    estimate = gap * long ** float(law.power) / factor
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
