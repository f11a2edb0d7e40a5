r"""How hard the two classes pull on a fully biased network at its first step.

With the logistic loss on Delta = Y_1 - Y_2 the gradient at the output is s(-Delta) or s(Delta), s
the sigmoid.  In deep prejudice Delta ~ N(0, 2 q) is the same for all inputs, so that

    favoured = E s(-|Delta|)^2,    unfavoured = E s(|Delta|)^2

are the mean squared gradients of the inputs that belong to the favoured and to the other class.
For q -> oo only small |Delta| count, where the density of |Delta| is 1/sqrt(pi q):

    favoured ~ (log 2 - 1/2)/sqrt(pi q),    unfavoured ~ 1 - (log 2 + 1/2)/sqrt(pi q).

Derived here.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from ..errors import InputError
from ..gaussian import E
from ..parser import exact
from ..symbols import q

__all__ = ["ClassGradient", "class_gradient"]


@dataclass(frozen=True)
class ClassGradient:
    """Mean squared output gradients per class at the output variance q, and their limits.

    ``favoured`` and ``unfavoured`` are expectations (``evalf`` gives any precision), the
    asymptotes their two leading terms for a large q.

    >>> gradient = class_gradient(10)
    >>> gradient.favoured.evalf(12), gradient.unfavoured.evalf(12)
    (0.0337858589491, 0.800436583561)
    >>> class_gradient().favoured_asymptote
    (-1/2 + log(2))/(sqrt(pi)*sqrt(q))
    """

    favoured: sp.Expr
    unfavoured: sp.Expr
    favoured_asymptote: sp.Expr
    unfavoured_asymptote: sp.Expr

    @property
    def ratio(self) -> sp.Expr:
        """favoured/unfavoured: 1 at q = 0, (log 2 - 1/2)/sqrt(pi q) for a large q."""
        return self.favoured / self.unfavoured


def class_gradient(variance=q) -> ClassGradient:
    """The factors at the variance q > 0 of the outputs, a number or an expression."""
    variance = exact(variance, "the output variance q")
    if variance.is_positive is False:
        raise InputError(f"the output variance q is > 0; got {variance}")
    # the mean of f(|Delta|) tends to f(oo) + (density of |Delta| at 0) int_0^oo (f - f(oo))
    density = 1 / sp.sqrt(sp.pi * variance)
    against, along = _areas()
    return ClassGradient(
        E("sigmoid(-abs(x))**2", 2 * variance),
        E("sigmoid(abs(x))**2", 2 * variance),
        against * density,
        1 + along * density,
    )


@lru_cache(maxsize=1)
def _areas():
    """int_0^oo s(-t)^2 dt and int_0^oo (s(t)^2 - 1) dt, with s = s(-t), dt = -ds/(s (1 - s))."""
    s = sp.Symbol("s", positive=True)
    measure = 1 / (s * (1 - s))
    return tuple(
        sp.integrate(sp.cancel(f * measure), (s, 0, sp.S.Half)) for f in (s**2, (1 - s) ** 2 - 1)
    )
