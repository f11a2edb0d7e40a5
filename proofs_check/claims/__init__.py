"""The built-in claims: one explicit sum of the tuples of their files."""

from ..statement import Claim

__all__ = ["CLAIMS"]

CLAIMS: tuple[Claim, ...] = ()
