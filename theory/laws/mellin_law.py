r"""A law given by its Mellin transform alone."""

import sympy as sp

from .gamma_asymptotics import near_zero_of, tail_of
from .gamma_quotient import GammaQuotient
from .numbers import expression
from .positive_law import NearZero, PositiveLaw, Tail

__all__ = ["MellinLaw"]


class MellinLaw(PositiveLaw):
    """The law, if there is one, with E Y^s = ``formula`` in ``symbol``.

    Nothing is said about its existence: a formula may well belong to no law at all.

    >>> s = sp.Symbol("s")
    >>> MellinLaw(sp.gamma(1 + s/3)*sp.gamma(1 + s), s).tail.index
    3/4
    """

    def __new__(cls, formula, symbol):
        return super().__new__(cls, expression(formula), symbol)

    @classmethod
    def of(cls, quotient: GammaQuotient) -> "MellinLaw":
        """The law of a gamma quotient."""
        s = sp.Symbol("s")
        return cls(quotient(s), s)

    @property
    def free_symbols(self):
        """The parameters: the variable of the formula is bound."""
        return self.args[0].free_symbols - {self.args[1]}

    @property
    def gamma_quotient(self):
        """The formula as a quotient of gamma functions, or None."""
        from ..errors import InputError

        try:
            return GammaQuotient.from_expr(*self.args)
        except InputError:
            return None

    def mellin(self, s) -> sp.Expr:
        """The formula at ``s``."""
        quotient = self.gamma_quotient
        return self.args[0].subs(self.args[1], s) if quotient is None else quotient(s)

    @property
    def tail(self) -> Tail:
        """From the growth of the moments, for a gamma quotient."""
        quotient = self.gamma_quotient
        return super().tail if quotient is None else tail_of(quotient, str(self.args[0]))

    @property
    def near_zero(self) -> NearZero:
        """From the first pole, for a gamma quotient."""
        quotient = self.gamma_quotient
        return super().near_zero if quotient is None else near_zero_of(quotient, str(self.args[0]))

    @property
    def construction(self) -> sp.Expr | None:
        """A product of powers of gamma and beta variables, where the formula is one."""
        from .gamma_construction import construction_of

        quotient = self.gamma_quotient
        return None if quotient is None else construction_of(quotient)
