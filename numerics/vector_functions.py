"""Texts of elementary functions that vectorise, for generated kernels.

``source(names)`` returns the part of ``compiled/elementary.py`` that defines the named functions
and whatever they need, in the order of that file.  A generated module starts with such a text and
is thereby self-contained: its content key then covers everything it runs.
"""

import ast
from functools import cache
from importlib import resources

__all__ = ["VECTOR_FUNCTIONS", "source"]

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
    header, parts = _parts()
    wanted, waiting = set(), ["FLAGS", "inner", *names]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += parts[name][1]
    return "\n\n".join([header, *(text for name, (text, _) in parts.items() if name in wanted)])


@cache
def _parts():
    """The imports, and per top-level name its text and the top-level names it uses."""
    text = resources.files(__package__).joinpath("compiled", "elementary.py").read_text("utf-8")
    tree = ast.parse(text)
    lines = text.splitlines()
    imports, bodies = [], {}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.append(ast.get_source_segment(text, node))
        elif isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            bodies[node.name] = ("\n".join(lines[first - 1 : node.end_lineno]), node)
        elif isinstance(node, ast.Assign):
            bodies[node.targets[0].id] = (ast.get_source_segment(text, node), node)
    parts = {}
    for name, (body, node) in bodies.items():
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        parts[name] = (body, sorted(used & bodies.keys() - {name}))
    return "\n".join(imports), parts
