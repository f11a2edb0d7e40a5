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
@inner
def inside(place, last):
    p = select(place < 0.0, 0.0, place)
    return select(p > last, last, p)


@njit(fastmath=FLAGS, error_model="numpy")
def kick(y, noise, z, count):
    for i in range(count):
        y[i] += noise * z[i]


@njit(fastmath=FLAGS, error_model="numpy")
def move(y, noise, z, count, cells, low, scale, left, right):
    last = cells.shape[0] - 1.0e-9
    for i in range(count):
        place = (y[i] - low) * scale
        p = inside(place, last)
        j = np.int64(p)
        x = p - np.float64(j)
        beyond = place - p
        d = cells[j, 0] + x * (cells[j, 1] + x * (cells[j, 2] + x * cells[j, 3]))
        d += beyond * select(beyond < 0.0, left, right)
        y[i] += d + noise * z[i]


@njit(fastmath=FLAGS, error_model="numpy")
def move_or_stop(y, moved, noise, z, count, cells, low, scale, left, right, ceiling):
    last = cells.shape[0] - 1.0e-9
    for i in range(count):
        place = (y[i] - low) * scale
        p = inside(place, last)
        j = np.int64(p)
        x = p - np.float64(j)
        beyond = place - p
        d = cells[j, 0] + x * (cells[j, 1] + x * (cells[j, 2] + x * cells[j, 3]))
        d += beyond * select(beyond < 0.0, left, right)
        new = y[i] + (d + noise * z[i])
        alive = y[i] <= ceiling
        y[i] = select(alive, new, y[i])
        moved[i] += select(alive, 1.0, 0.0)


@njit("void(uint64, int64, int64, int64, float64, float64[:, ::1], float64, float64, float64,"
      "float64, float64, float64[::1], float64[::1])",
      cache=True, error_model="numpy", nogil=True)
def advance(key, begin, step, steps, noise, cells, low, scale, left, right, ceiling, y, moved):
    """Steps step, ..., step + steps - 1 of the paths begin, begin + 1, ... in place.

    A step is the flow and then the noise; step 0 is noise alone.  ``moved`` counts steps until a
    path is above the ceiling, where it stays.
    """
    a, b = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, y.size, BLOCK):
        count = min(BLOCK, y.size - first)
        w, steps_done = y[first : first + count], moved[first : first + count]
        for k in range(step, step + steps):
            if k % 2 == 0 or k == step:
                normals(key, np.uint64(k // 2), np.uint64(begin + first), count, a, b)
            z = a if k % 2 == 0 else b
            if k == 0:
                kick(w, noise, z, count)
                for i in range(count):
                    steps_done[i] += 1.0
            elif ceiling < math.inf:
                move_or_stop(w, steps_done, noise, z, count, cells, low, scale, left, right,
                             ceiling)
            else:
                move(w, noise, z, count, cells, low, scale, left, right)
'''


@cache
def line_kernel(generator: str):
    """The compiled function ``advance`` with the random numbers of ``generator``."""
    head = random_source(generator, ["select"])
    text = head + _TEXT.replace("BLOCK", str(BLOCK))
    return load_module(text, f"paths on a line ({generator})").advance
