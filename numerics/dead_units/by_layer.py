r"""``dead_units``: how many units of a wide network are off on all of some inputs, by layer.

The covariance of the pre-activations goes through the maps of infinite width; in each layer the
probability that a Gaussian vector with that covariance lies in the zero set of phi, in all its
coordinates, is the expected fraction of the units that are off on every input.
"""

from dataclasses import dataclass

import numpy as np

from theory import symbols
from theory.errors import InputError

from ..guessing.gram_path import correlations_by_layer
from ..guessing.random_layer import random_layer
from ..input import finite, whole
from ..propagate import propagate
from ..result import Provenance, Result
from .orthants import interval_array, off_on_all, off_on_one
from .setting import as_dead_units, first_covariance, input_rows, scale_free

__all__ = ["DeadUnitsPath", "dead_units"]

_VERB = "dead_units"


@dataclass(frozen=True, eq=False, repr=False)
class DeadUnitsPath(Result):
    """Probabilities at infinite width that a unit is off, in layers 1, 2, …

    ``one_input`` [layer, input] is that of being off on an input, ``all_inputs`` [layer] on all of
    them, with its ``error`` (three standard deviations where it is estimated).  ``q`` [layer,
    input] are the variances of the pre-activations, ``correlation`` [layer] the mean correlation
    of two inputs (nan for one).
    """

    label: str
    what: str
    q: np.ndarray
    correlation: np.ndarray
    one_input: np.ndarray
    all_inputs: np.ndarray
    error: np.ndarray
    provenance: Provenance

    @property
    def depth(self):
        """Layers."""
        return len(self.all_inputs)

    @property
    def inputs(self):
        """How many inputs."""
        return self.q.shape[1]

    @property
    def layers(self):
        """1, 2, …"""
        return np.arange(1, self.depth + 1)

    def __repr__(self):
        return (
            f"DeadUnitsPath({self.label}, inputs={self.inputs}, depth={self.depth}, "
            f"all_inputs={self.all_inputs[-1]:.6g})"
        )

    def __str__(self):
        head = f"  {'layer':>5}{'correlation':>13}{'one input':>12}{'all inputs':>14}{'error':>10}"
        rows = [
            f"  {k + 1:>5}{self.correlation[k]:>13.6g}{self.one_input[k].mean():>12.6g}"
            f"{self.all_inputs[k]:>14.8g}{self.error[k]:>10.1e}"
            for k in range(self.depth)
            if self.depth <= 20 or k < 5 or k % 10 == 9 or k == self.depth - 1
        ]
        return "\n".join([repr(self), head, *rows])

    def plot(self, ax=None):
        """The probability of being off on one input, and on all of them, by layer."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        ax.plot(self.layers, self.all_inputs, marker=".", label=f"on all {self.inputs} inputs")
        ax.plot(self.layers, self.one_input.mean(axis=1), color="k", ls=":", label="on one input")
        ax.set(xlabel=r"layer $\ell$", ylabel="fraction of units that are off", title=self.label)
        ax.legend()
        return ax

    def to_xarray(self):
        """The probabilities as an xarray Dataset over layers and inputs."""
        import xarray

        return xarray.Dataset(
            {
                "q": (("layer", "input"), self.q),
                "one_input": (("layer", "input"), self.one_input),
                "correlation": ("layer", self.correlation),
                "all_inputs": ("layer", self.all_inputs),
                "error": ("layer", self.error),
            },
            coords={"layer": self.layers},
        )


def dead_units(
    theory,
    sigma_w2=None,
    sigma_b2=None,
    X=None,
    *,
    c0=None,
    q0=None,
    depth=10,
    what=None,
    weights=None,
    seed=0,
) -> DeadUnitsPath:
    """The probability that a unit of layer 1, …, ``depth`` is off on all the inputs.

    Parameters
    ----------
    theory
        A DeadUnits, a MeanField, or anything that describes an activation.
    sigma_w2, sigma_b2
        Variances; without biases and with a homogeneous activation sigma_w2 is free and may be
        left out.
    X
        Inputs (n, d): layer 1 has the covariance sigma_b2 + sigma_w2 (x.x'/d - kappa mean mean').
    c0, q0
        Instead of X two inputs whose pre-activations in layer 1 have this correlation and
        variance (by default that of the stable fixed point).
    what, weights
        As in DeadUnits: "value" or "slope", and a law of the weights.
    seed
        Of the estimates for three inputs or more.

    Raises InputError for inputs that are no numbers, are 0 or too many (64).

    >>> path = dead_units("relu", c0=0.0, depth=3)
    >>> [round(float(p), 6) for p in path.all_inputs]
    [0.25, 0.301558, 0.332184]
    """
    dead = as_dead_units(theory, what, weights)
    layers = whole(depth, "depth", _VERB)
    if scale_free(dead, sigma_b2):
        sigma_w2 = _free_scale(dead) if sigma_w2 is None else sigma_w2
        q0 = 1.0 if q0 is None else q0
    layer = random_layer(dead.mean_field, _VERB, sigma_w2, sigma_b2)
    intervals = interval_array(_with_values(dead.zeros))
    if (X is None) == (c0 is None):
        raise InputError(f"{_VERB}: give the inputs X, shape (n, d), or c0 for two inputs")
    if X is not None:
        gram = first_covariance(
            input_rows(X, _VERB), layer.weight_correlation, layer.sigma_b2, _VERB
        )
        path = correlations_by_layer(layer, gram, layers)
    else:
        path = _pair_path(layer, c0, q0, layers)
    found = [off_on_all(intervals, q, c, seed) for q, c in path]
    variances = np.array([q for q, _ in path])
    return DeadUnitsPath(
        label=layer.name,
        what=dead.what,
        q=variances,
        correlation=np.array([_mean_correlation(c) for _, c in path]),
        one_input=off_on_one(intervals, variances),
        all_inputs=np.array([p for p, _ in found]),
        error=np.array([e for _, e in found]),
        provenance=Provenance.of(
            _VERB, layer.name, "three standard deviations", seed,
            sigma_w2=layer.sigma_w2, sigma_b2=layer.sigma_b2, depth=layers, what=dead.what,
            weight_correlation=layer.weight_correlation,
        ),
    )  # fmt: skip


def _free_scale(dead):
    """The sigma_w2 that keeps q = 1, for homogeneous activations."""
    moment = dead.mean_field.branch_moment.subs(symbols.q, 1)
    value = finite(moment.evalf(20), "the second moment", _VERB) if moment != 0 else 0.0
    return 1.0 / value if value > 0 else 1.0


def _with_values(zeros):
    loose = {s for pair in zeros.intervals for end in pair for s in end.free_symbols}
    if loose:
        names = ", ".join(sorted(map(str, loose)))
        raise InputError(f"{_VERB}: give a value to {names}, as in Activation(…, {names}=1)")
    return zeros


def _pair_path(layer, c0, q0, depth):
    start = None if q0 is None else finite(q0, "q0", _VERB)
    gap = finite(c0, "c0", _VERB)
    found = propagate(layer.model, layer.sigma_w2, layer.sigma_b2, depth - 1, q0=start, c0=gap)
    return [
        (np.array([q, q], dtype=float), np.array([[1.0, c], [c, 1.0]]))
        for q, c in zip(np.ravel(found.q), np.ravel(found.c), strict=True)
    ]


def _mean_correlation(c):
    n = len(c)
    return (c.sum() - n) / (n * (n - 1)) if n > 1 else np.nan
