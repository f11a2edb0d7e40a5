r"""E f(X) g(Y) for correlated Gaussians as a ball: a certified Gauss rule of certified integrals.

With X = m1 + s1 x and Y = m2 + s2 (rho x + w v), w = sqrt(1 - rho^2), x and v independent
standard normal,

    E f(X) g(Y) = \int F(v) n(v) dv,    F(v) = \int f(X) g(Y) n(x) dx.

A kink of f lies at a fixed x, one of g at x = (y - w v)/rho, so F is analytic between the values
of v where two kinks meet, and the smoother the closer |rho| is to 1.  Each panel between meeting
points gets an n-point Gauss-Legendre rule.  If F n is analytic with |F n| <= M in the ellipse with
foci at the ends of the panel and sum of semi-axes r (in half lengths h), the error is at most

    (64/15) h M r^(-2n) / (1 - r^(-2))         (n >= 2);

expand in Chebyshev polynomials: the rule is exact up to degree 2n - 1, |a_k| <= 2 M r^(-k), and
an even T_k contributes at most 2 + 2/(k^2 - 1).  M comes from crude ball arithmetic on the whole
ellipse, which also proves analyticity.

Source: the error bound is Theorem 4.5 of L. N. Trefethen, "Is Gauss quadrature better than
Clenshaw-Curtis?", SIAM Review 50 (2008).
"""

import itertools
import math
from functools import lru_cache

from theory.errors import PrecisionError

from .gaussian_balls import gaussian_integral

__all__ = ["Plane"]

_BOUND_BITS = 40
_MOST_PANELS = 500
_CELL = 0.7
_MOST_CELL_CUTS = 6
_RADII = (2.2, 3.5, 5.5, 9.0)


class Plane:
    """One expectation E f(X) g(Y): ``ball(bits)`` encloses it, all other data given as balls.

    ``deviations`` is (s1, s2, rho, w).  Rather let the second variable be the one of smaller
    variance: F is then the smoother.
    """

    def __init__(self, f, g, variable, parameters, means, deviations, values, parity):
        self._first = gaussian_integral(f, variable, parameters)
        self._second = gaussian_integral(g, variable, parameters)
        self._squares = [gaussian_integral(h**2, variable, parameters) for h in (f, g)]
        self._means, self._values = means, list(values)
        self._s1, self._s2, self._rho, self._w = deviations
        self._mirrored = parity
        self._label = f"E[({f})*({g})]"

    def ball(self, bits):
        """The enclosure, with an error aimed at 2**-bits of sqrt(E f^2 E g^2)."""
        from flint import arb

        sizes = [
            square(mean, s * s, self._values).abs_upper().sqrt()
            for square, mean, s in zip(
                self._squares, self._means, (self._s1, self._s2), strict=True
            )
        ]
        scale = sizes[0] * sizes[1]
        if not scale.is_finite():
            return arb.nan()
        goal = (scale * arb(2) ** -bits).abs_upper()
        if goal == 0:
            return arb(0)
        self._limit_x, tail = self._cut_first(goal, sizes)
        limit_v = arb(math.sqrt(4 * math.log(2) * (bits + 3)))
        mass = (limit_v / arb(2).sqrt()).erfc().abs_upper()
        tail = (tail + scale * mass.sqrt()).abs_upper()
        self._relative = arb(2) ** -bits
        total, panels = arb(0), self._panels(limit_v)
        spent = 0
        while panels:
            spent += 1
            if spent > _MOST_PANELS:
                raise PrecisionError(
                    f"{self._label} varies too quickly for a certified two-variable rule; ask for "
                    "fewer digits, or use evalf"
                )
            panel = panels.pop()
            part = self._panel(*panel, goal, bits)
            if part is None:
                low, high = panel
                middle = ((low + high) / 2).mid()
                panels += [(low, middle), (middle, high)]
            else:
                total += part
        if self._mirrored:
            total *= 2
        return total / (2 * arb.pi()) + arb(0, tail)

    def _cut_first(self, goal, sizes):
        """(L, bound of E|f g| over |x| > L), by Cauchy and Schwarz."""
        from flint import arb

        square, mean, s = self._squares[0], self._means[0], self._s1
        cutoff = (sizes[1] / goal).log()
        cutoff = arb(math.sqrt(max(2.0, 4 * float(cutoff.mid()))) + 2)
        for _ in range(60):
            sides = [
                square.one_tail(sign, mean, (s * s).upper(), s, cutoff, self._values)
                for sign in (1, -1)
            ]
            if None not in sides:
                tail = (sides[0] + sides[1]).abs_upper().sqrt() * sizes[1]
                if tail <= goal:
                    return cutoff, tail.abs_upper()
            cutoff = (cutoff * arb("1.1")).mid()
        raise PrecisionError(f"no tail bound for {self._label}; lower the variance")

    # ------------------------------------------------------------ where the kinks are

    def _kinks(self, integral, mean, deviation):
        return [(s.lower(self._values) - mean) / deviation for s in integral.segments[1:]]

    def _fixed(self):
        """Kinks of f in x, ascending, inside the limits, and the index of the first piece."""
        return self._kinks(self._first, self._means[0], self._s1)

    def _standard_second(self):
        return self._kinks(self._second, self._means[1], self._s2)

    def _panels(self, limit):
        """[-limit, limit] (half of it if mirrored), cut where two kinks meet."""
        from flint import arb

        places = [*self._fixed(), -self._limit_x, self._limit_x]
        meetings = [
            ((y - self._rho * x) / self._w) for y in self._standard_second() for x in places
        ]
        start = arb(0) if self._mirrored else -limit
        if not all(m.is_finite() for m in meetings):
            raise PrecisionError(f"the kinks in {self._label} are not located; narrow the values")
        inside = [m for m in meetings if m.mid() > start and m.mid() < limit]
        ends = [start, *sorted(inside, key=lambda m: m.mid()), limit]
        if len(ends) == 2 and not self._mirrored:
            ends.insert(1, arb(0))
        return [(a, b) for a, b in itertools.pairwise(ends) if a.mid() < b.mid()]

    def _path(self, v, centre):
        """Ends of the smooth pieces in x at ``v``, [(place, moves)], and the pieces between.

        The order is that at the real number ``centre``.
        """
        fixed = [(x, x.mid(), 0) for x in self._fixed()]
        moving = [
            ((y - self._w * v) / self._rho, ((y - self._w * centre) / self._rho).mid(), 1)
            for y in self._standard_second()
        ]
        limit = self._limit_x
        ends = sorted([*fixed, *moving], key=lambda end: end[1])
        ups = self._rho > 0
        i, j = 0, 0 if ups else len(self._second.segments) - 1
        path, pieces = [(-self._limit_x, 0)], []
        for place, middle, moves in ends:
            inside = -limit < middle < limit
            if inside:
                path.append((place, moves))
                pieces.append((i, j))
            elif middle >= limit:
                break
            if moves:
                j += 1 if ups else -1
            else:
                i += 1
        path.append((self._limit_x, 0))
        pieces.append((i, j))
        return path, pieces

    # ------------------------------------------------------------ one panel

    def _panel(self, low, high, goal, bits):
        """The integral of F n sqrt(2 pi)^2 over one panel, or None if it should be halved."""
        from flint import arb, ctx

        doubt, low, high = low.rad() + high.rad(), low.mid(), high.mid()
        centre, half = ((low + high) / 2).mid(), ((high - low) / 2).mid()
        best = None
        most = int(0.35 * bits) + 16
        with ctx.workprec(_BOUND_BITS):
            for radius in _RADII:
                size = self._largest(centre, half, radius, goal)
                if size is None:
                    break
                error = arb(64) / 15 * half * size / (1 - arb(radius) ** -2)
                # where F vanishes (a half-line of the other variable) any rule is exact
                bits_needed = (error / goal).log().upper() if error > 0 else 0.0
                need = float(bits_needed) / (2 * math.log(radius))
                count = max(2, math.ceil(need))
                if best is None or count < best[0]:
                    best = count, (error * arb(radius) ** (-2 * count)).abs_upper()
                    # a meeting place is a ball: inside it the neighbour's F n is the true one,
                    # which is bounded on the neighbour's own ellipse
                    overhang = half * arb((radius - 1) ** 2 / (2 * radius))
                    slack = (doubt * size).abs_upper() if doubt < overhang else arb.nan()
                if need <= 2:
                    break
        if best is None or best[0] > most:
            return None
        count, error = best
        total = arb(0)
        for node, weight in _gauss(count, ctx.prec):
            v = centre + half * node
            density = (-v * v / 2).exp() * half * weight
            total += density * self._inner(v, goal / density.abs_upper())
        return total + arb(0, (error + slack).abs_upper())

    def _largest(self, centre, half, radius, goal):
        """A bound of |F n| 2 pi on the ellipse, None if it is not seen to be analytic there."""
        from flint import acb, arb

        a, b = (radius + 1 / radius) / 2, (radius - 1 / radius) / 2
        cells = []
        across = 4
        for k in range(-across, across):
            left, right = a * k / across, a * (k + 1) / across
            nearest = 0 if left * right <= 0 else min(abs(left), abs(right)) / a
            top = b * math.sqrt(max(0.0, 1 - nearest**2)) * 1.0001
            real = centre + half * arb(left).union(arb(right))
            for low, high in ((0, top / 2), (top / 2, top)):
                cells.append(acb(real, half * arb(low).union(arb(high))))
        worst = arb(0)
        for cell in cells:
            size = self._size(cell, centre)
            if size is None:
                return None
            worst = worst.max(size)
        return worst.abs_upper()

    def _size(self, v, centre):
        from flint import acb, arb

        path, pieces = self._path(v, centre)
        density = abs((-v * v / 2).exp()).abs_upper()
        shift = acb(self._means[1]) + self._s2 * self._w * v
        total = arb(0)
        for (start, moves), (stop, stops), (i, j) in zip(path[:-1], path[1:], pieces, strict=True):
            f, g = self._first.segments[i], self._second.segments[j]
            if f.piece.expr.is_zero or g.piece.expr.is_zero:
                continue
            part = self._piece_size(f, g, start, stop, moves or stops, shift)
            if part is None:
                return None
            total += part
        return density * total

    def _piece_size(self, f, g, start, stop, moving, shift):
        from flint import acb, arb

        length = abs(acb(stop) - acb(start)).abs_upper()
        count = max(1, math.ceil(float(length) / _CELL))
        todo = [(k / count, (k + 1) / count, 0) for k in range(count)]
        total, fixed = arb(0), [acb(value) for value in self._values]
        slope = self._s2 * self._rho
        while todo:
            low, high, cuts = todo.pop()
            part = arb(low).union(arb(high))
            x = start + (stop - start) * part
            if moving:
                first = f.program.complex([self._means[0] + self._s1 * x, *fixed], True)
            else:
                first = acb(f.program.real([self._means[0] + self._s1 * x, *self._values]))
            second = g.program.complex([shift + slope * x, *fixed], True)
            value = abs(first * second * (-acb(x) * x / 2).exp()) * length * (high - low)
            if value.is_finite():
                total += value.abs_upper()
            elif cuts >= _MOST_CELL_CUTS:
                return None
            else:
                middle = (low + high) / 2
                todo += [(low, middle, cuts + 1), (middle, high, cuts + 1)]
        return total

    def _inner(self, v, goal):
        """sqrt(2 pi) F(v) for a real ball v."""
        from flint import acb, arb

        path, pieces = self._path(v, v)
        shift, slope = self._means[1] + self._s2 * self._w * v, self._s2 * self._rho
        fixed = [acb(value) for value in self._values]
        total = arb(0)
        for (start, _), (stop, _), (i, j) in zip(path[:-1], path[1:], pieces, strict=True):
            f, g = self._first.segments[i], self._second.segments[j]
            if f.piece.expr.is_zero or g.piece.expr.is_zero:
                continue

            def integrand(x, analytic, f=f, g=g):
                weight = (-x * x / 2).exp()
                if not analytic and x.imag == 0:
                    x = x.real
                    first = f.program.real([self._means[0] + self._s1 * x, *self._values])
                    return weight * first * g.program.real([shift + slope * x, *self._values])
                first = f.program.complex([self._means[0] + self._s1 * x, *fixed], analytic)
                return weight * first * g.program.complex([shift + slope * x, *fixed], analytic)

            low, high = acb(start.mid()), acb(stop.mid())
            knots = [low, acb(0), high] if start < 0 and stop > 0 else [low, high]
            for a, b in itertools.pairwise(knots):
                total += acb.integral(integrand, a, b, abs_tol=goal, rel_tol=self._relative).real
            for end in (start, stop):
                if not end.is_exact():
                    total += arb(0, end.rad()) * integrand(acb(end), False).real
        return total


@lru_cache(maxsize=256)
def _gauss(count, prec):
    """Nodes and weights of Gauss-Legendre on [-1, 1] as balls."""
    from flint import arb

    return tuple(arb.legendre_p_root(count, k, True) for k in range(count))
