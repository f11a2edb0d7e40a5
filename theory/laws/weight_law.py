r"""The symmetric law of a weight: a random sign times a magnitude, perhaps with an atom at 0."""

from dataclasses import dataclass, replace

import sympy as sp

from ..errors import AssumptionError
from ..parser import exact
from .moment_of import MomentOf
from .positive_law import NearZero, PositiveLaw, Tail
from .samplers import draw

__all__ = ["WeightLaw", "w"]

#: The variable of densities of weights.
w = sp.Symbol("w", real=True)


@dataclass(frozen=True)
class WeightLaw:
    r"""W = sign ``|W|`` with a fair sign; 0 with probability ``zero``, else of ``magnitude``.

    ``name`` and ``parameters`` say how it was written and ``factor`` by what it was scaled since;
    ``magnitude`` contains that factor.

    >>> from theory.weights import Weibull
    >>> law = Weibull(4)
    >>> law.variance, law.kurtosis
    (sqrt(pi)/2, 4/pi)
    >>> law.standardised.variance
    1
    """

    name: str
    parameters: tuple[tuple[str, sp.Expr], ...]
    magnitude: PositiveLaw
    zero: sp.Expr = sp.S.Zero
    factor: sp.Expr = sp.S.One

    def __str__(self):
        given = ", ".join(_argument(*pair) for pair in self.parameters)
        factor = "" if self.factor == 1 else f"{_bracketed(self.factor)}*"
        return f"{factor}{self.name}({given})"

    __repr__ = __str__

    @property
    def free_symbols(self) -> set:
        """The symbols among the parameters."""
        return self.magnitude.free_symbols | self.zero.free_symbols

    def subs(self, *changes) -> "WeightLaw":
        """The law with symbols replaced in its parameters."""
        parameters = tuple(
            (name, value.subs(*changes) if isinstance(value, sp.Basic) else value)
            for name, value in self.parameters
        )
        return replace(
            self,
            parameters=parameters,
            magnitude=self.magnitude.subs(*changes),
            zero=self.zero.subs(*changes),
            factor=self.factor.subs(*changes),
        )

    def mellin(self, s) -> sp.Expr:
        """E[|W|^s; W != 0], continued to complex ``s``."""
        return (1 - self.zero) * self.magnitude.mellin(s)

    def abs_moment(self, s) -> sp.Expr:
        """E|W|^s for a real number or symbol ``s``, exact; oo where it is infinite.

        >>> from theory.weights import Uniform
        >>> Uniform().abs_moment(2), Uniform().abs_moment(-1)
        (1/3, oo)
        """
        s = exact(s, "s")
        if s.is_zero:
            return sp.S.One
        if s.is_negative and not self.zero.is_zero:
            return sp.oo
        return (1 - self.zero) * self.magnitude.moment(s)

    @property
    def variance(self) -> sp.Expr:
        """E W^2."""
        return self.abs_moment(2)

    @property
    def kurtosis(self) -> sp.Expr:
        """E W^4/(E W^2)^2, not less 3; oo if E W^4 is."""
        if (fourth := self.abs_moment(4)) is sp.oo:
            return sp.oo
        ratio = fourth / self.variance**2
        return ratio if ratio.has(MomentOf) else sp.simplify(ratio)

    @property
    def atoms(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """(place, probability) of every atom of W, in the order of the places if they have one."""
        found = {} if self.zero.is_zero else {sp.S.Zero: self.zero}
        for place, p in self.magnitude.atoms_of_law:
            for side in (place, -place):
                found[side] = (1 - self.zero) * p / 2
        atoms = found.items()
        return tuple(sorted(atoms) if all(a.is_number for a in found) else atoms)

    @property
    def tail(self) -> Tail:
        """The behaviour of P(|W| > w) at infinity."""
        return self.magnitude.tail

    @property
    def near_zero(self) -> NearZero:
        """The behaviour of P(|W| <= w) at 0; exponent 0 if there is an atom."""
        if not self.zero.is_zero:
            return NearZero(sp.S.Zero, self.zero)
        return self.magnitude.near_zero

    @property
    def density(self) -> sp.Expr:
        """The density of W in the symbol ``w``, with Dirac's delta for an atom."""
        low, high = self.magnitude.support
        size = sp.Symbol("w", positive=True)
        value = self.magnitude.density(size).subs(size, sp.Abs(w)) / 2
        if value.has(sp.DiracDelta):
            value = sum(p * sp.DiracDelta(w - place) for place, p in self.atoms)
        elif high is not sp.oo:
            inside = sp.Abs(w) < high if low == 0 else (sp.Abs(w) > low) & (sp.Abs(w) < high)
            value = sp.Piecewise((value, inside), (0, True))
        if self.zero.is_zero or value.has(sp.DiracDelta):
            return value
        return self.zero * sp.DiracDelta(w) + (1 - self.zero) * value

    @property
    def construction(self) -> sp.Expr | None:
        """|W| as an expression in base variables, or None."""
        from .base_variables import BernoulliVariable, renumbered

        recipe = self.magnitude.construction
        if recipe is None or self.zero.is_zero:
            return recipe
        return BernoulliVariable(1, 1 - self.zero) * renumbered(recipe, 2)

    def scaled(self, factor) -> "WeightLaw":
        """The law of ``factor`` W for a positive ``factor``."""
        factor = exact(factor, "factor")
        if factor.is_positive is False:
            raise AssumptionError(f"{self}: the factor {factor} must be positive")
        return replace(self, magnitude=self.magnitude.scaled(factor), factor=self.factor * factor)

    @property
    def standardised(self) -> "WeightLaw":
        """The law scaled to variance 1; AssumptionError if the variance is infinite."""
        variance = self.variance
        if variance is sp.oo:
            raise AssumptionError(
                f"{self} has infinite variance and cannot be scaled to variance 1"
            )
        return self if variance == 1 else self.scaled(1 / sp.sqrt(variance))

    def rvs(self, size=None, random_state=None):
        """Independent values of W as an array of floats.

        ``random_state`` is a whole number, a numpy Generator or RandomState, or None for seed 0.
        """
        return draw(self, size, random_state)

    # a matrix of independent entries, scaled to Var W_ij = sigma_w2/fan_in

    @property
    def effect(self):
        """What matrices of independent weights of this law do to the maps of a wide network.

        >>> from theory.weights import Cauchy, Uniform
        >>> Uniform().effect.weight_correlation, Cauchy().effect.obstacle[:29]
        (0, 'Cauchy() has infinite varianc')
        """
        from ..matrix_laws.independent import independent_effect

        return independent_effect(self)

    @property
    def statement(self) -> str:
        """The effect in a sentence."""
        return self.effect.statement

    @property
    def bounds(self) -> str:
        """For which sizes such matrices exist."""
        return "every fan_in >= 1 and fan_out >= 1"

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """sigma_w2/N I, with the variance of the law for sigma_w2 if left out."""
        from ..matrix_laws.independent import independent_covariance

        return independent_covariance(self, fan_in, sigma_w2)

    def sample(self, fan_out, fan_in=None, sigma_w2=None, seed=0):
        """A matrix of independent weights, shape (fan_out, fan_in), as an array of floats."""
        from ..matrix_laws.samplers import draw_matrix

        return draw_matrix(self, fan_out, fan_in, sigma_w2, seed)

    def check(self, fan_out=32, fan_in=None, samples=400, seed=0):
        """Whether drawn matrices have the covariance that ``row_covariance`` declares."""
        from ..matrix_laws.samplers import check_matrix

        return check_matrix(self, fan_out, fan_in, samples, seed)

    def latex(self) -> str:
        """The name with its parameters, as LaTeX."""
        from ..latex import latex

        given = ", ".join(
            latex(value) if isinstance(value, sp.Basic) else rf"\text{{{value}}}"
            for _, value in self.parameters
        )
        factor = "" if self.factor == 1 else latex(self.factor) + r"\,"
        return rf"{factor}\mathrm{{{self.name}}}\left({given}\right)"

    def _repr_latex_(self):
        return f"${self.latex()}$"


def _argument(name, value):
    return f"{name}={value}" if name else str(value)


def _bracketed(factor):
    return f"({factor})" if factor.is_Add else str(factor)
