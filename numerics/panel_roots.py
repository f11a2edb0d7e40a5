"""Real roots of a function of log q from its Chebyshev series on panels, and their polish."""

import numpy as np
from numpy.polynomial import chebyshev

__all__ = ["has_no_root", "polished_root", "real_roots"]


def has_no_root(series, slack=0.0):
    """Whether a Chebyshev series, up to ``slack``, keeps one sign on its panel [-1, 1].

    >>> has_no_root(np.array([2.0, 1.0])), has_no_root(np.array([0.5, 1.0]))
    (True, False)
    """
    bound = np.abs(series[1:]).sum() + slack + 1e-12 * np.abs(series).max()
    return bool(abs(series[0]) > bound)


def real_roots(series, slack):
    """The roots in [-1, 1], ascending; ``slack`` beyond the ends are moved to them.

    A root on an edge may come out outside both panels that share it.

    >>> real_roots(np.array([0.5, 1.0]), 1e-9)
    [-0.5]
    """
    roots = chebyshev.chebroots(chebyshev.chebtrim(series, 1e-16 * np.abs(series).max()))
    real = roots[(np.abs(roots.imag) < 10 * slack) & (np.abs(roots.real) <= 1 + slack)].real
    return np.clip(np.sort(real), -1.0, 1.0).tolist()


def polished_root(q, equation, apart, steps, done):
    """Secant steps on ``equation`` from two points a relative ``apart`` from each other.

    They stop at a step below ``done`` q, after ``steps`` of them, or at one that leads further
    than 100 times ``apart``, which is not taken.

    >>> abs(polished_root(1.4142, lambda q: q * q - 2, 1e-6, 6, 4e-16) - 2**0.5) < 1e-15
    True
    """
    a, b = q * (1 - apart), q
    f_a, f_b = equation(a), equation(b)
    for _ in range(steps):
        if f_b == f_a:
            break
        step = f_b * (b - a) / (f_b - f_a)
        if not abs(step) < 100 * apart * q:
            break
        a, f_a = b, f_b
        b -= step
        f_b = equation(b)
        if abs(step) <= done * q:
            break
    return b
