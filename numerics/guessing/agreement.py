r"""The probability that an untrained network gives two inputs the same of K classes.

With (X, Y) standard normal of correlation c, it is K E Phi_2(X, Y; c)^{K-1}.  In s = (X + Y)/2 and
u = (X - Y)/(2 eps), eps^2 = (1 - c)/2, sigma^2 = (1 + c)/2, the integrand has no narrow layer at
c = 1, and the trapezoidal rule in both converges exponentially.  There

    P(X <= x, Y > y) = int_0^oo phi(u - v) [Phi((s + eps v)/sigma) - Phi((s - eps v)/sigma)] dv

has positive terms only, so that the disagreement keeps its digits as c -> 1.  As c -> 0 the
excess over 1/K does, being the integral of the derivative in c, of positive terms as well.
Source for two and three classes in closed form: the arcsine law of orthants (Sheppard 1899).

E max_k G_k is the same function at correlation sqrt(c): it is the probability that the class of
an input is that with the largest centre, and the correlation of a pre-activation with its own
centre is sqrt(c).
"""

import math
from functools import lru_cache

import numpy as np

__all__ = ["agreement", "disagreement", "excess_agreement", "expected_largest"]

_REACH = 9.0
_ROOT_2PI = math.sqrt(2.0 * math.pi)


def agreement(ratio, classes):
    """The probability of agreement at each gamma of a DriftRatio; from 1/K to 1."""
    return _each(_agreement, ratio.c, ratio.one_minus_c, classes)


def disagreement(ratio, classes):
    """1 - agreement, with its own digits; sqrt(1 - c) times a constant as c -> 1."""
    return _each(_disagreement, ratio.c, ratio.one_minus_c, classes)


def excess_agreement(ratio, classes):
    """agreement - 1/K, with its own digits; proportional to c as c -> 0."""
    return _each(_excess, ratio.c, ratio.one_minus_c, classes)


def expected_largest(ratio, classes):
    """(E max_k G_k, 1 - it, it - 1/K)."""
    root, gap = np.sqrt(ratio.c), ratio.of_largest
    return tuple(_each(f, root, gap, classes) for f in (_agreement, _disagreement, _excess))


def _each(function, c, gap, classes):
    if np.ndim(c) == 0:
        return function(float(c), float(gap), classes)
    pairs = zip(np.ravel(c).tolist(), np.ravel(gap).tolist(), strict=True)
    return np.array([function(*pair, classes) for pair in pairs]).reshape(np.shape(c))


def _agreement(c, gap, classes):
    if c < 0.5:
        return 1.0 / classes + _excess(c, gap, classes)
    return 1.0 - _disagreement(c, gap, classes)


@lru_cache(maxsize=4096)
def _disagreement(c, gap, classes):
    if c < 0.5:
        return 1.0 - 1.0 / classes - _excess(c, gap, classes)
    if classes == 2:
        return 2.0 * math.asin(math.sqrt(gap / 2.0)) / math.pi
    if gap == 0.0:
        return 0.0
    eps, sigma = math.sqrt(gap / 2.0), math.sqrt(1.0 - gap / 2.0)
    from scipy.special import log_ndtr

    step, s, u, v, weights = _grid(_step(classes))
    s = sigma * s
    first = s[:, None] + eps * u
    split = _between(s / sigma, eps / sigma * v) @ (weights[:, None] * _normal(u - v[:, None]))
    log_first = log_ndtr(first)
    share = np.minimum(split * np.exp(-log_first), 1.0)  # of those X <= x that have Y > y
    with np.errstate(divide="ignore"):
        power = np.exp((classes - 1) * log_first) * -np.expm1((classes - 1) * np.log1p(-share))
    return float(classes * step**2 * (_normal(s / sigma) @ power @ _normal(u)))


@lru_cache(maxsize=4096)
def _excess(c, gap, classes):
    if classes == 2:
        return math.asin(c) / math.pi if c < 0.5 else 0.5 - _disagreement(c, gap, 2)
    if c >= 0.5:
        return 1.0 - 1.0 / classes - _disagreement(c, gap, classes)
    x, w = np.polynomial.legendre.leggauss(10)
    slopes = [_slope(c * (1.0 + node) / 2.0, classes) for node in x]
    return float(c / 2.0 * (w @ slopes))


def _slope(c, classes):
    r"""d/dc of the agreement for c <= 1/2: by Plackett's identity and two partial integrations,
    K (K - 1) E [2 phi_2 Phi_2^{K-2} + (K - 2) Phi_2^{K-3} d_x Phi_2 d_y Phi_2].
    """
    from scipy.special import ndtr

    eps, sigma = math.sqrt((1.0 - c) / 2.0), math.sqrt((1.0 + c) / 2.0)
    step, s, u, v, weights = _grid(_step(classes))
    s = sigma * s
    near = _normal(u - v[:, None]) + _normal(u + v[:, None])
    both = ndtr((s[:, None] - eps * v) / sigma) @ (weights[:, None] * near)
    x, y = s[:, None] + eps * u, s[:, None] - eps * u
    spread = 2.0 * eps * sigma  # sqrt(1 - c^2)
    law = _normal(s / sigma)[:, None] * _normal(u)  # phi_2 times 2 eps sigma
    along = _normal(x) * ndtr((y - c * x) / spread) * _normal(y) * ndtr((x - c * y) / spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_both = np.log(both)
        terms = 2.0 * law / spread * np.exp((classes - 2) * log_both)
        terms += (classes - 2) * np.exp((classes - 3) * log_both) * along
    return classes * (classes - 1) * step**2 * float(np.nansum(law * terms))


def _step(classes):
    """The law of the largest of K normals narrows like 1/sqrt(2 log K)."""
    if classes <= 10:
        return 1 / 6
    return 1 / 8 if classes <= 1000 else 1 / 16


@lru_cache(maxsize=4)
def _grid(step):
    """The step, the trapezoidal nodes of s/sigma and u, Gauss-Legendre nodes and weights of v."""
    line = np.arange(-math.ceil(_REACH / step), math.ceil(_REACH / step) + 1) * step
    x, w = np.polynomial.legendre.leggauss(10)
    half = _REACH / 12.0
    middle = half * (2.0 * np.arange(12) + 1.0)
    v, weights = (middle[:, None] + half * x).ravel(), np.tile(half * w, 12)
    return step, line, line, v, weights


def _between(middle, half):
    """Phi(m + d) - Phi(m - d) for every m (rows) and d >= 0 (columns), relatively accurate."""
    from scipy.special import ndtr

    m, d = np.abs(middle)[:, None], half[None, :]
    x, w = np.polynomial.legendre.leggauss(10)
    small = half < 1.0
    values = ndtr(d - m) - ndtr(-m - d)
    near = half[small][None, :, None]
    values[:, small] = (near * w * _normal(m[:, :, None] + near * x)).sum(-1)
    return values


def _normal(z):
    return np.exp(-(z**2) / 2.0) / _ROOT_2PI
