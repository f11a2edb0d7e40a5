r"""A fully connected classifier in NumPy: outputs, cross entropy, gradients by back-propagation.

    loss = mean -log softmax(z_L)[label],  z_L the outputs of a :class:`Perceptron`

Arrays have the inputs along the last axis; ``x`` has shape (d, inputs).
"""

from itertools import pairwise

import numpy as np

from ..perceptron import Perceptron

__all__ = ["Classifier", "drawn_classifier"]


class Classifier(Perceptron):
    """A Perceptron whose outputs, shape (classes, inputs), are scores of classes."""

    def loss(self, x, labels):
        """The mean cross entropy."""
        return _cross_entropy(self.outputs(x), labels)[0]

    def gradients(self, x, labels):
        """(loss, gradients of the weights, gradients of the biases)."""
        z, inputs = self.layers(x)
        loss, back = _cross_entropy(z[-1], labels)
        return loss, *self.pulled_back(z, inputs, back)


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
