"""Every claim on the guessing bias holds, its mutations are refuted, its second routes agree."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from proofs_check.claims import guessing_tools
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims

IDS = {
    "igb.thm31", "igb.dictionary", "igb.finite-data", "igb.g0-law", "igb.g0-moments",
    "igb.agreement", "igb.largest", "igb.f0-any-activation", "igb.linear-no-bias-growth",
    "igb.odd-neutral", "igb.class-gradient", "igb.relu-recursion", "igb.relu-layer2",
    "igb.relu-growth", "igb.relu-critical-with-bias", "igb.relu-phases", "igb.phase-map",
    "igb.trainable-is-biased", "igb.neutral-line", "igb.pool-relu-variance",
    "igb.pool-relu-erratum", "igb.pool-tanh", "igb.table1", "igb.prop41",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("igb.*")} == IDS


@pytest.mark.parametrize("claim", claims("igb.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without negative controls"
    assert len(outcome.findings) >= 5, "a single route"


def test_statements_and_sources_are_given():
    for claim in claims("igb.*"):
        assert claim.statement.count("$") % 2 == 0 < claim.statement.count("$"), claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert "arXiv:" in claim.source, claim.id


def test_one_layer_against_closed_forms():
    """The arc-cosine kernel, and a polynomial: E (u^2 - 1)(v^2 - 1) = 2 s_mu^4 + (q - 1)^2."""
    for centre, spread in ((0.7, 0.4), (9.0, 0.5), (1e-3, 2.0)):
        q = centre + spread
        c = centre / q
        kernel = q * (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / (2 * math.pi)
        found = guessing_tools.one_layer("relu", centre, spread)
        assert found == pytest.approx((kernel, q / 2 - kernel), rel=1e-12)
        kernel = 2 * centre**2 + (q - 1) ** 2
        found = guessing_tools.one_layer("x**2 - 1", centre, spread)
        assert found == pytest.approx((kernel, 3 * q * q - 2 * q + 1 - kernel), rel=1e-12)


def test_one_layer_against_adaptive_quadrature():
    def mean(f, variance, shift=0.0):
        s = math.sqrt(variance)
        bell = lambda z: f(shift + s * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
        return quad(bell, -9, 9, epsabs=1e-13, epsrel=1e-13)[0]

    for text, phi in (("tanh", math.tanh), ("softplus", lambda z: math.log1p(math.exp(z)))):
        centre = mean(lambda mu: mean(phi, 0.5, mu) ** 2, 1.9)  # noqa: B023
        second = mean(lambda z: phi(z) ** 2, 2.4)  # noqa: B023
        found = guessing_tools.one_layer(text, 1.9, 0.5)
        assert found == pytest.approx((centre, second - centre), rel=1e-10), text
    alone = guessing_tools.one_layer("tanh", 0.0, 1.0)
    assert alone == pytest.approx((0, mean(lambda z: math.tanh(z) ** 2, 1.0)), abs=1e-13)


def test_agreement_on_a_grid_has_its_closed_forms():
    for c in (0.1, 0.5, 0.97):
        two = 0.5 + math.asin(c) / math.pi
        arcs = math.acos(-c) ** 2 - math.acos(c / 2) ** 2
        assert guessing_tools.agreement_on_grid(2, c) == pytest.approx(two, abs=1e-13)
        three = 1 / 3 + 3 * arcs / (4 * math.pi**2)
        assert guessing_tools.agreement_on_grid(3, c) == pytest.approx(three, abs=1e-13)


def test_drawn_outputs_have_the_stated_covariance():
    z = guessing_tools.drawn_outputs(
        np.random.default_rng(0), 4000, "relu", (2.0, 0.3), (1, 4, 3), 4
    )
    assert z.shape == (4000, 4, 3)
    covariance = np.einsum("nia,nib->ab", z, z) / 16_000
    assert covariance == pytest.approx(0.3 + 2.0 * np.eye(3), abs=0.12)
