"""The guessing bias along the layers: what ``propagate`` returns for a ``GuessingBias``."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..trajectory import Trajectory

__all__ = ["BiasTrajectory"]


@dataclass(frozen=True, eq=False, repr=False)
class BiasTrajectory(Trajectory):
    """A :class:`Trajectory` with gamma = sigma_mu2/sigma_y2 = c/(1 - c) in each layer.

    With the default start row 0 is the first layer of pre-activations, so that the gamma_l of a
    layer counted from 1 is row l - 1.  gamma comes from 1 - c and is right to the accuracy of
    that where c rounds to 1, and where q is too large or too small for a float.
    """

    pooling: str | None = None

    @property
    def gamma(self):
        """The ratio of the variance of node centres to that of a node over the data."""
        with np.errstate(divide="ignore", over="ignore"):
            return 1.0 / self.one_minus_c - 1.0

    @property
    def sigma_y2(self):
        """The variance of a node over the data, q (1 - c)."""
        return _times(self.one_minus_c, self.q)

    @property
    def sigma_mu2(self):
        """The variance of the centres of nodes over networks, q c."""
        return _times(self.c, self.q)

    @property
    def expected_largest(self):
        """E max(G, 1 - G) of two classes in each layer: 1/2 + arctan(sqrt(gamma))/pi."""
        return 0.5 + np.arctan(np.sqrt(self.gamma)) / np.pi

    def class_fraction(self, layer=-1, classes=2):
        """The law of the fraction of inputs that one of ``classes`` gets, read off at ``layer``.

        ``layer`` is one of ``layers``, or counts them from the end if negative; see
        :func:`numerics.guessing.class_fraction.class_fraction`.
        """
        from .class_fraction import class_fraction

        gamma = self.gamma[self._row(layer)]
        if np.ndim(gamma):
            raise InputError(
                f"class_fraction: this trajectory holds starts of shape {gamma.shape}; take one "
                "of them, as in class_fraction(gamma=path.gamma[-1, 0])"
            )
        return class_fraction(gamma=float(gamma), classes=classes)

    def _row(self, layer):
        whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
        if whole and -len(self) <= layer < 0:
            return int(layer)
        found = np.flatnonzero(self.layers == layer) if whole else ()
        if len(found) == 0:
            raise InputError(
                f"class_fraction: layer = {layer!r} is none of the {len(self)} layers kept, "
                f"{self.layers[0]} to {self.depth}"
            )
        return int(found[0])

    def __repr__(self):
        return f"Bias{super().__repr__()}"

    def _columns(self):
        return [*super()._columns(), ("gamma", self.gamma)]

    def plot(self, ax=None, quantity="gamma"):
        """``quantity`` ('gamma', 'expected_largest', …) against the layer; returns the axes."""
        labels = {
            "gamma": r"$\gamma_\ell$",
            "expected_largest": r"$E\,\max(G_0, 1 - G_0)$",
            "one_minus_c": r"$1 - c_\ell$",
            "q": r"$q_\ell$",
            "sigma_y2": r"$\sigma_y^2$",
            "sigma_mu2": r"$\sigma_\mu^2$",
        }
        if quantity not in labels:
            raise InputError(
                f"plot: quantity = {quantity!r} is unknown; use one of {', '.join(labels)}"
            )
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        values = np.ma.masked_invalid(getattr(self, quantity).reshape(len(self), -1))
        ax.plot(self.layers, values)
        if quantity != "expected_largest" and (values > 0).any():
            ax.set_yscale("log")
        if quantity == "gamma":
            ax.axhline(1.0, color="grey", linewidth=0.8, linestyle=":")
        ax.set(xlabel=r"layer $\ell$", title=self.activation, ylabel=labels[quantity])
        return ax


def _times(share, q):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(share == 0.0, 0.0, share * q)
