"""Every claim on correlated weights holds, its mutations are refuted, its second routes agree."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import dblquad

from proofs_check.claims import correlated_networks, correlated_tools
from proofs_check.claims.between import Between, Same
from proofs_check.claims.correlated_relu_fixed import gap_at, settled
from proofs_check.context import Context
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims
from proofs_check.verdict import Verdict

IDS = {
    "corr.length-map", "corr.cov-map", "corr.odd-invariant", "corr.slope-at-one",
    "corr.length-slope", "corr.eoc-curve", "corr.eoc-stability", "corr.zero-fixed-point",
    "corr.gradient", "corr.relu-length", "corr.relu-cmap-b0", "corr.relu-cstar-b0",
    "corr.relu-cmap-bias", "corr.relu-phases", "corr.relu-tradeoff", "corr.leaky",
    "corr.weight-law",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("corr.*")} == IDS


@pytest.mark.parametrize("claim", claims("corr.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without negative controls"
    assert len(outcome.findings) >= 5, "a single route"
    kinds = {finding.kind for finding in outcome.findings}
    assert "symbolic" in kinds
    assert len(kinds) >= 3, kinds


def test_statements_and_sources_are_given():
    for claim in claims("corr.*"):
        assert claim.statement.count("$") % 2 == 0 < claim.statement.count("$"), claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert "arXiv:2103.12499" in claim.source, claim.id


def test_means_against_closed_forms():
    with mpmath.workdps(30):
        for q in (mpmath.mpf("0.3"), 2, 5):
            root = mpmath.sqrt(q)
            gelu = root**2 / mpmath.sqrt(2 * mpmath.pi * (1 + q))
            assert abs(correlated_tools.mean(q, ("gelu", 0)) - gelu) < 1e-25
            assert abs(correlated_tools.mean(q, ("sigmoid", 0)) - 0.5) < 1e-25
            relu = root / mpmath.sqrt(2 * mpmath.pi)
            assert abs(correlated_tools.mean(q, ("relu", 0)) - relu) < 1e-25
            square = (1 - mpmath.exp(-2 * mpmath.mpf(q))) / 2
            found = correlated_tools.mean(q, ("sin(x)", 0), ("sin(x)", 0))
            assert abs(found - square) < 1e-25


def test_derivatives_are_those_of_the_functions():
    for text, orders in (("gelu", 2), ("silu", 2), ("softplus", 2), ("elu", 2), ("tanh", 2)):
        for order in range(1, orders + 1):
            for place in (-1.3, 0.4):
                stated = mpmath.diff(correlated_tools.function(text), place, order)
                found = correlated_tools.function(text, order)(mpmath.mpf(place))
                assert found == pytest.approx(float(stated), abs=1e-10), (text, order)
    for text in correlated_tools.DRAWN:
        for place in (-1.3, 0.4):
            value, slope = (f(text)(np.array([place]))[0] for f in _ARRAYS)
            exact = [correlated_tools.function(text, k)(mpmath.mpf(place)) for k in (0, 1)]
            assert value == pytest.approx(float(exact[0]), rel=1e-13), text
            assert slope == pytest.approx(float(exact[1]), rel=1e-13), text


_ARRAYS = (correlated_tools.phi, correlated_tools.slope)


def test_pairs_in_polar_coordinates():
    """E u^2 v^2, the arc-cosine kernel, and an adaptive integral of two softplus."""
    relu = correlated_tools.phi("relu")
    for q_a, q_b, c in ((0.7, 1.9, 0.3), (2.0, 2.0, -0.8), (1.0, 4.0, 1.0)):
        found = correlated_tools.pair(lambda u, v: (u * v) ** 2, q_a, q_b, c)
        assert found == pytest.approx(q_a * q_b * (1 + 2 * c * c), rel=1e-12)
        found = correlated_tools.pair(lambda u, v: relu(u) * relu(v), q_a, q_b, c)
        kernel = math.sqrt(q_a * q_b) * correlated_tools.float_arc(c) / 2
        assert found == pytest.approx(kernel, rel=1e-12)

    def density(y, x):
        spread = 1 - 0.36
        product = np.logaddexp(0, x) * np.logaddexp(0, y)
        return product * math.exp(-(x * x - 1.2 * x * y + y * y) / (2 * spread))

    stated = dblquad(density, -9, 9, -9, 9, epsabs=1e-9)[0] / (2 * math.pi * 0.8)
    f = correlated_tools.phi("softplus")
    found = correlated_tools.pair(lambda u, v: f(u) * f(v), 1.0, 1.0, 0.6)
    assert found == pytest.approx(stated, rel=1e-8)


def test_drawn_rows_have_the_stated_covariance():
    rows = correlated_networks.weights(np.random.default_rng(0), 0.75, (40_000, 1, 4))[:, 0]
    covariance = rows.T @ rows / len(rows)
    assert covariance == pytest.approx(np.eye(4) - 0.75 / 4, abs=0.03)
    sums = correlated_networks.weights(np.random.default_rng(0), 1.0, (5, 3, 7)).sum(axis=-1)
    assert sums == pytest.approx(np.zeros((5, 3)), abs=1e-14)


def test_roots_solve_their_equations():
    for kappa in (0.02, 0.5, 0.95):
        gap = gap_at(str(kappa))
        c = 1 - gap
        lies = mpmath.sqrt(1 - c * c) - c * mpmath.acos(c)
        assert abs(lies - kappa * gap) < 1e-15
    assert float(settled(0.5).mid()) == pytest.approx(0.7266299342356772, abs=1e-15)


def test_simple_comparisons_refute():
    assert Between(2, 1, 3).run(Context()).verdict is Verdict.SUPPORTED
    assert Between(math.nan, 1, 3).run(Context()).verdict is Verdict.REFUTED
    assert Between(0, 1).run(Context()).evidence == "1 < 0 fails"
    assert Same(None, 3).run(Context()).verdict is Verdict.REFUTED
