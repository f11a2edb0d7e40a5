"""Q_theta in numbers: the published table; series, contour and closed forms against each other."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError
from theory.laws.closed_density import closed_density
from theory.laws.functions import LawActivation, LawDensity
from theory.laws.small_argument import activation_series
from theory.laws.weibull_contour import contour
from theory.laws.weibull_factor import WeibullFactor
from theory.laws.weibull_float import float_quantile
from theory.laws.weibull_numbers import quantile, survival
from theory.laws.weibull_series import series

X = sp.Symbol("x", real=True)
Y = sp.Symbol("y", positive=True)

#: phi_theta(x) from 28-digit Mellin-Barnes integrals, at 0.1, 0.5, 1, 2, 3, 5.
TABLE = {
    "2.05": "0.17240944489001787 0.78542019460138121 1.2361966880152792 1.4648273421499834 "
    "1.5070506693040500 1.5378267969588098",
    "2.5": "0.14853168361904697 0.70020035041140670 1.2079203977428238 1.7331741860744990 "
    "1.9911183130367573 2.2820289800275294",
    "3": "0.13518682721485058 0.65092496260547954 1.1820518390548980 1.8759708347649061 "
    "2.3039630422661743 2.8593427738904936",
    "4": "0.12244131534941059 0.60079120189566210 1.1425065722590070 1.9993315621672276 "
    "2.6395547226988574 3.5946361785829391",
    "6": "0.11284327591747470 0.56009554862435524 1.0972083901603472 2.0626261027639210 "
    "2.8933614964585541 4.2904561008571839",
    "10": "0.10685221381672348 0.53300276986114000 1.0586068148085754 2.0685879070930619 "
    "3.0151690311175833 4.7490140032988677",
}
PLACES = ("0.1", "0.5", "1", "2", "3", "5")


@pytest.mark.parametrize("theta", TABLE)
def test_the_activation_has_the_published_values(theta):
    law = WeibullFactor(sp.Rational(theta))
    for place, text in zip(PLACES, TABLE[theta].split(), strict=True):
        value = LawActivation(law, sp.Rational(place)).evalf(22)
        assert abs(value - sp.Float(text, 22)) < 5.1e-17


@pytest.mark.parametrize(("theta", "y"), [("2.0001", 1), ("2.05", 1.45), ("3", 3), ("1000", 6)])
def test_the_series_and_the_contour_agree(theta, y):
    with mpmath.workdps(30):
        theta, y = mpmath.mpf(theta), mpmath.mpf(y)
        first, second = series(theta, y, (0, 1)), contour(theta, y, (0, 1))
        assert mpmath.almosteq(first.survival, second.survival, 1e-29)
        assert mpmath.almosteq(first.cdf, second.cdf, 1e-29)
        for a, b in zip(first.densities, second.densities, strict=True):
            assert mpmath.almosteq(a, b, 1e-28)


@pytest.mark.parametrize("theta", [3, 4, 6, sp.Rational(5, 2)])
def test_rational_exponents_have_meijer_or_bessel_densities(theta):
    law = WeibullFactor(theta)
    for y in (sp.Rational(1, 2), sp.Rational(3, 2)):
        node, formula = LawDensity(law, y).evalf(30), closed_density(law, Y).subs(Y, y).evalf(30)
        assert abs(node / formula - 1) < 1e-28


def test_theta_three_is_the_published_tricomi_function():
    z = sp.Rational(2) ** 6 / 54
    with mpmath.workdps(30):
        tricomi = mpmath.hyperu(mpmath.mpf(1) / 6, mpmath.mpf(1) / 3, mpmath.mpf(64) / 54)
        front = mpmath.sqrt(2 / mpmath.pi) * mpmath.gamma(mpmath.mpf(5) / 6)
        value = front / mpmath.gamma(mpmath.mpf(2) / 3) ** 2 * mpmath.exp(-mpmath.mpf(64) / 54)
        assert (
            abs(LawDensity(WeibullFactor(3), 2).evalf(30) - sp.Float(value * tricomi, 30)) < 1e-28
        )
    assert z == sp.Rational(32, 27)


@pytest.mark.parametrize("theta", ["2.0001", "2.05", "3", "1000"])
@pytest.mark.parametrize("place", ["1e-30", "8", "50"])
def test_tiny_and_far_arguments_invert_the_distribution(theta, place):
    with mpmath.workdps(25):
        theta, size = mpmath.mpf(theta), mpmath.mpf(place) / mpmath.sqrt(2)
        if size < 1:
            y = quantile(theta, p=mpmath.erf(size))
            assert mpmath.almosteq(y, mpmath.gamma(1 - 1 / theta) * mpmath.mpf(place), 1e-24)
        else:
            y = quantile(theta, survival=mpmath.erfc(size))
            # the relative error of a survival grows with its logarithm's slope
            assert mpmath.almosteq(survival(theta, y), mpmath.erfc(size), 1e-15)


def test_many_digits_agree_with_few():
    few = LawActivation(WeibullFactor(3), 1).evalf(50)
    many = LawActivation(WeibullFactor(3), 1).evalf(300)
    assert abs(few - many) < 1e-48


def test_the_double_precision_start_is_near():
    exact = LawActivation(WeibullFactor(3), 2).evalf(15)
    target = -mpmath.log(mpmath.erfc(mpmath.sqrt(2)))
    assert abs(float_quantile(3.0, float(target), 1.0) - exact) < 1e-8


def test_the_taylor_series_meets_the_values_and_the_published_slope():
    theta = sp.Symbol("theta", positive=True)
    slope, cubic = activation_series(WeibullFactor(theta), 2)
    g = sp.gamma(1 - 1 / theta)
    assert slope == g
    assert sp.simplify(cubic - g / 6 * (g**3 / sp.gamma(1 - 3 / theta) - 1)) == 0
    terms = activation_series(WeibullFactor(4), 7)
    place = sp.Rational(1, 20)
    total = sum(c * place ** (2 * k + 1) for k, c in enumerate(terms))
    assert abs(total.evalf(30) - LawActivation(WeibullFactor(4), place).evalf(30)) < 1e-20


def test_the_moments_are_those_of_the_density():
    law = WeibullFactor(5)
    with mpmath.workdps(20):
        for k in (1, 4):
            direct = mpmath.quad(lambda y, k=k: y**k * law.density_digits(y), [0, 1, 2, 4, 6])
            assert mpmath.almosteq(direct, mpmath.mpf(law.moment(k).evalf(25)), 1e-15)


@pytest.mark.parametrize("theta", [1.99, sp.oo, -3])
def test_no_law_below_two(theta):
    with pytest.raises(InputError, match="theta"):
        WeibullFactor(theta)


@pytest.mark.parametrize("theta", ["2.000001", "2.000000001"])
@pytest.mark.parametrize("place", ["1e-30", "0.1", "1", "3", "4", "41"])
def test_next_to_two_the_values_invert_the_distribution(theta, place):
    with mpmath.workdps(25):
        theta, size = mpmath.mpf(theta), mpmath.mpf(place) / mpmath.sqrt(2)
        y = quantile(theta, survival=mpmath.erfc(size)) if size > 1 else None
        if y is None:
            y = quantile(theta, p=mpmath.erf(size))
            flat = mpmath.sqrt(2) * mpmath.sin(mpmath.pi / 2 * mpmath.erf(size))
            assert mpmath.almosteq(y, flat, 1e-5)
        else:
            with mpmath.extraprec(40):
                gap = mpmath.log(survival(theta, y)) / mpmath.log(mpmath.erfc(size)) - 1
            assert abs(gap) < 1e-13
