r"""``jacobian``: the squared singular values of the input-output Jacobian of a wide, deep network.

J = prod_{l=1}^L D_l W_l at a fixed point q of the variance, D = diag(phi'(h)) with h ~ N(0, q),
W square with entries of variance sigma_w2/n or sqrt(sigma_w2) times orthogonal, as n grows
(Pennington, Schoenholz & Ganguli 2017, arXiv:1711.04735; 2018, arXiv:1802.09979).
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from theory.errors import InputError
from theory.matrix_laws.reader import as_matrix_law
from theory.mean_field import MeanField
from theory.spectrum.weights import WEIGHTS, weight_spectrum

from ..input import finite, probabilities
from ..numeric_activation import numeric_activation
from ..result import Provenance, Result
from .free_product import FreeProduct
from .moments import spectrum_moments, spectrum_variance
from .setting import setting
from .slope_law import slope_law

__all__ = ["Jacobian", "jacobian"]

_HIGHEST = 64


@dataclass(frozen=True, eq=False, repr=False)
class Jacobian(Result):
    """The law of the squared singular values of J: an atom at 0 and a density.

    ``m1``, ``m2`` and ``variance`` are the first moments, ``largest`` and ``smallest`` the edges
    of the spectrum (without the atom at 0, whose mass is ``atom``), ``relative_error`` a bound
    for that of ``largest``.  All are of squared singular values.
    """

    activation: str
    formula: str
    depth: int
    weights: str
    sigma_w2: float
    q: float
    chi_1: float
    m1: float
    m2: float
    variance: float
    largest: float
    smallest: float
    atom: float
    relative_error: float
    provenance: Provenance
    model: Any = field(default=None, metadata={"saved": False})

    def __repr__(self):
        return (
            f"Jacobian({self.activation}, depth={self.depth}, weights={self.weights!r}: "
            f"m1={self.m1:.6g}, variance={self.variance:.6g}, largest={self.largest:.6g})"
        )

    def __str__(self):
        return "\n".join(
            [
                f"Jacobian of {self.activation}, {self.depth} layers, {self.weights} weights, "
                f"sigma_w2 = {self.sigma_w2:.12g}, q = {self.q:.12g}, chi_1 = {self.chi_1:.12g}",
                f"  squared singular values: mean {self.m1:.12g}, variance {self.variance:.12g}",
                f"  from {self.smallest:.12g} to {self.largest:.12g}, share {self.atom:.6g} is 0",
            ]
        )

    @property
    def largest_singular_value(self) -> float:
        """The right edge of the singular values, sqrt(largest)."""
        return math.sqrt(self.largest)

    # functions of the squared singular value

    def density(self, s):
        """The density at squared singular values ``s`` (a number or an array); 0 outside.

        The atom at 0 is not part of it.  Accurate to ``density_error``.
        """
        return self._at(s)[0]

    def density_error(self, s):
        """A bound for the error of ``density``."""
        return self._at(s)[2]

    @property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        """(place, mass) of the point masses: 0 where phi is flat, and one where phi' is likely."""
        if self.depth == 1 and self._g == 0:
            law = self._product.law
            places = self.sigma_w2 * law.mean * law.values
            return tuple((float(a), float(p)) for a, p in zip(places, law.masses, strict=True))
        place, mass = self._product.point_mass
        found = [(0.0, self.atom)] if self.atom > 0.0 else []
        return tuple(found + ([(math.exp(place), mass)] if mass > 0.0 else []))

    def singular_value_density(self, sigma):
        """The density of the singular values themselves, 2 sigma density(sigma^2)."""
        sigma = _numbers(sigma, "singular_value_density")
        return _plain(2.0 * np.maximum(sigma, 0.0) * self.density(sigma**2))

    def cdf(self, s):
        """The share of squared singular values <= s, the atom at 0 included."""
        return self._at(s)[1]

    def quantile(self, p):
        """The squared singular value below which a share ``p`` lies (number or array)."""
        p = probabilities(p, "quantile")
        flat = p.ravel()
        found = np.zeros(flat.shape)
        inside = (flat > self.atom) & (flat < 1.0)
        place, mass = self._product.point_mass
        on_top = mass > 0.0 and place >= self._product.right_edge() - 1e-12
        top = flat >= (1.0 - mass if on_top else 1.0)
        found[top] = self.largest
        inside &= ~top
        if inside.any():
            found[inside] = np.exp(self._log_quantiles(flat[inside]))
        return _plain(found.reshape(p.shape))

    def moments(self, k: int):
        """The moments m_1, ..., m_k of the squared singular values, by series reversion.

        Infinite where E phi'^(2j) is, or beyond the largest double.
        """
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= _HIGHEST:
            raise InputError(f"moments: k = {k!r} must be a whole number from 1 to {_HIGHEST}")
        return np.array(
            spectrum_moments(self._activation, self.q, self.sigma_w2, self.depth, self._g, k)
        )

    def sample(self, n: int, samples: int = 1, seed: int = 0, entries: str = "gaussian"):
        """Squared singular values of ``samples`` products of n x n matrices, as a SpectrumSample.

        The slopes are drawn from their law, independently in each layer; ``entries`` of
        independent weights are ``"gaussian"``, ``"rademacher"`` or ``"uniform"``.  Correlated
        weights are drawn as such.
        """
        from .sampled import sample_spectrum

        return sample_spectrum(self, n, samples, seed, entries)

    def plot(self, ax=None):
        """The density of log10 of the singular values; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        share = np.linspace(0.0, 1.0, 202)[1:-1]
        low = max(self._product.floor, self._log_quantiles(np.array([self.atom + 1e-3]))[0])
        top = self._log_quantiles(np.array([1 - 1e-9]))[0]
        x = low + (top - low) * (1.0 - np.cos(math.pi * share)) / 2.0
        height = self._product_values(x)[0] * np.exp(x) * 2.0 * math.log(10.0)
        ax.plot(x / (2.0 * math.log(10.0)), height)
        ax.set(xlabel=r"$\log_{10}\sigma$", ylabel="density", title=repr(self).split(":")[0] + ")")
        return ax

    # internals

    @cached_property
    def _activation(self):
        return numeric_activation(self.formula) if self.model is None else self.model

    @property
    def _g(self):
        return weight_spectrum(self.weights).power

    @cached_property
    def _product(self):
        law = slope_law(self._activation, self.q)
        return FreeProduct(law, self.depth, self._g, math.log(self.sigma_w2 * law.mean))

    def _at(self, s):
        """(density, cdf, error of the density) at s."""
        s = _numbers(s, "a density")
        flat = s.ravel()
        density, tail, error = np.zeros((3, flat.size))
        tail[flat < self.smallest] = 1.0 - self.atom
        tail[flat < 0.0] = 1.0
        if self.smallest == 0.0:
            tail[flat == 0.0] = 1.0 - self.atom
        positive = flat > 0.0
        if positive.any():
            logs = np.log(flat[positive])
            order = np.argsort(logs)
            found = np.zeros((3, logs.size))
            found[:, order] = self._product_values(logs[order])
            density[positive], tail[positive], error[positive] = found
        return tuple(_plain(v.reshape(s.shape)) for v in (density, 1.0 - tail, error))

    def _product_values(self, logs):
        """(density, tail, error) at ascending log s, also outside the support."""
        product = self._product
        found = np.zeros((3, logs.size))
        if self.depth == 1 and self._g == 0:
            found[1], scaled = product.law.tail(np.exp(logs - product.log_gain))
            found[0] = scaled * math.exp(-product.log_gain)
            found[2] = 1e-9 * found[0]
            return found
        low, high = product.floor, product.right_edge()
        place, mass = product.point_mass
        # at a point mass the tail is what lies above it; a hair of rounding counts as equal
        at = (mass > 0.0) & (np.abs(logs - place) <= 1e-14 * (self.depth + abs(place)))
        below = (logs <= low) & ~at
        found[1, below] = 1.0 - self.atom
        inside = ~below & ~at & (logs < high)
        if low == high:
            return found
        if at.any() and place < high - 1e-12:
            found[1, at] = product.solve(np.array([place + 1e-9])).tail[0]
        if inside.any():
            points = product.solve(logs[inside])
            found[:, inside] = points.density, points.tail, points.density_error
        return found

    def _log_quantiles(self, p):
        """log s with cdf(s) = p, for p strictly between the atom and 1."""
        product = self._product
        high = product.right_edge()
        low = product.floor
        if low == high:
            return np.full(p.shape, high)
        if not math.isfinite(high):
            high = product.depth * product.log_gain + 1.0
            while self._product_values(np.array([high]))[1][0] > (1.0 - p.max()) / 2:
                high += 2.0
        floor, low = low, high - 2.0
        while low > floor and 1.0 - self._product_values(np.array([low]))[1][0] > p.min():
            low = high - 2.0 * (high - low)
        low = max(low, floor)
        low, high = np.full(p.shape, low), np.full(p.shape, high)
        x = (low + high) / 2
        for _ in range(80):
            order = np.argsort(x)
            density, tail = np.empty((2, x.size))
            density[order], tail[order], _ = self._product_values(x[order])
            excess = 1.0 - tail - p
            low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = x - excess / (density * np.exp(x))
            new = np.where((new > low) & (new < high), new, (low + high) / 2)
            if np.max(np.abs(new - x) / (1.0 + np.abs(x))) < 1e-12:
                return new
            x = new
        return x


def jacobian(
    activation,
    depth,
    weights=None,
    sigma_w2=None,
    q=None,
    sigma_b2=None,
) -> Jacobian:
    """The spectrum of the input-output Jacobian of ``depth`` layers.

    Parameters
    ----------
    activation
        Anything that describes an activation, its parameters with values.
    depth
        The number of layers, >= 1.
    weights
        ``"gaussian"`` (any independent entries: only their variance matters), ``"orthogonal"``,
        or a law of ``it.weights`` or with ``rvs``; by default the law that a MeanField was given,
        else ``"gaussian"``.  Correlated rows act on the fixed point q; their spectrum is that of
        independent entries, as they differ from them by matrices of rank 1, but for at most one
        outlier for each layer if kappa < 0.
    sigma_w2, q, sigma_b2
        The scaled weight variance and the variance of the pre-activations.  Of those left out, q
        is the largest stable fixed point (with ``sigma_b2``, 0 by default) and sigma_w2 the
        critical value 1/E phi'^2; with neither, the edge of chaos with ``sigma_b2``, or q = 1.

    Raises
    ------
    InputError, UnknownNameError
        for a depth or variances out of range, and for unknown weights.
    AssumptionError
        for weights without such a spectrum: asymmetric ones.
    DivergentExpectationError
        if phi jumps or phi' is not square integrable.

    >>> found = jacobian("relu", depth=8)
    >>> found.m1, found.m2, round(found.largest, 10)
    (1.0, 17.0, 43.5489788863)
    >>> round(jacobian("linear", depth=8).cdf(23.0), 9)
    0.999989958
    """
    depth = _depth(depth)
    if weights is None:
        weights = getattr(activation, "weights", None) or "gaussian"
    spectrum = weight_spectrum(weights)
    numbers = _with_correlation(activation, spectrum)
    if numbers.layer.skip != 0:
        raise InputError(
            f"jacobian: the spectrum is that of layers without a skip connection, and skip = "
            f"{numbers.layer.skip}; leave it out"
        )
    sigma_w2, q = setting(numbers, sigma_w2, q, sigma_b2)
    law = slope_law(numbers, q)
    product = FreeProduct(law, depth, spectrum.power, math.log(sigma_w2 * law.mean))
    first, second = spectrum_moments(numbers, q, sigma_w2, depth, spectrum.power, 2)
    chi_1 = sigma_w2 * law.mean
    with np.errstate(over="ignore"):
        largest, smallest = (
            float(np.exp(edge)) for edge in (product.right_edge(), product.left_edge())
        )
    named = weights if isinstance(weights, str) else getattr(weights, "name", str(weights))
    return Jacobian(
        activation=numbers.name,
        formula=numbers.formula,
        depth=depth,
        weights=spectrum.name,
        sigma_w2=sigma_w2,
        q=q,
        chi_1=chi_1,
        m1=first,
        m2=second,
        variance=spectrum_variance(numbers, q, sigma_w2, depth, spectrum.power),
        largest=largest,
        smallest=smallest,
        atom=law.atom_at_zero,
        relative_error=1e-15 * (8 + depth),
        provenance=Provenance.of(
            "jacobian",
            numbers.name,
            accuracy="largest: relative_error; density: density_error",
            depth=depth,
            weights=str(named),
            sigma_w2=sigma_w2,
            q=q,
        ),
        model=numbers,
    )


def _with_correlation(activation, spectrum):
    """The numbers of the layer, with the correlation of the weights in its maps."""
    numbers = numeric_activation(activation)
    if spectrum.name in WEIGHTS:
        return numbers
    law = as_matrix_law(spectrum.name)
    kappa = law.effect.kappa("jacobian")
    own = numbers.layer.weight_correlation
    if own == kappa or kappa == 0:
        return numbers
    if own != 0:
        raise InputError(
            f"jacobian: the layer has weight_correlation = {own} and the weights {law} have "
            f"{kappa}; give one of them"
        )
    exact = numbers.exact
    return numeric_activation(MeanField(exact.activation, weights=law, skip=numbers.layer.skip))


def _depth(depth):
    number = finite(depth, "depth", "jacobian")
    if number < 1 or number != int(number):
        raise InputError(f"jacobian: depth = {depth} must be a whole number of layers, at least 1")
    return int(number)


def _numbers(values, what):
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{what} is a function of numbers; got {values!r}") from None
    if np.isnan(array).any():
        raise InputError(f"{what} was asked at nan; pass finite numbers")
    return array


def _plain(array):
    return np.asarray(array).item() if np.ndim(array) == 0 else array
