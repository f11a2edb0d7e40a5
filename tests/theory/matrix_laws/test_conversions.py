"""Parametrisations of correlated rows: each against the covariance that defines it."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.errors import InputError
from theory.weights import Correlated, GaussianWeights, as_matrix_law

N = sp.Symbol("N", positive=True)
KAPPAS = st.fractions(min_value=-5, max_value=1, max_denominator=60)
SIZES = st.integers(min_value=2, max_value=9)


@given(KAPPAS, SIZES)
def test_every_form_leads_back(kappa, size):
    kappa = sp.Rational(kappa.numerator, kappa.denominator)
    law = Correlated(kappa)
    assert as_matrix_law(repr(law)) == law
    assert Correlated.from_precision(law.precision).correlation == kappa
    v = law.entry_variance(size, 3)
    back = Correlated.from_pair_correlation(law.pair_correlation(size), size, v)
    assert (back.correlation, back.sigma_w2) == (kappa, 3)
    assert Correlated.from_normalised(law.normalised(size), size).correlation == kappa


@given(st.fractions(min_value=-1, max_value=30, max_denominator=40), SIZES)
def test_the_precision_form_is_the_inverse_of_the_covariance(k, size):
    k = sp.Rational(k.numerator, k.denominator)
    if k == -1:
        return
    precision = (size * (sp.eye(size) + k / size * sp.ones(size, size))) / 2
    assert Correlated.from_precision(k).row_covariance(size, 2) * precision == sp.eye(size)


@pytest.mark.parametrize("rho", ["-1/5", "-1/7", "0", "1/3"])
def test_the_pair_form_has_this_correlation_and_this_variance(rho):
    law = Correlated.from_pair_correlation(rho, 6, variance="2/5")
    covariance = law.row_covariance(6)
    assert covariance[0, 0] == sp.Rational(2, 5)
    assert covariance[2, 4] == sp.Rational(rho) * sp.Rational(2, 5)


def test_the_normalised_form_is_its_formula_and_needs_k_of_order_1_over_n():
    k, size = sp.Rational(3, 7), 5
    found = Correlated.from_normalised(k, size).row_covariance(size, 1)
    assert found[0, 1] == -k / (1 + (size - 1) * k) / size
    fixed = Correlated.from_normalised("1/100", "N").correlation
    assert sp.limit(fixed.subs(dict.fromkeys(fixed.free_symbols, N)), N, sp.oo) == 1
    scaled = Correlated.from_normalised("theta/N", "N").correlation
    theta = next(s for s in scaled.free_symbols if s.name == "theta")
    size = next(s for s in scaled.free_symbols if s.name == "N")
    assert sp.simplify(sp.limit(scaled, size, sp.oo) - theta / (1 + theta)) == 0


def test_symbols_pass_through_all_forms():
    law = Correlated("kappa")
    kappa = law.correlation
    assert sp.simplify(Correlated.from_precision(law.precision).correlation - kappa) == 0
    size, s = sp.symbols("N s", positive=True)
    v = law.entry_variance(size, s)
    back = Correlated.from_pair_correlation(law.pair_correlation(size), size, v)
    assert sp.simplify(back.correlation - kappa) == 0
    assert sp.simplify(back.sigma_w2 - s) == 0
    normalised = law.normalised(size)
    assert sp.simplify(Correlated.from_normalised(normalised, size).correlation - kappa) == 0


def test_the_ends_of_each_form():
    assert Correlated.from_precision(float("inf")) == Correlated.from_precision("oo")
    assert Correlated(1).precision == sp.oo
    assert Correlated.from_pair_correlation(-1 / 11, 12).correlation == 1  # rounded below -1/11
    assert GaussianWeights.from_precision("k") == Correlated.from_precision("k")
    for size in (2, 3, 1000):
        end = Correlated.from_pair_correlation(sp.Rational(-1, size - 1), size)
        assert end.correlation == Correlated.from_normalised(1, size).correlation == 1
    assert GaussianWeights(correlation="1/3", axis="fan_out") == Correlated("1/3", "column")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Correlated("1.0001"), "correlation = 10001/10000 exceeds 1"),
        (lambda: Correlated(float("nan")), "correlation = 'nan' is not a real number <= 1"),
        (lambda: Correlated(0, axis="rows"), "axis = 'rows' names no axis; write 'row'"),
        (lambda: Correlated(0, axis=None), "axis = None names no axis"),
        (lambda: Correlated(0, entries="cauchy"), "infinite variance"),
        (lambda: Correlated.from_precision(-1), "k = -1 must exceed -1"),
        (lambda: Correlated.from_precision(float("nan")), "k = nan is not a number > -1"),
        (lambda: Correlated.from_pair_correlation(0.1, 1), "fan_in = 1: a row of one weight"),
        (lambda: Correlated.from_pair_correlation("-0.26", 5), "-1/(fan_in - 1) <= rho < 1"),
        (lambda: Correlated.from_pair_correlation(1, 5), "rho = 1 cannot be"),
        (lambda: Correlated.from_pair_correlation(0.1, 2.5), "fan_in = 2.5 must be a whole"),
        (lambda: Correlated.from_pair_correlation(0, 3, variance=-1), "variance = -1 must be"),
        (lambda: Correlated.from_normalised("1.01", 5), "-1/(fan_in - 1) < k <= 1"),
        (lambda: Correlated.from_normalised(-0.25, 5), "-1/(fan_in - 1) < k <= 1"),
        (lambda: Correlated(1).row_covariance(1), "fan_in = 1: at kappa = 1 the weights"),
        (lambda: Correlated(1, "column").column_covariance(1), "fan_out = 1: at kappa = 1"),
        (lambda: Correlated(0).row_covariance(True), "fan_in = True must be a whole number"),
        (lambda: Correlated(0).row_covariance(3, sigma_w2=0), "sigma_w2 = 0 must be a positive"),
        (lambda: Correlated("k").subs("k", 2), "correlation = 2 exceeds 1"),
    ],
)
def test_bad_input_is_one_sentence(make, sentence):
    with pytest.raises(InputError) as error:
        make()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
