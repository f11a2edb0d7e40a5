r"""The law at time T of a one-dimensional diffusion: correlation, norm, angle or any other.

The distribution function comes from the Fokker-Planck equation (:mod:`numerics.fokker_planck`),
not from sampling; everything else, quantiles, density, moments, is read off it.
"""

import math

import numpy as np
import sympy as sp

from theory.errors import InputError, PrecisionError
from theory.parser import exact

from .fokker_planck import solve
from .fokker_planck_coordinate import DiffusionInLine, state_space
from .fokker_planck_panels import panels
from .input import finite
from .law_moments import moments
from .law_result import Law
from .result import Provenance

__all__ = ["Law", "diffusion_law", "law"]

_AIM, _LIMIT = 1e-9, 1e-5
_EFFORTS = ((1, 48), (1, 64), (2, 56), (4, 48), (8, 48), (16, 48))  # (time steps, contour nodes)


def law(sde, variable=None, *, T, start=None, rho0=None, V0=None, **options) -> Law:
    r"""The law at time ``T`` of a one-dimensional SDE, to about ten digits.

    Parameters
    ----------
    sde
        A CovarianceSDE; or anything with ``variable``, ``drift`` and ``diffusion``; or these
        three as a tuple (drift, diffusion, variable).
    variable
        Of a CovarianceSDE: "rho" (correlation), "V" (norm) or the name of any other attribute
        that is a one-dimensional SDE, such as "angle".
    T
        The time, positive: depth over width.
    start, rho0, V0
        The start, by the name that reads best.  It may be an end of the space from which the SDE
        enters (rho0 = -1 for a shaped ReLU).
    options
        ``lower``, ``upper``: ends of the state space (default: the zeros of the noise nearest to
        the start); ``absorbing``: a pair of barriers; ``subs``: values of symbols.

    Raises InputError for a start outside the space or at an end that is never left, and for
    coefficients that are not autonomous; PrecisionError if 1e-5 is not reached.

    >>> from theory.covariance_sde import CovarianceSDE
    >>> at = law(CovarianceSDE("relu"), "rho", rho0=0.3, T=1)
    >>> print(f"{at.mean:.8f} {at.quantile(0.5):.8f}")
    0.34155119 0.53683486
    >>> print(f"{law(CovarianceSDE('silu'), 'V', V0=1, T=1).lost_above:.9f}")  # has exploded
    0.098554117
    """
    starts = {"start": start, "rho0": rho0, "V0": V0}
    given = {name: value for name, value in starts.items() if value is not None}
    if len(given) != 1:
        raise InputError(f"law: give exactly one of {', '.join(starts)}; got {len(given)}")
    ((name, value),) = given.items()
    if isinstance(sde, tuple) and len(sde) == 3:
        return diffusion_law(*sde, value, T, **options)
    reduced = sde if hasattr(sde, "variable") else _reduced(sde, variable or _VARIABLES.get(name))
    lower, upper = getattr(reduced, "domain", (None, None))
    options = {"lower": lower, "upper": upper} | options
    if getattr(reduced, "autonomous", True) is False:
        raise InputError(
            f"law: {reduced.variable} is not autonomous here (its drift is {reduced.drift}); use "
            "simulate for the covariance matrix"
        )
    return diffusion_law(reduced.drift, reduced.diffusion, reduced.variable, value, T, **options)


_VARIABLES = {"rho0": "rho", "V0": "V"}
_ATTRIBUTES = {"rho": "correlation", "V": "norm", "theta": "angle"}


def _reduced(sde, variable):
    if variable is None:
        raise InputError("law: say of which variable, as in law(sde, 'rho', rho0=0.3, T=1)")
    name = _ATTRIBUTES.get(str(variable), str(variable))
    reduced = getattr(sde, name, None)
    if reduced is None or not hasattr(reduced, "drift"):
        raise InputError(
            f"law: {sde!r} has no one-dimensional SDE {variable!r}; there are 'rho' (correlation) "
            "and 'V' (norm)"
        )
    return reduced


def diffusion_law(
    drift, diffusion, variable, start, T, *, lower=None, upper=None, absorbing=None, subs=None
) -> Law:
    r"""The law at T of dX = drift dt + diffusion dB, SymPy expressions in ``variable``.

    >>> v = sp.Symbol("v", positive=True)  # geometric: log V_1 ~ N(-1, 2)
    >>> at = diffusion_law(0, sp.sqrt(2) * v, v, 1, 1)
    >>> bool(abs(at.quantile(0.5) - np.exp(-1)) < 1e-10)
    True
    """
    time = finite(T, "T", "law")
    if time <= 0:
        raise InputError(f"law: T = {time:g} is not positive; at T = 0 the state is the start")
    place = finite(start, "start", "law")
    drift, diffusion = (_expression(e, variable, subs) for e in (drift, diffusion))
    line = _line(drift, diffusion, variable, place, lower, upper)
    coordinate = line.coordinate
    begin = float(coordinate.line(place))
    if not coordinate.lower <= place <= coordinate.upper:
        raise InputError(
            f"law: the start {place:g} is outside ({coordinate.lower:g}, {coordinate.upper:g})"
        )
    barriers = _barriers(absorbing, coordinate, begin)
    found, ends, effort = _solved(line, begin, time, barriers)
    lost = _lost(found, ends)
    mass = 1.0 - sum(lost)
    name = str(variable)
    return Law(
        *(name, place, time, *moments(found, coordinate, mass), mass, *lost, found.error),
        _statement(name, place, time, ends, lost, coordinate),
        Provenance.of(
            "law",
            f"d{name} = ({drift}) dt + ({diffusion}) dB",
            f"{found.error:.1e} in the cdf; {len(found.rates)} panels, {effort}",
            start=place,
            T=time,
        ),
        *(coordinate.lower, coordinate.upper, coordinate.stretched),
        *(found.edges, found.rates, found.coefficients),
    )


def _solved(line, begin, time, barriers):
    """The solution, with more time steps and contour nodes until the aim is reached."""
    best = None
    for steps, nodes in _EFFORTS:
        try:
            on, ends = panels(line, begin, time / steps, barriers, math.isinf(begin), time)
        except PrecisionError:
            if best is None:
                raise
            break
        found = solve(on, ends, begin, time, steps, nodes)
        if best is None or found.error < best[0].error:
            best = found, ends, f"{steps} time steps of {nodes} contour nodes"
        if found.error < _AIM:
            break
    if not best[0].error < _LIMIT:
        reached = f"reached only {best[0].error:.1e} in" if best[0].error < 1.0 else "did not find"
        raise PrecisionError(
            f"law: {reached} the distribution function; drift or noise is too rough or T too long "
            "for this method, use simulate"
        )
    return best


def _line(drift, diffusion, variable, place, lower, upper):
    given = [None if e is None else _end(e) for e in (lower, upper)]
    if None in given:
        found = state_space(diffusion, variable, place, drift)
        given = [f if g is None else g for f, g in zip(found, given, strict=True)]
    return DiffusionInLine(drift, diffusion, variable, tuple(given))


def _end(value):
    return value if isinstance(value, sp.Expr) else exact(value, "an end of the state space")


def _barriers(absorbing, coordinate, begin):
    if absorbing is None:
        return -math.inf, math.inf
    if len(absorbing) != 2:
        raise InputError("law: absorbing is a pair (lower, upper), with None for no barrier")
    below, above = (
        end if b is None else float(coordinate.line(finite(b, "absorbing", "law")))
        for b, end in zip(absorbing, (-math.inf, math.inf), strict=True)
    )
    if not below < begin < above:
        raise InputError(f"law: the start is not between the barriers {absorbing}")
    return below, above


def _expression(expr, variable, subs):
    expr = sp.S(expr).subs(subs or {})
    if not isinstance(variable, sp.Symbol):
        raise InputError(f"law: the variable must be a SymPy symbol; got {variable!r}")
    others = sorted(str(s) for s in expr.free_symbols - {variable})
    if others:
        raise InputError(
            f"law: {expr} also depends on {', '.join(others)}; give subs={{{others[0]}: value}}"
        )
    return expr


def _lost(found, ends):
    """The probability lost at the lower and at the upper end."""
    at = found(found.edges[[0, -1]])
    inside = lambda end: end in ("far", "entrance")  # noqa: E731
    lost = (0.0 if inside(ends[0]) else at[0], 0.0 if inside(ends[1]) else 1.0 - at[1])
    return tuple(float(np.clip(p, 0.0, 1.0)) for p in lost)


def _statement(name, place, time, ends, lost, coordinate):
    text = f"law of {name} at T = {time:g} from {name} = {place:g}"
    for end, kind, probability in zip(
        (coordinate.lower, coordinate.upper), ends, lost, strict=True
    ):
        if kind == "reached":
            text += f"; {name} reaches {end:g} before T with probability {probability:.10g}"
        if kind == "barrier":
            text += f"; absorbed with probability {probability:.10g}"
    return text
