r"""Drawn weight matrices against what their law declares, in standard errors.

Along the axis of the law, of N weights, three numbers say what matters at infinite width: the mean
of the sum (0), the trace of the covariance, and its value in the direction (1, ..., 1), which is
the variance of the sum.  A standard error is over independent matrices, as rows may depend on each
other.
"""

import math
from dataclasses import dataclass

import numpy as np

from theory.matrix_laws.matrix_law import MatrixLaw

from .input import whole
from .law_sampling import generator
from .matrix_sampling import matrix_drawer, matrix_shape
from .result import Provenance, Result

__all__ = ["MatrixCheck", "check_matrices"]


@dataclass(frozen=True)
class MatrixCheck(Result):
    """Means over ``samples`` matrices with sigma_w2 = 1 against the law, in standard errors.

    ``names`` are the quantities: the mean of a sum of weights along the axis, the sum of their
    squares, the square of their sum; ``ok`` is whether each is within 4 standard errors.
    """

    law: str
    samples: int
    names: tuple[str, ...]
    expected: np.ndarray
    measured: np.ndarray
    standard_error: np.ndarray
    provenance: Provenance

    @property
    def deviations(self):
        """(measured - expected) in standard errors; 0 or infinite where these vanish."""
        gap = self.measured - self.expected
        exact = np.abs(gap) < 1e-12
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(exact, 0.0, gap / self.standard_error)

    @property
    def ok(self):
        """Whether no quantity is further than 4 standard errors from what the law declares."""
        return bool((np.abs(self.deviations) <= 4.0).all())

    def __repr__(self):
        return f"MatrixCheck({self.law}, {'ok' if self.ok else 'not ok'})"

    def __str__(self):
        head = f"{self.law}: {'as declared' if self.ok else 'NOT as declared'}"
        rows = zip(self.names, self.measured, self.standard_error, self.expected, strict=True)
        return "\n".join(
            [head, *(f"  {n}: {m:.6g} ± {e:.2g}, law {x:.6g}" for n, m, e, x in rows)]
        )

    def plot(self, ax=None):
        """The deviations in standard errors, with the band of 4."""
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1] if ax is None else ax
        ax.axhspan(-4.0, 4.0, color="0.9")
        ax.plot(range(len(self.names)), self.deviations, "o")
        ax.set_xticks(range(len(self.names)), self.names)
        ax.set_ylabel("deviation / standard error")
        ax.set_title(self.law)
        return ax


def check_matrices(law, fan_out=32, fan_in=None, samples=400, seed=0) -> MatrixCheck:
    """The mean, the trace and the uniform direction of drawn matrices against their law.

    AssumptionError for a law without maps of variances, InputError for fewer than 2 samples.

    >>> from theory.matrix_laws.correlated import Correlated
    >>> check_matrices(Correlated("1/2"), 8, samples=50)
    MatrixCheck(Correlated('1/2'), ok)
    """
    shape = matrix_shape(fan_out, fan_in)
    samples = whole(samples, "samples", "check", 2)
    law.effect.kappa("check")
    rows = getattr(law, "axis", "row") == "row"
    # independent weights have no axis: their squares and their sums have the same mean
    squares, uniform = law.axis_sums(*shape) if isinstance(law, MatrixLaw) else (1, 1)
    draw, random = matrix_drawer(law), generator(seed, "seed")
    seen = np.array([_statistics(draw(random, shape), -1 if rows else -2) for _ in range(samples)])
    along = "row" if rows else "column"
    return MatrixCheck(
        law=str(law),
        samples=samples,
        names=(f"sum of a {along}", "sum of squares", "square of the sum"),
        expected=np.array([0.0, float(squares), float(uniform)]),
        measured=seen.mean(axis=0),
        standard_error=seen.std(axis=0, ddof=1) / math.sqrt(samples),
        provenance=Provenance.of(
            "check", str(law), seed=seed, fan_out=shape[0], fan_in=shape[1], samples=samples
        ),
    )


def _statistics(weights, axis):
    sums = weights.sum(axis=axis)
    return sums.mean(), (weights**2).sum(axis=axis).mean(), (sums**2).mean()
