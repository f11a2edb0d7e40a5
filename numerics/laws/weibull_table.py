"""Values of the activations behind Weibull weights, from Hankel's integral in double precision."""

from functools import cache

import numpy as np

from ..kernels import load_module
from ..vector_functions import source

__all__ = ["values_and_slopes"]

_DRIVER = """@njit(
    "void(float64[::1], float64, boolean, float64[:, ::1])",
    cache=True, fastmath=FLAGS, error_model="numpy", nogil=True,
)
def values_and_slopes(x, theta, odd, out):
    guess = math.nan
    for i in range(x.size):
        if odd:
            y, slope, guess = weibull_odd_from(x[i], theta, guess)
        else:
            y, slope, guess = weibull_positive_from(x[i], theta, guess)
        out[0, i], out[1, i] = y, slope
"""


@cache
def _kernel():
    text = source(["weibull_odd_from", "weibull_positive_from"])
    return load_module(
        f"{text}\n\n\n{_DRIVER}", "the law behind Weibull weights"
    ).values_and_slopes


def values_and_slopes(x, theta: float, kind: str) -> np.ndarray:
    """phi and phi' at numbers x, shape (2, *x.shape); ``theta`` > 2.

    For the positive kind at x < -1 both times exp(x^2/2).
    """
    x = np.asarray(x, dtype=float)
    out = np.empty((2, x.size))
    _kernel()(np.ascontiguousarray(x.ravel()), theta, kind == "odd", out)
    return out.reshape(2, *x.shape)
