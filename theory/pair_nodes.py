r"""An activation on a grid of the normal law: one table serves every moment of a Gaussian pair.

Each smooth piece of phi is mapped on the line by x = e^{s - e^{-s}} (half-lines from an end) or
tanh-sinh (bounded pieces), where the trapezoidal rule converges geometrically whatever power phi
has at the ends.  The step is halved until the identities E W^2 E phi^2 = 1 and
E W^4 E phi^4 = 3 of an exact pair hold to the digits asked for: their residuals are errors.
"""

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import sympy as sp

from .errors import PrecisionError
from .laws.function_numbers import activation_digits
from .laws.functions import LAW_FUNCTIONS, LawActivation
from .special import NUMERIC
from .symbols import x

__all__ = ["PairNodes", "pair_nodes"]

_GUARD = 6
_HALVINGS = 3
_MOST_TERMS = 400


@dataclass(frozen=True)
class PairNodes:
    """Points x with weights that integrate against the density of N(0, scale^2).

    ``phi`` and ``slope`` are the values of phi and phi' there, all mpmath numbers.
    """

    scale: object
    places: tuple
    weights: tuple
    phi: tuple
    slope: tuple

    def mean(self, function) -> object:
        """E function(X, phi(X), phi'(X)) for X ~ N(0, scale^2)."""
        rows = zip(self.weights, self.places, self.phi, self.slope, strict=True)
        return mpmath.fsum(weight * function(*row) for weight, *row in rows)

    def hermite(self, function, whole, digits) -> list:
        """E function(phi(X)) He_k(X)/sqrt(k!) for k = 0, 1, … at scale 1.

        It stops when the squares add up to ``whole`` to 10^-digits, or where the nodes no longer
        resolve He_k: the two halves of a trapezoidal rule, every other node, differ by the square
        root of its error.
        """
        goal, known, found = mpmath.mpf(10) ** -digits, mpmath.mpf(0), []
        masses = [w * function(p) for w, p in zip(self.weights, self.phi, strict=True)]
        lower, now = [mpmath.mpf(0)] * len(masses), [mpmath.mpf(1)] * len(masses)
        odd = self._is_odd(function)
        for k in range(_MOST_TERMS):
            halves = [mpmath.fdot(masses[i::2], now[i::2]) for i in (0, 1)]
            skipped = odd is not None and k % 2 != odd
            value = mpmath.mpf(0) if skipped else halves[0] + halves[1]
            error = (halves[0] - halves[1]) ** 2
            # an error of a_k matters by its square and by the product with a_k
            if not skipped and error * max(error, abs(value)) > goal * abs(whole):
                break
            found.append(value)
            known += value**2
            if abs(whole - known) < goal * abs(whole):
                break
            root, step = mpmath.sqrt(k), mpmath.sqrt(k + 1)
            following = [
                (place * h - root * g) / step
                for place, h, g in zip(self.places, now, lower, strict=True)
            ]
            lower, now = now, following
        return found

    def _is_odd(self, function):
        """1 or 0 for an odd or even function of an odd phi with nodes on one half, else None."""
        if min(self.places) < 0:
            return None
        return int(function(mpmath.mpf(-1)) < 0)

    def at_variance(self, q) -> "PairNodes":
        """The same points with the weights of N(0, q), for q not far from scale^2."""
        old, new = self.scale, mpmath.sqrt(q)
        ratio = [
            weight * old / new * mpmath.exp(place**2 / 2 * (1 / old**2 - 1 / new**2))
            for weight, place in zip(self.weights, self.places, strict=True)
        ]
        return PairNodes(new, self.places, tuple(ratio), self.phi, self.slope)


@lru_cache(maxsize=32)
def pair_nodes(activation, second, fourth, digits, scale=1, fine=1) -> PairNodes:
    """Nodes for N(0, scale^2) on which E phi^2 = ``second``, E phi^4 = ``fourth`` at scale 1.

    The moments (SymPy numbers, or None where not known) are those of an exact pair.  At another
    scale the step that served at scale 1 is used, divided by ``fine`` for integrands that
    oscillate.  Raises PrecisionError if it does not settle.
    """
    with mpmath.workdps(digits + _GUARD):
        step = mpmath.mpf(11) / (8 * (digits + 2))
        for _ in range(_HALVINGS + 1):
            nodes = _nodes(activation, digits, step, mpmath.mpf(1))
            if _settled(nodes, second, fourth, digits):
                same = scale == 1 and fine == 1
                return nodes if same else _nodes(activation, digits, step / fine, scale)
            step /= 2
    raise PrecisionError(
        f"the moments of {activation.name} did not settle to {digits} digits; ask for fewer"
    )


def _settled(nodes, second, fourth, digits):
    goal = mpmath.mpf(10) ** (1 - digits)
    for power, exact in ((2, second), (4, fourth)):
        if exact is not None:
            found = nodes.mean(lambda z, phi, slope, k=power: phi**k)
            if abs(found / mpmath.mpmathify(sp.N(exact, digits + _GUARD)) - 1) > goal:
                return False
    return True


def _nodes(activation, digits, step, scale):
    places, weights = [], []
    odd = activation.parity == "odd"
    for piece in activation.pieces:
        for place, weight in _points(piece, digits, step, scale, odd):
            mass = weight * mpmath.npdf(place / scale) / scale
            # values may grow, and other variances may be asked for
            if mass * (1 + place**4) > mpmath.mpf(10) ** (-4 * digits):
                places.append(place)
                weights.append(mass)
    phi, slope = _functions(activation, places)
    return PairNodes(scale, tuple(places), tuple(weights), tuple(phi), tuple(slope))


def _points(piece, digits, step, scale, odd):
    """(place, weight) on a piece; of an odd function the right half counts twice."""
    low, high = _end(piece.lower), _end(piece.upper)
    halves = [(low, high)]
    if low < 0 < high:
        halves = [(low, mpmath.mpf(0)), (mpmath.mpf(0), high)]
    for left, right in halves:
        if odd and right <= 0:
            continue
        factor = 2 if odd else 1
        rule = _bounded if mpmath.isfinite(left) and mpmath.isfinite(right) else _half_line
        for place, weight in rule(left, right, digits, step, scale):
            yield place, factor * weight


def _end(place):
    if place.is_infinite:
        return mpmath.inf if place is sp.oo else -mpmath.inf
    return mpmath.mpmathify(sp.N(place, mpmath.mp.dps))


def _half_line(left, right, digits, step, scale):
    """x = end +- scale e^{s - e^{-s}}, as far as the normal density reaches at four variances."""
    end, side = (left, 1) if mpmath.isfinite(left) else (right, -1)
    reach = mpmath.sqrt(2 * mpmath.log(10) * (digits + _GUARD) * 4)
    least = -mpmath.log(mpmath.log(10) * (digits + _GUARD))
    for k in range(int(least / step), int(mpmath.log(reach) / step) + 2):
        s = k * step
        size = scale * mpmath.exp(s - mpmath.exp(-s))
        yield end + side * size, size * (1 + mpmath.exp(-s)) * step


def _bounded(left, right, digits, step, scale):
    """The tanh-sinh rule."""
    far = mpmath.asinh(mpmath.log(10) * (digits + _GUARD) / mpmath.pi)
    for k in range(-int(far / step), int(far / step) + 1):
        wave = mpmath.pi / 2 * mpmath.sinh(k * step)
        place = (left + right) / 2 + (right - left) / 2 * mpmath.tanh(wave)
        if left < place < right:
            width = mpmath.pi / 2 * mpmath.cosh(k * step) / mpmath.cosh(wave) ** 2
            yield place, (right - left) / 2 * width * step


def _functions(activation, places):
    """(values, slopes) of phi at mpmath numbers."""
    expr, slope = activation.expr, activation.derivative_expr(1)
    if isinstance(expr, LawActivation):
        weight = mpmath.sqrt(2 / mpmath.pi) / (1 if expr.kind == "odd" else 2)
        values = [activation_digits(expr.law, place, expr.kind) for place in places]
        slopes = [
            weight * mpmath.exp(-(place**2) / 2) / expr.law.density_digits(abs(value))
            for place, value in zip(places, values, strict=True)
        ]
        return values, slopes
    return [_values(part, places) for part in (expr, slope)]


def _values(expr, places):
    if not expr.has(*LAW_FUNCTIONS):
        function = sp.lambdify(x, expr, modules=[NUMERIC, "mpmath"])
        return [mpmath.mpmathify(function(place)) for place in places]
    digits = mpmath.mp.dps
    return [
        mpmath.mpmathify(sp.N(expr.subs(x, sp.Float(place, digits)), digits)) for place in places
    ]
