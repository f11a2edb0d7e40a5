r"""What every law of a fraction offers, in the manner of SciPy's frozen distributions.

A fraction g is handled as w = Phi^{-1}(g), a number on the line that resolves both ends: 1e-300
and 1 - 1e-300 are w = -37.04 and 37.04.  Laws differ in a few functions of w only.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError

from ..input import finite, probabilities
from ..result import Result
from .drift_ratio import DriftRatio

__all__ = ["FractionLaw", "like", "size_of"]


@dataclass(frozen=True, eq=False, repr=False)
class FractionLaw(Result):
    """The law of a random fraction in [0, 1], at the ``gamma`` and ``one_minus_c`` of a subclass.

    ``pdf``, ``logpdf``, ``cdf``, ``logcdf`` and ``sf`` take the fraction g as a number or an
    array, or instead ``complement=`` 1 - g or ``log=`` log g, which keep the digits next to 1 and
    0.  ``ppf`` and ``isf`` return g, or with ``form="complement"`` or ``form="log"`` one of these.
    """

    @cached_property
    def ratio(self):
        """gamma with its gap 1 - c: a :class:`DriftRatio`."""
        return DriftRatio(self.gamma, self.one_minus_c)

    @property
    def c(self):
        """The correlation gamma/(1 + gamma) of two inputs."""
        return self.ratio.c

    def cdf(self, g=None, *, complement=None, log=None):
        """P(G <= g)."""
        return self._at(g, complement, log, self._cdf_at, "cdf", 0.0, 1.0)

    def logcdf(self, g=None, *, complement=None, log=None):
        """log P(G <= g), also where the probability is less than any float."""
        return self._at(g, complement, log, self._logcdf_at, "logcdf", -np.inf, 0.0)

    def sf(self, g=None, *, complement=None, log=None):
        """P(G > g), without cancellation where it is small."""
        return self._at(g, complement, log, self._sf_at, "sf", 1.0, 0.0)

    def pdf(self, g=None, *, complement=None, log=None):
        """The density at g; InputError for a law of atoms (gamma = 0 or infinity)."""
        log_density = self._at(g, complement, log, self._density, "pdf", -np.inf, -np.inf)
        return like(log_density, np.exp(log_density))

    def logpdf(self, g=None, *, complement=None, log=None):
        """The logarithm of the density at g; -inf outside the support."""
        return self._at(g, complement, log, self._density, "logpdf", -np.inf, -np.inf)

    def ppf(self, p, form="plain"):
        """The least g with P(G <= g) >= p, p a number or an array in [0, 1]."""
        levels = probabilities(p, "ppf")
        self._fits(levels.shape, "ppf", "p")
        return self._fraction(self._lower(levels), form, "ppf", p)

    def isf(self, p, form="plain"):
        """The g with P(G > g) = p, resolved also for a p like 1e-200."""
        levels = probabilities(p, "isf")
        self._fits(levels.shape, "isf", "p")
        return self._fraction(self._upper(levels), form, "isf", p)

    def median(self):
        """ppf(1/2)."""
        return self.ppf(0.5)

    def std(self):
        """The standard deviation."""
        return like(self.var(), np.sqrt(self.var()))

    def interval(self, confidence=0.95):
        """(ppf(a), isf(a)) with a = (1 - confidence)/2."""
        share = finite(confidence, "confidence", "interval")
        if not 0 <= share <= 1:
            raise InputError(f"interval: confidence = {share:g} must lie in [0, 1]")
        return self.ppf((1.0 - share) / 2.0), self.isf((1.0 - share) / 2.0)

    def plot(self, ax=None, points=400):
        """The density over the fraction (the cdf where there are atoms); returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        if np.ndim(getattr(self, "gamma", 0.0)):
            raise InputError("plot: this law holds an array of gamma; plot one of them at a time")
        lower, upper = self.support()
        g = np.linspace(lower, upper, points + 2)[1:-1]
        if self._atoms:
            ax.step(np.linspace(0, 1, points), self.cdf(np.linspace(0, 1, points)), where="post")
        else:
            ax.plot(g, self.pdf(g))
        ax.set(xlim=(0, 1), ylim=(0, None), xlabel=self._name, title=self._setting)
        ax.set_ylabel("distribution function" if self._atoms else "density")
        return ax

    def to_xarray(self, points=400):
        """An xarray Dataset of density and cdf over the fraction."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        if np.ndim(getattr(self, "gamma", 0.0)):
            raise InputError("to_xarray: this law holds an array of gamma; take one of them")
        lower, upper = self.support()
        g = np.linspace(lower, upper, points + 2)[1:-1]
        data = {"cdf": ("fraction", self.cdf(g))}
        if not self._atoms:
            data["density"] = ("fraction", self.pdf(g))
        return xarray.Dataset(data, coords={"fraction": g})

    def _logcdf_at(self, w):
        return np.log(self._cdf_at(w))

    def _density(self, w):
        if self._atoms:
            raise InputError(
                f"pdf: at {self._setting} the fraction has no density, only atoms; use cdf"
            )
        return self._logpdf_at(w)

    def _fits(self, shape, verb, name):
        """InputError unless an argument of this shape broadcasts with an array of gamma."""
        ratios = np.shape(getattr(self, "gamma", 0.0))
        try:
            np.broadcast_shapes(shape, ratios)
        except ValueError:
            raise InputError(
                f"{verb}: {name} of shape {shape} does not broadcast with gamma of shape "
                f"{ratios}; add an axis, as in gamma[:, None]"
            ) from None

    def _at(self, g, complement, log, function, verb, below, above):
        given = [(g, "g"), (complement, "complement"), (log, "log")]
        given = [(value, name) for value, name in given if value is not None]
        if len(given) != 1:
            raise InputError(f"{verb}: give exactly one of g, complement= (1 - g), log= (log g)")
        ((value, name),) = given
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise InputError(f"{verb}: {name} = {value!r} is not a number or an array") from None
        self._fits(array.shape, verb, name)
        with np.errstate(all="ignore"):
            w, outside = _on_line(array, name)
            values = function(w)
            if outside is not None:
                values = np.where(outside < 0, below, np.where(outside > 0, above, values))
            if np.isnan(np.min(w, initial=0.0)):
                values = np.where(np.isnan(w), np.nan, values)
        return like(value, values)

    def _fraction(self, w, form, verb, p):
        from scipy.special import log_ndtr, ndtr

        forms = {"plain": ndtr, "complement": lambda w: ndtr(-w), "log": log_ndtr}
        if form not in forms:
            raise InputError(f"{verb}: form = {form!r} is none of {', '.join(forms)}")
        return like(p, forms[form](w))


def size_of(size, verb="rvs"):
    """The shape that ``size`` asks for: None, a whole number or a tuple of them."""
    parts = () if size is None else size if isinstance(size, tuple | list) else (size,)
    for part in parts:
        whole = isinstance(part, int | np.integer) and not isinstance(part, bool)
        if not whole or part < 0:
            raise InputError(
                f"{verb}: size = {size!r} must be a whole number, 0 or more, or a tuple of them"
            )
    return tuple(int(part) for part in parts)


def like(argument, values):
    """A float where the argument and the values are single, else an array."""
    return float(values) if np.ndim(argument) == 0 and np.ndim(values) == 0 else values


def _on_line(array, name):
    """w = Phi^{-1}(g), and -1, 0 or 1 for g below, in or above [0, 1] (None if all are inside)."""
    from scipy.special import ndtri, ndtri_exp

    if name == "log":
        above = array > 0
        return ndtri_exp(np.minimum(array, 0.0)), above.astype(int) if above.any() else None
    w = ndtri(array)  # nan outside
    outside = None
    if np.isnan(np.min(w, initial=0.0)):
        outside = np.where(array < 0, -1, np.where(array > 1, 1, 0))
        w = np.where(outside == 0, w, 0.0)
    if name == "g":
        return w, outside
    return -w, None if outside is None else -outside
