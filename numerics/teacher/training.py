r"""A block of runs: students of one scheme learn their teachers, all as one stack of matrices.

loss = mean over a batch of |f(x; student) - f(x; teacher)|^2 / outputs
"""

import hashlib
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass

import numpy as np

from ..optimizers import stepper
from ..stored_runs import stored
from .drawing import views
from .task import mean_variance, spread

__all__ = ["DIVERGED", "Training", "stored_block"]

#: A run whose loss on a batch passes this multiple of its teacher's variance is stopped.
DIVERGED = 1e12


@dataclass(frozen=True)
class Training:
    """Whole epochs of batches in a fresh order, recorded at the steps ``records``."""

    optimizer: str
    learning_rate: float
    epochs: int
    batch: int
    records: tuple


def stored_block(task, draws, training, runs, folder=None, stop=None):
    """[loss, spread] x run x record, read from ``folder`` if it is there.

    The loss is over the inputs held out, in units of the variance of the teacher's outputs there;
    of a run that diverged both are infinite from then on.  If the event ``stop`` is set, a block
    under way ends in a CancelledError.
    """
    x, y = (np.stack(arrays) for arrays in zip(*map(task.data, runs), strict=True))
    students = np.stack([task.student(draws, run) for run in runs])
    # a run is named by what was drawn for it, for not every law has a text of its own
    drawn = hashlib.sha256()
    for array in (x, y, students, _sampled(task)):
        drawn.update(array.tobytes())
    name = {
        **asdict(training), "drawn": drawn.hexdigest(), "runs": list(runs), "seed": task.seed,
        "sizes": task.sizes, "inputs": task.inputs,
    }  # fmt: skip
    shape = (2, len(runs), len(training.records))
    return stored(
        folder, name, shape, lambda: _trained(task, training, runs, students, x, y, stop)
    )


def _trained(task, training, runs, parameters, x, y, stop):
    """The record of a block; ``parameters`` are moved in place."""
    course = _Course(task, training, parameters, x[..., task.held], y[..., task.held])
    shuffling = [task.order(run) for run in runs]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(training.epochs):
            if stop is not None and stop.is_set():
                raise CancelledError
            order = np.stack([random.permutation(task.inputs) for random in shuffling])
            inputs, targets = (np.take_along_axis(a, order[:, None], axis=2) for a in (x, y))
            for end in range(training.batch, task.inputs + 1, training.batch):
                batch = slice(end - training.batch, end)
                course.record()
                course.move(inputs[..., batch], targets[..., batch])
        course.record()
    return course.found


class _Course:
    """The state of a block in training: its parameters, its step, its record so far."""

    def __init__(self, task, training, parameters, x, y):
        self.network = task.network(parameters)
        self.step_along = stepper(training.optimizer, training.learning_rate)
        self.parameters, self.x, self.y = parameters, x, y
        self.gradient = np.empty_like(parameters)
        self.parts = views(self.gradient, task.sizes)
        self.variance = mean_variance(y)
        self.alive = np.ones(len(parameters), dtype=bool)
        self.step, self.records = 0, training.records
        self.found = np.full((2, len(parameters), len(self.records)), np.inf)

    def record(self):
        """Measure the runs that did not diverge, if the step is one of those recorded."""
        if self.step not in self.records:
            return
        at = self.records.index(self.step)
        outputs = self.network.outputs(self.x)
        self._stop(_mean_square(outputs - self.y))
        loss = _mean_square(outputs - self.y) / self.variance
        self.found[0, self.alive, at] = loss[self.alive]
        self.found[1, self.alive, at] = spread(outputs[self.alive])

    def move(self, x, y):
        """One step on a batch."""
        z, inputs = self.network.layers(x)
        error = z[-1] - y
        self._stop(_mean_square(error))
        found = self.network.pulled_back(z, inputs, error * (2.0 / error[0].size))
        for views_of_kind, arrays in zip(self.parts, found, strict=True):
            for view, array in zip(views_of_kind, arrays, strict=True):
                view[...] = array
        if not self.alive.all():
            self.gradient[~self.alive] = 0.0
        self.step_along(self.parameters, self.gradient, 0)
        self.step += 1

    def _stop(self, loss):
        """Runs with a loss out of bounds stay at 0, harmless, and are recorded no more."""
        self.alive &= loss <= DIVERGED * self.variance  # False for nan
        if not self.alive.all():
            self.parameters[~self.alive] = 0.0


def _mean_square(error):
    return (error**2).mean(axis=(-2, -1))


def _sampled(task):
    """phi and its slope at some places: which activation it is."""
    places = np.linspace(-3.0, 3.0, 241)
    return np.stack([task.phi(places), task.slope(places)])
