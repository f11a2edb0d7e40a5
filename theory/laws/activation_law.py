r"""The law of |phi(X)|, X ~ N(0, 1), as a Mellin transform in closed form where there is one.

Three routes: phi holds the quantile of a law (:class:`~theory.laws.functions.LawActivation`);
|phi| is a monotone function g of U = erf(|X|/sqrt 2) or of Phi(X), which is uniform on (0, 1), and
the density of g(U) is integrated against y^s; or E |phi(X)|^s is a Gaussian expectation with a
closed form.
"""

from itertools import pairwise

import sympy as sp

from ..activation import Activation
from ..errors import InitheoryError
from ..gaussian import E, GaussianExpectation
from ..special import Phi
from ..symbols import x
from .functions import LawActivation
from .gamma_quotient import GammaQuotient
from .known_factor import S

__all__ = ["activation_transform"]

_ORDER = sp.Symbol("s", positive=True)
_U = sp.Symbol("U", positive=True)
_Y = sp.Symbol("Y", positive=True)

#: Longer functions of U are not integrated symbolically.
_LONGEST = 25


def activation_transform(phi: Activation) -> sp.Expr | None:
    """E |phi(X)|^s in the symbol ``S``, or None if no closed form is found.

    >>> activation_transform(Activation("erf(x/sqrt(2))"))
    1/(s + 1)
    """
    for route in (_by_node, _by_uniform, _by_expectation):
        found = route(phi)
        if found is not None:
            return found
    return None


def _by_node(phi):
    factor, node = phi.expr.as_independent(x, as_Add=False)
    if not isinstance(node, LawActivation) or node.args[1] != x:
        return None
    return sp.Abs(factor) ** S * node.args[0].mellin(S)


def _by_expectation(phi):
    if phi.homogeneity is None or phi.parity is None:
        return None
    degree, factor = phi.homogeneity, sp.Abs(phi.expr.subs(x, 1))
    if degree.is_zero:
        return factor**S
    mean = E(sp.Abs(x) ** (degree * _ORDER), 1).doit()
    if mean.has(GaussianExpectation):
        return None
    return factor**S * mean.subs(_ORDER, S)


def _by_uniform(phi):
    function = _of_uniform(phi)
    if function is None or len(list(sp.preorder_traversal(function))) > _LONGEST:
        return None
    try:
        density, ends = _density(function)
        if density is None:
            return None
        integral = sp.integrate(density * _Y**_ORDER, (_Y, *ends), meijerg=True)
    except (NotImplementedError, ValueError, TypeError, InitheoryError):
        return None
    if integral.has(sp.Integral, sp.Piecewise, sp.meijerg, sp.hyper):
        integral = sp.hyperexpand(sp.piecewise_fold(integral))
        if integral.has(sp.Integral, sp.meijerg, sp.hyper):
            return None
        if isinstance(integral, sp.Piecewise):
            integral = integral.args[0][0]
    transform = sp.gammasimp(integral).subs(_ORDER, S)
    return transform if _holds(transform, function) else None


def _of_uniform(phi):
    """|phi| as a function of a uniform U: erf(|x|/sqrt 2) under a parity, Phi(x) without."""
    if phi.parity is not None:
        right = phi.pieces[-1].expr if len(phi.pieces) > 1 else phi.expr
        if len(phi.pieces) > 2 or (len(phi.pieces) == 2 and not phi.pieces[1].lower.is_zero):
            return None
        positive = sp.Symbol("x", positive=True)
        right = sp.refine(right.subs(x, positive)).subs(positive, x)
        central = _U
    else:
        right, central = phi.expr, 2 * _U - 1
    scaled = x / sp.sqrt(2)
    changes = {
        sp.erf(scaled): central,
        sp.erfc(scaled): 1 - central,
        sp.erfc(-scaled): 1 + central,
        Phi(x): (1 + central) / 2,
        Phi(-x): (1 - central) / 2,
    }
    function = right.subs(changes)
    return None if function.has(x) or not function.has(_U) else function


def _density(function):
    """(density of |g(U)|, its ends) for a monotone g of one sign."""
    low, high = (sp.limit(function, _U, end, side) for end, side in ((0, "+"), (1, "-")))
    if high.is_extended_negative or low.is_extended_negative:
        function, low, high = -function, -low, -high
    samples = [float(function.subs(_U, sp.Rational(k, 16))) for k in range(1, 16)]
    rising = all(b > a for a, b in pairwise(samples))
    falling = all(b < a for a, b in pairwise(samples))
    if not (rising or falling) or min(samples) < 0:
        return None, None
    place = sp.Rational(7, 16)
    value = float(function.subs(_U, place))
    for inverse in sp.solve(sp.Eq(function, _Y), _U):
        if abs(complex(inverse.subs(_Y, value)) - float(place)) < 1e-9:
            density = sp.simplify(sp.expand_trig(sp.diff(inverse, _Y)))
            return (density, (low, high)) if rising else (-density, (high, low))
    return None, None


def _holds(transform, function):
    """Whether the transform has the right value at one place, by quadrature."""
    import mpmath

    f = sp.lambdify(_U, function, "mpmath")
    order = sp.Rational(7, 5)
    try:
        value = transform.subs(S, order).evalf(12)
        GammaQuotient.from_expr(transform, S)
        seen = mpmath.quad(lambda u: abs(f(u)) ** mpmath.mpf(1.4), [0, 0.5, 1])
        return bool(abs(value - seen) < 1e-8 * abs(seen))
    except (InitheoryError, TypeError, ValueError):
        return False
