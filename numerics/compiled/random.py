"""Counter-based random numbers for numba loops: a pure function of key, row and column.

Nothing is advanced, so any part of an array of numbers can be computed alone, in any order and by
any thread.  A row is one draw of a simulation (a step of all paths, a layer of one network), the
column is the path or the neuron.  Texts of this file are copied into kernels, as are those of
``elementary.py``.

Two generators share one interface.  ``normals_mix`` is the output function of SplitMix64
(G. Steele, D. Lea, C. Flood, OOPSLA 2014; multipliers of D. Stafford, variant 13) on two levels;
``normals_philox`` is Philox4x32-10 (J. Salmon et al., SC 2011).  Both fill two arrays of
independent normals by the transform of Box and Muller; uniforms have 52 bits, so |Z| < 8.6.
"""

import math

import numpy as np
from numba import njit

from .elementary import FLAGS, bits_of_float, float_of_bits, inner, log_positive, select

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
ROUND_A = np.uint64(0xD2511F53)
ROUND_B = np.uint64(0xCD9E8D57)
BUMP_A = np.uint64(0x9E3779B9)
BUMP_B = np.uint64(0xBB67AE85)

# one copy of the loop, called from the kernels
outer = njit(fastmath=FLAGS, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@inner
def scramble(z):
    """A bijection of 64 bits in which every output bit depends on every input bit."""
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))


@inner
def unit(z):
    """The upper 52 bits as a number strictly between 0 and 1, symmetric about 1/2."""
    bits = np.int64(z >> np.uint64(12)) | np.int64(0x3FF0000000000000)
    return float_of_bits(bits) - 0.9999999999999999


@inner
def turn(u):
    """cos and sin of 2 pi u for 0 <= u <= 1; the reduction to an eighth of a turn is exact."""
    y = 4.0 * u
    t = y + 6755399441055744.0
    r = (y - (t - 6755399441055744.0)) * 1.5707963267948966
    t2 = r * r
    p = -7.647163731819816e-13
    p = p * t2 + 1.6059043836821613e-10
    p = p * t2 + -2.505210838544172e-08
    p = p * t2 + 2.7557319223985893e-06
    p = p * t2 + -0.0001984126984126984
    p = p * t2 + 0.008333333333333333
    p = p * t2 + -0.16666666666666666
    s = r + r * (t2 * p)
    c = 4.779477332387385e-14
    c = c * t2 + -1.1470745597729725e-11
    c = c * t2 + 2.08767569878681e-09
    c = c * t2 + -2.755731922398589e-07
    c = c * t2 + 2.48015873015873e-05
    c = c * t2 + -0.001388888888888889
    c = c * t2 + 0.041666666666666664
    c = c * t2 + -0.5
    c = 1.0 + t2 * c
    n = bits_of_float(t)
    odd = (n & 1) != 0
    first = select(odd, s, c)
    second = select(odd, c, s)
    first = float_of_bits(bits_of_float(first) ^ (((n + 1) & 2) << 62))
    second = float_of_bits(bits_of_float(second) ^ ((n & 2) << 62))
    return first, second


@inner
def box_muller(z, w):
    r = math.sqrt(-2.0 * log_positive(unit(z)))
    c, s = turn(unit(w))
    return r * c, r * s


@inner
def words_mix(base, column):
    """Two words for a column, from ``base`` = scramble(key + row * GOLDEN)."""
    z = scramble(base + column * GOLDEN)
    return z, scramble(z + SECOND)


@inner
def words_philox(key, row, column):
    """Two words for a column: Philox4x32-10 at the counter (column, row)."""
    a, b = column & LOW, column >> HALF
    c, d = row & LOW, row >> HALF
    k, l = key & LOW, key >> HALF  # noqa: E741
    for _ in range(10):
        p = ROUND_A * a
        q = ROUND_B * c
        a, b, c, d = (q >> HALF) ^ b ^ k, q & LOW, (p >> HALF) ^ d ^ l, p & LOW
        k = (k + BUMP_A) & LOW
        l = (l + BUMP_B) & LOW  # noqa: E741
    return a | (b << HALF), c | (d << HALF)


@outer
def normals_mix(key, row, first, count, a, b):
    """Two independent normals for each of the columns first, ..., first + count - 1."""
    base = scramble(key + row * GOLDEN)
    for i in range(count):
        z, w = words_mix(base, first + np.uint64(i))
        a[i], b[i] = box_muller(z, w)


@outer
def normals_philox(key, row, first, count, a, b):
    """The same by Philox4x32-10."""
    for i in range(count):
        z, w = words_philox(key, row, first + np.uint64(i))
        a[i], b[i] = box_muller(z, w)


@outer
def words_of_mix(key, row, first, count, a, b):
    base = scramble(key + row * GOLDEN)
    for i in range(count):
        a[i], b[i] = words_mix(base, first + np.uint64(i))


@outer
def words_of_philox(key, row, first, count, a, b):
    for i in range(count):
        a[i], b[i] = words_philox(key, row, first + np.uint64(i))
