r"""A claim: a statement with its source, a check of it, and wrong variants that must be refuted.

A *check* is an object of :mod:`proofs_check.checks`, a SymPy relation, a truth value, a list of
these, or a function without arguments that returns one of them; a function keeps the listing of
claims cheap.  A *mutation* is the statement with one deliberate mistake and the same kind of
check: a check that cannot refute it could not have refuted the claim either.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from theory.errors import ClaimError

__all__ = ["Claim", "Mutation", "claim"]

_ID = re.compile(r"[A-Za-z0-9][\w.+-]*")


@dataclass(frozen=True)
class Mutation:
    """A wrong variant of a claim: what was changed, and the check of the changed statement."""

    description: str
    check: Any


@dataclass(frozen=True)
class Claim:
    r"""A statement that a machine can check.

    ``id`` names it ("mf.vprime"), ``statement`` is text with LaTeX formulas, ``source`` cites the
    literature.  ``check`` runs at every level, ``full`` only at level "full".

    >>> Claim("my.sum", "$1 + 1 = 2$", "arithmetic", check=True).id
    'my.sum'
    """

    id: str
    statement: str
    source: str = ""
    check: Any = None
    mutations: tuple[Mutation, ...] = ()
    full: Any = ()

    def __post_init__(self):
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise ClaimError(
                f"a claim cannot have the id {self.id!r}; use letters, digits, dots and "
                "hyphens, such as 'mine.variance'"
            )
        for field in ("statement", "source"):
            if not isinstance(getattr(self, field), str):
                raise ClaimError(f"the {field} of claim {self.id!r} must be text")
        if not self.statement.strip():
            raise ClaimError(f"claim {self.id!r} has no statement; say what is claimed")
        if self.check is None:
            raise ClaimError(f"claim {self.id!r} has no check; give a function or a check object")
        if not isinstance(self.mutations, tuple) or not all(
            isinstance(mutation, Mutation) for mutation in self.mutations
        ):
            raise ClaimError(f"the mutations of claim {self.id!r} must be a tuple of Mutation")
        for check in (self.check, self.full, *(mutation.check for mutation in self.mutations)):
            if isinstance(check, Iterator):
                raise ClaimError(
                    f"a check of claim {self.id!r} is a generator, which runs only once; give the "
                    "function that makes it"
                )

    def _repr_markdown_(self) -> str:
        return f"**{self.id}** {self.statement} *{self.source}*"


def claim(
    *, id: str, statement: str, source: str = "", mutations: Sequence[Any] = ()
) -> Callable[[Callable[[], Any]], Claim]:
    """Turn a function into a :class:`Claim`; the function's result is the check.

    ``mutations`` are functions of the same kind that check a wrong variant: each must come out
    REFUTED.  A claim without one is reported as having no negative control.

    >>> @claim(id="mine.square", statement="$(x + 1)^2 = x^2 + 2x + 1$")
    ... def square():
    ...     import sympy as sp
    ...     x = sp.Symbol("x", real=True)
    ...
    ...     return sp.Eq((x + 1) ** 2, x**2 + 2 * x + 1)
    >>> square.id, len(square.mutations)
    ('mine.square', 0)
    """
    if not isinstance(mutations, Iterable) or isinstance(mutations, str):
        raise ClaimError(f"the mutations of claim {id!r} must be a list; got {mutations!r}")
    wrong = tuple(_mutation(id, mutation) for mutation in mutations)

    def decorate(check: Callable[[], Any]) -> Claim:
        if not callable(check):
            raise ClaimError(f"claim {id!r} must decorate a function without arguments")
        return Claim(id, statement, source, check, wrong)

    return decorate


def _mutation(claim_id, mutation):
    if isinstance(mutation, Mutation):
        return mutation
    if isinstance(mutation, tuple) and len(mutation) == 2 and isinstance(mutation[0], str):
        return Mutation(*mutation)
    if callable(mutation):
        text = (mutation.__doc__ or mutation.__name__.replace("_", " ")).strip()
        return Mutation(text.splitlines()[0], mutation)
    raise ClaimError(
        f"a mutation of claim {claim_id!r} must be a function or a pair (description, check); "
        f"got {mutation!r}"
    )
