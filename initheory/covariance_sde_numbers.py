"""Numbers of the covariance SDE: the centres between which a shaping explodes, explosion times."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp

from theory.activation import Activation
from theory.covariance_sde import CovarianceSDE
from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)
from theory.layer_options import weight_correlation_option
from theory.pieces import pieces
from theory.special import NUMERIC
from theory.symbols import V0, lambda_, x

from .centre_row import centre_criterion
from .report import Check, Row

__all__ = ["covariance_sde_number_rows"]

TOPIC = "sde"

#: Between which centres thresholds are looked for, to how many digits, and with what effort.
_LOWER, _UPPER, _DIGITS, _MOST_BOXES = sp.Integer(-6), sp.Integer(6), 15, 400

#: Starts and times of the table of explosion times.
_STARTS = (sp.S.Half, sp.S.One, sp.Integer(2))
_TIMES = (sp.S.One,)
_CDF_DIGITS = 10

_LI = "Li, Nica & Roy 2022 (arXiv:2206.02768)"
_YOR = "Dufresne 1990; Yor 1992 (exponential functionals of Brownian motion)"

Table = list[dict[str, Any]]


def covariance_sde_number_rows(
    activation: Activation, weight_correlation: Any = 0, **_settings: Any
) -> Iterator[Row]:
    """Explosion times from a few starts, and where a centre makes the shaping explode.

    >>> rows = list(covariance_sde_number_rows(Activation("softplus")))
    >>> [round(line["to"], 9) for line in rows[1].values]
    [0.559615788, 6.0]
    """
    kappa = weight_correlation_option(weight_correlation)
    if activation.parameters or kappa.free_symbols:
        names = [f"--param {symbol}=..." for symbol in activation.parameters]
        names += ["--weight-correlation ..."] if kappa.free_symbols else []
        note = f"explosion times and centres need values of the parameters: {', '.join(names)}"
        yield Row(TOPIC, "sde_numbers", "numbers", note=note)
        return
    yield from _time_rows(activation, kappa)
    yield from _centre_rows(activation, kappa)


def _time_rows(activation: Activation, kappa: sp.Expr) -> Iterator[Row]:
    """The law of the explosion time, where V explodes and the law is known."""
    try:
        explosion = CovarianceSDE(activation, weight_correlation=kappa).explosion
        time = explosion.time if explosion.explodes else None
    except (AssumptionError, DivergentExpectationError, UndecidedError):
        return  # the row of the theory gives the reason
    if time is None:
        return
    title = "explosion: probability, mean time given explosion, P(T* <= t)"
    try:
        values = tuple(_times(time, explosion, start) for start in _STARTS)
        check = _two_inversions(time)
    except PrecisionError as error:
        yield Row(TOPIC, "explosion_times", title, source=_YOR, note=str(error))
        return
    yield Row(TOPIC, "explosion_times", title, values=values, source=_YOR, check=check)


def _times(time, explosion, start) -> dict[str, Any]:
    shares = {f"by t = {t}": time.cdf(t, V0=start, digits=_CDF_DIGITS) for t in _TIMES}
    ever = float(explosion.probability.subs(V0, start).evalf(15))
    mean = time.mean(V0=start) if not time.mean.is_infinite else float("inf")
    mean = "inf" if mean == float("inf") else float(mean)
    return {"V0": float(start), "probability": ever, "mean_time": mean} | shares


def _two_inversions(time) -> Check:
    """P(T* <= 1) by Talbot's contour and by de Hoog's continued fraction."""
    ours = time.cdf(1, V0=1, digits=_CDF_DIGITS)
    transform = sp.lambdify(lambda_, time.laplace.subs(V0, 1) / lambda_, [NUMERIC, "mpmath"])
    with mpmath.workdps(25):
        again = mpmath.invertlaplace(transform, 1, method="dehoog")
        gap = abs(again - ours) / abs(again)
        digits = _CDF_DIGITS if gap == 0 else int(min(_CDF_DIGITS, max(0, -mpmath.log10(gap))))
    evidence = f"{digits} digits between two inversions of the Laplace transform, V0 = t = 1"
    return Check("SUPPORTED" if digits >= _CDF_DIGITS - 2 else "REFUTED", evidence, digits)


def _centre_rows(activation: Activation, kappa: sp.Expr) -> Iterator[Row]:
    """The intervals of centres; no row where the activation consists of straight lines."""
    title = f"where the shaping around a centre explodes, {_LOWER} to {_UPPER}"
    row = Row(TOPIC, "explosion_centres", title, source=_LI)
    try:
        criterion = centre_criterion(activation, kappa)
        if criterion.is_zero:
            return
        values, found = _intervals(criterion)
    except (AssumptionError, DivergentExpectationError, InputError, UndecidedError) as error:
        yield replace(row, note=str(error))
        return
    except PrecisionError as error:
        yield replace(row, note=f"the thresholds are not certified: {error}")
        return
    evidence = f"{found} zeros of the criterion, by ball arithmetic: each is the only one in its "
    evidence += "enclosure, and there is no other"
    yield replace(row, values=tuple(values), check=Check("CERTIFIED", evidence))


def _intervals(criterion: sp.Expr) -> tuple[Table, int]:
    """The intervals of centres by whether V explodes, and the number of thresholds proved."""
    from numerics.certified import certified_roots

    table: Table = []
    found = 0
    for piece in pieces(criterion):
        low, high = sp.Max(piece.lower, _LOWER), sp.Min(piece.upper, _UPPER)
        if not low < high:
            continue
        roots = []
        if piece.expr.has(x):
            roots = certified_roots(piece.expr, x, low, high, _DIGITS, _MOST_BOXES)
        found += len(roots)
        ends = [low, *(root.midpoint for root in roots), high]
        for left, right in pairwise(ends):
            inside = piece.expr.subs(x, sp.nsimplify((left + right) / 2, rational=True))
            _extend(table, float(left), float(right), bool(inside.evalf(30) > 0))
    return table, found


def _extend(table: Table, left: float, right: float, explodes: bool) -> None:
    if table and table[-1]["explodes"] is explodes:
        table[-1]["to"] = right
    elif left < right:
        table.append({"from": left, "to": right, "explodes": explodes})
