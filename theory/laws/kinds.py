"""The two activations that are made of a law, as words that SymPy can carry."""

import sympy as sp

__all__ = ["KINDS", "OddKind", "PositiveKind"]

KINDS = ("odd", "positive")


class OddKind(sp.core.symbol.Str):
    """The word 'odd' as an atom that can be rebuilt from its (no) arguments."""

    def __new__(cls, name="odd"):
        return super().__new__(cls, "odd")


class PositiveKind(sp.core.symbol.Str):
    """The word 'positive' as an atom."""

    def __new__(cls, name="positive"):
        return super().__new__(cls, "positive")
