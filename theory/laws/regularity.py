r"""Whether the odd activation of a law is smooth through 0.

It is where the density f(|y|) is smooth and positive there.  The powers of y in f at 0 are the
poles of E Y^s: even powers only, starting with y^0, mean simple poles at -1, -3, -5, ... alone.
"""

from functools import lru_cache

import sympy as sp

__all__ = ["is_smooth_at_zero", "singular_argument"]

_HALF = sp.Rational(1, 2)


@lru_cache(maxsize=512)
def is_smooth_at_zero(law) -> bool:
    """True where that is known.

    >>> from theory.laws.generalized_gamma import GeneralizedGamma
    >>> [is_smooth_at_zero(GeneralizedGamma(shape, 2)) for shape in (sp.Rational(1, 2), 1)]
    [True, False]
    """
    quotient = law.gamma_quotient
    if quotient is None:
        return False
    quotient = quotient.normal()
    rising = [pair for pair in quotient.upper if pair[1].is_positive is not False]
    # poles where (1 + s)/2 = 0, -1, -2, ...
    return rising == [(_HALF, _HALF)] and quotient.order_at(sp.S.NegativeOne) > 0


def singular_argument(node) -> sp.Expr | None:
    """What vanishes where a function of a law is not smooth; None if it is smooth everywhere."""
    argument = node.argument
    if getattr(node, "kind", "odd") == "positive" or is_smooth_at_zero(node.law):
        return None
    inner = getattr(argument, "argument", None)  # phi vanishes with its argument
    if inner is not None:
        return inner if getattr(argument, "kind", "odd") == "odd" else None
    return argument
