"""Tables of activations that have neither a closed form nor a kernel of their own."""

import numpy as np
import pytest
import sympy as sp

from numerics.compile import compile
from theory import weights as W
from theory.gaussian_pair import GaussianPair


@pytest.mark.parametrize(
    "law", [W.Uniform(), W.Chi(sp.Rational(5, 2)), W.Chi(sp.Rational(5, 4))], ids=str
)
def test_tables_hold_the_digits(law):
    """Also where |phi| presses against its bound, like survival^4 for chi with k = 5/4."""
    pair = GaussianPair(weights=law)
    places = [sp.Rational(1, 100), sp.Rational(2, 5), sp.Rational(11, 10), sp.Rational(43, 10)]
    values = compile(pair)(np.array(places, dtype=float))
    exact = [float(pair.evaluate(place, digits=20)) for place in places]
    assert values == pytest.approx(exact, rel=3e-14)
