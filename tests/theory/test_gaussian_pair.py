"""Gaussian pairs: closed forms, the defining identity, published mean-field numbers, bad input."""

import pytest
import sympy as sp

from theory.errors import AssumptionError, InputError
from theory.gaussian_pair import GaussianPair
from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2, x
from theory.weights import Chi, Gaussian, Laplace, Rademacher, Weibull


def test_theta_two_is_box_muller():
    pair = GaussianPair(theta=2)
    assert pair.activation.expr == sp.sqrt(2) * sp.sin(sp.pi * sp.erf(x / sp.sqrt(2)) / 2)
    assert pair.weights == Weibull(2)
    assert pair.exists is True


@pytest.mark.parametrize(
    ("pair", "z"),
    [
        (GaussianPair(theta=3), 1),
        (GaussianPair(theta=10), "1/10"),
        (GaussianPair(theta=1000), 1),
        (GaussianPair(theta=3, sigma_b2="1/4"), 2),
        (GaussianPair(theta=4).swap(), 1),
        (GaussianPair(weights=Chi(3)), "7/10"),
    ],
)
def test_the_product_has_the_normal_density(pair, z):
    assert abs(pair.residual(z, digits=25)) < 1e-24


@pytest.mark.slow
def test_the_mean_field_numbers_are_the_published_ones():
    pair = GaussianPair(theta=3)
    mf = MeanField(pair)
    at = {q: 1, sigma_w2: pair.weights.variance, sigma_b2: 0}
    assert abs(mf.chi_1.evalf(15, subs=at) - sp.Float("1.046430187665", 15)) < 1e-11
    assert abs(mf.chi_q.evalf(15, subs=at) - sp.Float("0.693128028930", 15)) < 1e-11
    assert abs(mf.variance_map.evalf(15, subs=at) - 1) < 1e-13
    value = mf.variance_map.evalf(15, subs=at | {q: sp.Rational(1, 2)})
    assert abs(value - sp.Float("0.6010835643", 15)) < 1e-10


def test_values_and_derivatives():
    pair = GaussianPair(theta=3)
    assert abs(pair.evaluate(5, digits=20) - sp.Float("2.8593427738904936", 20)) < 1e-16
    assert abs(pair.derivative(0, digits=20) - sp.gamma(sp.Rational(2, 3)).evalf(20)) < 1e-19
    assert pair.density.moment(2) == 1 / sp.gamma(sp.Rational(5, 3))
    assert abs(pair.density.cdf(pair.density.ppf("1/3", 25)).evalf(20) - sp.Rational(1, 3)) < 1e-18


def test_the_asymptotics_meet_the_values():
    pair = GaussianPair(theta=3)
    refined = pair.asymptotics.refined
    for place, bound in ((8, 5.3e-4), (15, 6e-5), (25, 1e-5)):
        ratio = refined.subs(x, place).evalf(15) / pair.evaluate(place, digits=15)
        assert abs(ratio - 1) < bound
    assert pair.asymptotics.infinity == sp.sqrt(3) * x ** sp.Rational(1, 3)
    far = GaussianPair(theta=1000)
    expansion = far.asymptotics.large_theta.subs(x, 2).evalf(15)
    assert abs(expansion / far.evaluate(2, digits=15) - 1) < 1e-8


def test_a_symbolic_exponent_stays_symbolic():
    pair = GaussianPair(theta="theta")
    assert pair.exists is None
    theta = pair.theta
    assert pair.asymptotics.zero.coeff(x, 1) == sp.gamma(1 - 1 / theta)
    constant = (theta / (theta - 2)) ** (sp.S.Half - 1 / theta) * theta ** (1 / theta)
    ratio = (pair.asymptotics.infinity / (constant * x ** (1 - 2 / theta))).subs({x: 3, theta: 7})
    assert abs(ratio.evalf(20) - 1) < 1e-18
    assert pair.subs("theta", 3) == GaussianPair(theta=3)
    assert r"\varphi_{\theta}" in pair.latex()


def test_limits_and_swaps():
    assert GaussianPair(theta=sp.oo).activation.expr == x
    assert GaussianPair(theta="oo").weights == Rademacher()
    assert GaussianPair(weights=Gaussian()).activation.expr == sp.sign(x)
    dual = GaussianPair(theta=4).swap()
    root = (-sp.log(sp.erfc(sp.Abs(x) / sp.sqrt(2)))) ** sp.Rational(1, 4)
    assert dual.activation.expr == root * sp.sign(x)
    assert dual.swap().factor == GaussianPair(theta=4).factor


def test_a_bias_scales_the_weights():
    pair = GaussianPair(theta=3, sigma_b2="1/10")
    ratio = pair.weights.variance / GaussianPair(theta=3).weights.variance
    assert sp.simplify(ratio) == sp.Rational(9, 10)
    assert repr(pair) == "GaussianPair(theta=3, sigma_b2=1/10)"


@pytest.mark.parametrize("pair", [GaussianPair(theta=1.8), GaussianPair(weights=Laplace())])
def test_what_does_not_exist_says_why(pair):
    assert pair.exists is False
    assert pair.certificate.verify()
    with pytest.raises(AssumptionError, match="has no activation"):
        _ = pair.activation


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"theta": 3, "weights": Laplace()},
        {"theta": -1},
        {"theta": 3, "kind": "even"},
        {"theta": 3, "sigma_b2": 1},
    ],
)
def test_bad_input_is_one_sentence(arguments):
    with pytest.raises(InputError) as caught:
        GaussianPair(**arguments)
    assert "\n" not in str(caught.value)
