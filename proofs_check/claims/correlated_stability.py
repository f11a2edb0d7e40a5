r"""The claim on the stability of the edge of chaos for correlated weights.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

import mpmath
import sympy as sp

from theory.gaussian import E
from theory.symbols import q, x

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between, Same
from .correlated_edge import enclosed, places
from .correlated_maps import theory
from .correlated_tools import mean, pair, phi
from .correlated_tools import slope as slope_of
from .enclosures import Balls, printed
from .moments import bend, function, second, slope

__all__ = ["CORRELATED_STABILITY"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)

#: q: kappa_s, printed.
_THRESHOLDS = {
    "gelu": {
        R(1, 2): "0.459619407771", 1: "0.256600119640", 2: "0.089442719100", 5: "-0.031325853982",
    },
    "silu": {R(1, 2): "0.681257928391", 1: "0.520028348414", 2: "0.344939579758"},
    "softplus": {R(1, 2): "0.985968817875", 1: "0.960217113805", 2: "0.904457892780"},
}  # fmt: skip


def _curved(text):
    """E phi'' of a function without kinks in phi'."""
    return E(function(text).diff(x, 2), q)


def _rate(text):
    """V' on the edge of chaos: 1 + (E phi phi'' - kappa E phi E phi'')/E phi'^2."""
    lost = _K * E(function(text), q) * _curved(text)
    return 1 + (bend(text) - lost) / slope(text)


def _thresholds():
    """Printed digits, quadratures, and the toolkit's closed forms."""
    for text, row in _THRESHOLDS.items():
        found = theory(text).critical_weight_correlation
        for place, digits in row.items():
            note = f"{text}, q = {place}"
            there = found.subs(q, place)
            yield Balls(
                lambda e=there: enclosed(e),
                lambda d=digits: printed(d),
                places(digits) - 1,
                note,
            )

            def stated(_, text=text, place=float(place)):
                curved = mean(place, (text, 0), (text, 2))
                return curved / (mean(place, (text, 0)) * mean(place, (text, 2)))

            yield Numeric(there, stated, [{}], digits=14, note=note)
    gelu = theory("gelu").critical_weight_correlation
    yield Symbolic(gelu, (2 + 3 * q - q**2) / ((q + 2) * (2 * q + 1) ** R(3, 2)))
    yield Symbolic(gelu.subs(q, 2), sp.sqrt(5) / 25)
    for text in ("gelu", "3-cosh(x)"):
        yield Symbolic(theory(text).edge_of_chaos.stability, _rate(text).doit())
    yield Symbolic(
        _rate("3-cosh(x)").doit().subs(_K, theory("3-cosh(x)").critical_weight_correlation), 1
    )


def _signs(above=-1, count=None):
    """V' - 1 on intervals of q, for kappa above (and below) the threshold; ``above`` is its sign.

    Where E phi E phi'' > 0 the sign is -1 above the threshold, for 3 - cosh x it is +1.
    """
    rows = (
        ("gelu", 1, (R(1, 2), 5), above),
        ("gelu", R(1, 2), (R(1, 2), 5), above),
        ("gelu", 0, (R(1, 2), 3), -above),
        ("gelu", 0, (4, 5), above),  # kappa_s < 0 there
        ("silu", 1, (R(1, 2), 2), above),
        ("silu", 0, (R(1, 2), 2), -above),
        ("silu", R(1, 2), (R(9, 10), 1), -above),
        ("silu", R(1, 2), (R(3, 2), 2), above),
        ("softplus", 1, (R(1, 2), 2), above),
        ("3-cosh(x)", R(1, 5), (R(9, 10), 1), above),
        ("3-cosh(x)", 1, (R(9, 10), 1), -above),
    )
    for text, kappa, (low, high), sign in rows[:count]:
        # times E phi'^2 > 0
        expr = (bend(text) - kappa * E(function(text), q) * _curved(text)).doit()
        yield Certified(sign * expr > 0, {q: (low, high)})


def _signs_of_means():
    for text in ("gelu", "silu", "softplus"):
        yield Certified((E(function(text), q) * _curved(text)).doit() > 0, {q: (R(1, 2), 2)})
    box = {q: (R(9, 10), 1)}
    yield Certified((E(function("3-cosh(x)"), q) * _curved("3-cosh(x)")).doit() < 0, box)
    # sigmoid: E phi'' = 0, and tanh has E phi = 0 besides
    for text in ("sigmoid", "tanh"):
        rate = theory(text).edge_of_chaos.stability
        yield Symbolic(rate.diff(_K), 0)
        yield Same(theory(text).critical_weight_correlation, None, f"{text}, kappa_s")
    found = mean(1.5, ("sigmoid", 2))
    yield Numeric(found, 0, [{}], digits=20, absolute=True, note="E phi'' of the sigmoid")


def _softplus(kappa=1):
    """sigma_b2 q-range: positive at kappa = 1 on [1/2, 2], negative at kappa <= 1/2."""
    bias = q * slope("softplus") - second("softplus") + kappa * E(function("softplus"), q) ** 2
    yield Certified(bias > 0, {q: (R(1, 2), 2)})


def _softplus_has_none():
    for kappa in (0, R(1, 2)):
        bias = q * slope("softplus") - second("softplus")
        bias += kappa * E(function("softplus"), q) ** 2
        yield Certified(bias < 0, {q: (R(1, 2), 2)})


#: activation, kappa, q: whether iterating V brings 1.02 q closer.
_ORBITS = (
    ("gelu", 1, 1, True),
    ("gelu", 0, 1, False),
    ("silu", R(1, 2), 1, False),
    ("silu", 1, 1, True),
    ("softplus", 1, 1, True),
    ("3-cosh(x)", R(1, 5), 1, True),
    ("3-cosh(x)", 1, 1, False),
)


def _orbits(flip=False):
    """Iterating V in polar coordinates, four layers from 1.02 q and from 0.98 q; the toolkit."""
    from numerics.edge_of_chaos import edge_of_chaos

    for text, kappa, place, attracts in _ORBITS:
        distance = _contraction(text, kappa, place)
        ends = (-1, 1) if attracts != flip else (1, 10)
        where = f"{text}, kappa = {kappa}, q = {place}"
        yield Between(distance, *ends, f"{where}: distance after 4 layers/before")
        if text in ("gelu", "silu"):
            (point,) = edge_of_chaos(theory(text, kappa), q=float(place))
            yield Same(point.stable, attracts != flip, f"{where}: stable")
    # the rate of it is V'
    for text, kappa, place in (("gelu", 1, 1), ("silu", R(1, 2), 1), ("3-cosh(x)", 1, 1)):
        stated = _rate_at(text, kappa, place)
        found = _contraction(text, kappa, place, steps=1, start=1e-4)
        note = f"{text}, kappa = {kappa}, V' by iterating"
        yield Numeric(found, (2 - stated) if flip else stated, [{}], digits=6, note=note)


def _rate_at(text, kappa, place):
    """V' on the edge of chaos by quadratures."""
    lost = mean(place, (text, 0)) * mean(place, (text, 2))
    curved = mean(place, (text, 0), (text, 2)) - mpmath.mpf(str(float(kappa))) * lost
    return 1 + curved / mean(place, (text, 1), (text, 1))


def _contraction(text, kappa, place, steps=4, start=0.02):
    """(q_l^+ - q_l^-)/(q_0^+ - q_0^-) from place (1 +- start), weights of the edge of chaos."""
    f, steep, kappa = phi(text), slope_of(text), float(kappa)

    def inside(v):
        second = pair(lambda u, v: f(u) * f(v), v, v, 1.0)
        return second - kappa * pair(lambda u, v: f(u), v, v, 0.0) ** 2

    weight = 1 / pair(lambda u, v: steep(u) ** 2, place, place, 0.0)
    bias = place - weight * inside(place)
    low, high = place * (1 - start), place * (1 + start)
    for _ in range(steps):
        low, high = (bias + weight * inside(v) for v in (low, high))
    return (high - low) / (2 * start * place)


def _eoc_stability():
    yield from _thresholds()
    yield from _signs()
    yield from _signs_of_means()
    yield from _softplus()
    yield from _softplus_has_none()
    yield from _orbits()


EOC_STABILITY = Claim(
    "corr.eoc-stability",
    r"On the edge of chaos $V'(q) = 1 + (E\phi\phi'' - \kappa\,E\phi\,E\phi'')/E\phi'^2$, so with "
    r"$\kappa_s = E\phi\phi''/(E\phi\,E\phi'')$ the point attracts ($V' < 1$) iff $\kappa > "
    r"\kappa_s$ where $E\phi\,E\phi'' > 0$ (GELU, SiLU, softplus), iff $\kappa < \kappa_s$ where "
    r"it is $< 0$ ($3 - \cosh x$), and $\kappa$ does not matter where $E\phi'' = 0$ (sigmoid). "
    r"GELU at $q = 2$: $\kappa_s = \sqrt5/25$. Softplus has no edge of chaos with $q \in "
    r"[\frac12, 2]$ at $\kappa \in \{0, \frac12\}$, and an attracting one at $\kappa = 1$.",
    SOURCE,
    _eoc_stability,
    (
        Mutation("stable iff kappa < kappa_s", lambda: list(_signs(above=1, count=5))),
        Mutation("stable iff kappa < kappa_s, by iterating", lambda: list(_orbits(flip=True))),
        Mutation("softplus has an edge of chaos at kappa = 0", lambda: list(_softplus(0))),
        Mutation("softplus has one at kappa = 1/2", lambda: list(_softplus(R(1, 2)))),
    ),
)

CORRELATED_STABILITY = (EOC_STABILITY,)
