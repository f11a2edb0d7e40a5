"""The other side of the comparison where it is not a package: kernels written by hand.

They are what a competent user of numba writes in an afternoon, with the C library's functions.
"""

import math

import numpy as np
from numba import njit, prange

__all__ = [
    "correlation_paths",
    "gauss_legendre",
    "gelu_array",
    "gelu_moments",
    "relu_tangent_pairs",
    "tanh_grid",
]


def gauss_legendre(panels: int = 12, order: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in [0, 12] and weights for the mean of an even function of a standard Gaussian."""
    points, weights = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(0.0, 12.0, panels + 1)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    z = (middle[:, None] + half[:, None] * points).ravel()
    w = (half[:, None] * weights).ravel()
    return z, w * 2 * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


@njit(error_model="numpy")
def _tanh_moments(q, z, w):
    """E tanh^2, its derivative in q, and E tanh'^2 at sqrt(q) Z."""
    root = math.sqrt(q)
    square, slope, gradient = 0.0, 0.0, 0.0
    for k in range(z.size):
        t = math.tanh(root * z[k])
        s = 1.0 - t * t
        square += w[k] * t * t
        slope += w[k] * t * s * z[k]
        gradient += w[k] * s * s
    return square, slope / root, gradient


@njit(error_model="numpy")
def tanh_grid(sigma_w2, sigma_b2, z, w):
    """q* and chi_1 of tanh on a grid: bracketed Newton at every point, by itself."""
    q_star = np.empty((sigma_b2.size, sigma_w2.size))
    chi = np.empty_like(q_star)
    for i in range(sigma_b2.size):
        for j in range(sigma_w2.size):
            low, high = 0.0, sigma_w2[j] + sigma_b2[i]
            q, gradient = high, 0.0
            for _ in range(100):
                square, slope, gradient = _tanh_moments(q, z, w)
                excess = sigma_w2[j] * square + sigma_b2[i] - q
                if excess > 0.0:
                    low = q
                else:
                    high = q
                step = excess / (sigma_w2[j] * slope - 1.0)
                if abs(step) < 1e-9 * q:
                    q -= step
                    break
                q = q - step if low < q - step < high else 0.5 * (low + high)
            q_star[i, j] = q
            chi[i, j] = sigma_w2[j] * gradient
    return q_star, chi


@njit(error_model="numpy")
def gelu_moments(q, z, w):
    """E phi^2 and E phi'^2 of GELU at sqrt(q) Z, for nodes on the whole line."""
    root = math.sqrt(q)
    square, gradient = 0.0, 0.0
    for k in range(z.size):
        x = root * z[k]
        cdf = 0.5 * math.erfc(-0.7071067811865476 * x)
        slope = cdf + x * 0.3989422804014327 * math.exp(-0.5 * x * x)
        square += w[k] * (x * cdf) ** 2
        gradient += w[k] * slope * slope
    return square, gradient


@njit(error_model="numpy")
def gelu_array(x):
    """GELU of every element of a one-dimensional array."""
    out = np.empty_like(x)
    for k in range(x.size):
        out[k] = 0.5 * x[k] * math.erfc(-0.7071067811865476 * x[k])
    return out


@njit(error_model="numpy")
def correlation_paths(generator, steps, start, out):
    """rho_1 of the covariance SDE of shaped ReLU (c_plus 0, c_minus -1), path by path.

    Euler-Maruyama for artanh rho, whose noise is constant, with NumPy's generator.
    """
    h = 1.0 / steps
    root, k = math.sqrt(h), 1.0 / (2.0 * math.pi)
    for path in range(out.size):
        w = math.atanh(start)
        for _ in range(steps):
            c = math.tanh(w)
            s = math.sqrt((1.0 - c) * (1.0 + c))
            angle = math.acos(c)
            lift = k * angle / 3.0 if angle < 1e-2 else k * (s - angle * c) / (s * s)
            w += h * (0.5 * c + lift) + root * generator.standard_normal()
        out[path] = math.tanh(w)


@njit(error_model="numpy", parallel=True)
def relu_tangent_pairs(gaps, depth):
    """K/q of pairs with the given 1 - c after ``depth`` ReLU layers at sigma_w2 = 2."""
    out = np.empty(gaps.size)
    for i in prange(gaps.size):
        gap = gaps[i]
        k = 1.0 - gap
        for _ in range(depth):
            t = 2.0 * math.asin(math.sqrt(0.5 * gap))
            if t < 0.1:
                y = t * t
                lost = t * y * (1 / 3 - y * (1 / 30 - y * (1 / 840 - y * (1 / 45360))))
            else:
                lost = math.sin(t) - t * math.cos(t)
            gap -= lost / math.pi
            k += -t / math.pi * k + (1.0 - gap)
        out[i] = k
    return out
