"""Kernels that move many paths of a one-dimensional SDE with constant noise.

Paths go in blocks; in a block all functions are branch-free, so the loop over paths runs in
vector registers.  Step k uses the random numbers of row k//2, both normals of a pair in turn; the
column is the number of the path.  Nothing depends on how paths are distributed over calls.
"""

from functools import cache

from .kernels import load_module
from .random_numbers import BLOCK, random_source

__all__ = ["line_kernel"]

_TEXT = '''
@njit(fastmath=FLAGS, error_model="numpy")
def kick(y, noise, z, count):
    for i in range(count):
        y[i] += noise * z[i]


@njit(fastmath=FLAGS, error_model="numpy")
def look_up(y, count, cells, low, scale, place, word):
    """The cell of each y, and where in it y is.

    Apart from the loop that loads the cells, everything runs in vector registers.
    """
    last = cells.size - 1.0
    for i in range(count):
        p = (y[i] - low) * scale
        q = select(p < 0.0, 0.0, p)
        t = (select(q > last, last, q) - 0.5) + 6755399441055744.0
        place[i] = p - (t - 6755399441055744.0)
        word[i] = bits_of_float(t) & 4294967295
    for i in range(count):
        word[i] = cells[np.uint64(word[i])]


@inner
def line(word, place):
    """D on a cell: two floats of 40 and 24 bits in one word."""
    return float_of_bits(word & -16777216) + float_of_bits(word << 40) * place


@njit(fastmath=FLAGS, error_model="numpy")
def move(y, noise, z, count, place, word):
    for i in range(count):
        y[i] = (y[i] + line(word[i], place[i])) + noise * z[i]


@njit(fastmath=FLAGS, error_model="numpy")
def move_or_stop(y, moved, noise, z, count, place, word, ceiling):
    for i in range(count):
        new = (y[i] + line(word[i], place[i])) + noise * z[i]
        alive = y[i] <= ceiling
        y[i] = select(alive, new, y[i])
        moved[i] += select(alive, 1.0, 0.0)


@njit("void(uint64, int64, int64, int64, float64, int64[::1], float64, float64, float64,"
      "float64[::1], float64[::1])",
      cache=True, error_model="numpy", nogil=True)
def advance(key, begin, step, steps, noise, cells, low, scale, ceiling, y, moved):
    """Steps step, ..., step + steps - 1 of the paths begin, begin + 1, ... in place.

    A step is the flow and then the noise; step 0 is noise alone.  ``moved`` counts steps until a
    path is above the ceiling, where it stays.
    """
    a, b = np.empty(BLOCK), np.empty(BLOCK)
    place, word = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for first in range(0, y.size, BLOCK):
        count = min(BLOCK, y.size - first)
        w, done = y[first : first + count], moved[first : first + count]
        for k in range(step, step + steps):
            if k % 2 == 0 or k == step:
                normals(key, np.uint64(k // 2), np.uint64(begin + first), count, a, b)
            z = a if k % 2 == 0 else b
            if k == 0:
                kick(w, noise, z, count)
                for i in range(count):
                    done[i] += 1.0
                continue
            look_up(w, count, cells, low, scale, place, word)
            if ceiling < math.inf:
                move_or_stop(w, done, noise, z, count, place, word, ceiling)
            else:
                move(w, noise, z, count, place, word)
'''


@cache
def line_kernel(generator: str):
    """The compiled function ``advance`` with the random numbers of ``generator``."""
    head = random_source(generator, ["select", "float_of_bits", "bits_of_float"])
    text = head + _TEXT.replace("BLOCK", str(BLOCK))
    return load_module(text, f"paths on a line ({generator})").advance
