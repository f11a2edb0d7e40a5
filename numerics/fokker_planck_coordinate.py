r"""A coordinate w on the whole line for the state space of a one-dimensional diffusion.

dX = b(X) dt + s(X) dB on (lower, upper) becomes, with X = x(w),

    dW = (b/x' - s^2 x''/(2 x'^3)) dt + (s/x') dB,

and F(w, t) = P(W_t <= w) solves F_t = D F_ww - c F_w with D = (s/x')^2/2 and c the drift of W
minus D'.  The coordinate is tanh for a bounded interval, exp for a half-line, sinh or w itself for
the line; for a correlation and for a variance the noise of W is then constant (Lamperti).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import mpmath
import numpy as np
import sympy as sp

from theory.errors import InputError
from theory.gaussian import GaussianExpectation

from .compile import compile

__all__ = ["Coordinate", "DiffusionInLine", "state_space"]

_W = sp.Symbol("w", real=True)
# b and s of a correlation cancel like e^(-6|w|) at the ends; digits to spare per unit of w
_DIGITS, _DIGITS_PER_UNIT = 30, 2.7


@dataclass(frozen=True)
class Coordinate:
    """The increasing map x(w) from the line onto (``lower``, ``upper``)."""

    lower: float
    upper: float
    stretched: bool = False

    @cached_property
    def kind(self) -> str:
        """'tanh', 'exp' (bounded below), 'reflected exp' (above), 'sinh' or 'identity'."""
        bounded = math.isfinite(self.lower), math.isfinite(self.upper)
        if all(bounded):
            return "tanh"
        if any(bounded):
            return "exp" if bounded[0] else "reflected exp"
        return "sinh" if self.stretched else "identity"

    def expression(self, lower, upper, w=_W):
        """x(w) in SymPy, for exact ends."""
        return {
            "tanh": lambda: (lower + upper) / 2 + (upper - lower) / 2 * sp.tanh(w),
            "exp": lambda: lower + sp.exp(w),
            "reflected exp": lambda: upper - sp.exp(-w),
            "sinh": lambda: sp.sinh(w),
            "identity": lambda: w,
        }[self.kind]()

    def state(self, w):
        """x(w)."""
        w = np.asarray(w, dtype=float)
        with np.errstate(over="ignore"):
            if self.kind == "tanh":
                # from the nearer end, so that 1 - |x| keeps its digits as far as x can
                share = 1.0 / (1.0 + np.exp(2.0 * np.abs(w)))
                span = self.upper - self.lower
                return np.where(w < 0, self.lower + span * share, self.upper - span * share)
            if self.kind == "exp":
                return self.lower + np.exp(w)
            if self.kind == "reflected exp":
                return self.upper - np.exp(-w)
            return np.sinh(w) if self.kind == "sinh" else w

    def speed(self, w):
        """dx/dw."""
        w = np.asarray(w, dtype=float)
        if self.kind == "tanh":
            return (self.upper - self.lower) / 2.0 / np.cosh(np.clip(w, -350, 350)) ** 2
        if self.kind in ("exp", "reflected exp"):
            return np.exp(w if self.kind == "exp" else -w)
        return np.cosh(w) if self.kind == "sinh" else np.ones_like(w)

    def line(self, x):
        """w(x); infinite at the ends and beyond them."""
        x = np.asarray(x, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.kind == "tanh":
                above, below = np.maximum(x - self.lower, 0.0), np.maximum(self.upper - x, 0.0)
                return 0.5 * (np.log(above) - np.log(below))
            if self.kind == "exp":
                return np.log(np.maximum(x - self.lower, 0.0))
            if self.kind == "reflected exp":
                return -np.log(np.maximum(self.upper - x, 0.0))
            return np.arcsinh(x) if self.kind == "sinh" else x


@dataclass(frozen=True)
class DiffusionInLine:
    """The coefficients D(w) and c(w) of F_t = D F_ww - c F_w, evaluated without cancellation."""

    drift: sp.Expr
    noise: sp.Expr
    variable: sp.Symbol
    ends: tuple[sp.Expr, sp.Expr]

    @cached_property
    def coordinate(self) -> Coordinate:
        """The map of the line onto the state space."""
        lower, upper = (float(e) for e in self.ends)
        stretched = False
        if math.isinf(lower) and math.isinf(upper):
            # an explosion in x(w) = w would not be exponential in w
            stretched = any(_outruns_a_line(self.drift, self.variable, s) for s in (1, -1))
        return Coordinate(lower, upper, stretched)

    @property
    def resolution(self) -> float:
        """The relative accuracy of the coefficients; quadrature of a small difference has less."""
        return 1e-9 if self.drift.has(GaussianExpectation) else 1e-12

    def __call__(self, w):
        """(D, c) at an array of w."""
        places = np.ravel(w)
        values = np.empty((3, places.size))
        for i, place in enumerate(places):
            with mpmath.workdps(_DIGITS + int(_DIGITS_PER_UNIT * abs(place))):
                for j, value in enumerate(self._function(mpmath.mpf(float(place)))):
                    values[j, i] = mpmath.re(value)
        noise, velocity, slope = values
        if self._expected is not None:
            velocity = velocity + self._expected(self.coordinate.state(places)) / slope
        if not np.isfinite(noise + velocity).all():
            bad = float(places[~np.isfinite(noise + velocity)][0])
            raise InputError(
                f"law: drift or diffusion is not finite at {self.variable} = "
                f"{float(self.coordinate.state(bad)):g}; exclude this point from the state space"
            )
        return np.array([noise, velocity])

    @cached_property
    def _expected(self):
        """The drift as a function of arrays, where it holds Gaussian expectations."""
        if not self.drift.has(GaussianExpectation):
            return None
        return compile(self.drift, [self.variable])

    @cached_property
    def _function(self):
        """D, c (without the drift if that holds expectations) and dx/dw, for mpmath."""
        x = self.coordinate.expression(*self.ends)
        slope, bend = sp.diff(x, _W), sp.diff(x, _W, 2)
        at = {self.variable: x}
        noise = (self.noise.subs(at) / slope) ** 2 / 2
        noise = sp.simplify(noise) if sp.count_ops(noise) < 60 else noise
        velocity = -noise * bend / slope - sp.diff(noise, _W)
        if self._expected is None:
            velocity += self.drift.subs(at) / slope
        return sp.lambdify(_W, (noise, velocity, slope), "mpmath", cse=True)


def state_space(noise, variable, start, drift=0):
    """The interval around ``start`` on which the noise does not vanish, ends exact.

    If the noise vanishes at the start itself, the interval that the drift enters.

    >>> r = sp.Symbol("r", real=True)
    >>> state_space(1 - r**2, r, 0.3), state_space(sp.sin(r), r, 1), state_space(sp.S(1), r, 0)
    ((-1, 1), (0, pi), (-oo, oo))
    >>> state_space(r * (1 - r), r, 0, 1 - r)
    (0, 1)
    """
    start = sp.Rational(float(start))
    # a positive symbol would hide the zero at 0
    free = sp.Dummy(real=True)
    at = {variable: free}
    below, above = (_nearest_zero(noise.xreplace(at), free, start, s) for s in (-1, 1))
    if below != above:
        return below, above
    push = sp.S(drift).xreplace(at).subs(free, start)
    if noise.is_zero or not push.is_real or push.is_zero:
        raise InputError(
            f"law: neither noise nor drift moves {variable} away from {start}; start elsewhere"
        )
    direction = 1 if push > 0 else -1
    other = _nearest_zero(noise.xreplace(at) / (free - start), free, start, direction)
    return (start, other) if direction > 0 else (other, start)


def _nearest_zero(noise, free, start, direction):
    window = sp.Interval(*sorted((start, start + 100 * direction)))
    try:
        zeros = sp.solveset(noise, free, window)
    except (NotImplementedError, TypeError, ValueError):
        return direction * sp.oo
    places = [z for z in zeros if z.is_real] if zeros.is_FiniteSet else []
    return min(places, key=lambda z: abs(z - start), default=direction * sp.oo)


def _outruns_a_line(drift, variable, sign):
    """Whether the drift is outward and a power of the state above the first."""
    near, middle, far = (
        sign * sp.N(drift.subs(variable, sign * sp.Integer(place)), 15, maxn=500)
        for place in (20, 40, 80)
    )
    if not all(value.is_real and value > 0 for value in (near, middle, far)):
        return False
    powers = math.log2(middle / near), math.log2(far / middle)
    return min(powers) > 1.2 and abs(powers[0] - powers[1]) < 0.5
