"""Training: gradients against differences, runs that any number of jobs reproduces and resumes."""

import numpy as np
import pytest

import numerics.guessing.training_run as training_run
from numerics.guessing.mlp import drawn_classifier
from numerics.guessing.training import bias_training
from numerics.numeric_activation import numeric_activation
from numerics.result import load
from theory.errors import InputError

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
DATA = X, (X[:, 0] + X[:, 1] > 0).astype(int)
QUICK = {
    "depth": 3, "width": 16, "steps": 40, "batch": 20, "learning_rate": 0.1, "seeds": 2,
    "multipliers": (0.75, 1), "records": 6,
}  # fmt: skip


@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_gradients_are_those_of_central_differences(name):
    phi = numeric_activation(name)
    net = drawn_classifier(phi.jet[0], phi.jet[1], [4, 6, 5, 3], 2.0, 0.3, RNG)
    x, labels = RNG.standard_normal((4, 9)), RNG.integers(0, 3, 9)
    _, by_weights, by_biases = net.gradients(x, labels)
    h = 1e-5
    for arrays, found in ((net.weights, by_weights), (net.biases, by_biases)):
        for array, gradient in zip(arrays, found, strict=True):
            for place in np.ndindex(array.shape):
                kept = array[place]
                array[place] = kept + h
                above = net.loss(x, labels)
                array[place] = kept - h
                below = net.loss(x, labels)
                array[place] = kept
                assert gradient[place] == pytest.approx((above - below) / (2 * h), abs=2e-9)


def test_the_loss_is_the_mean_cross_entropy_also_for_large_outputs():
    net = drawn_classifier(np.tanh, np.cos, [2, 3], 1.0, 0.0, RNG)
    x, labels = np.array([[1.0, 900.0], [2.0, -700.0]]), np.array([2, 1])
    z = net.outputs(x).astype(np.longdouble)
    exact = np.mean(np.log(np.exp(z).sum(axis=0)) - z[labels, [0, 1]])
    assert net.loss(x, labels) == pytest.approx(float(exact), rel=1e-12)


def test_jobs_change_no_number_and_a_stopped_study_goes_on(tmp_path, monkeypatch):
    one = bias_training("tanh", DATA, jobs=1, **QUICK)
    two = bias_training("tanh", DATA, jobs=2, path=tmp_path, **QUICK)
    assert (one.accuracy == two.accuracy).all()
    assert (one.loss == two.loss).all()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 4
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:50])  # as a run that was cut off would leave it
    done, plain = [], training_run.recorded_run
    monkeypatch.setattr(training_run, "recorded_run", lambda *a: done.append(a) or plain(*a))
    again = bias_training("tanh", DATA, path=tmp_path, **QUICK)
    assert len(done) == 2
    assert (again.loss == one.loss).all()
    other = bias_training("tanh", DATA, path=tmp_path, **{**QUICK, "seed": 1})
    assert len(done) == 6
    assert (other.loss != one.loss).any()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_training_learns_what_is_easy(optimizer):
    rate = {"sgd": 0.2, "momentum": 0.03, "adam": 0.01}[optimizer]
    course = bias_training(
        "tanh", DATA, **{**QUICK, "optimizer": optimizer, "learning_rate": rate, "steps": 80}
    )
    assert course.accuracy[:, :, -1].min() > 0.8
    assert course.loss[:, :, -1].max() < course.loss[:, :, 0].min()
    assert np.all(course.largest >= 0.5)


def test_several_classes_and_statistics_of_the_course(tmp_path):
    x = np.repeat(np.eye(4), 30, axis=0) + 0.1 * RNG.standard_normal((120, 4))
    labels = np.repeat(np.arange(4), 30)
    course = bias_training("relu", (x, labels), sigma_b2=0, **{**QUICK, "steps": 80})
    assert course.classes == 4
    assert course.sigma_w2 == pytest.approx([1.5, 2.0])  # the edge of chaos of ReLU is 2
    assert course.phases == ("ordered", "critical")
    assert course.accuracy[1, :, -1].min() > 0.9
    low, median, high = course.bands("accuracy")
    assert np.all(low <= median)
    assert np.all(median <= high)
    assert course.half_time.min() < 80
    pytest.importorskip("xarray")
    assert "as measured" in course.statement
    again = load(course.save(tmp_path / "course.npz"))
    assert str(again) == str(course)
    assert course.plot(quantity="accuracy") is not None
    assert course.to_xarray().loss.shape == (2, 2, len(course.steps))


def test_a_run_that_leaves_the_floats_says_so():
    course = bias_training("x", DATA, sigma_b2=0, **{**QUICK, "learning_rate": 1e12})
    assert course.diverged.tolist() == [2, 2]
    assert "left the range of floats" in course.statement or "no start learned" in course.statement
    assert np.isfinite(course.accuracy).all()
    assert np.isinf(course.loss[:, :, -1]).all()


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ((X, DATA[1][:-1]), {}, "labels"),
        ((X, DATA[1] - 0.5), {}, "whole labels"),
        (X, {}, "pair"),
        ((X * np.nan, DATA[1]), {}, "nan"),
        (DATA, {"optimizer": "sdg"}, "optimizer"),
        (DATA, {"learning_rate": 0}, "learning_rate"),
        (DATA, {"multipliers": (0, 1)}, "multipliers"),
        (DATA, {"classes": 1}, "classes"),
        (DATA, {"held_out": 1}, "held_out"),
        (DATA, {"steps": 0}, "steps"),
        (DATA, {"seed": -1}, "seed"),
    ],
    ids=[
        "short", "fractions", "no pair", "nan", "optimizer", "rate", "multipliers", "classes",
        "held out", "steps", "seed",
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_one_sentence(data, options, message):
    with pytest.raises(InputError, match=message) as caught:
        bias_training("tanh", data, **{**QUICK, **options})
    assert "\n" not in str(caught.value)


def test_no_edge_of_chaos_to_start_from():
    with pytest.raises(InputError, match=r"no edge of chaos at sigma_b2 = 0\.1"):
        bias_training("relu", DATA, **QUICK)
