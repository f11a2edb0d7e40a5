r"""The row on other centres: around which x0 does the shaping s phi(x/s) explode?

Around a centre where phi is smooth the norm obeys dV = b V (V - 1) dt + sqrt(2) V dB with

    b = ((3/4) phi''(x0)^2 + phi'(x0) phi'''(x0)) / (a phi'(x0))^2,

so the sign of the numerator decides, and it may change with the centre.  With weights of
correlation kappa the norm obeys dV = V (C V - b - kappa) dt + sqrt(2) V dB, where C is b with
3 - kappa for 3, and the sign of C decides.
"""

from collections.abc import Mapping

import mpmath
import sympy as sp

from theory.activation import Activation
from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)
from theory.latex import latex
from theory.symbols import x

from .report import Check, Row
from .shaped_layer import DIGITS, power_of_ten, push_of

__all__ = ["centre_criterion", "centre_row"]

#: A centre of no special meaning to any activation, and two V, one apart.
_CENTRE, _VARIANCES = sp.Rational(23, 31), (1, 2)

_SLACK = 3

_SYMBOL = r"\tfrac{%s}{4}\,\phi''(x_0)^2 + \phi'(x_0)\,\phi'''(x_0)"
_LI = "Li, Nica & Roy 2022 (arXiv:2206.02768)"


def centre_criterion(activation: Activation, weight_correlation: sp.Expr = sp.S.Zero) -> sp.Expr:
    """((3 - kappa)/4) phi''^2 + phi' phi''' as a function of ``x``, away from kinks.

    >>> centre_criterion(Activation("exp"))
    7*exp(2*x)/4
    """
    first, second, third = (activation.derivative_expr(order) for order in (1, 2, 3))
    return (3 - weight_correlation) / 4 * second**2 + first * third


def centre_row(
    activation: Activation,
    values: Mapping[sp.Symbol, sp.Rational],
    weight_correlation: sp.Expr = sp.S.Zero,
) -> Row:
    """The criterion at any centre x0, checked by a layer shaped around one of them.

    >>> centre_row(Activation("sin"), {}).check.verdict
    'SUPPORTED'
    """
    row = ("sde", "explosion_centre_criterion", "explosion around another centre x0")
    if activation.homogeneity == 1:
        note = "around any other centre than 0 the activation is linear, and V does not explode"
        return Row(*row, source=_LI, note=note)
    try:
        if activation.derivative_expr(1).is_zero:
            note = "the activation is flat around every centre, so it has no shaping"
            return Row(*row, source=_LI, note=note)
        criterion = centre_criterion(activation, weight_correlation)
        check = _check(activation, criterion, weight_correlation, values)
    except (AssumptionError, DivergentExpectationError, UndecidedError) as error:
        return Row(*row, source=_LI, note=str(error))
    value = criterion.xreplace({x: sp.Symbol("x0", real=True)})
    note = "s*phi(x/s) around x0, where phi is smooth and phi'(x0) != 0, explodes iff positive"
    symbol = _SYMBOL % ("3" if weight_correlation.is_zero else r"3-\kappa")
    return Row(*row, symbol, latex(value), sp.sstr(value), (), _LI, check, note)


def _check(
    activation: Activation, criterion: sp.Expr, weight_correlation: sp.Expr, values: Mapping
) -> Check:
    """n (E V' - V)/V, C V less a constant around one centre, grows by C from V = 1 to V = 2."""
    try:
        given = dict(values)
        slope = activation.derivative_expr(1).subs(x, _CENTRE).subs(given)
        if slope.is_zero:
            raise AssumptionError(f"{activation.name} is flat at x0 = {_CENTRE}")
        exact = (criterion.subs(x, _CENTRE).subs(given) / slope**2).evalf(30)
        scale = sp.Integer(10) ** DIGITS  # s = sqrt(n)
        phi = activation.expr.subs(given)
        shaped = scale * (phi.subs(x, _CENTRE + x / scale) - phi.subs(x, _CENTRE)) / slope
        with mpmath.workdps(30):
            kappa = weight_correlation.subs(given).evalf(30)._to_mpmath(100)
            low, high = (push_of(shaped, v, correlation=kappa) / v for v in _VARIANCES)
            seen = high - low
            wanted = exact._to_mpmath(100)
            gap = abs(seen - wanted) / max(abs(wanted), 1)
            digits = DIGITS if gap == 0 else max(0, min(DIGITS, int(-mpmath.log10(gap))))
    except (AssumptionError, InputError, PrecisionError) as error:
        return Check("INCONCLUSIVE", f"not evaluated: {error}")
    width = power_of_ten(mpmath.mpf(10) ** (2 * DIGITS))
    evidence = f"{digits} digits against one layer of width {width} around x0 = {_CENTRE}"
    return Check("SUPPORTED" if digits >= DIGITS - _SLACK else "REFUTED", evidence, digits)
