"""One asymmetric layer: moments, the law given t, finite widths, all against quadrature."""

import mpmath
import pytest
import sympy as sp

from theory.asymmetric.maps import AsymmetricMaps, a, k, m, m1, m2, s, t
from theory.errors import InputError
from theory.matrix_laws.asymmetric import Asymmetric
from theory.matrix_laws.correlated import Correlated
from theory.symbols import sigma_b2, sigma_w2
from theory.weights import Rademacher, Sparse

KAPPA = sp.Symbol("kappa", real=True)
CORRELATED = AsymmetricMaps("relu", Asymmetric(correlation=KAPPA))


def test_moments_of_the_entry_are_integrals_of_its_density():
    v = sp.Symbol("v", positive=True)
    moments = [sp.integrate(2 * v * v**power, (v, 0, 1)) for power in (1, 2)]
    assert [CORRELATED.entry_mean, CORRELATED.entry_second_moment] == moments
    assert CORRELATED.entry_variance == moments[1] - moments[0] ** 2 == sp.Rational(1, 18)
    assert CORRELATED.entry_second_moment != CORRELATED.entry_mean**2 == sp.Rational(4, 9)
    uniform = AsymmetricMaps("relu", "uniform")
    assert (uniform.entry_mean, uniform.entry_variance) == (sp.S.Half, sp.Rational(1, 12))


def test_moments_of_the_next_layer():
    half = sp.S.Half
    assert (
        sp.expand(CORRELATED.second_moment - (sigma_b2 + sigma_w2 * (s - KAPPA * m**2) + half * s))
        == 0
    )
    assert CORRELATED.mean == sp.Rational(2, 3) * m
    text = "asymmetric(beta(2, 1), kappa)"
    assert AsymmetricMaps("relu", text).second_moment == CORRELATED.second_moment
    same = CORRELATED.covariance.subs({k: s, m1: m, m2: m})
    assert sp.expand(same - CORRELATED.second_moment) == 0
    assert CORRELATED.at(kappa=0).covariance == sigma_b2 + sigma_w2 * k + k / 2


@pytest.mark.parametrize("name", ["relu", "gelu", "leaky_relu", "tanh"])
def test_the_law_given_t_is_a_gaussian_expectation(name):
    maps = AsymmetricMaps(name)
    known = [{"Phi": mpmath.ncdf}, "mpmath"]
    phi = sp.lambdify(sp.Symbol("x", real=True), maps.activation.expr, known)
    place, deviation = mpmath.mpf("0.7"), mpmath.mpf("1.3")

    def mean(power):
        def density(z):
            return phi(deviation * z + place) ** power * mpmath.npdf(z)

        return mpmath.quad(density, [-9, -place / deviation, 0, 2, 9])

    values = {t: sp.Rational(7, 10), a: sp.Rational(13, 10)}
    assert float(maps.conditional_mean.subs(values).evalf(12)) == pytest.approx(float(mean(1)))
    second = float(maps.conditional_second_moment.subs(values).evalf(12))
    assert second == pytest.approx(float(mean(2)), rel=1e-9)
    off = float(maps.conditional_off.subs(values).evalf(12))
    assert off == pytest.approx(float(mpmath.ncdf(-place / deviation)))


def test_the_formula_of_relu():
    z = sp.Symbol("z", real=True)
    cdf, pdf = (
        (1 + sp.erf(t / a / sp.sqrt(2))) / 2,
        sp.exp(-(t**2) / (2 * a**2)) / sp.sqrt(2 * sp.pi),
    )
    known = (a**2 + t**2) * cdf + a * t * pdf
    found = CORRELATED.conditional_second_moment
    for values in ({a: 1, t: 2}, {a: sp.Rational(1, 2), t: -1}):
        assert abs(float((known - found).subs(values).evalf(15))) < 1e-13
    assert z not in found.free_symbols


@pytest.mark.parametrize(
    ("name", "answer"),
    [("relu", True), ("softplus", True), ("sigmoid", True), ("tanh", False), ("gelu", False)],
)
def test_nonnegative_activations_favour_positive_values(name, answer):
    assert AsymmetricMaps(name).favours_positive is answer


@pytest.mark.parametrize("slot", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_finite_moments_by_going_through_all_places(size, slot):
    """Rows of N weights with the covariance I - kappa/N 1 1^T, one place overwritten."""
    weights = Asymmetric("uniform", KAPPA, bias_slot=slot)
    maps = AsymmetricMaps("relu", weights)
    values = sp.Matrix([3, 1, -2][:size])
    covariance = sigma_w2 / size * (sp.eye(size) - KAPPA / size * sp.ones(size))
    mean = second = 0
    for place in range(size + slot):
        kept = sp.Matrix([0 if i == place else value for i, value in enumerate(values)])
        normal = (kept.T * covariance * kept)[0]
        if place == size:
            mean, second = mean + sp.S.Half, second + normal + sp.Rational(1, 3)
            continue
        mean += values[place] / 2
        second += normal + sigma_b2 + sp.Rational(1, 3) * values[place] ** 2
    below = {s: sum(v**2 for v in values) / sp.S(size), m: sum(values) / sp.S(size)}
    assert sp.simplify(maps.finite_mean(size).subs(below) - mean / (size + slot)) == 0
    exact = maps.finite_second_moment(size).subs(below)
    assert sp.simplify(exact - second / (size + slot)) == 0


def test_the_limit_of_finite_widths_is_the_layer():
    n = sp.Symbol("n", positive=True)
    limit = sp.limit(CORRELATED.finite_second_moment(n), n, sp.oo)
    assert sp.expand(limit - CORRELATED.second_moment) == 0
    assert sp.limit(CORRELATED.finite_mean(n), n, sp.oo) == CORRELATED.mean


def test_it_shows_itself():
    assert "not normal" in CORRELATED.statement
    assert "1/2 s" in CORRELATED.statement
    names = [equation.name for equation in CORRELATED.equations()]
    assert "second_moment" in names
    assert len(set(names)) == len(names)
    assert r"\kappa" in CORRELATED.latex()
    assert CORRELATED._repr_latex_().startswith("$$")
    assert repr(CORRELATED.at(kappa="1/2")).endswith("Asymmetric(Beta(2, 1), correlation=1/2))")
    assert "second moment of the next layer" in str(CORRELATED)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: AsymmetricMaps("relu", Correlated(1)), "use MeanField"),
        (lambda: Asymmetric(Sparse("gaussian", "1/2")), "may be 0"),
        (lambda: Asymmetric("norm(loc=1)"), "magnitude"),
        (lambda: Asymmetric(correlation=2), "exceeds 1"),
        (lambda: Asymmetric(bias_slot=1), "True or False"),
        (lambda: Asymmetric().row_covariance(0), "whole number"),
        (lambda: Asymmetric().row_covariance(2, -1), "positive"),
        (lambda: Asymmetric().probability(-3), "whole number"),
        (lambda: AsymmetricMaps("relu").at(beta=2), "beta"),
    ],
)
def test_errors_are_one_sentence(make, word):
    with pytest.raises(InputError) as error:
        make()
    assert word in str(error.value)
    assert ". " not in str(error.value)


def test_the_law_of_matrices():
    law = Asymmetric(Rademacher(), KAPPA, bias_slot=False)
    # a row of one weight is the entry 1 itself
    assert law.row_covariance(1, sigma_w2) == sp.zeros(1, 1)
    assert law.probability(4) == sp.Rational(1, 4)
    # trace of the second moments: N - 1 normal weights and the entry
    covariance, size = law.subs({KAPPA: 1}).row_covariance(5, 2), 5
    normal = (size - 1) * sp.Rational(2, size) * (1 - sp.Rational(1, size))
    means = size * sp.Rational(1, size) ** 2
    assert covariance.trace() == normal + 1 - means
    assert "Gaussian" in law.effect.obstacle
    assert law.effect.obstacle.count(".") == 0
    # rows are independent, so that a column has no covariances
    named = law.subs("kappa", 1)
    assert named == law.subs({KAPPA: 1})
    assert named.column_covariance(2, 2, 5) == covariance[0, 0] * sp.eye(2)
    # the sum of a row that summed to 0 is 1 - W_place
    assert named.axis_sums(3, 5)[1] == sp.Rational(1, 5) * sp.Rational(4, 5)
