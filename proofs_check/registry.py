"""Which claims there are, and choosing among them by id.

Built-in claims are one explicit sum of tuples, in ``proofs_check.claims``; nothing registers
itself.  A user's claims come from a file (:mod:`proofs_check.claim_files`) or are passed as
objects.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from theory.errors import ClaimError, InputError, UnknownNameError

from .claim_files import load_claims
from .statement import Claim

__all__ = ["claims", "select"]


def claims(*globs: str, files: Iterable[str] = ()) -> tuple[Claim, ...]:
    """The claims whose id matches one of ``globs`` (all without one), and those of ``files``.

    Globs select among the built-in claims and those of the files alike.

    >>> claims("no.such.*")
    Traceback (most recent call last):
        ...
    theory.errors.UnknownNameError: no claim matches 'no.such.*'; ...
    """
    return select(globs, files)


def select(what: Iterable, files: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Claims given by globs, ids, :class:`Claim` objects or nested sequences of these.

    If nothing but files is given, only the claims of the files are meant.
    """
    files = (files,) if isinstance(files, str) else tuple(files)
    from_files = tuple(claim for path in files for claim in load_claims(path))
    what = tuple(what)
    wanted = list(_flatten(what))
    if what and not wanted:
        raise InputError("an empty list selects no claim; leave it out to select all of them")
    if not wanted:
        return _distinct(from_files if files else built_in())
    known = built_in() + from_files
    found = []
    for item in wanted:
        if isinstance(item, Claim):
            found.append(item)
            continue
        matching = [claim for claim in known if fnmatchcase(claim.id, item)]
        if not matching:
            raise UnknownNameError(_unknown(item, known))
        found += matching
    return _distinct(found)


def built_in() -> tuple[Claim, ...]:
    from .claims import CLAIMS

    return CLAIMS


def _flatten(what):
    for item in what:
        if isinstance(item, (str, Claim)):
            yield item
        elif isinstance(item, Iterable):
            yield from _flatten(item)
        else:
            raise ClaimError(
                f"cannot verify {item!r}; give an id, a glob such as 'mf.*' or a Claim"
            )


def _distinct(found) -> tuple[Claim, ...]:
    """Each claim once, in order; two different claims with one id are a mistake."""
    by_id: dict[str, Claim] = {}
    for claim in found:
        if by_id.setdefault(claim.id, claim) is not claim and by_id[claim.id] != claim:
            raise ClaimError(f"two claims have the id {claim.id!r}; rename one of them")
    return tuple(by_id.values())


def _unknown(glob, known):
    ids = [claim.id for claim in known]
    near = get_close_matches(glob, ids, n=3, cutoff=0.4)
    hint = f"did you mean {', '.join(near)}?" if near else "initheory claims lists all of them"
    return f"no claim matches {glob!r}; {hint}"
