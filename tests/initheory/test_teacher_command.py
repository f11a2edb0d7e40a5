"""``initheory teacher`` as a user calls it; two short runs of each scheme stand for the twenty."""

import csv
import json

import pytest

import numerics.teacher.study as study
from initheory.__main__ import main


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(study, "LEVELS", {"quick": {"seeds": 2, "epochs": 1}})


def output_of(capsys, *arguments):
    assert main(("teacher", *arguments)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_the_table_is_printed(capsys):
    text = output_of(capsys, "--jobs", "1")
    assert "as measured over 2 tasks" in text
    assert all(name in text for name in ("He", "anti-correlated RAI", "sgd", "adam"))


def test_the_summary_as_json_and_the_values_as_files(tmp_path, capsys):
    kept = ("--path", str(tmp_path / "runs"), "--seeds", "3")
    data = json.loads(output_of(capsys, "--format", "json", *kept))
    assert data["activation"] == "relu"
    assert len(data["rows"]) == 10
    assert data["rows"][0]["runs"] == 3
    for suffix, beginning in (("png", b"\x89PNG"), ("npz", b"PK"), ("csv", b"scheme,optimizer,")):
        target = tmp_path / f"study.{suffix}"
        assert output_of(capsys, *kept, "-o", str(target)) == ""
        assert target.read_bytes().startswith(beginning)
    rows = list(csv.DictReader((tmp_path / "study.csv").open()))
    last = [float(r["loss"]) for r in rows if (r["scheme"], r["optimizer"]) == ("He", "sgd")]
    median = sorted(last[len(last) // 3 - 1 :: len(last) // 3])[1]
    assert data["rows"][0]["loss"] == median
    assert len(list((tmp_path / "runs").iterdir())) == 10  # computed once, read three times


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seeds", "0"), "seeds"),
        (("--activation", "rleu"), "rleu"),
        (("--activation", "x*sigmoid(beta*x)"), "beta"),
        (("-o", "study.doc"), "study.doc"),
    ],
    ids=["seeds", "name", "parameter", "suffix"],
)
def test_bad_input_is_one_line(arguments, message, capsys):
    assert main(("teacher", *arguments)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
