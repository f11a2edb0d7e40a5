"""The stationary state of asymmetric layers: exact cases, identities, particles."""

import numpy as np
import pytest

from numerics.asymmetric.entry_rule import entry_rule
from numerics.asymmetric.gain import asymmetric_gain
from numerics.asymmetric.growth import asymmetric_growth
from numerics.asymmetric.iteration import asymmetric_iteration
from numerics.result import load
from theory.asymmetric.maps import AsymmetricMaps
from theory.errors import AssumptionError, InputError, PrecisionError
from theory.matrix_laws.asymmetric import Asymmetric
from theory.weights import Density, Gaussian, Rademacher, Student, TwoPoint


def relu(kappa=0, entry="beta(2, 1)"):
    return AsymmetricMaps("relu", Asymmetric(entry, kappa))


#: Growth and P(y <= 0) by an independent particle iteration, +-0.002 and +-0.001 (4e5 particles).
KNOWN = [
    (0, 0.5, 0.687, 0.289),
    (0, 0.6007, 0.764, 0.310),
    (0, 1.0, 1.179, 0.363),
    (0, np.sqrt(2), 1.790, 0.397),
    (1, 0.5, 0.615, 0.266),
    (1, 0.6007, 0.659, 0.282),
    (1, 1.0, 0.912, 0.334),
    (1, np.sqrt(2), 1.299, 0.372),
]


@pytest.mark.parametrize(("kappa", "sigma", "growth", "off"), KNOWN)
def test_growth_of_relu(kappa, sigma, growth, off):
    found = asymmetric_growth(relu(kappa), sigma**2)
    assert found.growth == pytest.approx(growth, abs=2e-3)
    assert found.off == pytest.approx(off, abs=2e-3)
    assert found.growth_error < 1e-9 * found.growth
    # moments that follow exactly, whatever the law is, from a layer below with s = 1/growth
    variance = sigma**2 * (1 - kappa * found.m**2)
    assert found.q * found.growth == pytest.approx(variance + 0.5, rel=1e-9)
    assert found.state.mean * np.sqrt(found.growth) == pytest.approx(2 / 3 * found.m, rel=1e-9)
    # far out y is v times the value below, in units that change by the root of the growth
    index = found.tail_index
    if growth < 1:
        assert 2 / (index + 2) == pytest.approx(found.growth ** (index / 2), rel=1e-7)
    else:
        assert index == np.inf
    # a normal law would have P = 1/2 and E relu(y)^2 = E y^2/2
    assert found.off < 0.45
    assert found.q < 1.9


@pytest.mark.parametrize(("phi", "sigma_w2"), [("x", 0.1), ("abs(x)", 3.0)])
def test_where_squares_are_kept_growth_is_a_sum(phi, sigma_w2):
    """phi(y)^2 = y^2, so that s grows by sigma_w2 + E v^2 exactly (no correlation)."""
    found = asymmetric_growth(AsymmetricMaps(phi, "uniform"), sigma_w2)
    assert found.growth == pytest.approx(sigma_w2 + 1 / 3, rel=1e-9)


def test_fourth_moments_of_the_absolute_value():
    """g^2 E y^4 = 3 + 6 E v^2 + E v^4 E y^4 for sigma_w2 = 1, in units with s = 1."""
    found = asymmetric_growth("abs(x)", 1)
    state, growth = found.state, 3 / 2
    fourth = (3 + 6 / 2) / (growth**2 - 1 / 3)
    a, t = state.deviation, state.places
    assert state.weights @ (3 * a**4 + 6 * a**2 * t**2 + t**4) == pytest.approx(fourth, rel=1e-8)


@pytest.mark.parametrize(
    ("maps", "sigma_w2", "sigma_b2"),
    [
        (relu("1/2", "uniform"), 1.2, 0),
        (relu(-1, Rademacher()), 0.8, 0),
        (relu(0, Gaussian("1/4")), 1.0, 0),
        (AsymmetricMaps("leaky_relu", Asymmetric(correlation=1)), 1.0, 0),
        (relu("1/2"), 0.3, 0.1),
        (AsymmetricMaps("gelu"), 0.2, 0.5),
        (AsymmetricMaps("tanh", Asymmetric(correlation=1)), 2.0, 0.05),
    ],
    ids=["uniform", "constant", "half-normal", "leaky", "bias", "gelu", "tanh"],
)
def test_particles_settle_there(maps, sigma_w2, sigma_b2):
    found = asymmetric_growth(maps, sigma_w2, sigma_b2)
    run = asymmetric_iteration(maps, sigma_w2, sigma_b2, particles=100_000, depth=30, seed=3)
    if sigma_b2 == 0:
        miss = run.stationary_growth - found.growth
        assert abs(miss) < 4 * run.stationary_growth_error
    else:
        assert found.state.stable
        assert found.state.rate**30 < 1e-3
        assert abs(run.s[-1] - found.s) < 4 * run.s_error[-1]
        assert abs(run.m[-1] - found.m) < 4 * run.m_error[-1]
    assert abs(run.stationary_off - found.off) < 4 * run.stationary_off_error


def test_gain_keeps_squares():
    for kappa in (1, 0):
        gain = asymmetric_gain(relu(kappa))
        found = asymmetric_growth(relu(kappa), gain)
        assert found.growth == pytest.approx(1, rel=1e-10)
    run = asymmetric_iteration("relu", gain, particles=100_000, depth=30, seed=2)
    assert abs(run.stationary_growth - 1) < 4 * run.stationary_growth_error
    assert asymmetric_gain("abs(x)", growth=0.8) == pytest.approx(0.3, rel=1e-10)


def test_gain_for_a_wanted_fixed_point():
    gain = asymmetric_gain("tanh", 0.05, q=0.9)
    (state,) = asymmetric_growth("tanh", gain, 0.05).states
    assert state.q == pytest.approx(0.9, rel=1e-9)


def test_vanishing_signals_have_no_fixed_point():
    # near 0 tanh is linear and squares grow by sigma_w2 + 1/2
    found = asymmetric_growth("tanh", 0.45)
    assert len(found.states) == 0
    with pytest.raises(InputError, match="no stationary state"):
        found.off  # noqa: B018
    # the positive entry alone makes squares grow
    assert len(asymmetric_growth(AsymmetricMaps("gelu", TwoPoint(1, 2)), 1, 1).states) == 0


@pytest.mark.parametrize(
    "law",
    ["uniform", "beta(1/2, 3)", "weibull(3/2)", TwoPoint(1, 2), Density("1 - abs(w)", bound=1)],
    ids=["uniform", "beta", "weibull", "two points", "triangle"],
)
def test_the_rule_of_an_entry_law(law):
    law = Asymmetric(law)
    rule = entry_rule(law)
    assert rule.weights.sum() == pytest.approx(1, rel=1e-13)
    for power in (0.5, 3, 5):
        exact = float(law.entry_moment(power).evalf(15))
        assert rule.weights @ rule.places**power == pytest.approx(exact, rel=1e-9)


def test_results_travel(tmp_path):
    found = asymmetric_growth("relu", 1)
    again = load(found.save(tmp_path / "growth.npz"))
    assert again.growth == found.growth
    assert np.array_equal(again.state.places, found.state.places)
    y = np.linspace(-12, 25, 4001)
    density = found.state.density(y)
    assert np.trapezoid(density, y) == pytest.approx(1, abs=1e-6)
    assert np.trapezoid(density * (y <= 0), y) == pytest.approx(found.off, abs=1e-3)
    assert found.plot().lines
    assert "per layer" in str(found)
    assert "growth=1.18" in repr(found)


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: asymmetric_growth("relu", -1), InputError, "must be positive"),
        (lambda: asymmetric_growth("x**3", 1, 0.1), AssumptionError, "faster than linearly"),
        (lambda: asymmetric_growth(relu("kappa"), 1), InputError, "no value"),
        (lambda: asymmetric_growth(relu(0, "chi(k)"), 1), InputError, "no value"),
        (lambda: asymmetric_growth(relu(0, Student(2)), 1), InputError, "infinite"),
        (lambda: asymmetric_growth("relu", 1e-9), PrecisionError, "too small"),
        (lambda: asymmetric_gain("relu", growth=0.5), InputError, "not above 0.5"),
        (lambda: asymmetric_gain("tanh"), InputError, "not of degree 1"),
        (lambda: asymmetric_gain("relu", 0.1), InputError, "with a bias"),
        (lambda: asymmetric_gain("relu", growth=1, q=1), InputError, "not both"),
        (lambda: asymmetric_gain("sigmoid", 1, q=0.5), InputError, "larger q"),
        (lambda: asymmetric_gain("tanh", q=0), InputError, "positive"),
    ],
    ids=range(12),
)
def test_errors_are_one_sentence(call, error, word):
    with pytest.raises(error) as caught:
        call()
    assert word in str(caught.value)
    assert ". " not in str(caught.value)
