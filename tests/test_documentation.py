"""What is public is documented, with an example; what the README promises is there."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import initheory as it

ROOT = Path(__file__).resolve().parent.parent
CALLABLES = [
    name
    for name in it.__all__
    if callable(getattr(it, name)) and not name.endswith("Error")
]  # fmt: skip
MODULES = sorted(
    path
    for package in ("theory", "numerics", "proofs_check", "initheory")
    for path in (ROOT / package).rglob("*.py")
    if path.read_text().strip()
)


@pytest.mark.parametrize("name", CALLABLES)
def test_every_public_callable_has_an_example(name):
    text = inspect.getdoc(getattr(it, name)) or ""
    assert len(text.splitlines()[0]) > 20
    assert ">>> " in text


@pytest.mark.parametrize("name", [name for name in it.__all__ if name.endswith("Error")])
def test_every_error_says_what_it_means(name):
    assert len(getattr(it, name).__doc__) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_about(path):
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text
    assert len(text.splitlines()[0]) > 20


def test_the_readme_names_exactly_one_command_for_each_job():
    readme = (ROOT / "README.md").read_text()
    assert readme.count('pip install -e . && initheory derive "x*erf(x)"') == 1
    assert readme.count('pip install -e ".[test]" && pytest') == 1


def test_ci_runs_the_test_command_of_the_readme():
    pattern = re.search(r"grep -m 1 -E '(\^pip[^']*pytest\$)'", (ROOT / ".ci/run").read_text())
    readme = (ROOT / "README.md").read_text().splitlines()
    assert any(re.match(pattern.group(1), line) for line in readme)


def test_pictures_of_the_readme_exist():
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", readme)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_version_is_the_same_everywhere():
    assert f"version: {it.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {it.__version__}" in (ROOT / "CHANGELOG.md").read_text()
