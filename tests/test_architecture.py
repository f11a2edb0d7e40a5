"""The packages import each other in one direction, and nothing is loaded before it is wanted."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: An arrow points at what may be imported: theory <- numerics <- proofs_check <- initheory.
ORDER = ("theory", "numerics", "proofs_check", "initheory")

#: What a package must never import, besides the packages to its right.
BANNED = {"theory": {"numpy", "numba", "flint", "scipy", "matplotlib"}}


#: The one place that runs text: the text of a kernel that this toolkit has generated itself.
ALLOWED = {"numerics/shared_functions.py": {"exec"}, "initheory/__main__.py": {"exec"}}

FILES = sorted(path for package in ORDER for path in (ROOT / package).rglob("*.py"))


def label(path):
    return str(path.relative_to(ROOT))


def imports_of(tree):
    """The absolute top-level names imported anywhere in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def syntax_tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_imports_point_in_the_allowed_direction(path):
    package = path.relative_to(ROOT).parts[0]
    to_the_right = set(ORDER[ORDER.index(package) + 1 :])
    forbidden = to_the_right | BANNED.get(package, set())
    assert not forbidden & set(imports_of(syntax_tree(path)))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_package_imports_itself_by_relative_imports(path):
    package = path.relative_to(ROOT).parts[0]
    assert package not in set(imports_of(syntax_tree(path)))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_nothing_evaluates_text_as_a_program(path):
    called = set()
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Call):
            keywords = {ast.unparse(keyword) for keyword in node.keywords}
            name = ast.unparse(node.func).split(".")[-1]
            called.add(name if "strict=True" not in keywords else f"strict {name}")
    banned = {"eval", "exec", "sympify", "parse_expr"} - ALLOWED.get(label(path), set())
    assert not banned & called


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_error_is_swallowed_by_a_bare_except(path):
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            cleans_up = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            assert cleans_up or caught not in ("", "Exception", "BaseException"), node.lineno


def loaded_by(program, *names):
    """Which of ``names`` a fresh interpreter has loaded after running ``program``."""
    probe = f"import sys\n{program}\nprint(*[n for n in {names!r} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split()) if run.stdout.strip() else set()


EVERYTHING_HEAVY = ("sympy", "numpy", "numba", "scipy", "matplotlib", "rich")


def test_importing_the_front_door_loads_nothing_heavy():
    assert loaded_by("import initheory", *EVERYTHING_HEAVY) == set()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["derive", "--help"]])
def test_asking_for_help_loads_nothing_heavy(arguments):
    program = f"from initheory.__main__ import main; main({arguments!r})"
    assert loaded_by(program, *EVERYTHING_HEAVY) == set()


@pytest.mark.parametrize("package", ["theory.mean_field", "theory.catalogue"])
def test_theory_loads_no_numerical_package(package):
    # flint is not in this list: SymPy itself loads it where it is installed
    assert loaded_by(f"import {package}", "numpy", "numba", "scipy") == set()


@pytest.mark.parametrize(("form", "activation"), [("latex", "x*erf(x)"), ("md", "relu")])
def test_symbolic_rows_are_derived_without_a_compiler(form, activation):
    program = (
        "from initheory.__main__ import main\n"
        f"assert main(['derive', '{activation}', '--format', '{form}']) == 0"
    )
    assert loaded_by(program, "numba", "scipy", "matplotlib") == set()


def test_a_file_that_takes_the_place_of_a_package_is_named(tmp_path):
    (tmp_path / "numerics.py").write_text("")
    run = subprocess.run(
        [sys.executable, "-c", "import initheory"], cwd=tmp_path, capture_output=True, text=True
    )
    message = run.stderr.splitlines()[-1]
    assert message.startswith("ImportError: initheory needs its own package 'numerics'")
    assert str(tmp_path / "numerics.py") in message


def test_a_folder_that_takes_the_place_of_a_package_is_named(tmp_path):
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "__init__.py").write_text("")
    run = subprocess.run(
        [sys.executable, "-c", "import initheory"], cwd=tmp_path, capture_output=True, text=True
    )
    assert str(tmp_path / "theory") in run.stderr.splitlines()[-1]


def test_no_file_has_grown_beyond_one_idea():
    lengths = {label(path): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 600} == {}
