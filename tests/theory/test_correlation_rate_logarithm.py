"""The rate of correlations where phi' has a logarithm at a point."""

import mpmath
import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q


def test_a_logarithm_of_the_slope_counts_as_a_kink_of_size_pi():
    # |FT log|x|| = pi/|k| is that of a jump of size pi, and a kink J has s = sqrt(2) J^2/(3 pi D)
    rate = MeanField("x*log(abs(x))").correlation_rate
    mean = -(mpmath.euler + mpmath.log(2)) / 2
    slope = mpmath.pi**2 / 8 + (1 + mean) ** 2
    s = mpmath.sqrt(2) * mpmath.pi / (3 * slope)
    assert rate.power == 2
    assert abs(rate.coefficient.subs(q, sp.Float(1, 20)).evalf(15) / (4 / s**2) - 1) < 1e-12


def test_a_logarithm_on_one_side_gives_no_power_law():
    rate = MeanField("Max(x, 0)*log(abs(x))").correlation_rate
    assert rate.power is None
    assert "logarithmic corrections" in rate.statement
