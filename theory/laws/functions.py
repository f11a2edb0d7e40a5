r"""Density, survival function and activations of a positive law, as SymPy functions.

    LawDensity(law, y)           f(|y|); LawDensity(law, y, n) is its n-th derivative in y
    LawSurvival(law, y)          P(Y > y)
    LawActivation(law, x, kind)  'odd':      sgn(x) F^{-1}(erf(|x|/sqrt 2)),
                                 'positive': F^{-1}(\Phi(x))

so that |LawActivation(law, X)| has the law of Y for X standard normal.  They differentiate,
evaluate to any precision, and are replaced by elementary functions where the quantile is one.
"""

import sympy as sp

from ..errors import InputError, UndecidedError
from ..normal_integrals import digits
from . import function_numbers
from .elementary import elementary_activation
from .kinds import KINDS, OddKind, PositiveKind
from .law_printing import code_of_law, latex_of_law
from .positive_law import PositiveLaw
from .regularity import is_smooth_at_zero
from .scaled import Scaled

__all__ = ["KINDS", "LAW_FUNCTIONS", "LawActivation", "LawDensity", "LawSurvival"]


class _LawFunction(sp.Function):
    """A function of a real argument whose first argument is a law."""

    @property
    def law(self) -> PositiveLaw:
        """The law of Y."""
        return self.args[0]

    @property
    def argument(self) -> sp.Expr:
        """The real argument."""
        return self.args[1]

    @property
    def is_number(self):
        return self.argument.is_number and not self.law.free_symbols

    def _eval_derivative(self, symbol):
        if symbol in self.law.free_symbols:
            raise UndecidedError(
                f"the derivative of {self} in the parameter {symbol} of its law has no formula; "
                "take differences of values"
            )
        return self.fdiff(2) * self.argument.diff(symbol)

    def _eval_is_real(self):
        return self.argument.is_extended_real

    def _eval_is_extended_real(self):
        return self.argument.is_extended_real

    def _eval_aseries(self, n, args0, x, logx):
        raise UndecidedError(f"{self} has no expansion in powers at infinity")

    def _eval_as_leading_term(self, x, logx=None, cdir=0):
        value = self.subs(x, 0)
        if value.is_finite and value.is_zero is False:
            return value
        found = self._leading_at_zero()
        if found is None:
            raise UndecidedError(f"the behaviour of {self} at {x} = 0 is not known")
        return found.as_leading_term(x, logx=logx, cdir=cdir)

    def _leading_at_zero(self):
        """The leading term in the argument -> 0+, or None."""
        return None

    def _mpmathcode(self, printer):
        rest = [f'"{a}"' if isinstance(a, sp.core.symbol.Str) else str(a) for a in self.args[2:]]
        parts = [code_of_law(self.law, printer), printer._print(self.argument), *rest]
        return f"{type(self).__name__}({', '.join(parts)})"


def _require(law):
    if not isinstance(law, PositiveLaw):
        raise InputError(f"the first argument is the law of a positive variable; got {law!r}")


class LawDensity(_LawFunction):
    """f(|y|) for the density f of a law; with a third argument n its n-th derivative in y.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> LawDensity(WeibullFactor(4), 1).evalf(20)
    0.52461570311884711553
    """

    nargs = (2, 3)

    @classmethod
    def eval(cls, law, y, order=sp.S.Zero):
        _require(law)
        if y.could_extract_minus_sign():
            return cls(law, -y) if order == 0 else (-1) ** order * cls(law, -y, order)
        if isinstance(law, Scaled):
            inner = (law.law, y / law.factor) + ((order,) if order != 0 else ())
            return cls(*inner) / law.factor ** (1 + order)
        if y.is_zero and order.is_Integer:
            return _density_at_zero(law, int(order))
        return None

    @property
    def order(self) -> int:
        """How often it is differentiated."""
        return int(self.args[2]) if len(self.args) == 3 else 0

    @property
    def _activation(self):
        """The activation of the same law that is the argument, or None."""
        phi = self.argument
        return phi if isinstance(phi, LawActivation) and phi.law == self.law else None

    def fdiff(self, argindex=2):
        return LawDensity(self.law, self.argument, self.order + 1)

    def _mpmathcode(self, printer):
        phi = self._activation
        if phi is None:
            return super()._mpmathcode(printer)
        law, place = code_of_law(self.law, printer), printer._print(phi.argument)
        return f'LawDensityAt({law}, {place}, "{phi.kind}", {self.order})'

    def _leading_at_zero(self):
        near = self.law.near_zero
        if near.coefficient is None or near.exponent is sp.oo:
            return None
        y = sp.Dummy("y", positive=True)
        power = near.coefficient * near.exponent * y ** (near.exponent - 1)
        return sp.diff(power, y, self.order).subs(y, self.argument)

    def _eval_is_nonnegative(self):
        return True if self.order == 0 else None

    def _eval_is_positive(self):
        # inside the support, where it vanishes at no place but perhaps 0
        if self.order or self._activation is None:
            return None
        return True if is_smooth_at_zero(self.law) else self.argument.is_nonzero

    def _eval_evalf(self, prec):
        if self.law.free_symbols:
            return None
        law, order, phi = self.law, self.order, self._activation
        if phi is not None:
            kind = phi.kind
            return digits(
                lambda x: function_numbers.density_at_activation(law, x, kind, order),
                (phi.argument,),
                prec,
            )
        return digits(
            lambda y: function_numbers.density_digits(law, y, order), (self.argument,), prec
        )

    def _latex(self, printer, exp=None):
        primes = "'" * self.order if self.order <= 3 else f"^{{({self.order})}}"
        name = f"f_{{{latex_of_law(self.law, printer)}}}{primes}"
        return _called(name, printer._print(self.argument), exp)


class LawSurvival(_LawFunction):
    """P(Y > y).

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> LawSurvival(WeibullFactor(3), 1).evalf(20)
    0.41649088147753734440
    """

    nargs = 2

    @classmethod
    def eval(cls, law, y):
        _require(law)
        if y.is_nonpositive:
            return sp.S.One
        if y is sp.oo:
            return sp.S.Zero
        return cls(law.law, y / law.factor) if isinstance(law, Scaled) else None

    def fdiff(self, argindex=2):
        return -LawDensity(self.law, self.argument)

    def _eval_is_nonnegative(self):
        return True

    def _eval_evalf(self, prec):
        if self.law.free_symbols:
            return None
        law = self.law
        return digits(lambda y: function_numbers.survival_digits(law, y), (self.argument,), prec)

    def _latex(self, printer, exp=None):
        name = rf"\bar F_{{{latex_of_law(self.law, printer)}}}"
        return _called(name, printer._print(self.argument), exp)


class LawActivation(_LawFunction):
    r"""The activation with |phi(X)| of a given law, X standard normal.

    ``kind`` is 'odd' for sgn(x) F^{-1}(erf(|x|/sqrt 2)) or 'positive' for F^{-1}(\Phi(x)).

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> x = sp.Symbol("x", real=True)
    >>> LawActivation(WeibullFactor(3), 1).evalf(20)
    1.1820518390548979630
    >>> LawActivation(WeibullFactor(2), x)
    sqrt(2)*sin(pi*erf(sqrt(2)*x/2)/2)
    """

    nargs = 3

    def __new__(cls, law, x, kind="odd", **options):
        if str(kind) not in KINDS:
            raise InputError(f"an activation of a law is 'odd' or 'positive'; got {kind!r}")
        word = OddKind() if str(kind) == "odd" else PositiveKind()
        return super().__new__(cls, law, x, word, **options)

    @classmethod
    def eval(cls, law, x, kind):
        _require(law)
        if kind.name == "odd":
            if x.is_zero:
                return sp.S.Zero
            if x.could_extract_minus_sign():
                return -cls(law, -x, kind.name)
        if x.is_infinite:
            low, high = law.support
            return (-high if kind.name == "odd" else low) if x.is_negative else high
        if isinstance(law, Scaled):
            return law.factor * cls(law.law, x, kind.name)
        return elementary_activation(law, x, kind.name)

    @property
    def kind(self) -> str:
        """'odd' or 'positive'."""
        return self.args[2].name

    def fdiff(self, argindex=2):
        x = self.argument
        weight = sp.sqrt(2 / sp.pi) if self.kind == "odd" else 1 / sp.sqrt(2 * sp.pi)
        return weight * sp.exp(-(x**2) / 2) / LawDensity(self.law, self)

    def _leading_at_zero(self):
        near = self.law.near_zero
        if self.kind != "odd" or near.coefficient is None or near.exponent is sp.oo:
            return None
        return (sp.sqrt(2 / sp.pi) * self.argument / near.coefficient) ** (1 / near.exponent)

    def _eval_is_positive(self):
        return self.argument.is_positive if self.kind == "odd" else self.argument.is_extended_real

    def _eval_is_negative(self):
        return self.argument.is_negative if self.kind == "odd" else None

    def _eval_is_zero(self):
        return self.argument.is_zero if self.kind == "odd" else None

    def _eval_is_finite(self):
        return self.argument.is_finite

    def _eval_evalf(self, prec):
        if self.law.free_symbols:
            return None
        law, kind = self.law, self.kind
        return digits(
            lambda x: function_numbers.activation_digits(law, x, kind), (self.argument,), prec
        )

    def _latex(self, printer, exp=None):
        mark = "^{+}" if self.kind == "positive" else ""
        name = rf"\varphi{mark}_{{{latex_of_law(self.law, printer)}}}"
        return _called(name, printer._print(self.argument), exp)


def _density_at_zero(law, order):
    if order % 2:
        return sp.S.Zero if is_smooth_at_zero(law) else None
    try:
        near = law.near_zero
    except UndecidedError:
        return None
    if order or near.coefficient is None:
        return None
    if near.exponent == 1:
        return near.coefficient
    if (near.exponent - 1).is_positive:
        return sp.S.Zero
    return sp.oo if (near.exponent - 1).is_negative else None


def _called(name, argument, exp):
    body = rf"{name}\left({argument}\right)"
    return body if exp is None else rf"{{{body}}}^{{{exp}}}"


#: The heads, for the modules that list what they know.
LAW_FUNCTIONS = (LawDensity, LawSurvival, LawActivation)
