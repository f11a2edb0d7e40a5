"""The layers of one wide network: what ``propagate`` returns."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from .result import Provenance, Result, write_csv

__all__ = ["Trajectory"]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Result):
    """Layers along the first axis: ``q``, and ``one_minus_c`` if a correlation was given.

    ``layers`` says which layers the rows are (0..depth unless fewer were asked for) and
    ``statement`` what the variance did; relative accuracy is about 1e-14 per factor by which the
    map expands errors.
    """

    activation: str
    sigma_w2: float
    sigma_b2: float
    q: np.ndarray
    one_minus_c: np.ndarray | None
    statement: str
    provenance: Provenance
    layers: np.ndarray

    @property
    def c(self):
        """The correlation."""
        return None if self.one_minus_c is None else 1.0 - self.one_minus_c

    @property
    def depth(self):
        """The number of maps applied."""
        return int(self.layers[-1])

    def __len__(self):
        return self.q.shape[0]

    def __repr__(self):
        return (
            f"Trajectory({self.activation}, sigma_w2={self.sigma_w2:g}, "
            f"sigma_b2={self.sigma_b2:g}, depth={self.depth})"
        )

    def __str__(self):
        columns = {name: array.reshape(len(self), -1)[:, 0] for name, array in self._columns()}
        heads = {"one_minus_c": "1 - c"}
        title = "".join(f"  {heads.get(name, name):>18}" for name in columns)
        lines = [repr(self), f"  {self.statement}", f"     layer{title}"]
        shown = {0, *(10**k for k in range(12) if 10**k < self.depth), self.depth}
        for row, layer in enumerate(self.layers.tolist()):
            if layer in shown or len(self) <= 12:
                values = "".join(f"  {column[row]:>18.12g}" for column in columns.values())
                lines.append(f"  {layer:>8}{values}")
        return "\n".join(lines)

    def _columns(self):
        """The arrays that are known, by name, all with the layers first."""
        names = ("q", "one_minus_c")
        return [(name, getattr(self, name)) for name in names if getattr(self, name) is not None]

    def plot(self, ax=None):
        """1 - c (or q) against the layer, logarithmically; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        values = self.q if self.one_minus_c is None else self.one_minus_c
        later = self.layers > 0
        ax.loglog(self.layers[later], values.reshape(len(self), -1)[later])
        ax.set(
            xlabel=r"layer $\ell$",
            title=self.activation,
            ylabel=r"$q_\ell$" if self.one_minus_c is None else r"$1 - c_\ell$",
        )
        return ax

    def to_xarray(self):
        """An xarray Dataset over the layer and the axes of the inputs."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        axes = ("layer", *(f"input_{k}" for k in range(self.q.ndim - 1)))
        data = {name: (axes, array) for name, array in self._columns()}
        return xarray.Dataset(data, coords={"layer": self.layers})

    def to_csv(self, path):
        """One row per layer (one input only)."""
        if self.q.ndim != 1:
            raise InputError("to_csv: this trajectory holds several inputs; use to_xarray or save")
        columns = {"layer": self.layers}
        for name, array in self._columns():
            columns |= {"c": self.c} if name == "one_minus_c" else {}
            columns[name] = array
        write_csv(path, columns)
        return path
