"""What a student is asked to learn: the outputs of a teacher of its own shape on normal inputs.

Everything that a run is given - its teacher, its inputs, the order of its batches and the random
numbers that its first weights are made of - depends on the seed and on the number of the run
alone, so that schemes and optimizers are compared on the same tasks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..perceptron import Perceptron
from ..random_numbers import key_of
from .drawing import drawn_parameters, views

__all__ = ["Task", "mean_variance", "spread"]

_TEACHER, _INPUTS, _STUDENT, _ORDER = 5, 6, 7, 8
_TRIES = 100
#: Below this spread outputs are a constant but for rounding, or might as well be.
_CONSTANT = 1e-6


@dataclass(frozen=True, eq=False)
class Task:
    """``sizes`` from inputs to outputs; ``teacher`` draws its layers, one function for each; the
    last inputs are held out."""

    phi: Callable
    slope: Callable
    sizes: tuple
    teacher: Sequence[Callable]
    inputs: int
    held_out: int
    seed: int

    @property
    def held(self):
        """Where the inputs held out are."""
        return slice(self.inputs, None)

    def data(self, run):
        """(x, y) of one run, shapes (sizes[0], inputs) and (sizes[-1], inputs).

        A teacher that is constant on the inputs held out is drawn anew.
        """
        shape = (self.sizes[0], self.inputs + self.held_out)
        x = self._random(_INPUTS, run).standard_normal(shape)
        random = self._random(_TEACHER, run)
        for _ in range(_TRIES):
            parameters = drawn_parameters(self.teacher, self.sizes, random)
            y = self.network(parameters).outputs(x)
            if not np.isfinite(mean_variance(y[:, self.held])):
                raise InputError(
                    "teacher_student: the teacher's outputs leave the range of floats; give the "
                    "teacher a smaller sigma_w2"
                )
            if spread(y[:, self.held]) > _CONSTANT:
                return x, y
        raise InputError(
            f"teacher_student: {_TRIES} teachers in turn were constant on their inputs; give "
            "sizes= wider layers or teacher= another scheme"
        )

    def variance(self, run):
        """The variance of the teacher's outputs over the inputs held out."""
        return mean_variance(self.data(run)[1][:, self.held])

    def student(self, draws, run):
        """The parameters that a scheme starts a run from, in one row."""
        return drawn_parameters(draws, self.sizes, self._random(_STUDENT, run))

    def order(self, run):
        """The generator that shuffles the inputs of a run before each epoch."""
        return self._random(_ORDER, run)

    def network(self, parameters):
        """The network, or the stack of networks, whose matrices are views of ``parameters``."""
        return Perceptron(self.phi, self.slope, *views(parameters, self.sizes))

    def _random(self, stream, run):
        return np.random.default_rng([key_of(self.seed, stream), run])


def mean_variance(outputs):
    """The variance of outputs [..., output, input] over the inputs, averaged over the outputs."""
    with np.errstate(over="ignore", invalid="ignore"):
        return outputs.var(axis=-1).mean(axis=-1)


def spread(outputs):
    """The standard deviation of outputs [..., output, input] over the inputs, relative to their
    root mean square: 0 for a constant, also for the constant 0."""
    square = (outputs**2).mean(axis=(-2, -1))
    share = np.divide(mean_variance(outputs), square, out=np.zeros_like(square), where=square > 0)
    return np.sqrt(share)
