r"""The section of a report on the input-output Jacobian: slope moments, spectrum, curvature.

Slope moments are checked against quadrature like every expectation.  Moments of the spectrum are
checked without series reversion: with w = psi_D(u) and 1/lambda(u) = chi(w) on the spectral curve
Lagrange's formula is the contour integral

    m_k = (1/k) (1/2 pi i) \oint lambda(u)^k dw(u),

evaluated by the trapezoidal rule on a circle with the law of phi' found by another quadrature.
"""

import cmath
import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.activation import Activation
from theory.curvature import Curvature
from theory.equation import Equation
from theory.spectrum.jacobian import DEPTH, JacobianSpectrum
from theory.symbols import q, sigma_w2

from .judged import DECLINED
from .mean_field_rows import equation_row
from .number_rows import json_number
from .report import Check, Row

__all__ = ["TOPIC", "check_moment", "jacobian_number_rows", "jacobian_rows"]

TOPIC = "jacobian"

_WEIGHTS = ("gaussian", "orthogonal")

#: Digits that two evaluations of a moment must share.
_DIGITS = 10

_DEPTHS = (10, 100)


def jacobian_rows(activation: Activation) -> Iterator[Row]:
    """Slope moments, S-transforms, moments and isometry for both kinds of weights, curvature.

    >>> rows = {row.name: row for row in jacobian_rows(Activation("erf"))}
    >>> rows["mu_2"].sympy, rows["mu_2"].check.verdict
    ('16/(pi**2*sqrt(8*q + 1))', 'SUPPORTED')
    """
    seen: set[str] = set()
    for weights in _WEIGHTS:
        for equation in JacobianSpectrum(activation, weights).equations():
            if equation.name not in seen:
                seen.add(equation.name)
                yield _row(equation)
    for equation in Curvature(activation).equations():
        yield _row(equation)


def _row(equation: Equation) -> Row:
    if isinstance(equation.value, sp.Expr) and equation.value.is_infinite:
        return Row(
            TOPIC,
            equation.name,
            equation.title,
            equation.symbol,
            r"\infty",
            "oo",
            source=equation.source,
            note=equation.note,
        )
    return equation_row(equation)


def jacobian_number_rows(
    activation: Activation, *, sigma_w2: float | None = None, sigma_b2: float | None = None
) -> Iterator[Row]:
    """m_1, variance, largest singular value at two depths, with both kinds of weights."""
    if activation.parameters:
        names = ", ".join(f"--param {symbol}=..." for symbol in activation.parameters)
        yield Row(TOPIC, "spectrum", "spectrum", note=f"numbers need values: {names}")
        return
    from numerics.spectrum.jacobian import jacobian

    title = "spectrum of the Jacobian: squared singular values"
    values: list[dict[str, Any]] = []
    check = None
    try:
        for weights in _WEIGHTS:
            for depth in _DEPTHS:
                found = jacobian(activation, depth, weights, sigma_w2=sigma_w2, sigma_b2=sigma_b2)
                values.append(
                    {
                        "weights": weights,
                        "depth": depth,
                        "q": json_number(found.q),
                        "sigma_w2": json_number(found.sigma_w2),
                        "m1": json_number(found.m1),
                        "variance": json_number(found.variance),
                        "largest": json_number(found.largest),
                        "zero": json_number(found.atom),
                    }
                )
                check = _worse(check, check_moment(found))
    except DECLINED as error:
        yield Row(TOPIC, "spectrum", title, values=tuple(values), note=str(error))
        return
    yield Row(TOPIC, "spectrum", title, values=tuple(values), check=check)


def check_moment(found: Any) -> Check | None:
    """m_1 and m_2 of a computed spectrum against formula and contour integral.

    >>> from numerics.spectrum.jacobian import jacobian
    >>> check_moment(jacobian("tanh", 10, "orthogonal")).verdict
    'SUPPORTED'
    """
    from numerics.numeric_activation import numeric_activation

    product = found._product
    if not math.isfinite(product.law.highest) or not math.isfinite(found.m2) or found.m1 == 0.0:
        return None
    spectrum = JacobianSpectrum(numeric_activation(found.formula).exact.activation, found.weights)
    at = {q: sp.Rational(found.q), sigma_w2: sp.Rational(found.sigma_w2), DEPTH: found.depth}
    digits = 15
    for k, number in ((1, found.m1), (2, found.m2)):
        contour = _contour(product, k) * found.chi_1 ** (k * found.depth)
        others = [contour]
        if found.q > 0:
            others.append(float(spectrum.moment(k).subs(at).evalf(17)))
        for other in others:
            difference = abs(other / number - 1.0)
            digits = min(digits, int(-math.log10(max(difference, 1e-15))))
    evidence = f"{digits} digits against the formulas and a contour integral of the spectral curve"
    if digits < _DIGITS:
        return Check("REFUTED", f"only {evidence}", digits)
    return Check("SUPPORTED", evidence, digits)


def _contour(product: Any, k: int, points: int = 64) -> float:
    """m_k/m_1^k by the trapezoidal rule on a circle inside the disc where psi_D is analytic."""
    import numpy as np

    radius = 0.5 / (product.law.highest * product.depth)
    u = radius * np.array([cmath.exp(2j * math.pi * (i + 0.5) / points) for i in range(points)])
    log_z, _, _, _, steep = product.curve(u, product.law.nodes(u))
    # dw = w' du and du = i u dtheta, so the mean of u w' lambda^k
    log_lambda = -log_z - product.depth * product.log_gain
    return float(np.mean(steep * np.exp(k * log_lambda)).real / k)


def _worse(first: Check | None, second: Check | None) -> Check | None:
    """The check with fewer digits."""
    both = [check for check in (first, second) if check is not None]
    return min(both, key=lambda check: check.digits or 0) if both else None
