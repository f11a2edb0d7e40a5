"""Each kind of check supports the true, refutes the false, and admits what it cannot tell."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp

from proofs_check import (
    Certified,
    CertifiedRoots,
    CertifiedValue,
    Claim,
    Numeric,
    Statistical,
    Symbolic,
    Verdict,
)
from proofs_check.checks import run_check
from proofs_check.context import Context
from proofs_check.finding import Finding
from proofs_check.symbolic import rewrites_to_zero, sample_points
from theory.errors import ClaimError
from theory.gaussian import E2, E
from theory.special import Phi, Phi2, sigmoid, softplus
from theory.symbols import q, rho, x

t = sp.Symbol("t", real=True)
NOISE = Context(path=("tests",))


def verdict(check):
    return min(finding.verdict for finding in run_check(check, NOISE))


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        ((t + 1) ** 2, t**2 + 2 * t + 1),
        (sp.sin(t) ** 2 + sp.cos(t) ** 2, 1),
        (sigmoid(t), (1 + sp.tanh(t / 2)) / 2),
        (softplus(t) - softplus(-t), t),
        (Phi(t), (1 + sp.erf(t / sp.sqrt(2))) / 2),
        (E("max(x,0)**2", q), q / 2),
        (E("sin(x)**2", q).diff(q), E("cos(2*x)", q)),
    ],
)
def test_identities_are_proved_and_their_mutations_refuted(lhs, rhs):
    assert verdict(Symbolic(lhs, rhs)) is Verdict.PROVED
    refuted = Symbolic(lhs, rhs * (1 + sp.Rational(1, 10**20))).run(NOISE)
    assert refuted.verdict is Verdict.REFUTED, "a difference in the twentieth digit is seen"


def test_a_refutation_shows_its_counterexample():
    found = Symbolic(t**2, t).run(NOISE)
    value = sp.Rational(found.data["point"]["t"])
    assert value**2 != value
    assert "t = " in found.evidence


def test_an_identity_that_does_not_rewrite_is_inconclusive():
    """True, but beyond the rewriting: balls alone never prove."""
    lhs = E("tanh(x)**2", q) + E("1/cosh(x)**2", q)
    found = Symbolic(lhs, 1).run(NOISE)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.data["points"] == 5


@pytest.mark.parametrize(
    ("relation", "box", "expected"),
    [
        (sp.exp(t) > t, {t: (-2, 2)}, Verdict.CERTIFIED),
        (sp.exp(t) > 1 + t, {t: (1, 2)}, Verdict.CERTIFIED),
        (sp.sin(t) < sp.Rational(9, 10), {t: (0, 3)}, Verdict.REFUTED),
        ((t - sp.sqrt(2)) ** 2 > 0, {t: (0, 2)}, Verdict.INCONCLUSIVE),
        (E("tanh(x)**2", q) < q, {q: ("1/10", 2)}, Verdict.CERTIFIED),
    ],
)
def test_inequalities_on_boxes(relation, box, expected):
    assert verdict(Certified(relation, box, most_boxes=300)) is expected


def test_two_routes_to_a_value():
    node = E2("gelu(x)", "gelu(x)", q, q, rho)
    at = {q: sp.Integer(1), rho: sp.Rational(1, 2)}
    assert verdict(CertifiedValue(node, node, at, digits=12)) is Verdict.CERTIFIED
    wrong = node * (1 + sp.Rational(1, 10**11))
    assert verdict(CertifiedValue(node, wrong, at, digits=12)) is Verdict.REFUTED


def test_the_sides_of_a_certified_value_share_their_values():
    """A side may be free of a symbol (a slope of ReLU does not depend on q); a typo is told."""
    assert verdict(CertifiedValue(E("step(x)", q), sp.S.Half, {q: 2})) is Verdict.CERTIFIED
    assert verdict(CertifiedValue(q * rho, q / 2, {q: 3, "rho": "1/2"})) is Verdict.CERTIFIED
    assert verdict(CertifiedValue(q, q, {q: 3, x: 1})) is Verdict.INCONCLUSIVE


def test_number_of_roots():
    polynomial = t**3 - t
    assert verdict(CertifiedRoots(polynomial, t, -2, 3, 3)) is Verdict.CERTIFIED
    assert verdict(CertifiedRoots(polynomial, t, -2, 3, 2)) is Verdict.REFUTED


@pytest.mark.parametrize(
    ("error", "expected"),
    [("0", Verdict.SUPPORTED), ("1e-11", Verdict.INCONCLUSIVE), ("1e-9", Verdict.REFUTED)],
)
def test_numeric_agreement_has_three_outcomes(error, expected):
    rhs = sp.exp(t) * (1 + sp.Rational(error))
    assert verdict(Numeric(sp.exp(t), rhs, digits=12)) is expected


def test_numeric_takes_functions_and_names_its_worst_point():
    grid = [{"n": n} for n in (1, 2, 30)]
    found = Numeric(lambda p: 1 / p["n"], lambda p: 2 / (2 * p["n"]), grid, digits=14).run(NOISE)
    assert found.verdict is Verdict.SUPPORTED
    assert found.data["points"] == 3
    wrong = Numeric(lambda p: p["n"], lambda p: p["n"] + (p["n"] > 9), grid).run(NOISE)
    assert wrong.data["point"] == {"n": "30"}


def normal(generator, count):
    return generator.normal(size=count)


def shifted(generator, count):
    return generator.normal(0.1, size=count)


def test_statistics_support_the_truth_and_refute_a_shift():
    assert verdict(Statistical(normal, 0.0)) is Verdict.SUPPORTED
    assert verdict(Statistical(shifted, 0.0)) is Verdict.REFUTED


def test_distribution_functions():
    from scipy import stats

    assert verdict(Statistical(normal, stats.norm.cdf)) is Verdict.SUPPORTED
    assert verdict(Statistical(shifted, stats.norm.cdf, samples=40_000)) is Verdict.REFUTED


def test_a_doubtful_sample_is_drawn_again_once():
    counts = []

    def sampler(generator, count):
        counts.append(count)
        return np.concatenate([np.full(count // 2, 0.04 + 1), np.full(count // 2, 0.04 - 1)])

    # |z| = 4 at 10 000: in between; |z| = 8 at 40 000: refuted
    assert verdict(Statistical(sampler, 0.0)) is Verdict.REFUTED
    assert counts == [10_000, 40_000]


def test_the_false_alarm_rate_is_what_it_says():
    doubts = sum(
        Statistical(normal, 0.0, samples=50, doubt=0.05, refute=1e-12)
        .run(Context(seed=s, path=("rate",)))
        .data["samples"] > 50
        for s in range(400)
    )  # fmt: skip
    assert abs(doubts - 0.05 * 400) < 5 * (400 * 0.05 * 0.95) ** 0.5


def test_random_numbers_depend_on_seed_and_claim_only():
    def draw(**kwargs):
        return Context(**kwargs).generator().integers(10**9)

    assert draw(seed=1, path=("a", "b")) == draw(seed=1, path=("a", "b"))
    assert len({draw(seed=s, path=p) for s in (0, 1) for p in (("a",), ("b",), ("a", "b"))}) == 6


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (True, Verdict.SUPPORTED),
        (False, Verdict.REFUTED),
        (np.bool_(True), Verdict.SUPPORTED),
        (sp.true, Verdict.PROVED),
        (sp.false, Verdict.REFUTED),
        (sp.Eq(sp.sin(2 * t), 2 * sp.sin(t) * sp.cos(t), evaluate=False), Verdict.PROVED),
        (sp.Eq(t**2, t), Verdict.REFUTED),
        (q + 1 > 0, Verdict.PROVED),
        (q > 1, Verdict.REFUTED),
        (sp.exp(-t) + t > 0, Verdict.INCONCLUSIVE),
        (sp.Gt(sp.pi, sp.Rational(22, 7), evaluate=False), Verdict.REFUTED),
        (sp.Ne(sp.sqrt(2) + sp.sqrt(3), sp.pi, evaluate=False), Verdict.CERTIFIED),
        ([True, q + 1 > 0], Verdict.SUPPORTED),
        ([True, False], Verdict.REFUTED),
    ],
)  # fmt: skip
def test_whatever_a_claim_may_return(result, expected):
    assert verdict(result) is expected
    assert verdict(lambda: result) is expected


@pytest.mark.parametrize("result", [None, "text", 3.5, [], x + 1])
def test_what_cannot_be_judged_is_an_error_and_no_pass(result):
    (found,) = run_check(lambda: result, NOISE)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "ClaimError" in found.error


def test_a_failing_check_is_recorded_with_its_text():
    def broken():
        raise ZeroDivisionError("by zero")

    (found,) = run_check(broken, NOISE)
    assert found.error == "ZeroDivisionError: by zero"
    assert not found.verdict.passes


def test_checks_before_a_failure_keep_their_evidence():
    def half():
        yield True
        raise ValueError("later")

    first, second = run_check(half, NOISE)
    assert first.verdict is Verdict.SUPPORTED
    assert "later" in second.error


def test_sample_points_respect_domains():
    n = sp.Symbol("n", integer=True, positive=True)
    for point in sample_points({q, rho, n, t}, {t: (5, 6)}):
        assert point[q] > 0
        assert abs(point[rho]) < 1
        assert point[n].is_Integer
        assert 5 < point[t] < 6
        assert len(set(point.values())) == 4


class Unforeseen(Exception):
    """An exception of a kind that nothing here knows."""


def _raise():
    raise Unforeseen("hello")


@dataclass(frozen=True)
class Answering:
    """A check of a user's own, which answers with whatever it was given."""

    answer: object

    def run(self, context):
        return self.answer


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (_raise, "Unforeseen: hello"),
        (Answering("PROVED"), "must return a Finding"),
        (Answering(Finding("PROVED", "own", "text instead of a verdict")), "with a Verdict"),
        (Certified(t > 5, {t: (0, 1)}, where=[t > 10]), "no point of the box"),
        (CertifiedValue(q**2, q**2 + 1, {q: (1, 2)}), "is not a number"),
        (CertifiedRoots(t**2 + 2, t, 2, 0, 0), "is empty"),
        (Statistical(lambda g, n: g.normal(size=n), math.nan), "finite number"),
        (Statistical(lambda g, n: g.normal(size=n), 5, bias=math.inf), "bias"),
        (Statistical(lambda g, n: g.normal(size=n), 5, bias=math.nan), "bias"),
        (Statistical(lambda g, n: g.normal(size=1), 0), "at least two"),
        (Statistical(lambda g, n: g.normal(size=n), lambda v: v * math.nan), "not finite"),
        (Numeric(sp.S(1), sp.S(2), [{}], digits=0), "at least 1 digit"),
        (Numeric(lambda point: 1, lambda point: 1, [1, 2]), "mappings"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_check_that_could_not_fail_or_not_run_is_inconclusive(check, reason):
    (finding,) = run_check(check, NOISE)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert reason in finding.error


def test_a_condition_that_holds_somewhere_restricts_the_box():
    assert verdict(Certified(t > 5, {t: (0, 12)}, where=[t > 10])) is Verdict.CERTIFIED
    assert verdict(Certified(t > 5, {t: (0, 12)}, where=[t > 4])) is Verdict.REFUTED


def test_cancellation_beyond_the_working_precision_is_seen():
    """A side that SymPy evaluates to noise is neither supported nor refuted."""
    tiny = sp.Rational(1, 10**200)
    assert verdict(Numeric((sp.sqrt(1 + tiny) - 1) / tiny, sp.S.Half, [{}])) is Verdict.SUPPORTED
    zero = sp.sin(1) ** 2 + sp.cos(1) ** 2 - 1
    assert verdict(Numeric(zero, sp.S.Zero, [{}])) is Verdict.SUPPORTED
    lost = (sp.sqrt(1 + sp.Rational(1, 10**2000)) - 1) * 10**2000
    assert verdict(Numeric(lost, sp.Rational(3, 4), [{}])) is Verdict.INCONCLUSIVE


def test_findings_are_written_in_the_types_of_json():
    data = {"a": np.float64(3), "b": sp.pi, "c": (1, math.nan), "d": {1: None}}
    written = Finding(Verdict.PROVED, "own", "", data).to_dict()["data"]
    assert written == {"a": 3.0, "b": "pi", "c": [1, "nan"], "d": {"1": None}}


@pytest.mark.parametrize(
    "wrong",
    [{"mutations": (True,)}, {"mutations": None}, {"check": iter([True])}],
    ids=["a truth value", "none", "a generator"],
)
def test_malformed_claims_are_refused(wrong):
    with pytest.raises(ClaimError, match=r"own\.claim"):
        Claim(**{"id": "own.claim", "statement": "$x$", "check": True} | wrong)


def test_identities_of_the_bivariate_normal_law_are_proved():
    """Reflections in each argument, at 0 too, and exponents that are split differently."""
    h, k, r = sp.symbols("h k r", real=True)
    assert verdict(Symbolic(Phi2(-h, k, r), Phi(k) - Phi2(h, k, -r))) is not Verdict.REFUTED
    assert rewrites_to_zero(Phi2(-h, k, r) + Phi2(h, k, -r) - Phi(k))
    assert rewrites_to_zero(Phi2(0, k, r) + Phi2(0, k, -r) - Phi(k))
    assert rewrites_to_zero(Phi2(-h, -k, r) - 1 + Phi(h) + Phi(k) - Phi2(h, k, r))
    assert not rewrites_to_zero(Phi2(-h, k, r) - Phi2(h, k, -r) + Phi(k))
