r"""A fully connected classifier in NumPy: outputs, cross entropy, gradients by back-propagation.

    z_1 = W_1 x + b_1,    z_l = W_l phi(z_{l-1}) + b_l,    loss = mean -log softmax(z_L)[label]

Arrays have the inputs along the last axis; ``x`` has shape (d, inputs).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["Classifier", "drawn_classifier"]


@dataclass(frozen=True, eq=False)
class Classifier:
    """``weights`` and ``biases`` (columns) of all layers; ``phi`` and ``slope`` act on arrays."""

    phi: Callable
    slope: Callable
    weights: list
    biases: list

    def outputs(self, x):
        """z_L, shape (classes, inputs)."""
        return self._layers(x)[0][-1]

    def loss(self, x, labels):
        """The mean cross entropy."""
        return _cross_entropy(self.outputs(x), labels)[0]

    def gradients(self, x, labels):
        """(loss, gradients of the weights, gradients of the biases)."""
        z, inputs = self._layers(x)
        loss, back = _cross_entropy(z[-1], labels)
        by_weights, by_biases = [], []
        for k in range(len(self.weights) - 1, -1, -1):
            by_weights.append(back @ inputs[k].T)
            by_biases.append(back.sum(axis=1, keepdims=True))
            if k:
                back = (self.weights[k].T @ back) * self.slope(z[k - 1])
        return loss, by_weights[::-1], by_biases[::-1]

    def _layers(self, x):
        """Pre-activations of all layers, and what each layer is given."""
        z, inputs = [], [x]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z.append(weight @ inputs[-1] + bias)
            inputs.append(self.phi(z[-1]) if len(z) < len(self.weights) else z[-1])
        return z, inputs


def drawn_classifier(phi, slope, sizes, sigma_w2, sigma_b2, random) -> Classifier:
    """Weights N(0, sigma_w2/fan_in), biases N(0, sigma_b2); ``sizes`` from inputs to classes."""
    weights, biases = [], []
    for fan_in, fan_out in pairwise(sizes):
        weights.append(random.standard_normal((fan_out, fan_in)) * np.sqrt(sigma_w2 / fan_in))
        biases.append(random.standard_normal((fan_out, 1)) * np.sqrt(sigma_b2))
    return Classifier(phi, slope, weights, biases)


def _cross_entropy(z, labels):
    """The mean loss and its gradient in z."""
    inputs = np.arange(z.shape[1])
    shifted = z - z.max(axis=0)
    total = np.exp(shifted).sum(axis=0)
    back = np.exp(shifted) / total
    back[labels, inputs] -= 1.0
    return float(np.mean(np.log(total) - shifted[labels, inputs])), back / z.shape[1]
