r"""``kernel_training``: outputs of a network trained with a fixed tangent kernel, at any time.

Everything is a function of the eigenvalues of the training kernel: with K = U diag(k) U^T the
residual in the mode k is multiplied by r(k) = exp(-k t/N) (gradient flow), (1 - eta k/N)^steps
(gradient descent), or the two-step recursion of heavy-ball momentum, and

    f_t(x) = f_0(x) + K(x, X) U diag((1 - r(k))/k) U^T (y - f_0).

Over random initializations f_0 is a Gaussian process whose kernel may be given; f_t is then
Gaussian as well (Lee et al. 2019, arXiv:1902.06720, eqs. 14-16).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from theory.errors import InputError

from .result import Provenance, Result

__all__ = ["KernelTraining", "kernel_training"]

_RULES = ("gradient flow", "gradient descent", "momentum")


@dataclass(frozen=True, eq=False, repr=False)
class KernelTraining(Result):
    """The course of training; arrays have the axis of times first.

    ``train`` (times, N, outputs) and ``test`` (times, M, outputs) are the outputs (their means
    over initializations if ``nngp`` was given), ``residual`` the norm of f_t - y, ``limit`` its
    limit: that of the projection of f_0 - y on the null space of the kernel.
    ``test_variance`` (times, M) is the variance over initializations, None without ``nngp``.
    """

    rule: str
    times: np.ndarray
    eigenvalues: np.ndarray
    condition_number: float
    largest_step: float
    train: np.ndarray
    test: np.ndarray | None
    residual: np.ndarray
    limit: float
    limit_test: np.ndarray | None
    test_variance: np.ndarray | None
    train_variance: np.ndarray | None
    trains: bool
    statement: str
    provenance: Provenance

    def __repr__(self):
        return (
            f"KernelTraining({self.rule}, N={len(self.eigenvalues)}, "
            f"condition={self.condition_number:.4g}, residual={self.residual[-1]:.4g})"
        )

    def __str__(self):
        return f"{self!r}\n  {self.statement}"

    def test_error(self, labels):
        """The mean squared error on the test inputs at each time, its mean with ``nngp``."""
        if self.test is None:
            raise InputError("test_error: no test inputs were given; pass test_kernel=")
        labels = np.asarray(labels, dtype=float).reshape(self.test.shape[1:])
        error = np.mean((self.test - labels) ** 2, axis=(1, 2))
        if self.test_variance is not None:
            error = error + self.test_variance.mean(axis=1)
        return error

    @cached_property
    def half_life(self):
        """The time in which each mode of the residual halves under gradient flow."""
        with np.errstate(divide="ignore"):
            return np.log(2.0) * len(self.eigenvalues) / self.eigenvalues

    def plot(self, ax=None):
        """The residual against time on logarithmic axes; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        positive = self.times > 0
        ax.loglog(self.times[positive], self.residual[positive])
        ax.set(xlabel="time", ylabel=r"$\|f_t-y\|$", title=self.rule)
        return ax


def kernel_training(
    kernel,
    labels,
    times,
    *,
    f0=None,
    test_kernel=None,
    f0_test=None,
    step=None,
    momentum=0.0,
    nngp=None,
    nngp_test=None,
    nngp_test_diagonal=None,
) -> KernelTraining:
    """Outputs on training and test inputs in the course of training with a fixed kernel.

    Parameters
    ----------
    kernel
        The tangent kernel K of the N training inputs, N x N, symmetric, positive semi-definite.
    labels
        y, of shape (N,) or (N, outputs).
    times
        Times of the gradient flow; with ``step``, numbers of steps.
    f0, f0_test
        Outputs before training, 0 by default.
    test_kernel
        K(x, X) of M test inputs against the training inputs, M x N.
    step, momentum
        The learning rate of gradient descent on the loss (1/2N)|f - y|^2, and heavy-ball momentum
        in [0, 1).
    nngp, nngp_test, nngp_test_diagonal
        The covariance of f_0: N x N, M x N and its M diagonal entries at the test inputs.  Then
        means over f_0 (around ``f0``) and variances are returned.

    Raises
    ------
    InputError
        for matrices that do not fit, a kernel with a negative eigenvalue, a step beyond the
        stability bound 2 N (1 + momentum)/k_max.

    >>> found = kernel_training(np.ones((2, 2)), [1.0, -1.0], [0.0, 10.0])
    >>> found.residual, found.trains
    (array([1.41421356, 1.41421356]), False)
    """
    kernel, labels, times = _problem(kernel, labels, times)
    count = len(kernel)
    values, vectors = np.linalg.eigh(kernel)
    rounding = count * np.finfo(float).eps * max(abs(values[0]), abs(values[-1]))
    if values[0] < -8 * rounding - 1e-12 * values[-1]:
        raise InputError(
            f"kernel_training: the kernel has the eigenvalue {values[0]:.3g} < 0; a tangent "
            "kernel is positive semi-definite"
        )
    null = values <= rounding
    values = np.where(null, 0.0, values)
    momentum = _momentum(momentum, step)
    largest = 2.0 * count * (1.0 + momentum) / values[-1] if values[-1] > 0 else np.inf
    rule = _RULES[0] if step is None else _RULES[1] if momentum == 0.0 else _RULES[2]
    factors = _factors(values / count, times, step, momentum, largest)
    start = _outputs(f0, labels.shape, "f0")
    modes = vectors.T @ (start - labels)
    train = labels + np.einsum("ij,tj,jk->tik", vectors, factors, modes)
    limit_modes = np.where(null[:, None], modes, 0.0)
    # a mode of residual exactly on the null space never moves; what rounding left does not count
    kept = np.linalg.norm(limit_modes)
    trains = bool(kept <= 1e-10 * max(np.linalg.norm(modes), 1e-300))
    learned = _learned(values, factors)
    forever = np.where(null, 0.0, 1.0 / np.where(null, 1.0, values))
    test = limit_test = operators = None
    if test_kernel is not None:
        cross = _matrix(test_kernel, (None, count), "test_kernel")
        before = _outputs(f0_test, (len(cross), labels.shape[1]), "f0_test")
        projected = cross @ vectors
        test = before - np.einsum("mj,tj,jk->tmk", projected, learned, modes)
        limit_test = before - (projected * forever) @ modes
        operators = np.einsum("mj,tj,nj->tmn", projected, learned, vectors)
    variances = _variances(nngp, nngp_test, nngp_test_diagonal, operators, vectors, factors)
    return KernelTraining(
        rule=rule,
        times=times,
        eigenvalues=values,
        condition_number=float(values[-1] / values[0]) if values[0] > 0 else np.inf,
        largest_step=float(largest),
        train=train,
        test=test,
        residual=np.linalg.norm(train - labels, axis=(1, 2)),
        limit=0.0 if trains else float(kept),
        limit_test=limit_test,
        test_variance=variances[1],
        train_variance=variances[0],
        trains=trains,
        statement=_statement(null, trains, kept),
        provenance=Provenance.of("kernel_training", "", N=count, rule=rule),
    )


def _factors(rates, times, step, momentum, largest):
    """What is left of each mode at each time: shape (times, modes)."""
    if step is None:
        return np.exp(-np.multiply.outer(times, rates))
    step = float(step)
    if not 0 < step < largest:
        raise InputError(
            f"kernel_training: step = {step:g} is not in (0, {largest:.6g}), where "
            f"{'momentum' if momentum else 'gradient descent'} is stable"
        )
    if (times != np.round(times)).any():
        raise InputError("kernel_training: with a step, times count steps; pass whole numbers")
    if momentum == 0.0:
        return (1.0 - step * rates)[None, :] ** times[:, None]
    # r_{k+1} = (1 + beta - eta k) r_k - beta r_{k-1} with r_{-1} = r_0 = 1
    matrix = np.zeros((len(rates), 2, 2))
    matrix[:, 0, 0], matrix[:, 0, 1] = 1.0 + momentum - step * rates, -momentum
    matrix[:, 1, 0] = 1.0
    powers = [np.linalg.matrix_power(matrix, int(k)) for k in times]
    return np.array([power[:, 0, 0] + power[:, 0, 1] for power in powers])


def _learned(values, factors):
    """(1 - r)/k with its limit 0 * (1/k) on the null space, where K(x, X) vanishes as well."""
    return np.where(values > 0, (1.0 - factors) / np.where(values > 0, values, 1.0), 0.0)


def _variances(nngp, nngp_test, diagonal, operators, vectors, factors):
    if nngp is None:
        return None, None
    count = len(vectors)
    nngp = _matrix(nngp, (count, count), "nngp")
    left = np.einsum("ij,tj,nj->tin", vectors, factors, vectors)
    train = np.einsum("tin,nm,tim->ti", left, nngp, left)
    if operators is None:
        return train, None
    if nngp_test is None or diagonal is None:
        raise InputError(
            "kernel_training: the variance at test inputs needs nngp_test= and nngp_test_diagonal="
        )
    cross = _matrix(nngp_test, (operators.shape[1], count), "nngp_test")
    diagonal = _matrix(np.asarray(diagonal, dtype=float)[:, None], (len(cross), 1), "diagonal")
    test = diagonal[:, 0] - 2.0 * np.einsum("tmn,mn->tm", operators, cross)
    test = test + np.einsum("tmn,nk,tmk->tm", operators, nngp, operators)
    return train, np.maximum(test, 0.0)


def _statement(null, trains, kept):
    if not null.any():
        return "the kernel is non-singular: the training residual vanishes from every start"
    if trains:
        return (
            f"the kernel is singular ({int(null.sum())} null directions), but f_0 - y is "
            "orthogonal to its null space: the residual vanishes"
        )
    return f"the residual tends to {kept:.6g}, the part of f_0 - y in the null space of the kernel"


def _problem(kernel, labels, times):
    kernel = _matrix(kernel, (None, None), "kernel")
    count = len(kernel)
    if kernel.shape != (count, count) or not count:
        raise InputError(f"kernel_training: the kernel has shape {kernel.shape}; it must be N x N")
    if not np.allclose(kernel, kernel.T, rtol=1e-10, atol=1e-300):
        raise InputError("kernel_training: the kernel is not symmetric")
    labels = np.asarray(labels, dtype=float)
    if labels.ndim not in (1, 2) or len(labels) != count:
        raise InputError(
            f"kernel_training: labels have shape {labels.shape}; the kernel has {count} inputs"
        )
    times = np.atleast_1d(np.asarray(times, dtype=float))
    if times.ndim != 1 or not times.size or not (np.isfinite(times) & (times >= 0)).all():
        raise InputError("kernel_training: times must be finite numbers >= 0")
    return kernel, labels.reshape(count, -1), times


def _outputs(values, shape, name):
    if values is None:
        return np.zeros(shape)
    values = np.asarray(values, dtype=float)
    if values.size != shape[0] * shape[1]:
        raise InputError(f"kernel_training: {name} has shape {values.shape}, expected {shape}")
    return values.reshape(shape)


def _matrix(values, shape, name):
    try:
        matrix = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"kernel_training: {name} is not an array of numbers") from None
    fits = matrix.ndim == 2 and all(
        want is None or have == want for have, want in zip(matrix.shape, shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if want is None else str(want) for want in shape)
        raise InputError(f"kernel_training: {name} has shape {matrix.shape}, expected {wanted}")
    if not np.isfinite(matrix).all():
        raise InputError(f"kernel_training: {name} has entries that are not finite")
    return matrix


def _momentum(momentum, step):
    momentum = float(momentum)
    if not 0 <= momentum < 1:
        raise InputError(f"kernel_training: momentum = {momentum:g} must be in [0, 1)")
    if momentum and step is None:
        raise InputError("kernel_training: momentum needs a step=")
    return momentum
