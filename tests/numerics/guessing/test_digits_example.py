"""The worked example on the digits runs, and shows what its text says."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "guessing_bias_digits.py"


@pytest.mark.slow
def test_the_example_runs(tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib").use("agg")
    spec = importlib.util.spec_from_file_location("guessing_bias_digits", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    raw, centred, study, course = module.main(tmp_path)
    assert raw.c0 > 0.6
    assert abs(centred.c0) < 0.01
    assert study.accepted
    assert course.largest_expected[0] > course.largest_expected[-1]  # ordered above chaotic
    assert course.largest[:, :, -1].max() < 0.8
    assert len(list(tmp_path.iterdir())) == 3
