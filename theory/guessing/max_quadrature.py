r"""E m m' of two maxima, and its slope, as numbers of any precision.

The outer integral runs over x, the inner one over y; Gauss-Legendre panels end where phi or the
sets {phi < phi(x)} are not smooth, and are graded around y = rho x on the scale sqrt(1 - rho^2) of
the conditional law.  Panels are halved until the value settles.
"""

from bisect import bisect
from functools import lru_cache
from itertools import pairwise

import mpmath
import sympy as sp

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
        self.rule = _gauss(8 + mpmath.mp.prec // 10)

    def f(self, y):
        return self.pieces[sum(y > cut for cut in self.cuts)][1](y)

    def ends(self, which, z):
        """The signed ends of the set of the neuron at scale * z, in standard units."""
        scale = self.scales[which]
        return [(s, e / scale) for s, e in self.sets[which].ends(z * scale)]

    def total(self, level):
        """The integral and that of the modulus."""
        total, magnitude = mpmath.mpf(0), mpmath.mpf(0)
        layers = [s * f * self.spread for f in _LAYERS[1:] for s in (1, -1)]
        others = self.features[1] if self.rho else []
        outer = [
            *self.features[0],
            *(p + d for p in self.features[0] for d in layers),
            *((p + d) / self.rho for p in others for d in layers),
        ]
        for left, right in self._panels(outer, level, self.features[0]):
            middle, half = (left + right) / 2, (right - left) / 2
            for node, weight in self.rule.nodes:
                z = middle + half * node
                first = self.f(self.scales[0] * z)
                if first:
                    value, size = self._inner(z, level)
                    total += weight * half * first * value
                    magnitude += weight * half * abs(first) * size
        return total, magnitude

    def _inner(self, z, level):
        """The integral over the second input at scale1 * z of the first."""
        rho, spread, k = self.rho, self.spread, self.size
        mine = self.ends(0, z)

        def below_x(v):
            """P(X in A(x) | Y = v)."""
            return mpmath.fsum(s * mpmath.ncdf((d - rho * v) / spread) for s, d in mine)

        layers = [rho * z + s * f * spread for f in _LAYERS for s in (1, -1)]
        if rho:
            steps = [s * f * spread / rho for f in _LAYERS for s in (1, -1)]
            layers += [d / rho + step for _, d in mine if mpmath.isfinite(d) for step in steps]
        panels = list(self._panels([*self.features[1], *layers], level, self.features[1]))
        primitive = _Primitive(lambda v: mpmath.npdf(v) * below_x(v), panels, self.rule)
        total, magnitude, density = mpmath.mpf(0), mpmath.mpf(0), mpmath.npdf(z)
        for left, right in panels:
            middle, half = (left + right) / 2, (right - left) / 2
            for node, weight in self.rule.nodes:
                w = middle + half * node
                second = self.f(self.scales[1] * w)
                if not second:
                    continue
                yours = self.ends(1, w)
                joint = mpmath.fsum(t * primitive(e) for t, e in yours)
                same = density * mpmath.npdf((w - rho * z) / spread) / spread
                same *= joint ** (k - 1)
                if not self.slope:
                    below_y = mpmath.fsum(
                        t * mpmath.ncdf((e - rho * z) / spread) for t, e in yours
                    )
                    two = density * mpmath.npdf(w) * below_x(w) * below_y
                    same += (k - 1) * two * (joint ** (k - 2) if k > 2 else 1)
                term = weight * half * k * second * same
                total += term
                magnitude += abs(term)
        return total, magnitude

    def _panels(self, places, level, features):
        """Panels that end at ``places`` and are halved ``level`` times."""
        reach = self.reach
        edges = {-reach, reach, *(p for p in places if abs(p) < reach)}
        if not self.smooth:  # roots of the measure of a set start at these places
            steps = [s * mpmath.mpf(4) ** -j for j in range(1, 8 + 4 * level) for s in (1, -1)]
            edges |= {p + step for p in features for step in steps if abs(p + step) < reach}
        longest = mpmath.mpf(3) / 2**level
        for left, right in pairwise(sorted(edges)):
            if right - left < mpmath.ldexp(1, -mpmath.mp.prec // 2):
                continue
            parts = int(mpmath.ceil((right - left) / longest))
            for part in range(parts):
                yield (
                    left + (right - left) * part / parts,
                    left + (right - left) * (part + 1) / parts,
                )


class _Primitive:
    """The integral of a function from the first panel on, at any place inside the panels."""

    def __init__(self, function, panels, rule):
        self.lefts, self.panels, self.rule = [left for left, _ in panels], [], rule
        total = mpmath.mpf(0)
        for left, right in panels:
            middle, half = (left + right) / 2, (right - left) / 2
            values = [function(middle + half * node) for node, _ in rule.nodes]
            coefficients = rule.coefficients(values)
            self.panels.append((middle, half, total, coefficients))
            total += 2 * half * coefficients[0]
        self.total = total

    def __call__(self, place):
        index = bisect(self.lefts, place) - 1
        if index < 0:
            return mpmath.mpf(0)
        middle, half, before, coefficients = self.panels[index]
        if place >= middle + half:
            return self.total if index == len(self.panels) - 1 else self.panels[index + 1][2]
        return before + half * _integrated(coefficients, (place - middle) / half)


class _Gauss:
    """The Gauss-Legendre rule with ``count`` nodes, and coefficients from values there."""

    def __init__(self, count):
        self.nodes = []
        for i in range(1, count + 1):
            start = mpmath.cos(mpmath.pi * (i - mpmath.mpf("0.25")) / (count + mpmath.mpf("0.5")))
            z = start
            for _ in range(2 + mpmath.mp.prec.bit_length()):
                below, here = mpmath.mpf(1), z
                for n in range(2, count + 1):
                    below, here = here, ((2 * n - 1) * z * here - (n - 1) * below) / n
                slope = count * (below - z * here) / (1 - z * z)
                z -= here / slope
            self.nodes.append((z, 2 / ((1 - z * z) * slope**2)))
        self._basis = [
            [
                weight * (2 * degree + 1) / 2 * mpmath.legendre(degree, node)
                for node, weight in self.nodes
            ]
            for degree in range(count)
        ]

    def coefficients(self, values):
        """c with f = sum c_l P_l."""
        return [mpmath.fdot(row, values) for row in self._basis]


@lru_cache(maxsize=16)
def _rule(count, prec):
    return _Gauss(count)


def _gauss(count):
    return _rule(count, mpmath.mp.prec)


def _integrated(coefficients, place):
    """The integral of sum c_l P_l from -1 to ``place``."""
    before, here = mpmath.mpf(1), place
    total = coefficients[0] * (place + 1)
    for degree in range(1, len(coefficients)):
        after = ((2 * degree + 1) * place * here - degree * before) / (degree + 1)
        total += coefficients[degree] * (after - before) / (2 * degree + 1)
        before, here = here, after
    return total


def _rises(sets):
    """Whether every set is a half-line."""
    return all(len({s.trend for s in each.segments} - {0}) <= 1 for each in sets)
