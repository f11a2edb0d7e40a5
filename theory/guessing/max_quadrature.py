r"""E m m' of two maxima, and its slope, as numbers of any precision.

With F and G the distributions of phi(X) and of (phi(X), phi(Y)), Hoeffding's formula

    E m m' - E m E m' = iint [G(s, s')^k - F(s)^k F'(s')^k] ds ds'

and its derivative in rho run over levels s (:mod:`theory.guessing.level_sweep`).  G - F F' is
Mehler's series in h_n = He_n n/sqrt(n!), n the density, at the signed ends of {phi < s}:

    G - F F' = sum_n rho^(n+1)/(n+1) B_n(s) B'_n(s'),    B_n = sum_i t_i h_n(e_i).

The sums over n are done in whole numbers (fixed point), which is much faster than in floats;
panels of levels are shortened until the value settles.
"""

from itertools import pairwise
from operator import mul

import mpmath
import sympy as sp

from ..bound import BOUND
from ..errors import InputError, PrecisionError
from ..pieces import jumps
from ..quadrature import number
from .level_sweep import level_nodes
from .lower_set import LowerSets

__all__ = ["pair_of_maxima"]

_MOST_LEVELS = 7
_MOST_TERMS = 20_000


def pair_of_maxima(node, prec) -> sp.Float:
    """A MaxKernel or MaxSlope without free symbols, as a Float of ``prec`` bits.

    Raises InputError where rho is not inside (-1, 1), PrecisionError if the panels do not settle
    or rho is so close to 1 or -1 that Mehler's series is too long.
    """
    with mpmath.workprec(prec + 15):
        phi, size, q1, q2, rho = node.args
        q1, q2, rho = (number(a) for a in (q1, q2, rho))
        if not (q1 > 0 and q2 > 0 and abs(rho) < 1):
            raise InputError(
                "two maxima were asked for at variances "
                f"{mpmath.nstr(q1, 6)}, {mpmath.nstr(q2, 6)} and correlation "
                f"{mpmath.nstr(rho, 6)}; give positive variances and a correlation inside (-1, 1)"
            )
        slope = type(node).__name__ == "MaxSlope"
        if slope and jumps(phi, 0, BOUND):
            raise InputError("the slope of two maxima is a function only if phi does not jump")
        scales = [mpmath.sqrt(q) for q in ((q1,) if q1 == q2 else (q1, q2))]
        sets = [LowerSets(phi, BOUND, scale) for scale in scales]
        value = _total(sets, int(size), rho, slope, 0)
        for level in range(1, _MOST_LEVELS):
            previous, value = value, _total(sets, int(size), rho, slope, level)
            gap = abs(value - previous)
            if gap <= mpmath.ldexp(abs(value), -prec + 2):
                break
        else:
            raise PrecisionError(
                f"two maxima of {phi.xreplace({BOUND: sp.Symbol('x')})} settled to a relative "
                f"{mpmath.nstr(gap / abs(value), 2)} only; ask for fewer digits"
            )
        if slope:
            value /= mpmath.sqrt(q1 * q2)
    return sp.Float._new(value._mpf_, prec)


def _total(sets, size, rho, slope, level):
    """E m m', or d/drho of it."""
    origin = sets[0].value_at_zero()
    nodes = [level_nodes(each, origin, level) for each in sets]
    weight = max(mpmath.fsum(n.weight for n in each) for each in nodes)
    bits = mpmath.mp.prec + 15 + 2 * max(0, int(mpmath.ceil(mpmath.log(1 + weight, 2))))
    with mpmath.workprec(bits):
        terms = _terms(rho, bits)
        tables = [_Table(each, size, terms, bits) for each in nodes]
        first, last = tables[0], tables[-1]
        value = _pairs(first, last, size, rho, slope, bits)
        if not slope:
            value += (origin + first.mean) * (origin + last.mean)
    return +value


def _terms(rho, bits):
    count = 2 if not rho else 2 - int(mpmath.floor(bits * mpmath.log(2) / mpmath.log(abs(rho))))
    if count > _MOST_TERMS:
        raise PrecisionError(
            f"two maxima at correlation {mpmath.nstr(rho, 8)} need {count} terms; take a "
            "correlation further from 1 and -1, or the numeric correlation map"
        )
    return count


class _Table:
    """Weights, ranks F and B_n of the nodes in fixed point, and E m - phi(0)."""

    def __init__(self, nodes, size, terms, bits):
        self.bits = bits
        self.weights = [self.fixed(n.weight) for n in nodes]
        ranks = [mpmath.fsum(sign * mpmath.ncdf(e) for sign, e in n.ends) for n in nodes]
        self.ranks = [self.fixed(r) for r in ranks]
        self.mean = mpmath.fsum(
            n.weight * (1 - r**size if n.above else -(r**size))
            for n, r in zip(nodes, ranks, strict=True)
        )
        roots = [mpmath.sqrt(n) for n in range(terms + 1)]
        self.rows = [self._row(n.ends, terms, roots) for n in nodes]

    def fixed(self, value):
        """A number times 2^bits, rounded."""
        return int(mpmath.nint(mpmath.ldexp(value, self.bits)))

    def _row(self, ends, terms, roots):
        """B_n, n < terms, by the recurrence of Hermite polynomials."""
        total, bits = [0] * terms, self.bits
        scales = [(self.fixed(a), self.fixed(b)) for a, b in _steps(roots)]
        for sign, end in ends:
            before, here, place = 0, self.fixed(mpmath.npdf(end)), self.fixed(end)
            for n in range(terms):
                total[n] += sign * here
                up, back = scales[n]
                lead = (place * here) >> bits
                before, here = here, (up * lead - back * before) >> bits
        return total


def _steps(roots):
    """h_(n+1) = up x h_n - back h_(n-1)."""
    return [(1 / b, a / b) for a, b in pairwise(roots)]


def _pairs(first, last, size, rho, slope, bits):
    """The double sum over levels."""
    count = len(first.rows[0])
    one = 1 << bits
    powers = [first.fixed(rho**n) for n in range(count)]
    shares = [(p * first.fixed(rho)) // ((n + 1) << bits) for n, p in enumerate(powers)]
    mirrored, total = first is last, 0
    for i, row in enumerate(first.rows):
        scaled = [(a * b) >> bits for a, b in zip(row, shares, strict=True)]
        dense = [(a * b) >> bits for a, b in zip(row, powers, strict=True)] if slope else ()
        line = 0
        for j, other in enumerate(last.rows[: i + 1] if mirrored else last.rows):
            excess = sum(map(mul, scaled, other)) >> bits
            plain = (first.ranks[i] * last.ranks[j]) >> bits
            both, value, power = plain + excess, 0, one
            if slope:
                value = size * sum(map(mul, dense, other)) >> bits
                for _ in range(size - 1):
                    value = (value * both) >> bits
            else:
                for _ in range(size):
                    value, power = ((value * both) >> bits) + power, (power * plain) >> bits
                value = (value * excess) >> bits
            line += value * last.weights[j] * (2 if mirrored and j < i else 1)
        total += (line >> bits) * first.weights[i]
    return mpmath.ldexp(mpmath.mpf(total), -2 * bits)
