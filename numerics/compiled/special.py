"""Special functions of closed forms, one value at a time: Faddeeva's and Gauss's functions.

Texts for :mod:`numerics.vector_functions`, as those of ``elementary.py``.
"""

import math

from numba import njit

from .elementary import FLAGS, LEGENDRE_NODES, LEGENDRE_WEIGHTS, Phi, Phi2, erfcx_scaled

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


@njit(fastmath=FLAGS, error_model="numpy")
def mills(h):
    """Phi(h) exp(h*h/2) for h <= 0."""
    a = -0.7071067811865476 * h
    if a <= 28.0:
        return 0.5 * erfcx_scaled(a) / (1.0 + 2.0 * a)
    t = 0.5 / (a * a)
    return (
        0.28209479177387814 / a * (1.0 - t * (1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t))))
    )


@njit(fastmath=FLAGS, error_model="numpy")
def exp_Phi(a, h):
    """exp(a) Phi(h) where one factor may overflow and the other underflow."""
    if h > -35.0 and a < 600.0:
        return math.exp(a) * Phi(h)
    if h > 0.0:
        return math.exp(a + math.log(Phi(h)))
    return math.exp(a - 0.5 * h * h) * mills(h)


@njit(fastmath=FLAGS, error_model="numpy")
def plackett_exponent(a, half_gap, product, s):
    """a + log of 2 pi sin(s) times the normal density at the correlation cos(s)."""
    exponent = a - product / (1.0 + math.cos(s))
    if half_gap > 0.0:
        sine = math.sin(s)
        exponent = -math.inf if sine == 0.0 else exponent - half_gap / (sine * sine)
    return exponent


@njit(fastmath=FLAGS, error_model="numpy")
def plackett_integral(a, half_gap, product, lower, upper, top):
    """The integral of exp(plackett_exponent) by panels on which the exponent changes little."""
    total, s, step = 0.0, lower, upper - lower
    while s < upper:
        step = min(2.0 * step, upper - s)
        first = plackett_exponent(a, half_gap, product, s)
        while True:
            middle = plackett_exponent(a, half_gap, product, s + 0.5 * step)
            last = plackett_exponent(a, half_gap, product, s + step)
            if max(first, middle, last) < top - 45.0:
                break
            # the exponent has a pole at 0: no panel is wider than its distance from there
            near = half_gap > 0.0 and step > s
            if not near and abs(first - middle) < 8.0 and abs(middle - last) < 8.0:
                part = 0.0
                for i in range(10):
                    for node in (1.0 - LEGENDRE_NODES[i], 1.0 + LEGENDRE_NODES[i]):
                        place = s + 0.5 * step * node
                        exponent = plackett_exponent(a, half_gap, product, place)
                        part += LEGENDRE_WEIGHTS[i] * math.exp(exponent)
                total += 0.5 * step * part
                break
            if step < 1e-15 * (upper - lower):
                break  # where the exponent falls to -inf
            step *= 0.5
        s = upper if step >= upper - s else s + step
    return total


@njit(fastmath=FLAGS, error_model="numpy")
def exp_Phi2(a, h, k, r):
    """exp(a) Phi2(h, k; r) to a relative 1e-13 where the product is of moderate size.

    Plackett's integral over positive terms: from r = 0 for r >= 0, from r = -1 for r < 0.
    """
    if not (h == h and k == k and a == a and abs(r) <= 1.0):
        return math.nan
    if a < 6.0:
        return math.exp(a) * Phi2(h, k, r)
    if abs(r) == 1.0:
        if r > 0.0:
            return exp_Phi(a, min(h, k))
        return max(0.0, exp_Phi(a, h) - exp_Phi(a, -k))
    sign = -1.0 if r < 0.0 else 1.0
    half_gap = 0.5 * (h - sign * k) * (h - sign * k)
    product = sign * h * k
    angle = math.atan2(math.sqrt((1.0 - r) * (1.0 + r)), abs(r))
    if r < 0.0:
        base = 0.0 if h + k <= 0.0 else exp_Phi(a, h) - exp_Phi(a, -k)
        lower, upper = 0.0, angle
    else:
        least, other = min(h, k), max(h, k)
        if other < 0.0:
            base = math.exp(a - 0.5 * (h * h + k * k)) * mills(h) * mills(k)
        else:
            base = exp_Phi(a, least) * Phi(other)
        lower, upper = angle, 1.5707963267948966
    peak, top = lower, -math.inf
    for i in range(33):
        s = lower + (upper - lower) * i / 32.0
        exponent = plackett_exponent(a, half_gap, product, s)
        if exponent > top:
            peak, top = s, exponent
    if top == -math.inf:
        return base
    total = plackett_integral(a, half_gap, product, lower, peak, top)
    total += plackett_integral(a, half_gap, product, peak, upper, top)
    return base + 0.15915494309189535 * total
