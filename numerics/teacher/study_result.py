"""How students of several initializations learned: what ``teacher_student`` returns."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result, write_csv
from .comparison import compared

__all__ = ["TeacherStudy", "quartiles"]

#: Stands for infinity where numbers are interpolated; a loss is at most some 1e12.
_HUGE = 1e300


@dataclass(frozen=True, eq=False, repr=False)
class TeacherStudy(Result):
    """``loss`` and ``spread`` [scheme, optimizer, run, record] on inputs held out.

    ``loss`` is the mean squared error over the variance of the teacher's outputs, 1 for the best
    constant; ``spread`` the standard deviation of the student's outputs over their root mean
    square.  Both are infinite for a run that diverged, from then on.  ``steps`` are the recorded
    steps, ``teacher_variance`` [run] is what losses are divided by, and a student is collapsed,
    constant over the inputs, if its spread is at most ``tolerance``.  The table counts the steps
    to the loss ``goal``.  Run r is the same task for all schemes and optimizers.
    """

    label: str
    schemes: tuple
    laws: tuple
    sigma_w2: np.ndarray
    sigma_b2: np.ndarray
    teacher: str
    first_layer: str
    optimizers: tuple
    learning_rates: np.ndarray
    sizes: tuple
    steps: np.ndarray
    loss: np.ndarray
    spread: np.ndarray
    teacher_variance: np.ndarray
    tolerance: float
    goal: float
    provenance: Provenance

    @property
    def runs(self):
        """How many students of each scheme and optimizer were trained."""
        return self.loss.shape[2]

    @property
    def final(self):
        """The loss at the end, [scheme, optimizer, run]."""
        return self.loss[..., -1]

    @property
    def bands(self):
        """Lower quartile, median and upper quartile of the loss over runs,
        [3, scheme, optimizer, record]."""
        return quartiles(self.loss, axis=2)

    @property
    def diverged(self):
        """How many runs diverged, [scheme, optimizer]; they are counted in every other number."""
        return np.isinf(self.final).sum(axis=2)

    @property
    def collapsed(self):
        """How many students are constant before and after training, [2, scheme, optimizer]."""
        return (self.spread[..., [0, -1]] <= self.tolerance).sum(axis=2).transpose(2, 0, 1)

    def collapsed_interval(self, confidence=0.95):
        """Wilson's interval of the probability to be collapsed, [low/high, 2, scheme,
        optimizer]."""
        from scipy.stats import binomtest

        counts = self.collapsed
        ends = np.empty((2, *counts.shape))
        for place, count in np.ndenumerate(counts):
            interval = binomtest(int(count), self.runs).proportion_ci(confidence, "wilson")
            ends[(slice(None), *place)] = interval
        return ends

    def steps_to(self, loss=0.1):
        """The step at which each run first has this loss, [scheme, optimizer, run].

        Interpolated between records; infinite if it is not reached.
        """
        found = np.full(self.loss.shape[:3], np.inf)
        for place in np.ndindex(found.shape):
            found[place] = _reached(self.steps, self.loss[place], loss)
        return found

    def comparisons(self, reference=None):
        """Every scheme against ``reference``, a name, by default the first scheme."""
        names = list(self.schemes)
        if reference is not None and reference not in names:
            raise InputError(f"comparisons: {reference!r} is none of {', '.join(names)}")
        index = 0 if reference is None else names.index(reference)
        return compared(names, self.optimizers, self.final, index)

    @property
    def statement(self) -> str:
        """Which scheme ended lowest, and which differ from the first, as measured."""
        from .study_text import statement

        return statement(self)

    def rows(self):
        """One mapping for each scheme and optimizer: the numbers of the table."""
        from .study_text import rows

        return rows(self)

    def __repr__(self):
        return (
            f"TeacherStudy({self.label}, schemes={len(self.schemes)}, "
            f"optimizers=({', '.join(self.optimizers)}), runs={self.runs}, "
            f"steps={self.steps[-1]})"
        )

    def __str__(self):
        from .study_text import table

        return table(self)

    def to_csv(self, path):
        """One row for each scheme, optimizer, run and recorded step."""
        index = np.indices(self.loss.shape).reshape(4, -1)
        write_csv(
            path,
            {
                "scheme": [self.schemes[k] for k in index[0]],
                "optimizer": [self.optimizers[k] for k in index[1]],
                "run": index[2],
                "step": self.steps[index[3]],
                "loss": self.loss.ravel(),
                "spread": self.spread.ravel(),
            },
        )

    def to_xarray(self):
        """An xarray Dataset of loss and spread over scheme, optimizer, run and step."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        axes = ("scheme", "optimizer", "run", "step")
        coordinates = {
            "scheme": list(self.schemes),
            "optimizer": list(self.optimizers),
            "step": self.steps,
            "sigma_w2": ("scheme", self.sigma_w2),
            "teacher_variance": ("run", self.teacher_variance),
        }
        data = {"loss": (axes, self.loss), "spread": (axes, self.spread)}
        return xarray.Dataset(data, coords=coordinates)

    def plot(self, ax=None, optimizer=None):
        """Median and quartiles of the loss over steps: a panel for each optimizer.

        With ``ax`` one panel, of ``optimizer`` or of the first.  Returns the axes, an array of
        them if there are several.
        """
        from .study_text import draw

        chosen = self.optimizers if optimizer is None else (optimizer,)
        if optimizer is not None and optimizer not in self.optimizers:
            raise InputError(f"plot: {optimizer!r} is none of {', '.join(self.optimizers)}")
        if ax is not None:
            return draw(self, chosen[0], ax)
        import matplotlib.pyplot as plt

        figure, panels = plt.subplots(
            1, len(chosen), sharey=True, squeeze=False, figsize=(5.2 * len(chosen), 4.2)
        )
        for name, panel in zip(chosen, panels[0], strict=True):
            draw(self, name, panel)
        figure.tight_layout()
        return panels[0] if len(chosen) > 1 else panels[0, 0]


def quartiles(values, axis):
    """Quartiles of numbers >= 0, the infinite ones included: infinite, never nan."""
    found = np.quantile(np.minimum(values, _HUGE), (0.25, 0.5, 0.75), axis=axis)
    return np.where(found > _HUGE * 1e-9, np.inf, found)


def _reached(steps, losses, goal):
    below = np.flatnonzero(losses <= goal)
    if not below.size:
        return np.inf
    k = int(below[0])
    if k == 0:
        return float(steps[0])
    share = (losses[k - 1] - goal) / (losses[k - 1] - losses[k])
    return float(steps[k - 1] + share * (steps[k] - steps[k - 1]))
