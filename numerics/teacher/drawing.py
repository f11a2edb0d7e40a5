"""Random layers of any law of weights, and networks whose parameters lie in one row."""

import math
from itertools import pairwise

import numpy as np

from theory.matrix_laws.asymmetric import Asymmetric

from ..matrix_sampling import matrix_drawer, sample_asymmetric

__all__ = ["drawn_parameters", "layer_drawer", "views"]


def layer_drawer(law, sigma_w2, sigma_b2):
    """A function (random, fan_out, fan_in) that draws (W, b), with b of shape (fan_out,)."""
    matrix = matrix_drawer(law, sigma_w2)  # refuses symbols, also of an asymmetric law

    def draw(random, fan_out, fan_in):
        weights = matrix(random, (fan_out, fan_in))
        return weights, math.sqrt(sigma_b2) * random.standard_normal(fan_out)

    def draw_asymmetric(random, fan_out, fan_in):
        return sample_asymmetric(law, fan_out, fan_in, sigma_w2, sigma_b2, random)

    return draw_asymmetric if isinstance(law, Asymmetric) else draw


def drawn_parameters(draws, sizes, random):
    """All weights and biases of a network with layers of these ``sizes``, in one row.

    ``draws`` has a function for each layer.  Each layer has a generator of its own, spawned by
    ``random``: laws that are made of equally many normal numbers are made of the same ones,
    however many others a law needs.
    """
    fans = list(pairwise(sizes))
    layers = [
        draw(child, fan_out, fan_in)
        for draw, child, (fan_in, fan_out) in zip(
            draws, random.spawn(len(fans)), fans, strict=True
        )
    ]
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def views(parameters, sizes):
    """(weights, biases) of all layers as views of ``parameters`` [..., parameter]."""
    weights, biases, place = [], [], 0
    stack = parameters.shape[:-1]
    for fan_in, fan_out in pairwise(sizes):
        middle = place + fan_out * fan_in
        weights.append(parameters[..., place:middle].reshape(*stack, fan_out, fan_in))
        place = middle + fan_out
        biases.append(parameters[..., middle:place].reshape(*stack, fan_out, 1))
    return weights, biases
