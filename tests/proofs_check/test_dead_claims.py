"""Every claim on dead units and asymmetric weights holds, and its mutations are refuted."""

import numpy as np
import pytest

from proofs_check.claims import dead_tools
from proofs_check.claims.dead_born import enumerated_born
from proofs_check.claims.dead_single import enumerated
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims
from theory.errors import ClaimError

IDS = {"dead.single-input", "dead.antipodal", "dead.gram", "dead.born"}
FOUND = claims("dead.*")


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
