"""What students start from: scales from the theory, matrices with the covariance of their law."""

import mpmath
import numpy as np
import pytest

from numerics.compile import compile
from numerics.teacher.drawing import drawn_parameters, layer_drawer, views
from numerics.teacher.scheme import (
    TrainingScheme,
    default_schemes,
    default_teacher,
    read_first_layer,
    read_schemes,
    settled,
)
from numerics.teacher.study import _drawers
from numerics.teacher.task import Task
from theory.errors import InitheoryError
from theory.weights import Asymmetric, Correlated


def test_the_scales_of_relu():
    he, anti, preserving, rai, both = default_schemes("relu")
    pi = np.pi
    assert (he.sigma_w2, anti.sigma_w2) == pytest.approx((2, 2), rel=1e-13)
    assert preserving.sigma_w2 == pytest.approx(2 * pi / (pi - 1), rel=1e-13)
    assert default_teacher("relu").sigma_w2 == preserving.sigma_w2
    assert [s.weights.correlation for s in (anti, preserving, rai, both)] == [1, 1, 0, 1]


@pytest.mark.parametrize("correlation", [0, 1])
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_squares_stay_with_one_positive_entry_in_each_row(name, correlation):
    # a population of neurons, layer by layer: y = sigma sqrt(s - kappa m^2) Z + v phi(y); as
    # E y^2 = 1 may repel, every layer is brought back to it
    phi, random, size = compile(name), np.random.default_rng(8), 200_000
    sigma_w2 = settled(TrainingScheme("a", Asymmetric(correlation=correlation)), name).sigma_w2
    y, growth = random.standard_normal(size), []
    for _ in range(25):
        values = phi(y)
        spread = sigma_w2 * (np.mean(values**2) - correlation * np.mean(values) ** 2)
        below = values[random.integers(0, size, size)] * random.beta(2, 1, size)
        y = np.sqrt(spread) * random.standard_normal(size) + below
        growth.append(np.mean(y**2))
        y /= np.sqrt(growth[-1])
    assert np.mean(np.log(growth[8:])) == pytest.approx(0, abs=0.006)  # 0.006 in one layer


def test_the_norm_preserving_scale_of_gelu():
    def phi(z):
        return z * mpmath.ncdf(z)

    def mean(f):
        return mpmath.quad(lambda z: f(z) * mpmath.npdf(z), [-12, 0, 12])

    second, first = mean(lambda z: phi(z) ** 2), mean(phi)
    half = settled(TrainingScheme("half", Correlated("1/2")), "gelu").sigma_w2
    assert half == pytest.approx(float(1 / (second - first**2 / 2)), rel=1e-12)
    columns = settled(TrainingScheme("columns", Correlated(1, axis="column")), "gelu").sigma_w2
    assert columns == pytest.approx(float(1 / second), rel=1e-12)


@pytest.mark.parametrize("index", range(5))
def test_students_have_the_covariance_of_their_law(index):
    scheme, fan_in, fan_out, runs = default_schemes("relu")[index], 4, 50, 60
    phi = np.abs
    draw = layer_drawer(scheme.weights, scheme.sigma_w2, scheme.sigma_b2)
    task = Task(phi, np.sign, (3, fan_in, fan_out), [draw, draw], 1, 2, 7)
    parameters = np.stack([task.student([draw, draw], run) for run in range(runs)])
    rows = views(parameters, task.sizes)[0][1].reshape(-1, fan_in)
    assert len(rows) == runs * fan_out
    if index:
        law = scheme.weights
        expected = np.array(law.row_covariance(fan_in, scheme.sigma_w2), dtype=float)
    else:
        expected = scheme.sigma_w2 / fan_in * np.eye(fan_in)
    centred = rows - rows.mean(axis=0)
    products = centred[:, :, None] * centred[:, None, :]
    error = products.std(axis=0) / np.sqrt(len(rows))
    assert (np.abs(products.mean(axis=0) - expected) < 5 * error).all()
    if index in (1, 2):
        assert np.abs(rows.sum(axis=1)).max() < 1e-14


def test_schemes_of_one_run_are_made_of_the_same_normal_numbers():
    he, anti = (
        layer_drawer(s.weights, s.sigma_w2, 0)(np.random.default_rng(4), 3, 6)[0]
        for s in default_schemes("relu")[:2]
    )
    assert anti == pytest.approx(he - he.mean(axis=1, keepdims=True), abs=1e-15)


def test_first_layers_are_the_same_for_all_schemes_unless_they_are_their_own():
    first = read_first_layer("gaussian")
    assert first.sigma_w2 == 1
    schemes = default_schemes("relu")[:2]
    for given, same in ((first, True), (None, False)):
        one, other = (
            drawn_parameters(_drawers(s, given, 3), (3, 4, 5, 2), np.random.default_rng(1))
            for s in schemes
        )
        assert (one[:12] == other[:12]).all() == same
        assert (one[16:36] != other[16:36]).all()


def test_what_may_be_given_as_schemes():
    fixed = Correlated.from_pair_correlation("-1/9", 10)
    found = read_schemes(
        {"a": "uniform", "b": fixed, "c": TrainingScheme("x", sigma_w2=3)}, "relu"
    )
    assert [s.name for s in found] == ["a", "b", "c"]
    assert [s.sigma_w2 for s in found] == pytest.approx([2, 10 * (1 + 1 / 9), 3])
    assert read_schemes(Correlated(1), "relu")[0].name == "Correlated(1)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainingScheme("", "gaussian"), "name"),
        (lambda: TrainingScheme("a", "gaussian", -1), "sigma_w2"),
        (lambda: TrainingScheme("a", "gaussian", 1, -1), "sigma_b2"),
        (lambda: TrainingScheme("a", "gausian"), "gausian"),
        (lambda: read_schemes([], "relu"), "empty"),
        (lambda: read_schemes(["uniform", "uniform"], "relu"), "two schemes"),
        (lambda: read_schemes([5], "relu"), "5"),
        (lambda: default_schemes("1 + 0*x"), "preserves the norm"),
        (lambda: default_schemes("x**2"), "or give schemes without Asymmetric"),
        (lambda: settled(TrainingScheme("a", Asymmetric("chi(2)")), "x"), "no sigma_w2"),
        (lambda: layer_drawer(Correlated("kappa"), 1, 0), "kappa"),
    ],
    ids=[
        "name",
        "variance",
        "bias",
        "law",
        "empty",
        "twice",
        "number",
        "constant",
        "growth",
        "room",
        "symbol",
    ],
)
def test_what_is_no_scheme_is_one_sentence(make, message):
    with pytest.raises(InitheoryError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
