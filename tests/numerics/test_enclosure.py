"""Certified enclosures: closed forms, high-precision quadrature and wrong paths that must fail."""

import time

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx

from numerics.balls import BallProgram, as_ball
from numerics.enclosure import Enclosure, enclose, evaluate_ball
from theory.errors import DivergentExpectationError, InputError, PrecisionError
from theory.gaussian import E2, E
from theory.special import Phi2, sigmoid, softplus
from theory.symbols import q, q1, q2, rho, x

HALF = sp.Rational(1, 2)


def holds(enclosure, value):
    """Whether an mpmath or SymPy value, known to 60 digits, lies in the enclosure."""
    return abs(sp.N(value, 60) - enclosure.midpoint) <= enclosure.radius * (1 + sp.Float("1e-9"))


def by_mpmath(f, variance, points, digits=40):
    """The same expectation by mpmath's own quadrature."""
    with mpmath.workdps(digits + 10):
        root = mpmath.sqrt(variance)
        return sp.Float(
            mpmath.quad(lambda z: f(root * z) * mpmath.npdf(z), [p / root for p in points]),
            digits,
        )


@pytest.mark.parametrize("digits", [15, 30, 100])
@pytest.mark.parametrize(
    ("f", "closed"),
    [
        ("max(x, 0)**2", q / 2),
        ("erf(x)**2", 2 / sp.pi * sp.asin(2 * q / (1 + 2 * q))),
        ("sin(x)**2", (1 - sp.exp(-2 * q)) / 2),
        ("abs(x)", sp.sqrt(2 * q / sp.pi)),
        ("exp(-x**2)", 1 / sp.sqrt(1 + 2 * q)),
        ("sqrt(abs(x))", 2 ** sp.Rational(1, 4) * sp.gamma(sp.Rational(3, 4)) * q**0.25
         / sp.sqrt(sp.pi)),
    ],
)  # fmt: skip
def test_one_point_expectation_encloses_its_closed_form(f, closed, digits):
    for variance in (sp.Rational(1, 7), sp.Integer(3)):
        found = enclose(E(f, q), {q: variance}, digits=digits)
        assert found.radius <= abs(found.midpoint) * sp.Float(f"1e-{digits}", 30)
        exact = enclose(sp.nsimplify(closed).subs(q, variance), digits=digits)
        assert found.ball().overlaps(exact.ball())


def test_tanh_squared_at_one_to_thirty_digits_and_fast():
    enclose(E("tanh(x)**2", q), {q: 1}, digits=30)
    start = time.perf_counter()
    found = enclose(E("tanh(x)**2", q), {q: 1}, digits=30)
    assert time.perf_counter() - start < 0.25  # 10 ms alone on a core
    assert holds(found, by_mpmath(lambda u: mpmath.tanh(u) ** 2, 1, [-30, -5, 0, 5, 30], 45))


@pytest.mark.parametrize(
    "f",
    [
        "tanh(x)**2", "softplus(x)**2", "(x*sigmoid(x))**2", "gelu(x)**2", "atan(x)**2",
        "(x/(1 + abs(x)))**2", "abs(x - 3/10)", "max(-1, min(1, x))**2", "mish(x)**2",
        "log(1 + x**2)", "elu(x)**2", "selu(x)**2", "cosh(x/2)", "x**3*tanh(x)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("variance", ["1/1000", "1", "30"])
def test_enclosure_agrees_with_quadrature(f, variance):
    node = E(f, q).subs(q, sp.Rational(variance))
    found = enclose(node, digits=20)
    with mpmath.workdps(40):
        reference = node.evalf(30)
    assert abs(reference - found.midpoint) <= abs(reference) * sp.Float("1e-20", 30)


@pytest.mark.parametrize("variance", [(0.9, 1.1), (0.5, 2), (1e-3, 1), (0, 1)])
def test_interval_of_variances_holds_every_value_in_it(variance):
    found = enclose(E("tanh(x)**2", q), {q: variance})
    lower, upper = (sp.Rational(v) for v in variance)
    for share in (0, HALF, 1):
        inner = enclose(E("tanh(x)**2", q), {q: lower + share * (upper - lower)})
        assert found.lower <= inner.upper
        assert inner.lower <= found.upper
        assert found.lower <= inner.lower
        assert inner.upper <= found.upper


def test_interval_enclosure_is_not_much_wider_than_the_range():
    found = enclose(E("tanh(x)**2", q), {q: ("0.9", "1.1")})
    ends = [enclose(E("tanh(x)**2", q), {q: v}).midpoint for v in ("0.9", "1.1")]
    assert found.radius < 1.1 * abs(ends[1] - ends[0]) / 2 * 1.1


@pytest.mark.parametrize(
    "spelling",
    [(1, 2), arb(1).union(arb(2)), mpmath.iv.mpf([1, 2]), sp.Interval(1, 2), sp.AccumBounds(1, 2)],
)
def test_every_spelling_of_an_interval(spelling):
    found = enclose(q**2, {q: spelling})
    assert found.lower <= 1
    assert found.upper >= 4
    assert found.radius < 2


def test_a_text_is_exact_and_a_float_is_binary():
    third = enclose(q, {q: "1/3"}, digits=40)
    assert sp.Rational(1, 3) in third
    assert sp.Rational(0.1) in enclose(q, {q: 0.1}, digits=40)
    assert sp.Rational(1, 10) not in enclose(q, {q: 0.1}, digits=40)


@pytest.mark.parametrize("correlation", ["-9/10", "-1/2", "1/10", "1/2", "9/10"])
@pytest.mark.parametrize("f", ["erf(x)", "sin(x)", "gelu(x)", "exp(-x**2/2)"])
def test_two_point_integration_agrees_with_the_closed_form(f, correlation):
    node = E2(f, f, q1, q2, rho)
    at = {q1: 1, q2: sp.Rational(3, 2), rho: sp.Rational(correlation)}
    integrated = enclose(node, at, digits=12, closed_forms=False)
    closed = enclose(node.doit(), at, digits=25)
    assert integrated.ball().overlaps(closed.ball())
    assert integrated.digits >= 12


def test_two_point_with_a_kink_uses_nested_integrals():
    node = E2("relu(x)", "relu(x)", q, q, rho)
    integrated = enclose(node, {q: 1, rho: HALF}, digits=9, closed_forms=False)
    exact = (sp.sqrt(3) / 2 + sp.pi / 3) / (2 * sp.pi)
    assert holds(integrated, exact)


def test_two_point_with_two_different_functions():
    node = E2("tanh(x)", "x", q1, q2, rho)  # = c E sech^2 by Stein
    found = enclose(node, {q1: 1, q2: 2, rho: HALF}, digits=15)
    stein = enclose(sp.sqrt(2) / 2 * E("1 - tanh(x)**2", q), {q: 1}, digits=20)
    assert found.ball().overlaps(stein.ball())


@pytest.mark.parametrize("r", ["-99/100", "-1/3", "0", "1/2", "999/1000"])
def test_phi2_encloses_the_digits_of_its_quadrature(r):
    h, k = sp.Rational(1, 2), sp.Rational(-3, 4)
    ball = evaluate_ball(Phi2(h, k, sp.Symbol("r", real=True)), {sp.Symbol("r", real=True): r})
    digits = Phi2(h, k, sp.Rational(r)).evalf(25)
    assert abs(as_ball(digits) - ball).abs_upper() < 1e-22


def test_undecided_branches_are_united():
    y = sp.Symbol("y", real=True)
    step = sp.Piecewise((-1, y < 0), (sp.Integer(1), True))
    ball = evaluate_ball(step, {y: (-1, 1)})
    assert ball.contains(-1)
    assert ball.contains(1)
    assert evaluate_ball(step, {y: 1}) == 1
    assert evaluate_ball(sp.sign(y) + sp.Abs(y) + sp.Max(y, 0), {y: -2}) == 1


def test_powers_of_balls_around_zero_are_finite():
    y = sp.Symbol("y", real=True)
    tiny = (arb(0, 1e-30), arb(0, 1))
    for ball in tiny:
        for power in (2, 3, 4):
            assert evaluate_ball(y**power, {y: ball}).contains(0)
    assert not evaluate_ball(1 / y, {y: tiny[0]}).is_finite()


@pytest.mark.parametrize("place", ["2/5", "-1/3", "7/11"])
def test_a_kink_that_is_no_binary_number(place):
    found = enclose(E(sp.Max(x - sp.Rational(place), 0) ** 2, q), {q: 1}, digits=25)
    closed = enclose(E(sp.Max(x - sp.Rational(place), 0) ** 2, q).doit(), {q: 1}, digits=25)
    assert found.ball().overlaps(closed.ball())


def test_monotone_functions_are_tight_on_wide_balls():
    y = sp.Symbol("y", real=True)
    for f in (sigmoid(y), softplus(y), sp.tanh(y), sp.erf(y), sp.exp(y)):
        ball = evaluate_ball(f, {y: (-3, 3)})
        ends = [evaluate_ball(f, {y: end}) for end in (-3, 3)]
        assert float(ball.rad()) <= 1.001 * float((ends[1] - ends[0]).mid()) / 2


@pytest.mark.parametrize("function", [sp.log(x**2 + 1), sp.atan(x), sp.sqrt(1 + x**2), sp.asin(x)])
def test_branch_cuts_are_not_analytic(function):
    """A ball across a branch cut must not pass for a domain of analyticity."""
    program = BallProgram(function, (x,))
    across = acb(arb(0, 0.01), arb(2, 0.01)) if function != sp.asin(x) else acb(arb(2), arb(0, 1))
    assert program.complex([acb("0.5")], True).is_finite()
    assert not program.complex([across], True).is_finite()


def test_negative_control_ignoring_the_analytic_flag_gives_a_wrong_enclosure():
    """|x - 0.3| as the square root of a square: the flag is what makes the enclosure right."""
    with ctx.workprec(53):
        centre, scale = acb("0.3"), (2 * arb.pi()).sqrt()

        def integrand(respect):
            def f(z, analytic):
                root = ((z - centre) ** 2).sqrt(analytic=analytic and respect)
                return root * (-z * z / 2).exp()

            return f

        trapped = acb.integral(integrand(False), -12, 12).real / scale
        careful = acb.integral(integrand(True), -12, 12).real / scale
    toolkit = enclose(E("sqrt((x - 3/10)**2)", q), {q: 1}, digits=20)
    assert holds(toolkit, E("abs(x - 3/10)", q).doit().subs(q, 1))
    assert careful.overlaps(toolkit.ball())
    assert not trapped.overlaps(toolkit.ball()), "the trap has gone: the control has no power"


def test_negative_control_a_cut_without_its_guard():
    """The same trap at the cut of atan, whose Arb function has no flag."""
    program = BallProgram(sp.atan(1 / x), (x,))  # the cut of the composition is [-i, i]
    with ctx.workprec(53):
        safe = acb.integral(lambda z, a: program.complex([z], a), acb(1, -2), acb(1, 2))
        naive = acb.integral(lambda z, a: (1 / z).atan(), acb(1, -2), acb(1, 2))
        assert safe.overlaps(naive)  # off the cut they agree
        cut = program.complex([acb(arb(0.5, 1), arb(0, 0.5))], True)
        assert not cut.is_finite()


def test_zero_expectation_gets_an_absolute_radius():
    found = enclose(E("tanh(x)**3 + x", q, 0) + q - sp.Rational(1), {q: 1}, digits=15)
    assert found.midpoint == 0 or abs(found.midpoint) <= found.radius
    assert found.radius <= 1e-15


@pytest.mark.parametrize(
    ("expr", "subs", "error"),
    [
        (E("exp(x**2)", q), {q: 1}, DivergentExpectationError),
        (E("tanh(x)**2", q), {}, InputError),
        (E("tanh(x)**2", q), {q: -1}, InputError),
        (E("tanh(x)**2", q), {q: float("nan")}, InputError),
        (sp.log(q), {q: (-1, 1)}, PrecisionError),
    ],
)
def test_refusals(expr, subs, error):
    with pytest.raises(error):
        enclose(expr, subs)


def test_an_enclosure_unpacks_and_prints():
    found = enclose(sp.sqrt(2), digits=20)
    midpoint, radius = found
    assert isinstance(found, Enclosure)
    assert (midpoint, radius) == (found.midpoint, found.radius)
    assert found.lower <= found.midpoint <= found.upper
    assert sp.sqrt(2) in found
    assert "+-" in str(found)
    assert found.digits >= 20


@pytest.mark.parametrize(
    ("expr", "given"),
    [
        (E2("tanh(x)", "tanh(x)", q1, q2, rho), {"subs": {q1: 1, q2: 2, rho: 2}}),
        (E2("x", "x", q1, q2, rho), {"subs": {q1: 1, q2: 2, rho: (-3, -2)}}),
        (E("tanh(x)**2", q), {"subs": {q: -1}}),
        (E("tanh(x)**2", q), {"subs": {q: (-2, -1)}}),
        (q + 1, {"subs": {q: 1}, "digits": "a"}),
        (q + 1, {"subs": {q: 1}, "digits": 0}),
        (q + 1, {"subs": {q: 1}, "digits": -5}),
        (q + 1, {"subs": {q: 1, "zz": 1}}),
        (q + 1, {"subs": {q: 1, rho: 1}}),
        (q + 1, {"subs": 3}),
    ],
)
def test_impossible_questions_are_refused(expr, given):
    with pytest.raises(InputError):
        enclose(expr, **given)
