"""Independent values of a law, by its construction from exponential, normal, … variables.

What is drawn depends on the generator alone, not on threads.  A law without a construction is
drawn as phi(N) for a normal N and the increasing map phi that has this law.
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from scipy.special import erf

from theory.errors import InitheoryError, InputError
from theory.laws.base_variables import (
    BernoulliVariable,
    ExponentialVariable,
    GammaVariable,
    NormalVariable,
    UniformVariable,
    base_variables,
)
from theory.laws.density_law import DensityLaw
from theory.laws.weight_law import WeightLaw
from theory.symbols import x

__all__ = ["generator", "sample"]

#: The least uniform number: the generators' own 0 would be a pole of some constructions.
_LEAST = 2.0**-54


def sample(law, size=None, random_state=None):
    """An array of independent values of a :class:`WeightLaw`, or of a positive law.

    ``size`` is a whole number, a shape or None for one float; for ``random_state`` see
    :func:`generator`.  InputError if a parameter of the law has no value.

    >>> from theory.weights import Uniform
    >>> values = sample(Uniform(2), 1000, random_state=1)
    >>> bool(abs(values).max() < 2 and abs(values.mean()) < 0.2)
    True
    """
    random = generator(random_state)
    if law.free_symbols:
        names = ", ".join(sorted(map(str, law.free_symbols)))
        raise InputError(f"to draw from {law}, give a value to {names}, as in law.subs(...)")
    shape = () if size is None else size
    try:
        values = np.asarray(_magnitudes(law, shape, random), dtype=float)
    except InitheoryError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"rvs: size = {size!r} is no whole number or shape ({error})") from None
    if isinstance(law, WeightLaw):
        values = np.where(random.random(shape) < 0.5, -values, values)
    values = np.broadcast_to(values, np.shape(np.empty(shape)))
    return float(values) if size is None else np.array(values)


def generator(random_state, name="random_state"):
    """A numpy Generator or RandomState as it is, or one from a seed: a whole number; None is 0."""
    if isinstance(random_state, np.random.Generator | np.random.RandomState):
        return random_state
    whole = isinstance(random_state, int | np.integer) and not isinstance(random_state, bool)
    if random_state is not None and (not whole or random_state < 0):
        verb = "rvs: " if name == "random_state" else ""
        raise InputError(
            f"{verb}{name} = {random_state!r} must be a whole number >= 0, a numpy Generator or "
            "RandomState, or None"
        )
    return np.random.default_rng(0 if random_state is None else random_state)


def _magnitudes(law, shape, random):
    recipe = _recipe(law)
    if recipe is None:
        return np.abs(_inverse(law)(random.standard_normal(shape)))
    variables, function = recipe
    return function(*(_draw(variable, shape, random) for variable in variables))


@lru_cache(maxsize=64)
def _recipe(law):
    """(base variables, function of their values), or None if there is no construction."""
    construction = law.construction
    if construction is None:
        return None
    variables = base_variables(construction)
    names = sp.symbols(f"v:{len(variables)}", cls=sp.Dummy) if variables else ()
    expr = construction.xreplace(dict(zip(variables, names, strict=True)))
    return variables, sp.lambdify(names, expr.evalf(20), ["scipy", "numpy"])


@lru_cache(maxsize=64)
def _inverse(law):
    from theory.laws.functions import LawActivation

    from .compile import compile

    if isinstance(law, WeightLaw):
        if not law.zero.is_zero:
            raise InputError(f"{law} has an atom at 0 and no construction to draw it by")
        law = law.magnitude
    if isinstance(law, DensityLaw):
        from .density_quantile import density_quantile

        quantile = density_quantile(law)
        return lambda normal: quantile(erf(np.abs(normal) / np.sqrt(2.0)))
    return compile(LawActivation(law, x, "odd"))


def _draw(variable, shape, random):
    match variable:
        case ExponentialVariable():
            return random.standard_exponential(shape)
        case NormalVariable():
            return random.standard_normal(shape)
        case UniformVariable():
            return np.maximum(random.random(shape), _LEAST)
        case GammaVariable():
            return random.standard_gamma(float(variable.parameters[0]), shape)
        case BernoulliVariable():
            return (random.random(shape) < float(variable.parameters[0])).astype(float)
    raise InputError(f"rvs: there is no generator for {variable}")
