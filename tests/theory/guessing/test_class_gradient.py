"""Gradients of the two classes against quadrature, published numbers and their limits."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError
from theory.guessing.class_gradient import class_gradient
from theory.symbols import q

PUBLISHED = {
    10: ("0.0337858589491", "0.800436583561", "0.0344598542804"),
    100: ("0.0108749613243", "0.933162294516", "0.0108971627364"),
    10**4: ("0.00108969396787", "0.993268874144", "0.00108971627364"),
}


@pytest.mark.parametrize("variance", PUBLISHED)
def test_published_values(variance):
    found = class_gradient(variance)
    values = found.favoured, found.unfavoured, found.favoured_asymptote
    for value, text in zip(values, PUBLISHED[variance], strict=True):
        assert abs(value.evalf(15) / sp.Float(text, 15) - 1) < 5e-12


def test_against_a_quadrature_of_their_definition():
    found = class_gradient(3)
    density = lambda t: 2 * mpmath.npdf(t, 0, mpmath.sqrt(6))  # noqa: E731
    sigmoid = lambda t: 1 / (1 + mpmath.exp(-t))  # noqa: E731
    favoured = mpmath.quad(lambda t: sigmoid(-t) ** 2 * density(t), [0, 2, 8, 30])
    unfavoured = mpmath.quad(lambda t: sigmoid(t) ** 2 * density(t), [0, 2, 8, 30])
    assert abs(found.favoured.evalf() - favoured) < 1e-13
    assert abs(found.unfavoured.evalf() - unfavoured) < 1e-13


def test_asymptotes_are_derived():
    found = class_gradient()
    assert sp.simplify(found.favoured_asymptote * sp.sqrt(sp.pi * q)) == sp.log(2) - sp.S.Half
    rest = (1 - found.unfavoured_asymptote) * sp.sqrt(sp.pi * q)
    assert sp.simplify(rest - sp.log(2) - sp.S.Half) == 0
    far = class_gradient(10**6)
    gap = 1 - far.unfavoured.evalf(20)
    assert abs(gap / (1 - far.unfavoured_asymptote).evalf(20) - 1) < 1e-4


def test_the_classes_differ_and_log_two_alone_is_wrong():
    found = class_gradient(10**4)
    assert found.ratio.evalf() < 0.002
    wrong = sp.log(2) / sp.sqrt(sp.pi * 10**4)
    assert abs(found.favoured.evalf() / wrong.evalf() - 1) > 0.5


def test_a_variance_is_positive():
    with pytest.raises(InputError, match="output variance"):
        class_gradient(0)
