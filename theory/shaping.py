r"""Shapings: activations that approach the identity as the width n grows.

    phi_s(x) = x + sum_k n^{-k p} h_k(x),        k = 1, 2, …

Networks of width n and depth of order n keep a non-degenerate covariance only if their activation
is so close to linear (Li, Nica & Roy 2022, arXiv:2206.02768).  Two shapings are natural: slopes
``1 + c_plus/n^p`` and ``1 + c_minus/n^p`` on the two half-lines, and ``s phi(x/s)`` with
``s = a n^p`` around a centre where phi is smooth enough, shifted and scaled to slope 1 through 0.
Any other family is given by its formula in x and n, or by its functions h_k.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import sympy as sp

from .activation import Activation, as_activation
from .errors import InputError
from .formula_expansion import expand_formula
from .local_expansion import Expansion, expand_at, expand_series
from .parser import exact, parse
from .shaped_kernel import shaped_drift
from .symbols import n, x

__all__ = ["Shaping", "shaping_of"]

_UP, _DOWN = sp.Max(x, 0), sp.Min(x, 0)


@dataclass(frozen=True, eq=False)
class Shaping:
    """A family of activations phi_s(x) = x + sum_k n^(-k p) h_k(x); made by :func:`shaping_of`.

    ``exponent`` is the p for which the family is written down, ``kind`` one of ``"slopes"``,
    ``"scaled"``, ``"formula"``, ``"series"``.

    >>> shaping_of("tanh").terms
    ((1, -x**3/3), (2, 2*x**5/15))
    >>> shaping_of("relu").expr
    (1 - 1/sqrt(n))*Min(0, x) + Max(0, x)
    """

    kind: str
    exponent: sp.Expr
    expansion: Expansion
    build: Callable[[sp.Expr], sp.Expr] = field(repr=False)
    activation: Activation | None = None

    def __str__(self):
        return f"phi_s(x) = {self.expr}"

    @cached_property
    def expr(self) -> sp.Expr:
        """phi_s as a function of ``x`` and ``n``."""
        return self.build(n**self.exponent)

    def at(self, width) -> sp.Expr:
        """phi_s at a width: an expression in ``x``; InputError unless the width is >= 1.

        >>> shaping_of("relu", c_plus=1).at(4)
        3*Max(0, x)/2 + Min(0, x)/2
        """
        width = exact(width, "the width")
        if width.is_number and not bool(width >= 1):
            raise InputError(f"a width is a whole number >= 1; got {width}")
        return self.build(width**self.exponent)

    @cached_property
    def terms(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """(exponent k p, h_k) of the terms that can matter, lowest first; empty for x itself."""
        first = self.expansion.first_nonlinear
        orders = range(1, 2 * first + 1) if first else ()
        found = ((k, self.expansion.coefficient(k)) for k in orders)
        return tuple((k * self.exponent, h) for k, h in found if not h.is_zero)

    @property
    def is_linear(self) -> bool:
        """Whether no term bends: the network is linear, up to less than any power of 1/n."""
        return self.expansion.first_nonlinear is None

    def latex(self) -> str:
        r"""\phi_s(x) = … as LaTeX."""
        from .latex import latex

        return rf"\phi_s(x) = {latex(self.expr)}"

    def _repr_latex_(self):
        return f"${self.latex()}$"


def shaping_of(activation=None, shaping=None, centre=0, a=1, c_plus=0, c_minus=-1) -> Shaping:
    r"""The shaping that the arguments describe.

    Parameters
    ----------
    activation
        Anything that describes an activation.  One that is positively homogeneous of degree 1 with
        a kink at 0 gets the slopes 1 + ``c_plus``/n^p and 1 + ``c_minus``/n^p; any other one gets
        s phi(x/s), s = ``a`` n^p, around ``centre``.  Here p = 1/2 unless the terms of that order
        cancel or dominate; then it is the critical exponent.
    shaping
        Replaces the natural choice: a formula in ``x`` and ``n`` (text or SymPy) that tends to x,
        a mapping ``{k: h_k}`` for x + sum_k n^(-k p) h_k, or a Shaping.
    centre, a, c_plus, c_minus
        Numbers, texts or symbols; ``a`` is positive.

    Raises
    ------
    AssumptionError
        if phi is not differentiable at the centre or flat there, or a formula does not tend to x.
    UndecidedError
        if that depends on parameters.

    >>> shaping_of("silu").terms
    ((1/2, x**2/2),)
    >>> shaping_of("x + x**4").exponent, shaping_of(shaping="x + sin(x)/n").terms
    (1/6, ((1, sin(x)),))
    """
    if isinstance(shaping, Shaping):
        return shaping
    if shaping is not None:
        return _given(shaping)
    if activation is None:
        raise InputError("a covariance SDE needs an activation or shaping=..., a formula in x, n")
    phi = as_activation(activation)
    centre, a = exact(centre, "the centre"), _positive(a)
    if phi.homogeneity == 1 and phi.breakpoints and centre.is_zero:
        return _slopes(phi, exact(c_plus, "c_plus"), exact(c_minus, "c_minus"))
    return _scaled(phi, centre, a)


def _positive(a):
    a = sp.Symbol(a, positive=True) if isinstance(a, str) and a.isidentifier() else exact(a, "a")
    if a.is_nonpositive or (a.is_number and not a.is_positive):
        raise InputError(f"the scale a of s = a*sqrt(n) must be positive; got {a}")
    return a


def _slopes(phi, c_plus, c_minus):
    first = c_plus * x if c_plus == c_minus else c_plus * _UP + c_minus * _DOWN
    build = partial(_two_slopes, c_plus, c_minus)
    return Shaping("slopes", sp.S.Half, expand_series({1: first}), build, phi)


def _two_slopes(c_plus, c_minus, scale):
    return (1 + c_plus / scale) * _UP + (1 + c_minus / scale) * _DOWN


def _scaled(phi, centre, a):
    expansion, slope = expand_at(phi, centre, a)
    order = shaped_drift(expansion).order
    build = partial(_scaled_at, phi, centre, a, slope)
    return Shaping("scaled", sp.Rational(1, order or 2), expansion, build, phi)


def _scaled_at(phi, centre, a, slope, scale):
    value = a * scale * (phi(centre + x / (a * scale)) - phi(centre)) / slope
    return sp.expand(value) if phi.expr.is_polynomial(x) else value


def _given(shaping):
    if isinstance(shaping, Mapping):
        return _series(shaping)
    expr = parse(shaping, symbols=(n,)) if isinstance(shaping, str) else exact(shaping, "shaping")
    if not isinstance(shaping, str):
        strangers = {
            s: {"x": x, "n": n}[s.name] for s in expr.free_symbols if s.name in ("x", "n")
        }
        expr = expr.xreplace(strangers)
    expansion, p = expand_formula(expr)
    first = expansion.first_nonlinear  # a formula without expansion is refused here, not later
    if first is not None:
        as_activation(expansion.coefficient(first))  # so is one without second moment
    return Shaping("formula", p, expansion, partial(_formula_at, expr, p))


def _formula_at(expr, p, scale):
    return expr.subs(n, scale ** (1 / p))


def _series(functions):
    terms = {}
    for k, h in functions.items():
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise InputError(f"the keys of a shaping are the powers 1, 2, … of 1/n^p; got {k!r}")
        terms[k] = as_activation(h).expr
    expansion = expand_series(terms)
    order = shaped_drift(expansion).order
    return Shaping("series", sp.Rational(1, order or 1), expansion, partial(_series_at, terms))


def _series_at(terms, scale):
    return x + sp.Add(*(h / scale**k for k, h in terms.items()))
