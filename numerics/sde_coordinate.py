r"""One-dimensional SDEs in the coordinate where the noise is constant.

    dv = a(v) dt + b(v) dB     becomes     dy = g(y) dt + s dB

with y = log((1 + v)/(1 - v)) on (-1, 1), log v on (0, inf), -2 log tan(v/2) on (0, pi) or y = v,
whichever makes b(v) dy/dv a constant s.  Euler steps in v leave the interval; in y they cannot.
The drift alone moves v by the Stratonovich drift a - b b'/2.  Where it enters from an end of the
interval it is enormous in y, but tame in another variable w, in which flows are integrated:

    left    w = log(1 + exp y)       like exp y at v = -1 or 0, like y at the other end
    right   w = -log(1 + exp -y)     the mirror image, for a drift that comes down from infinity
    both    w = 1/(1 + exp -y)
    none    w = y
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.errors import InputError

from .compile import compile

__all__ = ["Coordinate", "coordinate_of"]

#: A relative speed that is steep for a drift back from exp(40); a stand-in for infinity.
_STEEP, _HUGE = 1e3, 1e30


@dataclass(frozen=True, eq=False)
class Coordinate:
    """y with dy = g(y) dt + ``noise`` dB, the flow of g being dw/dt = ``speed(w)``.

    ``forward`` and ``back`` map v to y and y to v; ``interval`` is where v lives.
    """

    name: str
    interval: tuple[float, float]
    noise: float
    forward: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]
    speed: Callable[[np.ndarray], np.ndarray]
    tame: str = "left"

    def to_w(self, y):
        """w from y."""
        if self.tame == "left":
            return np.logaddexp(0.0, y)
        if self.tame == "right":
            return -np.logaddexp(0.0, -y)
        if self.tame == "both":
            return np.exp(-np.logaddexp(0.0, -y))
        return np.array(y, dtype=float)

    def from_w(self, w):
        """y from w, clipped to where w can be."""
        with np.errstate(divide="ignore"):
            if self.tame == "left":
                w = np.maximum(w, 0.0)
                return w + np.log(-np.expm1(-w))
            if self.tame == "right":
                w = np.minimum(w, 0.0)
                return w - np.log(-np.expm1(w))
            if self.tame == "both":
                w = np.clip(w, 0.0, 1.0)
                return np.log(w) - np.log1p(-w)
        return np.array(w, dtype=float)


@lru_cache(maxsize=64)
def coordinate_of(reduced) -> Coordinate:
    """The coordinate for a ReducedSDE, whose expressions hold its variable alone.

    Raises InputError if they hold other symbols, or if the noise is constant in none of the
    coordinates above.

    >>> from theory.covariance_sde import CovarianceSDE
    >>> made = coordinate_of(CovarianceSDE("relu").correlation)
    >>> made.noise, float(made.back(made.forward(0.3)))
    (2.0, 0.3)
    """
    variable, drift, diffusion = reduced.variable, reduced.drift, reduced.diffusion
    strangers = sorted(str(s) for s in (drift.free_symbols | diffusion.free_symbols) - {variable})
    if strangers:
        norms = set(strangers) <= {"V11", "V22"}
        remedy = "simulate the matrix with V0=" if norms else "give every parameter a value"
        raise InputError(
            f"simulate: the SDE of {variable} also depends on {', '.join(strangers)}; {remedy}"
        )
    make = _COORDINATES.get(tuple(map(str, reduced.domain)))
    found = make and make(variable, drift, diffusion)
    if found:
        return found
    raise InputError(
        f"simulate: no elementary coordinate makes the noise {diffusion} of {variable} constant"
    )


def _constant(ratio, variable):
    """The value of an expression that does not depend on the variable, else None."""
    ratio = sp.simplify(ratio)
    return None if ratio.has(variable) else abs(float(ratio))


def _unit_interval(v, drift, diffusion):
    """y = log((1 + v)/(1 - v)); w = -log((1 - v)/2), so 1 - v = 2 exp(-w)."""
    noise = _constant(2 * diffusion / (1 - v**2), v)
    if noise is None:
        return None
    flow = _stratonovich(v, drift, diffusion)

    def speed(w):
        rest = 2.0 * np.exp(-w)
        return flow(1.0 - rest) / rest

    def forward(value):
        with np.errstate(divide="ignore"):
            return np.log1p(value) - np.log1p(-np.asarray(value, dtype=float))

    def back(y):
        return np.tanh(0.5 * y)

    return Coordinate("log((1+v)/(1-v))", (-1.0, 1.0), noise, forward, back, speed)


def _half_line(v, drift, diffusion):
    noise = _constant(diffusion / v, v)
    if noise is None:
        return None
    flow = _stratonovich(v, drift, diffusion)
    far = np.exp([20.0, 40.0])
    with np.errstate(all="ignore"):
        falls = flow(far) / far
    down = bool(falls[1] < -_STEEP and falls[1] < 2.0 * falls[0])
    up = down and float(flow(np.array([1e-300]))[0]) > 1e-12

    def left(w):
        value = np.expm1(w)
        return flow(value) / (1.0 + value)

    def right(w):
        with np.errstate(divide="ignore"):
            value = np.minimum(1.0 / np.expm1(-w), _HUGE)
        return flow(value) / value / (1.0 + value)

    def both(w):
        value = np.minimum(w / np.maximum(1.0 - w, 1.0 / _HUGE), _HUGE)
        return flow(value) / (1.0 + value) / (1.0 + value)

    def forward(value):
        with np.errstate(divide="ignore"):
            return np.log(np.asarray(value, dtype=float))

    speed, tame = (both, "both") if up else (right, "right") if down else (left, "left")
    return Coordinate("log v", (0.0, np.inf), noise, forward, np.exp, speed, tame)


def _arc(v, drift, diffusion):
    """y = -2 log tan(v/2); w = -2 log sin(v/2)."""
    noise = _constant(2 * diffusion / sp.sin(v), v)
    if noise is None:
        return None
    flow = _stratonovich(v, drift, diffusion)

    def speed(w):
        sine = np.exp(-0.5 * w)
        return -flow(2.0 * np.arcsin(sine)) * np.sqrt((1.0 - sine) * (1.0 + sine)) / sine

    def forward(value):
        with np.errstate(divide="ignore"):
            return -2.0 * np.log(np.tan(0.5 * np.asarray(value, dtype=float)))

    def back(y):
        return 2.0 * np.arctan(np.exp(-0.5 * y))

    return Coordinate("-2 log tan(v/2)", (0.0, np.pi), noise, forward, back, speed)


def _line(v, drift, diffusion):
    noise = _constant(diffusion, v)
    if noise is None:
        return None
    flow = _stratonovich(v, drift, diffusion)

    def same(value):
        return np.array(value, dtype=float)

    return Coordinate("v", (-np.inf, np.inf), noise, same, same, flow, tame="none")


_COORDINATES = {
    ("-1", "1"): _unit_interval,
    ("0", "oo"): _half_line,
    ("0", "pi"): _arc,
    ("-oo", "oo"): _line,
}


def _stratonovich(v, drift, diffusion):
    """a - b b'/2 as a function of arrays."""
    expr = sp.simplify(drift - diffusion * sp.diff(diffusion, v) / 2)
    function = compile(expr, [v])

    def flow(values):
        return function(np.ascontiguousarray(values, dtype=float))

    return flow
