"""Functions that several kernels contain: shared if all that decides them is the same."""

import builtins

import numpy as np
import pytest

from numerics import shared_functions
from numerics.compile import compile
from numerics.kernels import load_module
from numerics.shared_functions import run

HEAD = """
import math

def mark(function):
    return [function]

RATE = {rate}

@mark
def inner(x):
    return RATE * x

@mark
def outer(x):
    return inner[0](x) + 1.0

def driver(x):
    return outer[0](x)
"""


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(shared_functions, "_known", {})


def executed(text):
    namespace = {}
    run(text, "<kernel>", namespace)
    return namespace


def test_equal_functions_are_shared_and_drivers_are_not():
    first, second = (executed(HEAD.format(rate=2.0) + tail) for tail in ("", "\nMORE = 1\n"))
    assert first["inner"] is second["inner"]
    assert first["outer"] is second["outer"]
    assert first["driver"] is not second["driver"]
    assert second["driver"](3.0) == 7.0


def test_another_constant_is_another_function_and_so_is_what_calls_it():
    first, second = (executed(HEAD.format(rate=rate)) for rate in (2.0, 3.0))
    assert first["inner"] is not second["inner"]
    assert first["outer"] is not second["outer"]
    assert (first["driver"](1.0), second["driver"](1.0)) == (3.0, 4.0)


@pytest.mark.parametrize(
    "tail",
    [
        "RATE = 5.0",  # a second meaning
        "if True:\n    RATE = 5.0",
        "@mark\ndef late(x):\n    return LATER * x\nLATER = 1.0",  # used before it is defined
        "@mark\ndef late(x):\n    return f(x)\nif True:\n    def f(x):\n        return x",
    ],
)
def test_what_may_mean_something_else_is_not_shared(tail):
    name = "late" if "late" in tail else "outer"
    first, second = (executed(HEAD.format(rate=2.0) + tail) for _ in range(2))
    assert first[name] is not second[name]


def test_a_kernel_of_shared_functions_has_the_same_values(tmp_path, monkeypatch):
    """To the last bit, whether its functions were compiled for it or for another kernel."""
    places = np.linspace(-6, 6, 101)
    text = compile("tanh(x)*exp(x)").source
    values = []
    for before in ("", compile("exp(-x) + tanh(x/2)").source):
        monkeypatch.setenv("INITHEORY_CACHE", str(tmp_path / str(len(before))))
        monkeypatch.setattr("numerics.kernels._modules", {})
        monkeypatch.setattr(shared_functions, "_known", {})
        if before:
            load_module(before, "another")
        out = np.empty(places.size)
        load_module(text, "a product").apply(places[None], np.empty(0), out)
        values.append(out)
    assert (values[0] == values[1]).all()


def test_the_byte_code_is_that_of_the_whole_text():
    """Numba finds its machine code by the byte code, which an import elsewhere changes."""
    text = "import math\nmark = lambda f: f\n@mark\ndef g(x):\n    return math.exp(x)\n"
    text += "def driver(x):\n    return math.exp(g(x))\n"
    whole = {}
    exec(builtins.compile(text, "<kernel>", "exec"), whole)
    for _ in range(2):
        assert executed(text)["driver"].__code__ == whole["driver"].__code__
