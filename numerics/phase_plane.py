"""What phase diagrams over any two axes share: phases, c*, depth scales and their export."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from theory.errors import InputError

from .result import Result, depth_scale, write_csv

__all__ = ["PHASES", "PhasePlane"]

#: By code.
PHASES = ("ordered", "chaotic", "critical", "divergent")


class PhasePlane(Result):
    """A result with ``q``, ``chi_1``, ``chi_q`` and ``count`` over two axes.

    A subclass gives ``phase_code`` and ``_correlation``, the pair (1 - c*, C'(c*)) of arrays.
    ``AXES`` names the axes, rows first, ``LISTED`` what a table of the diagram has.
    """

    AXES: ClassVar[tuple[str, str]]
    LISTED: ClassVar[tuple[str, ...]]

    @cached_property
    def xi_q(self):
        """-1/log|chi_q|."""
        return depth_scale(self.chi_q)

    @cached_property
    def phase(self):
        """'ordered', 'chaotic', 'critical' or, without a fixed point, 'divergent'."""
        return np.array(PHASES)[self.phase_code]

    @property
    def one_minus_c_star(self):
        """1 - c*, without cancellation; 0 where chi_1 <= 1, NaN where it is unknown."""
        return self._correlation[0]

    @cached_property
    def c_star(self):
        """The attracting correlation."""
        return 1.0 - self.one_minus_c_star

    @cached_property
    def xi_c(self):
        """-1/log C'(c*); infinite at criticality."""
        return np.where(self.phase_code == 2, np.inf, depth_scale(self._correlation[1]))

    def shares(self):
        """How much of the plane each phase takes, in words."""
        parts = np.bincount(self.phase_code.ravel(), minlength=4) / self.q.size
        pairs = zip(PHASES, parts, strict=True)
        return ", ".join(f"{name} {share:.1%}" for name, share in pairs if share)

    def to_xarray(self):
        """An xarray Dataset over the two axes (needs the extra ``xarray``)."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        return xarray.Dataset(
            {name: (self.AXES, getattr(self, name)) for name in self.LISTED},
            coords={name: getattr(self, name) for name in self.AXES},
            attrs={"activation": self.activation, "branch": self.branch},
        )

    def to_csv(self, path):
        """One row per grid point: the two parameters and what ``LISTED`` names."""
        row, column = self.AXES
        down, across = np.meshgrid(getattr(self, row), getattr(self, column), indexing="ij")
        columns = {column: across, row: down}
        columns |= {name: getattr(self, name) for name in self.LISTED}
        write_csv(path, {name: values.ravel() for name, values in columns.items()})
        return Path(path)
