r"""The fraction G of inputs that an untrained binary classifier gives to one class.

Given the network Y_1 - Y_2 ~ N(mu_1 - mu_2, 2 sigma_y2) over the data, and mu_1 - mu_2 is
N(0, 2 sigma_mu2) over networks, so G = P(Y_1 > Y_2) = Phi(sqrt(gamma) Z) in law.  Everything else
follows from that: P(G <= g) = Phi(Phi^-1(g)/sqrt(gamma)).  Source: Francazi, Lucchi & Baity-Jesi
2024 (arXiv:2306.00809).
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..equation import closed
from ..errors import InputError
from ..gaussian import E
from ..parser import exact
from ..pieces import sign_of
from ..special import Phi
from ..symbols import g, gamma
from .dictionary import bias_ratio

__all__ = ["BinaryFraction", "normal_quantile", "standard_cdf"]


def standard_cdf(h) -> sp.Expr:
    """Phi(h) by SymPy's erf, which cancels against erfinv.

    >>> standard_cdf(normal_quantile(g))
    g
    """
    return sp.expand((1 + sp.erf(h / sp.sqrt(2))) / 2)


def normal_quantile(p) -> sp.Expr:
    """Phi^-1(p) by SymPy's erfinv.

    >>> normal_quantile(sp.Rational(1, 2))
    0
    """
    return sp.sqrt(2) * sp.erfinv(2 * p - 1)


@dataclass(frozen=True, init=False)
class BinaryFraction:
    """The law of G = Phi(sqrt(gamma) Z), exactly, in the symbols gamma and g.

    ``ratio`` is gamma: the symbol, a number >= 0, an expression, or infinity.  At 0 and infinity
    the law consists of ``atoms`` and has no density: asking for one raises InputError.

    >>> law = BinaryFraction(1)
    >>> law.density, law.cdf, law.variance, law.mean_of_largest
    (1, g, 1/12, 3/4)
    >>> BinaryFraction().variance
    asin(gamma/(gamma + 1))/(2*pi)
    """

    ratio: sp.Expr

    def __init__(self, ratio=gamma):
        object.__setattr__(self, "ratio", bias_ratio(ratio))

    @property
    def atoms(self) -> dict:
        """{value: probability} at gamma = 0 (half) and infinity (0 and 1); empty in between.

        >>> BinaryFraction(sp.oo).atoms
        {0: 1/2, 1: 1/2}
        """
        if self.ratio.is_zero:
            return {sp.S.Half: sp.S.One}
        if self.ratio is sp.oo:
            return {sp.S.Zero: sp.S.Half, sp.S.One: sp.S.Half}
        return {}

    def _continuous(self, what):
        if self.atoms:
            places = " and ".join(map(str, self.atoms))
            raise InputError(
                f"at gamma = {self.ratio} there is no {what}: the fraction is {places} with "
                f"probability {next(iter(self.atoms.values()))}"
                + (" each" if len(self.atoms) > 1 else "")
            )
        return self.ratio

    @cached_property
    def density(self) -> sp.Expr:
        """exp(-(1 - gamma)/(2 gamma) Phi^-1(g)^2)/sqrt(gamma) on 0 < g < 1."""
        ratio = self._continuous("density")
        power = -(1 - ratio) / (2 * ratio) * normal_quantile(g) ** 2
        return sp.exp(power) / sp.sqrt(ratio)

    @cached_property
    def cdf(self) -> sp.Expr:
        """P(G <= g) = Phi(Phi^-1(g)/sqrt(gamma))."""
        return standard_cdf(normal_quantile(g) / sp.sqrt(self._continuous("continuous law")))

    def quantile(self, p=g) -> sp.Expr:
        """The g with P(G <= g) = p, Phi(sqrt(gamma) Phi^-1(p)).

        >>> BinaryFraction(4).quantile(sp.Rational(1, 2))
        1/2
        """
        return standard_cdf(
            sp.sqrt(self._continuous("unique quantile")) * normal_quantile(_probability(p))
        )

    @property
    def mean(self) -> sp.Expr:
        """1/2, by symmetry."""
        return sp.S.Half

    @cached_property
    def variance(self) -> sp.Expr:
        """Var G = arcsin(gamma/(1 + gamma))/(2 pi), from the second moment."""
        return sp.expand(self.moment(2) - self.mean**2)

    def moment(self, k: int) -> sp.Expr:
        """E G^k = P(Y_1 > 0, …, Y_k > 0) for k inputs of correlation c = gamma/(1 + gamma).

        Closed for k <= 3; beyond, the expectation of Phi(sqrt(gamma) Z)^k, exact and with
        ``evalf`` to any precision.

        >>> BinaryFraction(1).moment(4).evalf(20)
        0.20000000000000000000
        """
        if isinstance(k, bool) or not isinstance(k, int) or k < 0:
            raise InputError(f"a moment has an order 0, 1, 2, …; got {k!r}")
        if self.ratio is sp.oo:
            return sp.S.Half if k else sp.S.One
        return self._mean(lambda e: E(_Phi_of_x**k, e) if k else sp.S.One)

    @cached_property
    def mean_of_largest(self) -> sp.Expr:
        """E max(G, 1 - G) = 1/2 + arctan(sqrt(gamma))/pi, from E Phi(|sqrt(gamma) Z|)."""
        if self.ratio is sp.oo:
            return sp.S.One
        found = self._mean(lambda e: E("Phi(abs(x))", e))
        return found.replace(sp.asin, _arctangent)

    def _mean(self, expectation):
        """The closed form in the symbol, at the ratio."""
        return closed(expectation(gamma)).subs(gamma, self.ratio)

    @cached_property
    def median_of_largest(self) -> sp.Expr:
        """The median of max(G, 1 - G), Phi(sqrt(gamma) Phi^-1(3/4))."""
        return sp.S.One if self.ratio is sp.oo else self._quantile_of_largest(sp.S.Half)

    def quantile_of_largest(self, p=g) -> sp.Expr:
        """The t with P(max(G, 1 - G) <= t) = p."""
        self._continuous("unique quantile")
        return self._quantile_of_largest(_probability(p))

    def _quantile_of_largest(self, p):
        return standard_cdf(sp.sqrt(self.ratio) * normal_quantile((1 + p) / 2))

    def tail_of_largest(self, t=g) -> sp.Expr:
        """P(max(G, 1 - G) > t) = 2 Phi(-Phi^-1(t)/sqrt(gamma)) for 1/2 <= t <= 1.

        >>> BinaryFraction(1).tail_of_largest(sp.Rational(9, 10))
        1/5
        """
        t = exact(t, "the threshold")
        if t.is_number and not (sp.S.Half <= t) & (t <= 1):
            raise InputError(f"the larger fraction lies between 1/2 and 1; got {t}")
        ratio = self._continuous("continuous law")
        return sp.expand(2 * (1 - standard_cdf(normal_quantile(t) / sp.sqrt(ratio))))

    @cached_property
    def relative_curvature(self) -> sp.Expr:
        """p''(1/2)/p(1/2), the logarithmic curvature of the density in the middle.

        Its sign decides the shape: -2 pi (1 - gamma)/gamma.

        >>> BinaryFraction().relative_curvature
        2*pi*(gamma - 1)/gamma
        """
        log_density = sp.log(sp.sqrt(gamma)) + sp.log(BinaryFraction().density)
        second = sp.diff(sp.expand_log(log_density, force=True), g, 2).subs(g, sp.S.Half)
        return sp.factor(sp.simplify(second)).subs(gamma, self._continuous("density"))

    @property
    def shape(self) -> str:
        """'unimodal' (gamma < 1), 'flat' (= 1), 'bimodal' (> 1), or the atoms at 0 and infinity.

        Raises UndecidedError if gamma is an expression whose size is not known.
        """
        if self.ratio.is_zero:
            return "all mass at 1/2"
        if self.ratio is sp.oo:
            return "half the mass at 0, half at 1"
        sign = sign_of(self.ratio - 1, "the shape of the law of the class fraction")
        return ("unimodal", "flat", "bimodal")[sign + 1]

    def __str__(self):
        return f"class fraction G = Phi(sqrt(gamma) Z) with gamma = {self.ratio}"


_Phi_of_x = Phi(sp.Symbol("x", real=True))


def _arctangent(sine):
    """asin(s) as atan(s/sqrt(1 - s^2)), the shorter form for a root of gamma/(1 + gamma)."""
    return sp.atan(sp.sqrt(sp.cancel(sine**2 / (1 - sine**2))))


def _probability(p):
    number = exact(p, "a probability")
    if number.is_number and not (number >= 0) & (number <= 1):
        raise InputError(f"a probability lies between 0 and 1; got {number}")
    return number
