r"""Second routes for claims on tangent kernels: printed recursions in balls and in floats.

Nothing here uses :mod:`theory.tangent` or :mod:`numerics.tangent`.  Kernels are divided by the
variance, as in k' = C'(c) k + C(c); ``digits_of`` is the toolkit's side of the comparison.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import sympy as sp

from .enclosures import Balls, printed

__all__ = [
    "TENTH",
    "compared",
    "deep",
    "digits_of",
    "erf_balls",
    "erf_float",
    "extrapolated",
    "float_path",
    "kernel_balls",
    "log_slope",
    "power_float",
    "relu_balls",
    "relu_float",
    "zero_between",
]

TENTH = sp.Rational(1, 10)


# ---------------------------------------------------------------- balls


def relu_balls() -> tuple[Callable, Callable]:
    """(C, C') of ReLU without biases on balls."""
    from flint import arb

    def correlation(c):
        return ((1 - c * c).sqrt() + c * (arb.pi() - c.acos())) / arb.pi()

    return correlation, lambda c: (arb.pi() - c.acos()) / arb.pi()


def erf_balls(weight, bias, q) -> tuple[Callable, Callable]:
    """(C, C') of erf at the fixed point q on balls; all three are balls."""
    from flint import arb

    def correlation(c):
        return (bias + 2 * weight / arb.pi() * (2 * q * c / (1 + 2 * q)).asin()) / q

    def slope(c):
        return 4 * weight / (arb.pi() * ((1 + 2 * q) ** 2 - 4 * q * q * c * c).sqrt())

    return correlation, slope


def kernel_balls(maps, c, depth: int, rate=None, start=True):
    """(k, c) of layer ``depth``, k = K/q, from k^1 = c.

    ``rate`` is the weight r of a residual branch: c' = (1 - r) c + r C(c) and so on; without
    ``start`` the first layer is not trained.
    """
    correlation, slope = maps
    r = 1 if rate is None else rate
    k = c if start else 0 * c
    for _ in range(depth - 1):
        image = correlation(c)
        k = (1 - r + r * slope(c)) * k + r * image
        c = (1 - r) * c + r * image
    return k, c


def zero_between(f: Callable, lower, upper, bits=200):
    """The ball of a zero of an increasing function, by the signs at both of its ends."""
    from flint import arb

    lower, upper = arb(lower), arb(upper)
    for _ in range(bits):
        middle = ((lower + upper) / 2).mid()
        value = f(middle)
        if value.contains(0):
            break
        lower, upper = (lower, middle) if value > 0 else (middle, upper)
    if not (f(lower) < 0 and f(upper) > 0):
        raise ValueError("no change of sign is certified")
    return lower.union(upper)


@lru_cache(maxsize=64)
def digits_of(activation: str, weight, bias=0, depth=9, q0=1, c0=TENTH, architecture="dense"):
    """The toolkit's enclosures of K^1 ... K^(depth + 1), cached."""
    from numerics.tangent.digits import ntk_digits
    from theory.tangent import NTK

    ntk = NTK(activation, architecture)
    return ntk_digits(ntk, weight, bias, depth=depth, q0=q0, c0=c0, digits=24)


def compared(
    toolkit: Callable, route: Callable, table: Mapping[int, str], what: str, bits=400
) -> Iterable[Balls]:
    """The toolkit against another route and against printed digits, at the depths of ``table``."""
    for depth, text in table.items():
        about = f"{what}, L = {depth}"
        yield Balls(lambda d=depth: toolkit(d), lambda d=depth: route(d), 17, about, bits)
        yield Balls(lambda d=depth: toolkit(d), lambda t=text: printed(t), 13, about, bits)


# ---------------------------------------------------------------- floats


def float_path(step: Callable, rows: Iterable[int], distance=0.9, rate: Callable | None = None):
    """{L: (K^L/q, 1 - c^L)} by the recursion of u = 1 - c, which never subtracts from 1.

    ``step(u)`` gives 1 - C(1 - u) and 1 - C'(1 - u); ``rate(l)`` is the weight of branch l.
    """
    rows, found = set(rows), {}
    u, k = distance, 1 - distance
    for layer in range(1, max(rows) + 1):
        if layer in rows:
            found[layer] = k, u
        image, drop = step(u)
        r = 1.0 if rate is None else rate(layer)
        k = (1 - r * drop) * k + r * (1 - image)
        u = image if rate is None else (1 - r) * u + r * image
    return found


def relu_float(u: float) -> tuple[float, float]:
    """1 - C and 1 - C' of ReLU at c = 1 - u."""
    theta = 2 * math.asin(math.sqrt(u / 2))
    if theta > 1e-2:
        excess = math.sin(theta) - theta * math.cos(theta)
    else:
        excess = theta**3 / 3 * (1 - theta**2 / 10 * (1 - theta**2 / 28))
    return u - excess / math.pi, theta / math.pi


def erf_float(q: float) -> Callable:
    """1 - C and 1 - C' of erf on the edge of chaos: differences of arcsines as one arcsine."""
    level = 2 * q / (1 + 2 * q)
    scale = math.sqrt(1 + 4 * q) / (2 * q)  # 2 sigma_w2/(pi q)

    def step(u):
        lower = level * (1 - u)
        top = level**2 * u * (2 - u)
        bottom = level * math.sqrt(1 - lower**2) + lower * math.sqrt(1 - level**2)
        more = 4 * q * q * u * (2 - u) / (1 + 4 * q)
        root = math.sqrt(1 + more)
        return scale * math.asin(top / bottom), more / (root * (1 + root))

    return step


def power_float(p: float, even: bool = False) -> Callable:
    """1 - C and 1 - C' of sgn(x)|x|^p or |x|^p on the edge of chaos, by Gauss's connection.

    C - 1 is omega (N - 1), N = c 2F1(a, a; 3/2; c^2)/2F1(...; 1) or 2F1(a, a; 1/2; c^2)/..., in
    powers of w = 1 - c^2 and w^(p + 1/2).
    """
    a, b = (-p / 2, 0.5) if even else ((1 - p) / 2, 1.5)
    top = b - 2 * a
    share = math.gamma(-top) * math.gamma(b - a) ** 2 / (math.gamma(a) ** 2 * math.gamma(top))
    omega = (2 * p - 1) / p**2

    def step(u):
        w = u * (2 - u)
        plain, plain_slope = _series(a, 1 - top, w)
        broken, broken_slope = _series(b - a, 1 + top, w)
        power = share * w**top
        g = plain + power * (1 + broken)
        slope = plain_slope + power * (top * (1 + broken) / w + broken_slope)
        slope *= 2 * (1 - u)
        drop, rise = (-g, -slope) if even else (u - g + u * g, 1 - slope + g + u * slope)
        return omega * drop, 1 - omega * rise

    return step


def _series(a, c, w):
    """2F1(a, a; c; w) - 1 and its derivative."""
    term, total, slope, n = 1.0, 0.0, 0.0, 0
    while True:
        ratio = (a + n) ** 2 / ((c + n) * (n + 1))
        slope += term * ratio * (n + 1)
        term *= ratio * w
        total += term
        n += 1
        if abs(term) < 1e-18 * abs(total) or n > 20_000:
            return total, slope


@lru_cache(maxsize=32)
def deep(activation: str, weight, bias, rows: tuple, q0=1.0, c0=0.1) -> dict[int, float]:
    """{L: K^L/(L q0)} by the toolkit, cached."""
    from numerics.propagate import propagate
    from theory.tangent import NTK

    layers = [row - 1 for row in rows]
    path = propagate(
        NTK(activation), weight, bias, depth=layers[-1], q0=float(q0), c0=c0, layers=layers
    )
    return {row: float(k) / (row * float(q0)) for row, k in zip(rows, path.ntk, strict=True)}


def extrapolated(values: Mapping[int, float]) -> float:
    """The limit lambda of lambda + (alpha log L + beta)/L through three depths."""
    import numpy as np

    depths = np.array(sorted(values), dtype=float)
    matrix = np.stack([np.ones(3), np.log(depths) / depths, 1 / depths], axis=1)
    return float(np.linalg.solve(matrix, [values[int(depth)] for depth in depths])[0])


def log_slope(values: Mapping[int, float], limit: float) -> float:
    """The coefficient of log(L)/L from two depths: the term 1/L drops out."""
    low, high = sorted(values)
    rise = high * (values[high] - limit) - low * (values[low] - limit)
    return rise / math.log(high / low)
