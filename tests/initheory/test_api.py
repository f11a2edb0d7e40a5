"""The public names: all resolve, each is listed once, type checkers see the same ones."""

import ast
from pathlib import Path

import pytest

import initheory as it

SOURCE = Path(it.__file__).read_text()

FOUNDATION = {
    "Activation", "activation", "activations", "symbols", "E", "E2", "GaussianExpectation",
    "enclose", "compile", "MeanField", "fixed_points", "edge_of_chaos", "phase_diagram",
    "propagate", "initialization", "derive", "claims", "claim", "verify", "load",
    "InitheoryError", "__version__",
}  # fmt: skip


@pytest.mark.parametrize("name", it.__all__)
def test_every_public_name_resolves(name):
    assert getattr(it, name) is not None
    assert name in dir(it)


def test_the_names_of_the_contract_are_there():
    assert set(it.__all__) >= FOUNDATION


def test_the_table_and_the_list_agree():
    assert set(it._HOMES) | {"__version__"} == set(it.__all__)
    assert len(it.__all__) == len(set(it.__all__))


def test_type_checkers_see_the_same_names():
    tree = ast.parse(SOURCE)
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (alias.asname or alias.name): node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(seen) == set(it._HOMES)
    for name, home in it._HOMES.items():
        module = home.partition(":")[0].removeprefix("initheory.")
        assert seen[name] == module or f"{seen[name]}.{name}" == module


def test_a_name_is_the_same_object_each_time():
    assert it.MeanField is it.MeanField


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'NTKK'"):
        it.NTKK  # noqa: B018


def test_every_error_has_the_common_root_and_a_built_in_parent():
    errors = [value for name in it.__all__ if isinstance(value := getattr(it, name), type)]
    family = [value for value in errors if issubclass(value, it.InitheoryError)]
    assert len(family) >= 10
    for error in family:
        if error is not it.InitheoryError:
            assert any(parent.__module__ == "builtins" for parent in error.__mro__[1:-3]), error
