"""The answer to the question whether the second factor of a Gaussian product exists."""

from dataclasses import dataclass

import sympy as sp

from .certificates import Certificate

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Whether the unknown factor exists, why, and a proof that can be repeated.

    ``exists`` is True, False or None (undecided, or dependent on parameters: then ``condition``
    is the relation between them, as far as it was found).  ``certificate`` has ``verify()``, and
    ``numbers`` are the margins of the tests that an undecided case passed.
    """

    exists: bool | None
    reason: str
    certificate: Certificate | None = None
    condition: sp.Basic | None = None
    numbers: tuple[tuple[str, float], ...] = ()

    def __bool__(self):
        return self.exists is True

    def __str__(self):
        word = {True: "exists", False: "does not exist", None: "undecided"}[self.exists]
        if self.exists is None and self.condition is not None:
            word = f"exists if {self.condition}"
        return f"{word}: {self.reason}"
