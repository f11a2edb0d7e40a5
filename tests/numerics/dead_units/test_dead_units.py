"""Dead units by layer against exact orthants, and finite networks against 1 - (1 - p^N)^L."""

import numpy as np
import pytest
import sympy as sp

import initheory as it
from numerics.dead_units.orthants import interval_array, off_on_all

HALF_LINE = np.array([[-np.inf, 0.0]])


def equicorrelated(n, r):
    return np.full((n, n), r) + (1 - r) * np.eye(n)


@pytest.mark.parametrize(("n", "r"), [(3, 0.5), (8, 0.5), (20, 0.5), (5, 0.0), (4, 1.0)])
def test_orthants_that_are_known(n, r):
    value, error = off_on_all(HALF_LINE, np.ones(n), equicorrelated(n, r))
    exact = {0.5: 1 / (n + 1), 0.0: 2.0**-n, 1.0: 0.5}[r]
    assert abs(value - exact) <= 2 * error < 2e-4


def test_many_intervals_against_one_gaussian_integral():
    theory = it.DeadUnits("hardtanh", what="slope")
    exact = float(theory.inputs(5, "1/2").subs(it.symbols.q, 1).evalf(12))
    intervals = interval_array(theory.zeros)
    value, error = off_on_all(intervals, np.ones(5), equicorrelated(5, 0.5), seed=3)
    assert abs(value - exact) <= 2 * error < 1e-4
    assert (value, error) == off_on_all(intervals, np.ones(5), equicorrelated(5, 0.5), seed=3)


@pytest.mark.parametrize("gap", [1e-3, 1e-5, 0.0])
def test_an_orthant_too_small_to_be_met_has_an_error(gap):
    """Units on the half-circle but for a gap are all off in an angle ``gap`` pi of 2 pi."""
    angle = np.linspace(0, np.pi * (1 - gap), 25)
    value, error = off_on_all(HALF_LINE, np.ones(25), np.cos(angle[:, None] - angle))
    assert abs(value - gap / 2) <= 1.5 * error
    assert error < 2e-4


def test_two_inputs_by_layer_are_the_formulas():
    theory = it.DeadUnits("relu", weight_correlation="1/2")
    path = it.dead_units(theory, X=[[1.0, -1.0], [-1.0, 1.0]], depth=3)
    assert path.all_inputs[0] == 0
    assert abs(path.all_inputs[1] - 0.219692349196) < 1e-11
    assert abs(path.all_inputs[2] - float(theory.antipodal(3).evalf(15))) < 1e-11
    assert np.allclose(path.one_input, 0.5, atol=1e-15)


def test_deep_layers_reach_the_fixed_point_of_the_correlation():
    path = it.dead_units("relu", weights="correlated(1)", c0=0.9, depth=120)
    assert abs(path.all_inputs[-1] - 0.25) < 1e-12  # c* = 0
    # c* = 1, slowly: 1 - c ~ 9 pi^2/(2 l^2) makes it 1/2 - 3/(2 l)
    plain = 1 / (0.5 - it.dead_units("relu", c0=0.9, depth=300).all_inputs)
    assert abs((plain[299] - plain[199]) / 100 - 2 / 3) < 0.01


def test_orthogonal_inputs_at_full_correlation_stay_independent():
    x = np.eye(4) - 0.25  # rows of mean 0 with correlation -1/3
    path = it.dead_units("relu", weights="correlated(1)", X=x, depth=2)
    exact = float(it.DeadUnits("relu").inputs(4, "-1/3").evalf())
    assert abs(path.all_inputs[0] - exact) <= 2 * path.error[0] + 1e-12
    assert 0 < path.all_inputs[1] < 1 / 16


def test_shifted_sets_know_the_variance():
    path = it.dead_units("max(x - 1, 0)", 2.0, 0.5, c0=0.2, q0=1.0, depth=2)
    theory = it.DeadUnits("max(x - 1, 0)")
    for k in range(2):
        variance = float(path.q[k, 0])
        assert abs(path.one_input[k, 0] - float(theory.one_input.subs(it.symbols.q, variance))) < (
            1e-13
        )


@pytest.mark.parametrize("kappa", [0, "1/2", "9/10", 1])
def test_dead_networks_of_width_three(kappa):
    theory = it.DeadUnits("relu", weight_correlation=kappa)
    study = it.dead_study(theory, 3, 10, networks=200_000, seed=5)
    assert study.exact
    assert abs(study.expected[0, -1] - 0.736924) < 5e-7
    assert np.abs(study.z_scores).max() < 4
    low, high = study.interval(0.9999)
    assert (low < study.expected).all()
    assert (study.expected < high).all()
    wrong = 1 - 2.0 ** -(3 * study.layers)
    assert (np.abs(study.dead[0, 1:] - wrong[1:]) > 0.2).all()


@pytest.mark.parametrize(
    ("kappa", "value"), [(0, 0.25), ("1/2", 0.219692349196), (1, 0.172677803)]
)
def test_antipodal_inputs_of_wide_networks(kappa, value):
    theory = it.DeadUnits("relu", weight_correlation=kappa)
    study = it.dead_study(theory, 4000, 2, [[1, -1], [-1, 1]], networks=100)
    assert abs(study.units[0, 1] - value) < 4 * study.units_error[0, 1] < 0.004


def test_networks_on_a_line_lie_within_the_bounds():
    study = it.dead_study("relu", (2, 3), 6, [[1.0], [-1.0]], networks=100_000)
    theory = it.DeadUnits("relu")
    for i, width in enumerate(study.widths):
        for depth in study.layers:
            bounds = theory.born_dead(int(width), int(depth))
            p = study.born_dead[i, depth - 1]
            slack = 4 * np.sqrt(p * (1 - p) / study.networks)
            assert float(bounds.lower) - slack <= p <= float(bounds.upper) + slack
            if depth == 2:
                assert bounds.exact


def test_other_laws_of_the_weights():
    law = it.weights.Correlated("1/2", axis="column")
    for weights in ("orthogonal", "uniform", law):
        study = it.dead_study("relu", 3, 5, networks=40_000, weights=weights)
        assert np.abs(study.z_scores).max() < 4
    independent = 1 - (1 - 0.125) ** study.layers
    assert np.abs(study.dead[0] - independent).max() > 0.05  # columns do matter


def test_biases_keep_the_formula_and_saturation_exceeds_it():
    study = it.dead_study("relu", 2, 4, networks=40_000, sigma_w2=2, sigma_b2=0.5)
    assert np.abs(study.z_scores).max() < 4
    shifted = it.dead_study("max(x - 1, 0)", 3, 3, [[1, 2, 3]], networks=500, sigma_w2=1)
    assert np.isnan(shifted.expected).all()
    assert "no formula" in shifted.statement
    # layer 1 has the variance 14/3, exactly
    p = float(it.DeadUnits("max(x - 1, 0)").one_input.subs(it.symbols.q, sp.Rational(14, 3))) ** 3
    assert abs(shifted.dead[0, 0] - p) < 4 * np.sqrt(p * (1 - p) / 500)


def test_counts_do_not_depend_on_threads_and_survive_a_file(tmp_path):
    one = it.dead_study("relu", (2, 70), 3, inputs=2, networks=3000, seed=9, threads=1)
    two = it.dead_study("relu", (2, 70), 3, inputs=2, networks=3000, seed=9, threads=2)
    assert (one.first == two.first).all()
    assert (one.units == two.units).all()
    back = it.load(one.save(tmp_path / "study.npz"))
    assert (back.every == one.every).all()
    assert repr(back) == repr(one)
    path = it.dead_units("relu", c0=0.0, depth=2)
    assert str(it.load(path.save(tmp_path / "path.npz"))) == str(path)


def test_pictures():
    pytest.importorskip("matplotlib").use("Agg")
    study = it.dead_study("relu", (2, 3), 3, inputs=2, networks=200)
    assert len(study.plot().get_legend().get_texts()) == 2
    assert it.dead_units("relu", c0=0.0, depth=2).plot().get_xlabel()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: it.dead_study("relu", 0, 3), "width = 0"),
        (lambda: it.dead_study("relu", 3, 0), "depth = 0"),
        (lambda: it.dead_study("relu", 1, 3, weights="correlated(1)"), "width >= 2"),
        (lambda: it.dead_study("relu", 3, 3, [[2, 2]], weights="correlated(1)"), "layer 1"),
        (lambda: it.dead_study("relu", 3, 3, weights="correlated(2)"), "exceeds 1"),
        (lambda: it.dead_study(it.MeanField("relu", skip=1), 3, 3), "skip connection"),
        (lambda: it.dead_study("relu", 3, 3, networks=0), "networks = 0"),
        (lambda: it.dead_study("relu6", 3, 3), "sigma_w2"),
        (lambda: it.dead_units("relu"), "X"),
        (lambda: it.dead_units("relu", X=[[0, 0]]), "layer 1"),
        (lambda: it.dead_units("relu", X=[["a"]]), "array of numbers"),
        (lambda: it.dead_units("relu", X=np.ones((65, 2))), "at most 64"),
        (lambda: it.dead_units("relu", c0=1.5), "c0"),
        (lambda: it.dead_units("max(x - b, 0)", 1, 0, c0=0, q0=1), "b"),
    ],
    ids=range(14),
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(it.InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
