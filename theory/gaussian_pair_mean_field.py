r"""Mean-field consequences of a Gaussian pair: W phi(X) + b ~ N(0, 1) for X ~ N(0, 1).

q = 1 is a fixed point of V by definition.  With s = E W^2 (which contains 1 - sigma_b2 if there is
a bias) and the Hermite coefficients a_k = E phi(Z) He_k(Z)/sqrt(k!),

    C(c) = sigma_b2 + s sum_k a_k^2 c^k,    chi_1 = C'(1) = s E phi'^2 = s sum_k k a_k^2,
    V'(1) = (s E Z^2 phi^2 - (1 - sigma_b2))/2.

Without bias -1/2 <= V'(1) <= (3/sqrt(kappa_W) - 1)/2 < 1 by Cauchy and Schwarz and
E W^4 E phi^4 = 3, so q = 1 attracts.  If moreover E phi = 0 (phi odd), then
chi_1 = s sum_k k a_k^2 >= s sum_k a_k^2 = 1 (the Gaussian Poincare inequality) with equality only
for linear phi: every other such pair is chaotic, and critical exactly at the bias
sigma_b2 = 1 - 1/chi_1.  C holds for one layer: the images of two inputs are not jointly Gaussian.
"""

from dataclasses import dataclass
from functools import cached_property

import mpmath
import sympy as sp

from .equation import closed
from .errors import InputError, UndecidedError
from .gaussian import E2, E
from .hermite import hermite
from .laws.functions import LawActivation
from .mean_field import MeanField
from .pair_nodes import PairNodes, pair_nodes
from .parser import exact
from .symbols import q, rho, x

__all__ = ["PairMeanField", "PairNumbers"]

_GUARD = 6
#: Variances for which the nodes of variance 1 serve as well.
_NEAR = 0.2, 4


@dataclass(frozen=True)
class PairMeanField:
    """The mean-field theory of a :class:`theory.gaussian_pair.GaussianPair` at its fixed point.

    Attributes are SymPy expressions, closed where the activation allows; ``numbers(digits)``
    evaluates everything, also where nothing is closed.

    >>> from theory.gaussian_pair import GaussianPair
    >>> theory = PairMeanField(GaussianPair(weights="chi(3)"))
    >>> theory.chi_1, theory.correlation_map, theory.phase
    (2*sqrt(3)/pi, 6*asin(rho/2)/pi, 'chaotic')
    """

    pair: object

    @property
    def gain(self) -> sp.Expr:
        """s = E W^2, the bias taken into account."""
        return self.pair.weights.variance

    @cached_property
    def variance_map(self) -> sp.Expr:
        """V(q), exact at q = 1 for one layer of any width."""
        return self.pair.sigma_b2 + self.gain * closed(E(self._phi.expr**2, q))

    @cached_property
    def correlation_map(self) -> sp.Expr:
        """C(rho) at q = 1, exact for one layer; from the second on at infinite width only."""
        return self.pair.sigma_b2 + self.gain * closed(E2(self._phi, self._phi, 1, 1, rho))

    @cached_property
    def chi_1(self) -> sp.Expr:
        """C'(1) = s E phi'^2; infinite where phi' is not square integrable."""
        if not self.has_slope:
            return sp.oo
        return sp.simplify(self.gain * closed(MeanField(self._phi).slope_moment.subs(q, 1)))

    @cached_property
    def chi_q(self) -> sp.Expr:
        """V'(1) = (s E Z^2 phi^2 - (1 - sigma_b2))/2."""
        second = closed(E(x**2 * self._phi.expr**2, 1))
        return sp.simplify((self.gain * second - (1 - self.pair.sigma_b2)) / 2)

    @property
    def chi_q_bounds(self) -> tuple[sp.Expr, sp.Expr]:
        """What V'(1) lies between, from the kurtosis of the weights alone."""
        scale = 1 - self.pair.sigma_b2
        return -scale / 2, scale * (3 / sp.sqrt(self.pair.weights.kurtosis) - 1) / 2

    def coefficient(self, k) -> sp.Expr:
        """a_k sqrt(s): its square is the coefficient of c^k in C."""
        return sp.sqrt(self.gain) * hermite(self._phi, 1, k)

    @cached_property
    def has_slope(self) -> bool:
        """Whether E phi'^2 is finite."""
        expr = self._phi.expr
        if isinstance(expr, LawActivation):
            if expr.law.atoms_of_law:
                return False
            # phi ~ x^(1/p) at 0 where P(Y <= y) ~ y^p
            power = expr.law.near_zero.exponent
            short = sp.Lt(power, 2)
            if expr.kind == "odd" and short not in (sp.true, sp.false):
                raise UndecidedError(f"whether E phi'^2 is finite depends on {short}")
            return expr.kind != "odd" or short == sp.true
        return MeanField(self._phi).slope_moment is not sp.oo

    @property
    def is_linear(self) -> bool:
        """Whether phi is a multiple of x."""
        return self._phi.derivative_expr(1).is_number is True and self._phi.parity == "odd"

    @cached_property
    def phase(self) -> str:
        """'chaotic', 'ordered' or 'critical', by chi_1."""
        return self._decision[0]

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self._decision[1]

    @cached_property
    def _decision(self):
        bias = self.pair.sigma_b2
        if not self.has_slope:
            return "chaotic", "phi' is not square integrable, so chi_1 is infinite"
        if self._phi.parity == "odd" and bias == 0:
            if self.is_linear:
                return "critical", "phi is linear, so C(c) = c"
            return "chaotic", (
                "E phi = 0 and phi is not linear, so that chi_1 = sum k a_k^2 > sum a_k^2 = 1"
            )
        value = self.numbers().chi_1
        name = "chaotic" if value > 1 else "ordered"
        if abs(value - 1) < mpmath.mpf(10) ** -12:
            name = "critical"
        return name, f"chi_1 = {mpmath.nstr(mpmath.mpf(value), 12)}"

    def numbers(self, digits: int = 15) -> "PairNumbers":
        """Everything as numbers of so many digits."""
        return PairNumbers(self.pair, digits)

    @property
    def _phi(self):
        return self.pair.activation


def _correlation(c):
    if abs(c) > 1:
        raise InputError(f"c = {mpmath.nstr(c, 8)} is a correlation and lies in [-1, 1]")
    return c


@dataclass(frozen=True)
class PairNumbers:
    """The numbers of the theory, SymPy floats of ``digits`` digits.

    All come from one table of phi and phi' (:mod:`theory.pair_nodes`).
    """

    pair: object
    digits: int = 15

    def __post_init__(self):
        whole = not isinstance(self.digits, bool) and isinstance(self.digits, int)
        if not whole or not 3 <= self.digits <= 100:
            raise InputError(f"digits must be a whole number from 3 to 100; got {self.digits!r}")

    @cached_property
    def nodes(self) -> PairNodes:
        """phi and phi' on a grid of the normal law."""
        return self._nodes_at(1)

    @cached_property
    def chi_1(self) -> sp.Float:
        """C'(1), infinite where phi' is not square integrable."""
        if not PairMeanField(self.pair).has_slope:
            return sp.oo
        return self._scaled(lambda z, phi, slope: slope**2)

    @cached_property
    def chi_q(self) -> sp.Float:
        """V'(1)."""
        second = self._scaled(lambda z, phi, slope: (z * phi) ** 2)
        return sp.Float((second - (1 - self.pair.sigma_b2)) / 2, self.digits)

    @cached_property
    def coefficients(self) -> tuple:
        """s a_k^2 for k = 0, 1, …, as far as the nodes resolve or anything is left."""
        with self._precision():
            gain = self._number(self.pair.weights.variance)
            return tuple(gain * a * a for a in self._expansion)

    @cached_property
    def _expansion(self):
        whole = (1 - self.pair.sigma_b2) / self.pair.weights.variance
        return self._nodes_at(1, fine=2).hermite(lambda phi: phi, self._number(whole), self.digits)

    def correlation(self, c) -> sp.Float:
        """C(c) by Mehler's sum."""
        return self._series(c, lambda k, a, c: a * c**k, self.pair.sigma_b2)

    def correlation_slope(self, c) -> sp.Float:
        """C'(c)."""
        if c == 1:
            return self.chi_1
        return self._series(c, lambda k, a, c: k * a * c ** (k - 1) if k else 0)

    def variance(self, variance) -> sp.Float:
        """V(q): exact for one layer with N(0, q) inputs."""
        with self._precision():
            place = self._number(exact(variance, "q"))
            if place <= 0:
                raise InputError(f"q = {variance} is a variance and must be positive")
            near = _NEAR[0] <= place <= _NEAR[1]
            scale = mpmath.mpf(1) if near else mpmath.sqrt(place)
            nodes = self._nodes_at(scale).at_variance(place)
            second = nodes.mean(lambda z, phi, slope: phi**2)
            gain, bias = map(self._number, (self.pair.weights.variance, self.pair.sigma_b2))
            return sp.Float(bias + gain * second, self.digits)

    @cached_property
    def attracting_correlation(self) -> sp.Float:
        """c*, where two inputs end under the iteration of C."""
        if self.chi_1 <= 1:
            return sp.Float(1, self.digits)
        if self.correlation(0) == 0:
            return sp.Float(0, self.digits)
        low, high = sp.Float(0, self.digits + _GUARD), sp.Float(1, self.digits + _GUARD)
        for _ in range(4 * self.digits):
            middle = (low + high) / 2
            low, high = (middle, high) if self.correlation(middle) > middle else (low, middle)
        return sp.Float(low, self.digits)

    @cached_property
    def depth_scale(self) -> sp.Expr:
        """-1/log C'(c*): over how many layers c - c* shrinks by e; infinite where chi_1 = 1."""
        place = self.attracting_correlation
        slope = self.chi_1 if place >= 1 else self.correlation_slope(place)
        flat = abs(slope - 1) < sp.Float(10) ** (2 - self.digits)
        return sp.oo if flat else sp.Float(-1 / sp.log(slope), self.digits)

    @cached_property
    def critical_bias(self) -> sp.Float | None:
        """The variance of a bias at which chi_1 = 1, 1 - 1/chi_1 of the pair without bias."""
        if self.chi_1 is sp.oo:
            return None
        bare = self.chi_1 / (1 - self.pair.sigma_b2)
        return None if bare < 1 else sp.Float(1 - 1 / bare, self.digits)

    def joint_fourth_moment(self, c) -> sp.Float:
        """E (W phi(X_1))^2 (W phi(X_2))^2 for one W and inputs of correlation c.

        Jointly Gaussian variables with covariance C(c) would have 1 + 2 C(c)^2 (without bias).
        """
        with self._precision():
            place = _correlation(self._number(exact(c, "c")))
            fourth = self._number(self.pair.weights.abs_moment(4))
            whole = 3 * self._number((1 - self.pair.sigma_b2) ** 2) / fourth
            found = self._nodes_at(1, fine=2).hermite(lambda phi: phi**2, whole, self.digits)
            terms = [fourth * b * b for b in found]
            return self._summed(terms, place, fourth * whole, lambda k, b: b * place**k)

    def _series(self, c, term, start=0):
        with self._precision():
            place = _correlation(self._number(exact(c, "c")))
            whole = self._number(1 - self.pair.sigma_b2)
            value = self._summed(self.coefficients, place, whole, lambda k, a: term(k, a, place))
            return value + sp.S(start)

    def _summed(self, energies, c, whole, term):
        """The sum of the terms, with the digits that what is left out leaves."""
        total = mpmath.fsum(term(k, a) for k, a in enumerate(energies))
        left = max(whole - mpmath.fsum(energies), mpmath.mpf(0))
        if c == 1:
            return sp.Float(total + left, self.digits)
        # a derivative has at most a factor k more; k c^k decreases once k > -1/log c
        last = len(energies)
        error = last * left * abs(c) ** (last - 1)
        if error <= abs(total) * mpmath.mpf(10) ** -self.digits:
            return sp.Float(total, self.digits)
        return sp.Float(total, max(1, int(mpmath.log10(abs(total) / error))))

    def _scaled(self, function):
        with self._precision():
            gain = self._number(self.pair.weights.variance)
            return sp.Float(gain * self.nodes.mean(function), self.digits)

    def _nodes_at(self, scale, fine=1):
        weights = self.pair.weights
        share = 1 - self.pair.sigma_b2
        second, fourth = share / weights.abs_moment(2), 3 * share**2 / weights.abs_moment(4)
        return pair_nodes(self.pair.activation, second, fourth, self.digits, scale, fine)

    def _precision(self):
        return mpmath.workdps(self.digits + _GUARD)

    def _number(self, value):
        if value.free_symbols:
            names = ", ".join(sorted(map(str, value.free_symbols)))
            raise InputError(f"a number needs a value of {names}; pass one to the pair")
        return mpmath.mpmathify(sp.N(value, mpmath.mp.dps))
