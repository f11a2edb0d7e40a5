"""Texts of elementary functions that vectorise, for generated kernels.

``source(names)`` returns the part of ``compiled/elementary.py`` (and of ``special.py``, of the two
files on laws and, for random numbers, of ``random.py`` there) that defines the named functions and
whatever they need, in the order of the files.  A generated module starts with such a text and is
thereby self-contained: its content key then covers everything it runs.
"""

import ast
from functools import cache
from importlib import resources
from typing import NamedTuple

__all__ = ["VECTOR_FUNCTIONS", "constant", "source"]

_FILES = ("elementary.py", "special.py", "weibull_factor.py", "law_table.py", "random.py")
_NAMES = """
exp expm1 log log1p tanh sech2 sigmoid softplus sinh cosh sin cos tan asin acos atan erf erfc Phi
"""
#: Functions of one real variable that a kernel can call by these names.
VECTOR_FUNCTIONS = frozenset(_NAMES.split())


def source(names) -> str:
    """Module text that defines ``names`` (vector functions, ``select``, ``fma``, ``Phi2``).

    >>> "def exp(x):" in source(["sigmoid"]), "def log(x):" in source(["sigmoid"])
    (True, False)
    """
    parts = _parts()
    wanted, waiting = set(), ["FLAGS", "inner", *names]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += parts[name].uses
    chosen = [part for name, part in parts.items() if name in wanted]
    header = "\n".join(dict.fromkeys(part.imports for part in chosen))
    return "\n\n".join([header, *(part.text for part in chosen)])


def constant(name: str):
    """The value of a number that the texts define, such as the length of a table."""
    return ast.literal_eval(ast.parse(_parts()[name].text).body[0].value)


class _Part(NamedTuple):
    """A top-level definition: its text, the definitions it uses, the imports of its file."""

    text: str
    uses: list[str]
    imports: str


@cache
def _parts():
    parts = {}
    for file in _FILES:
        parts |= _read(file, parts)
    return parts


def _read(file, known):
    """The definitions of a file by name; it may use those in ``known``."""
    text = resources.files(__package__).joinpath("compiled", file).read_text("utf-8")
    tree = ast.parse(text)
    lines = text.splitlines()
    imports, bodies = [], {}
    for node in tree.body:
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
            imports.append(ast.get_source_segment(text, node))
        elif isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            bodies[node.name] = ("\n".join(lines[first - 1 : node.end_lineno]), node)
        elif isinstance(node, ast.Assign):
            bodies[node.targets[0].id] = (ast.get_source_segment(text, node), node)
    found = bodies.keys() | known.keys()
    parts = {}
    for name, (body, node) in bodies.items():
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        parts[name] = _Part(body, sorted(used & found - {name}), "\n".join(imports))
    return parts
