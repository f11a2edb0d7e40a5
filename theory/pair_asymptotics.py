r"""How the activation of a Gaussian pair behaves at 0 and at infinity."""

from dataclasses import dataclass

import sympy as sp

from .errors import UndecidedError
from .laws.positive_law import PositiveLaw
from .laws.regularity import is_smooth_at_zero
from .laws.small_argument import activation_series
from .laws.weibull_factor import WeibullFactor
from .symbols import x

__all__ = ["PairAsymptotics"]


@dataclass(frozen=True)
class PairAsymptotics:
    r"""Expansions of the odd or positive activation of a law.

    >>> found = PairAsymptotics(WeibullFactor(3), "odd")
    >>> found.zero, found.infinity
    (-x**3*gamma(2/3)/6 + x*gamma(2/3), sqrt(3)*x**(1/3))
    """

    law: PositiveLaw
    kind: str = "odd"

    @property
    def zero(self) -> sp.Expr:
        """The first terms in x -> 0: two of the Taylor series, or the leading power."""
        if self.kind == "positive":
            return self.minus_infinity
        if is_smooth_at_zero(self.law):
            return self.series(4)
        near = self.law.near_zero
        if near.exponent is sp.oo:
            return sp.sign(x) * self.law.support[0]
        if near.coefficient is None:
            raise UndecidedError(f"the constant of {self.law} at 0 is not known")
        power = 1 / near.exponent
        return sp.sign(x) * (sp.sqrt(2 / sp.pi) * sp.Abs(x) / near.coefficient) ** power

    def series(self, order: int = 6) -> sp.Expr:
        """The Taylor polynomial of the odd activation at 0, up to x^(order - 1).

        Raises UndecidedError where phi is not smooth there.
        """
        terms = activation_series(self.law, (order + 1) // 2)
        powers = (c * x ** (2 * k + 1) for k, c in enumerate(terms) if 2 * k + 1 < order)
        return sp.Add(*powers)

    @property
    def infinity(self) -> sp.Expr:
        """The leading term as x -> oo."""
        tail = self.law.tail
        if tail.index is sp.oo:
            return self.law.support[1]
        if isinstance(self.law, WeibullFactor) and tail.rate is None:
            return self.law.activation_constant * x ** (2 / tail.index)
        if tail.index == 0 or tail.rate is None:
            raise UndecidedError(f"the activation of {self.law} has no leading power at infinity")
        constant = sp.powsimp(sp.simplify((2 * tail.rate) ** (-1 / tail.index)))
        return constant * x ** sp.simplify(2 / tail.index)

    @property
    def minus_infinity(self) -> sp.Expr:
        """The leading term as x -> -oo: that of an odd function, or of F^{-1}(Phi(x))."""
        if self.kind == "odd":
            return -self.infinity.subs(x, -x)
        from .special import Phi

        near = self.law.near_zero
        if near.exponent is sp.oo:
            return self.law.support[0]
        return (Phi(x) / near.coefficient) ** (1 / near.exponent)

    @property
    def refined(self) -> sp.Expr:
        r"""For Weibull weights, with the logarithm: C phi^theta' = x^2/2 - log x + const + o(1).

        f(y) ~ sqrt(theta theta'/2)/(pi y) e^{-C y^theta'} against P(\|X\| > x) ~ sqrt(2/pi)
        e^{-x^2/2}/x; the positive activation has half that probability.
        """
        law = self.law
        if not isinstance(law, WeibullFactor) or law.theta == 2:
            raise UndecidedError(f"no refined tail is known for {law}")
        theta, dual = law.theta, sp.simplify(law.dual)
        height = x**2 / 2 - sp.log(x) + sp.log((theta - 2) / (2 * sp.pi)) / 2
        if self.kind == "positive":
            height += sp.log(2)
        if theta.is_Rational:
            return law.activation_constant * (2 * height) ** (1 / dual)
        rate = sp.powsimp(law.tail.rate)
        return (height / rate) ** (1 / dual)

    @property
    def large_theta(self) -> sp.Expr:
        """For Weibull weights, x e^{gamma/theta + pi^2 (1 - x^2)/(12 theta^2)} + O(theta^-3)."""
        law = self.law
        if not isinstance(law, WeibullFactor) or self.kind != "odd":
            raise UndecidedError(f"there is no expansion in large theta for {law}")
        theta = law.theta
        return x * sp.exp(sp.EulerGamma / theta + sp.pi**2 * (1 - x**2) / (12 * theta**2))

    @property
    def statements(self) -> tuple[str, ...]:
        """The same in words, what is not known left out."""
        found = []
        for name, where in (("zero", "0"), ("infinity", "oo"), ("minus_infinity", "-oo")):
            if name == "minus_infinity" and self.kind == "odd":
                continue
            if name == "zero" and self.kind == "positive":
                continue
            try:
                found.append(f"phi(x) ~ {getattr(self, name)} as x -> {where}")
            except UndecidedError as reason:
                found.append(f"as x -> {where}: {reason}")
        return tuple(found)

    def __str__(self):
        return "; ".join(self.statements)

    def latex(self) -> str:
        """The statements as LaTeX."""
        from .latex import latex

        zero, end = latex(self.zero), latex(self.infinity)
        start = r"x\to-\infty" if self.kind == "positive" else r"x\to0"
        return (
            rf"\varphi(x) \sim {zero} \quad ({start}), \qquad "
            rf"\varphi(x) \sim {end} \quad (x\to\infty)"
        )

    def _repr_latex_(self):
        return f"${self.latex()}$"
