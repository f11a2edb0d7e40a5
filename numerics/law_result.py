"""The law of a one-dimensional diffusion at one time, as its distribution function on panels."""

import math
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import sympy as sp

from theory.errors import InputError, PrecisionError

from .fokker_planck import Distribution
from .fokker_planck_coordinate import Coordinate
from .input import probabilities
from .law_moments import integral, moments
from .result import Provenance, Result

__all__ = ["Law"]


@dataclass(frozen=True)
class Law(Result):
    """The law of X_T given X_0 = ``start``.

    ``mass`` is the probability that X_T lies inside its space; ``lost_below`` and ``lost_above``
    that an end was reached before T (explosion, absorption).  ``mean`` and ``variance`` are
    those of the part inside, with their errors; infinite where they diverge, None where nothing
    is left or where states of probability below 1e-12 decide.  ``error`` bounds the distribution
    function as far as a second, coarser solution can tell.
    """

    variable: str
    start: float
    time: float
    mean: float | None
    mean_error: float
    variance: float | None
    variance_error: float
    mass: float
    lost_below: float
    lost_above: float
    error: float
    statement: str
    provenance: Provenance
    lower: float = field(repr=False)
    upper: float = field(repr=False)
    stretched: bool = field(repr=False)
    edges: np.ndarray = field(repr=False)
    rates: np.ndarray = field(repr=False)
    coefficients: np.ndarray = field(repr=False)

    def __repr__(self):
        return f"Law({self.variable} at T = {self.time:g}, start {self.start:g})"

    def __str__(self):
        lines = [self.statement]
        if self.mean is not None:
            lines.append(f"mean {self.mean:.10g} ± {self.mean_error:.1g}")
        if self.variance is not None:
            lines.append(f"variance {self.variance:.10g} ± {self.variance_error:.1g}")
        levels = (0.1, 0.25, 0.5, 0.75, 0.9)
        shown = ", ".join(f"{self.quantile(p):.8g}" for p in levels)
        lines += [f"quantiles 10 25 50 75 90 %: {shown}", f"error {self.error:.1e}"]
        return "\n".join(lines)

    def cdf(self, x):
        """P(X_T <= x), states lost below included."""
        w = self._coordinate.line(x)
        return _like(x, np.clip(self._distribution(w), 0.0, 1.0))

    def density(self, x):
        """The density of X_T; it integrates to ``mass``."""
        w = self._coordinate.line(x)
        inside = np.isfinite(w)
        w = np.where(inside, w, 0.0)
        density = self._distribution(w, 1) / self._coordinate.speed(w)
        return _like(x, np.where(inside, np.maximum(density, 0.0), 0.0))

    def quantile(self, p):
        """The least x with P(X_T <= x) >= p; an end of the space for a p in its lost mass."""
        levels = probabilities(p, "quantile")
        w = np.array([self._line_quantile(level) for level in levels.ravel()])
        return _like(p, self._coordinate.state(w).reshape(levels.shape))

    def expect(self, f):
        """E f(X_T) over the states inside, by quadrature against the density.

        ``f`` is a function of an array, or a formula in the variable (text or SymPy).  Raises
        PrecisionError if states of probability below 1e-12 decide.

        >>> from numerics.law import diffusion_law
        >>> from theory.symbols import rho
        >>> at = diffusion_law(-rho * (1 - rho**2) / 2, 1 - rho**2, rho, 0.3, 1)
        >>> bool(abs(at.expect("acos(rho)") - np.arccos(0.3)) < 1e-9)  # a martingale
        True
        """
        value, error = integral(self._distribution, self._coordinate, self._function(f))
        if error > 1e-2 * abs(value):
            raise PrecisionError(
                f"expect: {value:g} is known to {error:g} only, as states of probability below "
                "1e-12 decide; take a function that grows more slowly"
            )
        return value

    @property
    def in_line(self) -> "Law":
        """The law of the coordinate w on the line: artanh of a correlation, log of a variance."""
        names = {"tanh": "artanh", "exp": "log", "reflected exp": "-log", "sinh": "arsinh"}
        kind = self._coordinate.kind
        if kind == "identity":
            return self
        changed = {f.name: getattr(self, f.name) for f in fields(self)}
        changed |= {"lower": -math.inf, "upper": math.inf, "stretched": False}
        changed["variable"] = f"{names[kind]} {self.variable}"
        changed["start"] = float(self._coordinate.line(self.start))
        made = Law(**changed)
        found = moments(made._distribution, made._coordinate, self.mass)
        names = ("mean", "mean_error", "variance", "variance_error")
        return Law(**(changed | dict(zip(names, found, strict=True))))

    def plot(self, ax=None, points=400):
        """The density between the quantiles of 1e-4 and 1 - 1e-4; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        inside = self.lost_below, 1.0 - self.lost_above
        levels = inside[0] + (inside[1] - inside[0]) * np.array([1e-4, 1.0 - 1e-4])
        x = self._coordinate.state(np.linspace(*map(self._line_quantile, levels), points))
        ax.plot(x, self.density(x))
        ax.set(xlabel=self.variable, ylabel="density", title=f"T = {self.time:g}")
        return ax

    def to_xarray(self, points=400):
        """An xarray Dataset of density and cdf over the state."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        levels = np.linspace(0.0, 1.0, points + 2)[1:-1]
        w = [self._line_quantile(p) for p in self.lost_below + self.mass * levels]
        x = self._coordinate.state(np.array(w))
        data = {"density": ("state", self.density(x)), "cdf": ("state", self.cdf(x))}
        return xarray.Dataset(data, coords={"state": x})

    @cached_property
    def _coordinate(self):
        return Coordinate(self.lower, self.upper, self.stretched)

    @cached_property
    def _distribution(self):
        return Distribution(self.edges, self.rates, self.coefficients, self.error)

    def _line_quantile(self, level):
        from scipy.optimize import brentq

        function = self._distribution
        ends = function(self.edges)
        if level <= ends[0]:
            return self.edges[0] if level < self.lost_below else -math.inf
        if level >= ends[-1]:
            return self.edges[-1] if self.lost_above == 0.0 and level < 1.0 else math.inf
        k = int(np.searchsorted(np.maximum.accumulate(ends), level)) - 1
        lower, upper = self.edges[k : k + 2]
        if math.isinf(lower):
            lower = upper - 40.0 / self.rates[k]
        if math.isinf(upper):
            upper = lower + 40.0 / self.rates[k]
        if (function(lower) - level) * (function(upper) - level) > 0:
            return lower if math.isinf(self.edges[k]) else upper
        return brentq(lambda w: float(function(w)) - level, lower, upper, xtol=1e-15, rtol=1e-14)

    def _function(self, f):
        if callable(f) and not isinstance(f, sp.Basic):
            return f
        from theory.parser import parse

        named = (sp.Symbol(self.variable, real=True),)
        expr = parse(f, symbols=named) if isinstance(f, str) else sp.S(f)
        free = sorted(expr.free_symbols, key=str)
        if [s.name for s in free] not in ([], [self.variable]):
            raise InputError(f"expect: {f} must be a formula in {self.variable} alone")
        symbol = free[0] if free else sp.Symbol(self.variable)
        return sp.lambdify(symbol, expr, "numpy")


def _like(argument, values):
    return float(values) if np.ndim(argument) == 0 else values
