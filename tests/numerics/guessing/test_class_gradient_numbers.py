"""The class-wise gradient factors, compiled, over fourteen decades of the output variance."""

import math

import numpy as np
import pytest

from numerics.compile import compile
from theory.guessing.class_gradient import class_gradient
from theory.symbols import q


def test_compiled_factors_from_tiny_to_huge_variances():
    gradient = class_gradient()
    variance = np.array([1e-6, 10.0, 100.0, 1e4, 1e8])
    favoured = compile(gradient.favoured, [q])(variance)
    unfavoured = compile(gradient.unfavoured, [q])(variance)
    assert favoured[1:4] == pytest.approx(
        [0.0337858589491, 0.0108749613243, 0.00108969396787], rel=1e-11
    )
    assert unfavoured[1:4] == pytest.approx(
        [0.800436583561, 0.933162294516, 0.993268874144], rel=1e-11
    )
    assert favoured[4] == pytest.approx((math.log(2) - 0.5) / math.sqrt(math.pi * 1e8), rel=1e-6)
    # E s(-|D|)^2 = 1/4 - E|D|/4 + O(q), D ~ N(0, 2 q)
    assert favoured[0] == pytest.approx(0.25 - math.sqrt(1e-6 / math.pi) / 2, abs=2e-7)
    # s(D)^2 + s(-D)^2 = 1 - 2 s(D) s(-D) and s(D) s(-D) = s'(D) <= 1/4
    assert ((favoured + unfavoured >= 0.5) & (favoured + unfavoured < 1)).all()
