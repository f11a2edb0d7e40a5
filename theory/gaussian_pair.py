r"""Weights and an activation that keep pre-activations exactly normal: W phi(X) ~ N(0, 1).

For symmetric W independent of X ~ N(0, 1), only the laws of |W| and of Y = |phi(X)| matter, and
|W| Y = |N| in law is a product of Mellin transforms,

    E |W|^s E Y^s = 2^{s/2} Gamma((1+s)/2)/sqrt(pi):

Y is found by a division, and phi is the map that turns X into Y,

    sgn(x) F_Y^{-1}(erf(|x|/sqrt 2))    (odd)    or    F_Y^{-1}(Phi(x))    (positive, increasing).

The idea, and the pairs with Weibull weights, are of Wolinski and Arbel (arXiv:2205.12379).
"""

from functools import cached_property

import sympy as sp

from .activation import Activation
from .equation import Equation, Equations
from .errors import AssumptionError, InputError
from .gaussian_pair_equations import pair_equations
from .gaussian_pair_input import Pair, read_pair
from .laws.functions import LawActivation
from .laws.pair_density import PairDensity
from .pair_asymptotics import PairAsymptotics
from .symbols import x

__all__ = ["GaussianPair"]


class GaussianPair(Equations):
    r"""A weight law and an activation with W phi(X) ~ N(0, 1 - sigma_b2) for X ~ N(0, 1).

    Parameters
    ----------
    theta
        The exponent of Weibull weights, P(\|W\| > w) = exp(-w^theta): a number, a formula as text
        or a symbol.  There is a pair for theta >= 2; theta = oo is the limit (W = ±1, phi = x).
    weights
        A weight law instead: one of ``it.weights``, a text such as ``"chi(4)"``, a frozen SciPy
        law, or the law of \|W\|.
    activation
        An activation instead: the weight law is sought.
    kind
        'odd' or 'positive': which of the two monotone activations of the law of \|phi(X)\|.
    sigma_b2
        The variance in [0, 1) of a normal bias: weights are scaled by sqrt(1 - sigma_b2), so that
        W phi(X) + b ~ N(0, 1).

    A pair that does not exist is an answer, not an error: ``exists`` is False and ``reason`` says
    why; asking for its activation raises AssumptionError.  Raises InputError for input that has no
    meaning (theta <= 0, sigma_b2 >= 1, no or several of the first three).

    >>> pair = GaussianPair(theta=2)
    >>> pair.activation.expr, pair.exists
    (sqrt(2)*sin(pi*erf(sqrt(2)*x/2)/2), True)
    >>> GaussianPair(theta=3).evaluate(1, digits=20)
    1.1820518390548979630
    >>> GaussianPair(weights="chi(3)").activation.expr
    erf(sqrt(2)*x/2)
    """

    def __init__(self, theta=None, weights=None, activation=None, kind="odd", sigma_b2=0):
        self._pair: Pair = read_pair(theta, weights, activation, kind, sigma_b2)

    # what it is

    @property
    def theta(self) -> sp.Expr | None:
        """The exponent of Weibull weights, or None for other weights."""
        return self._pair.theta

    @property
    def kind(self) -> str:
        """'odd' or 'positive'; 'given' for an activation of the user."""
        return self._pair.kind

    @property
    def sigma_b2(self) -> sp.Expr:
        """The variance of the bias."""
        return self._pair.sigma_b2

    @property
    def weights(self):
        """The law of W, scaled by sqrt(1 - sigma_b2)."""
        law = self._pair.weights
        if law is None:
            raise AssumptionError(f"{self!r} has no weights: {self.reason}")
        return law if self.sigma_b2 == 0 else law.scaled(sp.sqrt(1 - self.sigma_b2))

    @cached_property
    def factor(self):
        """The law of Y = |phi(X)|."""
        law = self._pair.factor
        if law is None:
            raise AssumptionError(f"{self!r} has no activation: {self.reason}")
        return law

    @cached_property
    def activation(self) -> Activation:
        """phi: elementary where the quantile function of Y is."""
        if self._pair.activation is not None:
            return self._pair.activation
        if self.exists is False:
            raise AssumptionError(f"{self!r} has no activation: {self.reason}")
        return Activation(LawActivation(self.factor, x, self.kind), name=self._name)

    @property
    def _name(self):
        mark = "+" if self.kind == "positive" else ""
        return f"phi{mark}({self._pair.title})"

    @property
    def density(self) -> PairDensity:
        """The law of |phi(X)| with ``pdf``, ``cdf``, ``moment`` and ``rvs``."""
        return PairDensity(self.factor)

    # whether it exists

    @cached_property
    def _verdict(self):
        return self._pair.verdict()

    @property
    def exists(self) -> bool | None:
        """True, False, or None where it is not decided."""
        return self._verdict.exists

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self._verdict.reason

    @property
    def certificate(self):
        """What proves it, an object with ``verify()``; None where nothing does."""
        return self._verdict.certificate

    # numbers

    def evaluate(self, argument, digits: int = 30) -> sp.Float:
        """phi at a number, to ``digits`` significant digits.

        >>> GaussianPair(theta=4).evaluate("1/2", digits=25)
        0.6007912018956620961783312
        """
        return _number(self.activation.expr, argument, digits)

    def derivative(self, argument=None, order: int = 1, digits: int = 30):
        """phi' (or a higher derivative): as an expression in x, or at a number.

        >>> GaussianPair(theta=3).derivative(0, digits=20) == sp.gamma(sp.Rational(2, 3)).n(20)
        True
        """
        slope = self.activation.derivative_expr(order)
        return slope if argument is None else _number(slope, argument, digits)

    # consequences

    @property
    def mean_field(self):
        """V, C, chi_1 and the phase at q = 1: a PairMeanField."""
        from .gaussian_pair_mean_field import PairMeanField

        return PairMeanField(self)

    def excess_kurtosis(self, architecture) -> float:
        """The excess kurtosis of an output of widths [n_0, n_1, 1], inputs N(0, 1).

        It is 0 for n_1 = 1 and does not vanish as n_1 grows: neurons share their inputs.
        """
        from .pair_statistics import excess_kurtosis

        return float(excess_kurtosis(self, architecture))

    def residual(self, z, digits: int = 30) -> sp.Float:
        """The density of W phi(X) at z != 0, minus that of N(0, 1 - sigma_b2).

        By quadrature over the law of |phi(X)|: an independent check of the pair.

        >>> abs(GaussianPair(theta=3).residual(1, digits=25)) < 1e-24
        True
        """
        from .pair_residual import residual

        place = _place(z)
        if place.is_zero:
            raise InputError("the residual at z = 0 is a limit; take z != 0")
        return residual(self, place, _whole(digits))

    # derived pairs and statements

    @property
    def asymptotics(self) -> PairAsymptotics:
        """phi at 0 and at infinity: ``zero``, ``series(order)``, ``infinity``, ``statements``"""
        return PairAsymptotics(self.factor, "odd" if self.kind == "given" else self.kind)

    def swap(self) -> "GaussianPair":
        """The pair with the roles exchanged: weights with the law of phi(X), phi from that of W.

        >>> GaussianPair(theta=4).swap().activation.expr
        (-log(erfc(sqrt(2)*Abs(x)/2)))**(1/4)*sign(x)
        """
        from .laws.weight_law import WeightLaw

        kind = "odd" if self.kind == "given" else self.kind
        weights = WeightLaw("Swapped", (("", repr(self)),), self.factor)
        return GaussianPair(weights=weights, kind=kind, sigma_b2=self.sigma_b2)

    def subs(self, *changes) -> "GaussianPair":
        """The pair with parameters replaced, for a pair of Weibull weights."""
        from .parser import exact

        if self.theta is None:
            raise InputError(f"{self!r} has no symbol theta to replace; name other weights")
        changed = {str(a): exact(b, str(a)) for a, b in _changes(changes)}
        own = self.theta.free_symbols | self.sigma_b2.free_symbols
        by_name = {s: changed[s.name] for s in own if s.name in changed}
        return GaussianPair(
            theta=self.theta.subs(by_name), kind=self.kind, sigma_b2=self.sigma_b2.subs(by_name)
        )

    def equations(self) -> tuple[Equation, ...]:
        """The equations of the pair, each with its source."""
        return pair_equations(self)

    heading = property(repr)

    def __repr__(self):
        mark = "" if self.kind in ("odd", "given") else f", kind={self.kind!r}"
        bias = "" if self.sigma_b2 == 0 else f", sigma_b2={self.sigma_b2}"
        return f"GaussianPair({self._pair.shown}{mark}{bias})"

    def __eq__(self, other):
        return isinstance(other, GaussianPair) and self._pair == other._pair

    def __hash__(self):
        return hash(self._pair)


def _changes(changes):
    if len(changes) == 2:
        return [changes]
    if len(changes) == 1 and isinstance(changes[0], dict):
        return list(changes[0].items())
    if len(changes) == 1 and isinstance(changes[0], (list, tuple)):
        return list(changes[0])
    raise InputError("subs takes a symbol and its value, or a dictionary of such pairs")


def _whole(digits):
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise InputError(f"digits is a whole number >= 1; got {digits!r}")
    return digits


def _place(argument):
    from .parser import exact

    place = exact(argument, "the argument")
    if not place.is_number:
        names = ", ".join(sorted(map(str, place.free_symbols)))
        raise InputError(f"a number needs values for {names}; substitute them first")
    return place


def _number(expr, argument, digits):
    place = _place(argument)
    if parameters := expr.free_symbols - {x}:
        names = ", ".join(sorted(map(str, parameters)))
        raise InputError(f"a number needs values for {names}; substitute them first")
    return sp.N(expr.subs(x, place), _whole(digits))
