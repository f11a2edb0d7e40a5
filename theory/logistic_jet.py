"""Taylor coefficients of tanh, sigmoid and softplus: polynomials in the value at the place.

tanh' = 1 - tanh^2 and sigmoid' = sigmoid - sigmoid^2 (Riccati) give a recurrence for the
coefficients; softplus is the integral of sigmoid.
"""

import sympy as sp
from sympy.polys.rings import ring

from .special import sigmoid, softplus

__all__ = ["logistic_jet"]

#: y' = a + b y - y^2
_RATES = {sp.tanh: (1, 0), sigmoid: (0, 1), softplus: (0, 1)}


def logistic_jet(head, place, count) -> tuple[sp.Expr, ...]:
    """The first ``count`` Taylor coefficients of ``head`` at ``place``.

    >>> logistic_jet(sp.tanh, sp.S(0), 4)
    (0, 1, 0, -1/3)
    """
    a, b = _RATES[head]
    _, value = ring("y", sp.QQ)
    found = [value]
    for k in range(count):
        square = sum(found[i] * found[k - i] for i in range(k + 1))
        found.append((a * (k == 0) + b * found[k] - square) * sp.QQ(1, k + 1))
    at = sp.tanh(place) if head is sp.tanh else sigmoid(place)
    jet = [sp.factor(term.as_expr()).subs(sp.Symbol("y"), at) for term in found]
    if head is softplus:
        jet = [softplus(place), *(term / (k + 1) for k, term in enumerate(jet))]
    return tuple(jet[:count])
