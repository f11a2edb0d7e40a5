r"""Second routes for claims on exact Gaussian pairs: ball series, a float contour, plain sums.

None of them uses the numbers of :mod:`theory.laws` that they are compared with: the law of
|phi(X)| for Weibull weights is summed here as a power series with a bound of what is left out, or
integrated along a path of steepest descent in floats.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from theory.symbols import x

from ..checks import Numeric, Symbolic
from ..context import Context
from ..finding import Finding
from ..verdict import Verdict

__all__ = [
    "PLACES",
    "Existence",
    "S",
    "Shown",
    "X",
    "arb_of",
    "around",
    "contour",
    "law_mean",
    "normal_mean",
    "normal_mellin",
    "on_the_right",
    "product_is",
    "product_survival",
    "same_gammas",
    "series",
    "survives",
    "weibull_pair",
]

#: The exponent of a Mellin transform E Y^s.
S = sp.Symbol("s", positive=True)
#: A positive argument of an odd activation.
X = sp.Symbol("x", positive=True)


#: Where tails of products are compared.
PLACES = (sp.Rational(3, 10), sp.Rational(17, 10))


def normal_mellin(s=S) -> sp.Expr:
    """E|N|^s of a standard normal N.

    >>> normal_mellin(2), normal_mellin(4)
    (1, 3)
    """
    return 2 ** (sp.S(s) / 2) * sp.gamma((1 + sp.S(s)) / 2) / sp.sqrt(sp.pi)


@cache
def weibull_pair(theta, kind="odd"):
    """The pair of Weibull weights; kept, because its tables are."""
    from theory.gaussian_pair import GaussianPair

    return GaussianPair(theta=sp.Rational(theta), kind=kind)


def arb_of(value):
    """An exact number as a ball at the current precision."""
    from flint import arb, fmpq

    value = sp.Rational(value)
    return arb(fmpq(int(value.p), int(value.q)))


def around(number, digits):
    """A number of the toolkit as a ball: right to ``digits`` digits."""
    from flint import arb

    middle = arb_of(number)
    return middle + arb(0, 1) * abs(middle) * arb(10) ** -digits


def series(theta, y, power=1, shift=0):
    """F(y) (``power`` 1) or f(y) (``power`` 0) of Q_theta as a ball.

    sqrt(2/pi) sum_k (-1/2)^k y^{2k + power}/((2k+1)^power k! Gamma(1 - (2k+1+shift)/theta)), theta
    > 2; a ``shift`` other than 0 is a mistake on purpose.  1/Gamma(1 - v) is at most Gamma(v)/pi,
    and those bounds fall by the factor (y^2/2) v^{2/theta}/(k+1) at least.
    """
    from flint import arb

    root, half = arb_of(theta), y * y / 2
    total, term, k = arb(0), arb(1), 0
    while True:
        v = (2 * k + 1 + shift) / root
        total += term * (1 - v).rgamma() / arb(2 * k + 1) ** power
        ratio = half * v ** (2 / root) / (k + 1)
        bound = abs(term) * v.gamma() / arb.pi() if v > 0 else arb(1)
        if k > 8 and ratio < 0.5 and bound < arb(10) ** -60:
            total += arb(0, (2 * bound).upper())
            return (2 / arb.pi()).sqrt() * total * y**power
        term *= -half / (k + 1)
        k += 1


@cache
def _path(count=240):
    """Gauss–Legendre angles on (0, pi) with their weights."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(count)
    return np.pi * (nodes + 1) / 2, np.pi * weights / 2


def contour(theta, y):
    r"""(P(Y > y), f(y)) of Q_theta in floats, theta > 2, for an array y.

    u = kappa r e^{i t} with r = [(theta/2) sin(2t/theta)/sin t]^{theta/(theta - 2)}.
    """
    import numpy as np
    from scipy.special import wofz

    theta = float(theta)
    y = np.atleast_1d(np.asarray(y, dtype=float))[:, None]
    t, weight = _path()
    power = theta / (theta - 2)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        r = np.exp(power * np.log(theta / 2 * np.sin(2 * t / theta) / np.sin(t)))
        kappa = np.maximum((y * y / theta) ** power, 2.0)
        u = kappa * r * np.exp(1j * t)
        z = y / np.sqrt(2) * u ** (1 / theta)
        turn = 1j + power * (2 / theta / np.tan(2 * t / theta) - 1 / np.tan(t))
        bell = np.exp(u - z * z)
        tail = np.nan_to_num((bell * wofz(1j * z) * turn).imag) @ weight / np.pi
        peak = np.nan_to_num((bell * u ** (1 / theta) * turn).imag) @ weight / np.pi
    return tail, np.sqrt(2 / np.pi) * peak


@cache
def _law_nodes(theta, kind):
    """(mass, x, y, phi'(x)) with sum mass g(x, y, phi') = E g(X, phi(X), phi'(X)), even g.

    y = e^{t - e^{-t}} by the trapezoidal rule; x solves P(Y > y) = P(|X| > x), or P(X > x).
    """
    import numpy as np
    from scipy.special import ndtri

    theta = sp.Rational(theta)
    step = 1 / 64 if theta > sp.Rational(9, 4) else 1 / 256
    t = np.arange(-4.0, 4.0, step)
    y = np.exp(t - np.exp(-t))
    tail, density = contour(theta, y)
    keep = (tail > 1e-280) & (density > 1e-280) & (y > 1e-16)
    y, tail, density, t = y[keep], tail[keep], density[keep], t[keep]
    mass = density * y * (1 + np.exp(-t)) * step
    if kind == "odd":
        x = -ndtri(tail / 2)
        slope = np.sqrt(2 / np.pi) * np.exp(-x * x / 2) / density
    else:
        x = -ndtri(tail)
        low = tail > 0.9  # F(y) = 2 Phi(x_odd) - 1 with fewer digits lost
        x[low] = ndtri(np.array([_small_cdf(theta, v) for v in y[low]]))
        slope = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / density
    return mass, x, y, slope


def _small_cdf(theta, y):
    """F(y) by its series for small y."""
    from flint import arb

    return float(series(theta, arb(float(y))))


def law_mean(theta, function: Callable, kind="odd") -> float:
    """E g(X, phi(X), phi'(X)) by integration in the variable y of the law of |phi(X)|.

    For the odd activation g must be an even function of X.
    """
    mass, x, y, slope = _law_nodes(theta, kind)
    return float(mass @ function(x, y, slope))


@cache
def _normal_nodes(step=1 / 48):
    import numpy as np

    t = np.arange(-3.7, 2.4, step)
    x = np.exp(t - np.exp(-t))
    mass = x * (1 + np.exp(-t)) * step * np.exp(-x * x / 2) * np.sqrt(2 / np.pi)
    return x, mass


def normal_mean(function: Callable) -> float:
    """E g(|X|) in floats, X standard normal, for g with any power at 0."""
    x, mass = _normal_nodes()
    return float(mass @ function(x))


def product_survival(pair, survival: Callable, z: float) -> float:
    """P(|W phi(X)| > z) = E P(|W| > z/|phi(X)|) for an odd phi, ``survival`` that of |W|."""
    import numpy as np

    from numerics.compile import compile

    x, mass = _normal_nodes()
    with np.errstate(divide="ignore", over="ignore"):
        return float(mass @ survival(z / np.abs(compile(pair)(x))))


@dataclass(frozen=True)
class Existence:
    """Whether a pair exists, with a certificate that is verified anew.

    ``make`` makes the pair; CERTIFIED if ``exists`` is what it says and its certificate verifies,
    REFUTED if a verified certificate says the opposite, else INCONCLUSIVE.
    """

    make: Callable[[], Any]
    exists: bool
    argument: str = ""

    def run(self, context: Context) -> Finding:
        """The verdict of the pair."""
        pair = self.make()
        found, proof = pair.exists, pair.certificate
        verified = proof is not None and proof.verify()
        data = {"exists": found, "certificate": proof.kind if proof else None}
        evidence = f"{pair!r}: exists is {found}: {pair.reason}"
        fits = not self.argument or data["certificate"] == self.argument
        verdict = Verdict.INCONCLUSIVE
        if verified and found is self.exists and fits:
            verdict = Verdict.CERTIFIED
        elif verified and found is (not self.exists):
            verdict = Verdict.REFUTED
        return Finding(verdict, "certified", evidence, data)


@dataclass(frozen=True)
class Shown:
    """A truth value that exact or ball arithmetic decides; ``how`` says what was decided.

    ``holds`` returns True, False or None (not decided).
    """

    holds: Callable[[], bool | None]
    how: str

    def run(self, context: Context) -> Finding:
        """CERTIFIED, REFUTED or INCONCLUSIVE."""
        found = self.holds()
        verdict = Verdict.INCONCLUSIVE
        if found is not None:
            verdict = Verdict.CERTIFIED if found else Verdict.REFUTED
        text = {True: "holds", False: "fails", None: "is not decided"}[found]
        return Finding(verdict, "certified", f"{self.how}: {text}")


def product_is(weights, factor):
    """E|W|^s E Y^s = E|N|^s with the law of W and the stated law of Y."""
    return same_gammas(weights.magnitude.mellin(S) * factor, normal_mellin())


def same_gammas(first, second, ranges=None):
    """Two products of gamma functions, shifts of their arguments taken out."""
    return Symbolic(sp.gammasimp(first / second), 1, ranges or {})


def on_the_right(expr):
    """A formula in x > 0."""
    return expr.subs(x, X)


def survives(weights, survival, digits=9):
    """P(|W phi(X)| > z) = erfc(z/sqrt 2) at two places."""
    from theory.gaussian_pair import GaussianPair

    pair = GaussianPair(weights=weights)
    found = lambda point: product_survival(pair, survival, float(point["z"]))  # noqa: E731
    wanted = lambda point: sp.erfc(point["z"] / sp.sqrt(2)).n(25)  # noqa: E731
    return Numeric(found, wanted, [{"z": place} for place in PLACES], digits=digits)
