"""Certified tangent kernels against published tables and independent quadrature."""

import numpy as np
import pytest
import sympy as sp

from numerics.tangent.digits import ntk_digits
from numerics.two_point import two_point
from theory.errors import InputError
from theory.tangent import NTK

HALF, TENTH = sp.Rational(1, 2), sp.Rational(1, 10)
ERF_EDGE = sp.pi * sp.sqrt(3) / 4, HALF - sp.sqrt(3) / 2 * sp.asin(HALF)

ORDERED = {
    2: ("0.155649406008633913", "0.696887094727611996"),
    10: ("1.24188822757607526", "1.71363634474319581"),
    100: ("1.91174812610503972", "1.91174813515710479"),
}
CHAOTIC = {
    2: ("0.477571225292485929", "6.48208680918946904"),
    10: ("1.38909623072500019", "312.701303079425253"),
    50: ("1.72490125660311256", "5122799572.16985402"),
}


def close(enclosure, text):
    """Whether a printed number is the midpoint rounded to its last digit."""
    digits = len(text.replace("-", "").replace(".", "").lstrip("0"))
    error = abs(sp.Float(text, 30) - enclosure.midpoint)
    return error <= abs(sp.Float(text, 30)) * sp.Float(10) ** (1 - digits)


@pytest.mark.parametrize(
    ("c0", "depth", "printed"),
    [
        (-HALF, 2, "-0.0576688856224373086"),
        (0, 3, "0.685708636282942492"),
        (TENTH, 10, "3.23708722319472694"),
        (sp.Rational(9, 10), 10, "5.81344415029016555"),
    ],
)
def test_relu_table(c0, depth, printed):
    found = ntk_digits(NTK("relu"), 2, depth=depth - 1, q0=1, c0=c0)
    assert close(found.ntk[-1], printed)
    assert float(found.ntk_diagonal[-1]) == depth


@pytest.mark.parametrize(
    ("c0", "printed"),
    [(-HALF, "0.329054604507166046"), (0, "1.09446395372811532"), (HALF, "2.1438272801388327")],
)
def test_erf_table(c0, printed):
    assert close(ntk_digits(NTK("erf"), *ERF_EDGE, depth=9, q0=HALF, c0=c0).ntk[-1], printed)


@pytest.mark.parametrize(("variances", "table"), [((1, TENTH), ORDERED), ((4, "0.05"), CHAOTIC)])
def test_erf_from_its_fixed_point(variances, table):
    variances = tuple(sp.Rational(str(v)) for v in variances)
    depth = max(table) - 1
    found = ntk_digits(NTK("erf"), *variances, depth=depth, c0=TENTH)
    for layers, (off, diagonal) in table.items():
        assert close(found.ntk[layers - 1], off)
        assert close(found.ntk_diagonal[layers - 1], diagonal)


def test_residual_table():
    found = ntk_digits(NTK("relu", "residual"), 1, depth=9, q0=1, c0=TENTH)
    assert abs(found.ntk[-1].midpoint / sp.Rational(3, 2) ** 9 - 1.09991268123358949) < 1e-16
    assert float(found.ntk_diagonal[-1]) == 4 * 1.5**9


def test_without_a_closed_form():
    """One layer of tanh against double quadrature in floating point."""
    found = ntk_digits(NTK("tanh"), sp.Rational(3, 2), 0, depth=1, q0=1, c0=HALF, digits=15)
    slope = two_point(lambda x: np.cosh(x) ** -2, lambda x: np.cosh(x) ** -2, 1.0, 1.0, 0.5)
    expected = 1.5 * (slope / 2 + two_point(np.tanh, np.tanh, 1.0, 1.0, 0.5))
    assert float(found.ntk[1]) == pytest.approx(expected, rel=1e-13)
    assert found.ntk[1].radius < 1e-14


def test_a_wrong_recursion_is_outside_the_enclosure():
    """Dropping sigma_w2 from the slope changes K^2 far beyond the radius."""
    found = ntk_digits(NTK("relu"), sp.Rational(17, 10), depth=1, q0=1, c0=HALF)
    angle = sp.pi / 3
    product = (sp.sin(angle) + (sp.pi - angle) / 2) / (2 * sp.pi)
    slope = (sp.pi - angle) / (2 * sp.pi)
    weight = sp.Rational(17, 10)
    assert weight * slope / 2 + weight * product in found.ntk[1]
    assert slope / 2 + weight * product not in found.ntk[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"digits": 0}, "digits"), ({"c0": 2}, "c0"), ({"q0": -1}, "q0"), ({"depth": 1.5}, "depth")],
)
def test_bad_arguments(options, words):
    with pytest.raises(InputError, match=words):
        ntk_digits(NTK("relu"), 2, **{"depth": 2, "q0": 1, "c0": TENTH, **options})


def test_variances_given_as_text_are_exact():
    """A decimal text is the decimal number, not the float next to it."""
    rows = {"depth": 4, "c0": "0.1", "digits": 25}
    text = ntk_digits(NTK("erf"), "1", "0.1", **rows).ntk[-1]
    fraction = ntk_digits(NTK("erf"), 1, sp.Rational(1, 10), **rows).ntk[-1]
    assert text == fraction
    with pytest.raises(InputError, match="a tenth"):
        ntk_digits(NTK("erf"), 1, "a tenth", depth=1)
