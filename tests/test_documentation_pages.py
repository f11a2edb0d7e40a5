"""The pages of the documentation know every public name, every command and every figure."""

import re
import runpy
from pathlib import Path

import pytest

import initheory as it
from initheory.__main__ import COMMANDS
from initheory.derivation import THEORIES
from initheory.plain import TOPIC_TITLES

ROOT = Path(__file__).resolve().parent.parent
API = (ROOT / "docs/api.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", [n for n in it.__all__ if callable(getattr(it, n)) and not n.endswith("Error")]
)
def test_every_public_name_is_on_the_page_of_the_interface(name):
    assert re.search(rf":: \S+\.{re.escape(name)}$", API, re.MULTILINE), name


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("claims", "cache")])
def test_the_readme_names_every_command(command):
    assert f"`initheory {command} " in README


def test_every_figure_of_the_pages_is_drawn():
    pytest.importorskip("numpy")
    pytest.importorskip("matplotlib")
    figures = runpy.run_path(str(ROOT / "docs/figures.py"))
    drawn = [(module, name) for module, names in figures["FIGURES"].items() for name in names]
    text = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert set(re.findall(r"_generated/(\w+)\.png", text)) == {name for _, name in drawn}
    assert all(callable(figures["drawing"](module, name)) for module, name in drawn)


def test_every_table_of_the_pages_is_written(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    parts = runpy.run_path(str(ROOT / "docs/tables.py"))["PARTS"]
    text = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert set(re.findall(r"_generated/parts/(\w+\.md)", text)) == set(parts)
    (head, rule, first, *_) = parts["schemes.md"]()
    assert head.count("|") == rule.count("|") == first.count("|")


def test_every_page_is_in_the_table_of_contents():
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem == "index" or re.search(rf"^{page.stem}$", index, re.MULTILINE), page


def test_every_topic_has_a_title():
    assert all(topic in TOPIC_TITLES for topic in THEORIES)
