r"""Second routes for claims on correlated weights: quadrature and networks, typed in.

Nothing here uses the toolkit's theory.  Activations are typed in twice, for mpmath and for NumPy;
means of one variable are adaptive quadratures, of two variables integrals in polar coordinates
(u = sqrt(q_a) r cos t, v = sqrt(q_b) r cos(t - theta), whose kinks lie on four rays).
"""

import math
from functools import lru_cache
from itertools import pairwise

import mpmath

__all__ = [
    "DRAWN",
    "branch",
    "float_arc",
    "float_slope",
    "function",
    "mean",
    "next_pair",
    "pair",
    "phi",
    "slope",
]


# ---------------------------------------------------------------- activations, any precision


def _logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def _silu_slope(x):
    s = _logistic(x)
    return s * (1 + x * (1 - s))


def _silu_bend(x):
    s = _logistic(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


#: phi, phi' and, for functions without kinks in phi', phi'' of an mpmath number.
_EXACT = {
    "relu": (lambda x: max(x, mpmath.mpf(0)), lambda x: mpmath.mpf(x > 0)),
    "leaky_relu": (
        lambda x: x if x > 0 else x / 100,
        lambda x: mpmath.mpf(1) if x > 0 else mpmath.mpf(1) / 100,
    ),
    "abs(x)": (abs, mpmath.sign),
    "elu": (
        lambda x: x if x > 0 else mpmath.expm1(x),
        lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x),
        lambda x: mpmath.mpf(0) if x > 0 else mpmath.exp(x),
    ),
    "gelu": (
        lambda x: x * mpmath.ncdf(x),
        lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
        lambda x: (2 - x * x) * mpmath.npdf(x),
    ),
    "silu": (lambda x: x * _logistic(x), _silu_slope, _silu_bend),
    "softplus": (
        lambda x: max(x, mpmath.mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x))),
        _logistic,
        lambda x: _logistic(x) * _logistic(-x),
    ),
    "sigmoid": (
        _logistic,
        lambda x: _logistic(x) * _logistic(-x),
        lambda x: _logistic(x) * _logistic(-x) * (1 - 2 * _logistic(x)),
    ),
    "tanh": (
        mpmath.tanh,
        lambda x: mpmath.sech(x) ** 2,
        lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2,
    ),
    "erf": (
        mpmath.erf,
        lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
        lambda x: -4 * x / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
    ),
    "sin(x)": (mpmath.sin, mpmath.cos, lambda x: -mpmath.sin(x)),
    "3-cosh(x)": (
        lambda x: 3 - mpmath.cosh(x), lambda x: -mpmath.sinh(x), lambda x: -mpmath.cosh(x)
    ),
}  # fmt: skip


def function(text: str, order: int = 0):
    """phi, phi' or phi'' of an mpmath number."""
    return _EXACT[text][order]


#: What has a kink at 0, in phi or in phi'.
_KINKED = ("relu", "leaky_relu", "abs(x)", "elu")


@lru_cache(maxsize=1024)
def _nodes(q, text, order, prec):
    """Values of a factor at the nodes of the trapezoidal rule of step 1/8 on the whole line.

    It converges exponentially: poles at the distance d sqrt(q) from the line leave exp(-16 pi d).
    """
    f = function(text, order)
    with mpmath.workprec(prec):
        root, end = mpmath.sqrt(mpmath.mpf(q)), _reach(mpmath.mpf(q))
        return tuple(f(root * k / 8) for k in range(-end, end + 1))


def _reach(q):
    return int(8 * (mpmath.sqrt(1.5 * mpmath.mp.prec) + 2 * mpmath.sqrt(q)))


@lru_cache(maxsize=64)
def _bell(end, prec):
    with mpmath.workprec(prec):
        return tuple(mpmath.npdf(mpmath.mpf(k) / 8) / 8 for k in range(-end, end + 1))


def _smooth(q, factors, prec):
    """E of a product of smooth factors."""
    columns = [_nodes(q, *factor, prec) for factor in factors]
    columns.append(_bell(len(columns[0]) // 2, prec))
    return mpmath.fsum(mpmath.fprod(row) for row in zip(*columns, strict=True))


def _broken(q, factors):
    """The same for kinks at 0, by adaptive quadrature on both sides of it."""
    root = mpmath.sqrt(mpmath.mpf(q))
    end = mpmath.sqrt(1.5 * mpmath.mp.prec) + 2 * root
    parts = [function(*factor) for factor in factors]

    def integrand(z):
        return mpmath.fprod(part(root * z) for part in parts) * mpmath.npdf(z)

    return mpmath.quad(integrand, [-end, -end / 4, 0, end / 4, end])


def mean(q, *factors):
    """E of a product at N(0, q); a factor is (name, order of the derivative)."""
    q = mpmath.nstr(mpmath.mpf(q), 40)
    return +_mean(q, factors, mpmath.mp.prec)


@lru_cache(maxsize=4096)
def _mean(q, factors, prec):
    with mpmath.workprec(prec + 10):
        if any(text in _KINKED for text, _ in factors):
            return _broken(q, factors)
        return _smooth(q, factors, prec + 10)


def branch(text, q, kappa):
    """E phi^2 - kappa (E phi)^2, what sigma_w2 multiplies in V."""
    return mean(q, (text, 0), (text, 0)) - kappa * mean(q, (text, 0)) ** 2


# ---------------------------------------------------------------- two variables, floats


def phi(text: str):
    """phi of a NumPy array."""
    return _arrays()[text][0]


def slope(text: str):
    """phi' of a NumPy array."""
    return _arrays()[text][1]


@lru_cache(maxsize=1)
def _arrays():
    import numpy as np
    from scipy.special import erf, expit, ndtr

    def bell(x):
        return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    return {
        "relu": (lambda x: np.maximum(x, 0.0), lambda x: np.heaviside(x, 0.0)),
        "leaky_relu": (lambda x: np.where(x > 0, x, x / 100), lambda x: np.where(x > 0, 1, 0.01)),
        "abs(x)": (np.abs, np.sign),
        "elu": (
            lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
            lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
        ),
        "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * bell(x)),
        "silu": (
            lambda x: x * expit(x),
            lambda x: expit(x) * (1 + x * expit(-x)),
        ),
        "softplus": (lambda x: np.logaddexp(0.0, x), expit),
        "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
        "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "erf": (erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
        "sin(x)": (np.sin, np.cos),
        "3-cosh(x)": (lambda x: 3 - np.cosh(x), lambda x: -np.sinh(x)),
    }


#: Activations with one kink or none, whose networks are drawn.
DRAWN = ("relu", "leaky_relu", "abs(x)", "elu", "gelu", "silu", "softplus")


@lru_cache(maxsize=1)
def _rules():
    import numpy as np

    node, weight = np.polynomial.legendre.leggauss(40)
    short, mass = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(0, 9.6, 13)
    r = (edges[:-1, None] + 0.4 * (1 + short)).ravel()
    dr = np.tile(0.4 * mass, 12) * r * np.exp(-r * r / 2) / (2 * math.pi)
    return node, weight, r, dr


def pair(f, q_a, q_b, c):
    """E f(u, v) for f of two arrays with kinks at u = 0 and v = 0, in polar coordinates."""
    import numpy as np

    node, weight, r, dr = _rules()
    theta = math.acos(c)
    quarter = math.pi / 2
    rays = sorted({-quarter, theta - quarter, quarter, theta + quarter, 3 * quarter})
    total = 0.0
    for low, high in pairwise(rays):
        t = low + (high - low) / 2 * (1 + node)
        u = math.sqrt(q_a) * np.outer(np.cos(t), r)
        v = math.sqrt(q_b) * np.outer(np.cos(t - theta), r)
        total += (high - low) / 2 * float(weight @ f(u, v) @ dr)
    return total


def next_pair(text, state, kappa, weight, bias, shared=None):
    """(q_a, q_b, q_ab/sqrt(q_a q_b)) after a layer; ``shared`` replaces E phi E phi'."""
    q_a, q_b, c = state
    f = phi(text)

    def second(q_1, q_2, c):
        product = pair(lambda u, v: f(u) * f(v), q_1, q_2, c)
        means = [pair(lambda u, v: f(u), q, q, 0.0) for q in (q_1, q_2)]
        common = means[0] * means[1] if shared is None else shared(product, *means)
        return bias + weight * (product - kappa * common)

    new_a, new_b = second(q_a, q_a, 1.0), second(q_b, q_b, 1.0)
    return new_a, new_b, second(q_a, q_b, c) / math.sqrt(new_a * new_b)


# ---------------------------------------------------------------- the arc-cosine kernel


def float_arc(c: float) -> float:
    """J(c) = (sqrt(1 - c^2) + c (pi - arccos c))/pi."""
    return (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi


def float_slope(c: float) -> float:
    """J'(c)."""
    return (math.pi - math.acos(c)) / math.pi
