"""What powers of beta and of beta prime variables share: their parameters and their mass at 0."""

import sympy as sp

from .numbers import expression
from .positive_law import NearZero, PositiveLaw

__all__ = ["BetaFamily"]


class BetaFamily(PositiveLaw):
    """Y = scale X^power, where the density of X is x^(a-1)/Beta(a, b) times 1 + O(x) at 0."""

    def __new__(cls, a, b, power=1, scale=1):
        return super().__new__(cls, *map(expression, (a, b, power, scale)))

    @property
    def scale(self) -> sp.Expr:
        """The factor of X^power."""
        return self.args[3]

    def scaled(self, factor) -> "BetaFamily":
        """The law of ``factor`` Y."""
        return self.func(*self.args[:3], self.scale * factor)

    @property
    def near_zero(self) -> NearZero:
        """P(Y <= y) ~ (y/scale)^(a/power)/(a Beta(a, b))."""
        a, b, p, scale = self.args
        front = sp.gamma(a + b) / (sp.gamma(a + 1) * sp.gamma(b))
        return NearZero(a / p, front * scale ** (-a / p))

    def _power_law(self, y):
        """The density of Y without its factor 1 + O((y/scale)^(1/power))."""
        a, b, p, scale = self.args
        front = sp.gamma(a + b) / (sp.gamma(a) * sp.gamma(b) * p)
        return front * scale ** (-a / p) * y ** (a / p - 1)
