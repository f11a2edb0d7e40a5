"""Arguments of ``simulate``, checked: one sentence for each thing that can be wrong."""

import math
from fractions import Fraction

import numpy as np

from theory.errors import InputError

from .input import finite, whole

__all__ = ["clock", "correlation", "count", "covariance", "layers_of", "one_start", "refuse"]

#: Steps for each unit of time, and at the least.
_STEPS = 64
_LEAST_STEPS = 16
#: More steps than this are taken only if asked for.
_MOST_STEPS = 10**8
#: The largest denominator of a time of record in units of a step.
_DENOMINATOR = 10_000


def clock(T, steps, times, longest):
    """(end, step length, records as numbers of steps), steps at most ``longest`` long."""
    if times is None:
        if T is None:
            raise InputError("simulate: pass T, the time (depth/width) to which the SDE runs")
        end, marks = finite(T, "T", "simulate"), None
    else:
        marks = [finite(t, "times", "simulate") for t in np.atleast_1d(times).tolist()]
        if not marks:
            raise InputError("simulate: times is empty; give at least one time")
        end = marks[-1] if T is None else finite(T, "T", "simulate")
        if sorted(set(marks)) != marks or marks[0] <= 0 or marks[-1] != end:
            raise InputError(f"simulate: times = {times} must be positive, increase and end at T")
    if end <= 0.0:
        raise InputError(f"simulate: T = {end:g} must be positive: it is depth over width")
    needed = math.ceil(end / longest - 1e-9)
    least = max(_LEAST_STEPS, math.ceil(_STEPS * end), needed)
    if steps is None and least > _MOST_STEPS:
        raise InputError(f"simulate: T = {end:g} takes {least:.1e} steps; ask for a shorter time")
    if steps is not None:
        least = whole(steps, "steps", "simulate")
        if least < needed:
            raise InputError(f"simulate: V can explode; take steps={needed} or more to see it")
    if marks is None:
        return end, end / least, (least,)
    shares = [Fraction(t / end).limit_denominator(_DENOMINATOR) for t in marks]
    unit = math.lcm(*(share.denominator for share in shares))
    if (steps is not None and least % unit) or unit > _DENOMINATOR:
        raise InputError(
            f"simulate: times = {times} are not at steps; take steps divisible by {unit}"
        )
    count = -(-least // unit) * unit
    return end, end / count, tuple(int(share * count) for share in shares)


def layers_of(layers, depth):
    """Layers to record, in increasing order."""
    try:
        given = np.atleast_1d(layers).tolist()
        chosen = [int(layer) for layer in given]
    except (TypeError, ValueError, OverflowError):
        given, chosen = None, []
    if chosen != given:
        chosen = []
    if not chosen or sorted(set(chosen)) != chosen or chosen[0] < 0 or chosen[-1] > depth:
        raise InputError(
            f"simulate: layers = {layers} must be whole numbers that increase, from 0 to {depth}"
        )
    return chosen


def count(paths, samples):
    """The number of paths."""
    if paths is not None and samples is not None:
        raise InputError("simulate: paths and samples are two names for one number; give one")
    name, value = ("samples", samples) if paths is None else ("paths", paths)
    if value is None:
        return 10_000
    return whole(value, name, "simulate")


def one_start(rho0, V0):
    """(rho0, V0), of which exactly one is given."""
    if (rho0 is None) == (V0 is None):
        raise InputError("simulate: pass either rho0, a correlation, or V0, a covariance")
    return rho0, V0


def correlation(rho0):
    """A correlation of two different inputs."""
    if np.ndim(rho0) > 0:
        raise InputError("simulate: rho0 is one number; give more inputs as a matrix V0")
    value = finite(rho0, "rho0", "simulate")
    if abs(value) > 1.0:
        raise InputError(f"simulate: rho0 = {value:g} is no correlation: it must lie in [-1, 1]")
    if value == 1.0:
        raise InputError("simulate: rho0 = 1 means equal inputs, which stay equal; take rho0 < 1")
    return value


def covariance(V0):
    """A symmetric, positive semidefinite matrix with a positive diagonal."""
    try:
        v = np.array(V0, dtype=float)
    except (TypeError, ValueError):
        raise InputError("simulate: V0 must be a number or a square matrix of numbers") from None
    v = v.reshape(1, 1) if v.ndim == 0 else v
    if v.ndim != 2 or v.shape[0] != v.shape[1] or not v.size:
        raise InputError(f"simulate: V0 of shape {v.shape} must be a square matrix")
    if not np.isfinite(v).all():
        raise InputError("simulate: V0 has entries that are not finite")
    largest = np.max(np.abs(v))
    if np.max(np.abs(v - v.T)) > 1e-12 * largest:
        raise InputError("simulate: V0 is a covariance and must be symmetric")
    if not (np.diag(v) > 0.0).all():
        raise InputError("simulate: V0 must have a positive diagonal, the squared norms")
    least = np.linalg.eigvalsh(v)[0]
    if least < -1e-12 * largest:
        raise InputError(
            f"simulate: V0 has the eigenvalue {least:.3g}; a covariance has none below 0"
        )
    return np.ascontiguousarray((v + v.T) / 2.0)


def refuse(what, **arguments):
    """Refuse arguments that do not apply."""
    for name, value in arguments.items():
        if value is not None:
            raise InputError(f"simulate: {name}= does not apply to {what}")
