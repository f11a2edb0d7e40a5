"""Claims on exact Gaussian pairs hold, their mutations are refuted, their tools are sound."""

import mpmath
import pytest
import sympy as sp

from proofs_check import Verdict
from proofs_check.claims import gaussian_pairs_tools as tools
from proofs_check.context import Context
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims
from theory.gaussian_pair import GaussianPair

IDS = {
    "gp.moments", "gp.cf", "gp.tail", "gp.zero", "gp.range", "gp.infdiv", "gp.mellin",
    "gp.exists", "gp.sampler", "gp.density-series", "gp.contour", "gp.closed2", "gp.closed3",
    "gp.closed4", "gp.slope0", "gp.tail-const", "gp.large-theta", "gp.deriv", "gp.v-fixed",
    "gp.chaotic", "gp.phip-ordered", "gp.dependence", "gp.joint", "gp.infinite-fp",
    "gp.eoc-validity", "gp.depth-scale", "gp.unified", "gp.eoc-bias", "gp.swap",
    "gp.p-rademacher", "gp.p-normal", "gp.p-maxwell", "gp.p-uniform", "gp.p-chi",
    "gp.p-weibull-dual", "gp.p-subbotin",
}  # fmt: skip

#: What exact or ball arithmetic settles alone.
SETTLED = {
    "gp.range", "gp.infdiv", "gp.exists", "gp.density-series", "gp.closed2", "gp.closed3",
    "gp.closed4", "gp.slope0", "gp.deriv", "gp.unified", "gp.p-rademacher", "gp.p-normal",
    "gp.p-maxwell",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("gp.*")} == IDS


@pytest.mark.parametrize("claim", claims("gp.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without negative controls"
    kinds = {finding.kind for finding in outcome.findings}
    assert len(kinds - {"function"}) >= 2 or len(outcome.findings) > 2, "a single route"
    if claim.id in SETTLED:
        assert outcome.verdict >= Verdict.CERTIFIED, outcome.evidence


def test_statements_and_sources_are_given():
    for claim in claims("gp.*"):
        assert "$" in claim.statement, claim.id
        assert claim.statement.count("$") % 2 == 0, claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert "derived here" in claim.source, claim.id


def test_the_ball_series_at_4_is_a_bessel_function():
    from flint import arb, ctx

    with ctx.workprec(200):
        found = tools.series(4, arb(1.5), 0)
        with mpmath.workdps(40):
            z = mpmath.mpf("1.5") ** 4 / 32
            stated = mpmath.mpf("1.5") / mpmath.sqrt(2) / mpmath.pi ** mpmath.mpf("1.5")
            stated *= mpmath.exp(-z) * mpmath.besselk(0.25, z)
            assert found.overlaps(arb(str(stated)) + arb(0, 1) * arb(10) ** -35)
        assert found.rel_accuracy_bits() > 150


def test_the_float_contour_has_the_moments_of_the_law():
    for theta in (sp.Rational(41, 20), 3, 10):
        second = tools.law_mean(theta, lambda x, y, slope: y**2)
        assert second == pytest.approx(float(1 / sp.gamma(1 + 2 / sp.S(theta))), rel=1e-10)
        ones = tools.law_mean(theta, lambda x, y, slope: x**2, "positive")
        assert ones == pytest.approx(1, rel=1e-9)


def test_existence_needs_the_stated_argument():
    make = lambda: GaussianPair(weights="laplace")  # noqa: E731
    assert tools.Existence(make, False).run(Context()).verdict is Verdict.CERTIFIED
    assert tools.Existence(make, True).run(Context()).verdict is Verdict.REFUTED
    other = tools.Existence(make, False, "AtomAtZero").run(Context())
    assert other.verdict is Verdict.INCONCLUSIVE


def test_what_is_not_decided_is_inconclusive():
    for found, verdict in (
        (True, Verdict.CERTIFIED),
        (False, Verdict.REFUTED),
        (None, Verdict.INCONCLUSIVE),
    ):
        assert tools.Shown(lambda f=found: f, "a fact").run(Context()).verdict is verdict
