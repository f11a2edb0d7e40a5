r"""One layer of random weights as numbers: what finite networks and data need of a model.

    y' = skip y + W m + b,  m = pool(phi(y)),  Cov(W_ij, W_ik) = sigma_w2/n (delta_jk - kappa/n)

W = sqrt(sigma_w2/n) G (I - (a/n) 1 1^T) with independent normal G and a = 1 - sqrt(1 - kappa) has
this law exactly, and the bracket may act on m instead: m - a mean(m).  A pooled value stands for
the k neurons behind it, which with independent weights is a layer of n/k values of variance
sigma_w2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.errors import InputError
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.matrix_law import MatrixLaw

from ..compile import compile
from ..input import finite, variance_pair
from ..law_sampling import sample
from ..mean_shift import shift_of
from ..numeric_activation import NumericActivation, numeric_activation
from ..propagate import propagate

__all__ = ["RandomLayer", "drawn_entries", "random_layer"]

_FAR = 1e150


@dataclass(frozen=True, eq=False)
class RandomLayer:
    """A model with numbers for sigma_w2 and sigma_b2; ``phi`` acts on float64 arrays.

    ``entries`` is the law of the independent entries behind the weights, None for normal ones.
    """

    model: Any
    activation: NumericActivation
    phi: Callable
    sigma_w2: float
    sigma_b2: float
    weight_correlation: float = 0.0
    skip: float = 0.0
    pooling: str | None = None
    pool_size: int = 1
    entries: Any = None

    @property
    def name(self):
        """How results call it."""
        pool = f", {self.pooling} of {self.pool_size}" if self.pooling else ""
        return f"{self.activation.name}{pool}"

    def start(self, norm=1.0, covariance=0.0):
        """(q, 1 - c) of the first pre-activations of inputs with these mean x.x/d and x.x'/d."""
        q = self.sigma_b2 + self.sigma_w2 * norm
        return q, self.sigma_w2 * (norm - covariance) / q

    def path(self, depth, q, gap):
        """(q, 1 - c) in layers 1..``depth`` at infinite width, from layer 1; ``gap`` an array."""
        found = propagate(
            self.model, self.sigma_w2, self.sigma_b2, depth - 1, q0=q, one_minus_c0=gap
        )
        return found.q, found.one_minus_c

    def features(self, z):
        """m - a mean(m) of pre-activations [neuron, input], shape (n/k, inputs)."""
        m = self.phi(z)
        if self.pooling is not None:
            groups = m.reshape(len(z) // self.pool_size, self.pool_size, -1)
            m = groups.max(axis=1) if self.pooling == "max" else groups.mean(axis=1)
        if self.weight_correlation:
            a = shift_of(self.weight_correlation)
            m = m - a * m.mean(axis=0)
        return m

    def first(self, x, width, random):
        """Pre-activations [neuron, input] of the first layer on inputs x of shape (N, d)."""
        return self._linear(x.T, width, random)

    def next(self, z, width, random):
        """Pre-activations of the layer after z; ``width`` must be that of z if there is a skip."""
        new = self._linear(self.features(z), width, random)
        if self.skip:
            new += self.skip * z
        if not np.isfinite(new).all():
            new = np.nan_to_num(new, nan=_FAR, posinf=_FAR, neginf=-_FAR)
        return np.clip(new, -_FAR, _FAR, out=new)

    def _linear(self, m, width, random):
        shape = (width, len(m))
        if self.entries is None:
            weights = random.standard_normal(shape)
        else:
            weights = sample(self.entries, shape, random)
        weights *= math.sqrt(self.sigma_w2 / len(m))
        new = weights @ m
        if self.sigma_b2:
            new += math.sqrt(self.sigma_b2) * random.standard_normal((width, 1))
        return new


def random_layer(model, verb, sigma_w2=None, sigma_b2=None) -> RandomLayer:
    """The numbers of a GuessingBias, a MeanField or an activation.

    A GuessingBias brings its variances, which ``sigma_w2`` and ``sigma_b2`` replace if given;
    other models need ``sigma_w2``, and sigma_b2 = 0 if left out.  Raises InputError for symbols
    that have no value.
    """
    weight = getattr(model, "sigma_w2", None) if sigma_w2 is None else sigma_w2
    bias = getattr(model, "sigma_b2", None) if sigma_b2 is None else sigma_b2
    if weight is None:
        raise InputError(f"{verb}: give the variance of the weights, as in sigma_w2=2")
    for name, value in (("sigma_w2", weight), ("sigma_b2", bias)):
        if getattr(value, "free_symbols", None):
            raise InputError(f"{verb}: {name} = {value} has no value; pass {name}= a number")
    weight, bias = variance_pair(weight, 0.0 if bias is None else bias, verb)
    theory = getattr(model, "mean_field", model)
    pooling = getattr(model, "pooling", None)
    # the activation itself: pooling and correlations are drawn, not folded into it
    activation = numeric_activation(getattr(model, "activation", model))
    exact = getattr(activation.exact, "activation", None) or activation.exact
    kappa = finite(getattr(model, "weight_correlation", 0), "weight_correlation", verb)
    return RandomLayer(
        model=theory if hasattr(theory, "activation") else activation,
        activation=activation,
        phi=compile(exact),
        sigma_w2=weight,
        sigma_b2=bias,
        weight_correlation=kappa,
        skip=finite(getattr(theory, "skip", 0), "skip", verb),
        pooling=pooling,
        pool_size=model.pool_size if pooling else 1,
    )


def drawn_entries(model, verb):
    """The standardised law of the entries of independent or row-correlated weights, or None.

    None is a normal law.  InputError for laws of matrices of another kind.
    """
    law = getattr(model, "weights", None)
    if isinstance(law, Correlated) and law.axis == "row":
        law = law.entries
    elif isinstance(law, MatrixLaw):
        raise InputError(
            f"{verb}: independent and row-correlated weights are drawn, and those of {model!r} "
            f"are {law}; leave weights= out, which changes no map of wide layers"
        )
    return None if law is None or law.name == "Gaussian" else law.standardised
