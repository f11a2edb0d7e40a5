"""Two-point expectations and cancellation-free correlation tables against closed forms."""

import math

import mpmath
import numpy as np
import pytest

from numerics.correlation_map import CorrelationMap
from numerics.correlation_surface import correlation_surface
from numerics.correlation_table import correlation_table
from numerics.gaussian_panels import Feature, expectations
from numerics.numeric_activation import numeric_activation
from numerics.two_point import two_point
from theory.errors import AssumptionError, InputError, PrecisionError

KINK = (Feature(0.0, kinked=True),)
RHO = (-1.0, -0.999, -0.5, 0.0, 0.4, 0.99, 1 - 1e-9, 1.0)


def relu(x):
    return np.maximum(x, 0.0)


def relu_kernel(q1, q2, c):
    """sqrt(q1 q2)/(2 pi) (sqrt(1-c^2) + c (pi - acos c)) (Cho & Saul 2009)."""
    root = math.sqrt((1 - c) * (1 + c))
    return math.sqrt(q1 * q2) / (2 * math.pi) * (root + c * (math.pi - math.acos(c)))


@pytest.mark.parametrize("rho", RHO)
@pytest.mark.parametrize(("q1", "q2"), [(1e-4, 1e-4), (1, 1), (0.3, 7), (1e4, 1e4)])
def test_relu_kernel(q1, q2, rho):
    value = two_point(relu, relu, q1, q2, rho, f_features=KINK, g_features=KINK)
    exact = relu_kernel(q1, q2, rho)
    assert abs(value - exact) < 1e-15 * math.sqrt(q1 * q2) + 1e-13 * exact
    wrong = relu_kernel(q1, q2, rho) + 0.01 * math.sqrt(q1 * q2)
    assert abs(value - wrong) > 1e-3 * math.sqrt(q1 * q2)


@pytest.mark.parametrize("rho", RHO)
@pytest.mark.parametrize("q", [0.01, 1, 100])
def test_erf_kernel(q, rho):
    """(2/pi) asin(2 q c/(1 + 2q)) (Williams 1997)."""
    erf = numeric_activation("erf(x)").jet[0]
    exact = 2 / math.pi * math.asin(2 * q * rho / (1 + 2 * q))
    assert abs(two_point(erf, erf, q, q, rho) - exact) < 2e-15


def test_different_factors():
    """E cos(X) Y^2 = q2 e^{-q1/2} (1 - rho^2 q1)."""
    value = two_point(np.cos, np.square, 0.7, 1.9, -0.6)
    assert abs(value / (1.9 * math.exp(-0.35) * (1 - 0.36 * 0.7)) - 1) < 1e-14


def test_jumps_away_from_zero():
    """P(X > 1, Y > 1) at rho = 1/2 by one-dimensional mpmath quadrature."""
    step = (Feature(1.0, kinked=True),)
    value = two_point(
        lambda x: (x > 1) * 1.0,
        lambda x: (x > 1) * 1.0,
        1.0,
        1.0,
        0.5,
        f_features=step,
        g_features=step,
    )
    with mpmath.workdps(25):
        exact = (
            mpmath.quad(
                lambda t: mpmath.exp(-1 / (1 + mpmath.sin(t))) / (2 * mpmath.pi),
                [0, mpmath.pi / 6],
            )
            + (mpmath.erfc(1 / mpmath.sqrt(2)) / 2) ** 2
        )
    assert abs(value / float(exact) - 1) < 1e-13


def test_an_unannounced_kink_is_noticed():
    with pytest.raises(PrecisionError, match="features"):
        two_point(lambda x: np.abs(x - 0.37), lambda x: np.abs(x - 0.37), 1.0, 1.0, 0.999)


@pytest.mark.parametrize(("q", "rho"), [(-1, 0.5), (1, 1.5), (math.nan, 0)])
def test_bad_covariance(q, rho):
    with pytest.raises(InputError):
        two_point(relu, relu, q, 1.0, rho)


def test_power_singularity():
    """E |Z|^(1/2) = 2^(1/4) Gamma(3/4)/sqrt(pi)."""
    found = expectations(lambda x: np.sqrt(np.abs(x)), [0.0], 1.0, [Feature(0.0, singular=True)])
    assert abs(found[0] / (2**0.25 * math.gamma(0.75) / math.sqrt(math.pi)) - 1) < 1e-14


def erf_loss(q, d):
    top = mpmath.asin(2 * q / (1 + 2 * q))
    return 2 / mpmath.pi * (top - mpmath.asin(2 * q * (1 - d) / (1 + 2 * q)))


def sin_loss(q, d):
    return mpmath.exp(-q) * (mpmath.sinh(q) - mpmath.sinh(q * (1 - d)))


def relu_loss(q, d):
    a = mpmath.acos(1 - d)
    return q * (d / 2 - (mpmath.sin(a) - a * mpmath.cos(a)) / (2 * mpmath.pi))


CLOSED = {
    "erf(x)": (erf_loss, lambda q: 4 / mpmath.pi / mpmath.sqrt(1 + 4 * q)),
    "sin(x)": (sin_loss, lambda q: (1 + mpmath.exp(-2 * q)) / 2),
    "max(x,0)": (relu_loss, lambda q: mpmath.mpf(1) / 2),
}


@pytest.mark.parametrize("phi", CLOSED)
@pytest.mark.parametrize("q", [0.02, 1.0, 9.0])
def test_table_keeps_relative_accuracy_to_tiny_delta(phi, q):
    """J = q D delta - (W - G) relative to itself, for delta from 2 down to 1e-15."""
    loss, slope = CLOSED[phi]
    table = correlation_table(numeric_activation(phi), q)
    with mpmath.workdps(60):
        for delta in (2.0, 1.3, 0.5, 1e-2, 1e-5, 1e-10, 1e-15):
            d, big = mpmath.mpf(delta), mpmath.mpf(q)
            exact = (big * slope(big) * d - loss(big, d)) / (big * d)
            assert abs(table.ratio(delta) / float(exact) - 1) < 5e-15


@pytest.mark.parametrize("phi", ["tanh", "hardtanh", "elu", "gelu", "relu6"])
@pytest.mark.parametrize("q", [0.3, 4.0])
def test_table_agrees_with_the_product(phi, q):
    activation = numeric_activation(phi)
    table, source = correlation_table(activation, q), CorrelationMap(activation, q)
    for delta in (1.9, 0.6, 0.05):
        direct = float(activation.W(q)) - source.product(1 - delta, delta)
        through = q * delta * (float(activation.D(q)) - float(table.ratio(delta)))
        assert abs(through - direct) < 1e-14 * float(activation.W(q))
    assert (
        abs(source.loss(0.01) / (q * 0.01 * (float(activation.D(q)) - table.ratio(0.01))) - 1)
        < 1e-13
    )


def test_sign_table():
    """W - G = 1 - (2/pi) asin(1 - d) = (2/pi) acos(1 - d)."""
    table = correlation_table(numeric_activation("sign"), 3.0)
    for delta in (2.0, 0.5, 1e-6):
        exact = 4 / math.pi * math.asin(math.sqrt(delta / 2))
        assert abs(table.ratio(delta) * 3.0 * delta / exact - 1) < 3e-15


@pytest.mark.parametrize("phi", ["tanh", "elu"])
def test_surface_interpolates_tables(phi):
    activation = numeric_activation(phi)
    surface = correlation_surface(activation, 0.1, 1.0)
    table = correlation_table(activation, 1.9)
    for delta in (1.5, 0.1, 1e-4, 1e-9):
        assert abs(surface.at(1.9).ratio(delta) / table.ratio(delta) - 1) < 2e-14


def test_unbounded_slope_has_no_table():
    with pytest.raises(AssumptionError, match="unbounded"):
        correlation_table(numeric_activation("sign(x)*sqrt(abs(x))"), 1.0)
