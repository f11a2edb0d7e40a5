r"""Moments of a Gaussian vector on an orthant, by Stein's lemma with boundary terms.

For a centred Gaussian vector z, jointly Gaussian with T_1..T_m, and constraints T_j > h_j,

    E[z_k F; T > h] = sum_l Cov(z_k, z_l) E[d_l F; T > h]
                    + sum_j Cov(z_k, T_j) n(h_j; 0, v_j) E[F; T_i > h_i (i != j) | T_j = h_j],

so every moment reduces to orthant probabilities.  Those are elementary for m = 1, for m = 2
(:class:`theory.special.Phi2`, the arcsine law when centred) and for m = 3 when centred.
An indicator of a half-line and a factor Phi(a x + b) = P(W < a x + b) are both constraints.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from math import comb

import sympy as sp

from .normal_form import plain_signs, positive_root
from .special import BinormalExp, CosBelow, Phi, Phi2, PhiGiven, SinBelow
from .terms import NoClosedForm

__all__ = ["OrthantMoments"]


class OrthantMoments:
    """E[z^e; T > h] for every exponent vector e.

    ``covariance`` is the joint covariance of (z_1..z_d, T_1..T_m), nested tuples of expressions;
    ``thresholds`` are the m numbers h_j.  Conditioned vectors and moments are cached.
    ``exact`` says that T_1, T_2 may become proportional (two half-lines, correlation ±1): then
    what is conditional is written in functions that have a limit there.  ``given`` is internal:
    what a conditioned vector remembers.
    """

    def __init__(self, covariance, dimension, thresholds, *, exact=False, given=None):
        self.covariance = covariance
        self.dimension = dimension
        self.thresholds = thresholds
        self.exact = exact
        self.given = given
        self._moments = {}
        self._conditioned = {}

    def moment(self, exponents: tuple[int, ...]) -> sp.Expr:
        """E[prod z_k^{e_k}; T > h]."""
        if exponents not in self._moments:
            self._moments[exponents] = self._reduce(exponents)
        return self._moments[exponents]

    def shifted_moment(self, exponents, shift) -> sp.Expr:
        """E[prod (z_k + shift_k)^{e_k}; T > h]."""
        total = []
        for lower in product(*(range(e + 1) for e in exponents)):
            weight = sp.S.One
            for e, k, s in zip(exponents, lower, shift, strict=True):
                weight *= comb(e, k) * s ** (e - k)
            if weight != 0:
                total.append(weight * self.moment(lower))
        return sp.Add(*total)

    def _reduce(self, exponents):
        k = next((i for i, e in enumerate(exponents) if e), None)
        if k is None:
            if self.given:
                return self.given.tail
            return _orthant_probability(self._block(), self.thresholds)
        rest = tuple(e - (i == k) for i, e in enumerate(exponents))
        total = []
        for j, e in enumerate(rest):
            if e and self.covariance[k][j] != 0:
                lower = tuple(f - (i == j) for i, f in enumerate(rest))
                total.append(e * self.covariance[k][j] * self.moment(lower))
        for j, h in enumerate(self.thresholds):
            coupling = self.covariance[k][self.dimension + j]
            if coupling != 0:
                conditioned, shift = self._condition(j)
                density = self.given.density if self.given else _density(h, self._variance(j))
                boundary = coupling * density
                total.append(boundary * conditioned.shifted_moment(rest, shift))
        return sp.Add(*total)

    def _variance(self, j):
        return self.covariance[self.dimension + j][self.dimension + j]

    def _block(self):
        return [row[self.dimension :] for row in self.covariance[self.dimension :]]

    def _condition(self, j):
        """The vector given T_j = h_j: (its OrthantMoments, the mean of z)."""
        if j not in self._conditioned:
            row = self.dimension + j
            variance, threshold = self._variance(j), self.thresholds[j]
            kept = [i for i in range(len(self.covariance)) if i != row]
            gain = {i: sp.cancel(self.covariance[i][row] / variance) for i in kept}
            covariance = tuple(
                tuple(
                    sp.cancel(self.covariance[a][b] - gain[a] * self.covariance[row][b])
                    for b in kept
                )
                for a in kept
            )
            thresholds = tuple(
                sp.cancel(h - gain[self.dimension + i] * threshold)
                for i, h in enumerate(self.thresholds)
                if i != j
            )
            shift = tuple(sp.cancel(gain[i] * threshold) for i in range(self.dimension))
            given = self._pair(j) if self.exact else None
            moments = OrthantMoments(covariance, self.dimension, thresholds, given=given)
            self._conditioned[j] = moments, shift
        return self._conditioned[j]

    def _pair(self, j):
        """What the other of two constraints is, given that T_j = h_j."""
        block = self._block()
        other = 1 - j
        return _GivenPair(
            self.thresholds[other],
            block[other][other],
            self.thresholds[j],
            block[j][j],
            _correlation(block, 1, 0),
        )


@dataclass(frozen=True)
class _GivenPair:
    """T_1 of variance v, threshold h, given that T_2 = k, of variance w, at correlation r."""

    h: sp.Expr
    v: sp.Expr
    k: sp.Expr
    w: sp.Expr
    r: sp.Expr

    @cached_property
    def tail(self):
        """P(T_1 > h | T_2 = k), written with the smaller tail."""
        h, k = _standardised(self.h, self.v), _standardised(self.k, self.w)
        if h.could_extract_minus_sign():
            return 1 - PhiGiven(h, k, self.r)
        return PhiGiven(-h, -k, self.r)

    @cached_property
    def density(self):
        """The density of T_1 at h, given that T_2 = k."""
        h, k = _standardised(self.h, self.v), _standardised(self.k, self.w)
        if h.is_zero and k.is_zero:
            joint = sp.S.One
        else:
            joint = BinormalExp(h, k, self.r) * sp.exp(-_exponent(self.k, self.w))
        return joint / (sp.sqrt(2 * sp.pi) * positive_root(self.v * (1 - self.r**2)))


def _exponent(h, variance):
    return sp.cancel(-(sp.expand(h**2)) / (2 * variance))


@lru_cache(maxsize=4096)
def _density(h, variance):
    return sp.exp(_exponent(h, variance)) / (sp.sqrt(2 * sp.pi) * positive_root(variance))


def _orthant_probability(covariance, thresholds):
    """P(T_j > h_j for all j) of a centred Gaussian vector T."""
    m = len(thresholds)
    if m == 0:
        return sp.S.One
    if any(covariance[j][j].is_zero for j in range(m)):
        raise NoClosedForm("a correlation is 1 or -1, or a variance 0")
    if m == 1:
        return _tail(thresholds[0], covariance[0][0])
    if any(h.has(sp.I) for h in thresholds):
        raise NoClosedForm(
            "sin or cos meets two or more half-lines or factors Phi: the normal distribution "
            "function of two complex arguments is no function here"
        )
    correlation = {(i, j): _correlation(covariance, i, j) for i in range(m) for j in range(i)}
    if m == 2:
        h, k = (_standardised(-t, covariance[j][j]) for j, t in enumerate(thresholds))
        return Phi2(h, k, correlation[1, 0])
    if m == 3 and all(h == 0 for h in thresholds):
        arcs = sum(sp.asin(r) for r in correlation.values())
        return sp.Rational(1, 8) + arcs / (4 * sp.pi)
    raise NoClosedForm(
        f"{m} half-lines and factors Phi meet: an orthant of {m} variables is elementary for "
        "at most 2, and for 3 at the centre"
    )


@lru_cache(maxsize=4096)
def _standardised(h, variance):
    """h / sqrt(variance), in the shorter of its two forms."""
    root = positive_root(variance)
    forms = sp.factor(h) / root, sp.factor(h / variance) * root
    return min(map(plain_signs, forms), key=sp.count_ops)


def _correlation(covariance, i, j):
    scale = positive_root(sp.factor(covariance[i][i] * covariance[j][j]))
    return sp.factor(covariance[i][j]) / scale


def _tail(h, variance):
    """P(T > h); a complex h (from sin or cos) gives the cosine and the sine over a half-line."""
    h = sp.expand(h)
    imaginary = [term for term in sp.Add.make_args(h) if term.has(sp.I)]
    if not imaginary:
        return Phi(_standardised(-h, variance))
    above = sp.expand(sp.Add(*imaginary) / sp.I)
    height = _standardised(above, variance)
    if len(imaginary) == len(sp.Add.make_args(h)):
        return (1 - sp.I * sp.erfi(height / sp.sqrt(2))) / 2
    place = _standardised(sp.expand(sp.Add(*imaginary) - h), variance)
    growth = sp.exp(sp.cancel(sp.expand(above**2) / (2 * variance)))
    return growth * (CosBelow(place, height) + sp.I * SinBelow(place, height))
