"""The study as a result: paired tests, quartiles, saving, pictures, and arguments refused."""

import csv
from itertools import product

import numpy as np
import pytest

from numerics.result import load
from numerics.teacher.comparison import compared, holm
from numerics.teacher.study import teacher_student
from numerics.teacher.study_result import quartiles
from theory.errors import InitheoryError
from theory.mean_field import MeanField
from theory.weights import Correlated

SMALL = {
    "schemes": {"He": "gaussian", "anti": Correlated(1)}, "sizes": (4, 8, 1), "inputs": 40,
    "held_out": 30, "batch": 20, "epochs": 2, "seeds": 3, "records": 4,
}  # fmt: skip


def test_the_signed_rank_test_is_that_of_all_signs():
    gaps = np.array([-0.5, -0.3, -0.2, 0.1, -0.4, -0.7])
    losses = np.exp(np.stack([np.zeros(6), gaps]))[:, None]
    ranks = np.abs(gaps).argsort().argsort() + 1
    seen = ranks[gaps > 0].sum()
    sums = [
        sum(r for r, up in zip(ranks, ups, strict=True) if up) for ups in product((0, 1), repeat=6)
    ]
    expected = 2 * np.mean(np.array(sums) <= seen)
    (case,) = compared(("a", "b"), ("sgd",), losses)
    assert (case.scheme, case.reference, case.lower, case.pairs) == ("b", "a", 5, 6)
    assert case.p_value == pytest.approx(expected)
    assert case.ratio == pytest.approx(np.exp(-0.35))


def test_runs_that_diverged_are_the_worst_and_tie():
    inf = np.inf
    losses = np.array([[[1.0, 1, 1, inf, 1, 1]], [[inf, inf, inf, inf, 0.5, inf]]])
    (case,) = compared(("a", "b"), ("sgd",), losses)
    assert case.lower == 1
    assert case.ratio == inf
    assert 0 < case.p_value <= 1
    (case,) = compared(("a", "b"), ("sgd",), np.full((2, 1, 4), inf))
    assert (case.p_value, case.ratio) == (1, 1)


def test_holm_multiplies_by_what_is_left_and_never_falls():
    assert holm([0.2, 0.001, 0.02]) == pytest.approx([0.2, 0.003, 0.04])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([0.01, 0.011]) == pytest.approx([0.02, 0.02])


def test_quartiles_with_infinite_numbers():
    inf = np.inf
    assert quartiles(np.array([1, 2, 3, inf, inf]), 0).tolist() == [2, 3, inf]
    assert quartiles(np.array([1, 2, inf, inf]), 0).tolist() == [1.75, inf, inf]


def test_a_study_is_a_result(tmp_path):
    study = teacher_student("relu", **SMALL)
    assert study.loss.shape == study.spread.shape == (2, 2, 3, 4)
    assert study.steps.tolist() == [0, 1, 2, 4]
    assert "\n" not in repr(study)
    assert "as measured over 3 tasks" in str(study)
    assert study.teacher_variance.shape == (3,)
    assert {c.scheme for c in study.comparisons()} == {"anti"}
    assert study.comparisons("anti")[0].lower + study.comparisons()[0].lower == 3
    assert str(load(study.save(tmp_path / "study.npz"))) == str(study)
    study.to_csv(tmp_path / "study.csv")
    rows = list(csv.DictReader((tmp_path / "study.csv").open()))
    assert len(rows) == study.loss.size
    assert float(rows[-1]["loss"]) == study.loss[1, 1, 2, 3]
    pytest.importorskip("xarray")
    assert study.to_xarray().loss.sel(scheme="anti", optimizer="adam").shape == (3, 4)
    pytest.importorskip("matplotlib")
    assert len(study.plot()) == 2
    assert study.plot(optimizer="adam").get_title() == "relu, adam (0.001)"


def test_the_seed_changes_the_tasks():
    one, other = (teacher_student("relu", seed=k, **SMALL).teacher_variance for k in (0, 1))
    assert (one != other).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizers": "sdg"}, "sdg"),
        ({"optimizers": ()}, "optimizers"),
        ({"optimizers": None}, "optimizers"),
        ({"optimizers": ("sgd", "sgd")}, "different"),
        ({"learning_rates": {"momentum": 1}}, "momentum"),
        ({"learning_rates": {"sgd": 0}}, "learning_rate"),
        ({"level": "slow"}, "level"),
        ({"sizes": (3,)}, "sizes"),
        ({"sizes": 3}, "sizes"),
        ({"sizes": (3, 1, 1)}, "fan_in = 1"),
        ({"held_out": 1}, "held_out"),
        ({"epochs": 0}, "epochs"),
        ({"seeds": 0}, "seeds"),
        ({"goal": 0}, "goal"),
        ({"tolerance": -1}, "tolerance"),
        ({"seed": -1}, "seed"),
        ({"jobs": 0}, "jobs"),
        ({"progress": 3}, "progress"),
        ({"path": 3}, "path"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_no_experiment_is_one_sentence(options, message):
    with pytest.raises(InitheoryError, match=message) as caught:
        teacher_student("relu", **{**SMALL, **options})
    assert "\n" not in str(caught.value)


def test_a_teacher_that_is_always_constant_is_refused():
    with pytest.raises(InitheoryError, match="constant on their inputs"):
        teacher_student("0*x + 1", teacher="gaussian", **{**SMALL, "schemes": ["gaussian"]})


def test_steps_are_refused_as_no_gradient_passes_them():
    with pytest.raises(InitheoryError, match="constant but for jumps"):
        teacher_student("sign(x)", **SMALL)


def test_options_of_a_layer_are_not_those_of_an_activation():
    with pytest.raises(InitheoryError, match="weight_correlation, which is not"):
        teacher_student(MeanField("relu", weight_correlation=1), **SMALL)


def test_comparisons_and_pictures_name_what_there_is():
    study = teacher_student("relu", **SMALL)
    with pytest.raises(InitheoryError, match="none of He, anti"):
        study.comparisons("Xavier")
    with pytest.raises(InitheoryError, match="none of sgd, adam"):
        study.plot(optimizer="momentum")
