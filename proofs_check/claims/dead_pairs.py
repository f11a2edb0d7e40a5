r"""The claim on units that are off on both x and -x.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here.
"""

import math

import mpmath
import sympy as sp

from theory.dead_units import DeadUnits
from theory.symbols import q

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .correlated_networks import weights
from .correlated_tools import float_arc
from .enclosures import Balls, ball, printed

__all__ = ["DEAD_PAIRS"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)
_RANGE = {_K: (-3, 1)}


def stated_rho(kappa):
    """-kappa/(pi - kappa)."""
    return -kappa / (sp.pi - kappa)


def _short(kappa):
    """The mutation: the mean square is not reduced."""
    return -kappa / sp.pi


def _half_line(power):
    """E phi^power for phi = u_+ of u ~ N(0, q): an elementary integral."""
    z = sp.Symbol("z", real=True)
    bell = sp.exp(-(z**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    return sp.integrate(z**power * bell, (z, 0, sp.oo))


# ---------------------------------------------------------------- the correlation


def _correlation(stated=stated_rho):
    """u_+ (-u)_+ = 0 leaves -kappa (E phi)^2 over E phi^2 - kappa (E phi)^2."""
    for degree in (1, 2, 3):
        common = _K * _half_line(degree) ** 2
        found = -common / (_half_line(2 * degree) - common)
        if degree == 1:
            yield Symbolic(found, stated(_K), _RANGE)
        elif stated is stated_rho:
            text = f"max(x, 0)**{degree}"
            probability = R(1, 4) + sp.asin(sp.cancel(found)) / (2 * sp.pi)
            toolkit = DeadUnits(text, weight_correlation=_K).antipodal()
            yield Symbolic(toolkit, probability, _RANGE)


def _probability(rho, sign=1):
    return R(1, 4) + sign * sp.asin(rho) / (2 * sp.pi)


def _toolkit(stated=stated_rho, sign=1):
    """Symbolic kappa; the third layer by one more step of the map of correlation."""
    dead = DeadUnits("relu", weight_correlation=_K)
    yield Symbolic(dead.antipodal(), _probability(stated(_K), sign), _RANGE)
    for kappa in (R(1, 2), 1, -2):
        c = float_arc(float(stated(kappa)))
        c = (c - float(kappa) / math.pi) / (1 - float(kappa) / math.pi)
        found = DeadUnits("relu", weight_correlation=kappa).antipodal(3).evalf(16)
        expected = 0.25 + sign * math.asin(c) / (2 * math.pi)
        yield Numeric(found, expected, [{}], digits=13, note=f"layer 3, kappa = {kappa}")


# ---------------------------------------------------------------- numbers

_PRINTED = ((0, "0.25"), (R(1, 2), "0.219692349196"), (1, "0.172677802964"))


def _numbers(stated=stated_rho, sign=1):
    """The printed digits, and the orthant as an integral over one of the two variables."""
    for kappa, digits in _PRINTED:
        value = _probability(stated(sp.S(kappa)), sign)
        what = f"kappa = {kappa}"
        places = len(digits) - 3
        yield Balls(lambda v=value: ball(v), lambda d=digits: printed(d), places, what)
        yield Numeric(_orthant(kappa), value, [{}], digits=18, note=what)


def _orthant(kappa):
    """P(y <= 0, y' <= 0), at the correlation -kappa/(pi - kappa)."""
    with mpmath.workdps(40):
        kappa = mpmath.mpf(sp.Rational(kappa).p) / sp.Rational(kappa).q
        second, squared = mpmath.mpf(1) / 2, 1 / (2 * mpmath.pi)
        rho = -kappa * squared / (second - kappa * squared)
        tilt = rho / mpmath.sqrt(1 - rho * rho)
        return mpmath.quad(
            lambda z: mpmath.npdf(z) * mpmath.ncdf(tilt * z), [0, 1, 2, 4, 8, 16]
        )  # symmetric in both signs


def _fewer():
    """Fewer units are off on both the larger kappa is, more for kappa < 0; never 1/2."""
    value = _probability(stated_rho(_K))
    yield Certified(value.diff(_K) < 0, {_K: (-3, 1)})
    yield Certified(value < R(1, 4), {_K: (R(1, 100), 1)})
    yield Certified(value > R(1, 4), {_K: (-3, R(-1, 100))})
    yield Certified(value < R(1, 2), {_K: (-100, 1)})


# ---------------------------------------------------------------- networks


def _drawn(kappa, expected, width=500, networks=800, rows=24):
    """The share of units of layer 2 that are off on both; a network is one observation."""

    def sampler(generator, count):
        import numpy as np

        found = np.empty(count)
        for number in range(count):
            u = generator.standard_normal(width)
            h = np.stack([np.maximum(u, 0.0), np.maximum(-u, 0.0)], axis=1)
            y = weights(generator, kappa, (rows, width)) @ h
            found[number] = (y <= 0).all(axis=1).mean()
        return found

    return Statistical(sampler, float(expected), networks, bias=1 / width)


def _networks(stated=stated_rho, sign=1, **size):
    for kappa in (0, R(1, 2), 1, -2):
        yield _drawn(float(kappa), _probability(stated(sp.S(kappa)), sign), **size)


def _antipodal():
    yield from _correlation()
    yield from _toolkit()
    yield from _numbers()
    yield from _fewer()
    yield from _networks()


ANTIPODAL = Claim(
    "dead.antipodal",
    r"ReLU, inputs of dimension 1, no biases, $N \to \infty$: a unit of layer 2 is off on both "
    r"$x$ and $-x$ with probability $\frac14 + \frac1{2\pi}\arcsin\rho$, $\rho = -\kappa/(\pi - "
    r"\kappa)$: $\frac14$ at $\kappa = 0$, $0.219692349196$ at $\frac12$, $0.172677802964$ at 1. "
    r"Anti-correlated rows have fewer dead units.",
    SOURCE,
    _antipodal,
    (
        Mutation("rho = -kappa/pi", lambda: list(_correlation(_short))),
        Mutation("rho = -kappa/pi, the toolkit", lambda: list(_toolkit(_short))),
        Mutation("rho = -kappa/pi, numbers", lambda: list(_numbers(_short))),
        Mutation("rho = -kappa/pi, drawn", lambda: list(_networks(_short))),
        Mutation("1/4 - arcsin(rho)/(2 pi)", lambda: list(_toolkit(sign=-1))),
        Mutation("rho = +kappa/(pi - kappa), numbers", lambda: list(_numbers(sign=-1))),
        Mutation("rho = +kappa/(pi - kappa), drawn", lambda: list(_networks(sign=-1))),
    ),
    full=lambda: list(_networks(width=1000, networks=3000)),
)

DEAD_PAIRS = (ANTIPODAL,)
