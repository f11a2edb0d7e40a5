"""Commands as a user calls them: status, streams, files, formats."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings

import pytest

from initheory.__main__ import COMMANDS, main
from initheory.report import Check, Report, Row

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "initheory", *arguments],
        capture_output=True,
        text=True,
        **options,
    )


def output_of(capsys, *arguments):
    status = main(arguments)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert status == 0
    return captured.out


def test_help_lists_every_command(capsys):
    text = output_of(capsys, "--help")
    for name in COMMANDS:
        assert f"  {name} " in text


def test_without_arguments_help_is_shown(capsys):
    assert output_of(capsys) == output_of(capsys, "--help")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    assert output_of(capsys, name, "--help").startswith(f"Usage: initheory {name}")


def test_derive_prints_the_closed_variance_map(capsys):
    text = output_of(capsys, "derive", "relu", "--no-numbers")
    assert "q*sigma_w2/2 + sigma_b2" in text
    assert "SUPPORTED" in text
    assert not CONTROL.search(text.replace("\n", ""))
    assert text.isascii()


def test_derive_as_json_has_the_documented_schema(capsys):
    data = json.loads(output_of(capsys, "derive", "relu", "--format", "json", "--no-numbers"))
    assert data["activation"]["text"] == "relu"
    row = next(row for row in data["rows"] if row["name"] == "variance_map")
    assert row["sympy"] == "q*sigma_w2/2 + sigma_b2"
    assert row["topic"] == "mean-field"
    assert row["check"]["verdict"] in ("PROVED", "SUPPORTED")


def test_parameters_are_exact(capsys):
    arguments = ["derive", "x*sigmoid(beta*x)", "--param", "beta=1.7", "--topic", "activation"]
    assert "x*sigmoid(17*x/10)" in output_of(capsys, *arguments)


def test_topics_select_rows(capsys):
    arguments = ["derive", "relu", "--topic", "activation", "--format", "json"]
    data = json.loads(output_of(capsys, *arguments))
    assert {row["topic"] for row in data["rows"]} == {"activation"}


@pytest.mark.parametrize(
    ("suffix", "beginning"),
    [
        ("tex", "% Made by"),
        ("md", "# `relu`"),
        ("json", "{"),
        ("html", "<!DOCTYPE"),
        ("txt", "relu"),
    ],
)
def test_the_suffix_of_the_output_selects_the_format(suffix, beginning, tmp_path, capsys):
    target = tmp_path / f"relu.{suffix}"
    arguments = ["derive", "relu", "--topic", "activation", "-o", str(target)]
    assert output_of(capsys, *arguments) == ""
    assert target.read_text(encoding="utf-8").startswith(beginning)


def test_a_refuted_row_is_exit_status_one(monkeypatch, capsys):
    row = Row("mean-field", "a", "a", check=Check("REFUTED", "only 3 digits", 3))
    monkeypatch.setattr(
        "initheory.derivation.derive", lambda *_, **__: Report({"text": "x"}, (row,))
    )
    assert main(["derive", "x"]) == 1
    assert "REFUTED" in capsys.readouterr().out


def test_a_reader_that_leaves_early_is_no_error():
    command = f'"{sys.executable}" -m initheory derive relu --topic activation | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout == "relu\n"
    assert done.stderr == ""


def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "initheory", "derive", "relu", "--topic", "activation"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_an_interrupt_is_one_line():
    process = subprocess.Popen(
        [sys.executable, "-m", "initheory", "derive", "mish"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "initheory: interrupted\n"


def test_cache_info_and_clear(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("INITHEORY_CACHE", str(tmp_path / "kernels"))
    assert "kernels  0" in output_of(capsys, "cache", "info")
    assert "deleted 0 kernels" in output_of(capsys, "cache", "clear")


def test_phase_writes_a_table(tmp_path, capsys):
    target = tmp_path / "phase.csv"
    grid = ["--sigma-w2", "1:3:3", "--sigma-b2", "0.05:0.1:2"]
    output_of(capsys, "phase", "tanh", *grid, "-o", str(target))
    with open(target, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert {row["phase"] for row in rows} == {"ordered", "chaotic"}


def test_phase_of_the_guessing_bias(tmp_path, capsys):
    target = tmp_path / "bias.csv"
    grid = ("--sigma-w2", "1:3:2", "--sigma-b2", "0.1:0.2:2")
    output_of(capsys, "phase", "tanh", "--bias", *grid, "-o", str(target))
    rows = list(csv.DictReader(target.open()))
    assert {row["phase"] for row in rows} == {
        "deep prejudice, ordered",
        "prejudice, chaotic",
        "neutrality, chaotic",
    }
    assert {row["gamma"] for row in rows} >= {"inf"}


def test_phase_writes_a_picture_and_arrays(tmp_path, capsys):
    grid = ["--sigma-w2", "1:3:20", "--sigma-b2", "0:0.1:10"]
    for suffix, beginning in (("png", b"\x89PNG"), ("npz", b"PK")):
        target = tmp_path / f"phase.{suffix}"
        output_of(capsys, "phase", "tanh", *grid, "-o", str(target))
        assert target.read_bytes().startswith(beginning)
    assert sorted(os.listdir(tmp_path)) == ["phase.npz", "phase.png"]


def test_compare_shows_activations_side_by_side(capsys):
    text = output_of(capsys, "compare", "relu", "gelu", "x*erf(x)")
    assert all(name in text for name in ("relu", "gelu", "x*erf(x)"))


def test_init_and_compare_take_a_weight_correlation(capsys):
    """Softplus gains an edge of chaos, which at q = 1 has sigma_b2 = 0.0745265727443."""
    shown = output_of(capsys, "init", "softplus", "--weight-correlation", "1")
    assert "weight_correlation = 1" in shown
    assert "0.0745265727443" in shown
    shown = output_of(capsys, "compare", "softplus", "--weight-correlation", "1")
    assert "0.0745265727443" in shown
    assert main(["init", "relu", "--weight-correlation", "2"]) == 2
    assert "exceeds 1" in capsys.readouterr().err


def test_init_shows_the_gain_of_he(capsys):
    data = json.loads(output_of(capsys, "init", "relu", "tanh", "--format", "json"))
    assert {row["activation"] for row in data["rows"][0]["values"]} == {"relu", "tanh"}


def test_claims_are_listed(capsys):
    assert "mf." in output_of(capsys, "claims", "mf.*")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_a_closed_standard_output_is_no_error():
    command = f'"{sys.executable}" -m initheory derive relu --topic activation >&-'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_claim_that_ends_the_program_is_exit_status_one(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import sys\nfrom proofs_check import claim\nprint('noise')\n"
        "@claim(id='my.exit', statement='x')\ndef leave():\n"
        "    print('noise')\n    sys.exit(0)\n"
    )
    assert main(["verify", "--file", str(file), "--format", "json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["outcomes"][0]["error"] == "SystemExit: 0"
    assert captured.err == "noise\nnoise\n"


def test_a_warning_is_one_line(monkeypatch, capsys):
    def warn(*_, **__):
        warnings.warn("the folder\nis not yours", UserWarning, stacklevel=1)
        return Report({"text": "x"}, ())

    monkeypatch.setattr("initheory.derivation.derive", warn)
    before = warnings.showwarning
    assert main(["derive", "x"]) == 0
    assert capsys.readouterr().err == "initheory: warning: the folder is not yours\n"
    assert warnings.showwarning is before


def test_a_dash_is_standard_output(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert output_of(capsys, "claims", "mf.vprime", "-o", "-").startswith("mf.vprime")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments", [["claims", "mf.v*"], ["verify", "mf.vprime"]])
def test_colours_follow_no_color(arguments):
    pty = pytest.importorskip("pty")
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    for setting, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        reader, terminal = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "initheory", *arguments],
            env=environment | {"TERM": "xterm"} | setting,
            stdout=terminal,
            stderr=subprocess.DEVNULL if coloured else terminal,  # a bar would fill the terminal
            timeout=120,
        )
        os.close(terminal)
        assert done.returncode == 0
        assert (b"\x1b" in os.read(reader, 4000)) is coloured
        os.close(reader)


def test_options_of_the_layer(capsys):
    place = ("--sigma-w2", "1:4:4", "--sigma-b2", "0:1:2")
    derive = ("derive", "relu", "--topic", "mean-field", "--no-numbers", "--format", "json")
    out = output_of(capsys, *derive, "--skip", "3/5")
    assert '"32/25"' in out  # sigma_w2 = (1 - s^2)/E phi'^2
    out = output_of(capsys, "phase", "relu", *place, "--weight-correlation", "1")
    assert "chaotic" in out  # rows of weights that sum to 0 bound the variance above sigma_w2 = 2
    axis = ("phase", "relu", "--sigma-w2", "1:3:3", "--weight-correlation")
    out = output_of(capsys, *axis, "-1:1:2", "--sigma-b2", "0.1", "-o", "-")
    # 2 pi/(pi - kappa) is above 2 for kappa = 1 and below for kappa = -1
    assert "ordered 33.3%, critical 16.7%, divergent 50.0%" in out
    for end in ("a:1:2", "0:1"):
        assert main((*axis, end, "--sigma-b2", "0.1")) == 2
        assert "'--weight-correlation'" in capsys.readouterr().err
    assert main((*axis, "0:1:2")) == 2
    assert "takes the place of the range of --sigma-b2" in capsys.readouterr().err
    assert main(("phase", "relu", *place, "--skip", "s")) == 2
    assert "s has no value" in capsys.readouterr().err
    assert main(("phase", "relu", *place, "--bias", "--skip", "1/2")) == 2
    assert "leave out --skip" in capsys.readouterr().err
