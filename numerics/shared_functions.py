"""Running the text of a kernel so that functions it has in common with earlier ones are shared.

A kernel carries the text of every function it calls, so that it can be kept on disk by itself.
Most of the time of compiling it would go into functions that kernels before it contained as well
(exp, tanh, Phi, ...).  ``run`` executes such a text but takes those from the kernel that was the
first of this process to define them, with what numba has compiled of them.

Only functions under a bare decorator (``@inner``: no signature, compiled when they are called)
are shared, and only if their text and the texts of all they use are the same.
"""

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator

__all__ = ["run"]

_known: dict[str, object] = {}


def run(text: str, file: str, namespace: dict) -> None:
    """Execute ``text`` as the module ``namespace``; ``file`` is what its code is said to be from.

    >>> first, second = {}, {}
    >>> text = "plain = lambda f: f\\n@plain\\ndef twice(x):\\n    return 2 * x\\n"
    >>> run(text, "<one>", first)
    >>> run(text + "four = twice(2)", "<two>", second)
    >>> second["twice"] is first["twice"], second["four"]
    (True, 4)
    """
    rest, new = [], {}
    for node, digest in _definitions(text):
        if digest in _known:
            namespace[node.name] = _known[digest]
            continue
        rest.append(node)
        if digest is not None:
            new[digest] = node.name
    # in one piece: the byte code of math.exp(x) depends on whether the module imports math, and
    # numba recognises what it has compiled by the byte code
    exec(compile(ast.Module(rest, []), file, "exec"), namespace)
    for digest, name in new.items():
        _known[digest] = namespace[name]


def _definitions(text: str) -> Iterator[tuple[ast.stmt, str | None]]:
    """The statements of a module, each with a digest of all that decides what it is.

    The digest is None for what is not to be shared: anything but a function under a bare
    decorator, and what uses a name from further down or one with several meanings.
    """
    body = [(node, ast.unparse(node), _names(node)) for node in ast.parse(text).body]
    meanings = defaultdict(set)
    for _, statement, names in body:
        for name in names:
            meanings[name].add(statement)
    digests: dict[str, str | None] = {}
    for node, statement, names in body:
        parts = [digests.get(name) for name in sorted(_uses(node) & meanings.keys() - names)]
        digest = None
        if None not in parts and all(len(meanings[name]) == 1 for name in names):
            digest = hashlib.sha256("\n".join([statement, *parts]).encode()).hexdigest()
        digests |= dict.fromkeys(names, digest)
        yield node, digest if _is_shared(node) else None


def _names(node):
    """The names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    names = {alias.asname or alias.name.partition(".")[0] for alias in _parts(node, ast.alias)}
    names |= {part.id for part in _parts(node, ast.Name) if isinstance(part.ctx, ast.Store)}
    return names | {part.name for part in _parts(node, ast.FunctionDef, ast.ClassDef)}


def _uses(node):
    return {part.id for part in _parts(node, ast.Name)}


def _parts(node, *kinds):
    return [part for part in ast.walk(node) if isinstance(part, kinds)]


def _is_shared(node):
    decorators = getattr(node, "decorator_list", [])
    return bool(decorators) and all(isinstance(place, ast.Name) for place in decorators)
