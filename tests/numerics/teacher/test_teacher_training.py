"""Students in training: gradients, first losses, what is resumed, what collapses or diverges."""

import numpy as np
import pytest

import numerics.teacher.training as training
from numerics.numeric_activation import numeric_activation
from numerics.teacher.drawing import drawn_parameters, layer_drawer, views
from numerics.teacher.scheme import TrainingScheme
from numerics.teacher.study import teacher_student
from numerics.teacher.task import Task, spread
from numerics.teacher.training import Training, stored_block
from theory.weights import Correlated, Gaussian

SIZES = (4, 6, 5, 2)
SMALL = {"sizes": (4, 8, 1), "inputs": 60, "held_out": 40, "batch": 20, "epochs": 3}
GAUSSIAN = layer_drawer(Gaussian(), 2.0, 0.1)


def a_task(name="tanh", sizes=SIZES):
    phi = numeric_activation(name)
    teacher = [GAUSSIAN] * (len(sizes) - 1)
    return Task(phi.jet[0], phi.jet[1], sizes, teacher, inputs=40, held_out=30, seed=3)


def test_gradients_of_a_stack_are_those_of_central_differences():
    random = np.random.default_rng(5)
    task = a_task()
    parameters = np.stack([drawn_parameters(3 * [GAUSSIAN], SIZES, random) for _ in range(3)])
    x, y = random.standard_normal((3, 4, 9)), random.standard_normal((3, 2, 9))

    def losses(parameters):
        return ((task.network(parameters).outputs(x) - y) ** 2).mean(axis=(1, 2))

    course = training._Course(task, Training("sgd", 1.0, 1, 9, (0,)), parameters.copy(), x, y)
    course.move(x, y)
    found, h = parameters - course.parameters, 1e-5
    for place in range(parameters.shape[1]):
        shift = np.zeros_like(parameters)
        shift[:, place] = h
        expected = (losses(parameters + shift) - losses(parameters - shift)) / (2 * h)
        assert found[:, place] == pytest.approx(expected, abs=1e-8)


def test_the_first_loss_is_the_distance_from_the_teacher_in_its_variance():
    task, runs = a_task("relu"), range(2)
    draw = [layer_drawer(Correlated(1), 2.0, 0.0)] * 3
    found = stored_block(task, draw, Training("adam", 1e-3, 1, 40, (0, 1)), runs)
    for run in runs:
        x, y = task.data(run)
        z = x[:, 40:]
        weights, biases = views(task.student(draw, run), SIZES)
        for depth, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            z = weight @ (np.maximum(z, 0) if depth else z) + bias
        error = np.mean((z - y[:, 40:]) ** 2) / np.mean(np.var(y[:, 40:], axis=1))
        assert found[0, run, 0] == pytest.approx(error, rel=1e-12)
        apart = np.sqrt(np.mean(np.var(z, axis=1)) / np.mean(z**2))
        assert found[1, run, 0] == pytest.approx(apart, rel=1e-12)


def test_a_linear_student_becomes_its_teacher():
    study = teacher_student(
        "x", ["gaussian"], teacher="uniform", sizes=(3, 1), inputs=200, epochs=150, batch=20,
        optimizers="sgd", learning_rates=0.05, seeds=2,
    )  # fmt: skip
    assert study.final.max() < 1e-12
    assert (np.diff(study.steps_to(0.1)) >= -150 * 10).all()
    assert (study.steps_to(0.1) < 100).all()


def test_jobs_change_no_number_and_a_stopped_study_goes_on(tmp_path, monkeypatch):
    options = {**SMALL, "seeds": 12, "schemes": ["gaussian", Correlated(1)]}
    one = teacher_student("relu", jobs=1, **options)
    two = teacher_student("relu", jobs=2, path=tmp_path, **options)
    assert (one.loss == two.loss).all()
    assert (one.spread == two.spread).all()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 8  # blocks of 10 and 2 runs, two schemes, two optimizers
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:50])  # as a run that was cut off would leave it
    done, plain = [], training._trained
    monkeypatch.setattr(training, "_trained", lambda *a: done.append(a) or plain(*a))
    again = teacher_student("relu", path=tmp_path, **options)
    assert len(done) == 2
    assert (again.loss == one.loss).all()
    more = teacher_student("relu", path=tmp_path, **{**options, "seeds": 15})
    assert len(done) == 2 + 4  # the first ten runs are there
    assert more.loss[:, :, :10] == pytest.approx(one.loss[:, :, :10], abs=0)
    assert more.loss[:, :, :12] == pytest.approx(one.loss, rel=1e-9)
    teacher_student("gelu", path=tmp_path, **{**options, "seeds": 2})
    assert len(done) == 2 + 4 + 4  # another activation is another study


def test_an_interrupt_leaves_what_is_finished(tmp_path):
    def interrupt(done, total):
        raise KeyboardInterrupt

    options = {**SMALL, "schemes": ["gaussian"], "seeds": 2, "jobs": 1, "path": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        teacher_student("relu", progress=interrupt, **{**options, "epochs": 3000})
    assert len(list(tmp_path.iterdir())) == 1  # the block under way, seconds long, was dropped


def test_a_dead_student_counts_as_collapsed():
    sizes = (2, 3, 1)
    draw = layer_drawer(Gaussian(), 2.0, 0.0)
    parameters = drawn_parameters([draw, draw], sizes, np.random.default_rng(1))
    task = a_task("relu", sizes)
    x = np.random.default_rng(2).standard_normal((2, 50))
    assert spread(task.network(parameters).outputs(x)) > 0.1
    views(parameters, sizes)[1][0][...] = -1e3  # no input reaches the hidden units
    views(parameters, sizes)[1][1][...] = 7.0
    outputs = task.network(parameters).outputs(x)
    assert (outputs == 7).all()
    assert spread(outputs) == 0
    assert spread(0 * outputs) == 0


def test_half_of_the_thinnest_networks_are_constant():
    # relu(w2 relu(w1 x)) is 0 for w2 < 0, and varies with x otherwise
    study = teacher_student(
        "relu", {"thin": "gaussian"}, teacher=TrainingScheme("wide", "gaussian", 2),
        first_layer=None, sizes=(3, 1, 1, 1), inputs=20, held_out=60, batch=20, epochs=1, seeds=60,
        optimizers=("sgd",),
    )  # fmt: skip
    dead = study.collapsed[:, 0, 0]
    assert dead[0] == dead[1]  # what is dead stays so
    assert abs(dead[0] - 30) < 4 * np.sqrt(60 / 4)
    low, high = study.collapsed_interval()[:, 0, 0, 0]
    assert low < dead[0] / 60 < high
    assert f"{dead[0]} of 60 students were constant before training" in study.statement


def test_runs_that_diverge_are_counted():
    study = teacher_student("relu", ["gaussian", "uniform"], learning_rates=1e4, seeds=3, **SMALL)
    assert (study.diverged[:, 0] == 3).all()  # steps of Adam are bounded
    assert np.isfinite(study.loss[..., 0]).all()
    assert not np.isnan(study.bands).any()
    assert np.isinf(study.bands[:, :, 0, -1]).all()
    assert "with sgd most runs of every scheme diverged" in study.statement
    assert all(row["p_value"] in (None, 1) for row in study.rows() if row["optimizer"] == "sgd")
    assert study.plot() is not None
