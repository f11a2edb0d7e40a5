r"""A law given by a formula for its density, up to a factor."""

from functools import lru_cache

import mpmath
import sympy as sp

from ..errors import InputError, PrecisionError, UndecidedError
from .beta_power import BetaPower
from .beta_prime_power import BetaPrimePower
from .density_nodes import density_function, transform_by_nodes
from .density_panels import transform_by_panels
from .density_transform import closed_transform
from .generalized_gamma import GeneralizedGamma
from .moment_of import MomentOf
from .numbers import digits_of, expression
from .positive_law import NearZero, PositiveLaw, Tail, mellin_function
from .quantiles import solve_quantile

__all__ = ["DensityLaw", "law_of_density"]

_S = sp.Symbol("s")


def law_of_density(formula, y, bound=sp.oo) -> PositiveLaw:
    """The law with a density proportional to ``formula`` in the positive symbol y < ``bound``.

    One of the families if the formula is a power times exp(-b y^p), (1 - (y/bound)^p)^b or
    (1 + b y^p)^-c; else a :class:`DensityLaw`.

    >>> y = sp.Symbol("y", positive=True)
    >>> law_of_density(y**2*sp.exp(-y**4), y)
    GeneralizedGamma(3/4, 4, 1)
    """
    formula = expression(formula)
    for family in (_gamma, _beta, _beta_prime):
        if (law := family(formula, y, bound)) is not None:
            return law
    return DensityLaw(formula, y, bound)


def _powers(formula, y):
    """(a, rest) with formula = y^a rest up to a constant, ``rest`` a list of other factors."""
    exponent, rest = sp.S.Zero, []
    for factor in sp.Mul.make_args(sp.powsimp(sp.factor_terms(formula))):
        root, power = factor.as_base_exp()
        if root == y and not power.has(y):
            exponent += power
        elif factor.has(y):
            rest.append(factor)
    return exponent, rest


def _monomial(expr, y):
    """(b, p) with expr = b y^p, p != 0, or None."""
    b, rest = expr.as_independent(y)
    root, power = rest.as_base_exp()
    return (b, power) if root == y and not power.has(y) else None


def _gamma(formula, y, bound):
    a, rest = _powers(formula, y)
    if bound is not sp.oo or len(rest) != 1 or not isinstance(rest[0], sp.exp):
        return None
    found = _monomial(-rest[0].exp, y)
    if found is None or any(v.is_positive is False for v in (*found, a + 1)):
        return None
    b, p = found
    return GeneralizedGamma((a + 1) / p, p, b ** (-1 / p))


def _binomial(factor, y):
    """(b, p, c) with factor = (1 + b y^p)^c up to a constant, or None."""
    root, c = factor.as_base_exp()
    constant, rest = root.as_independent(y, as_Add=True)
    if c.has(y) or constant == 0 or (found := _monomial(rest, y)) is None:
        return None
    return found[0] / constant, found[1], c


def _beta(formula, y, bound):
    a, rest = _powers(formula, y)
    if bound is sp.oo:
        return None
    if not rest and (a + 1).is_positive:
        return BetaPower(a + 1, 1, 1, bound)
    found = _binomial(rest[0], y) if len(rest) == 1 else None
    if found is None:
        return None
    b, p, c = found
    if sp.simplify(b * bound**p) != -1 or not all(v.is_positive for v in (p, a + 1, c + 1)):
        return None
    return BetaPower((a + 1) / p, c + 1, 1 / p, bound)


def _beta_prime(formula, y, bound):
    a, rest = _powers(formula, y)
    found = _binomial(rest[0], y) if len(rest) == 1 and bound is sp.oo else None
    if found is None:
        return None
    b, p, c = found
    shapes = (a + 1) / p, -c - (a + 1) / p
    if any(value.is_positive is False for value in (b, p, *shapes)):
        return None
    return BetaPrimePower(*shapes, 1 / p, b ** (-1 / p))


class DensityLaw(PositiveLaw):
    """Density proportional to ``formula`` in ``symbol`` on (0, bound); moments by quadrature.

    >>> y = sp.Symbol("y", positive=True)
    >>> DensityLaw(1/sp.cosh(y)**2, y).moment(2).evalf(12)
    0.822467033424
    """

    def __new__(cls, formula, symbol, bound=sp.oo):
        return super().__new__(cls, expression(formula), symbol, expression(bound))

    @property
    def free_symbols(self):
        """The parameters of the formula."""
        return (self.args[0].free_symbols | self.args[2].free_symbols) - {self.args[1]}

    @property
    def support(self):
        """From 0 to the bound."""
        return sp.S.Zero, self.args[2]

    @property
    def closed(self) -> sp.Expr | None:
        """E Y^s in the symbol s as a formula without integrals, or None."""
        return closed_transform(*self.args, _S)

    def mellin(self, s) -> sp.Expr:
        """A sum of gamma functions where the density is a sum of powers, else two integrals."""
        if self.closed is not None:
            return self.closed.subs(_S, expression(s))
        formula, y, bound = self.args
        mass = sp.Integral(formula, (y, 0, bound))
        return sp.Integral(y ** expression(s) * formula, (y, 0, bound)) / mass

    def moment(self, s) -> sp.Expr:
        """E Y^s, as a formula where :attr:`closed` is one."""
        s = expression(s)
        low, high = self.strip
        if sp.Le(s, low) == True or sp.Ge(s, high) == True:  # noqa: E712
            return sp.oo
        if self.free_symbols or self.closed is not None:
            return sp.simplify(self.mellin(s))
        return MomentOf(self, s)

    def mellin_digits(self, s):
        """E Y^s at the mpmath number s, by double exponential quadrature if need be."""
        if self.closed is not None:
            return mellin_function(self)(s)
        return _by_nodes(self, mpmath.mpmathify(s), mpmath.mp.prec)

    def points(self):
        """Ends of the panels on which the formula is smooth, as mpmath numbers."""
        bound = self.args[2]
        end = mpmath.inf if bound is sp.oo else digits_of(bound)[0]
        return [mpmath.mpf(0), *sorted(p for p in _breaks(self) if 0 < p < end), end]

    @property
    def continues(self) -> bool:
        """Whether :meth:`mellin_digits` continues E Y^s to the left of its strip."""
        if self.closed is not None:
            return True
        return transform_by_panels(self, mpmath.mpf(0)) is not None

    def _mass(self):
        return _mass(self, mpmath.mp.prec)

    @property
    def tail(self) -> Tail:
        """Of a power times the exponential of a polynomial; UndecidedError otherwise."""
        formula, y, bound = self.args
        if bound is not sp.oo:
            return Tail(sp.oo, bound)
        return Tail(*_tail(formula, y))

    @property
    def strip(self):
        """To the right end oo unless the density is rational."""
        try:
            return super().strip
        except UndecidedError:
            return -self.near_zero.exponent, sp.oo

    @property
    def near_zero(self) -> NearZero:
        """From the leading power of the formula at 0."""
        formula, y, _ = self.args
        try:
            coefficient, exponent = sp.factor_terms(formula).leadterm(y)
        except (ValueError, NotImplementedError, TypeError):
            raise UndecidedError(f"the behaviour of {formula} at 0 is not known") from None
        if coefficient.has(y):
            return NearZero(exponent + 1)
        mass = sp.Integral(formula, (y, 0, self.args[2]))
        return NearZero(exponent + 1, coefficient / ((exponent + 1) * mass))

    def density(self, y) -> sp.Expr:
        """The formula over its integral."""
        formula, symbol, bound = self.args
        return formula.subs(symbol, y) / sp.Integral(formula, (symbol, 0, bound))

    def density_digits(self, y):
        """The density at the mpmath number y."""
        with mpmath.extraprec(20):
            value = density_function(self)(y) / self._mass()
        return +value

    def survival_digits(self, y):
        """P(Y > y)."""
        return self._part(y, upper=True)

    def cdf_digits(self, y):
        """P(Y <= y)."""
        return self._part(y, upper=False)

    def quantile_digits(self, p=None, survival=None):
        """The y with P(Y <= y) = p, or with P(Y > y) = survival."""
        return solve_quantile(self, p, survival, self.mellin_digits(mpmath.mpf(1) / 4) ** 4)

    def _part(self, y, upper):
        points = self.points()
        if not y < points[-1]:
            return mpmath.mpf(not upper)
        inside = [p for p in points[1:-1] if (p > y) == upper]
        if upper and mpmath.isinf(points[-1]):
            inside = sorted({*inside, *_decay(density_function(self), y)})
        ends = [y, *inside, points[-1]] if upper else [points[0], *inside, y]
        with mpmath.extraprec(20):
            f = density_function(self)
            size = f(y) or mpmath.mpf(1)  # mpmath's estimate of the error is absolute
            value, error = mpmath.quad(lambda v: f(v) / size, ends, error=True)
        if error > abs(value) * mpmath.mpf(10) ** (3 - mpmath.mp.dps):
            raise PrecisionError(
                f"the integral of {self.args[0]} from {mpmath.nstr(ends[0], 6)} to "
                f"{mpmath.nstr(ends[-1], 6)} did not reach the digits asked for"
            )
        return value * size / self._mass()


@lru_cache(maxsize=64)
def _mass(law, precision):
    with mpmath.workprec(precision):
        total = transform_by_panels(law, mpmath.mpf(0))
        total = transform_by_nodes(law, mpmath.mpf(0)) if total is None else total
    if not total > 0:
        raise InputError(f"the density {law.args[0]} must be positive")
    return total


@lru_cache(maxsize=4096)
def _by_nodes(law, s, precision):
    with mpmath.workprec(precision):
        value = transform_by_panels(law, s)
        return (transform_by_nodes(law, s) if value is None else value) / law._mass()


def _decay(f, y):
    """Points beyond y on the scale 1/(-log f)' on which the density falls off."""
    step = y * mpmath.ldexp(1, -20)
    fall = mpmath.log(f(y) / f(y + step)) / step
    return [y + k / fall for k in (1, 4, 16, 64)] if fall * y > 4 else []


def _breaks(law):
    """Numbers at which the formula changes its form."""
    formula, y, _ = law.args
    found = set()
    for relation in formula.atoms(sp.core.relational.Relational):
        side = relation.rhs if relation.lhs == y else relation.lhs if relation.rhs == y else None
        if side is not None and side.is_number:
            found.add(digits_of(side)[0])
    return found


def _tail(formula, y):
    """(index, rate) with -log P(Y > y) ~ rate y^index, or (0, power), by leading terms."""
    factors = sp.Mul.make_args(formula)
    exponents = [factor.exp for factor in factors if isinstance(factor, sp.exp)]
    rest = sp.Mul(*(factor for factor in factors if not isinstance(factor, sp.exp)))
    try:
        top, below = (sp.Poly(part, y) for part in sp.fraction(sp.together(rest)))
        power = top.degree() - below.degree()
        leading = sp.Poly(-sp.Add(*exponents), y)
    except (sp.PolynomialError, sp.GeneratorsNeeded, ValueError):
        raise UndecidedError(f"the tail of the density {formula} is not known") from None
    if leading.degree() < 1:
        return sp.S.Zero, -power - 1
    return leading.degree() * sp.S.One, leading.LC()
