"""The law of a class fraction: two classes in closed form, more by quadrature and sampling."""

import math

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, stats
from scipy.special import ndtr, ndtri

from numerics.guessing.class_fraction import class_fraction
from numerics.guessing.rival_kernel import fractions_of
from numerics.result import load
from theory.errors import InputError
from theory.guessing.class_fraction import BinaryFraction
from theory.symbols import g as fraction

#: gamma, Var G, E max(G, 1 - G); published values.
PUBLISHED = [
    (0.05, 0.00758167399105193, 0.570024348046551),
    (0.25, 0.0320471084244875, 0.647583617650433),
    (1, 1 / 12, 3 / 4),
    (4, 0.147583617650433, 0.852416382349567),
    (10, 0.181611174087064, 0.902508885478932),
]


@pytest.mark.parametrize(("gamma", "variance", "largest"), PUBLISHED)
def test_published_moments_of_two_classes(gamma, variance, largest):
    law = class_fraction(gamma=gamma)
    assert law.var() == pytest.approx(variance, rel=1e-14)
    assert law.expected_largest == pytest.approx(largest, rel=1e-14)
    assert law.moment(2) == pytest.approx(variance + 0.25, rel=1e-14)
    assert law.moment(3) == pytest.approx(1.5 * variance + 0.125, rel=1e-14)


@pytest.mark.parametrize(
    ("gamma", "tail"), [(1, 0.2), (4, 0.521668369213249), (10, 0.685284796957002)]
)
def test_published_tails_of_the_largest(gamma, tail):
    assert class_fraction(gamma=gamma).largest.sf(0.9) == pytest.approx(tail, rel=1e-14)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.5])
def test_the_density_integrates_to_the_law(gamma):
    law = class_fraction(gamma=gamma)
    half = lambda f: integrate.quad(  # noqa: E731
        lambda w: f(ndtr(w)) * law.pdf(ndtr(w)) * stats.norm.pdf(w), -12, 0, epsabs=1e-12
    )[0]
    assert 2 * half(lambda g: 1.0) == pytest.approx(1.0, abs=1e-10)
    variance = half(lambda g: g**2 + (1 - g) ** 2) - 0.25
    assert variance == pytest.approx(law.var(), abs=1e-10)
    assert integrate.quad(law.pdf, 0.2, 0.7)[0] == pytest.approx(law.cdf(0.7) - law.cdf(0.2))
    top = law.largest
    mean = 2 * half(lambda g: 1 - g)
    assert mean == pytest.approx(top.mean(), abs=1e-10)
    square = 2 * half(lambda g: (1 - g) ** 2)
    assert square - mean**2 == pytest.approx(top.var(), abs=1e-10)
    assert square == pytest.approx(top.moment(2), abs=1e-10)
    assert top.pdf(0.8) == pytest.approx(2 * law.pdf(0.8), rel=1e-14)


@pytest.mark.parametrize("ratio", ["1/7", "1", "9"])
def test_numbers_agree_with_the_symbolic_law(ratio):
    exact, law = BinaryFraction(ratio), class_fraction(gamma=sp.Rational(ratio))
    for place in (sp.Rational(1, 50), sp.Rational(2, 5), sp.Rational(97, 100)):
        at = lambda e: float(sp.N(e.subs(fraction, place), 30))  # noqa: B023, E731
        assert law.pdf(float(place)) == pytest.approx(at(exact.density), rel=1e-12)
        assert law.cdf(float(place)) == pytest.approx(at(exact.cdf), rel=1e-12)
        assert law.ppf(float(place)) == pytest.approx(float(sp.N(exact.quantile(place), 30)))
    assert law.var() == pytest.approx(float(exact.variance), rel=1e-14)
    assert law.largest.mean() == pytest.approx(float(exact.mean_of_largest), rel=1e-14)
    assert law.largest.median() == pytest.approx(float(sp.N(exact.median_of_largest)), rel=1e-14)


@pytest.mark.parametrize("gamma", [1e-300, 1e-8, 3.0, 1e9, 1e300])
def test_no_gamma_loses_digits(gamma):
    law, p = class_fraction(gamma=gamma), np.array([1e-200, 1e-3, 0.3, 0.5])
    log = law.ppf(p, form="log")
    known = (log > -1e290) & (log < np.log(0.5) * (1 + 1e-14))
    tolerance = 1e-9 if gamma > 1e-7 else 1.0
    assert np.allclose(law.cdf(log=log)[known], p[known], rtol=tolerance)
    assert law.disagreement == pytest.approx(
        math.acos(gamma / (1 + gamma)) / math.pi
        if gamma < 1e6
        else math.sqrt(2 / gamma) / math.pi,
        rel=1e-8,
    )
    assert law.var() == pytest.approx(min(gamma / (2 * math.pi), 0.25), rel=0.5)
    assert law.sf(0.5) == law.cdf(complement=0.5) == 0.5


def test_both_ends_of_the_argument():
    law = class_fraction(gamma=4)
    assert law.cdf(1e-30) == pytest.approx(law.sf(complement=1e-30), rel=1e-12)
    assert law.cdf(log=-2000.0) == pytest.approx(ndtr(-math.sqrt(4000 - 9.2) / 2), rel=0.1)
    assert law.largest.isf(1e-3, form="complement") == pytest.approx(
        ndtr(2 * ndtri(0.5e-3)), rel=1e-12
    )


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_atoms(classes):
    none, full = class_fraction(gamma=0, classes=classes), class_fraction(c=1, classes=classes)
    even = 1 / classes
    assert none.cdf([even - 1e-9, even]).tolist() == [0.0, 1.0]
    assert np.allclose(none.ppf([0.0, 0.3, 1.0]), even, rtol=1e-14)
    assert full.cdf([-0.1, 0.0, 0.99, 1.0]) == pytest.approx([0, 1 - even, 1 - even, 1])
    assert full.ppf([0.3, 0.99]).tolist() == [0.0, 1.0]
    assert (none.var(), none.largest.var(), full.largest.mean()) == (0.0, 0.0, 1.0)
    assert none.agreement == pytest.approx(even)
    assert (full.agreement, full.disagreement) == (1.0, 0.0)
    assert sorted(full.rvs_all(seed=3).tolist()) == [0.0] * (classes - 1) + [1.0]
    assert full.largest.cdf([0.99, 1.0]).tolist() == [0.0, 1.0]
    for law in (none, full, none.largest):
        with pytest.raises(InputError, match="no density"):
            law.pdf(0.3)


def test_arrays_of_gamma_broadcast():
    gamma = np.array([[0.5], [2.0]])
    law, g = class_fraction(gamma=gamma), np.array([0.1, 0.5, 0.8])
    assert law.pdf(g).shape == law.rvs((2, 3)).shape == (2, 3)
    assert law.pdf(g)[1, 2] == class_fraction(gamma=2.0).pdf(0.8)
    assert law.var().shape == law.largest.mean().shape == (2, 1)
    assert law.ppf(law.cdf(g)) == pytest.approx(np.broadcast_to(g, (2, 3)))


def test_shapes_that_do_not_fit_and_sizes_that_cannot_be():
    many = class_fraction(gamma=[0.5, 1.0, 2.0])
    for wrong in (lambda: many.cdf([0.1, 0.2]), lambda: many.ppf([0.1, 0.2])):
        with pytest.raises(InputError, match="does not broadcast"):
            wrong()
    with pytest.raises(InputError, match="no room"):
        many.rvs(1)
    for size in (-1, 2.5, "a"):
        for classes in (2, 3):
            with pytest.raises(InputError, match="size"):
                class_fraction(gamma=1, classes=classes).rvs(size)


def test_log_of_a_tiny_probability():
    law = class_fraction(gamma=0.01)  # cdf(0.001) = Phi(-30.9)
    assert law.logcdf(0.001) == pytest.approx(stats.norm.logcdf(stats.norm.ppf(0.001) / 0.1))
    three = class_fraction(gamma=1, classes=3)
    assert three.logcdf(0.3) == pytest.approx(np.log(three.cdf(0.3)))


def test_draws_follow_the_law():
    law = class_fraction(gamma=3)
    drawn = law.rvs(4000, seed=1)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-3
    assert (drawn == law.rvs_all(4000, seed=1)[:, 0]).all()
    assert law.largest.rvs(4000, seed=1) == pytest.approx(np.maximum(drawn, 1 - drawn))
    assert isinstance(law.rvs(seed=2), float)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"gamma": -1}, "variances"),
        ({"gamma": math.nan}, "variances"),
        ({"gamma": [1, -2]}, "-2"),
        ({"gamma": "1"}, "not a number"),
        ({"gamma": sp.Symbol("a")}, "not a number"),
        ({"gamma": []}, "empty"),
        ({"c": 1.5}, "from 0 to 1"),
        ({"gamma": 1, "c": 0.5}, "exactly one"),
        ({}, "exactly one"),
        ({"gamma": 1, "classes": 1}, "from 2"),
        ({"gamma": 1, "classes": 2.5}, "whole number"),
        ({"gamma": [1, 2], "classes": 3}, "one gamma at a time"),
        ({"gamma": 1, "classes": 5, "points": 3}, "points"),
        ({"gamma": 1, "classes": 5, "seed": -1}, "seed"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, words):
    with pytest.raises(InputError, match=words) as caught:
        class_fraction(**arguments)
    assert "\n" not in str(caught.value)


def test_bad_questions():
    law = class_fraction(gamma=1)
    for question in (
        lambda: law.cdf(),
        lambda: law.cdf(0.5, log=-1),
        lambda: law.cdf("x"),
        lambda: law.ppf(1.5),
        lambda: law.ppf(0.5, form="other"),
        lambda: law.moment(1.5),
        lambda: law.interval(2),
        lambda: law.rvs(seed=-1),
    ):
        with pytest.raises(InputError):
            question()
    assert math.isnan(law.cdf(math.nan))
    assert law.pdf([-0.1, 1.1]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("classes", [2, 3])
def test_laws_are_saved_and_drawn(tmp_path, classes):
    pytest.importorskip("matplotlib").use("Agg")
    law = class_fraction(gamma=2, classes=classes)
    for one in (law, law.largest):
        back = load(one.save(tmp_path / "law.npz"))
        assert repr(back) == repr(one)
        assert back.cdf(0.6) == one.cdf(0.6)
        assert one.plot().get_title() == back.plot().get_title()
    assert "agree with probability" in str(law)


def test_many_classes_against_a_double_integral():
    """The law of three classes on a grid of the two differences of the centres."""
    d = np.linspace(-12, 12, 481)
    first, second = np.meshgrid(d, d, indexing="ij")
    share = fractions_of(np.stack([0 * first, -first, -second], axis=-1), 3)[..., 0]
    # at gamma = 1 the differences mu_1 - mu_j have variance 2 and correlation 1/2
    weight = np.exp(-(first**2 - first * second + second**2) / 3)
    weight /= weight.sum()
    law = class_fraction(gamma=1, classes=3)
    assert (weight * share).sum() == pytest.approx(1 / 3, abs=1e-12)
    assert (weight * share**2).sum() * 3 == pytest.approx(law.agreement, abs=1e-9)
    assert (weight * share**3).sum() == pytest.approx(law.moment(3), abs=1e-6)
    # the integral of the distribution function up to t is smooth enough for the grid
    below = integrate.quad(law.cdf, 0, 0.5, epsabs=1e-10)[0]
    assert (weight * np.maximum(0.5 - share, 0)).sum() == pytest.approx(below, abs=2e-4)


@pytest.mark.parametrize(("classes", "gamma"), [(3, 2.0), (4, 0.3), (10, 1.0)])
def test_many_classes_against_independent_networks(classes, gamma):
    law = class_fraction(gamma=gamma, classes=classes, points=4096)
    count = 20_000
    drawn = law.rvs_all(count, seed=5)
    assert np.abs(drawn.sum(axis=1) - 1).max() < 1e-14
    assert stats.kstest(drawn[:, 0], law.cdf).pvalue > 1e-3
    assert stats.kstest(drawn.max(axis=1), law.largest.cdf).pvalue > 1e-3
    assert (drawn**2).sum(axis=1).mean() == pytest.approx(law.agreement, abs=0.005)
    assert drawn.max(axis=1).mean() == pytest.approx(law.expected_largest, abs=0.005)
    assert drawn.max(axis=1).var() == pytest.approx(law.largest.var(), rel=0.05)
    assert (law.rvs(7, seed=5) == law.rvs_all(7, seed=5)[:, 0]).all()


def test_above_one_half_the_largest_is_one_class():
    """No two classes have more than half: P(max > t) = K P(G_1 > t), from two sets of rivals."""
    law = class_fraction(gamma=3, classes=6, points=8192)
    t = np.array([0.55, 0.7, 0.95])
    errors = law.largest.cdf_error(t) + 6 * law.cdf_error(t)
    assert (np.abs(law.largest.sf(t) - 6 * law.sf(t)) < 6 * errors).all()
    assert 0 < law.error < 1e-3
    assert law.largest.pdf(t) == pytest.approx(6 * law.pdf(t), rel=0.02)


@pytest.mark.parametrize("gamma", [1e-14, 0.7, 1e5, 1e40])
def test_quantiles_and_densities_of_many_classes_are_consistent(gamma):
    law = class_fraction(gamma=gamma, classes=3)
    p = np.array([0.05, 0.4, 0.9])
    inner = np.abs(law.ppf(p) - 0.5) < 0.5 - 1e-12
    assert law.cdf(law.ppf(p))[inner] == pytest.approx(
        p[inner], abs=1e-2 if gamma < 1e-9 else 1e-9
    )
    a, b = (0.2, 0.8) if gamma > 0.1 else law.ppf([0.2, 0.8])
    mass = integrate.quad(law.pdf, a, b)[0]
    assert mass == pytest.approx(law.cdf(b) - law.cdf(a), rel=1e-3 if gamma < 1e10 else 1)
