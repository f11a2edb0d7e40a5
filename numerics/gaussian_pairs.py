r"""E f(X) g(Y) for correlated Gaussians as a ball, by two certified routes.

With X = m1 + sqrt(q1) U, Y = m2 + sqrt(q2) W and corr(U, W) = rho,

    E f(X) g(Y) = sum_n a_n b_n rho^n,   a_n = E f(X) He_n(U)/sqrt(n!),   b_n alike.

*Hermite.*  By Cauchy and Schwarz what follows the term N is at most
|rho|^(N+1) sqrt((E f^2 - sum a_n^2)(E g^2 - sum b_n^2)); every number here is a certified
one-dimensional integral.  This is fast for smooth functions and |rho| away from 1.
*Plane.*  A Gauss rule of certified inner integrals (:mod:`numerics.gaussian_plane`), for any
|rho| < 1, kinks included.
"""

import math

import sympy as sp

from .gaussian_balls import gaussian_integral
from .gaussian_plane import Plane

__all__ = ["hermite_pair", "pair_ball"]

_S = sp.Dummy("s", positive=True)
_M = sp.Dummy("m", real=True)
_MOST_TERMS = 200
#: The series is used where the powers of rho alone make it this short.
_SERIES_TERMS = 85


def pair_ball(f, g, variable, parameters, means, covariance, values, bits):
    """The ball of E f(X) g(Y); ``bits`` is the relative accuracy that is aimed at.

    ``means`` is (m1, m2) and ``covariance`` (q1, c, q2), all real balls.
    """
    from flint import arb

    q1, c, q2 = covariance
    rho = c / (q1 * q2).sqrt()
    if c == 0:
        return _single(f, variable, parameters, means[0], q1, values) * _single(
            g, variable, parameters, means[1], q2, values
        )
    if c * c == q1 * q2 or abs(rho).lower() >= 1:
        return _degenerate(f, g, variable, parameters, means, (q1, q2), c, values)
    if rho.rad() > 1e-9 and f == g and means[0] == means[1] and q1 == q2:
        return _on_correlations(f, variable, parameters, means, q1, rho, values, bits)
    bits = _attainable(bits, (*means, q1, rho, q2, *values))
    arguments = (f, g, variable, parameters, means, covariance, values)
    if bits * math.log(2) <= -math.log(float(abs(rho).upper())) * _SERIES_TERMS:
        found = hermite_pair(*arguments, target=arb(2) ** -bits)
        if found is not None:
            return found
    found = plane_pair(*arguments, bits=bits)
    size = abs(found).abs_lower()
    if size > 0 and found.rad() > size * arb(2) ** (1 - bits):
        # sqrt(E f^2 E g^2), on which the accuracy was measured, is far larger than E f g
        missing = math.ceil(float((found.rad() / size).log()) / math.log(2)) + bits
        if missing <= 4 * bits:
            found = plane_pair(*arguments, bits=bits + missing)
    return found


def _on_correlations(f, variable, parameters, means, q, rho, values, bits):
    """K(rho) = sum a_n^2 rho^n on a wide ball: it increases for rho >= 0, and
    |K(-r) - a_0^2| <= K(r) - a_0^2."""
    from flint import arb

    def at(r):
        return pair_ball(f, f, variable, parameters, means, (q, q * r, q), values, bits)

    one, zero = arb(1), arb(0)
    low, high = arb.max(rho.lower(), -one), arb.min(rho.upper(), one)
    parity = _parity(f, variable) if means == (0, 0) else None
    if low < 0 and parity is not None:
        reach = at(arb.max(-low, high))
        if high <= 0:
            reach = reach.union(at(-high))
            return reach if parity == "even" else -reach
        if parity == "even":
            return at(zero).union(reach)
        return (-at(-low)).union(at(high))
    if low < 0:
        return (2 * at(zero) - at(-low)).union(at(arb.max(-low, high)))
    return at(low).union(at(high))


def _attainable(bits, balls):
    """No more bits than intervals among the data let survive."""
    widest = max(float(b.rad()) / max(1e-3, float(abs(b.mid()))) for b in balls)
    return bits if widest == 0 else max(8, min(bits, int(-math.log2(widest)) + 10))


def plane_pair(f, g, variable, parameters, means, covariance, values, bits):
    """The rule in the plane, with the factor of smaller variance in second place."""
    from flint import arb

    q1, c, q2 = covariance
    if q2.mid() > q1.mid():
        f, g, means, q1, q2 = g, f, means[::-1], q2, q1
    s1, s2 = q1.sqrt(), q2.sqrt()
    rho = c / (s1 * s2)
    w = ((q1 * q2 - c * c) / (q1 * q2)).nonnegative_part().sqrt()
    parities = _parity(f, variable), _parity(g, variable)
    centred = all(mean == 0 for mean in means)
    if centred and set(parities) == {"even", "odd"}:
        return arb(0)
    mirrored = centred and None not in parities
    plane = Plane(f, g, variable, parameters, means, (s1, s2, rho, w), values, mirrored)
    return plane.ball(bits + 6)  # several errors add up


def _single(f, variable, parameters, mean, variance, values, degree=0):
    return gaussian_integral(f, variable, parameters)(mean, variance, values, degree)


def _degenerate(f, g, variable, parameters, means, variances, c, values):
    """rho = +-1: one Gaussian variable is left, Y = m2 +- sqrt(q2/q1) (X - m1)."""
    moved = g.subs(variable, _M + _S * (variable - sp.Dummy("m1")))
    shift = next(iter(moved.free_symbols - g.free_symbols - {_M, _S, variable}), None)
    names = (*parameters, _M, _S, *(() if shift is None else (shift,)))
    slope = (variances[1] / variances[0]).sqrt()
    slope = slope if c > 0 else -slope
    extra = [means[1], slope] + ([] if shift is None else [means[0]])
    integral = gaussian_integral(f * moved, variable, names)
    return integral(means[0], variances[0], [*values, *extra])


# ---------------------------------------------------------------- Hermite


def hermite_pair(f, g, variable, parameters, means, covariance, values, target):
    """Partial sum with its remainder, or None if ``target`` stays out of reach."""
    from flint import arb

    q1, c, q2 = covariance
    rho = c / (q1 * q2).sqrt()
    twins = f == g and means[0] == means[1] and q1 == q2
    size = abs(rho).abs_upper()
    left = _single(f**2, variable, parameters, means[0], q1, values)
    right = left if twins else _single(g**2, variable, parameters, means[1], q2, values)
    step = 1
    parity = {_parity(f, variable), _parity(g, variable)} if means == (0, 0) else {None}
    if parity == {"even", "odd"}:
        return arb(0)
    if len(parity) == 1 and None not in parity:
        step = 2
    first = 1 if parity == {"odd"} else 0
    total, power, rests = arb(0), rho**first, []
    for degree in range(first, _MOST_TERMS, step):
        a = _single(f, variable, parameters, means[0], q1, values, degree)
        b = a if twins else _single(g, variable, parameters, means[1], q2, values, degree)
        total += a * b * power
        power *= rho**step
        left, right = left - a * a, right - b * b
        rest = (left.abs_upper() * right.abs_upper()).sqrt() * size ** (degree + step)
        goal = target * abs(total)
        if rest.upper() <= goal.lower():
            return total + arb(0, rest.abs_upper())
        rests.append(rest)
        if len(rests) > 8 and _hopeless(rests, goal, (_MOST_TERMS - degree) // step):
            return None
    return None


def _hopeless(rests, goal, terms_left):
    """Whether the decay over the last eight terms, continued, misses the goal by far."""
    decay = float((rests[-1] / rests[-9]).mid()) ** (terms_left / 8)
    return float((rests[-1] / goal).mid()) * decay > 1e3


def _parity(f, variable):
    mirrored = f.subs(variable, -variable)
    if sp.expand(mirrored - f) == 0:
        return "even"
    return "odd" if sp.expand(mirrored + f) == 0 else None
