r"""The stationary state of deep networks with one positive entry in every row of the weights.

For phi of degree 1 without bias, y = a_l (Z + t) in layer l, t' = v phi(Z + t)/sqrt(g) settles and
s = E phi(y)^2 grows by the factor g.  Its shape depends on g alone,

    sigma_w2 = g/(s_1 - kappa m_1^2),    s_1, m_1 moments of phi(Z + t) at g,

so that the growth for a given sigma_w2 is one root.  In general the deviation a of the normal part
takes the place of g:  a fixed point has sigma_w2 = (a^2 - sigma_b2)/(s - kappa m^2).
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq, root_scalar

from theory.errors import PrecisionError

from ..blas_threads import one_blas_thread
from ..result import Provenance
from .input import setting
from .records import AsymmetricGrowth, AsymmetricState
from .stability import contraction
from .stationary import StationaryLaw

__all__ = ["asymmetric_growth", "polished", "refined", "shape_at_growth", "stationary_laws"]

#: Levels of refinement that are compared, the accuracy aimed at and the least one accepted.
_LEVELS, _AIM, _WORST = (-1, 0, 1, 2), 1e-10, 1e-6
#: The least relative distance of a growth to that without normal weights.
_LEAST = 1e-7
#: Deviations of the normal part between which fixed points are looked for, and logarithmic steps.
_LOW, _HIGH, _STEP = 2.0**-8, 2.0**8, 0.7


def asymmetric_growth(maps, sigma_w2, sigma_b2=0) -> AsymmetricGrowth:
    r"""Stationary growth per layer, or the fixed points, of an asymmetric initialization.

    Parameters
    ----------
    maps
        An AsymmetricMaps, or an activation (then entries of the law Beta(2, 1) and kappa = 0).
    sigma_w2, sigma_b2
        Scale of the normal weights and variance of the biases.

    For phi of degree 1 ``growth`` is the limit of s_{l+1}/s_l while the bias is negligible, and
    without bias the one state is in units with s = 1.  Otherwise ``states`` are the fixed points
    with s > 0, ascending, each with its stability in the space of laws.  Widths are infinite.

    Raises
    ------
    InputError
        for parameters without value or an entry law with E v^2 = oo.
    AssumptionError
        if phi grows faster than linearly.
    PrecisionError
        if two grids do not agree to 1e-6, which happens next to E v^2, where moments diverge.

    >>> found = asymmetric_growth("relu", sigma_w2=2)
    >>> print(f"{found.growth:.6f} {found.off:.6f}")
    1.789195 0.396990
    """
    maps, activation, kappa, sigma_w2, sigma_b2 = setting(
        maps, sigma_w2, sigma_b2, "asymmetric_growth"
    )
    laws = stationary_laws(activation, maps.weights)
    growth = error = None
    shrink = 1.0
    states: tuple[AsymmetricState, ...] = ()
    with one_blas_thread():  # some hundred nodes are too few to share
        if laws[0].homogeneous:
            growth, error, shape = _growth(laws, sigma_w2, kappa)
            if sigma_b2 == 0:
                shrink = growth**-0.5
                states = (_state(shape, 1 / shape.s, error, None),)
        if not states and (growth is None or growth < 1.0):
            states = _fixed_points(laws, sigma_w2, sigma_b2, kappa)
    inputs = {"sigma_w2": sigma_w2, "sigma_b2": sigma_b2, "weights": str(maps.weights)}
    return AsymmetricGrowth(
        activation=activation.name,
        weights=str(maps.weights),
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        growth=growth,
        growth_error=error,
        states=states,
        tail_index=float(laws[1].tail_index(shrink)),
        provenance=Provenance.of(
            "asymmetric_growth", activation.name, "two grids compared", **inputs
        ),
    )


def stationary_laws(activation, law):
    """The StationaryLaw of each level, of which the finer ones cost nothing until used."""
    return tuple(_law(activation, law, level) for level in _LEVELS)


@lru_cache(maxsize=12)
def _law(activation, law, level):
    return StationaryLaw(activation, law, level)


def shape_at_growth(law, growth, kappa):
    """(sigma_w2, shape in units of the normal part) of degree 1 at this growth."""
    shape = law.at(1.0, growth**-0.5)
    spread = shape.s - kappa * shape.m**2
    return (growth / spread if spread > 0.0 else 0.0), shape


def refined(solve, laws, what):
    """(value, error, the rest) of ``solve(law, guess)`` on ever finer grids until two agree."""
    value = best = None
    for law in laws:
        new, rest = solve(law, value)
        if value is not None:
            error = abs(new - value)
            best = (new, error + 4e-15 * abs(new), rest)
            if error <= _AIM * abs(new):
                return best
        value = new
    if not best[1] <= _WORST * abs(best[0]):
        raise PrecisionError(
            f"{what}: two grids differ by {best[1]:.1e}, as the moments are close to diverging or "
            "the activation varies on a very short length; take larger normal weights or scale it"
        )
    return best


def _growth(laws, sigma_w2, kappa):
    """(growth, error, shape) of degree 1."""
    least = laws[0].least_growth
    slopes = np.abs(laws[0].phi(np.array([-1.0, 1.0])))
    spread = sigma_w2 * max(1.0, 1.0 - kappa) + laws[0].rule.second
    most = float(slopes.max() ** 2 * spread)

    def solve(law, guess):
        def miss(excess):
            with np.errstate(divide="ignore"):
                needed = np.log(shape_at_growth(law, least + np.exp(excess), kappa)[0])
            return max(needed - np.log(sigma_w2), -1e3)

        if guess is not None:
            growth = least + np.exp(polished(miss, np.log(guess - least)))
            return growth, shape_at_growth(law, growth, kappa)[1]
        high = low = np.log(1.01 * most - least)  # above every growth
        while miss(low) >= 0.0:
            high, low = low, low - 2.0
            if low < np.log(_LEAST * most):
                raise PrecisionError(
                    f"asymmetric_growth: sigma_w2 = {sigma_w2:g} is too small: the growth is "
                    f"within {_LEAST:g} of {least:g}, where the law has no second moment"
                )
        growth = least + np.exp(brentq(miss, low, high, xtol=1e-12, rtol=1e-12))
        return growth, shape_at_growth(law, growth, kappa)[1]

    growth, error, shape = refined(solve, laws, "asymmetric_growth")
    return float(growth), float(error), shape


def polished(function, guess):
    """The root next to ``guess`` by the secant method."""
    with np.errstate(all="ignore"):
        found = root_scalar(function, x0=guess, x1=guess + 1e-5, xtol=1e-12, maxiter=12)
    return found.root if np.isfinite(found.root) else guess


def _fixed_points(laws, sigma_w2, sigma_b2, kappa):
    """The states whose normal part keeps its deviation, found on the coarsest grid first."""
    law = laws[0]
    if law.least_growth >= 1.0:  # squares grow even without normal weights
        return ()

    def miss(law, log_deviation):
        deviation = np.exp(log_deviation)
        shape = law.at(deviation)
        variance = sigma_b2 + sigma_w2 * (shape.s - kappa * shape.m**2)
        return np.log(variance) - 2 * log_deviation if variance > 0 else -np.inf

    places = _places(law, sigma_w2, sigma_b2, kappa)
    misses = [miss(law, place) for place in places]
    states = []
    for i in np.nonzero(np.diff(np.sign(misses)))[0]:
        ends = places[i], places[i + 1]

        def solve(law, guess, ends=ends):
            if guess is None:
                found = brentq(lambda d: miss(law, d), *ends, xtol=1e-12, rtol=1e-12)
            else:
                found = polished(lambda d: miss(law, d), np.log(guess))
            return np.exp(found), law.at(np.exp(found))

        deviation, error, shape = refined(solve, laws, "asymmetric_growth")
        rate = contraction(law, deviation, sigma_w2, kappa)
        states.append(_state(shape, 1.0, error / deviation, rate))
    return tuple(states)


def _places(law, sigma_w2, sigma_b2, kappa):
    """Logarithms of deviations between which fixed points are looked for.

    A bounded phi bounds the deviation; else phi is almost of degree 1 beyond the last ones.
    """
    low, high = max(np.sqrt(sigma_b2) * (1 - 1e-9), _LOW), _HIGH
    if law.least_growth == 0.0:
        largest = max(-law.ends[0], law.ends[1])
        high = np.sqrt(sigma_b2 + sigma_w2 * max(1.0, 1.0 - kappa) * largest**2) * (1 + 1e-9)
    high = max(high, 4 * low)
    count = 2 + int(np.ceil(np.log(high / low) / _STEP))
    return np.linspace(np.log(low), np.log(high), count)


def _state(shape, unit, error, rate):
    """A shape as a record, with values of y multiplied by sqrt(unit)."""
    root = np.sqrt(unit)
    return AsymmetricState(
        s=float(shape.s * unit),
        m=float(shape.m * root),
        q=float(shape.second * unit),
        mean=float(shape.mean * root),
        off=shape.off,
        deviation=float(shape.deviation * root),
        relative_error=float(error),
        rate=rate,
        places=shape.places * root,
        weights=shape.weights,
    )
