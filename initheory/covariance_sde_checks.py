r"""On-the-spot checks of what follows from a covariance SDE: explosion, its time, stationary laws.

A probability of explosion is checked by the equation it has to solve and its values at both ends,
a stationary density by the vanishing of its probability flux and by its integral.  Whether V
explodes at all is read off the growth of the drift of one layer at large V, by quadrature.
"""

from collections.abc import Mapping
from typing import Any

import mpmath
import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.errors import PrecisionError
from theory.shaping import Shaping
from theory.special import NUMERIC
from theory.symbols import V0, V, lambda_, x

from .report import Check
from .shaped_layer import ShapedLayer, norm_push, power_of_ten

__all__ = [
    "check_backward_equation",
    "check_criterion",
    "check_density",
    "check_expansion",
    "check_exponent",
    "check_mean",
]

#: Digits of an evaluation, digits to which an equation must hold, and those of an integral.
_WORKING, _WANTED, _INTEGRAL = 40, 20, 12

#: Starts and states without any special relation to the coefficients.
_PLACES = (sp.Rational(13, 29), sp.Rational(7, 3))

#: Variances between which the growth of the drift is measured, and what counts as growth.
_LARGE = (10**4, 10**6)
_GROWTH_SLACK = 0.05

#: How far out an end of (0, oo) is looked at, and how close the limit must be there.
_NEAR_ZERO, _FAR = sp.Rational(1, 10**60), sp.Integer(10) ** 5
_LIMIT = 1e-2

Values = Mapping[sp.Symbol, sp.Rational]


def check_expansion(shaping: Shaping, values: Values) -> Check:
    """Whether phi_s less its expansion is small against the last term, at an enormous width.

    >>> from theory.shaping import shaping_of
    >>> check_expansion(shaping_of("tanh"), {}).verdict
    'SUPPORTED'
    """
    digits = 14 * int(1 / shaping.exponent)
    width = sp.Integer(10) ** digits
    precision = digits * (1 + int(max(power for power, _ in shaping.terms))) + _WORKING
    smallest = sp.S.Zero
    for place in (_PLACES[0], -_PLACES[1]):
        given = {**values, x: place}
        terms = [h.subs(given) / width**power for power, h in shaping.terms]
        terms = [term for term in terms if not term.is_zero]
        rest = (shaping.at(width).subs(given) - place - sp.Add(*terms)).evalf(precision)
        last = abs(terms[-1]).evalf(15) if terms else sp.S.One
        smallest = max(smallest, abs(rest) / last)
    good = smallest < sp.Float("1e-8")
    evidence = f"at width {power_of_ten(mpmath.mpf(10) ** digits)} what is left out is "
    evidence += f"{'less' if good else 'more'} than 1e-8 of the last term"
    return Check("SUPPORTED" if good else "REFUTED", evidence)


def check_exponent(
    sde: CovarianceSDE, layer: ShapedLayer, narrower: ShapedLayer, values: Values | None = None
) -> Check:
    """Whether layers of two widths, whose n^(-p) are known, move V12 like n^(-p/p*).

    >>> from initheory.shaped_layer import shaped_layer
    >>> tanh, state = CovarianceSDE("tanh"), (sp.S(1), sp.Rational(1, 2), sp.S(2))
    >>> layers = [shaped_layer(tanh, state, {}, digits) for digits in (14, 7)]
    >>> check_exponent(tanh, *layers).verdict
    'SUPPORTED'
    """
    widths = [mpmath.log10(one.width) for one in (layer, narrower)]
    order = sde.critical_exponent and 1 / sde.critical_exponent
    if order is None:
        loss = sde.weight_correlation.subs(dict(values or {})).evalf(_WORKING)._to_mpmath(200)
        rest = layer.drift[1] + loss * layer.state[1]  # less what the weights take themselves
        size = max(abs(rest), mpmath.mpf(10) ** -30)
        digits = int(-mpmath.log10(size))
        evidence = f"one layer of width {power_of_ten(layer.width)} moves V12 by less than "
        evidence += f"1e-{digits}/n{' besides -kappa V12/n' if loss else ''}, by quadrature"
        return Check("SUPPORTED" if digits >= _INTEGRAL else "REFUTED", evidence)
    steps = [mpmath.log10(abs(one.drift[1]) / one.width) for one in (layer, narrower)]
    exponent = sp.S.Half if sde.shaping is None else sde.shaping.exponent
    slope = (steps[1] - steps[0]) / (widths[0] - widths[1]) / float(exponent)
    good = abs(slope - int(order)) < 1e-3
    names = " and ".join(power_of_ten(one.width) for one in (narrower, layer))
    evidence = f"one layer of width {names} by quadrature: V12 moves like "
    evidence += f"n^(-{mpmath.nstr(slope, 6)} p)"
    return Check("SUPPORTED" if good else "REFUTED", evidence)


def check_criterion(sde: CovarianceSDE, values: Values) -> Check:
    """Whether the drift of one layer at large V says the same as the criterion.

    V reaches infinity in finite time if the drift is positive there and grows faster than V.

    >>> check_criterion(CovarianceSDE("silu"), {}).verdict
    'SUPPORTED'
    """
    claimed = sde.explosion.condition.subs(dict(values))
    first, second = (norm_push(sde, variance, values) for variance in _LARGE)
    where = "one layer by quadrature: at large V the drift of V "
    if abs(second) < 1e-6 * _LARGE[1]:
        seen, words = False, "vanishes"
    else:
        growth = mpmath.log(abs(second / first)) / mpmath.log(_LARGE[1] / _LARGE[0])
        seen = bool(second > 0 and growth > 1 + _GROWTH_SLACK)
        words = f"is {'positive' if second > 0 else 'negative'} and grows like "
        words += f"V^{mpmath.nstr(growth, 4)}"
    agree = claimed in (sp.true, sp.false) and bool(claimed) is seen
    return Check("SUPPORTED" if agree else "REFUTED", where + words)


def check_backward_equation(
    sde: CovarianceSDE, function: sp.Expr, values: Values, rate: sp.Expr = sp.S.Zero
) -> Check:
    """Whether w(V0) solves b w' + (noise) w'' = rate w with w(0+) = 0 and w(oo) = 1.

    The probability of explosion does with rate 0, the Laplace transform of the time with its
    argument as the rate.

    >>> silu = CovarianceSDE("silu")
    >>> check_backward_equation(silu, silu.explosion.probability, {}).digits >= 20
    True
    """
    given = {**values, lambda_: sp.Rational(3, 7)}
    w = function.subs(given)
    drift, noise = (e.subs(given).subs(V, V0) for e in (sde.norm.drift, sde.norm.diffusion))
    first, second = sp.diff(w, V0), sp.diff(w, V0, 2)
    digits = _WORKING
    for place in _PLACES:
        parts = [
            sp.Float(part.subs(V0, place).evalf(_WORKING), _WORKING)
            for part in (drift * first, noise**2 * second / 2, -rate.subs(given) * w)
        ]
        digits = min(digits, _lost(parts))
    low, high = (w.subs(V0, end).evalf(15) for end in (_NEAR_ZERO, _FAR))
    ends = abs(low) < _LIMIT and abs(high - 1) < _LIMIT
    evidence = f"solves its differential equation in V0 to {digits} digits at {len(_PLACES)} "
    evidence += "points and has the limits 0 and 1" if ends else "points; its limits are wrong"
    return Check("SUPPORTED" if digits >= _WANTED and ends else "REFUTED", evidence, digits)


def check_density(sde: CovarianceSDE, density: sp.Expr, values: Values) -> Check:
    """Whether the probability flux b p - (noise p)' vanishes and the integral of p is 1.

    >>> tanh = CovarianceSDE("tanh", a="1/2")
    >>> check_density(tanh, tanh.stationary.density, {}).verdict
    'SUPPORTED'
    """
    given = dict(values)
    p = density.subs(given)
    drift, noise = (e.subs(given) for e in (sde.norm.drift, sde.norm.diffusion))
    slope = sp.diff(noise**2 * p, V) / 2
    digits = _WORKING
    for place in _PLACES:
        parts = [
            sp.Float(part.subs(V, place).evalf(_WORKING), _WORKING) for part in (drift * p, -slope)
        ]
        digits = min(digits, _lost(parts))
    total = _shared(_integral(p, sp.S.One), mpmath.mpf(1))
    evidence = f"its probability flux vanishes to {digits} digits and its integral is 1 to {total}"
    good = digits >= _WANTED and total >= _INTEGRAL
    return Check("SUPPORTED" if good else "REFUTED", evidence, min(digits, total))


def check_mean(density: sp.Expr, mean: sp.Expr, values: Values) -> Check:
    """Whether the mean is the integral of V p(V)."""
    value = mean.subs(dict(values)).evalf(_WORKING)._to_mpmath(150)
    digits = _shared(_integral(density.subs(dict(values)), V), value)
    verdict = "SUPPORTED" if digits >= _INTEGRAL else "REFUTED"
    return Check(verdict, f"{digits} digits against a quadrature of V p(V)", digits)


def _integral(density, factor):
    """The integral of density times factor over (0, oo), in y = log V."""
    constants = {e: e.evalf(_WORKING) for e in density.args if not e.has(V)}
    f = sp.lambdify(V, density.xreplace(constants) * factor * V, modules=[NUMERIC, "mpmath"])
    with mpmath.workdps(_WANTED):
        window = (-60, -30, -15, -8, -4, -2, 0, 1, 2, 3, 4, 6, 9)
        return mpmath.quad(lambda y: f(mpmath.exp(y)), window)


def _lost(parts: list[Any]) -> int:
    """To how many digits numbers sum to zero, relative to the largest."""
    size = max(map(abs, parts))
    rest = abs(sp.Add(*parts))
    if size == 0:
        raise PrecisionError("all terms of the equation vanish")
    return _WORKING if rest == 0 else max(0, int(sp.log(size / rest, 10).evalf()))


def _shared(found: Any, wanted: Any) -> int:
    gap = abs(found - wanted) / abs(wanted)
    return _WANTED if gap == 0 else max(0, min(_WANTED, int(-mpmath.log10(gap))))
