"""The layers of asymmetric networks with errors: what the iteration returns."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result

__all__ = ["AsymmetricLayers"]

_COLUMNS = ("log_s", "log_q", "ratio", "off", "c")


@dataclass(frozen=True, eq=False, repr=False)
class AsymmetricLayers(Result):
    """Moments of the layers 0, ..., depth in independent replicas (populations or networks).

    ``rows`` [replica, layer, number] holds log s, log E y^2, m/sqrt(s), P(y <= 0) and, with two
    inputs, their correlation E y y'/sqrt(E y^2 E y'^2); s = E phi(y)^2 and m = E phi(y).  Every
    quantity is the mean over replicas and has an ``*_error``, the standard error of that mean.
    ``size`` is the number of neurons in a replica.
    """

    activation: str
    weights: str
    sigma_w2: float
    sigma_b2: float
    size: int
    rows: np.ndarray
    provenance: Provenance

    @property
    def depth(self):
        """The number of layers after layer 0."""
        return self.rows.shape[1] - 1

    @property
    def layers(self):
        """0, ..., depth."""
        return np.arange(self.depth + 1)

    @property
    def replicas(self):
        """How many independent populations or networks there are."""
        return self.rows.shape[0]

    @cached_property
    def _tables(self):
        """(mean, error) of each quantity, by name."""
        named = dict(zip(_COLUMNS, np.moveaxis(self.rows, 2, 0), strict=False))
        with np.errstate(over="ignore", invalid="ignore"):
            named["growth"] = _growth(named["log_s"])
            named["s"], named["q"] = np.exp(named["log_s"]), np.exp(named["log_q"])
            named["m"] = named["ratio"] * np.exp(named["log_s"] / 2)
            root = np.sqrt(self.replicas)
            return {
                name: (values.mean(axis=0), _spread(values) / root)
                for name, values in named.items()
            }

    def __getattr__(self, name):
        """``s``, ``log_s``, ``q``, ``log_q``, ``m``, ``ratio``, ``off``, ``growth`` and errors."""
        quantity = name.removesuffix("_error")
        if quantity not in (*_COLUMNS, "growth", "s", "q", "m"):
            raise AttributeError(name)
        if quantity == "c" and self.rows.shape[2] < 5:
            return None
        return self._tables[quantity][quantity != name]

    def __dir__(self):
        names = [*_COLUMNS[: self.rows.shape[2]], "growth", "s", "q", "m"]
        return sorted({*super().__dir__(), *names, *(f"{name}_error" for name in names)})

    @cached_property
    def _late(self):
        """Of each replica: growth and P(y <= 0) in the second half of its layers."""
        half = self.depth // 2
        growth = _growth(self.rows[:, half:, 0]).mean(axis=1)
        return growth, self.rows[:, half + 1 :, 3].mean(axis=1)

    @property
    def stationary_growth(self) -> float:
        """The mean of s_{l+1}/s_l over the second half of the layers."""
        return float(self._late[0].mean())

    @property
    def stationary_growth_error(self) -> float:
        """Its standard error."""
        return float(self._late[0].std(ddof=1) / np.sqrt(self.replicas))

    @property
    def stationary_off(self) -> float:
        """P(y <= 0) over the second half of the layers."""
        return float(self._late[1].mean())

    @property
    def stationary_off_error(self) -> float:
        """Its standard error."""
        return float(self._late[1].std(ddof=1) / np.sqrt(self.replicas))

    def __repr__(self):
        return (
            f"AsymmetricLayers({self.activation}, {self.weights}, sigma_w2={self.sigma_w2:g}, "
            f"sigma_b2={self.sigma_b2:g}, depth={self.depth}, {self.replicas} x {self.size})"
        )

    def __str__(self):
        lines = [repr(self), "     layer             log s          P(y <= 0)            growth"]
        for layer in self.layers:
            growth = f"{self.growth[layer - 1]:>18.6g}" if layer else ""
            lines.append(f"  {layer:>8}{self.log_s[layer]:>18.6g}{self.off[layer]:>19.6g}{growth}")
        lines.append(
            f"  later growth {self.stationary_growth:.5g} +- {self.stationary_growth_error:.1g}, "
            f"P(y <= 0) {self.stationary_off:.5g} +- {self.stationary_off_error:.1g}"
        )
        return "\n".join(lines)

    def plot(self, ax=None):
        """The growth by layer with bars of two standard errors; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        ax.errorbar(self.layers[1:], self.growth, 2 * self.growth_error, fmt=".", capsize=2)
        ax.axhline(self.stationary_growth, color="0.6", lw=1)
        ax.set(xlabel=r"layer $\ell$", ylabel=r"$s_\ell/s_{\ell-1}$", title=self.weights)
        return ax

    def to_xarray(self):
        """An xarray Dataset over the layer; growth is nan in layer 0."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        data = {}
        for name, pair in self._tables.items():
            for suffix, values in zip(("", "_error"), pair, strict=True):
                padded = np.concatenate([[np.nan], values]) if name == "growth" else values
                data[name + suffix] = ("layer", padded)
        return xarray.Dataset(data, coords={"layer": self.layers})


def _growth(logs):
    """s_{l+1}/s_l along the second axis; 0 after a layer of zeros."""
    dead = np.isneginf(logs[:, :-1])
    with np.errstate(invalid="ignore"):
        return np.exp(np.where(dead, -np.inf, np.diff(logs, axis=1)))


def _spread(values):
    """The standard deviation over replicas; infinite where a value is."""
    wild = ~np.isfinite(values).all(axis=0)
    return np.where(wild, np.inf, np.std(np.where(wild, 0.0, values), axis=0, ddof=1))
