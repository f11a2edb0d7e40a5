r"""Moments with real exponents: E |X|^a and E |X|^a |Y|^b on half-lines and quadrants.

For centred X, Y of variances q_1, q_2 and correlation rho, with a, b > -1,

    E |X|^a |Y|^b             = k Gamma((a+1)/2) Gamma((b+1)/2) F(-a/2, -b/2; 1/2; rho^2)
    E |X|^a |Y|^b sgn(X) sgn(Y) = 2 k rho Gamma(a/2+1) Gamma(b/2+1) F((1-a)/2, (1-b)/2; 3/2; rho^2)

with k = (2 q_1)^(a/2) (2 q_2)^(b/2) / pi and Gauss's hypergeometric function F (Nabeya 1951); a
half-line indicator is (1 ± sgn)/2, and mixed terms vanish by symmetry.
"""

import sympy as sp

__all__ = ["half_line_moment"]


def half_line_moment(orders, signs, covariance) -> sp.Expr:
    """E prod |u_i|^{orders_i} 1{signs_i u_i > 0} for one or two centred Gaussian variables.

    >>> half_line_moment((sp.Integer(3),), (1,), sp.Matrix([[1]]))
    sqrt(2)/sqrt(pi)
    >>> half_line_moment((sp.S(0), sp.S(0)), (1, 1), sp.Matrix([[1, 0], [0, 1]]))
    1/4
    """
    if len(orders) == 1:
        return _absolute(orders[0], covariance[0, 0]) / 2
    a, b = orders
    first, second = covariance[0, 0], covariance[1, 1]
    rho = sp.cancel(covariance[0, 1] / sp.sqrt(first * second))
    k = (2 * first) ** (a / 2) * (2 * second) ** (b / 2) / sp.pi
    even = sp.gamma((a + 1) / 2) * sp.gamma((b + 1) / 2) * _gauss(-a / 2, -b / 2, sp.S.Half, rho)
    odd = sp.gamma(a / 2 + 1) * sp.gamma(b / 2 + 1)
    odd *= 2 * rho * _gauss((1 - a) / 2, (1 - b) / 2, sp.Rational(3, 2), rho)
    return k * (even + signs[0] * signs[1] * odd) / 4


def _absolute(order, variance):
    return (2 * variance) ** (order / 2) * sp.gamma((order + 1) / 2) / sp.sqrt(sp.pi)


def _gauss(a, b, c, rho):
    return sp.S.One if a.is_zero or b.is_zero else sp.hyper((a, b), (c,), rho**2)
