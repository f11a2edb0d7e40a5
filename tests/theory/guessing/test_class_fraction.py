"""The law of the class fraction against integrals of its density and published numbers."""

import mpmath
import pytest
import sympy as sp

from theory.errors import InputError
from theory.guessing.class_fraction import BinaryFraction, normal_quantile
from theory.symbols import g, gamma

#: gamma: Var G, E max(G, 1 - G) (Francazi et al., recomputed twice)
PUBLISHED = {
    "0.05": ("0.00758167399105193", "0.570024348046551"),
    "0.25": ("0.0320471084244875", "0.647583617650433"),
    "1": ("0.0833333333333333", "0.75"),
    "4": ("0.147583617650433", "0.852416382349567"),
    "10": ("0.181611174087064", "0.902508885478932"),
}
TAILS = {"1": "0.2", "4": "0.521668369213249", "10": "0.685284796957002"}


def close(value, text):
    return abs(sp.Float(value, 20) - sp.Float(text, 20)) < sp.Float("1e-14")


@pytest.mark.parametrize("ratio", PUBLISHED)
def test_moments_of_the_published_table(ratio):
    law = BinaryFraction(ratio)
    variance, largest = PUBLISHED[ratio]
    assert close(law.variance.evalf(18), variance)
    assert close(law.mean_of_largest.evalf(18), largest)


@pytest.mark.parametrize("ratio", TAILS)
def test_tail_of_the_larger_fraction(ratio):
    tail = BinaryFraction(ratio).tail_of_largest("9/10")
    assert close(tail.evalf(18), TAILS[ratio])


@pytest.mark.parametrize("ratio", ["1/3", "3"])
def test_density_integrates_to_the_law(ratio):
    law = BinaryFraction(ratio)
    density = sp.lambdify(g, law.density, "mpmath")
    # in t = Phi^-1(g) the integrand is a Gaussian: the trapezoidal rule is exact to 1e-13
    step = mpmath.mpf(1) / 4
    with mpmath.workdps(40):  # the density sees 2 g - 1
        places = [(mpmath.ncdf(t), mpmath.npdf(t)) for t in mpmath.arange(-13, 0, step)]
        weights = [(p, density(p) * n * step) for p, n in places]
    middle = density(mpmath.mpf(1) / 2) * mpmath.npdf(0) * step

    def mean(f):
        """The mean of an f with f(g) = f(1 - g)."""
        return 2 * mpmath.fsum(w * f(p) for p, w in weights) + middle * f(mpmath.mpf(1) / 2)

    assert abs(mean(lambda p: 1) - 1) < 1e-12
    assert abs(mean(lambda p: (p - 0.5) ** 2) - law.variance.evalf()) < 1e-12
    assert abs(mean(lambda p: (p**4 + (1 - p) ** 4) / 2) - law.moment(4).evalf()) < 1e-12


def test_the_mean_of_the_larger_fraction_is_an_integral_of_its_quantiles():
    law = BinaryFraction(3)
    quantile = sp.lambdify(g, law.quantile_of_largest(), "mpmath")
    assert abs(mpmath.quad(quantile, [0, 0.5, 1]) - law.mean_of_largest.evalf()) < 1e-10


def test_cdf_is_the_integral_of_the_density():
    law = BinaryFraction()
    difference = sp.diff(law.cdf, g) - law.density
    values = {gamma: sp.Rational(7, 3), g: sp.Rational(1, 5)}
    assert abs(difference.subs(values).evalf(30)) < sp.Float("1e-28")


def test_quantile_inverts_the_cdf():
    law = BinaryFraction(sp.Rational(5, 2))
    p = sp.Rational(1, 7)
    assert abs(law.cdf.subs(g, law.quantile(p)).evalf(30) - p) < sp.Float("1e-28")
    t = law.quantile_of_largest(p)
    assert abs(1 - law.tail_of_largest(t.evalf(40)) - p).evalf(20) < sp.Float("1e-18")
    half = law.median_of_largest
    assert abs(law.tail_of_largest(half.evalf(40)).evalf(20) - 0.5) < 1e-15


def test_the_law_is_uniform_exactly_at_gamma_one():
    law = BinaryFraction(1)
    assert (law.density, law.cdf, law.shape) == (1, g, "flat")
    assert [law.moment(k).evalf(15) for k in range(5)] == [
        sp.Float(sp.Rational(1, k + 1), 15) for k in range(5)
    ]


def test_closed_moments_are_orthant_probabilities():
    c = gamma / (1 + gamma)
    law = BinaryFraction()
    assert law.moment(1) == sp.S.Half
    assert sp.expand(law.moment(2) - sp.asin(c) / (2 * sp.pi)) == sp.Rational(1, 4)
    assert sp.expand(law.moment(3) - 3 * sp.asin(c) / (4 * sp.pi)) == sp.Rational(1, 8)


def test_curvature_in_the_middle_decides_the_shape():
    curvature = BinaryFraction().relative_curvature
    assert sp.simplify(curvature + 2 * sp.pi * (1 - gamma) / gamma) == 0
    # mutated: a threshold at gamma = 2
    assert curvature.subs(gamma, sp.Rational(3, 2)).is_positive
    assert BinaryFraction("3/2").shape == "bimodal"
    assert BinaryFraction("1/2").shape == "unimodal"


@pytest.mark.parametrize("factor", [2, sp.Rational(1, 2)])
def test_a_wrong_scale_of_gamma_is_refuted(factor):
    right, wrong = BinaryFraction(4).variance, BinaryFraction(4 * factor).variance
    assert abs((right - wrong).evalf()) > 0.01


def test_atoms_have_no_density():
    none, full = BinaryFraction(0), BinaryFraction(sp.oo)
    assert none.atoms == {sp.S.Half: 1}
    assert full.atoms == {0: sp.S.Half, 1: sp.S.Half}
    assert (none.variance, full.variance) == (0, sp.Rational(1, 4))
    assert (none.mean_of_largest, full.mean_of_largest) == (sp.S.Half, 1)
    for law in (none, full):
        with pytest.raises(InputError, match="there is no density"):
            _ = law.density


def test_limits_of_the_moments_are_those_of_the_atoms():
    law = BinaryFraction()
    assert sp.limit(law.variance, gamma, sp.oo) == sp.Rational(1, 4)
    assert sp.limit(law.mean_of_largest, gamma, sp.oo) == 1
    assert law.variance.subs(gamma, 0) == 0


def test_bad_questions_are_one_sentence():
    for ask in (
        lambda: BinaryFraction(-1),
        lambda: BinaryFraction(2).moment(-1),
        lambda: BinaryFraction(2).quantile(2),
        lambda: BinaryFraction(2).tail_of_largest("1/3"),
    ):
        with pytest.raises(InputError):
            ask()
    assert normal_quantile(sp.S.Half) == 0
