"""Tables of polynomial pieces for the activations of a law (see ``numerics.laws.table``).

Texts for :mod:`numerics.vector_functions`.  A table is reached through its address, a parameter of
the kernel, so that one kernel serves all laws.  The pieces are those of w = 1 + |x| that share the
exponent and the first few bits of the mantissa: the index of a piece takes no branch.
"""

import math

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .elementary import bits_of_float, exp, float_of_bits, inner, log_positive, select

TABLE_HEADER = 16
TABLE_COEFFICIENTS = 12
TABLE_OCTAVES = 12
TABLE_END = 4095.0
# Entries of the header: 0-3 the logarithm far out, 4 the same at infinity, 5 where far begins,
# 6 a sign, 7 the power q of |x|, 8 and 9 rates of the Gaussian factor for x >= 0 and for x < 0,
# 10 what holds for x < 0, 11 the bits of the mantissa that number a piece, 12 twice their number


@intrinsic
def table_entry(context, address, index):
    """The double at ``address`` + 8 ``index``."""

    def generate(context, builder, signature, arguments):
        double = ir.DoubleType()
        start = builder.inttoptr(arguments[0], double.as_pointer())
        value = builder.load(builder.gep(start, [arguments[1]]))
        # no store of the loop touches a table: without the promise the loop is not vectorised
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    return types.float64(types.int64, types.int64), generate


@inner
def table_piece(a, table, side):
    """The polynomial of the piece that holds a >= 0; ``side`` counts tables before this one."""
    b = bits_of_float(1.0 + a)
    bits = int(table_entry(table, 11))
    shift = 52 - bits
    pieces = TABLE_OCTAVES << bits
    i = (b >> shift) - (0x3FF << bits)
    i = max(min(i, pieces - 1), 0) + side * pieces
    rest = float_of_bits((b & ((1 << shift) - 1)) | 0x3FF0000000000000) - 1.0
    u = table_entry(table, 12) * rest - 1.0
    at = TABLE_HEADER + TABLE_COEFFICIENTS * i
    v = u * u
    even = table_entry(table, at + 10)
    odd = table_entry(table, at + 11)
    even = even * v + table_entry(table, at + 8)
    odd = odd * v + table_entry(table, at + 9)
    even = even * v + table_entry(table, at + 6)
    odd = odd * v + table_entry(table, at + 7)
    even = even * v + table_entry(table, at + 4)
    odd = odd * v + table_entry(table, at + 5)
    even = even * v + table_entry(table, at + 2)
    odd = odd * v + table_entry(table, at + 3)
    even = even * v + table_entry(table, at)
    odd = odd * v + table_entry(table, at + 1)
    return even + u * odd


@inner
def table_far(a, table):
    """The logarithm beyond the pieces: c0 + c1 log a + (c2 log a + c3)/a^2."""
    length = log_positive(a)
    small = 1.0 / (a * a)
    exponent = table_entry(table, 0) + table_entry(table, 1) * length
    exponent += (table_entry(table, 2) * length + table_entry(table, 3)) * small
    return select(a < math.inf, exponent, table_entry(table, 4))


@inner
def table_gaussian(x, rate):
    """exp(-rate x^2): the square is taken of a short number, so that it is exact."""
    h = float_of_bits(bits_of_float(x) & -134217728)
    rest = -rate * ((x - h) * (x + h))
    return exp(-rate * (h * h)) * (1.0 + rest * (1.0 + rest * (0.5 + rest * 0.16666666666666666)))


@inner
def law_odd(x, handle):
    """x times an even function."""
    a, table = abs(x), int(handle)
    far = exp(table_far(a, table))
    y = select(a >= table_entry(table, 5), far, a * table_piece(a, table, 0))
    return math.copysign(select(a == a, y, math.nan), x)


@inner
def law_slope(x, handle):
    """The exponential of an even function."""
    a, table = abs(x), int(handle)
    y = select(a >= table_entry(table, 5), table_far(a, table), table_piece(a, table, 0))
    return select(a == a, exp(y), math.nan)


@inner
def law_bend(x, handle):
    """A function of |x|, for x < 0 times a number of the header: 1 if it is even, -1 if odd."""
    a, table = abs(x), int(handle)
    far = table_entry(table, 6) * exp(table_far(a, table))
    y = select(a >= table_entry(table, 5), far, table_piece(a, table, 0))
    parity = table_entry(table, 10)
    middle = select(parity < 0.0, 0.0, 1.0)
    y = y * select(x < 0.0, parity, select(x > 0.0, 1.0, middle))
    return select(a == a, y, math.nan)


@inner
def table_power(a, table):
    """(g(a^q) or c0 + ... beyond the pieces, log a) for an exponent q of the header."""
    length = log_positive(select(a > 1e-300, a, 1e-300))
    place = exp(table_entry(table, 7) * length)
    return table_piece(place, table, 0), length


@inner
def law_odd_power(x, handle):
    """sgn(x) |x|^q g(|x|^q)."""
    a, table = abs(x), int(handle)
    value, length = table_power(a, table)
    y = exp(table_entry(table, 7) * length) * value
    y = select(a >= table_entry(table, 5), exp(table_far(a, table)), y)
    return math.copysign(select(a == a, select(a > 1e-300, y, 0.0), math.nan), x)


@inner
def law_slope_power(x, handle):
    """|x|^(q - 1) exp(g(|x|^q))."""
    a, table = abs(x), int(handle)
    value, length = table_power(a, table)
    y = value + (table_entry(table, 7) - 1.0) * length
    y = select(a >= table_entry(table, 5), table_far(a, table), y)
    return select(a == a, exp(y), math.nan)


@inner
def law_bend_power(x, handle):
    """g(|x|^q)/x."""
    a, table = abs(x), int(handle)
    y = table_power(a, table)[0]
    far = a * table_entry(table, 6) * exp(table_far(a, table))
    return select(a == a, select(a >= table_entry(table, 5), far, y) / x, math.nan)


@inner
def table_sides(x, table):
    """(polynomial, exp(-rate x^2)) with a table and a rate for x < 0 and others for x >= 0."""
    a = abs(x)
    left = x < 0.0
    rate = select(left, table_entry(table, 9), table_entry(table, 8))
    near = select(a < 1e5, a, 1e5)
    return table_piece(a, table, 1 if left else 0), table_gaussian(near, rate)


@inner
def law_positive(x, handle):
    """A positive function that may vanish as x -> -oo like exp(-rate x^2)."""
    a, table = abs(x), int(handle)
    value, gaussian = table_sides(x, table)
    far = select(x < 0.0, table_entry(table, 10), exp(table_far(a, table)))
    y = select(a >= table_entry(table, 5), far, value * gaussian)
    return select(a == a, y, math.nan)


@inner
def law_positive_slope(x, handle):
    """The exponential of a function of each side, times exp(-rate x^2)."""
    a, table = abs(x), int(handle)
    value, gaussian = table_sides(x, table)
    far = select(x < 0.0, 0.0, exp(table_far(a, table)))
    y = select(a >= table_entry(table, 5), far, exp(value) * gaussian)
    return select(a == a, y, math.nan)


@inner
def law_positive_bend(x, handle):
    """A function with a piecewise polynomial of its own on each side."""
    a, table = abs(x), int(handle)
    far = table_entry(table, 6) * exp(table_far(a, table))
    far = select(x < 0.0, table_entry(table, 10) * x, far)
    y = select(a >= table_entry(table, 5), far, table_sides(x, table)[0])
    return select(a == a, y, math.nan)
