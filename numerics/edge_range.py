r"""The variances q with an edge of chaos, and the least weight correlation that gives one.

At a variance q the edge of chaos needs sigma_b2 = (1 - s^2)(q - W(q)/D(q)) >= 0, and its point
attracts if |V'(q)| < 1.  In the weight correlation kappa both are linear conditions,

    kappa >= kappa_min(q) = (E phi^2 - q E phi'^2)/(E phi)^2,
    |s^2 + (1 - s^2)(S_0 - kappa (S_0 - S_1))/D| < 1,

S_k = d/dq (E phi^2 - k (E phi)^2), so each q has an interval of kappa, and the least correlation
is the minimum of its lower end over q.  (Derived from the maps of Singh & Sreejith 2021,
arXiv:2103.12499, and Hayou et al. 2019, arXiv:1902.06853.)
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from theory.activation import as_activation
from theory.mean_field import MeanField

from .numeric_activation import numeric_activation
from .result import Provenance, Result
from .table import moment_table

__all__ = ["EdgeOfChaosRange", "edge_of_chaos_range"]

#: Variances per unit of log q that are looked at, and rounding that is let pass.
_DENSITY = 100
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class EdgeOfChaosRange(Result):
    """Where the edge of chaos of a layer exists and attracts.

    ``admissible`` and ``attracting`` hold intervals of q as rows, within ``q_range``.
    ``least_correlation`` is the infimum, over q and whatever kappa the layer has, of the weight
    correlations with an edge of chaos, met near ``least_q``; ``least_attracting`` that of those
    with one that attracts, near ``least_attracting_q``.  They are None where no kappa <= 1 will
    do, or where kappa has no effect.  ``q``, ``sigma_w2``, ``sigma_b2``, ``chi_q`` sample the
    curve.
    """

    activation: str
    q_range: tuple[float, float]
    admissible: np.ndarray
    attracting: np.ndarray
    least_correlation: float | None
    least_q: float | None
    least_attracting: float | None
    least_attracting_q: float | None
    statement: str
    q: np.ndarray
    sigma_w2: np.ndarray
    sigma_b2: np.ndarray
    chi_q: np.ndarray
    provenance: Provenance

    def __repr__(self):
        shown = ", ".join(f"[{low:.6g}, {high:.6g}]" for low, high in self.attracting)
        return f"EdgeOfChaosRange({self.activation}: attracting for q in {shown or 'no interval'})"

    def __str__(self):
        return f"{self!r}\n  {self.statement}"

    def plot(self, ax=None):
        """Draw the admissible part of the curve, dashed where it repels; the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        inside, attracts = self.sigma_b2 >= 0.0, np.abs(self.chi_q) < 1.0
        for kept, style in ((inside & attracts, "-"), (inside & ~attracts, "--")):
            curve = (np.where(kept, values, np.nan) for values in (self.sigma_w2, self.sigma_b2))
            ax.plot(*curve, style, color="C0")
        ax.set(xlabel=r"$\sigma_w^2$", ylabel=r"$\sigma_b^2$", title=self.activation)
        return ax


def edge_of_chaos_range(model) -> EdgeOfChaosRange:
    """The range of variances with an edge of chaos, and the weight correlations that give one.

    ``model`` is a MeanField, with its options, or anything that names an activation.

    >>> found = edge_of_chaos_range(MeanField("softplus", weight_correlation=1))
    >>> found.attracting.shape, edge_of_chaos_range("softplus").attracting.shape
    ((1, 2), (0, 2))

    Raises InputError for a parameter or an option without a value.
    """
    theory = model if isinstance(model, MeanField) else MeanField(as_activation(model))
    numbers = numeric_activation(theory)
    layer = numbers.layer
    if layer.grows:
        return _nothing(
            numbers, f"chi_1 > 1 for every sigma_w2 > 0, as |skip| = {layer.skip} >= 1"
        )
    if not numbers.has_slope or numbers.exact.slope_moment == 0:
        return _nothing(numbers, "no sigma_w2 makes chi_1 = 1")
    curves = _Curves({k: _plain(theory, k) for k in (0, layer.weight_correlation, 1)}, layer)
    q, own = curves.variances(), curves.own
    exact_zero = numbers.homogeneity == 1.0
    if not exact_zero:
        q = _resolved(q, curves.margin(q), curves.attraction(q))
    admissible = curves.margin(q) >= (-_ROUNDING if exact_zero else 0.0)
    both = admissible & (curves.attraction(q) > (_ROUNDING if exact_zero else 0.0))
    ends = (
        _intervals(q, admissible, curves.margin),
        _intervals(q, both, lambda v: np.minimum(curves.margin(v), curves.attraction(v))),
    )
    least = _least(q, curves.bounds) if numbers.parity != "odd" else [(None, None, False)] * 2
    if exact_zero and least[0][0] is not None:  # W = q D, so that all is decided at kappa = 0
        least = [(0.0, 1.0, True)] * 2
    d = own.D(q)
    curve = layer.branch / d, layer.branch * (q - own.W(q) / d), layer.slope(own.S(q) / d)
    return EdgeOfChaosRange(
        numbers.name,
        (float(q[0]), float(q[-1])),
        *ends,
        *least[0][:2],
        *least[1][:2],
        _statement(ends, least, numbers),
        q,
        *curve,
        Provenance.of("edge_of_chaos_range", numbers.name, **layer.inputs),
    )


@dataclass(frozen=True)
class _Curves:
    """The conditions as functions of q, without a skip connection's rescaling of variances."""

    activations: dict
    layer: object

    @property
    def own(self):
        """The activation with the correlation of the layer."""
        return self.activations[self.layer.weight_correlation]

    def variances(self):
        """The q that are looked at, as far as all moments have tables."""
        tables = [moment_table(activation) for activation in self.activations.values()]
        low = max(table.edges[0] for table in tables)
        high = min(table.edges[-1] for table in tables)
        return np.exp(np.linspace(low, high, int(_DENSITY * (high - low)) + 1))

    def margin(self, q):
        """sigma_b2/q up to a positive factor."""
        return 1.0 - self.own.W(q) / (q * self.own.D(q))

    def attraction(self, q):
        """1 - |V'(q)| on the edge."""
        return 1.0 - np.abs(self.layer.slope(self.own.S(q) / self.own.D(q)))

    def bounds(self, q):
        """(kappa_min, lower and upper end of the kappa that attract), NaN in the rounding."""
        plain, summing = self.activations[0], self.activations[1]
        d = plain.D(q)
        mean_square = plain.W(q) - summing.W(q)
        slope = plain.S(q) - summing.S(q)
        lowest = -(1.0 + self.layer.keep) / self.layer.branch
        with np.errstate(divide="ignore", invalid="ignore"):
            least = (plain.W(q) - q * d) / mean_square
            ends = np.sort([(plain.S(q) - d) / slope, (plain.S(q) - lowest * d) / slope], axis=0)
            known = mean_square > 1e-5 * plain.W(q)
        return np.where(known, least, np.nan), np.maximum(ends[0], least), np.minimum(ends[1], 1.0)


def _resolved(q, *fields):
    """The variances without those at either end where a field is lost in rounding."""
    lost = np.any([np.abs(values) < _ROUNDING for values in fields], axis=0)
    kept = np.flatnonzero(~lost)
    return q[kept[0] : kept[-1] + 1] if kept.size else q


def _least(q, bounds):
    """(kappa, q, whether inside) of the least with an edge, and with one that attracts."""
    from scipy.optimize import minimize_scalar

    def admissible(v):
        least = bounds(v)[0]
        return np.where(least <= 1.0, least, np.nan)

    def attracting(v):
        least, lower, upper = bounds(v)
        return np.where((lower < upper - _ROUNDING) & np.isfinite(least), lower, np.nan)

    found = []
    for function in (admissible, attracting):
        values = function(q)
        known = np.flatnonzero(np.isfinite(values))
        if not known.size:
            found.append((None, None, False))
            continue
        place = known[np.argmin(values[known])]
        best = float(values[place]), float(q[place])
        inside = 0 < place < len(q) - 1 and bool(np.isfinite(values[place - 1 : place + 2]).all())
        if inside:
            ends = np.log(q[place - 1]), np.log(q[place + 1])
            near = minimize_scalar(
                lambda u, f=function: float(np.nan_to_num(f(np.exp(u)), nan=np.inf)),
                bounds=ends,
                method="bounded",
                options={"xatol": 1e-10},
            )
            best = min(best, (float(near.fun), float(np.exp(near.x))))
        found.append((*best, inside))
    return found


def _plain(theory, kappa):
    return numeric_activation(MeanField(theory.activation, weight_correlation=kappa))


def _intervals(q, inside, function):
    """The intervals of q on which ``inside`` holds, their inner ends refined to roots."""
    from scipy.optimize import brentq

    change = np.flatnonzero(np.diff(inside.astype(int))) + 1
    cuts = [0, *change.tolist(), len(q)]
    found = []
    for start, stop in pairwise(cuts):
        if not inside[start]:
            continue
        ends = []
        for out, within, edge in ((start - 1, start, q[0]), (stop, stop - 1, q[-1])):
            if not 0 <= out < len(q):
                ends.append(float(edge))
                continue
            values = float(function(q[out])), float(function(q[within]))
            if values[0] * values[1] > 0.0:
                ends.append(float(q[within]))
                continue
            ends.append(float(brentq(lambda v: float(function(v)), q[out], q[within], rtol=1e-14)))
        found.append(sorted(ends))
    return np.array(found, dtype=float).reshape(-1, 2)


def _statement(ends, least, numbers):
    admissible, attracting = (len(part) for part in ends)
    text = f"{admissible} interval(s) of q with an edge of chaos, {attracting} where it attracts"
    if numbers.parity == "odd":
        return f"{text}; E phi = 0: weight correlation has no effect"
    for what, (kappa, place, inside) in zip(("an edge", "an attracting edge"), least, strict=True):
        if kappa is None:
            text += f"; no weight correlation gives {what}"
            continue
        at_end = "" if inside else ", at the end of what is resolved"
        text += f"; {what} exists from weight correlation {kappa:.6g} (q = {place:.4g}{at_end})"
    return text


def _nothing(numbers, reason):
    none, no_q = np.empty((0, 2)), np.empty(0)
    return EdgeOfChaosRange(
        numbers.name,
        (0.0, np.inf),
        none,
        none,
        *(None,) * 4,
        f"no edge of chaos: {reason}",
        *(no_q,) * 4,
        Provenance.of("edge_of_chaos_range", numbers.name, **numbers.layer.inputs),
    )
