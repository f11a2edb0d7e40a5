"""Counter-based normal random numbers, the same for any number of threads and any splitting.

A number is a function of (seed, stream, row, column): the row is a step of a simulation, the
column a path or a neuron.  ``generator="mix"`` is fast; ``"philox"`` is Philox4x32-10, the
conservative choice for published runs.  Simulations share their kernels' text with this module,
so what is tested here is what they use.
"""

from functools import cache

import numpy as np

from theory.errors import InputError

from .kernels import load_module
from .vector_functions import source

__all__ = ["GENERATORS", "key_of", "normals", "random_source", "words"]

GENERATORS = ("mix", "philox")

#: Words are drawn, paths and neurons are simulated, in blocks of this many columns.
BLOCK = 256

_LARGEST = 2**64
_MASK = _LARGEST - 1

_DRIVER = """
@njit("void(uint64, uint64, uint64, float64[::1], float64[::1])", cache=True, nogil=True)
def fill(key, row, first, a, b):
    normals_GENERATOR(key, row, first, a.size, a, b)


@njit("void(uint64, uint64, uint64, uint64[::1], uint64[::1])", cache=True, nogil=True)
def fill_words(key, row, first, a, b):
    words_of_GENERATOR(key, row, first, a.size, a, b)
"""


def key_of(seed, stream=0):
    """The 64-bit key of a seed and a stream, both whole numbers from 0 to 2^64 - 1.

    Different streams of one seed have different keys.

    >>> key_of(0) == key_of(0), key_of(0) == key_of(0, 1)
    (True, False)
    """
    seed, stream = _word(seed, "seed"), _word(stream, "stream")
    return _scramble((_scramble((seed + 0x9E3779B97F4A7C15) & _MASK) + stream) & _MASK)


def normals(count, seed=0, stream=0, row=0, first=0, generator="mix"):
    """Two arrays of ``count`` independent standard normals: columns ``first``, ``first`` + 1, …

    >>> whole, part = normals(5, seed=1)[0], normals(3, seed=1, first=2)[0]
    >>> (whole[2:] == part).all()
    np.True_
    """
    a, b = np.empty(count), np.empty(count)
    key = np.uint64(key_of(seed, stream))
    _driver(_known(generator)).fill(key, np.uint64(row), np.uint64(first), a, b)
    return a, b


def words(count, key, row=0, first=0, generator="mix"):
    """The 64-bit words that two arrays of normals are made of, for tests of the generator."""
    a, b = np.empty(count, np.uint64), np.empty(count, np.uint64)
    driver = _driver(_known(generator))
    driver.fill_words(np.uint64(key), np.uint64(row), np.uint64(first), a, b)
    return a, b


def random_source(generator, needs=()):
    """Text that defines ``normals(key, row, first, count, a, b)`` and the functions ``needs``."""
    name = f"normals_{_known(generator)}"
    return f"{source([name, *needs])}\n\n\nnormals = {name}\n"


@cache
def _driver(generator):
    needs = [f"normals_{generator}", f"words_of_{generator}"]
    text = f"{source(needs)}\n\n{_DRIVER.replace('GENERATOR', generator)}"
    return load_module(text, f"the random numbers {generator}")


def _known(generator):
    if generator not in GENERATORS:
        raise InputError(
            f"random = {generator!r} is no generator; choose one of {', '.join(GENERATORS)}"
        )
    return generator


def _word(value, name):
    try:
        whole = not isinstance(value, (bool, str)) and int(value) == value
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= value < _LARGEST:
        raise InputError(f"{name} = {value!r} must be a whole number from 0 to 2^64 - 1")
    return int(value)


def _scramble(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
