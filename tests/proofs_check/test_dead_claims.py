"""Every claim on dead units and asymmetric weights holds, and its mutations are refuted."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from proofs_check.claims import dead_tools, rai_tools
from proofs_check.claims.dead_born import enumerated_born
from proofs_check.claims.dead_single import enumerated
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims
from theory.errors import ClaimError

IDS = {
    "dead.single-input", "dead.antipodal", "dead.gram", "dead.born", "rai.layer", "rai.growth",
}  # fmt: skip
FOUND = claims("dead.*") + claims("rai.*")


def test_all_claims_are_there():
    assert {claim.id for claim in FOUND} == IDS


@pytest.mark.parametrize("claim", FOUND, ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert len(outcome.mutations) >= 3, "too few negative controls"
    assert len(outcome.findings) >= 5, "a single route"
    kinds = {finding.kind for finding in outcome.findings}
    assert {"symbolic", "statistical"} < kinds, kinds


def test_statements_and_sources_are_given():
    for claim in FOUND:
        assert claim.statement.count("$") % 2 == 0 < claim.statement.count("$"), claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert "arXiv:" in claim.source, claim.id


def test_enumerations_by_hand():
    """N = 1: off as soon as one weight is negative; N = 2, L = 1: one choice of four."""
    assert enumerated(1, 3, 1) == dead_tools.fraction(np.arange(8) < 7)
    assert enumerated(2, 1, 1) == dead_tools.fraction(np.arange(4) < 1)
    # N = 1 in two layers: one of x and -x dies in layer 1, the other if the weight is negative
    assert enumerated_born(1, 1) == dead_tools.fraction(np.arange(2) < 1)


def test_signs_and_ties():
    assert {tuple(row) for row in dead_tools.signs(2).tolist()} == {
        (1, 1), (-1, 1), (1, -1), (-1, -1)
    }  # fmt: skip
    assert dead_tools.fixed_rows(3, (5, 4), sums_to_zero=True).sum(axis=1).tolist() == [0] * 5
    with pytest.raises(ClaimError, match="general position"):
        dead_tools.relu_layer(np.array([[0, 1]]), np.array([[1, 1]]))


def test_drawn_networks_are_off_where_all_weights_are_negative():
    off = dead_tools.drawn_off(
        np.random.default_rng(0), 4, 0.0, 3, 2, lambda _, shape: -np.ones(shape)
    )
    assert off.tolist() == [True] * 4


def test_rows_have_one_positive_entry():
    """Without normal weights y = v h_J: the mean is 2/3 of the mean of h."""
    h = np.array([1.0, 2.0, 4.0])
    y = rai_tools.drawn_units(np.random.default_rng(0), 40_000, 0.0, 0.0, h)
    assert (y > 0).all()
    assert y.max() <= 4
    assert y.mean() == pytest.approx(2 / 3 * 7 / 3, abs=0.03)
    assert (y > 2).mean() == pytest.approx((1 - 1 / 4) / 3, abs=0.01)


def test_the_layer_after_normal_values_by_adaptive_quadrature():
    """t = v (z)_+ is 0 with probability 1/2; P(a Z + t <= y) and E relu^2 given t."""
    a = rai_tools.normal_part(0.5, 0.7)
    cdf, second, first = rai_tools.law_after(0.5, 0.7)

    def mean(given):
        def integrand(v, z):
            return given(v * z) * 2 * v * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return given(0.0) / 2 + dblquad(integrand, 0, 9, 0, 1, epsabs=1e-10)[0]

    def below(t, y=0.4):
        return math.erfc((t - y) / a / math.sqrt(2)) / 2

    def rectified(t):
        bell = math.exp(-t * t / (2 * a * a)) / math.sqrt(2 * math.pi)
        return t * (1 - below(t, 0.0)) + a * bell

    assert a * a == pytest.approx(0.7 * (0.5 - 0.25 / math.pi))
    assert float(cdf(0.4)) == pytest.approx(mean(below), abs=1e-5)
    assert first == pytest.approx(mean(rectified), rel=1e-8)
    # the second moment of all of y is a^2 + 1/4; its negative part is the rest
    assert 0.5 * (a * a + 0.25) < second < a * a + 0.25


def test_growth_without_asymmetry_of_the_law():
    """As sigma grows the entry matters less, and s grows by sigma^2/2 as for normal weights."""
    assert rai_tools.normal_growth(0, 1e6) == pytest.approx(5e5, rel=1e-3)
    growth, off = rai_tools.grown_particles(np.random.default_rng(0), 8, 0, 1e6, size=2000)
    assert growth.mean() == pytest.approx(5e5, rel=0.05)
    assert off.mean() == pytest.approx(0.5, abs=0.02)
