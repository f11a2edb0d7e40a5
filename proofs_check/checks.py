"""The kinds of checks, and how anything that a claim returns becomes one.

``Symbolic`` proves identities, ``Certified``, ``CertifiedValue`` and ``CertifiedRoots`` use ball
arithmetic, ``Numeric`` compares two routes, ``Statistical`` tests samples.  Any other object with
a method ``run(context) -> Finding`` is a check too.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom

from theory.errors import ClaimError

from .certified import Certified, CertifiedRoots, CertifiedValue
from .context import Context
from .finding import Finding
from .numeric import Numeric
from .statistical import Statistical
from .symbolic import Symbolic, sample_points
from .verdict import Verdict

__all__ = [
    "Certified",
    "CertifiedRoots",
    "CertifiedValue",
    "Numeric",
    "Statistical",
    "Symbolic",
    "run_check",
]

#: A claim's code may raise anything; it is recorded with the claim and the run goes on.  Only an
#: interrupt passes through.
FAILURES = (Exception, SystemExit)


def run_check(check: Any, context: Context) -> tuple[Finding, ...]:
    """Run a check, however it is given; a failure becomes an INCONCLUSIVE finding with its text.

    A check that wants to end the program (``sys.exit``) has failed like any other.

    >>> [str(f.verdict) for f in run_check([True, sp.Eq(1, 2)], Context())]
    ['SUPPORTED', 'REFUTED']
    >>> run_check(lambda: 1 / 0, Context())[0].error
    'ZeroDivisionError: division by zero'
    """
    found, start = [], time.perf_counter()
    try:
        for number, part in enumerate(_flatten(check)):
            start = time.perf_counter()
            finding = _judge(part, context.inside(str(number)))
            found.append(finding.lasting(time.perf_counter() - start))
        if not found:
            raise ClaimError("the check returned nothing to judge; return a relation or a check")
    except FAILURES as failure:
        text = " ".join(f"{type(failure).__name__}: {failure}".split())
        seconds = time.perf_counter() - start
        found.append(Finding(Verdict.INCONCLUSIVE, "error", "the check failed", {}, seconds, text))
    return tuple(found)


def _flatten(check) -> Iterator[Any]:
    """Functions called, lists opened; generators are run lazily."""
    if isinstance(check, Callable) and not _is_leaf(check):
        check = check()
    if isinstance(check, (list, tuple, Iterator)):
        for part in check:
            yield from _flatten(part)
    else:
        yield check


def _is_leaf(check):
    return hasattr(check, "run") or isinstance(check, (sp.Basic, bool))


def _judge(check, context) -> Finding:
    if hasattr(check, "run"):
        found = check.run(context)
        if not isinstance(found, Finding) or not isinstance(found.verdict, Verdict):
            raise ClaimError(f"the check {check!r} must return a Finding with a Verdict")
        return found
    if isinstance(check, BooleanAtom):
        verdict = Verdict.PROVED if check else Verdict.REFUTED
        return Finding(verdict, "symbolic", f"SymPy decides the relation: {bool(check)}")
    if isinstance(check, bool) or str(getattr(check, "dtype", "")) == "bool":
        verdict = Verdict.SUPPORTED if check else Verdict.REFUTED
        return Finding(verdict, "function", f"the claim's function returned {bool(check)}")
    if isinstance(check, sp.Eq):
        return Symbolic(check.lhs, check.rhs).run(context)
    if isinstance(check, Relational):
        return _inequality(check)
    raise ClaimError(
        f"cannot judge {check!r}; a claim's function returns a SymPy relation such as "
        "sp.Eq(lhs, rhs), a truth value, a check object or a list of these"
    )


def _inequality(relation) -> Finding:
    """An inequality without a box: by assumptions, else a search for a counterexample."""
    if isinstance(relation, sp.Ne):
        relation = sp.Gt((relation.lhs - relation.rhs) ** 2, 0, evaluate=False)
    if isinstance(relation, BooleanAtom):
        return _judge(relation, Context())
    if not relation.free_symbols:
        return Certified(relation).run(Context())
    difference = relation.gts - relation.lts
    strict = isinstance(relation, (sp.Gt, sp.Lt))
    for form in (difference, sp.expand(difference), sp.factor(difference)):
        if form.is_positive or (not strict and form.is_nonnegative):
            evidence = f"the assumptions on its symbols imply {relation}"
            return Finding(Verdict.PROVED, "symbolic", evidence)
    for point in sample_points(relation.free_symbols):
        found = Certified(relation.subs(point)).run(Context())
        if found.verdict is Verdict.REFUTED:
            return Certified(relation, {s: (v, v) for s, v in point.items()}).run(Context())
    evidence = f"holds at sample points; for a proof give a box: Certified({relation}, box)"
    return Finding(Verdict.INCONCLUSIVE, "certified", evidence)
