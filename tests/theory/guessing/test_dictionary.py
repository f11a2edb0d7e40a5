"""gamma and c, the first layer, and what finitely many inputs make of them."""

import pytest
import sympy as sp

from theory.errors import InputError
from theory.guessing.dictionary import (
    correlation_of,
    estimated_ratio,
    estimated_variance,
    first_layer,
    gamma_of,
    gamma_of_gap,
)
from theory.symbols import gamma, rho, sigma_b2, sigma_w2

D = sp.Symbol("D", positive=True)


def test_the_dictionary_inverts_itself():
    assert sp.simplify(gamma_of(correlation_of()) - gamma) == 0
    assert sp.simplify(correlation_of(gamma_of()) - rho) == 0
    assert (gamma_of(1), correlation_of(sp.oo), gamma_of(sp.S.Half)) == (sp.oo, 1, 1)


def test_a_gap_far_below_double_precision_keeps_every_digit():
    tiny = sp.Rational(1, 10**40)
    assert gamma_of_gap(tiny) == gamma_of(1 - tiny) == 10**40 - 1


def test_first_layer_of_images_that_are_not_centred():
    found = first_layer(c0=sp.Rational(1, 5))
    expected = (sigma_b2 + sigma_w2 / 5) / (sigma_w2 * sp.Rational(4, 5))
    assert sp.simplify(found.gamma - expected) == 0
    assert sp.simplify(gamma_of(found.c) - found.gamma) == 0
    assert first_layer().gamma == sigma_b2 / sigma_w2


def test_finite_data_follow_from_the_law_of_total_variance():
    # mean and 1/D variance of D numbers mu + sigma_y xi, in second moments
    mu2, spread = gamma, 1
    mean_square = mu2 + spread / D
    biased_variance = (mu2 + spread) - mean_square
    assert sp.simplify(estimated_ratio(D) - mean_square / biased_variance) == 0
    assert sp.simplify(estimated_ratio(D, 0) - 1 / (D - 1)) == 0


def test_counting_on_one_input_is_a_fair_coin():
    assert estimated_variance(1, 7) == sp.Rational(1, 4)
    assert sp.limit(estimated_variance(D, 1), D, sp.oo) == sp.Rational(1, 12)


@pytest.mark.parametrize(
    ("ask", "word"),
    [
        (lambda: gamma_of(-0.1), "between 0 and 1"),
        (lambda: gamma_of("3/2"), "between 0 and 1"),
        (lambda: correlation_of(-1), "gamma is a ratio"),
        (lambda: correlation_of(float("nan")), "gamma cannot be nan"),
        (lambda: estimated_ratio(1, 2), "whole number >= 2"),
        (lambda: first_layer(q0=0), "mean square"),
    ],
    ids=range(6),
)
def test_bad_input_is_one_sentence(ask, word):
    with pytest.raises(InputError, match=word) as caught:
        ask()
    assert "\n" not in str(caught.value)
