r"""E m m' of two maxima, and its slope, as numbers of any precision.

The outer integral runs over x, the inner one over y; Gauss-Legendre panels end where phi or the
sets {phi < phi(x)} are not smooth, and are graded around y = rho x on the scale sqrt(1 - rho^2) of
the conditional law.  Panels are halved until the value settles.
"""

import mpmath
import sympy as sp

from ..bivariate_normal import NUMERIC as NORMAL
from ..bound import BOUND
from ..errors import InputError, PrecisionError
from ..pieces import jumps, pieces
from ..quadrature import number
from ..special import NUMERIC
from .lower_set import LowerSets

__all__ = ["pair_of_maxima"]

_LAYERS = (0, 1, 2.5, 4.5, 8)
_MOST_LEVELS = 4


def pair_of_maxima(node, prec) -> sp.Float:
    """A MaxKernel or MaxSlope without free symbols, as a Float of ``prec`` bits.

    Raises InputError where rho is not inside (-1, 1), PrecisionError if the panels do not settle.
    """
    with mpmath.workprec(prec + 15):
        _, _, q1, q2, rho = node.args
        q1, q2, rho = (number(a) for a in (q1, q2, rho))
        if not (q1 > 0 and q2 > 0 and abs(rho) < 1):
            raise InputError(
                "two maxima were asked for at variances "
                f"{mpmath.nstr(q1, 6)}, {mpmath.nstr(q2, 6)} and correlation "
                f"{mpmath.nstr(rho, 6)}; give positive variances and a correlation inside (-1, 1)"
            )
        rule = _Rule(node, mpmath.sqrt(q1), mpmath.sqrt(q2), rho)
        value = rule.total(0)
        for level in range(1, _MOST_LEVELS):
            previous, value = value, rule.total(level)
            gap = abs(value[0] - previous[0])
            if gap <= mpmath.ldexp(value[1], -prec + 2):
                break
        else:
            raise PrecisionError(
                f"two maxima of {node.args[0].xreplace({BOUND: sp.Symbol('x')})} settled to a "
                f"relative {mpmath.nstr(gap / value[1], 2)} only; ask for fewer digits"
            )
    return sp.Float._new(value[0]._mpf_, prec)


class _Rule:
    """The double sum over panels."""

    def __init__(self, node, s1, s2, rho):
        phi, size = node.args[0], int(node.args[1])
        self.size, self.rho, self.scales = size, rho, (s1, s2)
        self.spread = mpmath.sqrt(1 - rho * rho)
        self.sets = [LowerSets(phi, BOUND, s) for s in (s1, s2)]
        self.slope = type(node).__name__ == "MaxSlope"
        if self.slope and jumps(phi, 0, BOUND):
            raise InputError("the slope of two maxima is a function only if phi does not jump")
        self.pieces = [
            (
                piece.lower,
                sp.lambdify(
                    BOUND,
                    sp.diff(piece.expr, BOUND) if self.slope else piece.expr,
                    modules=[NUMERIC, "mpmath"],
                ),
            )
            for piece in pieces(phi, BOUND)
        ]
        self.cuts = [number(lower) for lower, _ in self.pieces[1:]]
        self.features = [
            sorted({*(p / s for p in sets.features()), *(c / s for c in self.cuts)})
            for sets, s in zip(self.sets, (s1, s2), strict=True)
        ]
        self.smooth = all(len(sets.segments) == 1 for sets in self.sets) or _rises(self.sets)
        self.reach = mpmath.sqrt(2 * mpmath.mp.prec * mpmath.log(2)) + 1
        count = 8 + mpmath.mp.prec // 10
        self.rule = _gauss(count)

    def f(self, y):
        return self.pieces[sum(y > cut for cut in self.cuts)][1](y)

    def ends(self, which, z):
        """The signed ends of the set of the neuron at scale * z, in standard units."""
        scale = self.scales[which]
        return [(s, e / scale) for s, e in self.sets[which].ends(z * scale)]

    def total(self, level):
        total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
        layers = [s * f * self.spread for f in _LAYERS[1:] for s in (1, -1)]
        outer = [
            *self.features[0],
            *(p + d for p in self.features[0] for d in layers),
            *(p / self.rho + d / self.rho for p in self.features[1] for d in layers if self.rho),
        ]
        for z, weight in self._nodes(outer, level, self.features[0]):
            value, size = self._inner(z, level)
            total += weight * value
            magnitude += weight * size
        return total, magnitude

    def _inner(self, z, level):
        """The integral over the second input at scale1 * z of the first."""
        first, rho, spread = self.f(self.scales[0] * z), self.rho, self.spread
        mine, k = self.ends(0, z), self.size
        layers = [rho * z + s * f * spread for f in _LAYERS for s in (1, -1)]
        total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
        density = mpmath.npdf(z)
        for w, weight in self._nodes([*self.features[1], *layers], level, self.features[1]):
            yours = self.ends(1, w)
            joint = mpmath.fsum(s * t * _both(d, e, rho) for s, d in mine for t, e in yours)
            same = density * mpmath.npdf((w - rho * z) / spread) / spread * joint ** (k - 1)
            if not self.slope:
                below_y = mpmath.fsum(t * mpmath.ncdf((e - rho * z) / spread) for t, e in yours)
                below_x = mpmath.fsum(s * mpmath.ncdf((d - rho * w) / spread) for s, d in mine)
                same += (
                    (k - 1)
                    * density
                    * mpmath.npdf(w)
                    * below_x
                    * below_y
                    * (joint ** (k - 2) if k > 2 else 1)
                )
            term = weight * k * first * self.f(self.scales[1] * w) * same
            total += term
            magnitude += abs(term)
        return total, magnitude

    def _nodes(self, places, level, features):
        """Nodes and weights of panels that end at ``places`` and are halved ``level`` times."""
        reach = self.reach
        edges = {-reach, reach, *(p for p in places if abs(p) < reach)}
        if not self.smooth:  # roots of the measure of a set start at these places
            edges |= {
                p + s * mpmath.mpf(4) ** -j
                for p in features
                for j in range(1, 8 + 4 * level)
                for s in (1, -1)
                if abs(p + s * mpmath.mpf(4) ** -j) < reach
            }
        edges = sorted(edges)
        longest = mpmath.mpf("1.6") / 2**level
        for left, right in zip(edges[:-1], edges[1:], strict=True):
            if right - left < mpmath.ldexp(1, -mpmath.mp.prec // 2):
                continue
            parts = int(mpmath.ceil((right - left) / longest))
            for part in range(parts):
                half = (right - left) / (2 * parts)
                middle = left + half * (2 * part + 1)
                for node, weight in self.rule:
                    yield middle + half * node, half * weight


def _rises(sets):
    """Whether every set is a half-line."""
    return all(len({s.trend for s in each.segments} - {0}) <= 1 for each in sets)


def _both(d, e, rho):
    """P(U < d, V < e)."""
    if mpmath.isinf(d) or mpmath.isinf(e):
        return mpmath.ncdf(min(d, e)) if not (mpmath.isinf(d) and mpmath.isinf(e)) else 1
    return NORMAL["Phi2"](d, e, rho)


def _gauss(count):
    """Nodes and weights on [-1, 1] at the working precision."""
    nodes = []
    for i in range(1, count + 1):
        start = mpmath.cos(mpmath.pi * (i - mpmath.mpf("0.25")) / (count + mpmath.mpf("0.5")))
        z = mpmath.findroot(lambda t: mpmath.legendre(count, t), start)
        below = mpmath.legendre(count - 1, z)
        slope = count * (below - z * mpmath.legendre(count, z)) / (1 - z * z)
        nodes.append((z, 2 / ((1 - z * z) * slope**2)))
    return nodes
