"""Special functions of closed forms, one value at a time: Faddeeva's and Gauss's functions.

Texts for :mod:`numerics.vector_functions`, as those of ``elementary.py``.
"""

import math

from numba import njit

from .elementary import FLAGS

WEIDEMAN_SCALE = 5.3182958969449885
WEIDEMAN = (
    -1.899694947394927e-15,
    1.128073562364402e-15,
    1.1357687198999241e-14,
    -5.409310282882142e-15,
    -7.074086260286855e-14,
    1.37256205867155e-14,
    4.5329666782606727e-13,
    1.2031458219387989e-13,
    -2.907688342182867e-12,
    -2.7276023158200452e-12,
    1.7714495214011192e-11,
    3.47272670930455e-11,
    -9.055124450928292e-11,
    -3.5632339865976533e-10,
    2.1086006347066517e-10,
    3.0177805400090707e-09,
    3.2497465180436973e-09,
    -1.8315616783040462e-08,
    -6.35177348504429e-08,
    1.4198642399935674e-08,
    5.912136951899494e-07,
    1.483566113220078e-06,
    -1.0660138984947143e-06,
    -1.8007447144750956e-05,
    -5.591309264248318e-05,
    -3.939363145489569e-05,
    0.0004398070159869668,
    0.0027054056330737914,
    0.010048186242783424,
    0.029202916471241867,
    0.07182361779074337,
    0.15504263802479495,
    0.29989437996150065,
    0.5266528988277086,
    0.8472174576593818,
    1.2563815675765133,
    1.7253830848179779,
    2.201513794878312,
    2.61605415276186,
    2.8996245093897053,
)


@njit(fastmath=FLAGS, error_model="numpy")
def faddeeva(x, y):
    """w(x + iy) = exp(-(x + iy)^2) erfc(y - ix) for y >= 0 as (real part, imaginary part).

    J. A. C. Weideman, SIAM J. Numer. Anal. 31 (1994) 1497: a polynomial of degree 39 in the
    Moebius transform (L + iz)/(L - iz), to about 1e-15 of the modulus.
    """
    # 1/(L - iz) = 1/(L + y - ix)
    size = (WEIDEMAN_SCALE + y) * (WEIDEMAN_SCALE + y) + x * x
    real, imaginary = (WEIDEMAN_SCALE + y) / size, x / size
    u = (WEIDEMAN_SCALE - y) * real - x * imaginary
    v = (WEIDEMAN_SCALE - y) * imaginary + x * real
    p, q = 0.0, 0.0
    for c in WEIDEMAN:
        p, q = p * u - q * v + c, p * v + q * u
    p, q = 2.0 * (p * real - q * imaginary), 2.0 * (p * imaginary + q * real)
    p += 0.5641895835477563
    return p * real - q * imaginary, p * imaginary + q * real


@njit(fastmath=FLAGS, error_model="numpy")
def wave_tail(h, y):
    """E[exp(iyZ); Z <= -abs(h)] of a standard normal Z as (real part, imaginary part)."""
    a = min(abs(h), 40.0)
    real, imaginary = faddeeva(-0.7071067811865476 * y, 0.7071067811865476 * a)
    weight = 0.5 * math.exp(-0.5 * a * a)
    c, s = weight * math.cos(a * y), weight * math.sin(a * y)
    return c * real + s * imaginary, c * imaginary - s * real


@njit(fastmath=FLAGS, error_model="numpy")
def CosBelow(h, y):
    """E[cos(yZ); Z <= h] of a standard normal Z, to about 1e-15 of Phi(h)."""
    if not (h == h and abs(y) < math.inf):
        return math.nan
    real = wave_tail(h, y)[0]
    return real if h <= 0.0 else math.exp(-0.5 * y * y) - real


@njit(fastmath=FLAGS, error_model="numpy")
def SinBelow(h, y):
    """E[sin(yZ); Z <= h] of a standard normal Z, to about 1e-15 of Phi(-abs(h))."""
    if not (h == h and abs(y) < math.inf):
        return math.nan
    return wave_tail(h, y)[1]


@njit(fastmath=FLAGS, error_model="numpy")
def gauss_hypergeometric(a, b, c, z):
    """Gauss's F(a, b; c; z) for z <= 1; at z = 1 for c > a + b.

    The series at 0 up to z = 1/2, Pfaff's transformation for z < 0, and between 1/2 and 1 the
    Taylor series of the differential equation, each half as far from 1 as the one before: unlike
    the connection formulas these know no exceptional parameters.
    """
    if not z <= 1.0:
        return math.nan
    if z < 0.0:
        return math.pow(1.0 - z, -a) * gauss_hypergeometric_right(a, c - b, c, z / (z - 1.0))
    return gauss_hypergeometric_right(a, b, c, z)


@njit(fastmath=FLAGS, error_model="numpy")
def gauss_hypergeometric_right(a, b, c, z):
    """F(a, b; c; z) for 0 <= z <= 1."""
    excess = c - a - b
    if z == 1.0 and not excess > 0.0:
        return math.nan if excess == 0.0 else math.inf
    if z == 1.0:
        for part in (c - a, c - b):
            if part <= 0.0 and part == math.floor(part):
                return 0.0
        return math.gamma(c) * math.gamma(excess) / (math.gamma(c - a) * math.gamma(c - b))
    place = min(z, 0.5)
    term, value, slope = 1.0, 1.0, 0.0
    for n in range(200):
        derivative = term * (a + n) * (b + n) / (c + n)
        term = derivative * place / (n + 1.0)
        value += term
        slope += derivative
        if abs(term) + abs(derivative) <= 1e-18 * (abs(value) + abs(slope)):
            break
    while place < z:
        step = min(z - place, 0.5 * (1.0 - place))
        lead = place * (1.0 - place)
        # with t_n the n-th term of the Taylor series: values and n t_n are summed
        previous, term = value, slope * step
        value += term
        change = term
        for n in range(200):
            middle = n * (1.0 - 2.0 * place) + c - (a + b + 1.0) * place
            following = (n + a) * (n + b) * previous * step - (n + 1.0) * middle * term
            previous, term = term, following * step / ((n + 2.0) * (n + 1.0) * lead)
            value += term
            change += (n + 2.0) * term
            if n > 2 and (n + 2.0) * abs(term) <= 1e-18 * abs(value):
                break
        slope = change / step
        place += step
    return value
