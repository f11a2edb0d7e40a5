"""A file is complete or not there, and keeps what it was to others."""

import os
import stat

import pytest

from initheory.output import emit, replacing
from theory.errors import InputError


def test_a_file_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "report.txt"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("half")
        assert target.read_text() == "old"
    assert target.read_text() == "half"
    assert os.listdir(tmp_path) == ["report.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "report.txt"
    target.write_text("old")

    def fail_half_way():
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.txt"]


def test_the_suffix_survives_for_writers_that_look_at_it(tmp_path):
    with replacing(tmp_path / "phase.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"")


def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    emit("text", tmp_path / "new.txt")
    (tmp_path / "ordinary.txt").write_text("text")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()]
    assert modes[0] == modes[1]


def test_permissions_of_an_old_file_are_kept(tmp_path):
    target = tmp_path / "secret.txt"
    target.write_text("old")
    target.chmod(0o600)
    emit("new", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    emit("new", tmp_path / "link.txt")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new\n"


def test_a_device_is_written_not_replaced():
    emit("text", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="folder"):
        emit("text", tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file or directory"):
        emit("text", tmp_path / "missing" / "a.txt")


def test_output_that_cannot_be_encoded_is_escaped(capsysbinary, monkeypatch):
    import io
    import sys

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    emit("\N{GREEK SMALL LETTER CHI}")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u03c7\n"
