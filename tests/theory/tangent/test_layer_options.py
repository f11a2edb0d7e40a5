"""Tangent kernels with correlated weights and skip connections, against recursions in mpmath."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.errors import AssumptionError
from theory.mean_field import MeanField
from theory.symbols import n, q, q1, q2, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import K, K_diagonal, L, c_star

R = sp.Rational
HALF = R(1, 2)

# one layer of a finite network, averaged


def test_source_of_trained_factors():
    """The gradient in w of sqrt(sigma_w2/n) sum_j w_j (phi_j - a mean(phi)), for vectors phi."""
    draws = np.random.default_rng(0).normal(size=(2, 4000))
    phi, other = np.maximum(draws, 0) + 0.3 * draws[::-1]
    kappa = 0.6
    a = 1 - math.sqrt(1 - kappa)
    gradient = [f - a * f.mean() for f in (phi, other)]
    expected = (phi * other).mean() - kappa * phi.mean() * other.mean()
    assert abs((gradient[0] * gradient[1]).mean() - expected) < 1e-12


def test_recursion_of_both_parametrisations():
    ours = NTK("relu", weight_correlation="kappa", skip="s").recursion
    kappa, s = (sp.Symbol(name, real=True) for name in ("kappa", "s"))
    plain = NTK("relu").recursion
    means = sp.sqrt(q1) * sp.sqrt(q2) / (2 * sp.pi)
    at = {q1: R(2, 3), q2: R(5, 4), rho: R(-1, 3), q: R(3, 5), K: R(1, 7), K_diagonal: R(1, 4)}
    at |= {kappa: R(2, 5), s: R(3, 4), sigma_w2: R(7, 5), sigma_b2: R(1, 6)}

    def same(found, expected):
        return abs((found - expected).subs(at).evalf(30)) < 1e-27

    identity = s**2 * rho * sp.sqrt(q1 * q2)
    assert same(ours.source, plain.source - kappa * sigma_w2 * means)
    assert same(ours.covariance, identity + ours.source)
    assert same(ours.slope, s**2 + plain.slope)
    assert same(ours.ntk, ours.slope * K + ours.source)
    lost = kappa * sigma_w2 * q / (2 * sp.pi)
    assert same(ours.variance, s**2 * q + plain.variance - lost)
    assert same(ours.diagonal_source, plain.diagonal_source - lost)
    assert same(ours.diagonal_slope, s**2 + plain.diagonal_slope)
    standard = NTK("relu", parametrisation="standard", weight_correlation="kappa").recursion
    assert same(standard.source.subs(n, 9), 9 * (plain.source - sigma_b2) / sigma_w2 + 1)
    assert same(standard.covariance, plain.covariance - kappa * sigma_w2 * means)
    assert "Singh" in ours.equations()[0].source


def test_a_convolution_does_not_average_what_it_skips():
    recursion = NTK("relu", "conv", skip=HALF).recursion
    covariance, kernel = (equation.rhs for equation in recursion.positions)
    a, b = sp.symbols("a b", integer=True)
    for found, name in ((covariance, "Q"), (kernel, "K")):
        assert found.coeff(sp.IndexedBase(name)[a, b]) == R(1, 4)


# critical laws, against mpmath


class Hermite:
    """C and C' near 1 of a layer at its edge of chaos, from Hermite coefficients of phi' at q."""

    def __init__(self, slope, variance, keep, terms=90):
        nodes, weights = np.polynomial.hermite_e.hermegauss(180)
        values = slope(math.sqrt(variance) * nodes) * weights / math.sqrt(2 * math.pi)
        lower, upper = np.ones_like(nodes), nodes
        squares = []
        for k in range(terms):  # normalised Hermite polynomials
            squares.append(float((values * lower).sum()) ** 2)
            lower, upper = upper, (nodes * upper - math.sqrt(k + 1) * lower) / math.sqrt(k + 2)
        self.slopes = np.array(squares) / sum(squares)
        self.keep, self.orders = keep, np.arange(terms)

    def __call__(self, u):
        """(1 - C(1 - u), C'(1 - u))."""
        k, log = self.orders, math.log1p(-u)
        slope = float((self.slopes * np.exp(k * log)).sum())
        gap = float((-self.slopes * np.expm1((k + 1) * log) / (k + 1)).sum())
        return self.keep * u + (1 - self.keep) * gap, self.keep + (1 - self.keep) * slope


def followed(step, keep, depths, u=0.5):
    """K^L/((1 - s^2) L q), with K^1 = q c and the source q (c' - s^2 c), at some depths."""
    kernel, seen = 1 - u, []
    for layer in range(1, max(depths) + 1):
        if layer in depths:
            seen.append(kernel / ((1 - keep) * layer))
        gap, slope = step(u)
        kernel = slope * kernel + (1 - gap) - keep * (1 - u)
        u = gap
    return u, seen


def sech2(t):
    return 1 / np.cosh(t) ** 2


def gelu_slope(t):
    cdf = np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in t])
    return cdf + t * np.exp(-t * t / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("name", "slope", "options", "depths"),
    [
        ("tanh", sech2, {"skip": HALF}, (10_000, 20_000, 40_000)),
        ("gelu", gelu_slope, {"weight_correlation": HALF}, (10_000, 20_000, 40_000)),
        ("gelu", gelu_slope, {"weight_correlation": 1, "skip": R(3, 5)}, (10_000, 20_000, 40_000)),
    ],
    ids=["tanh, skip 1/2", "gelu, correlation 1/2", "gelu, both"],
)
def test_critical_law_of_smooth_activations(name, slope, options, depths):
    law = NTK(name, **options).depth_law["critical"]
    keep = float(options.get("skip", 0)) ** 2
    u, seen = followed(Hermite(slope, 1.0, keep), keep, depths)
    kappa = float(law.coefficient.subs(q, 1).evalf(12))
    assert law.ratio == R(1, 3)
    assert abs(law.limit.subs(q, 1) - (1 - R(options.get("skip", 0)) ** 2) / 3) < 1e-12
    assert abs(seen[-1] - 1 / 3) < 1e-3
    assert abs(u * depths[-1] / kappa - 1) < 1e-2
    lost = [d * (v - 1 / 3) for d, v in zip(depths, seen, strict=True)]
    early, late = (b - a for a, b in itertools.pairwise(lost))
    expected = float(law.log_coefficient.subs(q, 1).evalf(12))
    assert abs((2 * late - early) / math.log(2) - expected) < 5e-3 * max(1, abs(expected))


def relu_map(c):
    """(J, J') of relu."""
    bend = mpmath.pi - mpmath.acos(c)
    return (mpmath.sqrt(1 - c * c) + c * bend) / mpmath.pi, bend / mpmath.pi


def layers(start, depth, *, keep, weight, bias, kappa, branch=lambda layer: 1):
    """(q, c, K, K(x, x)) of relu after ``depth`` layers, by the plain formulas."""
    variance, c = (mpmath.mpf(v) for v in start)
    kernel, diagonal = variance * c, variance
    weight, bias, kappa, keep = (mpmath.mpf(v) for v in (weight, bias, kappa, keep))
    for layer in range(1, depth):
        value, slope = relu_map(c)
        b, mean = branch(layer), kappa / (2 * mpmath.pi)
        own = b * (bias + weight * variance * (mpmath.mpf(1) / 2 - mean))
        source = b * (bias + weight * variance * (value / 2 - mean))
        kernel = (keep + b * weight * slope / 2) * kernel + source
        diagonal = (keep + b * weight / 2) * diagonal + own
        c = (keep * variance * c + source) / (keep * variance + own)
        variance = keep * variance + own
    return variance, c, kernel, diagonal


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(25):
        yield


def test_critical_relu_with_both_options():
    """sigma_w2 = 2 (1 - s^2) and a finite q: ratio 1/4, the logarithm 3/8 and 9 pi^2/(2 r^2)."""
    ntk = NTK("relu", weight_correlation=R(4, 5), skip=R(3, 5))
    law, edge = ntk.depth_law["critical"], ntk.mean_field.edge_of_chaos
    point = {sigma_w2: edge.sigma_w2, sigma_b2: edge.sigma_b2.subs(q, 2)}
    assert point[sigma_w2] == R(32, 25)
    values = {"keep": 0.36, "weight": 1.28, "kappa": 0.8, "bias": mpmath.mpf(2) * 0.64 * 0.8}
    values["bias"] /= mpmath.pi
    assert abs(values["bias"] - mpmath.mpf(str(point[sigma_b2].evalf(25)))) < 1e-15
    depth = 3000
    variance, c, kernel, diagonal = layers((2, 0.3), depth, **values)
    assert abs(variance - 2) < 1e-12
    assert abs(diagonal - law.diagonal.subs({q: 2, L: depth}).evalf(20)) < 1e-10 * diagonal
    assert (law.ratio, law.power, law.log_coefficient) == (R(1, 4), 2, R(3, 8))
    assert sp.simplify(law.coefficient - R(9, 2) * sp.pi**2 / R(16, 25) ** 2) == 0
    assert abs(kernel / diagonal - law.approximation(depth).evalf(15)) < 5e-3
    assert abs((1 - c) * depth**2 / float(law.coefficient) - 1) < 0.03
    value = ntk.critical_kernel(4).subs({q: 2, rho: R(3, 10)}).evalf(20)
    assert abs(value - layers((2, "0.3"), 4, **values)[2]) < 1e-12


@pytest.mark.parametrize(
    ("weight", "phase"), [(R(9, 10), "ordered"), (R(17, 10), "chaotic")], ids=str
)
def test_phases_of_relu_at_a_finite_variance(weight, phase):
    """kappa = 1 and s = 1/2: bounded up to sigma_w2 = (3/2) pi/(pi - 1), critical at 3/2."""
    ntk = NTK("relu", weight_correlation=1, skip=HALF)
    law, theory = ntk.depth_law[phase], ntk.mean_field
    point = {sigma_w2: weight, sigma_b2: R(1, 10)}
    (star,) = (f.subs(point).evalf(25) for f in theory.fixed_points)
    start = (mpmath.mpf(str(star)), "0.2")
    values = {"keep": 0.25, "weight": mpmath.mpf(weight.p) / weight.q, "bias": "0.1", "kappa": 1}
    depth = 1000
    variance, c, kernel, diagonal = layers(start, depth, **values)
    at = {**point, q: star, c_star: sp.Float(str(c), 25), L: depth}
    assert abs(variance - start[0]) < 1e-15
    assert abs(kernel / law.limit.subs(at).evalf(20) - 1) < 1e-12
    assert abs(diagonal / law.diagonal.subs(at).evalf(20) - 1) < 1e-12
    assert law.ratio == (1 if phase == "ordered" else 0)
    assert (c < 0.99) == (phase == "chaotic")
    absent = NTK("relu", weight_correlation=-1).depth_law
    assert not absent["critical"].exists
    assert not absent["chaotic"].exists
    assert "V' > chi_1" in absent["chaotic"].statement


# growing networks


@pytest.mark.parametrize("skip", [1, R(-3, 2)])
def test_growing_relu_layers_without_correlation(skip):
    """|s| >= 1: ratio 1/4, log(L)/L with 3/8, for every sigma_w2; r = h/(s^2 + h)."""
    law, keep = NTK("relu", skip=skip).depth_law["critical"], float(skip) ** 2
    depths = (500, 1000, 2000)
    seen = []
    for depth in depths:
        variance, c, kernel, diagonal = layers(
            (1, 0.1), depth, keep=keep, weight=3, bias=0, kappa=0
        )
        seen.append(kernel / diagonal)
        exact = law.diagonal.subs({q: 1, sigma_w2: 3, L: depth}).evalf(20)
        assert abs(diagonal / mpmath.mpf(str(exact)) - 1) < 1e-15
    rate = R(3, 2) / (skip**2 + R(3, 2))
    assert sp.simplify(law.coefficient.subs(sigma_w2, 3) - R(9, 2) * sp.pi**2 / rate**2) == 0
    assert abs((1 - c) * depths[-1] ** 2 / float(law.coefficient.subs(sigma_w2, 3)) - 1) < 0.06
    lost = [d * (v - mpmath.mpf(1) / 4) for d, v in zip(depths, seen, strict=True)]
    early, late = (b - a for a, b in itertools.pairwise(lost))
    assert abs((2 * late - early) / math.log(2) - 0.375) < 0.01
    assert variance > 1


def test_residual_architecture_is_a_skip_of_one():
    ours, named = NTK("relu", skip=1), NTK("relu", "residual")
    assert ours.depth_law["critical"] == named.depth_law["critical"]
    assert ours.recursion.ntk == named.recursion.ntk
    half = NTK("erf", "residual", skip=HALF)
    assert half.depth_law["critical"] == NTK("erf", skip=HALF).depth_law["critical"]
    assert half.critical_kernel(2) == NTK("erf", skip=HALF).critical_kernel(2)
    with pytest.raises(AssumptionError, match="no edge of chaos"):
        NTK("erf", skip=1).critical_kernel(2)


@pytest.mark.parametrize(
    ("name", "kappa", "skip"),
    [("residual", HALF, 1), ("residual", R(-2), R(5, 4)), ("scaled-residual", R(1), 1)],
    ids=["correlated", "positively correlated", "scaled"],
)
def test_growing_relu_layers_with_correlation(name, kappa, skip):
    ntk, phase = NTK("relu", name, weight_correlation=kappa, skip=skip), "chaotic"
    phase = "chaotic" if kappa > 0 else "ordered"
    plain = name == "residual"
    law, depth, weight = ntk.depth_law[phase], 800 if plain else 3000, 3 if plain else 24
    branch = (lambda layer: 1) if plain else (lambda layer: mpmath.mpf(1) / layer)
    values = {"keep": float(skip) ** 2, "weight": weight, "bias": 0, "kappa": float(kappa)}
    variance, c, kernel, diagonal = layers((1, 0.1), depth, branch=branch, **values)
    exact = 1e-13 if plain else 1e-5
    if kappa > 0:  # sqrt(1 - c^2) - c acos(c) = kappa (1 - c)
        gap = mpmath.sqrt(1 - c * c) - c * mpmath.acos(c) - float(kappa) * (1 - c)
        assert abs(gap) < exact
    at = {q: 1, sigma_w2: weight, c_star: sp.Float(str(c), 25), L: depth}
    assert abs(kernel / variance - law.limit.subs(at).evalf(20)) < 10 * exact
    if plain:
        assert abs(law.scale.subs(at).evalf(20) / mpmath.mpf(variance) - 1) < 1e-13
        assert abs(law.diagonal.subs(at).evalf(20) / mpmath.mpf(diagonal) - 1) < 1e-13
    others = {"ordered", "critical", "chaotic"} - {phase}
    assert not any(ntk.depth_law[other].exists for other in others)


def test_exact_diagonals_of_scaled_layers():
    at = {q: R(2), sigma_w2: 3, L: 3}
    for options in ({}, {"weight_correlation": HALF}, {"skip": 2}):
        ntk = NTK("relu", "scaled-residual", **options)
        law = next(law for law in ntk.depth_law.values() if law.exists)
        kernel = ntk.kernel(3).subs({q1: 2, q2: 2, rho: 1, sigma_b2: 0, sigma_w2: 3})
        assert abs(law.diagonal.subs(at).doit().evalf(20) - kernel.evalf(20)) < 1e-15


def test_stable_layers_follow_their_differential_equation():
    """Diagonal of relu at kappa = 1: Richardson extrapolation over the number of layers."""
    law = NTK("relu", "stable-residual", weight_correlation=1).depth_law["critical"]
    found = []
    for count in (400, 800):
        values = {"keep": 1, "weight": 2, "bias": 0, "kappa": 1}
        found.append(
            layers((1, 0.1), count + 1, branch=lambda _, m=count: mpmath.mpf(1) / m, **values)
        )
    diagonal = 2 * found[1][3] - found[0][3]
    assert abs(diagonal - law.diagonal.subs({q: 1, sigma_w2: 2}).evalf(15)) < 1e-4
    variance = sp.exp(law.maps["variance"].subs({q: 1, sigma_w2: 2, sigma_b2: 0}))
    assert abs(2 * found[1][0] - found[0][0] - variance.evalf(15)) < 1e-4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"architecture": "stable-residual", "skip": HALF}, "no limiting equation in l/L"),
        ({"architecture": "scaled-residual", "skip": HALF}, "vanishing branches"),
        ({"architecture": "scaled-residual", "skip": "s"}, "not derived"),
    ],
)
def test_laws_that_are_not_derived_say_why(options, words):
    laws = NTK("relu", **options).depth_law
    assert all(not law.exists and words in law.statement for law in laws.values())


def test_symbols_stay_and_take_values():
    ntk = NTK("relu", weight_correlation="kappa", skip="s")
    law = ntk.depth_law["critical"]
    assert "for |skip| < 1" in law.statement
    fixed = ntk.at(kappa=HALF, s=R(1, 3))
    assert repr(fixed) == "NTK('relu', weight_correlation=1/2, skip=1/3)"
    assert fixed == NTK("relu", weight_correlation=0.5, skip="1/3")
    s = sp.Symbol("s", real=True)
    gap = law.coefficient.subs(s, R(1, 3)) - fixed.depth_law["critical"].coefficient
    assert sp.simplify(gap) == 0
    assert repr(NTK("relu", "residual", skip=1)) == "NTK('relu', architecture='residual')"
    assert NTK("relu").mean_field == MeanField("relu")
    for row in ntk.equations():
        assert row.value is not None or row.note
    assert "q^L" in next(
        row.symbol
        for row in NTK("relu", skip=1, weight_correlation=1).equations()
        if row.name == "ntk_chaotic_limit"
    )
