"""The compiled activations behind Weibull weights against an independent contour and a table."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import initheory as it
from numerics.laws.identity import identity_residual
from theory.errors import InputError
from theory.laws.functions import LawActivation, LawDensity, LawSurvival
from theory.laws.weibull_factor import WeibullFactor
from theory.symbols import x

theta = sp.Symbol("theta", positive=True)
PLACES = [0.1, 0.5, 1.0, 2.0, 3.0, 5.0]
#: 28-digit contour and Newton's method
VALUES = {
    "2.05": [
        0.17240944489001787,
        0.78542019460138121,
        1.2361966880152792,
        1.4648273421499834,
        1.5070506693040500,
        1.5378267969588098,
    ],
    "2.5": [
        0.14853168361904697,
        0.70020035041140670,
        1.2079203977428238,
        1.7331741860744990,
        1.9911183130367573,
        2.2820289800275294,
    ],
    "4": [
        0.12244131534941059,
        0.60079120189566210,
        1.1425065722590070,
        1.9993315621672276,
        2.6395547226988574,
        3.5946361785829391,
    ],
    "10": [
        0.10685221381672348,
        0.53300276986114000,
        1.0586068148085754,
        2.0685879070930619,
        3.0151690311175833,
        4.7490140032988677,
    ],
}


def activation(value, kind="odd", order=0):
    expr = LawActivation(WeibullFactor(sp.Rational(str(value))), x, kind)
    return it.compile(expr.diff(x, order) if order else expr, [x])


def log_survival(value, y):
    """log P(Y > y) in mpmath on u = kappa (1 + is)^2 with no care for cancellation."""
    with mpmath.workdps(45):
        th, y = mpmath.mpf(value), mpmath.mpf(y)
        d = 1 - 2 / th
        saddle = (y * y / th) ** (1 / d)
        kappa = saddle + 2 / max(1 - y * y / th, d)
        reach = mpmath.sqrt(70 / max(kappa * d, 1))
        n = 160
        step, total = reach / n, mpmath.mpf(0)
        for j in range(n):
            s = (j + mpmath.mpf(1) / 2) * step
            u = kappa * mpmath.mpc(1, s) ** 2
            z = y * u ** (1 / th) / mpmath.sqrt(2)
            total += (mpmath.exp(u) * mpmath.erfc(z) * mpmath.mpc(s, 1) / (1 + s * s)).imag
        return mpmath.log(2 * total * step / mpmath.pi)


@pytest.mark.parametrize("value", VALUES)
def test_published_values(value):
    f = activation(value)
    assert f(PLACES) == pytest.approx(VALUES[value], rel=2e-15)
    assert (f(np.negative(PLACES)) == -f(PLACES)).all()


@pytest.mark.parametrize("value", [2.000001, 2.001, 2.05, 3.0, 30.0])
def test_equation_by_an_independent_contour(value):
    """P(Y > phi(x)) = erfc(x/sqrt 2), out to the far tail."""
    f = activation(value)
    places = [0.7, 2.5, 8.0] + ([38.0] if 2.01 < value < 10 else [])
    for place in places:
        expected = mpmath.log(mpmath.erfc(mpmath.mpf(place) / mpmath.sqrt(2)))
        y = f(place)
        slope = activation(value, order=1)(place)
        # an error of phi is one of the logarithm over its rate of change
        rate = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(mpmath.mpf(place) ** 2) / 2 - expected)
        error = (log_survival(value, y) - expected) / rate * slope / y
        assert abs(error) < 1e-14


@pytest.mark.parametrize("value", ["2.001", "3", "100"])
def test_digits_of_the_symbolic_function(value):
    """The kernel agrees with the multiple-precision evaluation of the same law."""
    for kind, places in (("odd", [1e-9, 0.3, 4.0, 20.0]), ("positive", [-20.0, -1.5, 0.2, 6.0])):
        law = WeibullFactor(sp.Rational(value))
        expected = [float(LawActivation(law, sp.Rational(p), kind).evalf(20)) for p in places]
        assert activation(value, kind)(places) == pytest.approx(expected, rel=3e-14)


def test_ends_of_the_line():
    f, g = activation(3), activation(3, "positive")
    values = f([np.inf, -np.inf, np.nan, 0.0])
    assert np.isnan(values[2])
    assert list(values[[0, 1, 3]]) == [np.inf, -np.inf, 0.0]
    assert list(g([-np.inf, -60.0, np.inf])) == [0.0, 0.0, np.inf]
    # K x^(1 - 2/theta) with a correction (log x)/x^2 far beyond the table
    leading = 3 ** (1 / 6) * 3 ** (1 / 3) * (1e8) ** (1 / 3)
    assert f(1e8) == pytest.approx(leading, rel=1e-13)
    assert f(1e-12) == pytest.approx(float(sp.gamma(sp.Rational(2, 3))) * 1e-12, rel=1e-14)
    inside, outside = f([4094.999, 4095.001])
    assert outside / inside - 1 == pytest.approx(0.002 / 4095 / 3, rel=1e-5)


@pytest.mark.parametrize("kind", ["odd", "positive"])
@pytest.mark.parametrize("value", ["2.001", "3", "20"])
def test_derivatives(value, kind):
    """phi' and phi'' against central differences of the level below."""
    places, h = np.array([-4.0, -0.7, 0.3, 1.7, 3.1, 12.0]), 1e-4
    for order in (1, 2):
        below, here = activation(value, kind, order - 1), activation(value, kind, order)
        wide, narrow = ((below(places + w) - below(places - w)) / (2 * w) for w in (2 * h, h))
        expected = (4 * narrow - wide) / 3
        assert here(places) == pytest.approx(expected, rel=1e-7, abs=1e-10)


def test_free_theta_is_one_kernel():
    f = it.compile(LawActivation(WeibullFactor(theta), x, "odd"), [x, theta])
    for value in ("2.05", "4", "10"):
        assert f(PLACES, float(value)) == pytest.approx(VALUES[value], rel=3e-15)
    assert f(1.3, 2.0) == pytest.approx(np.sqrt(2) * np.sin(np.pi / 2 * 0.8063990308), rel=1e-9)
    with pytest.raises(InputError):
        f(1.0, 1.5)


def test_density_and_survival():
    law = WeibullFactor(4)
    places = np.array([0.2, 0.8, 1.5, 3.0])
    y = sp.Symbol("y", positive=True)
    density = it.compile(LawDensity(law, y), [y])(places)
    argument = [mpmath.mpf(float(p)) ** 4 / 32 for p in places]
    expected = [
        float(p / (mpmath.sqrt(2) * mpmath.pi**1.5) * mpmath.exp(-a) * mpmath.besselk(0.25, a))
        for p, a in zip(places, argument, strict=True)
    ]
    assert density == pytest.approx(expected, rel=1e-13)
    survival = it.compile(LawSurvival(law, y), [y])
    assert survival(activation(4)(places)) == pytest.approx(
        [float(mpmath.erfc(p / mpmath.sqrt(2))) for p in places], rel=1e-13
    )


def test_inside_an_expression():
    """Two laws in one kernel, and the same kernel for other laws."""
    phi = [LawActivation(WeibullFactor(n), x, "odd") for n in (3, 5, 7)]
    first, second = (it.compile(sp.tanh(p) + x * q, [x]) for p, q in (phi[:2], phi[1:]))
    assert first.source == second.source
    f, g = activation(3), activation(5)
    assert first(0.8) == pytest.approx(np.tanh(f(0.8)) + 0.8 * g(0.8), rel=1e-14)


@pytest.mark.parametrize("kind", ["odd", "positive"])
@pytest.mark.parametrize("value", [2.01, 3, 12])
def test_defining_identity(value, kind):
    z = np.geomspace(0.01, 6, 15)
    assert np.abs(identity_residual(value, z, kind)).max() < 5e-13
