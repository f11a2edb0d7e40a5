"""Small parts of the closed forms of degree 1: laws, the trade-off, why there are none, layout."""

from dataclasses import dataclass

import sympy as sp

from ..equation import closed
from ..errors import InputError, UndecidedError
from ..near_one import near_one
from ..parser import exact
from ..symbols import q, rho

__all__ = [
    "SmallGap",
    "Tradeoff",
    "correlation_option",
    "in_arccos",
    "in_lowest_terms",
    "near_one_terms",
    "require_equal",
    "scale_free_obstacle",
    "small_gap",
]


@dataclass(frozen=True)
class SmallGap:
    """1 - c* = ``leading`` + ``correction`` + ..., for a c* near 1."""

    leading: sp.Expr
    correction: sp.Expr
    statement: str

    def __str__(self):
        return self.statement


def near_one_terms(mean_field, second_moment, mean_square) -> tuple[sp.Expr, sp.Expr]:
    """(a, b) in kappa(1 - u) = a u^(1/2) + b u^(3/2) + ..., from the kernel at correlation 1."""
    u = sp.Dummy("u", positive=True)
    kernel = near_one(mean_field.kernel_at_q, sp.Integer(3)).subs(q, 1)
    lies = sp.expand((kernel - rho * second_moment).subs(rho, 1 - u))
    first, second = (lies.coeff(u ** sp.Rational(k, 2)) for k in (3, 5))
    return sp.cancel(sp.factor(first) / mean_square), sp.cancel(sp.factor(second) / mean_square)


def small_gap(kappa, a, b) -> SmallGap:
    """The solution u = (kappa/a)^2 - ... of kappa = a u^(1/2) + b u^(3/2).

    >>> print(small_gap(sp.Symbol("kappa"), sp.S.One, sp.Integer(2)))
    1 - c* = kappa**2 * (1 - 4*kappa**2 + ...)
    """
    leading = kappa**2 / a**2
    relative = sp.cancel(-2 * b / a**3) * kappa**2
    correction = -2 * b * kappa**4 / a**5
    return SmallGap(leading, correction, f"1 - c* = {leading} * ({1 + relative} + ...)")


@dataclass(frozen=True)
class Tradeoff:
    """What preserving norms does to gradients, and the reverse, without biases.

    At ``norm_preserving`` sigma_w2 squared gradients are multiplied by ``gradient_factor`` in each
    layer; at ``gradient_preserving`` sigma_w2 the variance q is multiplied by ``forward_factor``.
    Both are 1 together only for kappa = 0.
    """

    norm_preserving: sp.Expr
    gradient_factor: sp.Expr
    gradient_preserving: sp.Expr
    forward_factor: sp.Expr

    def __str__(self):
        return (
            f"sigma_w2 = {self.norm_preserving} preserves norms and multiplies gradients by "
            f"{self.gradient_factor}; sigma_w2 = {self.gradient_preserving} preserves gradients "
            f"and multiplies q by {self.forward_factor}"
        )


def scale_free_obstacle(mean_field) -> str | None:
    """Why a mean-field theory has no :class:`ScaleFreeMaps`, or None if it has.

    >>> from theory.mean_field import MeanField
    >>> scale_free_obstacle(MeanField("tanh"))
    'phi(t x) = t phi(x) does not hold for tanh, so that q stays in its maps'
    """
    phi = mean_field.activation
    if hasattr(mean_field, "pool_size"):
        return "the layer pools over neurons: its maps are those of another kernel"
    if (degree := phi.homogeneity) is None:
        return f"phi(t x) = t phi(x) does not hold for {phi.name}, so that q stays in its maps"
    if sp.expand(degree - 1).is_zero is not True:
        return f"{phi.name} is homogeneous of degree {degree}, not 1: V(q) is not linear in q"
    if closed(mean_field.mean).is_zero:
        return (
            f"{phi.name} is linear: E phi = 0, so that the weight correlation does nothing, and "
            "without biases every correlation is kept"
        )
    return None


def in_lowest_terms(expr: sp.Expr, small: list) -> sp.Expr:
    """A rational expression whose sums are positive where the symbols ``small`` vanish.

    >>> kappa = sp.Symbol("kappa", real=True)
    >>> in_lowest_terms(-2 * sp.pi / (kappa - sp.pi), [kappa])
    2*pi/(pi - kappa)
    """
    sign, factors = 1, []
    for factor in sp.Mul.make_args(sp.factor(sp.cancel(expr))):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer:
            value = base.subs(dict.fromkeys(small, 0))
            value = value.subs(dict.fromkeys(value.free_symbols, sp.Rational(1, 3)))
            if value.is_negative:
                base, sign = -base, sign * (-1) ** power
            factor = sp.collect(sp.expand(base), [*small, sp.pi], sp.factor) ** power
        factors.append(factor)
    return sp.Mul(sign, *factors)


def correlation_option(value) -> sp.Expr:
    """A correlation from 0 to 1, or a symbol, exactly; InputError for another number."""
    c = exact(value, "c")
    if c.is_extended_real is False or c.is_negative or (c - 1).is_positive:
        raise InputError(f"c = {c} is no correlation that attracts: give one from 0 to 1")
    return c


def in_arccos(expr: sp.Expr) -> sp.Expr:
    """arcsin(rho) written as pi/2 - arccos(rho), which is exact near rho = 1."""
    return expr.subs(sp.asin(rho), sp.pi / 2 - sp.acos(rho))


def require_equal(found: sp.Expr, value: sp.Expr, mean_field) -> None:
    """UndecidedError unless a derived expression equals the short form that it is written in."""
    if sp.expand(in_arccos(found - value)) != 0 and sp.simplify(in_arccos(found - value)) != 0:
        raise UndecidedError(f"the closed forms of {mean_field!r} could not be brought together")
