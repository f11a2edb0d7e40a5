"""Correlated weights and skip connections in the numeric verbs, against closed forms in mpmath.

Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N) takes kappa (E phi)^2 off E phi phi; a skip
connection adds s^2 q.  For ReLU with J(c) = (sqrt(1-c^2) + c (pi - arccos c))/pi everything is
elementary, for cos and erf the expectations are.
"""

import math

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from numerics.edge_of_chaos import edge_of_chaos
from numerics.fixed_point import fixed_points
from numerics.initialization import initialization
from numerics.numeric_activation import numeric_activation
from numerics.phase_diagram import phase_diagram
from numerics.propagate import propagate
from numerics.result import load
from numerics.spectrum.jacobian import jacobian
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.tangent import NTK


def layer(activation, kappa=0, skip=0):
    return MeanField(activation, weight_correlation=kappa, skip=skip)


def J(c):
    return (mp.sqrt(1 - c * c) + c * (mp.pi - mp.acos(c))) / mp.pi


# ---------------------------------------------------------------- ReLU without biases

NORM_PRESERVING = [
    (0.1, 2.065755024678914, 0.9887626542197804, 0.9835427144761728, 60.2619792878),
    (0.25, 2.172915088637838, 0.9301813940584223, 0.9564635550269727, 22.465552484),
    (0.5, 2.378559502215851, 0.7266299342356772, 0.9025616381818092, 9.75435662692),
    (0.75, 2.6271971097371, 0.406913243452103, 0.8320265852073287, 5.43800742698),
    (0.9, 2.803000490351088, 0.1709003437473236, 0.7773668012099487, 3.97072832482),
    (1, 2.933884413848520, 0.0, 0.733471103462130, 3.22614907290),
]


@pytest.mark.parametrize(("kappa", "sigma_w2", "c", "slope", "xi"), NORM_PRESERVING)
def test_norm_preserving_relu(kappa, sigma_w2, c, slope, xi):
    """sqrt(1-c^2) - c arccos c = kappa (1-c); 2 pi/(pi-kappa) preserves every variance."""
    model = layer("relu", kappa)
    assert initialization(model).variance_preserving == pytest.approx(sigma_w2, rel=3e-15)
    (point,) = fixed_points(model, 2 * math.pi / (math.pi - kappa))
    assert point.q_range == (0.0, math.inf)
    assert point.c_star == pytest.approx(c, abs=5e-16)
    assert point.chi_c == pytest.approx(slope, rel=1e-15)
    assert point.xi_c == pytest.approx(xi, rel=1e-11)
    assert point.chi_1 == pytest.approx(math.pi / (math.pi - kappa), rel=1e-15)
    (zero,) = fixed_points(model, 1.5)  # q -> 0, and the correlation does not see sigma_w2
    assert (zero.q, zero.c_star, zero.phase) == (0.0, point.c_star, "chaotic")
    assert abs(zero.chi_c / point.chi_c - 1) < 1e-15


def test_correlation_of_any_line_pair():
    """c* does not depend on the linear part: leaky ReLU and |x| share it; kappa < 0 orders."""
    for phi in ("leaky_relu", "abs"):
        (point,) = fixed_points(layer(phi, 0.5), 0.9)
        assert point.c_star == pytest.approx(NORM_PRESERVING[2][2], abs=2e-16)
    (ordered,) = fixed_points(layer("relu", -1), 1.0)
    assert (ordered.phase, ordered.c_star) == ("ordered", 1.0)
    assert ordered.chi_c == pytest.approx(math.pi / (math.pi + 1), rel=1e-15)


# ---------------------------------------------------------------- ReLU with biases


@pytest.mark.parametrize(
    ("sigma_w2", "c", "slope"),
    [
        (2.1, 0.9748858060120254, 0.97493678292755),
        (2.25, 0.8647976007916224, 0.93662251213237),
        (2.5, 0.5754779705813766, 0.86897994195482),
        (2.8, 0.1748880410470226, 0.77833888888453),
    ],
)
def test_bounded_chaos_depends_on_the_weights_alone(sigma_w2, c, slope):
    """c' = 1 - sigma_w2/2 (1 - J(c)): neither kappa nor sigma_b2 is left."""
    for kappa, sigma_b2 in ((1, 0.1), (0.95, 3)):
        (point,) = fixed_points(layer("relu", kappa), sigma_w2, sigma_b2)
        assert point.q == pytest.approx(
            sigma_b2 / (1 - sigma_w2 / 2 * (1 - kappa / math.pi)), rel=1e-13
        )
        assert point.c_star == pytest.approx(c, abs=1e-15)
        assert point.chi_c == pytest.approx(slope, rel=1e-14)
        diagram = phase_diagram(layer("relu", kappa), sigma_w2, sigma_b2)
        assert diagram.c_star[0, 0] == pytest.approx(c, abs=1e-14)


def test_the_critical_line_of_relu():
    """sigma_w2 = 2 at every sigma_b2 > 0, with q = pi sigma_b2/kappa and V' = 1 - kappa/pi."""
    for given, q in (({"sigma_b2": 0.1}, math.pi / 5), ({"q": 3}, 3), ({"sigma_w2": 2}, 1)):
        (point,) = edge_of_chaos(layer("relu", 0.5), **given)
        assert (point.sigma_w2, point.stable) == (2.0, True)
        assert point.q == pytest.approx(q, rel=1e-15)
        assert point.sigma_b2 == pytest.approx(q / 2 / math.pi, rel=1e-15)
        assert point.chi_q == pytest.approx(1 - 0.5 / math.pi, rel=1e-15)
    (found,) = fixed_points(layer("relu", 0.5), 2, 0.1)
    assert (found.phase, found.c_star, found.xi_c) == ("critical", 1.0, math.inf)
    assert "any sigma_b2 > 0" in edge_of_chaos(layer("relu", 0.5), sigma_b2=0).statement
    assert "weight_correlation < 0" in edge_of_chaos(layer("relu", -1), sigma_b2=0.1).statement


def test_a_million_layers_on_the_critical_line():
    """1 - c ~ 9 pi^2/(2 l^2) at a finite variance, and 200-bit layers before that."""
    path = propagate(layer("relu", 0.5), 2, 0.1, depth=10**6, c0=0.5)
    assert path.one_minus_c[-1] * 1e12 * 2 / (9 * math.pi**2) == pytest.approx(1, abs=1e-4)
    with mp.workprec(200):
        c = mp.mpf("0.5")
        for _ in range(1000):
            c = J(c)  # c' = 1 - (1 - J), sigma_w2 = 2
        assert abs(path.one_minus_c[1000] / float(1 - c) - 1) < 1e-13


# ---------------------------------------------------------------- edge of chaos of others

EDGE = [
    ("gelu", 0.5, 2.455506416826, (0.034542695180, 0.067109860516, 0.099677025852)),
    ("gelu", 1, 2.193699903532, (0.067191674706, 0.154476220532, 0.241760766359)),
    ("gelu", 2, 2.042851098813, (0.116321991513, 0.333075225098, 0.549828458682)),
    ("silu", 1, 2.635168659879, (0.062471500225, 0.118722104027, 0.174972707829)),
    ("silu", 2, 2.342618634719, (0.127888934218, 0.282368851440, 0.436848768661)),
    ("softplus", 1, 3.408559841623, (None, None, 0.074526572744)),
    ("softplus", 2, 3.140515353135, (None, None, 0.218919845173)),
]
STABILITY = {
    ("gelu", 0.5): (1.09979000830, 0.99123279051, 0.88267557272),
    ("gelu", 1): (1.06719167471, 0.93626485597, 0.80533803723),
    ("gelu", 2): (1.02584933145, 0.88134717572, 0.73684502000),
    ("silu", 1): (1.09934034438, 1.00382598955, 0.90831163472),
    ("silu", 2): (1.08275621925, 0.96279866131, 0.84284110337),
    ("softplus", 1): (None, None, 0.97741560171),
    ("softplus", 2): (None, None, 0.95081971156),
}


@pytest.mark.parametrize(("phi", "q", "sigma_w2", "biases"), EDGE)
def test_edge_of_chaos_at_given_variances(phi, q, sigma_w2, biases):
    for kappa, bias, slope in zip((0, 0.5, 1), biases, STABILITY[phi, q], strict=True):
        found = edge_of_chaos(layer(phi, kappa), q=q)
        if bias is None:
            assert len(found) == 0
            assert "sigma_b2 = -" in found.statement
            continue
        (point,) = found
        assert point.sigma_w2 == pytest.approx(sigma_w2, abs=1e-12)
        assert point.sigma_b2 == pytest.approx(bias, abs=1e-12)
        assert point.chi_q == pytest.approx(slope, abs=1e-11)
        assert point.stable is (slope < 1)
        (back,) = (
            p for p in edge_of_chaos(layer(phi, kappa), sigma_w2=point.sigma_w2) if p.q < 2 * q
        )
        assert back.q == pytest.approx(q, rel=1e-12)


def test_softplus_gains_an_edge_of_chaos():
    assert "< 0 at every q" in edge_of_chaos("softplus", sigma_b2=0.1).statement
    (point,) = edge_of_chaos(layer("softplus", 1), sigma_b2=0.1)
    assert point.stable
    same = [p for p in fixed_points(layer("softplus", 1), point.sigma_w2, 0.1) if p.stable]
    assert same[0].q == pytest.approx(point.q, rel=1e-11)
    assert same[0].chi_1 == pytest.approx(1, abs=1e-12)


# ---------------------------------------------------------------- rows that sum to zero


def test_moments_do_not_cancel_at_small_variances():
    """kappa = 1 leaves the variance of phi: softplus(0) = log 2 must not drown it."""
    numbers = numeric_activation(layer("softplus", 1))
    with mp.workdps(40):
        for q in (1e-12, 1e-4, 2.0):
            s = mp.sqrt(q)
            nodes = [(mp.log1p(mp.exp(s * k / 5)), mp.npdf(mp.mpf(k) / 5)) for k in range(-60, 61)]
            mean, square = (sum(f**k * w for f, w in nodes) / 5 for k in (1, 2))
            assert abs(float(numbers.W(q) / (square - mean**2)) - 1) < 2e-15
    assert (numbers.at_zero, numbers.slope_at_zero) == (0.0, 0.25)


def test_orthogonal_outputs_without_biases():
    """kappa = 1, sigma_b2 = 0: C(0) = 0 for every phi, with slope sigma_w2 (E phi')^2."""
    zero, point = fixed_points(layer("softplus", 1), 3)
    assert (zero.q, zero.chi_q, point.c_star) == (0.0, 0.75, 0.0)
    mean = mp.quad(
        lambda z: mp.npdf(z) / (1 + mp.exp(-mp.sqrt(point.q) * z)), mp.linspace(-12, 12, 13)
    )
    assert point.chi_c == pytest.approx(3 * float(mean) ** 2, rel=1e-13)


def test_odd_activations_ignore_the_correlation():
    ours, plain = (fixed_points(layer("tanh", k), 1.7, 0.05)[0] for k in (0.9, 0))
    assert ours == plain


# ---------------------------------------------------------------- propagation


@pytest.mark.parametrize(
    ("phi", "kappa", "c0", "digits", "q", "c"),
    [
        (
            *("silu", 0.7, 0.3, 6e-5, [0.7518, 0.5729, 0.4487, 0.3655, 0.3116]),
            [0.3814, 0.4725, 0.5720, 0.6728, 0.7648],
        ),
        (
            *("gelu", 1, 0.6, 6e-4, [0.791, 0.638, 0.526, 0.445, 0.387]),
            [0.589, 0.596, 0.622, 0.662, 0.711],
        ),
    ],
)
def test_listed_trajectories(phi, kappa, c0, digits, q, c):
    path = propagate(layer(phi, kappa), 2, 0.1, depth=5, q0=1, c0=c0)
    assert path.q[1:] == pytest.approx(q, abs=digits)
    assert path.c[1:] == pytest.approx(c, abs=digits)


def test_listed_relu_trajectory():
    path = propagate(layer("relu", 0.5), 2 * math.pi / (math.pi - 0.5), depth=6, q0=1, c0=0.9)
    assert path.c[1:] == pytest.approx([0.892, 0.885, 0.877, 0.869, 0.861, 0.854], abs=6e-4)


def relu_layer(q, cov, kappa, keep, w, b):
    c = cov / q
    return (
        keep * q + b + w * q / 2 * (1 - kappa / mp.pi),
        keep * cov + b + w * q / 2 * (J(c) - kappa / mp.pi),
    )


def cos_layer(q, cov, kappa, keep, w, b):
    return (
        keep * q + b + w * mp.exp(-q) * (mp.cosh(q) - kappa),
        keep * cov + b + w * mp.exp(-q) * (mp.cosh(cov) - kappa),
    )


def erf_layer(q, cov, kappa, keep, w, b):
    return (
        keep * q + b + w * 2 / mp.pi * mp.asin(2 * q / (1 + 2 * q)),
        keep * cov + b + w * 2 / mp.pi * mp.asin(2 * cov / (1 + 2 * q)),
    )


@pytest.mark.parametrize(
    ("phi", "exact", "kappa", "skip", "w", "b"),
    [
        ("relu", relu_layer, "1/2", "1/3", "1.9", "0.1"),
        ("relu", relu_layer, "-1", "2", "0.5", "0.1"),
        ("relu", relu_layer, "1", "0", "2", "0"),
        ("cos(x)", cos_layer, "7/10", "1/2", "1.5", "0.2"),
        ("cos(x)", cos_layer, "1", "0", "3", "0.2"),
        ("erf(x)", erf_layer, "0", "1/2", "1.5", "0.05"),
        ("erf(x)", erf_layer, "0", "1", "1.5", "0.05"),
    ],
)
def test_layers_in_closed_form(phi, exact, kappa, skip, w, b):
    path = propagate(layer(phi, kappa, skip), float(w), float(b), depth=30, q0=2.0, c0=0.25)
    with mp.workdps(50):
        q, cov = mp.mpf(2), mp.mpf("0.5")
        numbers = [mp.mpf(float(sp.Rational(v))) for v in (w, b)]
        options = [mp.mpf(sp.Rational(v).p) / sp.Rational(v).q for v in (kappa, skip)]
        for level in range(1, 31):
            q, cov = exact(q, cov, options[0], options[1] ** 2, *numbers)
            assert abs(float(path.q[level] / q - 1)) < 2e-13
            assert abs(float(path.one_minus_c[level] / (1 - cov / q) - 1)) < 5e-13


@pytest.mark.parametrize(("phi", "skip"), [("relu", 0), ("relu", 1.5), ("gelu", 1)])
def test_correlations_outlive_an_overflow(phi, skip):
    """Without a fixed q the bias is negligible and c goes to c* of the norm-preserving map."""
    path = propagate(layer(phi, 0.5, skip), 4, 0.1, depth=3000, q0=1, c0=0.9)
    assert np.isinf(path.q[-1])
    assert path.c[-1] == pytest.approx(NORM_PRESERVING[2][2], abs=1e-14)


def test_correlations_outlive_an_underflow():
    path = propagate(layer("relu", 1), 1, 0, depth=3000, q0=1, c0=0.9)
    assert path.q[-1] == 0.0
    assert abs(path.c[-1]) < 1e-15


# ---------------------------------------------------------------- skip connections


def test_fixed_points_with_a_skip():
    """tanh, s = 1/2: V(q) = q and C(c) = c by the trapezoidal rule, exponentially exact here."""
    (point,) = fixed_points(layer("tanh", 0, "1/2"), 1.7, 0.05)
    z = np.arange(-12, 12.05, 0.1)
    p = np.exp(-z * z / 2) * 0.1 / math.sqrt(2 * math.pi)
    wide = np.tanh(math.sqrt(point.q) * z)
    assert 0.25 * point.q + 0.05 + 1.7 * (wide**2 @ p) == pytest.approx(point.q, rel=2e-15)
    assert 0.25 + 1.7 * ((1 - wide**2) ** 2 @ p) == pytest.approx(point.chi_1, rel=2e-15)
    c, root = point.c_star, math.sqrt(1 - point.c_star**2)
    other = np.tanh(math.sqrt(point.q) * (c * z[:, None] + root * z))
    product = p @ (wide[:, None] * other) @ p
    assert 0.25 * c + (0.05 + 1.7 * product) / point.q == pytest.approx(c, abs=1e-14)
    slope = p @ ((1 - wide**2)[:, None] * (1 - other**2)) @ p
    assert 0.25 + 1.7 * slope == pytest.approx(point.chi_c, rel=1e-14)


def test_edge_of_chaos_with_a_skip():
    """chi_1 = 1 at sigma_w2 = (1 - s^2)/E phi'^2; 1 - c ~ beta/l there."""
    (point,) = edge_of_chaos(layer("erf(x)", 0, "1/2"), q=0.5)
    assert point.sigma_w2 == pytest.approx(0.75 * math.pi * math.sqrt(3) / 4, rel=1e-15)
    exact = sp.pi * sp.sqrt(3) / 4, sp.Rational(1, 2) - sp.sqrt(3) / 2 * sp.asin(sp.S.Half)
    scaled = [sp.Rational(3, 4) * value for value in exact]
    path = propagate(layer("erf(x)", 0, "1/2"), *scaled, depth=10**5, c0=0.5)
    assert path.one_minus_c[-1] * 1e5 == pytest.approx(point.beta, rel=1e-3)
    assert point.beta == pytest.approx(6 / 0.75, rel=1e-12)


def test_skips_of_one_and_more():
    for skip in (1, -1.5):
        model = layer("tanh", 0, skip)
        assert len(fixed_points(model, 1.7, 0.1)) == 0
        assert "V(q) > q" in fixed_points(model, 1.7, 0.1).statement
        (zero,) = fixed_points(model, 1.7)
        assert (zero.q, zero.stable, zero.chi_1) == (0.0, False, skip**2 + 1.7)
        assert "|skip| >= 1" in edge_of_chaos(model, q=1).statement
        assert initialization(model).gain is None
        assert set(phase_diagram(model, [1, 2], [0, 0.1]).phase.ravel()) == {"divergent"}
    with pytest.raises(InputError, match="skip"):
        jacobian(layer("tanh", 0, "1/2"), depth=2)


# ---------------------------------------------------------------- diagrams and records


@pytest.mark.parametrize(
    ("phi", "kappa", "skip"), [("relu", "1/2", 0), ("softplus", 1, "1/3"), ("gelu", 1, 0.5)]
)
def test_diagrams_agree_with_single_points(phi, kappa, skip, tmp_path):
    model, weights, biases = layer(phi, kappa, skip), np.linspace(1.1, 3.9, 6), [0.0, 0.1]
    diagram = load(phase_diagram(model, weights, biases).save(tmp_path / "d.npz"))
    for i, j in np.ndindex(diagram.q.shape):
        usable = [p for p in fixed_points(model, weights[j], biases[i]) if p.stable]
        if not usable:
            assert diagram.phase[i, j] == "divergent"
            continue
        point = usable[0]
        assert diagram.phase[i, j] == point.phase
        for name in ("q", "chi_1", "chi_q", "c_star", "xi_c"):
            assert getattr(diagram, name)[i, j] == pytest.approx(
                getattr(point, name), rel=1e-11, abs=1e-12
            )


def test_records_name_the_options():
    model = layer("relu", 0.5, "1/3")
    found = fixed_points(model, 1.5, 0.1)
    assert "relu, weight_correlation=1/2, skip=1/3, sigma_w2=1.5" in repr(found)
    assert found.provenance.inputs["weight_correlation"] == "1/2"
    assert propagate(model, 1.5, 0.1, depth=1, q0=1).provenance.inputs["skip"] == "1/3"
    assert "weight_correlation" not in fixed_points("relu", 1.5, 0.1).provenance.inputs
    with pytest.raises(InputError, match="kappa has no value"):
        fixed_points(layer("relu", "kappa"), 1.5, 0.1)


def test_a_constant_whose_rows_sum_to_zero():
    """kappa = 1 leaves nothing of a constant: only the skip connection and the bias remain."""
    constant = MeanField("3", weight_correlation=1, skip="1/2")
    path = propagate(constant, q0=1, c0=0.5, depth=3, sigma_w2=1, sigma_b2=0.1)
    variance, covariance = 1.0, 0.5
    for q, c in zip(path.q[1:], path.c[1:], strict=True):
        variance, covariance = variance / 4 + 0.1, covariance / 4 + 0.1
        assert q == pytest.approx(variance, rel=1e-14)
        assert c == pytest.approx(covariance / variance, rel=1e-14)
    kernel = propagate(
        NTK("3", weight_correlation=1), q0=1, c0=0.5, depth=2, sigma_w2=1, sigma_b2=0.1
    )
    np.testing.assert_allclose(kernel.ntk, [0.5, 0.1, 0.1])


def test_an_affine_activation_whose_rows_sum_to_zero():
    """V(q) = sigma_b2 + sigma_w2 q and every correlation is kept, at sigma_w2 = 1 for every q."""
    affine = MeanField("x + 1", weight_correlation=1)
    path = propagate(affine, q0=1.25, c0=0.3, depth=3, sigma_w2=1, sigma_b2=0)
    np.testing.assert_allclose(path.q, 1.25, rtol=1e-13)
    np.testing.assert_allclose(path.c, 0.3, rtol=1e-12)
