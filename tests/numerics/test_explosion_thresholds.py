"""Thresholds of explosion: exact where known, and the criterion on both sides of each."""

import mpmath
import pytest
import sympy as sp

from numerics.explosion_thresholds import explosion_thresholds
from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError


def _criterion(psi, place):
    """3/4 phi2^2 + phi3 from derivatives of psi by mpmath."""
    with mpmath.workdps(30):
        first, second, third = (mpmath.diff(psi, place, k) for k in (1, 2, 3))
        return mpmath.mpf(3) / 4 * (second / first) ** 2 + third / first


@pytest.mark.parametrize(
    ("name", "psi", "count"),
    [
        ("softplus", lambda y: mpmath.log1p(mpmath.exp(y)), 1),
        ("silu", lambda y: y / (1 + mpmath.exp(-y)), 4),
        ("gelu", lambda y: y * mpmath.ncdf(y), 4),
        ("tanh", mpmath.tanh, 2),
    ],
)
def test_criterion_changes_sign_at_each_threshold(name, psi, count):
    found = explosion_thresholds(CovarianceSDE(name, centre="x0"), lower=-6, upper=6)
    assert len(found) == count
    for root, before, after in zip(found, found.explodes, found.explodes[1:], strict=False):
        place = mpmath.mpf(str(root.midpoint))
        assert abs(_criterion(psi, place)) < 1e-12
        assert (_criterion(psi, place - 1e-6) > 0) is bool(before)
        assert (_criterion(psi, place + 1e-6) > 0) is bool(after)


def test_exact_threshold_lies_in_the_enclosure():
    (root,) = explosion_thresholds(CovarianceSDE("softplus", centre="x0"))
    assert sp.log(sp.Rational(7, 4)) in root


def test_parameter_of_the_activation():
    sde = CovarianceSDE("x + x**2/2 + k*x**3")
    found = explosion_thresholds(sde, "k")
    assert [float(root) for root in found] == pytest.approx([-1 / 8])
    assert found.explodes == (False, True)
    assert str(found).startswith("does not explode for -8 < k <")


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ({"activation": "silu"}, {}, "no parameter"),
        ({"activation": "tanh", "centre": "x0"}, {"symbol": "y0"}, "does not depend on y0"),
        ({"activation": "tanh", "centre": "x0"}, {"lower": 1, "upper": 1}, "lower < upper"),
        ({"activation": "x + k*x**3 + j*x**2"}, {}, "which of the parameters"),
        ({"activation": "x + k*x**3 + j*x**2"}, {"symbol": "k"}, "give values to j"),
    ],
)
def test_errors(arguments, options, words):
    with pytest.raises(InputError, match=words):
        explosion_thresholds(CovarianceSDE(**arguments), **options)
