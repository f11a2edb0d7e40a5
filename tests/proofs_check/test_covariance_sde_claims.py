"""Every claim on the covariance SDE holds, its mutations are refuted, and its tools are sound."""

import pytest
import sympy as sp

from proofs_check import Statistical, Verdict
from proofs_check.claims import covariance_sde_laws, covariance_sde_tools
from proofs_check.context import Context
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims
from theory.symbols import covariance_entry

IDS = {
    "ncsde.main-sde", "ncsde.drift-relu", "ncsde.corr-sde", "ncsde.linear-net", "ncsde.lognorm",
    "ncsde.smooth-drift", "ncsde.explosion-iff", "ncsde.explosion-prob", "ncsde.explosion-law",
    "ncsde.no-explosion-stationary", "ncsde.critical-exponent", "ncsde.general-shaping",
    "ncsde.one-step", "ncsde.unshaped", "ncsde.corr-longtime", "ncsde.rate", "ncsde.rho-table",
    "ncsde.resnet-equals-mlp", "ncsde.skip-shaped", "ncsde.multi-input",
    "ncsde.correlated-weights",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("ncsde.*")} == IDS


@pytest.mark.parametrize("claim", claims("ncsde.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert len(outcome.mutations) >= 2, "a claim without negative controls"
    kinds = {finding.kind for finding in outcome.findings}
    assert len(kinds - {"function"}) >= 2 or len(outcome.findings) > 2, "a single route"


def test_statements_and_sources_are_given():
    for claim in claims("ncsde.*"):
        assert "$" in claim.statement, claim.id
        assert claim.statement.count("$") % 2 == 0, claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert len(claim.source) > 10, claim.id


def test_isserlis_counts_pairings():
    """With V = 1 everywhere E y^(2k) = (2k - 1)!!, and odd moments vanish."""
    unit = {covariance_entry(1, 1): 1}
    assert [covariance_sde_tools.isserlis(*[1] * k).subs(unit) for k in (2, 4, 6, 8)] == [
        1, 3, 15, 105,
    ]  # fmt: skip
    assert covariance_sde_tools.isserlis(1, 2, 2) == 0
    v12, v13, v23 = (covariance_entry(*p) for p in ((1, 2), (1, 3), (2, 3)))
    v11 = covariance_entry(1, 1)
    expected = v11 * v23 + 2 * v12 * v13
    assert sp.expand(covariance_sde_tools.isserlis(1, 1, 2, 3) - expected) == 0


def test_balls_of_a_wrong_or_wide_value():
    from flint import arb

    right = covariance_sde_tools.Balls(
        lambda: arb(2).sqrt(), lambda: arb("1.41421356237309504880")
    )
    assert right.run(Context()).verdict is Verdict.REFUTED  # 21 digits are not the root
    near = covariance_sde_tools.Balls(
        lambda: arb(2).sqrt(), lambda: covariance_sde_tools.printed("1.4142135623730950"), 14
    )
    assert near.run(Context()).verdict is Verdict.CERTIFIED
    wide = covariance_sde_tools.Balls(lambda: arb(2).sqrt(), lambda: arb(1.4, 0.1))
    assert wide.run(Context()).verdict is Verdict.INCONCLUSIVE


def test_birth_death_chain_of_a_linear_network():
    """The second route to the table: without drift E arccos rho is conserved."""
    assert covariance_sde_laws._chain_mean(0, 0, "0.3", "1") == pytest.approx(0.24071052, rel=1e-6)


def test_samples_of_a_check_are_reproducible():
    claim = next(claim for claim in claims("ncsde.rate"))
    (test,) = (c for c in claim.check() if isinstance(c, Statistical))
    small = Statistical(test.sampler, test.expected, 200, bias=1.0)
    first, second = (small.run(Context(path=("ncsde.rate",))).data for _ in range(2))
    assert first["mean"] == second["mean"]
