"""The course of training from several starts: what ``bias_training`` returns."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result

__all__ = ["BiasTraining"]

_QUANTITIES = {
    "largest": "largest class fraction of the guesses",
    "accuracy": "accuracy",
    "loss": "cross entropy",
}


@dataclass(frozen=True, eq=False, repr=False)
class BiasTraining(Result):
    """``accuracy``, ``largest`` and ``loss`` [start, run, record] on the inputs held out.

    ``steps`` are the recorded steps, ``multipliers`` the starts, sigma_w2 over its value at the
    edge of chaos; ``chance`` is the share of the most frequent label, and ``largest_expected``
    the mean largest fraction before training at infinite width for uncorrelated inputs of one
    norm.  A run that left the range of floats has an infinite loss from there on.
    """

    label: str
    classes: int
    multipliers: np.ndarray
    sigma_w2: np.ndarray
    sigma_b2: float
    steps: np.ndarray
    accuracy: np.ndarray
    largest: np.ndarray
    loss: np.ndarray
    chance: float
    largest_expected: np.ndarray
    depth: int
    width: int
    held_out: int
    provenance: Provenance

    @property
    def phases(self):
        """'ordered', 'critical' or 'chaotic' for each start."""
        return tuple(
            "critical" if abs(m - 1) < 1e-9 else "ordered" if m < 1 else "chaotic"
            for m in self.multipliers.tolist()
        )

    @property
    def mean_accuracy(self):
        """The accuracy averaged over the steps, median over the runs of each start."""
        lengths = np.diff(self.steps)
        middle = (self.accuracy[..., 1:] + self.accuracy[..., :-1]) / 2
        return np.median(middle @ lengths / lengths.sum(), axis=1)

    @property
    def half_time(self):
        """The step at which the median accuracy is half way from chance to the best at the end.

        Interpolated between records; infinite if that is not reached.
        """
        median = np.median(self.accuracy, axis=1)
        goal = (self.chance + median[:, -1].max()) / 2
        return np.array([_crossing(self.steps, row, goal) for row in median])

    @property
    def diverged(self):
        """How many runs of each start left the range of floats."""
        return (~np.isfinite(self.loss)).any(axis=2).sum(axis=1)

    def bands(self, quantity="largest"):
        """Lower quartile, median and upper quartile over runs, [3, start, record]."""
        if quantity not in _QUANTITIES:
            raise InputError(f"bands: {quantity!r} is none of {', '.join(_QUANTITIES)}")
        return np.quantile(getattr(self, quantity), (0.25, 0.5, 0.75), axis=1)

    @property
    def statement(self) -> str:
        """Which start learned fastest and what became of the bias, as measured."""
        best = int(np.argmin(self.half_time))
        if not np.isfinite(self.half_time[best]):
            return "as measured, no start learned more than chance"
        largest = self.bands("largest")[1]
        text = (
            f"as measured, the {self.phases[best]} start (multiplier {self.multipliers[best]:g}) "
            f"was half way to the best accuracy first, after {self.half_time[best]:.3g} steps; "
            f"its largest fraction was {largest[best, 0]:.3f} at the start and "
            f"{largest[best, -1]:.3f} at the end"
        )
        if self.diverged.any():
            text += f"; {int(self.diverged.sum())} runs left the range of floats"
        return text

    def __repr__(self):
        starts = ", ".join(f"{m:g}" for m in self.multipliers)
        return (
            f"BiasTraining({self.label}, classes={self.classes}, multipliers=({starts}), "
            f"runs={self.accuracy.shape[1]}, steps={self.steps[-1]})"
        )

    def __str__(self):
        heads = ("start", "sigma_w2", "phase", "largest", "E max G", "at half time", "at the end")
        lines = [repr(self), f"  {self.statement}"]
        lines.append("".join(f"{head:>13}" for head in (*heads, "half time", "accuracy")))
        largest, accuracy = self.bands("largest")[1], self.bands("accuracy")[1]
        for k, phase in enumerate(self.phases):
            half = self.half_time[k]
            there = np.interp(min(half, self.steps[-1]), self.steps, largest[k])
            lines.append(
                f"{self.multipliers[k]:>13g}{self.sigma_w2[k]:>13.5g}{phase:>13}"
                f"{largest[k, 0]:>13.3f}{self.largest_expected[k]:>13.3f}{there:>13.3f}"
                f"{largest[k, -1]:>13.3f}{half:>13.3g}{accuracy[k, -1]:>13.3f}"
            )
        return "\n".join(lines)

    def to_xarray(self):
        """An xarray Dataset of accuracy, largest fraction and loss over start, run and step."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        axes = ("multiplier", "run", "step")
        data = {name: (axes, getattr(self, name)) for name in _QUANTITIES}
        return xarray.Dataset(data, coords={"multiplier": self.multipliers, "step": self.steps})

    def plot(self, ax=None, quantity="largest"):
        """Median and quartiles of 'largest', 'accuracy' or 'loss' over steps; returns the axes."""
        low, median, high = self.bands(quantity)
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        at = self.steps + 1
        for k, phase in enumerate(self.phases):
            (line,) = ax.plot(at, median[k], label=f"{self.multipliers[k]:g} ({phase})")
            ax.fill_between(at, low[k], high[k], color=line.get_color(), alpha=0.2, lw=0)
        ax.set(xlabel="step + 1", ylabel=_QUANTITIES[quantity], title=self.label, xscale="log")
        ax.legend()
        return ax


def _crossing(steps, values, goal):
    above = np.flatnonzero(values >= goal)
    if not above.size:
        return np.inf
    k = int(above[0])
    if k == 0:
        return float(steps[0])
    share = (goal - values[k - 1]) / (values[k] - values[k - 1])
    return float(steps[k - 1] + share * (steps[k] - steps[k - 1]))
