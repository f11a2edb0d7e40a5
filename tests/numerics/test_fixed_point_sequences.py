"""Certified extrema of M, and fixed points in geometric sequences."""

import math

import pytest
import sympy as sp

from numerics.fixed_point_sequences import fixed_point_sequences
from theory.errors import AssumptionError, InputError, PrecisionError
from theory.fixed_point_family import FixedPointFamily


@pytest.mark.parametrize(
    ("delta", "omega", "minimum", "maximum"),
    [
        (1, 2, "0.582583077762", "2.07382046042"),
        ("0.5", 6, "0.994023144451", "1.01987176048"),
        ("0.99", 6, "1.00152489171", "1.05322533180"),
    ],
)
def test_published_extrema(delta, omega, minimum, maximum):
    found = fixed_point_sequences(FixedPointFamily(delta=delta, omega=omega))
    assert str(sp.N(found.minimum.midpoint, 12)) == minimum
    assert str(sp.N(found.maximum.midpoint, 12)) == maximum
    assert found.minimum.digits >= 15
    assert found.maximum.digits >= 15


def test_amplitudes_far_below_the_rounding_of_floats_are_resolved():
    found = fixed_point_sequences(FixedPointFamily(delta=1, omega=60))
    spread = found.maximum.midpoint - found.minimum.midpoint
    # the first harmonic: 4 I_1(2 delta/omega) |m(omega)|
    size = 4 * sp.besseli(1, sp.Rational(1, 30)) * sp.sqrt(3601 / sp.cosh(30 * sp.pi))
    assert abs(spread / size.evalf(30) - 1) < 1e-12


def test_fixed_points_are_fixed_and_come_in_a_geometric_sequence():
    family = FixedPointFamily(delta=1, omega=2)
    found = fixed_point_sequences(family, sigma_w2="6/5")
    assert [point.stable for point in found.points] in ([True, False], [False, True])
    for q in found.within(1e-4, 1e4):
        gain = family.evaluate(sp.Float(math.log(q) / 2, 17), 15) * sp.Rational(6, 5)
        assert abs(gain - 1) < 1e-12
    values = found.within(1e-3, 1e3)
    assert len(values) == 4
    assert values[2] / values[0] == pytest.approx(math.exp(2 * math.pi), rel=1e-13)


def test_the_slope_is_that_of_the_variance_map():
    family = FixedPointFamily("x*(2 + sin(log(abs(x))))")
    found = fixed_point_sequences(family, sigma_w2="1/5")
    for point in found.points:
        place = sp.log(point.q.midpoint) / 2
        slope = 1 + family.evaluate(place, 15, derivative=1) / 10
        assert abs(slope - point.chi_q.midpoint) < 1e-12


def test_outside_the_window_there_is_none():
    family = FixedPointFamily(delta=1, omega=2)
    assert "grows without bound" in fixed_point_sequences(family, sigma_w2=2).statement
    assert "shrinks to 0" in fixed_point_sequences(family, sigma_w2="2/5").statement
    assert not fixed_point_sequences(family, sigma_w2=2).points


def test_at_an_extremum_the_fixed_points_are_double():
    family = FixedPointFamily(delta=1, omega=2)
    least = fixed_point_sequences(family, digits=60).minimum.midpoint
    with pytest.raises(PrecisionError, match="two fixed points meet"):
        fixed_point_sequences(family, sigma_w2=sp.Rational(1) / sp.Rational(str(least)))


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(AssumptionError, match="periodic"):
        fixed_point_sequences("tanh")
    with pytest.raises(InputError, match="must be positive"):
        fixed_point_sequences(FixedPointFamily(delta=1, omega=2), sigma_w2=-1)
    with pytest.raises(InputError, match="has no value"):
        fixed_point_sequences(FixedPointFamily())
    with pytest.raises(InputError, match="lower <= upper"):
        fixed_point_sequences(FixedPointFamily(delta=1, omega=2), sigma_w2=1).within(0, 1)
