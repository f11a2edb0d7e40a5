r"""gamma = sigma_mu2/sigma_y2 as the user gives it: by its name, by c or by 1 - c.

c = gamma/(1 + gamma).  Both gamma and e = 1 - c = 1/(1 + gamma) are kept: e resolves gamma near
infinity and gamma resolves c near 0, so that no digit is lost at either end.
"""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

__all__ = ["DriftRatio", "class_count", "drift_ratio"]

#: More classes than this need finer grids than the quadratures here take.
MOST_CLASSES = 10**6


@dataclass(frozen=True)
class DriftRatio:
    """gamma in [0, inf] and one_minus_c in [0, 1], floats or arrays of one shape."""

    gamma: float | np.ndarray
    one_minus_c: float | np.ndarray

    @property
    def c(self):
        """gamma/(1 + gamma), accurate near 0 and, as far as a float can be, near 1."""
        with np.errstate(invalid="ignore"):
            return _plain(np.where(np.isinf(self.gamma), 1.0, self.gamma * self.one_minus_c))

    @property
    def root(self):
        """sqrt(gamma), finite also where gamma is too large for a float."""
        with np.errstate(divide="ignore"):
            large = np.sqrt(np.subtract(1.0, self.one_minus_c)) / np.sqrt(self.one_minus_c)
        return _plain(np.where(np.isinf(self.gamma), large, np.sqrt(self.gamma)))

    @property
    def of_largest(self):
        """1 - sqrt(c), the same gap for the correlation of a pre-activation with its centre."""
        return _plain(self.one_minus_c / (1.0 + np.sqrt(self.c)))


def drift_ratio(gamma=None, c=None, one_minus_c=None, verb="class_fraction") -> DriftRatio:
    """Exactly one of the three, a number or an array, checked.

    >>> drift_ratio(c=0.5).gamma, drift_ratio(gamma=3).c, drift_ratio(gamma=7).one_minus_c
    (1.0, 0.75, 0.125)
    """
    given = {"gamma": gamma, "c": c, "one_minus_c": one_minus_c}
    found = [name for name, value in given.items() if value is not None]
    if len(found) != 1:
        got = "none" if not found else " and ".join(found)
        raise InputError(f"{verb}: give exactly one of gamma, c and one_minus_c; got {got}")
    (name,) = found
    value = _numbers(given[name], name, verb)
    largest = np.inf if name == "gamma" else 1.0
    bad = ~((value >= 0) & (value <= largest))
    if bad.any():
        need = "a ratio of variances, from 0 to infinity" if name == "gamma" else "from 0 to 1"
        raise InputError(f"{verb}: {name} = {value[bad][0]:g} must be {need}")
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if name == "gamma":
            ratio, gap = value, 1.0 / (1.0 + value)
        else:
            gap = 1.0 - value if name == "c" else value
            ratio = (value if name == "c" else 1.0 - value) / gap
    return DriftRatio(_plain(ratio), _plain(gap))


def class_count(classes, verb="class_fraction"):
    """The number of classes as an int from 2 on."""
    whole = isinstance(classes, int | np.integer) and not isinstance(classes, bool)
    if not whole and getattr(classes, "is_integer", None) is True:  # a SymPy integer
        whole = True
    if not whole or not 2 <= int(classes) <= MOST_CLASSES:
        raise InputError(
            f"{verb}: classes = {classes!r} must be a whole number from 2 to {MOST_CLASSES}"
        )
    return int(classes)


def _numbers(value, name, verb):
    refused = isinstance(value, str | bytes | bool) or getattr(value, "free_symbols", None)
    try:
        numbers = None if refused else np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        numbers = None
    if numbers is None or np.asarray(value).dtype.kind not in "fiuO":
        raise InputError(f"{verb}: {name} = {value!r} is not a number or an array of numbers")
    if numbers.size == 0:
        raise InputError(f"{verb}: {name} is an empty array")
    return numbers


def _plain(array):
    return float(array) if np.ndim(array) == 0 else np.asarray(array)
