"""The law of E Y^s = 2^(s/2) Gamma((1+s)/2) / (sqrt(pi) Gamma(1 + s/theta)) in double precision.

Texts for :mod:`numerics.vector_functions`.  With a = 2/theta, d = 1 - a and the saddle
u0 = (y^2/theta)^(1/d), Hankel's integrals

    P(Y > y) = 1/(2 pi i) int e^u erfc(z) du/u,
    y f(y) = 2/sqrt(pi) 1/(2 pi i) int e^(u-z^2) z du/u

with z = y u^(1/theta)/sqrt(2) are summed on the parabola u = kappa (1 + is)^2.  The formulas are
arranged so that nothing cancels as theta -> 2, where the law has a narrow peak at sqrt(2) and
log u0 is the good variable.
"""

import math

from numba import njit

from .elementary import FLAGS, Phi, erf, erfc, fma
from .special import faddeeva, mills

CONTOUR_NODES = 56
CONTOUR_DROP = 41.0
CONTOUR_LEVEL = 1.5


@njit(fastmath=FLAGS, error_model="numpy")
def contour_scale(log_saddle, d):
    """(kappa, kappa (1 - q)) with q = (u0/kappa)^d, kappa so large that the second is 3/2.

    Far from 0 that is next to the saddle; near 0 the curve keeps its distance from the pole.
    """
    s = 0.0  # s = log m, m = log(kappa/u0)
    for _ in range(60):
        m = math.exp(s)
        gap = -math.expm1(-d * m)
        g = log_saddle + m + math.log(gap) - math.log(CONTOUR_LEVEL)
        slope = m + d * m * (1.0 - gap) / gap
        step = g / slope
        step = min(max(step, -2.0), 2.0)
        s -= step
        if abs(step) < 1e-3:
            break
    m = math.exp(s)
    kappa = math.exp(log_saddle + m)
    return kappa, -kappa * math.expm1(-d * m)


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_contour(log_saddle, theta):
    """(top, s, p, c): P(Y > y) = s e^top, y f(y) = p e^top, y^2 f'(y) = c e^top."""
    a = 2.0 / theta
    d = (theta - 2.0) / theta
    kappa, level = contour_scale(log_saddle, d)
    top = (level - kappa * d) / a
    step = math.sqrt(CONTOUR_DROP / max(level, kappa * d)) / CONTOUR_NODES
    modulus = math.sqrt((kappa - level) / a)
    survival, density, third = 0.0, 0.0, 0.0
    for k in range(CONTOUR_NODES):
        s = step * (k + 0.5)
        # u = kappa t, t = (1 + is)^2 = e^(length + i angle)
        length, angle = math.log1p(s * s), 2.0 * math.atan(s)
        tr, ti = 1.0 - s * s, 2.0 * s
        # t^(-d) - 1 + d
        turn = -d * angle
        half = math.sin(0.5 * turn)
        shrunk = math.expm1(-d * length)
        gr = shrunk * math.cos(turn) - 2.0 * half * half + d
        gi = (1.0 + shrunk) * math.sin(turn)
        # E = level t - (kappa - level) t (t^(-d) - 1 + d)/a
        br, bi = level - (kappa - level) / a * gr, (level - kappa) / a * gi
        height, phase = tr * br - ti * bi - top, tr * bi + ti * br
        size = math.exp(height) * 2.0 / (1.0 + s * s)
        c, w = math.cos(phase), math.sin(phase)
        real, imaginary = size * (c * s - w), size * (c + s * w)
        radius = modulus * math.exp(0.5 * a * length)
        zr, zi = radius * math.cos(0.5 * a * angle), radius * math.sin(0.5 * a * angle)
        wr, wi = faddeeva(-zi, zr)
        survival += real * wi + imaginary * wr
        density += real * zi + imaginary * zr
        z2r, z2i = (zr - zi) * (zr + zi), 2.0 * zr * zi
        z3r, z3i = zr * z2r - zi * z2i, zr * z2i + zi * z2r
        third += real * z3i + imaginary * z3r
    weight = step / math.pi
    root = 1.1283791670955126
    return top, survival * weight, root * density * weight, -2.0 * root * third * weight


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_series(y, theta):
    """(F(y), f(y), f'(y)) by the power series, for y < 0.9."""
    h = -0.5 * y * y
    term, total, density, slope = 0.7978845608028654, 0.0, 0.0, 0.0
    for k in range(60):
        s = (2.0 * k + 1.0) / theta
        # 1/Gamma(1 - s) by reflection
        c = term * math.gamma(s) * math.sin(math.pi * (s - 2.0 * math.floor(0.5 * s))) / math.pi
        total += c / (2.0 * k + 1.0)
        density += c
        slope += 2.0 * k * c
        term *= h / (k + 1.0)
        if abs(term) * math.gamma(s) < 1e-18 * density:
            break
    return total * y, density, slope / y if y > 0.0 else 0.0


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_from_probability(p, theta):
    """(y, f(y)) with P(Y <= y) = p, for p <= 0.4."""
    start = 1.2533141373155003 * math.gamma(1.0 - 1.0 / theta)
    y, f = start * p, 1.0 / start
    for _ in range(12):
        total, f, _ = weibull_series(y, theta)
        step = (total - p) / f
        y -= step
        if abs(step) <= 1e-9 * y:
            break
    return y, weibull_series(y, theta)[1]


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_from_survival(log_survival, theta, guess):
    """(y, S/(y f), log u0) with log P(Y > y) = log_survival, by Newton's method in log u0.

    log S is concave in log y, so that from the far side the method is monotone; ``guess`` may be
    nan.
    """
    a, d = 2.0 / theta, (theta - 2.0) / theta
    highest = math.log((5.0 - log_survival) * a / d)
    place, ratio, close = guess if guess <= highest else highest, 0.0, False
    for _ in range(100):
        top, s, p, _ = weibull_contour(place, theta)
        ratio = s / p
        miss = (top - log_survival) + math.log(s)
        place = min(place + 2.0 * miss * ratio / d, highest)
        if close:
            break
        close = abs(miss) < 1e-6
    return math.sqrt(theta) * math.exp(0.5 * d * place), ratio, place


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_log_saddle(y, theta):
    """log u0."""
    return math.log1p(fma(y, y, -theta) / theta) * (theta / (theta - 2.0))


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_odd_from(x, theta, guess):
    """(phi, phi', log u0) at x > 0 for the odd activation, theta > 2."""
    if x < 0.5:
        y, f = weibull_from_probability(erf(0.7071067811865476 * x), theta)
        return y, 0.7978845608028654 * math.exp(-0.5 * x * x) / f, guess
    m = mills(-x)
    target = 0.6931471805599453 + math.log(m) - 0.5 * x * x
    y, ratio, place = weibull_from_survival(target, theta, guess)
    return y, 0.3989422804014327 * y * ratio / m, place


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_positive_from(x, theta, guess):
    """(phi, phi', log u0) for the positive activation, for x < -1 both times exp(x*x/2)."""
    if x < -20.0:
        f = 0.7978845608028654 / math.gamma(1.0 - 1.0 / theta)
        return mills(x) / f, 0.3989422804014327 / f, guess
    if x < -0.3:
        p = Phi(x)
        y, f = weibull_from_probability(p, theta)
        if x < -1.0:
            return y / p * mills(x), 0.3989422804014327 / f, guess
        return y, 0.3989422804014327 * math.exp(-0.5 * x * x) / f, guess
    m = mills(-x) if x >= 0.0 else Phi(-x) * math.exp(0.5 * x * x)
    y, ratio, place = weibull_from_survival(math.log(m) - 0.5 * x * x, theta, guess)
    return y, 0.3989422804014327 * y * ratio / m, place


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_odd(x, theta):
    """The odd activation; nan for theta < 2."""
    if not (theta >= 2.0 and x == x):
        return math.nan
    if theta == 2.0:
        return 1.4142135623730951 * math.sin(1.5707963267948966 * erf(0.7071067811865476 * x))
    if x == 0.0 or abs(x) == math.inf or theta == math.inf:
        return x
    return math.copysign(weibull_odd_from(abs(x), theta, math.nan)[0], x)


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_odd_slope(x, theta):
    """The derivative of the odd activation."""
    if not (theta >= 2.0 and x == x):
        return math.nan
    if theta == 2.0:
        s = math.sin(1.5707963267948966 * erfc(0.7071067811865476 * abs(x)))
        return 1.772453850905516 * s * math.exp(-0.5 * x * x)
    if abs(x) == math.inf or theta == math.inf:
        return 1.0 if theta == math.inf else 0.0
    if x == 0.0:
        return math.gamma(1.0 - 1.0 / theta)
    return weibull_odd_from(abs(x), theta, math.nan)[1]


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_positive(x, theta):
    """The positive activation; nan for theta < 2."""
    if not (theta >= 2.0 and x == x):
        return math.nan
    if theta == 2.0:
        return 1.4142135623730951 * math.sin(1.5707963267948966 * Phi(x))
    if x == math.inf:
        return x
    if x < -39.0:
        return 0.0
    y = weibull_positive_from(x, theta, math.nan)[0]
    return y * math.exp(-0.5 * x * x) if x < -1.0 else y


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_positive_slope(x, theta):
    """The derivative of the positive activation."""
    if not (theta >= 2.0 and x == x):
        return math.nan
    if theta == 2.0:
        s = math.sin(1.5707963267948966 * Phi(-x))
        return 0.886226925452758 * s * math.exp(-0.5 * x * x)
    if abs(x) == math.inf or x < -39.0:
        return 0.0
    y = weibull_positive_from(x, theta, math.nan)[1]
    return y * math.exp(-0.5 * x * x) if x < -1.0 else y


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_survival(y, theta):
    """P(Y > y)."""
    if not (theta >= 2.0 and y == y):
        return math.nan
    if y <= 0.0:
        return 1.0
    if theta == 2.0:
        return 0.6366197723675814 * math.acos(min(0.7071067811865476 * y, 1.0))
    if y < 0.75:
        return 1.0 - weibull_series(y, theta)[0]
    place = weibull_log_saddle(y, theta)
    if place > math.log(800.0 * 2.0 / (theta - 2.0)):
        return 0.0
    top, s, _, _ = weibull_contour(place, theta)
    return s * math.exp(top)


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_density(y, theta):
    """The density at |y|."""
    if not (theta >= 2.0 and y == y):
        return math.nan
    y = abs(y)
    if theta == 2.0:
        inside = (1.4142135623730951 - y) * (1.4142135623730951 + y)
        return 0.6366197723675814 / math.sqrt(inside) if inside > 0.0 else 0.0
    if y < 0.75:
        return weibull_series(y, theta)[1]
    place = weibull_log_saddle(y, theta)
    if place > math.log(800.0 * 2.0 / (theta - 2.0)):
        return 0.0
    top, _, p, _ = weibull_contour(place, theta)
    return p * math.exp(top) / y


@njit(fastmath=FLAGS, error_model="numpy")
def weibull_density_slope(y, theta):
    """The derivative of the density in y."""
    if not (theta > 2.0 and y == y):
        return math.nan
    a = abs(y)
    if a < 0.75:
        return math.copysign(weibull_series(a, theta)[2], y)
    place = weibull_log_saddle(a, theta)
    if place > math.log(800.0 * 2.0 / (theta - 2.0)):
        return 0.0
    top, _, _, c = weibull_contour(place, theta)
    return math.copysign(c * math.exp(top) / (a * a), y)
