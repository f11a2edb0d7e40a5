"""Every claim on Gaussian expectations holds and its mutations are refuted."""

import pytest

from proofs_check import Verdict
from proofs_check.claims import FORMS
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims

FORM_IDS = {
    "linear", "relu", "step", "sign", "abs", "leaky", "relu2", "relu3", "square", "cubic", "exp",
    "sin", "cos", "snake", "gauss", "dog", "erf", "probit", "gelu", "xerf", "laplace", "elu",
    "selu", "celu", "ramp", "hardtanh", "relu6", "hardsigmoid", "hat", "softshrink",
}  # fmt: skip
IDENTITY_IDS = {
    "sym.price", "sym.heat", "sym.bonnet", "sym.stein", "sym.sheppard", "sym.owen",
    "sym.orthant3", "sym.count", "sym.arccos", "sym.homog", "sym.mehler", "sym.hermite-tail",
    "sym.kink", "sym.small-q", "sym.near-one", "sym.convex", "sym.sigmoid", "sym.erf-edge",
    "sym.divergence",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("sym.*")} == {
        f"sym.form.{name}" for name in FORM_IDS
    } | IDENTITY_IDS


@pytest.mark.parametrize("claim", claims("sym.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without a negative control"
    if claim in FORMS:  # both routes were taken: derivation and integration
        assert {f.verdict for f in outcome.findings} == {Verdict.PROVED, Verdict.CERTIFIED}


def test_statements_and_sources_are_given():
    for claim in claims("sym.*"):
        assert "$" in claim.statement, claim.id
        assert claim.statement.count("$") % 2 == 0, claim.id
        assert len(claim.source) > 10, claim.id
