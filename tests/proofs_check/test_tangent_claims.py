"""Every claim on tangent kernels holds, its mutations are refuted, and its second routes agree."""

import math

import mpmath
import pytest
import sympy as sp

from proofs_check.claims import tangent_balance, tangent_tools
from proofs_check.claims.tangent_rates import LOG_RATE
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims

IDS = {
    "ntk.rec-ffnn", "ntk.standard-param", "ntk.closed-forms", "ntk.ordered-limit", "ntk.chaotic",
    "ntk.eoc-diag", "ntk.relu-sigma-free", "ntk.ratio-general", "ntk.relu-quarter",
    "ntk.smooth-third", "ntk.power-family", "ntk.log-rate", "ntk.sup-not-uniform",
    "ntk.resnet-relu", "ntk.resnet-scaled", "ntk.resnet-stable", "ntk.cnn",
    "ntk.condition-number", "ntk.lemma-trainability", "ntk.generalisation-constant",
}  # fmt: skip


def test_all_claims_are_there():
    assert {claim.id for claim in claims("ntk.*")} == IDS


@pytest.mark.parametrize("claim", claims("ntk.*"), ids=lambda claim: claim.id)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without negative controls"
    assert len(outcome.findings) >= 5, "a single route"


def test_statements_and_sources_are_given():
    for claim in claims("ntk.*"):
        assert claim.statement.count("$") % 2 == 0 < claim.statement.count("$"), claim.id
        assert claim.statement.count("{") == claim.statement.count("}"), claim.id
        assert "arXiv:" in claim.source, claim.id


def test_printed_propositions_are_mutations():
    """What the publication states wrongly must be refuted as it is printed."""
    texts = {m.description for claim in claims("ntk.*") for m in claim.mutations}
    for name in ("Proposition 1", "Proposition 2", "Proposition 3", "Lemma 1"):
        assert any(text.startswith(f"{name} as printed") for text in texts), name
    assert sum("Proposition 2 as printed" in m.description for m in LOG_RATE.mutations) == 2


def test_balance_determines_the_constants():
    """The remainders vanish for one ratio and one logarithm: a linear equation for each."""
    s, ratio, logarithm, other = sp.symbols("s ratio logarithm other", positive=True)
    ansatz = tangent_balance.simple_ansatz(2, 4 / s**2, ratio, logarithm, -other)
    found = tangent_balance.remainders([(s, sp.Rational(3, 2))], ansatz)
    assert sp.solve(found["k: l^0"], ratio) == [sp.Rational(1, 4)]
    assert sp.solve(found["u: l^-2"], other) == [3]
    at = {ratio: sp.Rational(1, 4), other: 3}
    assert sp.solve(found["k: l^-1 log l"].subs(at), logarithm) == [sp.Rational(3, 8)]


def test_recursions_in_floats_against_mpmath():
    """One step of ReLU, erf and the power family from their kernels by 40 digits."""
    c, q = mpmath.mpf("0.3"), mpmath.mpf("0.5")
    with mpmath.workdps(40):
        relu = lambda c: (mpmath.sqrt(1 - c**2) + c * (mpmath.pi - mpmath.acos(c))) / mpmath.pi  # noqa: E731
        level = 2 * q / (1 + 2 * q)
        weight = mpmath.pi * mpmath.sqrt(1 + 4 * q) / 4
        bias = q - 2 * weight / mpmath.pi * mpmath.asin(level)
        erf = lambda c: (bias + 2 * weight / mpmath.pi * mpmath.asin(level * c)) / q  # noqa: E731
        p = mpmath.mpf("0.75")
        omega = (2 * p - 1) / p**2
        a = (1 - p) / 2
        top = mpmath.hyp2f1(a, a, 1.5, 1)
        odd = lambda c: 1 - omega + omega * c * mpmath.hyp2f1(a, a, 1.5, c * c) / top  # noqa: E731
        for step, kernel in (
            (tangent_tools.relu_float, relu),
            (tangent_tools.erf_float(0.5), erf),
            (tangent_tools.power_float(0.75), odd),
        ):
            image, drop = step(0.7)
            assert image == pytest.approx(float(1 - kernel(c)), rel=1e-13)
            assert drop == pytest.approx(float(1 - mpmath.diff(kernel, c)), rel=1e-12)


def test_zero_between_certifies_signs():
    from flint import arb, ctx

    with ctx.workprec(200):
        root = tangent_tools.zero_between(lambda v: v * v - 2, 1, 2, 150)
        assert root.contains(arb(2).sqrt())
        assert root.rad() < 1e-40
        with pytest.raises(ValueError, match="sign"):
            tangent_tools.zero_between(lambda v: v * v + 1, 1, 2)


def test_extrapolation_is_exact_on_its_own_form():
    values = {d: 0.25 + 0.375 * math.log(d) / d - 3 / d for d in (10**3, 10**4, 10**5)}
    assert tangent_tools.extrapolated(values) == pytest.approx(0.25, abs=1e-13)
    two = {d: values[d] for d in (10**4, 10**5)}
    assert tangent_tools.log_slope(two, 0.25) == pytest.approx(0.375, abs=1e-9)
