"""Steps along a gradient: plain, with momentum, and Adam, entry by entry of an array."""

import numpy as np

__all__ = ["OPTIMIZERS", "stepper"]

OPTIMIZERS = ("sgd", "momentum", "adam")
_MOMENTUM = 0.9
_ADAM = (0.9, 0.999, 1e-8)


def stepper(optimizer, rate):
    """A function (array, gradient, key) that moves the array; a key keeps its own state.

    ``"momentum"`` is 0.9, ``"adam"`` that of Kingma & Ba 2015 with 0.9, 0.999 and 1e-8.
    """
    state = {}

    def sgd(array, gradient, key=None):
        array -= rate * gradient

    def momentum(array, gradient, key=None):
        state[key] = _MOMENTUM * state.get(key, 0.0) + gradient
        array -= rate * state[key]

    def adam(array, gradient, key=None):
        first, second, floor = _ADAM
        m, v, step = state.get(key, (0.0, 0.0, 0))
        m, v = first * m + (1 - first) * gradient, second * v + (1 - second) * gradient**2
        step += 1
        state[key] = m, v, step
        array -= rate * (m / (1 - first**step)) / (np.sqrt(v / (1 - second**step)) + floor)

    return {"sgd": sgd, "momentum": momentum, "adam": adam}[optimizer]
