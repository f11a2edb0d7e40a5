r"""tanh in ball arithmetic, a second route: moments, correlation map, critical and neutral points.

On the line z = x + i d, d = pi/(4 sqrt q), |tanh(sqrt q z)| = 1.  So for F bounded by B in the
strip the sum h sum_n F(sqrt q n h) n(n h), n the normal density, is off from E F by at most
2 B e^(d^2/2)/(e^(2 pi d/h) - 1), apart from the nodes left out (Trefethen & Weideman 2014,
thm 5.1).  For a_k = E tanh(sqrt q Z) He_k(Z)/sqrt(k!) the Appell identity and Cauchy-Schwarz give
B = sum_j d^j (binom(k, j)/j!)^(1/2) < e^(d sqrt k), and |He_k(x)| e^(-x^2/4) < 1.0865 sqrt(k!)
bounds the nodes left out.  By Mehler E tanh tanh' = sum a_k^2 c^k; the terms from k = N on add up
to between 0 and c^N (E tanh^2 - sum_(k < N) a_k^2).  Nothing here is from the toolkit.
"""

from collections.abc import Callable
from functools import cached_property, lru_cache

import sympy as sp

from .enclosures import ball

__all__ = [
    "Tanh",
    "critical",
    "edge_at",
    "limit",
    "line_at",
    "neutral",
    "odd_path",
    "rational",
    "ratios",
    "stationary",
]

BITS = 200
_REACH = 16


class Tanh:
    """Moments of tanh(Y), Y ~ N(0, q), as balls; q is a ball or an exact number.

    ``degree`` is the even N; the recursion of He_k loses about 3 N/4 bits.
    """

    def __init__(self, q, degree=80):
        from flint import arb

        self.degree = degree
        self.q = q if isinstance(q, arb) else ball(q)
        root = self.q.sqrt()
        self.strip = arb.pi() / (4 * root)
        self.step = arb(int(float(self.strip) * 1024 / 12)) / 1024
        self.nodes = [self.step * n for n in range(1, int(_REACH / float(self.step)) + 2)]
        self.values = [(root * z).tanh() for z in self.nodes]
        density = self.step * 2 / (2 * arb.pi()).sqrt()
        self.mass = [(-z * z / 2).exp() * density for z in self.nodes]

    def _around(self, total, bound):
        """With the error of all nodes, and of those that are left out."""
        from flint import arb

        d, far = self.strip, self.nodes[-1]
        lost = arb("0.867") * (2 / far) * (-far * far / 4).exp()
        size = 2 * bound * (d * d / 2).exp() / ((2 * arb.pi() * d / self.step).exp() - 1)
        return total + arb(0, 1) * (size + lost)

    def _even(self, function, bound, at_zero=0):
        total = sum(m * function(t) for m, t in zip(self.mass, self.values, strict=True))
        return self._around(total + at_zero * self._middle, bound)

    @property
    def _middle(self):
        from flint import arb

        return self.step / (2 * arb.pi()).sqrt()

    @cached_property
    def second(self):
        """E tanh^2."""
        return self._even(lambda t: t * t, 1)

    @cached_property
    def slope(self):
        """E tanh'^2."""
        return self._even(lambda t: (1 - t * t) ** 2, 4, 1)

    @cached_property
    def curvature(self):
        """E tanh''^2."""
        return self._even(lambda t: 4 * t * t * (1 - t * t) ** 2, 16)

    @cached_property
    def shares(self) -> dict:
        """{k: a_k^2} for odd k."""
        from flint import arb

        before, here = [arb(0)] * len(self.nodes), [arb(1)] * len(self.nodes)
        weighted = [m * t for m, t in zip(self.mass, self.values, strict=True)]
        found = {}
        for k in range(1, self.degree):
            old, new = arb(k - 1).sqrt(), arb(k).sqrt()
            before, here = here, [
                (z * b - old * a) / new
                for z, a, b in zip(self.nodes, before, here, strict=True)
            ]  # fmt: skip
            if k % 2:
                bound = (self.strip * new).exp()
                total = sum(w * p for w, p in zip(weighted, here, strict=True))
                found[k] = self._around(total, bound) ** 2
        return found

    @cached_property
    def rest(self):
        """What the terms of :attr:`shares` leave of E tanh^2."""
        left = self.second - sum(self.shares.values())
        return left.union(0 * left)

    def settled(self) -> "Tanh":
        """Itself, with all that :meth:`kernel` needs at the present precision."""
        if not self.rest.is_finite():
            raise ValueError("no finite enclosure of the series")
        return self

    def kernel(self, c):
        """E tanh(u) tanh(v) at correlation 0 <= c <= 1."""
        from flint import arb

        square, total = c * c, arb(0)
        for share in reversed(self.shares.values()):
            total = total * square + share
        left = c ** (self.degree + 1) * self.rest
        return total * c + left.union(0 * left)


def zero(f: Callable, lower, upper, width=-24):
    """The ball of a zero of an increasing function: secants, then the signs on its two sides."""
    from flint import arb

    below, above = arb(lower), arb(upper)
    a, b, fa, fb = below, above, f(below), f(above)
    tiny = arb(10) ** width
    for _ in range(60):
        place = (b - fb * (b - a) / (fb - fa)).mid()
        if not below - tiny < place < above + tiny:
            place = ((below + above) / 2).mid()
        a, fa, b = b, fb, place
        if abs(b - a) < tiny:
            break
        fb = f(b)
        below, above = (b, above) if fb < 0 else (below, b)
    low, high = (b - tiny).mid(), (b + tiny).mid()
    if not (f(low) < 0 and f(high) > 0):
        raise ValueError("no change of sign is certified")
    return low.union(high)


# ---------------------------------------------------------------- points in the plane of variances


def edge_at(q):
    """(sigma_b2, sigma_w2, C''(1)) on the edge of chaos at the variance q, as balls."""
    from flint import ctx

    with ctx.workprec(BITS):
        at = Tanh(q)
        return at.q - at.second / at.slope, 1 / at.slope, at.q * at.curvature / at.slope


def line_at(q, c="1/2"):
    """(sigma_b2, sigma_w2, chi_1) where c* is ``c``: 1 - c = sigma_w2 (W - G(c))/q, as balls."""
    from flint import ctx

    with ctx.workprec(BITS):
        at, c = Tanh(q, 64), ball(c)
        weight = at.q * (1 - c) / (at.second - at.kernel(c))
        return at.q - weight * at.second, weight, weight * at.slope


def rational(value, digits=20):
    """A rational number in the middle of a ball: enclosures there are quick."""
    return sp.Rational(value.mid().str(digits, radius=False))


@lru_cache(maxsize=16)
def critical(bias: str):
    """(q, sigma_w2, C''(1)) where chi_1 = 1 at this sigma_b2, as balls."""
    from flint import arb, ctx

    with ctx.workprec(BITS):
        q = zero(lambda q: edge_at(q)[0] - arb(bias), arb("0.3"), arb("1.5"))
        return q, *edge_at(q)[1:]


@lru_cache(maxsize=16)
def neutral(bias: str, c="1/2"):
    """(q, sigma_w2, chi_1) where c* is ``c`` at this sigma_b2, as balls."""
    from flint import arb, ctx

    with ctx.workprec(BITS):
        q = zero(lambda q: line_at(q, c)[0] - arb(bias), arb("0.6"), arb("3"), -20)
        return q, *line_at(q, c)[1:]


@lru_cache(maxsize=16)
def stationary(weight: str, bias: str):
    """(q*, chi_1, Tanh(q*)) of a network with numbers."""
    from flint import arb, ctx

    with ctx.workprec(BITS):
        q = zero(lambda q: q - arb(bias) - arb(weight) * Tanh(q).second, "0.25", "4")
        return q, arb(weight) * Tanh(q).slope, Tanh(q).settled()


@lru_cache(maxsize=16)
def limit(weight: str, bias: str):
    """c* < 1 of a chaotic network, C(c*) = c*."""
    from flint import arb, ctx

    with ctx.workprec(BITS):
        q, _, at = stationary(weight, bias)

        def excess(c):
            return c - (arb(bias) + arb(weight) * at.kernel(c)) / q

        return zero(excess, "0.1", "0.75", -15)


@lru_cache(maxsize=8)
def ratios(bias: str, depth: int) -> tuple:
    """gamma after 0 ... ``depth`` maps of the edge of chaos from c = 0."""
    from flint import arb, ctx

    with ctx.workprec(2 * BITS):
        q, weight, _ = critical(bias)
        at, c, found = Tanh(q, 240), arb(0), []
        for _ in range(depth + 1):
            found.append(c / (1 - c))
            c = 1 - weight * (at.second - at.kernel(c)) / q
        return tuple(found)


@lru_cache(maxsize=16)
def odd_path(weight, depth, q0=1.0, c0=0.6):
    """c after ``depth`` layers of tanh without biases: Mehler's series in floats."""
    import numpy as np

    z = np.linspace(-12, 12, 601)
    mass = np.exp(-z * z / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    hermite = [np.ones_like(z), z]
    for k in range(1, 60):
        hermite.append((z * hermite[k] - np.sqrt(k) * hermite[k - 1]) / np.sqrt(k + 1))
    table, powers = np.array(hermite) * mass, np.arange(61)
    variance, c = q0, c0
    for _ in range(depth):
        value = np.tanh(np.sqrt(variance) * z)
        second = mass @ value**2
        c = (table @ value) ** 2 @ c**powers / second
        variance = weight * second
    return c
