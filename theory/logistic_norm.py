r"""The norm equations that can be solved: dV = V (C V^delta - D) dt + sqrt(2 S) V dB.

W = V^delta and the clock Theta t, Theta = S delta^2, bring them to one form,

    dW = W (alpha W - gamma) dt + sqrt(2) W dB,
    alpha = C/(S delta),   gamma = (D/S + 1 - delta)/delta.

1/W solves a linear equation, so W is an exponential of Brownian motion divided by
1/W_0 - alpha times its integral: explosion is the integral reaching 1/(alpha W_0), whose law is
known (Dufresne 1990; Yor 1992).  Smooth shapings have delta = 1, C = D = b.
"""

from dataclasses import dataclass

import sympy as sp

from .asymptotics import power_terms
from .pieces import sign_of
from .state_terms import factored
from .symbols import V0, lambda_

__all__ = ["LogisticNorm", "logistic_norm"]


@dataclass(frozen=True)
class LogisticNorm:
    """dV = V (``push`` V^``delta`` - ``pull``) dt + sqrt(2 ``noise``) V dB.

    >>> from theory.symbols import V
    >>> logistic_norm(V**2 - V, sp.S(1)).probability
    lowergamma(2, V0)
    """

    push: sp.Expr
    pull: sp.Expr
    delta: sp.Expr
    noise: sp.Expr

    @property
    def alpha(self) -> sp.Expr:
        return factored(self.push / (self.noise * self.delta))

    @property
    def gamma(self) -> sp.Expr:
        return factored((self.pull / self.noise + 1 - self.delta) / self.delta)

    @property
    def clock(self) -> sp.Expr:
        """How much faster the standard equation runs."""
        return self.noise * self.delta**2

    @property
    def start(self) -> sp.Expr:
        """alpha W_0 in ``V0``."""
        return self.alpha * V0**self.delta

    @property
    def probability(self) -> sp.Expr:
        """P(V explodes) for alpha > 0: gamma(1 + gamma, alpha W_0)/Gamma(1 + gamma).

        It is the ratio of scale functions s(V0)/s(oo), and 1 for gamma <= -1, where V cannot
        tend to 0.
        """
        shape = 1 + self.gamma
        value = sp.lowergamma(shape, self.start, evaluate=False) / sp.gamma(shape)
        if self.delta == 1 and sp.expand(self.push - self.pull).is_zero:
            return value  # gamma = alpha > 0
        if shape.is_number:
            return value if sign_of(shape) > 0 else sp.S.One
        return sp.Piecewise((value, shape > 0), (sp.S.One, True))

    @property
    def laplace(self) -> sp.Expr:
        r"""E[e^{-lambda T*}; T* < oo] for alpha > 0 in ``lambda`` and ``V0``.

        The solution w of w'' W^2 + W (alpha W - gamma) w' = lambda w with w(0) = 0, w(oo) = 1.
        """
        root = sp.sqrt((1 + self.gamma) ** 2 + 4 * lambda_ / self.clock)
        lower, upper = (root - 1 - self.gamma) / 2, (root + 1 + self.gamma) / 2
        scale = self.start**upper * sp.gamma(lower + 1) / sp.gamma(root + 1)
        return scale * sp.hyper([upper], [root + 1], -self.start)


def logistic_norm(drift: sp.Expr, noise: sp.Expr) -> LogisticNorm | None:
    """The drift and noise of a norm in this form, or None if they are not of it."""
    terms = power_terms(drift)
    if terms is None or noise.is_zero:
        return None
    others = [e for e in terms if e != 1]
    if len(others) > 1 or (others and not (others[0] - 1).is_positive):
        return None
    (top,) = others or (sp.Integer(2),)
    return LogisticNorm(terms.get(top, sp.S.Zero), -terms.get(sp.S.One, sp.S.Zero), top - 1, noise)
