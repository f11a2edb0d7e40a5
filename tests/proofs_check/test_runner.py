"""Runs of verification: what passes, what fails, and that the number of processes is invisible."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import sympy as sp

from proofs_check import Claim, Mutation, Statistical, Symbolic, verify
from proofs_check.registry import claims
from theory.errors import ClaimError, InputError, UnknownNameError

t = sp.Symbol("t", real=True)
SQUARE = Symbolic((t + 1) ** 2, t**2 + 2 * t + 1)
WRONG = Mutation("t for 2t", Symbolic((t + 1) ** 2, t**2 + t + 1))
GOOD = Claim("toy.square", r"$(t+1)^2 = t^2 + 2t + 1$", "Euclid", SQUARE, (WRONG,))

FILE = """
import sympy as sp
from proofs_check import Statistical, claim

t = sp.Symbol("t", real=True)

def sampler(generator, count):
    return generator.normal(size=count)

@claim(id="file.sine", statement="$\\\\sin 2t = 2 \\\\sin t \\\\cos t$", mutations=[lambda: False])
def sine():
    return sp.Eq(sp.sin(2 * t), 2 * sp.sin(t) * sp.cos(t))

@claim(id="file.normal", statement="The mean is 0.")
def normal():
    return Statistical(sampler, 0.0, samples=1000)

@claim(id="file.broken", statement="This check has a bug.")
def broken():
    return 1 / 0
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    return str(file)


def without_times(report):
    text = re.sub(r'"seconds": [\d.e-]+', '"seconds": 0', report.to_json())
    return json.loads(text)


def test_a_claim_holds_if_its_mutation_is_refuted():
    report = verify(GOOD)
    (outcome,) = report.outcomes
    assert report.ok
    assert outcome.ok
    assert str(outcome.verdict) == "PROVED"
    assert outcome.mutations[0].refuted
    assert not outcome.notes


def test_a_check_without_power_fails_the_report():
    toothless = Claim("toy.true", "anything", "", True, (Mutation("the same", True),))
    report = verify(toothless)
    assert not report.ok
    assert "mutation not refuted" in str(report)


def test_a_mutation_that_fails_to_run_is_not_refuted():
    broken = Claim("toy.broken", "x", "", True, (Mutation("bug", lambda: 1 / 0),))
    assert not verify(broken).ok


def test_the_weakest_check_decides():
    mixed = Claim("toy.mixed", "x", "", [SQUARE, True], (WRONG,))
    assert str(verify(mixed).outcomes[0].verdict) == "SUPPORTED"
    refuted = Claim("toy.refuted", "x", "", [SQUARE, False], (WRONG,))
    assert not verify(refuted).ok


def test_a_missing_negative_control_is_flagged_but_passes():
    report = verify(Claim("toy.alone", "x", "", True))
    assert report.ok
    assert "no negative control" in report.outcomes[0].notes[0]


def test_slow_checks_run_at_level_full_only():
    claim = Claim("toy.slow", "x", "", True, (WRONG,), full=lambda: False)
    assert verify(claim).ok
    assert not verify(claim, level="full").ok


def test_processes_do_not_change_the_report(path):
    alone = verify(GOOD, "file.*", files=[path], seed=3)
    several = verify(GOOD, "file.*", files=[path], seed=3, jobs=2)
    assert without_times(alone) == without_times(several)
    assert [o.id for o in several.outcomes] == [
        "toy.square", "file.sine", "file.normal", "file.broken",
    ]  # fmt: skip


def test_the_seed_changes_random_evidence_only(path):
    first, second = (verify("file.normal", files=[path], seed=s).outcomes[0] for s in (1, 2))
    assert first.verdict is second.verdict
    assert first.evidence != second.evidence


def test_a_bug_in_a_check_is_reported_and_fails(path):
    report = verify(files=[path])
    broken = report.outcomes[-1]
    assert not report.ok
    assert str(broken.verdict) == "INCONCLUSIVE"
    assert broken.error == "ZeroDivisionError: division by zero"
    assert json.loads(report.to_json())["outcomes"][-1]["error"] == broken.error


def test_an_interrupt_keeps_what_is_finished():
    def interrupt():
        raise KeyboardInterrupt

    report = verify(
        [GOOD, Claim("toy.stop", "x", "", interrupt), Claim("toy.never", "x", "", True)]
    )
    assert [o.id for o in report.outcomes] == ["toy.square"]
    assert report.interrupted
    assert not report.ok
    assert "interrupted" in str(report)


def test_progress_is_reported(capsys):
    seen = []
    verify(GOOD, progress=lambda done, total, outcome: seen.append((done, total, outcome.id)))
    assert seen == [(1, 1, "toy.square")]
    verify(GOOD, progress=True)
    assert "[1/1] toy.square: PROVED" in capsys.readouterr().err


def test_every_form_of_the_report_names_claim_verdict_and_mutation(path):
    report = verify(GOOD, "file.sine", files=[path])
    for text in (str(report), report.to_json(), report.to_html(), report.latex()):
        assert "toy.square" in text
        assert "proved" in text.lower()
    assert "t for 2t" in report.to_html()
    assert "t for 2t" in report.to_json()
    assert "<script" not in report.to_html()
    row = json.loads(report.to_json())["outcomes"][0]
    assert {
        "id",
        "statement",
        "source",
        "verdict",
        "ok",
        "evidence",
        "checks",
        "mutations",
    } <= set(row)
    assert row["mutations"][0] | {"seconds": 0, "evidence": ""} == {
        "description": "t for 2t", "verdict": "REFUTED", "refuted": True, "evidence": "",
        "seconds": 0,
    }  # fmt: skip


def test_html_escapes_what_a_claim_says():
    report = verify(Claim("toy.html", "<b>1 < 2</b>", "", True))
    assert "<b>1 < 2</b>" not in report.to_html()
    assert "&lt;b&gt;" in report.to_html()


@pytest.mark.parametrize(
    ("arguments", "keywords", "error"),
    [
        (["no.such.*"], {}, UnknownNameError),
        ([GOOD], {"level": "thorough"}, InputError),
        ([GOOD], {"seed": -1}, InputError),
        ([GOOD], {"jobs": 0}, InputError),
        ([3], {}, ClaimError),
        ([[]], {}, InputError),
        ([GOOD, Claim("toy.square", "another", "", True)], {}, ClaimError),
    ],
)
def test_bad_requests_are_refused(arguments, keywords, error):
    with pytest.raises(error):
        verify(*arguments, **keywords)


def test_an_unknown_id_names_the_nearest_ones(path):
    with pytest.raises(UnknownNameError, match=r"did you mean file\.normal"):
        claims("file.normale", files=[path])


def test_claims_of_files_are_chosen_by_globs_too(path):
    assert [claim.id for claim in claims("file.s*", files=[path])] == ["file.sine"]


def test_statistical_claims_are_reproducible():
    def sampler(generator, count):
        return generator.normal(size=count)

    claim = Claim("toy.random", "x", "", Statistical(sampler, 0.0))
    assert verify(claim, seed=5).outcomes[0].evidence == verify(claim, seed=5).outcomes[0].evidence


LEAVING = """
import sys
from proofs_check import claim

print("noise while loading")

@claim(id="file.leave", statement="This check ends the program.", mutations=[lambda: False])
def leave():
    print("noise while running")
    sys.exit(0)

@claim(id="file.true", statement="This one holds.", mutations=[lambda: False])
def true():
    return True
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_check_that_ends_the_program_fails_and_prints_to_standard_error(tmp_path, jobs, capfd):
    file = tmp_path / "leaving.py"
    file.write_text(LEAVING)
    report = verify(files=[str(file)], jobs=jobs)
    assert not report.ok
    assert [str(outcome.verdict) for outcome in report.outcomes] == ["INCONCLUSIVE", "SUPPORTED"]
    assert report.outcomes[0].error == "SystemExit: 0"
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "noise while running" in captured.err


def test_a_mutation_that_ends_the_program_is_not_refuted():
    def leave():
        raise SystemExit(0)

    assert not verify(Claim("toy.leave", "x", "", True, (Mutation("leave", leave),))).ok


def test_a_message_of_several_lines_is_folded():
    def fail():
        raise ValueError("one\n  two\nthree")

    (outcome,) = verify(Claim("toy.lines", "x", "", fail)).outcomes
    assert outcome.error == "ValueError: one two three"


def test_an_empty_list_does_not_mean_everything():
    with pytest.raises(InputError, match="empty list"):
        claims([])


SLOW = """
import time
from pathlib import Path
from proofs_check import claim

def touch(name):
    Path(__file__).with_name(name).touch()

touch("loaded")

def check(name):
    def run():
        touch(name)
        time.sleep(60)
        return True
    return run

one = claim(id="file.one", statement="slow")(check("one"))
two = claim(id="file.two", statement="slow")(check("two"))
"""


@pytest.mark.skipif(os.name != "posix", reason="process groups")
@pytest.mark.parametrize("moment", ["loaded", "one"])
def test_an_interrupt_of_workers_is_silent(tmp_path, moment):
    file = tmp_path / "slow.py"
    file.write_text(SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "initheory", "verify", "--file", str(file), "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    begin = time.monotonic()
    while not (tmp_path / moment).exists() and time.monotonic() < begin + 60:
        time.sleep(0.1)
    time.sleep(0.3)  # after "loaded" the workers are still importing
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""


INTERRUPTED_IN_TEXT = """
from proofs_check import claim

@claim(id="file.text", statement="An interrupt arrives while text is executed.")
def text():
    exec("raise KeyboardInterrupt")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_inside_executed_text_has_the_status_of_any_other(tmp_path):
    """As it does if it arrives while the claims are imported: dataclasses execute text."""
    file = tmp_path / "text.py"
    file.write_text(INTERRUPTED_IN_TEXT)
    command = [sys.executable, "-m", "initheory", "verify", "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stdout
