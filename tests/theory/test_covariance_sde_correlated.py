"""The covariance SDE of correlated weights against one layer of n neurons, expanded in 1/n.

For V' = (c/n) (sum_i phi phi^T - (kappa/n) (sum_i phi) (sum_i phi)^T) with n independent neurons
the mean is counted pair by pair, with Gaussian moments from the Isserlis recursion, or those of
|u| for two slopes; nothing of the kernel under test is used.
"""

from functools import cache

import mpmath
import pytest
import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.errors import AssumptionError, InputError
from theory.finite_width import at_width, kappa
from theory.matrix_laws.correlated import Correlated
from theory.mean_field import MeanField
from theory.symbols import V0, V, covariance_entry, rho, theta, x

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)
K = sp.Symbol("kappa", real=True)
N = sp.Symbol("N", positive=True)
HALF = sp.Rational(1, 2)
ARC = sp.sqrt(1 - rho**2) - rho * sp.acos(rho)


@cache
def moment(i, j):
    """E u^i v^j for (u, v) ~ N(0, V)."""
    if i == 0 and j == 0:
        return sp.S.One
    if i == 0:
        return (j - 1) * V22 * moment(0, j - 2) if j > 1 else sp.S.Zero
    first = (i - 1) * V11 * moment(i - 2, j) if i > 1 else sp.S.Zero
    return sp.expand(first + (j * V12 * moment(i - 1, j - 1) if j else 0))


def mean(f, g):
    """E f(u) g(v) of polynomials in x."""
    f, g = sp.Poly(f, x), sp.Poly(g, x)
    return sp.expand(
        sp.Add(*(a * b * moment(i, j) for (i,), a in f.terms() for (j,), b in g.terms()))
    )


def layer(phi, width, correlation):
    """E V'_12 of ``width`` neurons: equal pairs of neurons and pairs of different ones."""
    unit = mean(phi, phi).subs({V11: 1, V12: 1, V22: 1})
    equal, different = mean(phi, phi), mean(phi, sp.S.One) * mean(sp.S.One, phi)
    pairs = width * equal + width * (width - 1) * different
    return (width * equal - correlation / width * pairs) / width / unit


f2, f3 = sp.symbols("f2 f3", real=True)
a = sp.Symbol("a", positive=True)


def test_smooth_shaping_with_symbolic_derivatives():
    """n (E V' - V) as n grows, for s phi(x/s) with s = a sqrt(n)."""
    s = a * sp.sqrt(N)
    step = layer(x + f2 * x**2 / (2 * s) + f3 * x**3 / (6 * s**2), N, K)
    limit = sp.limit(sp.cancel(sp.together(N * (step - V12))), N, sp.oo)
    sde = CovarianceSDE(x + f2 * x**2 / 2 + f3 * x**3 / 6, a=a, weight_correlation=K)
    assert sp.expand(sde.drift(2)[0, 1] - limit) == 0
    assert sp.expand(sde.drift(2)[0, 0] - limit.subs({V12: V11, V22: V11})) == 0
    assert sde.diffusion(2) == CovarianceSDE("linear").diffusion(2)


@pytest.mark.parametrize(
    ("shaping", "power"),
    [("x + x**2/sqrt(n) + x/n", 1), ("x + x**3/n", 1), ("x + x**4/n**(1/2)", 1)],
)
def test_polynomial_formulas(shaping, power):
    """The same for formulas, whose critical exponent no kappa moves."""
    sde = CovarianceSDE(shaping=shaping, weight_correlation=K)
    assert sde.critical_exponent == CovarianceSDE(shaping=shaping).critical_exponent
    step = layer(sde.shaping.at(N), N, K)
    limit = sp.limit(sp.cancel(sp.together((N * (step - V12)).subs(N, N**2))), N, sp.oo)
    assert sp.expand(sde.drift(2)[0, 1] - limit) == 0


def test_two_slopes():
    """phi_s = m x + d |x|: E u|v| = 0, E|u| = sqrt(2 V11/pi), E|u||v| = (2/pi)(... arcsin ...)."""
    up, down = sp.symbols("c_plus c_minus", real=True)
    m, d = 1 + (up + down) / (2 * sp.sqrt(N)), (up - down) / (2 * sp.sqrt(N))
    root = sp.sqrt(V11) * sp.sqrt(V22)
    product = 2 / sp.pi * (sp.sqrt(1 - rho**2) + rho * sp.asin(rho))
    equal, different = m**2 * rho + d**2 * product, d**2 * 2 / sp.pi
    kept = (1 - K / N) * equal - K * (1 - 1 / N) * different
    step = N * (kept / (m**2 + d**2) - rho)
    limit = sp.limit(sp.together(step.subs(N, N**2)), N, sp.oo)
    sde = CovarianceSDE("relu", c_plus=up, c_minus=down, weight_correlation=K)
    gap = (sde.cross_drift / root - limit).subs(sp.asin(rho), sp.pi / 2 - sp.acos(rho))
    assert sp.simplify(sp.expand(gap)) == 0
    slopes = (up - down) ** 2 / (2 * sp.pi)
    assert sp.simplify(sde.norm.drift + K * (1 + slopes) * V) == 0
    wanted = slopes * (ARC - K * (1 - rho)) - rho * (1 - rho**2) / 2
    assert sp.simplify(sde.correlation.drift - wanted) == 0
    assert sde.correlation.autonomous


def test_angle_of_two_slopes():
    """theta = arccos(rho) by Itô's formula on the correlation."""
    sde = CovarianceSDE("relu", weight_correlation=1)
    pull = (sp.sin(theta) - theta * sp.cos(theta) - 1 + sp.cos(theta)) / (2 * sp.pi)
    assert sp.simplify(sde.angle.drift + pull / sp.sin(theta)) == 0


def test_a_drift_with_expectations_that_are_no_polynomials():
    """h = cos x: E cos u = exp(-V11/2), so kappa = 1 leaves exp(...) (cosh V12 - 1)."""
    sde = CovarianceSDE(shaping="x + cos(x)/sqrt(n)", weight_correlation=1)
    wanted = sp.exp(-(V11 + V22) / 2) * (sp.cosh(V12) - 1) - (1 + sp.exp(-2)) * V12 / 2 - V12
    assert sp.simplify((sde.drift(2)[0, 1] - wanted).rewrite(sp.exp)) == 0


@pytest.mark.parametrize("correlation", [0, -2, HALF, 1])
def test_independence_of_kappa_for_odd_shapings(correlation):
    """Without mean only the factor 1 - kappa/n of a layer is left, and no correlation moves."""
    plain, sde = CovarianceSDE("tanh"), CovarianceSDE("tanh", weight_correlation=correlation)
    assert sp.expand(sde.norm.drift - plain.norm.drift + correlation * V) == 0
    assert sde.correlation.drift == plain.correlation.drift
    assert correlation or sde.equations() == plain.equations()


def test_columns_only_shrink_the_covariance():
    sde = CovarianceSDE("gelu", weights=Correlated(HALF, axis="column"))
    plain = CovarianceSDE("gelu")
    assert sp.expand(sde.drift(2)[0, 1] - plain.drift(2)[0, 1] + V12 / 2) == 0
    assert sp.expand(sde.correlation.drift - plain.correlation.drift) == 0


def test_skip_and_residual_networks():
    shaped, kept = CovarianceSDE("silu", weight_correlation=1), 1 - sp.Rational(9, 25)
    skip = CovarianceSDE("silu", weight_correlation=1, skip=sp.Rational(3, 5))
    assert sp.expand(skip.drift(2)[0, 1] - kept * shaped.drift(2)[0, 1]) == 0
    flow = CovarianceSDE("x + x**2", weight_correlation=K, architecture="residual", gamma=2)
    phi = x + x**2
    lost = mean(phi, sp.S.One) * mean(sp.S.One, phi)
    assert sp.expand(flow.drift(2)[0, 1] - 4 * (mean(phi, phi) - K * lost) / 4) == 0


def test_rows_that_sum_to_zero_do_not_see_constants():
    """Without normaliser x + 1/sqrt(n) is the linear network at kappa = 1, and only there."""
    at_one = CovarianceSDE(shaping="x + 1/sqrt(n)", normalised=False, weight_correlation=1)
    assert at_one.critical_exponent is None
    assert at_one.drift(2)[0, 1] == -V12
    half = CovarianceSDE(shaping="x + 1/sqrt(n)", normalised=False, weight_correlation=HALF)
    assert (half.critical_exponent, half.drift(2)[0, 1]) == (HALF, HALF - V12 / 2)


# finite width


@pytest.mark.parametrize("width", [3, 10])
def test_the_mean_of_one_layer_is_exact_at_any_width(width):
    sde = CovarianceSDE("x + x**2/2 - x**3/5", weight_correlation=HALF)
    finite = at_width(sde, width)
    exact = width * (layer(sde.shaping.at(width), sp.Integer(width), HALF) - V12)
    assert sp.expand(finite.drift(2)[0, 1] - exact) == 0


def test_finite_widths_tend_to_the_limit():
    for weights in (Correlated(-1), Correlated(-1, axis="column")):
        sde = CovarianceSDE("relu", c_plus=2, weights=weights)
        gaps = [
            (at_width(sde, 10**k).correlation.drift - sde.correlation.drift).subs(rho, 0.3).evalf()
            for k in (6, 8)
        ]
        assert abs(gaps[1]) < 1e-3
        assert 9 < abs(gaps[0] / gaps[1]) < 11  # of order n^(-1/2)
    with pytest.raises(AssumptionError, match="independent"):
        kappa(sde)


# what follows


@pytest.mark.parametrize("correlation", [-1, HALF, 1])
def test_explosion_of_silu(correlation):
    """The ratio of scale functions, by quadrature of exp(-int b/v^2) with b = C v^2 - D v."""
    explosion = CovarianceSDE("silu", weight_correlation=correlation).explosion
    assert explosion.explodes
    push = (3 - correlation) / sp.S(4)
    pull = sp.Rational(3, 4) + correlation
    with mpmath.workdps(20):
        c, d = mpmath.mpf(push.p) / push.q, mpmath.mpf(pull.p) / pull.q
        below, all_ = (
            mpmath.quad(lambda v: v**d * mpmath.exp(-c * v), [0, 0.5, end])
            for end in (2, mpmath.inf)
        )
        found = explosion.probability.subs(V0, 2).evalf(15)
    assert abs(found - below / all_) < 1e-12


def test_the_threshold_of_explosion_moves_with_kappa():
    """(3 - kappa) phi''^2/4 + phi''' > 0: x + x^2/2 - x^3/9 has phi''^2 = 1, phi''' = -2/3."""
    phi = x + x**2 / 2 - x**3 / 9
    assert CovarianceSDE(phi, weight_correlation=0).explosion.explodes
    assert not CovarianceSDE(phi, weight_correlation=1).explosion.explodes
    condition = CovarianceSDE(phi, weight_correlation=K).explosion.condition
    assert sp.simplify(condition) == sp.Lt(K, sp.Rational(1, 3))
    assert CovarianceSDE("gelu", weight_correlation=K).explosion.explodes  # for every kappa <= 1


def test_stationary_law():
    """b(V) = -8 V^2 + (8 - kappa) V: V ~ Gamma(7 - kappa, 8), and it needs 7 - kappa > 0."""
    law = CovarianceSDE("tanh", a=HALF, weight_correlation=K).stationary
    assert sp.simplify(law.mean - (7 - K) / 8) == 0
    assert law.condition == sp.true
    assert CovarianceSDE("tanh", weight_correlation=1).stationary is None  # 2 - 1 - 1 = 0


@pytest.mark.parametrize(
    ("correlation", "attractor"),
    [(-1, 1), (0.25, 0.9301813940584223), (0.5, 0.7266299342356772), (1, 0)],
)
def test_attractors_of_two_slopes(correlation, attractor):
    """c* of infinitely wide networks, as published for ReLU."""
    regimes = CovarianceSDE("relu", weight_correlation=correlation).regimes
    assert abs(regimes.correlation_attractor.evalf(15) - attractor) < 1e-13


def test_attractors_of_smooth_shapings():
    """V(C V - b) and (phi''^2 V/4)(1 - rho)(1 - kappa - 2 rho)."""
    regimes = CovarianceSDE("x + x**2/2 - x**3", weight_correlation=HALF).regimes
    assert (regimes.norm_attractor, regimes.correlation_attractor) == (
        sp.Rational(42, 43),
        sp.Rational(1, 4),
    )
    assert "V loses V/2 per unit of layer/n" in regimes.subcritical


# laws of weights


def test_laws_and_models_that_are_understood():
    for given in ("correlated(1/2)", Correlated(HALF), Correlated(HALF, entries="uniform")):
        assert CovarianceSDE("relu", weights=given).weight_correlation == HALF
    assert CovarianceSDE("relu", weights="uniform").weight_correlation == 0
    assert CovarianceSDE(MeanField("relu", weight_correlation=1)).weight_correlation == 1
    column = CovarianceSDE(MeanField("relu", weights="correlated(1, axis=column)"))
    assert column.weights == Correlated(1, axis="column")
    assert repr(CovarianceSDE("relu", weight_correlation="1/2")) == (
        "CovarianceSDE('relu', weight_correlation=1/2)"
    )


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"weight_correlation": 2}, InputError, "exceeds 1"),
        ({"weight_correlation": "nan"}, InputError, "weight_correlation"),
        ({"weight_correlation": "V11"}, InputError, "constant of the layer"),
        ({"weight_correlation": 1, "weights": "correlated(1/2)"}, InputError, "one of the two"),
        ({"weights": "orthogonal"}, AssumptionError, "no noise"),
        ({"weights": "asymmetric"}, AssumptionError, "not Gaussian"),
        ({"weights": "student(3)"}, AssumptionError, "fourth moment"),
        ({"weights": Correlated(1, sigma_w2=3)}, InputError, "sigma_w2"),
    ],
    ids=str,
)
def test_refusals_are_one_sentence(options, error, words):
    with pytest.raises(error, match=words) as caught:
        CovarianceSDE("relu", **options)
    assert "\n" not in str(caught.value)
