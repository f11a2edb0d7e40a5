"""Spectra of Jacobians: edges, densities and distribution functions against independent routes."""

import math

import numpy as np
import pytest
from scipy.special import erfinv

import initheory as it
from numerics.result import load
from numerics.spectrum.free_product import FreeProduct
from numerics.spectrum.slope_law import slope_law

WEIGHTS = ("gaussian", "orthogonal")


def integrals(found, powers, points=120):
    """Integrals of s^k density over the support by Gauss's rule in an angle, in log s.

    The share far below the mean is taken from the distribution function.
    """
    product = found._product
    high = product.right_edge()
    low = max(product.floor, high - 6.0 * (found.depth + 1))
    nodes, weight = np.polynomial.legendre.leggauss(points)
    angle = (1.0 + nodes) * math.pi / 2.0
    x = low + (high - low) * (1.0 - np.cos(angle)) / 2.0
    below = found.cdf(math.exp(low)) - found.atom
    weight = weight * math.pi / 2.0 * (high - low) / 2.0 * np.sin(angle)
    density = np.array(found.density(np.exp(x)))
    sums = [float((density * np.exp((k + 1) * x) * weight).sum()) for k in powers]
    return [total + below if k == 0 else total for k, total in zip(powers, sums, strict=True)]


def test_published_numbers():
    assert it.jacobian("relu", 8).m2 == pytest.approx(17, rel=1e-14)
    assert it.jacobian("linear", 8).m2 == pytest.approx(9, rel=1e-14)
    assert it.jacobian("relu", 8, "orthogonal").m2 == pytest.approx(9, rel=1e-14)
    assert it.jacobian("linear", 8).largest == pytest.approx(9**9 / 8**8, rel=1e-14)
    q = 1.0 / (2.0 * erfinv(0.9) ** 2)
    found = it.jacobian("hardtanh", 20, "orthogonal", q=q)
    assert found.largest == pytest.approx(5.888965170312104, rel=3e-14)
    assert found.atom == pytest.approx(0.1, rel=1e-13)
    erf = it.jacobian("erf", 50, "orthogonal", q=0.25)
    assert erf.variance == pytest.approx(50 * (2 / math.sqrt(3) - 1), rel=1e-13)


@pytest.mark.parametrize(
    ("name", "weights"), [("hardtanh", w) for w in WEIGHTS] + [("relu", "gaussian")]
)
@pytest.mark.parametrize("depth", [3, 30, 3000])
def test_edges_against_closed_forms(name, weights, depth):
    found = it.jacobian(name, depth, weights, q=0.7)
    spectrum = it.JacobianSpectrum(name, weights)
    at = {it.symbols.q: found.q, it.symbols.sigma_w2: found.sigma_w2}
    depth_symbol = next(s for s in spectrum.largest.free_symbols if s.name == "L")
    exact = float(spectrum.largest.subs({depth_symbol: depth}).subs(at).evalf(30))
    assert found.largest == pytest.approx(exact, rel=found.relative_error)


def test_one_gaussian_layer_is_marchenko_and_pastur():
    found = it.jacobian("linear", 1)
    s = np.array([1e-3, 0.3, 1.0, 2.5, 3.999])
    np.testing.assert_allclose(found.density(s), np.sqrt((4 - s) / s) / (2 * math.pi), rtol=1e-12)
    assert found.cdf(4.0) == 1.0
    assert found.cdf(0.0) == 0.0
    # two layers: P(s) from s = 27 sin^3(3t)... checked by the moments 1, 3, 12 of Fuss and Catalan
    two = it.jacobian("linear", 2)
    np.testing.assert_allclose(two.moments(3), [1, 3, 12], rtol=1e-14)
    np.testing.assert_allclose(integrals(two, (1, 2, 3)), [1, 3, 12], rtol=1e-10)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("name", "depth"), [("tanh", 4), ("erf", 12), ("gelu", 4), ("elu", 5)])
def test_density_integrates_to_the_exact_moments(name, depth, weights):
    found = it.jacobian(name, depth, weights)
    one, *moments = integrals(found, (0, 1, 2, 3))
    assert one == pytest.approx(1.0, abs=1e-7)
    np.testing.assert_allclose(moments, found.moments(3), rtol=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_relu_keeps_its_atom(weights):
    found = it.jacobian("relu", 3, weights)
    assert found.atom == 0.5
    assert found.cdf(0.0) == 0.5
    assert found.cdf(-1.0) == 0.0
    zero, first, second = integrals(found, (0, 1, 2))
    assert zero == pytest.approx(0.5, abs=1e-6)
    assert (first, second) == pytest.approx((1.0, found.m2), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "depth", "weights"), [("tanh", 6, "orthogonal"), ("erf", 3, "gaussian")]
)
def test_distribution_function_is_the_integral_of_the_density(name, depth, weights):
    found = it.jacobian(name, depth, weights)
    nodes, w = np.polynomial.legendre.leggauss(24)
    a, b = 0.4, 1.9
    s = (a + b) / 2 + (b - a) / 2 * nodes
    area = (b - a) / 2 * float(w @ found.density(s))
    assert found.cdf(b) - found.cdf(a) == pytest.approx(area, rel=1e-10)
    p = np.array([0.05, 0.5, 0.99])
    np.testing.assert_allclose(found.cdf(found.quantile(p)), p, rtol=1e-9)
    assert np.all(found.density_error(s) < 1e-10 * found.density(s))


def test_the_green_function_solves_its_equation():
    # the density from a direct solution of S-transforms for a two-valued phi'
    found = it.jacobian("leaky_relu", 2, "orthogonal", sigma_w2=1.5)
    law, product = found._product.law, found._product
    s = np.array([0.2, 0.9, 2.0])
    for value in s:
        # psi(u) = w on two layers: z = w/(1+w) ((1+w) u/(w sigma))^2, a polynomial in u
        u = np.polynomial.Polynomial([0.0, 1.0])
        gain = math.exp(product.log_gain)
        (a, b), (p, r) = law.values, law.masses
        one = np.polynomial.Polynomial([1.0])
        denominator = (one - a * u) * (one - b * u)
        numerator = p * a * u * (one - b * u) + r * b * u * (one - a * u)
        equation = numerator * gain**2 - value * (numerator + denominator) * u**2
        roots = equation.roots()
        roots = roots[roots.imag > 1e-9]
        w = (numerator(roots) / denominator(roots)).imag
        assert np.min(np.abs(w / (math.pi * value) - found.density(value))) < 1e-12


@pytest.mark.parametrize("depth", [1, 2])
def test_left_edge_of_invertible_slopes(depth):
    found = it.jacobian("leaky_relu", depth, "orthogonal")
    assert 0 < found.smallest < found.largest
    # the inverse of J has the slopes 1/phi': its right edge is 1/smallest
    inverse = it.jacobian("max(x,0) - 100*max(-x,0)", depth, "orthogonal",
                          sigma_w2=1 / found.sigma_w2)  # fmt: skip
    assert inverse.largest * found.smallest == pytest.approx(1.0, rel=1e-12)


def test_one_orthogonal_layer_has_the_law_of_the_slopes():
    found = it.jacobian("tanh", 1, "orthogonal", sigma_w2=1.0, q=1.0)
    # phi'^2 <= s iff |h| >= artanh(sqrt(1 - sqrt(s)))
    s = np.array([0.1, 0.5, 0.95])
    exact = [math.erfc(math.atanh(math.sqrt(1 - math.sqrt(v))) / math.sqrt(2)) for v in s]
    np.testing.assert_allclose(found.cdf(s), exact, rtol=1e-12)
    steps = (np.array(found.cdf(s + 1e-6)) - np.array(found.cdf(s - 1e-6))) / 2e-6
    np.testing.assert_allclose(found.density(s), steps, rtol=1e-6)


@pytest.mark.parametrize("depth", [1000, 5000])
def test_thousands_of_layers(depth):
    found = it.jacobian("tanh", depth, "orthogonal", q=0.05)
    median = found.quantile(0.5)
    assert found.cdf(median) == pytest.approx(0.5, abs=1e-10)
    assert found.moments(2)[1] == pytest.approx(found.variance + 1, rel=1e-12)
    # for many layers the edge grows like e L (mu_2/mu_1^2 - 1)
    assert found.largest / (math.e * found.variance) == pytest.approx(1.0, rel=60 / depth)


def test_unbounded_slopes():
    found = it.jacobian("x**3", 2, q=0.5)
    assert found.largest == math.inf
    assert math.isfinite(found.m2)
    singular = it.jacobian("sign(x)*abs(x)**(3/4)", 3)
    assert singular.m1 == pytest.approx(1.0, rel=1e-13)
    assert singular.m2 == math.inf
    assert 0 < singular.density(0.5) < math.inf


def test_default_setting():
    assert it.jacobian("relu", 2).sigma_w2 == pytest.approx(2, rel=1e-15)
    point = it.edge_of_chaos("tanh", sigma_b2=0.05)[0]
    found = it.jacobian("tanh", 2, sigma_b2=0.05)
    assert (found.sigma_w2, found.q) == (point.sigma_w2, point.q)
    assert found.chi_1 == pytest.approx(1)
    ordered = it.jacobian("tanh", 3, "orthogonal", sigma_w2=0.8)
    assert ordered.q == 0.0
    assert ordered.largest == pytest.approx(0.8**3, rel=1e-14)
    fixed = it.fixed_points("erf", 2, 0.1).stable[-1]
    assert it.jacobian("erf", 2, sigma_w2=2, sigma_b2=0.1).q == fixed.q


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("relu", 0), "at least 1"),
        (("relu", 2.5), "whole number of layers"),
        (("relu", 2, "gaussian", -1.0), "must be positive"),
        (("relu", 2, "sparse"), "no known spectrum"),
        (("relu", 2, "cauchy"), "infinite variance"),
        (("sign(x)", 2), "is infinite"),
        (("softplus", 2, "gaussian", 4.0), "pass q="),
        (("x*sigmoid(beta*x)", 2), "has no value"),
        (("relu", 2, "gaussian", None, -0.5), "must not be negative"),
    ],
)
def test_bad_input_is_one_sentence(arguments, message):
    with pytest.raises(it.InitheoryError, match=message):
        it.jacobian(*arguments)


def test_names_of_laws_act_like_gaussian_weights():
    law = it.weights.Rademacher()
    assert it.jacobian("tanh", 3, law).largest == it.jacobian("tanh", 3).largest
    assert it.jacobian("tanh", 3, "rademacher").weights == "gaussian"


def test_a_result_is_saved_and_loaded(tmp_path):
    found = it.jacobian("gelu", 5, "orthogonal")
    again = load(found.save(tmp_path / "jacobian.npz"))
    assert again.largest == found.largest
    assert again.density(1.0) == found.density(1.0)
    assert "gelu" in repr(again)
    assert "singular values" in str(again)


def test_a_solved_pair_has_a_jacobian():
    found = it.jacobian(it.GaussianPair(theta=2), 5)
    assert found.m1 == pytest.approx(1.0, rel=1e-12)
    assert found.density(1.0) > 0


def test_narrow_slopes_are_found():
    law = slope_law(it_numbers("tanh(30*(x-3.3))"), 1.0)
    product = FreeProduct(law, 5, 1, 0.0)
    points = product.solve(np.array([math.log(10.0)]))
    assert points.tail[0] < 0.02
    assert points.density[0] > 0


def it_numbers(text):
    from numerics.numeric_activation import numeric_activation

    return numeric_activation(text)


# samples: 10 comparisons at a false-alarm rate of at most 1e-3 each


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("name", "depth"), [("tanh", 5), ("erf", 8), ("gelu", 4), ("relu", 6)])
def test_sampled_spectra(name, depth, weights):
    found = it.jacobian(name, depth, weights)
    sample = found.sample(90, samples=1, seed=3)
    assert sample.agrees(false_alarm=1e-3), sample
    assert sample.values.shape == (1, 90)


def test_samples_tell_wrong_weights_and_depths_apart():
    sample = it.jacobian("tanh", 8, "orthogonal").sample(64, samples=2, seed=0)
    other = it.jacobian("tanh", 8, "gaussian")
    from numerics.spectrum.sampled import _distance

    assert _distance(sample.values.ravel(), other) > sample.threshold(1e-3)


def test_entries_do_not_matter_and_seeds_do():
    found = it.jacobian("tanh", 4)
    first = found.sample(64, seed=1, entries="rademacher")
    assert first.agrees()
    assert np.array_equal(first.values, found.sample(64, seed=1, entries="rademacher").values)
    assert not np.array_equal(first.values, found.sample(64, seed=2, entries="uniform").values)
    with pytest.raises(it.InitheoryError, match="entries"):
        found.sample(10, entries="cauchy")
    with pytest.raises(it.InitheoryError, match="whole number"):
        found.sample(0)


def test_deep_products_keep_small_singular_values():
    found = it.jacobian("erf", 20)
    sample = found.sample(40, samples=1, seed=0)
    assert sample.values.min() < 1e-40  # far below rounding of the largest
    low = sample.values[0, :6]
    expected = found.quantile((np.arange(6) + 0.5) / 40)
    assert np.all(np.abs(np.log(low / expected)) < 0.35 * np.abs(np.log(expected)))


def test_likely_slopes_leave_a_point_mass():
    found = it.jacobian("hardsigmoid", 6, "orthogonal")
    p = math.erf(3 / math.sqrt(2))
    assert found.atoms[-1] == pytest.approx((found.largest, 1 - 6 * (1 - p)), rel=1e-12)
    assert found.cdf(found.largest * (1 - 1e-6)) == pytest.approx(6 * (1 - p), rel=1e-3)
    assert found.quantile(0.7) == found.largest
    assert found.cdf(found.largest) == 1.0
    flat = it.jacobian("linear", 6, "orthogonal")
    assert (flat.cdf(1 - 1e-9), flat.cdf(1.0), flat.atoms) == (0.0, 1.0, ((1.0, 1.0),))


def test_extreme_settings():
    wide = it.jacobian("tanh", 5, q=1e4)
    assert wide.cdf(wide.quantile(0.97)) == pytest.approx(0.97, abs=1e-9)
    assert it.jacobian("erf", 100_000, "orthogonal").largest > 1e4
