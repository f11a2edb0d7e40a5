r"""A fully connected network in NumPy: pre-activations, and gradients by back-propagation.

    z_1 = W_1 x + b_1,    z_l = W_l phi(z_{l-1}) + b_l

Arrays have the inputs along the last axis, x of shape (..., d, inputs), and a layer is a matrix or
a stack of matrices: networks in a stack are independent of each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Perceptron"]


@dataclass(frozen=True, eq=False)
class Perceptron:
    """``weights`` and ``biases`` (columns) of all layers; ``phi`` and ``slope`` act on arrays."""

    phi: Callable
    slope: Callable
    weights: list
    biases: list

    def outputs(self, x):
        """z_L, shape (..., outputs, inputs)."""
        return self.layers(x)[0][-1]

    def layers(self, x):
        """Pre-activations of all layers, and what each layer is given."""
        z, inputs = [], [x]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z.append(weight @ inputs[-1] + bias)
            inputs.append(self.phi(z[-1]) if len(z) < len(self.weights) else z[-1])
        return z, inputs

    def pulled_back(self, z, inputs, back):
        """Gradients of the weights and of the biases, of a loss with gradient ``back`` in z_L."""
        by_weights, by_biases = [], []
        for k in range(len(self.weights) - 1, -1, -1):
            by_weights.append(back @ inputs[k].swapaxes(-1, -2))
            by_biases.append(back.sum(axis=-1, keepdims=True))
            if k:
                back = (self.weights[k].swapaxes(-1, -2) @ back) * self.slope(z[k - 1])
        return by_weights[::-1], by_biases[::-1]
