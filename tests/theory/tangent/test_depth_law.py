"""The depth law by phase: published tables, independent recursions, phases that do not occur."""

import itertools
import math

import mpmath
import pytest
import sympy as sp

from theory.activation import Activation
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2, x
from theory.tangent import NTK
from theory.tangent.expansion import critical_expansion
from theory.tangent.residual_laws import slopes_at_infinity
from theory.tangent.survey import survey
from theory.tangent.symbols import K, K_diagonal, L, N, c_star

HALF = sp.S.Half


def critical(text, *options, **more):
    return NTK(text, *options, **more).depth_law["critical"]


# the constants at criticality

RATIOS = {
    "relu": ("1/4", 2),
    "abs(x)": ("1/4", 2),
    "max(x,0)-alpha*max(-x,0)": ("1/4", 2),
    "hardtanh": ("1/4", 2),
    "erf": ("1/3", 1),
    "tanh": ("1/3", 1),
    "elu": ("1/3", 1),
    "x*sigmoid(beta*x)": ("1/3", 1),
    "sign(x)*abs(x)**(3/4)": ("1/6", 4),
    "sign(x)*abs(x)**(9/10)": ("2/9", "5/2"),
    "abs(x)**(3/5)": ("1/12", 10),
    "abs(x)**(4/5)": ("3/16", "10/3"),
    "x*log(abs(x))": ("1/4", 2),
}


@pytest.mark.parametrize(("text", "expected"), RATIOS.items(), ids=RATIOS)
def test_ratio_from_the_expansion_of_the_activation(text, expected):
    law = critical(text)
    assert (law.ratio, law.power) == tuple(map(sp.Rational, expected))
    assert law.limit == law.ratio * q
    assert law.diagonal == L * q
    a = law.power
    assert sp.simplify(law.condition_number() - (1 + N / (a + 1))) == 0
    assert sp.simplify(law.predictor - 1 / (N + a + 1)) == 0


def test_constants_of_relu():
    law = critical("relu")
    assert law.coefficient == 9 * sp.pi**2 / 2
    assert law.log_coefficient == sp.Rational(3, 8)
    assert law.correlation[0].coefficient == -3
    (term,) = critical_expansion(MeanField("relu"))
    assert (term.coefficient, term.exponent) == (2 * sp.sqrt(2) / (3 * sp.pi), sp.Rational(3, 2))


def test_constants_of_erf():
    law = critical("erf")
    assert law.coefficient.subs(q, HALF) == 6
    assert law.log_coefficient.subs(q, HALF) == -1
    assert law.log_coefficient.subs(q, 2) == -sp.Rational(11, 24)


def test_constants_of_elu():
    law = critical("elu")
    assert law.log_coefficient is None
    first = law.next_order
    assert (first.exponent, first.logarithm) == (HALF, 0)
    printed = sp.Float("-0.402662246072269", 15)
    assert abs(first.coefficient.subs(q, 1).evalf(15) - printed) < 1e-14


def test_gamma_of_tanh_is_that_of_its_derivatives():
    """gamma/3 with gamma = 1 - 2/3 E phi'''^2 E phi'^2 / (E phi''^2)^2."""
    point = sp.Rational(7, 5)

    def moment(order):
        slope = sp.lambdify(x, sp.diff(sp.tanh(x), x, order), "mpmath")
        scale = mpmath.sqrt(mpmath.mpf(7) / 5)
        return mpmath.quad(
            lambda z: slope(scale * z) ** 2 * mpmath.npdf(z), mpmath.linspace(-9, 9, 19)
        )

    gamma = 1 - 2 * moment(3) * moment(1) / (3 * moment(2) ** 2)
    found = critical("tanh").log_coefficient.subs(q, point).evalf(15)
    assert abs(found - gamma / 3) < 1e-12


@pytest.mark.parametrize("p", ["3/5", "3/4", "9/10"])
def test_power_family(p):
    """Ratio (2p-1)/(4p); the logarithm (a+1)/(2(a+2)) comes from the discreteness of layers."""
    p = sp.Rational(p)
    law = critical(sp.sign(x) * sp.Abs(x) ** p)
    a = 1 / (p - HALF)
    assert (law.ratio, law.power) == ((2 * p - 1) / (4 * p), a)
    assert law.log_coefficient == (a + 1) / (2 * (a + 2))


def test_power_three_quarters_at_great_depth():
    """Values of K^L/(Lq) at c0 = 0.1 for p = 3/4: the slope in log L is 5/12."""
    found = {10**5: 0.1667479725, 10**6: 0.1666757565}
    slope = sum((-1) ** k * d * (v - 1 / 6) for k, (d, v) in enumerate(found.items()))
    assert abs(-slope / math.log(10) - 5 / 12) < 1e-3


def test_exponents_that_collide():
    law = critical("abs(x)**(3/2)")
    assert (law.ratio, law.power, law.coefficient) == (sp.Rational(1, 3), 1, 16)
    assert (law.next_order.exponent, law.next_order.logarithm) == (0, -1)
    assert "no point of the edge is stable" in law.statement


# recursions with the true maps


def relu_gap(u):
    """(1 - f(1-u), f'(1-u)) of relu at sigma_w2 = 2 without cancellation."""
    theta = 2 * math.asin(math.sqrt(u / 2))
    if theta < 0.05:
        lost = theta**3 * (1 / 3 - theta**2 * (1 / 30 - theta**2 / 840))
    else:
        lost = math.sin(theta) - theta * math.cos(theta)
    return u - lost / math.pi, 1 - theta / math.pi


def erf_gap(u, variance=0.5):
    """The same for erf on its edge of chaos."""
    amplitude = 2 * variance / (1 + 2 * variance)
    weight = math.pi * math.sqrt(1 + 4 * variance) / 4
    a, b = amplitude, amplitude * (1 - u)
    # asin a - asin b = asin(a sqrt(1-b^2) - b sqrt(1-a^2)), rationalised
    top = amplitude**2 * u * (2 - u)
    inside = top / (a * math.sqrt(1 - b * b) + b * math.sqrt(1 - a * a))
    slope = 4 * weight / (math.pi * math.sqrt((1 + 2 * variance) ** 2 * (1 - b * b)))
    return 2 * weight / math.pi * math.asin(inside) / variance, slope


def depth_ratios(step, depths, rate=1.0, u=0.9):
    kernel, found = 1 - u, {}
    for layer in range(1, max(depths) + 1):
        if layer in depths:
            found[layer] = kernel / (layer * rate)
        gap, slope = step(u)
        u = (1 - rate) * u + rate * gap
        kernel = (1 - rate + rate * slope) * kernel + rate * (1 - gap)
    return found


#: K^L/(Lq) from c0 = 0.1 at L = 10, 10^3 and 10^5
PRINTED = {
    "relu": (relu_gap, (0.3237087223194727, 0.2533546461523555, 0.250051007656376)),
    "erf": (erf_gap, (0.25307806783153736, 0.3294779086675869, 0.3332488296592853)),
}


@pytest.mark.parametrize(("name", "case"), PRINTED.items(), ids=PRINTED)
def test_depth_recursions_and_their_logarithm(name, case):
    step, printed = case
    law = critical(name)
    seen = depth_ratios(step, {10, 1000, 10_000, 100_000})
    for depth, value in zip((10, 1000, 100_000), printed, strict=True):
        assert abs(seen[depth] - value) < 2e-12
    ratio = float(law.ratio)
    slope = (100_000 * (seen[100_000] - ratio) - 10_000 * (seen[10_000] - ratio)) / math.log(10)
    assert abs(slope - law.log_coefficient.subs(q, HALF)) < 1e-3


@pytest.mark.parametrize("weight", [1, 2, 5])
def test_residual_relu_keeps_ratio_and_logarithm(weight):
    law = critical("relu", "residual")
    assert (law.ratio, law.log_coefficient) == (sp.Rational(1, 4), sp.Rational(3, 8))
    r = weight / (2 + weight)
    depths = (12_500, 50_000, 200_000)
    # k starts at c, not at r c: a constant that the slope in log L does not see
    lost = [d * (v - 0.25) for d, v in depth_ratios(relu_gap, depths, rate=r).items()]
    early, late = (b - a for a, b in itertools.pairwise(lost))
    assert abs((late + (late - early) / 3) / math.log(4) - 0.375) < 1e-3
    kappa = law.coefficient.subs(sigma_w2, weight)
    assert sp.simplify(kappa - sp.Rational(9, 2) * sp.pi**2 / sp.nsimplify(r) ** 2) == 0


def test_scaled_residual_relu_has_no_logarithm():
    """(k/(1+T) - 1/4) T of the depth flow tends to a constant: 1.5880 at 1e4, 1.5883 at 1e6."""
    law = critical("relu", "scaled-residual")
    assert law.ratio == sp.Rational(1, 4)
    assert law.corrections == ()
    assert law.log_coefficient == 0
    assert "log" in law.statement

    def flow(tau, state):
        u, k = state
        gap, slope = relu_gap(u)
        return gap - u, (slope - 1) * k + 1 - gap

    found = {}
    tau, state = 0.0, (0.9, 0.1)
    targets = [1e2, 1e3, 1e4]
    for target in targets:
        while tau < target:
            h = min(0.02 * (1 + tau), target - tau)
            state = runge_kutta(flow, tau, state, h)
            tau += h
        found[target] = (state[1] / (1 + tau) - 0.25) * tau
    for target, value in zip(targets, (1.355148, 1.562505, 1.585630), strict=True):
        assert abs(found[target] - value) < 2e-4


def runge_kutta(f, t, y, h):
    def moved(k, s):
        return tuple(a + s * h * b for a, b in zip(y, k, strict=True))

    k1 = f(t, y)
    k2 = f(t + h / 2, moved(k1, 0.5))
    k3 = f(t + h / 2, moved(k2, 0.5))
    k4 = f(t + h, moved(k3, 1.0))
    return tuple(
        a + h / 6 * (p + 2 * r + 2 * s + w)
        for a, p, r, s, w in zip(y, k1, k2, k3, k4, strict=True)
    )


def test_any_activation_with_two_slopes_at_infinity_has_the_residual_law():
    """GELU layers: a residual network grows into its relu-like regime."""
    law = critical("gelu", "residual")
    assert (law.ratio, law.log_coefficient) == (sp.Rational(1, 4), sp.Rational(3, 8))
    recursion = NTK("gelu", "residual").recursion
    point = {sigma_w2: sp.Rational(1, 20), sigma_b2: 0, q1: q, q2: q}
    step = [
        sp.lambdify([q, rho, K, K_diagonal], e.subs(point), "math")
        for e in (recursion.variance, recursion.correlation, recursion.ntk, recursion.ntk_diagonal)
    ]
    state, seen = (1.0, 0.1, 0.1, 1.0), {}
    for layer in range(1, 3001):
        state = tuple(f(*state) for f in step)
        if layer in (750, 1500, 3000):
            seen[layer] = state[2] / state[3]
    errors = [seen[d] - 0.25 for d in seen]
    assert 0 < errors[2] < errors[1] < errors[0] < 0.2
    assert 0.5 < errors[2] / errors[1] < 0.7  # log(L)/L at an effective depth of 73


def test_conv_positions_share_the_law():
    """Four circular positions, filter 3: every entry of the kernel tends to the dense ratio."""
    positions, depth = range(4), 4000
    start = [
        [0.1, -0.4, 0.5, 0.3],
        [0.7, 0.2, -0.1, 0.0],
        [0.3, 0.6, 0.4, -0.2],
        [0, 0.1, 0.2, 0.8],
    ]
    gaps = [[1 - c for c in row] for row in start]
    kernel = [list(row) for row in start]
    for _ in range(depth - 1):
        maps = [[relu_gap(u) for u in row] for row in gaps]
        moved = [
            [maps[a][b][1] * kernel[a][b] + 1 - maps[a][b][0] for b in positions]
            for a in positions
        ]

        def mean(entry):
            return [
                [sum(entry(a + j, b + j) for j in (-1, 0, 1)) / 3 for b in positions]
                for a in positions
            ]

        gaps = mean(lambda a, b, m=maps: m[a % 4][b % 4][0])
        kernel = mean(lambda a, b, m=moved: m[a % 4][b % 4])
    ratios = [k / depth for row in kernel for k in row]
    law = critical("relu", "conv")
    assert law.ratio == sp.Rational(1, 4)
    assert "offset" in law.statement
    assert all(abs(r - law.approximation(depth)) < 2e-3 for r in ratios)
    # along one offset the entries are equal
    assert max(abs(kernel[a][a] - kernel[0][0]) for a in positions) < 1e-9 * depth


# the other phases


def followed(weight, bias, variance, depth, c=0.1):
    """(K off, K on the diagonal) of erf by its arcsine kernel, in 30 digits."""
    with mpmath.workdps(30):
        scale = 2 * variance / (1 + 2 * variance)
        c, kernel, diagonal = mpmath.mpf(c), variance * c, variance
        chi = 4 * weight / (mpmath.pi * mpmath.sqrt(1 + 4 * variance))
        for _ in range(depth - 1):
            slope = (
                4
                * weight
                / (mpmath.pi * mpmath.sqrt((1 + 2 * variance) ** 2 - (2 * variance * c) ** 2))
            )
            covariance = bias + 2 * weight / mpmath.pi * mpmath.asin(scale * c)
            kernel, c = slope * kernel + covariance, covariance / variance
            diagonal = chi * diagonal + variance
        return kernel, diagonal, c


def fixed_point(weight, bias):
    with mpmath.workdps(30):
        return mpmath.findroot(
            lambda v: bias + 2 * weight / mpmath.pi * mpmath.asin(2 * v / (1 + 2 * v)) - v, 1
        )


def test_ordered_phase_of_erf():
    weight, bias = mpmath.mpf(1), mpmath.mpf("0.1")
    variance = fixed_point(weight, bias)
    law = NTK("erf").depth_law["ordered"]
    point = {q: sp.Float(variance, 25), sigma_w2: 1, sigma_b2: sp.Rational(1, 10)}
    limit = law.limit.subs(point).evalf(18)
    assert abs(limit - sp.Float("1.9117481354301453406", 20)) < 1e-15
    assert abs(law.rate.subs(point).evalf(18) - sp.Float("0.79716452703381559158", 20)) < 1e-15
    for depth in (2, 10, 50):
        _, diagonal, _ = followed(weight, bias, variance, depth)
        exact = law.diagonal.subs(point).subs(L, depth).evalf(18)
        assert abs(exact - sp.Float(diagonal, 20)) < 1e-14
    for depth in (50, 100):
        kernel, _, _ = followed(weight, bias, variance, depth, mpmath.mpf("0.1"))
        assert abs(kernel - limit) < 2 * depth * law.rate.subs(point).evalf() ** depth
    assert law.ratio == 1
    assert law.condition_number() is sp.oo
    assert law.predictor == 1 / N


def test_chaotic_phase_of_erf():
    weight, bias = mpmath.mpf(4), mpmath.mpf("0.05")
    variance = fixed_point(weight, bias)
    law = NTK("erf").depth_law["chaotic"]
    kernel, _diagonal, c = followed(weight, bias, variance, 300)
    point = {q: sp.Float(variance, 25), sigma_w2: 4, sigma_b2: sp.Rational(1, 20)}
    point[c_star] = sp.Float(c, 25)
    assert abs(law.limit.subs(point).evalf(18) - sp.Float("1.7252684923834460545", 20)) < 1e-14
    assert abs(law.rate.subs(point).evalf(18) - sp.Float("0.83100444850741157467", 20)) < 1e-15
    assert abs(kernel - law.limit.subs(point).evalf(18)) < 1e-14
    exact = law.diagonal.subs(point).subs(L, 100).evalf(18)
    assert abs(exact / sp.Float("5.23412603550554281e18", 18) - 1) < 1e-14
    assert (law.ratio, law.condition_number(7), law.predictor) == (0, 1, 0)


# what does not occur


def test_softplus_has_no_edge_of_chaos():
    laws = NTK("softplus").depth_law
    assert laws["ordered"].exists
    for phase in ("critical", "chaotic"):
        assert not laws[phase].exists
        assert "sigma_b2 < 0" in laws[phase].statement


def test_gelu_is_unstable_below_its_threshold():
    assert "stable (|V'| < 1) for q > 3.56" in critical("gelu").statement


def test_a_jump_leaves_only_chaos():
    laws = NTK("sign(x)").depth_law
    assert not laws["ordered"].exists
    assert not laws["critical"].exists
    assert laws["chaotic"].diagonal is sp.oo
    assert laws["chaotic"].limit.subs({c_star: 0}) == 0


@pytest.mark.parametrize("text", ["x", "3*x"])
def test_a_linear_activation_keeps_correlations(text):
    law = critical(text)
    assert law.exists
    assert law.ratio is None
    assert "correlation of the inputs" in law.statement


def test_an_affine_activation_has_no_edge_of_chaos():
    assert not critical("x + 1").exists


def test_a_constant_has_no_phases():
    laws = NTK("2").depth_law
    assert not any(law.exists for law in laws.values())


def test_homogeneous_activations_have_no_chaos():
    laws = NTK("leaky_relu").depth_law
    assert "chi_1^L K^L_critical" in laws["chaotic"].statement
    assert not laws["chaotic"].exists


def test_a_symbolic_exponent_asks_for_a_value():
    p = sp.Symbol("p", positive=True)
    for law in NTK(sp.Abs(x) ** p).depth_law.values():
        assert not law.exists
        assert "give p a value" in law.statement


@pytest.mark.parametrize("architecture", ["residual", "scaled-residual", "stable-residual"])
def test_residual_networks_have_no_phases(architecture):
    laws = NTK("relu", architecture).depth_law
    assert not laws["ordered"].exists
    assert not laws["chaotic"].exists
    assert laws["critical"].exists


def test_residual_networks_that_are_not_linear_at_infinity_say_so():
    assert "bounded" in critical("tanh", "residual").statement
    assert "one slope" in critical("x + tanh(x)", "residual").statement
    assert critical("tanh", "stable-residual").maps["variance"].has(sigma_w2)


@pytest.mark.parametrize(
    ("text", "slopes"),
    [
        ("relu", (0, 1)),
        ("gelu", (0, 1)),
        ("x+tanh(x)", (1, 1)),
        ("tanh", (0, 0)),
        ("sqrt(1+x^2)", (-1, 1)),
        ("x*log(1+x^2)", None),
        ("x^2", None),
        ("x+log(1+x^2)", None),
    ],
)
def test_slopes_at_infinity(text, slopes):
    assert slopes_at_infinity(Activation(text)) == slopes


def test_standard_parametrisation_keeps_the_ratio():
    law = critical("relu", parametrisation="standard")
    ours = critical("relu")
    assert (law.ratio, law.log_coefficient) == (ours.ratio, ours.log_coefficient)
    n = sp.Symbol("n", positive=True)
    assert sp.simplify(law.limit - (n * q / 2 + 1) / 4) == 0


def test_survey_of_curves():
    assert survey(MeanField("sin(x)").edge_of_chaos).stable
    open_ = survey(MeanField("x*sigmoid(beta*x)").edge_of_chaos)
    assert (open_.admissible, open_.stable) == (None, None)


@pytest.mark.parametrize("count", [0, -1, sp.Rational(1, 2)])
def test_condition_number_needs_a_number_of_inputs(count):
    with pytest.raises(InputError, match="positive integer"):
        critical("relu").condition_number(count)
