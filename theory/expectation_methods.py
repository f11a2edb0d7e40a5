"""What an expectation answers besides its value, for a node and for a multiple of one alike.

A node pulls its constants out, so E("2*tanh(x)") is a product; its user still asks it for an
expansion or for the condition of its existence.  Both kinds inherit their methods from here.
"""

import sympy as sp

from .latex import latex

__all__ = ["ExpectationMethods"]


class ExpectationMethods:
    """Expansions, conditions of existence and LaTeX of an expression with an expectation."""

    __slots__ = ()

    def near_one(self, order=3) -> sp.Expr:
        """The expansion in 1 - rho at perfect correlation, see :mod:`theory.near_one`."""
        from .near_one import near_one

        return near_one(self, order)

    def near_minus_one(self, order=3) -> sp.Expr:
        """The expansion in 1 + rho at correlation -1, see :mod:`theory.near_one`."""
        from .near_one import near_minus_one

        return near_minus_one(self, order)

    def near_zero(self, order=2, symbol=None) -> sp.Expr:
        """The expansion at a variance -> 0+, see :mod:`theory.small_variance`."""
        from .small_variance import near_zero

        return near_zero(self, order, symbol)

    def near_infinity(self, order=1, symbol=None) -> sp.Expr:
        """The expansion at a variance -> oo, see :mod:`theory.large_variance`."""
        from .large_variance import near_infinity

        return near_infinity(self, order, symbol)

    def series(self, x=None, x0=0, n=6, dir="+", logx=None, cdir=0):
        """SymPy's series, from the expansions above; a correlation tends to 1 from below."""
        from .series import one_sided

        dir = one_sided(self, x, x0, dir)
        return super().series(x, x0, n, dir, logx, cdir)

    def _eval_nseries(self, x, n, logx=None, cdir=0):
        from .series import nseries

        return nseries(self, x, n, logx) + sp.Order(x**n, x)

    def _eval_as_leading_term(self, x, logx=None, cdir=0):
        from .series import leading_term

        return leading_term(self, x)

    def latex(self) -> str:
        r"""LaTeX, \mathbb{E}[...] with the law of the variables below."""
        return latex(self)

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"
