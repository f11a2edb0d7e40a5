r"""Nodes and weights for E G(v) with v of a positive law, whatever its density does at the ends.

v = Q(2 Phi(n) - 1) for a half-normal n and the quantile function Q: atoms apart, the integrand is
smooth in n but at 0, where Q may have any power, and panels are graded there.
"""

from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp
from scipy.special import erf

from theory.errors import InputError, PrecisionError
from theory.laws.density_law import DensityLaw
from theory.laws.functions import LawActivation
from theory.symbols import x

from ..gaussian_panels import gauss_legendre

__all__ = ["EntryRule", "entry_rule"]

_REACH = 8.2  #: P(n > 8.2) = 2e-16
_AGREE = 1e-10


@dataclass(frozen=True, eq=False)
class EntryRule:
    """``places`` and ``weights`` of the rule, with the first two moments of the law as floats."""

    places: np.ndarray
    weights: np.ndarray
    mean: float
    second: float


def entry_rule(law, level=0) -> EntryRule:
    """The rule of an Asymmetric; finer for a higher ``level``.

    InputError if a parameter has no value or E v^2 is infinite, PrecisionError if the rule does
    not reproduce E v and E v^2.

    >>> from theory.matrix_laws.asymmetric import Asymmetric
    >>> rule = entry_rule(Asymmetric("uniform"))
    >>> abs(rule.weights @ np.exp(rule.places) - (np.e - 1)) < 1e-14
    np.True_
    """
    if law.entry.free_symbols:
        names = ", ".join(sorted(map(str, law.entry.free_symbols)))
        raise InputError(f"numbers were asked of {law}, but {names} has no value: use law.subs")
    moments = [law.entry_moment(1), law.entry_moment(2)]
    if moments[1] is sp.oo:
        raise InputError(f"{law}: E v^2 of the entry law is infinite, and so are all variances")
    mean, second = (float(sp.N(moment, 20)) for moment in moments)
    atoms = law.entry.atoms_of_law
    if atoms:
        places, weights = (np.array([float(v) for v in part]) for part in zip(*atoms, strict=True))
    elif isinstance(law.entry, DensityLaw):
        places, weights = _on_density(law.entry, level)
    else:
        normal, weights = _half_normal(level)
        places = _quantiles(law.entry, normal)
    found = weights @ places, weights @ places**2
    if not np.allclose(found, (mean, second), rtol=_AGREE, atol=0.0):
        raise PrecisionError(
            f"the quadrature of {law} misses E v or E v^2 by more than {_AGREE:g}: its quantile "
            "function is not smooth; take an entry law with a smooth density"
        )
    return EntryRule(places, weights, mean, second)


def _half_normal(level):
    """Nodes and weights of |N|, graded geometrically to 0."""
    nodes, weights = gauss_legendre(12 + 4 * level)
    steps = 0.5 * 3.0 ** np.arange(-33 - 5 * level, 0)
    edges = np.concatenate([[0.0], steps, np.linspace(0.5, _REACH, 10 + 2 * level)])
    half = np.diff(edges)[:, None] / 2
    n = edges[:-1, None] + half + half * nodes
    weight = half * weights * np.exp(-n * n / 2) * np.sqrt(2 / np.pi)
    return n.ravel(), weight.ravel() / weight.sum()


def _quantiles(entry, normal):
    p = sp.Symbol("p", positive=True)
    formula = entry.quantile(p)
    if formula is None:
        from ..compile import compile

        return np.abs(compile(LawActivation(entry, x, "odd"))(normal))
    return np.asarray(sp.lambdify(p, formula.evalf(20), ["scipy", "numpy"])(_below(normal)))


def _below(normal):
    """P(|N| < n), kept below 1."""
    return np.minimum(erf(normal / np.sqrt(2.0)), 1.0 - 2.0**-53)


def _on_density(entry, level):
    """Panels between the places where the density changes its form, graded to both ends."""
    formula, symbol, _ = entry.args
    density = sp.lambdify(symbol, formula.evalf(20), ["scipy", "numpy"])
    ends = [float(point) for point in entry.points()]
    if np.isinf(ends[-1]):
        ends[-1] = _far(entry)
    nodes, weights = gauss_legendre(12 + 4 * level)
    steps = 2.0 ** np.arange(-50, 0)
    unit = np.concatenate([[0.0], steps, 1.0 - steps[-2::-1], [1.0]])
    edges = np.concatenate([low + (high - low) * unit for low, high in pairwise(ends)])
    half = np.diff(np.unique(edges))[:, None] / 2
    places = (np.unique(edges)[:-1, None] + half + half * nodes).ravel()
    mass = (half * weights).ravel() * density(places)
    return places, mass / mass.sum()


def _far(entry):
    """A place beyond which the second moment has nothing left."""
    place = 1.0
    while float(entry.survival_digits(mpmath.mpf(place))) > 1e-18 and place < 1e12:
        place *= 2.0
    return place
