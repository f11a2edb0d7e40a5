"""Weight laws: exact moments, how they are written, and how they are read."""

import mpmath
import pytest
import scipy.stats
import sympy as sp

import initheory as it
from theory.errors import AssumptionError, InitheoryError, InputError, UnknownNameError
from theory.laws.quotient import HALF_NORMAL, quotient
from theory.laws.weight_law import w

theta = sp.Symbol("theta", positive=True)
k = sp.Symbol("k", positive=True)
HALF = sp.Rational(1, 2)
W = it.weights


def test_moments_stay_exact():
    assert W.Weibull(3).variance == sp.gamma(sp.Rational(5, 3))
    assert W.Weibull(theta).abs_moment(2) == sp.gamma((theta + 2) / theta)
    assert W.Chi(k).variance == k
    assert W.Chi(1.3).kurtosis == sp.Rational(33, 13)
    assert W.Uniform().kurtosis == sp.Rational(9, 5)
    assert W.Laplace().kurtosis == 6
    assert W.Logistic().kurtosis == sp.Rational(21, 5)
    assert W.Student(5).kurtosis == 9
    assert W.Student(3).abs_moment(3) is sp.oo
    assert W.Gaussian(0.3).variance == sp.Rational(3, 10)
    assert W.Uniform().abs_moment(-1) is sp.oo
    assert W.Sparse("gaussian", 0.25).abs_moment(-HALF) is sp.oo
    assert W.Maxwell().abs_moment(-1) == sp.sqrt(2 / sp.pi)


def test_limits_of_the_families():
    assert W.Weibull(sp.oo).magnitude == W.Rademacher().magnitude
    assert W.Subbotin(float("inf")) == W.Uniform()
    assert W.Chi(3).magnitude == W.Maxwell().magnitude
    assert W.Subbotin(1).magnitude == W.Laplace().magnitude == W.Weibull(1).magnitude


@pytest.mark.parametrize(
    "law",
    [
        W.Weibull(3),
        W.Uniform(2),
        W.Student(7),
        W.Beta(2, 3, HALF),
        W.Logistic(),
        W.TruncatedGaussian(1.5),
        W.Density("exp(-w^2/2)*(1 + w^2)"),
    ],
    ids=str,
)
def test_the_density_is_symmetric_with_the_variance(law):
    f = sp.lambdify(w, law.density.doit(), "mpmath")
    assert f(mpmath.mpf("0.7")) == f(mpmath.mpf("-0.7"))
    points = [0, 0.5, 1, 1.5, 2, 5, 20, 1000]
    total = 2 * mpmath.quad(f, points)
    second = 2 * mpmath.quad(lambda v: v**2 * f(v), points)
    assert abs(total - 1) < 1e-8
    assert abs(second - sp.N(law.variance)) < 1e-6


@pytest.mark.parametrize("factor", [2, HALF, theta])
def test_scaling(factor):
    law = W.Weibull(3).scaled(factor)
    assert sp.simplify(law.variance - factor**2 * W.Weibull(3).variance) == 0
    assert sp.simplify(law.standardised.variance) == 1
    assert sp.simplify(law.kurtosis / W.Weibull(3).kurtosis) == 1


def test_names():
    assert str(W.Weibull(theta)) == "Weibull(theta)"
    assert str(W.Weibull(3).scaled(2)) == "2*Weibull(3)"
    assert W.Weibull(theta).latex() == r"\mathrm{Weibull}\left(\theta\right)"
    assert W.Weibull(theta).subs(theta, 4) == W.Weibull(4)


@pytest.mark.parametrize("order", [1.3, 2, 3, 4, 5, 7.5])
def test_chi_weights_times_their_factor_are_normal(order):
    law = W.Chi(order)
    factor = quotient(HALF_NORMAL, law.magnitude)
    for z in (mpmath.mpf("0.3"), mpmath.mpf("1.7")):
        value = mpmath.quad(
            lambda v, z=z: law.magnitude.density_digits(v) * factor.survival_digits(z / v),
            [z, 2, 3, 4, 8, 14],
        )
        assert abs(value - mpmath.erfc(z / mpmath.sqrt(2))) < (1e-6 if order < 2 else 1e-13)


def test_uniform_weights_times_their_factor_are_normal():
    factor = quotient(HALF_NORMAL, W.Uniform().magnitude)
    for z in (mpmath.mpf("0.3"), mpmath.mpf("1.7")):
        value = mpmath.quad(lambda v, z=z: factor.survival_digits(z / v), [0, 0.1, 0.5, 1])
        assert abs(value - mpmath.erfc(z / mpmath.sqrt(2))) < 1e-13


TEXTS = {
    "chi(4)": W.Chi(4),
    "uniform": W.Uniform(),
    "uniform(-1, 2)": W.Uniform(),
    "gennorm(4)": W.Subbotin(4),
    "weibull_min(3)": W.Weibull(3),
    "dweibull(c=3)": W.Weibull(3),
    "norm": W.Gaussian(),
    "norm(0, 2)": W.Gaussian().scaled(2),
    "laplace": W.Laplace(),
    "t(5)": W.Student(5),
    "maxwell": W.Maxwell(),
    "truncnorm(-2, 2)": W.TruncatedGaussian(2),
    "Weibull(theta)": W.Weibull(theta),
    "two_point(1, 2)": W.TwoPoint(1, 2),
    "sparse(chi(3), 1/4)": W.Sparse(W.Chi(3), sp.Rational(1, 4)),
    "weibull(oo)": W.Rademacher(),
}


@pytest.mark.parametrize("text", TEXTS, ids=str)
def test_laws_are_read_from_text(text):
    found = W.as_weight_law(text)
    assert (found.magnitude, found.zero) == (TEXTS[text].magnitude, TEXTS[text].zero)


FROZEN = [
    scipy.stats.norm(scale=2),
    scipy.stats.t(7),
    scipy.stats.gennorm(2.5),
    scipy.stats.chi2(3),
    scipy.stats.gamma(2.5, scale=2),
    scipy.stats.nakagami(1.5),
    scipy.stats.betaprime(2, 6),
    scipy.stats.f(3, 12),
    scipy.stats.fisk(6),
    scipy.stats.lomax(5),
    scipy.stats.semicircular(),
    scipy.stats.arcsine(),
    scipy.stats.rdist(3.5),
    scipy.stats.logistic(),
    scipy.stats.hypsecant(),
    scipy.stats.truncnorm(-1.5, 1.5),
    scipy.stats.lognorm(0.5),
    scipy.stats.powerlaw(2),
    scipy.stats.gengamma(2, 1.5),
    scipy.stats.dgamma(1.5),
]


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda f: f.dist.name)
def test_scipy_distributions_have_the_same_moments_and_densities(frozen):
    law = W.as_weight_law(frozen)
    assert abs(float(law.variance) / frozen.moment(2) - 1) < 1e-8
    inside = frozen.support()[0] < 0
    density = frozen.pdf(0.6) if inside else frozen.pdf(0.6) / 2
    assert abs(float(sp.N(law.density.subs(w, sp.Rational(3, 5)))) / density - 1) < 1e-10


BAD = [
    ("skewnorm(3)", "neither symmetric"),
    ("norm(1, 2)", "neither symmetric"),
    ("truncnorm(-1, 2)", "neither symmetric"),
    ("weibull(-1)", "must be positive"),
    ("chi", "needs the shape parameter df"),
    ("chi(x y)", "no weight law"),
    ("os.system('ls')", "no weight law"),
    (scipy.stats.gumbel_r(), "neither symmetric"),
    (scipy.stats.vonmises(2), "not known"),
    (3, "no weight law"),
    (None, "no weight law"),
]


@pytest.mark.parametrize(
    ("given", "message"), BAD, ids=lambda v: v if isinstance(v, str) else type(v).__name__
)
def test_bad_laws_get_one_sentence(given, message):
    with pytest.raises(InputError, match=message) as caught:
        W.as_weight_law(given)
    assert "\n" not in str(caught.value)


def test_unknown_names_suggest_near_ones():
    with pytest.raises(UnknownNameError, match="weibull"):
        W.as_weight_law("weibul(3)")


def test_formulas_of_users():
    assert W.Density("exp(-abs(w)^3)").magnitude == W.Subbotin(3).magnitude
    assert W.Density("1 - w^2", bound=1).variance == sp.Rational(1, 5)
    assert W.Mellin("gamma(1 + s/3)").magnitude == W.Weibull(3).magnitude
    assert W.Mellin("1/(1 + s)").variance == sp.Rational(1, 3)
    with pytest.raises(InputError, match="even"):
        W.Density("exp(-w)")
    with pytest.raises(InputError, match="s = 0"):
        W.Mellin("gamma(2 + s)*3")
    with pytest.raises(InitheoryError):
        W.Mellin("nonsense(s)")


def test_infinite_variance_cannot_be_standardised():
    with pytest.raises(AssumptionError, match="infinite variance"):
        W.Cauchy().standardised  # noqa: B018
