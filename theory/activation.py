"""An activation function and everything the theories ask of it.

An :class:`Activation` is an expression in ``x`` together with what follows from it: its smooth
pieces, its breakpoints with order and size of the jump, its parity, degree of homogeneity and
growth.  Nothing is tabulated: a catalogue entry and an expression typed a minute ago are analysed
by the same code, and what cannot be decided raises UndecidedError instead of being guessed.
"""

from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from .catalogue import build, lookup, names
from .errors import (
    DivergentExpectationError,
    InputError,
    NonRealActivationError,
    UndecidedError,
    UnknownNameError,
)
from .growth import Growth, growth
from .latex import latex
from .parser import exact, parse
from .pieces import Piece, jumps, pieces
from .special import Phi, sigmoid, softplus
from .symbols import x

__all__ = [
    "Activation",
    "Breakpoint",
    "activation",
    "activations",
    "as_activation",
    "local_exponent",
]

_HIGHEST_JUMP = 8


@dataclass(frozen=True)
class Breakpoint:
    """At ``place`` the derivative of order ``order`` is the first to jump, by ``jump``.

    ``jump`` is the limit from the right minus that from the left, infinite where one of them is.
    """

    place: sp.Expr
    order: int
    jump: sp.Expr


@dataclass(frozen=True, init=False, eq=False)
class Activation:
    r"""An elementwise nonlinearity phi, real on the whole line, with E phi(sqrt(q) Z)^2 finite.

    Parameters
    ----------
    source
        A formula in ``x`` (``"x*erf(x)"``), a catalogue name, a SymPy expression in ``x`` or
        another Activation.  Any other symbol is a parameter.
    name
        How to call it; by default the text itself.
    values
        Parameters with a value, ``beta=1.7``: a number, a text such as ``"17/10"`` or a SymPy
        expression.  Decimal numbers are taken exactly as written: 1.7 is 17/10.

    Raises
    ------
    ActivationSyntaxError, NonRealActivationError, DivergentExpectationError, UndecidedError

    Examples
    --------
    >>> a = Activation("max(x, 0) - alpha*max(-x, 0)")
    >>> a.parameters, a.breakpoints
    ((alpha,), (Breakpoint(place=0, order=1, jump=1 - alpha),))
    >>> Activation("x*erf(x)").parity, Activation("abs(x)**3").homogeneity
    ('even', 3)
    """

    expr: sp.Expr
    name: str
    source: str = field(repr=False)

    def __init__(self, source, name="", **values):
        expr, title, reference = _read(source, values)
        set_ = object.__setattr__
        set_(self, "expr", canonical(expr))
        set_(self, "name", name or title)
        set_(self, "source", reference)
        _validate(self)

    def __eq__(self, other):
        return isinstance(other, Activation) and self.expr == other.expr

    def __hash__(self):
        return hash(self.expr)

    def __repr__(self):
        label = "" if self.name == str(self.expr) else f", name={self.name!r}"
        return f"Activation({str(self.expr)!r}{label})"

    def __str__(self):
        return f"{self.name}: phi(x) = {self.expr}"

    def __call__(self, argument: sp.Expr) -> sp.Expr:
        """phi at a SymPy expression."""
        return self.expr.subs(x, argument)

    @cached_property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """The symbols other than ``x``, by name."""
        return tuple(sorted(self.expr.free_symbols - {x}, key=lambda s: s.name))

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The smooth pieces, left to right."""
        return pieces(self.expr)

    @cached_property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Where phi or one of its derivatives jumps: place, order of the first jump, its size."""
        found = []
        for place in (piece.lower for piece in self.pieces[1:]):
            for order in range(_HIGHEST_JUMP + 1):
                size = dict(self.jumps(order)).get(place)
                if size is not None:
                    found.append(Breakpoint(place, order, size))
                    break
        return tuple(found)

    def jumps(self, order: int = 0) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """(place, size) of every jump of the ``order``-th derivative."""
        return jumps(self.expr, order)

    @cached_property
    def smoothness(self) -> int | float:
        """The order of the first derivative that jumps anywhere; infinity for a smooth phi."""
        return min((b.order for b in self.breakpoints), default=float("inf"))

    @cached_property
    def parity(self) -> str | None:
        """'odd', 'even' or None (neither, or not provable)."""
        mirrored = pieces(self.expr.subs(x, -x))
        if len(mirrored) != len(self.pieces) or any(
            not _vanishes(a.lower - b.lower)
            for a, b in zip(self.pieces[1:], mirrored[1:], strict=True)
        ):
            return None
        pairs = [(a.expr, b.expr, a) for a, b in zip(self.pieces, mirrored, strict=True)]
        if all(_vanishes(a - b, piece) for a, b, piece in pairs):
            return "even"
        if all(_vanishes(a + b, piece) for a, b, piece in pairs):
            return "odd"
        return None

    @cached_property
    def homogeneity(self) -> sp.Expr | None:
        """The degree k with phi(t x) = t^k phi(x) for every t > 0, or None.

        >>> Activation("relu(x)").homogeneity, Activation("tanh(x)").homogeneity
        (1, None)
        """
        if any(not place.is_zero for place in (p.lower for p in self.pieces[1:])):
            return None
        degrees = set()
        for piece in self.pieces:
            if piece.expr.is_zero:
                continue
            degree = sp.simplify(x * sp.diff(piece.expr, x) / piece.expr)
            if degree.has(x):
                return None
            degrees.add(degree)
        return degrees.pop() if len(degrees) == 1 else None

    @cached_property
    def growth(self) -> Growth:
        """The growth towards -oo and +oo (see :mod:`theory.growth`)."""
        return growth(self.pieces[0].expr, self.pieces[-1].expr)

    def derivative(self, order: int = 1) -> "Activation":
        """The almost-everywhere derivative; at a breakpoint it takes the value from the left.

        >>> Activation("relu(x)").derivative().expr
        Piecewise((0, x <= 0), (1, True))
        """
        if order < 0 or int(order) != order:
            raise InputError(f"a derivative needs an order 0, 1, 2, …; got {order}")
        label = self.name + "'" * order if order <= 3 else f"{self.name}^({order})"
        return Activation._trusted(self.derivative_expr(int(order)), label)

    def derivative_expr(self, order: int) -> sp.Expr:
        """The expression of :meth:`derivative`."""
        parts = [(_derivative(p.expr, order), x <= p.upper) for p in self.pieces]
        if len(parts) == 1:
            return parts[0][0]
        return sp.Piecewise(*parts[:-1], (parts[-1][0], True))

    def at(self, **values) -> "Activation":
        """The activation with some parameters replaced by values."""
        return Activation(self, self.name, **values) if values else self

    def latex(self) -> str:
        r"""The defining equation as LaTeX, \phi(x) = …"""
        return rf"\phi(x) = {latex(self.expr)}"

    def _repr_latex_(self):
        return f"${self.latex()}$"

    @classmethod
    def _trusted(cls, expr, name):
        """An Activation that skips the existence checks (a derivative may be singular)."""
        made = object.__new__(cls)
        for key, value in (("expr", expr), ("name", name), ("source", "")):
            object.__setattr__(made, key, value)
        return made


def activation(name: str, **values) -> Activation:
    """The catalogue activation of this name; UnknownNameError lists the nearest names.

    >>> activation("silu").expr
    x*sigmoid(x)
    """
    lookup(name)
    return Activation(name, **values)


def activations() -> tuple[str, ...]:
    """The names of the catalogue.

    >>> "gelu" in activations()
    True
    """
    return names()


def as_activation(source) -> Activation:
    """An Activation from anything that describes one."""
    return source if isinstance(source, Activation) else Activation(source)


def canonical(expr: sp.Expr) -> sp.Expr:
    """Rewrite logistic and softplus patterns to functions that kernels evaluate without overflow.

    >>> canonical(sp.log(1 + sp.exp(2*x)) + x/(1 + sp.exp(-x)))
    x*sigmoid(x) + softplus(2*x)
    """
    if not expr.has(sp.exp, sp.tanh, sp.erf):
        return expr
    expr = expr.replace(lambda e: e.is_Add and e.has(sp.tanh, sp.erf), _complement)

    def logistic_base(base):
        rest = base - 1
        return rest.args[0] if isinstance(rest, sp.exp) else None

    def rewrite_log(node):
        argument = logistic_base(node.args[0])
        return softplus(argument) if argument is not None else node

    def rewrite_power(node):
        argument = logistic_base(node.base)
        if argument is None or not node.exp.is_negative or not node.exp.is_Integer:
            return node
        return sigmoid(-argument) ** (-node.exp)

    def absorb(node):
        # exp(a) sigmoid(-a) = sigmoid(a): the product overflows, the right side does not
        for factor in node.args:
            base, power = factor.as_base_exp()
            if isinstance(base, sigmoid) and power.is_positive:
                raised = sp.exp(-base.args[0] * power)
                if raised in node.args:
                    return node / raised / factor * sigmoid(-base.args[0]) ** power
        return node

    expr = expr.replace(sp.log, lambda a: rewrite_log(sp.log(a)))
    expr = expr.replace(lambda e: e.is_Pow and not isinstance(e, sp.exp), rewrite_power)
    return expr.replace(lambda e: e.is_Mul and e.has(sigmoid) and e.has(sp.exp), absorb)


def _derivative(expr, order):
    """A derivative of a smooth piece; rational functions are reduced."""
    value = canonical(sp.diff(expr, x, order))
    return sp.factor(value) if value.is_rational_function(x) else value


def _complement(total):
    """1 + tanh(a) = 2 sigmoid(2a) and 1 ± erf(a) = 2 Phi(± sqrt(2) a) keep their left tails."""
    for term in total.args:
        constant, function = term.as_coeff_Mul()
        if isinstance(function, (sp.tanh, sp.erf)) and abs(constant) in total.args:
            inner = sp.sign(constant) * function.args[0]
            tail = sigmoid(2 * inner) if isinstance(function, sp.tanh) else Phi(sp.sqrt(2) * inner)
            return total - term - abs(constant) + 2 * abs(constant) * tail
    return total


def local_exponent(expr: sp.Expr, place: sp.Expr, side: str, variable: sp.Symbol = x) -> sp.Expr:
    """The p with expr ~ C |x - place|^p next to ``place`` on that side (0 for a finite value).

    >>> local_exponent(sp.sqrt(x), sp.S(0), "+")
    1/2
    """
    value = expr.subs(variable, place)
    if value.is_finite and not value.is_zero:
        return sp.S.Zero
    t = sp.Dummy("t", positive=True)
    near = expr.subs(variable, place + t if side == "+" else place - t)
    if near.is_zero:
        return sp.oo
    exponent = sp.limit(sp.simplify(t * sp.diff(near, t) / near), t, 0, "+")
    if not exponent.is_extended_real:
        raise UndecidedError(f"the behaviour of {expr} at {variable} = {place} is not a power law")
    return exponent


def _read(source, values):
    """(expression, title, source reference) of whatever describes an activation."""
    if isinstance(source, Activation):
        return _substitute(source.expr, values), source.name, source.source
    if isinstance(source, str):
        try:
            entry = lookup(source)
        except UnknownNameError:
            return _named(source, values)
        return build(entry, values), entry.name, entry.source
    if isinstance(source, sp.Expr):
        return _substitute(_in_x(source), values), str(source), ""
    raise InputError(
        f"an activation is a formula in x, a catalogue name or a SymPy expression; got "
        f"{type(source).__name__}"
    )


def _named(text, values):
    stripped = text.strip()
    if stripped.isidentifier() and stripped != "x" and stripped not in values:
        lookup(stripped)  # a lone word that is not in the catalogue: let it suggest names
    return _substitute(parse(text), values), stripped, ""


def _in_x(expr):
    """Identify a user's own Symbol('x') with ours, whatever its assumptions."""
    strangers = [s for s in expr.free_symbols if s.name == "x" and s != x]
    return expr.subs(dict.fromkeys(strangers, x))


def _substitute(expr, values):
    if not values:
        return expr
    known = {s.name: s for s in expr.free_symbols - {x}}
    replacement = {}
    for key, value in values.items():
        if key not in known:
            have = ", ".join(sorted(known)) or "none"
            raise InputError(f"{expr} has no parameter {key!r}; its parameters are: {have}")
        replacement[known[key]] = exact(value, key)
    return expr.subs(replacement)


def _validate(phi):
    """Real on the whole line, and square integrable under every Gaussian."""
    if not isinstance(phi.expr, sp.Expr) or phi.expr.has(sp.zoo, sp.nan, sp.I):
        raise NonRealActivationError(f"{phi.expr} is not a real function of x")
    for piece in phi.pieces:
        _check_real(phi, piece)
        for place, side in ((piece.lower, "+"), (piece.upper, "-")):
            if place.is_finite:
                _check_singularity(phi, piece, place, side)
    rate = phi.growth.largest
    if rate.gaussian is sp.oo:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is infinite for every q: it grows faster than any "
            "Gaussian decays; bound its growth"
        )
    if rate.gaussian.is_positive:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is finite only for q < {1 / (4 * rate.gaussian)}: "
            "it grows like a Gaussian; use an activation of at most exponential growth"
        )


def _check_real(phi, piece):
    values = _sample_values(piece.expr.free_symbols - {x})
    lower, upper = (bound.subs(values) for bound in (piece.lower, piece.upper))
    for point in _sample_points(lower, upper):
        number = piece.expr.subs(values).subs(x, point).evalf(15)
        if not number.is_extended_real:
            given = f" with {_listed(values)}" if values else ""
            raise NonRealActivationError(
                f"{phi.expr} is not real at x = {sp.N(point, 4)}{given}; an activation must be "
                "real on the whole line (abs(x), max(x, 0) or 1 + x**2 help)"
            )


def _check_singularity(phi, piece, place, side):
    value = piece.expr.subs(x, place)
    if value.is_finite or (value.is_finite is None and not value.has(sp.zoo, sp.nan)):
        return
    exponent = local_exponent(piece.expr, place, side)
    if 2 * exponent <= -1:
        raise DivergentExpectationError(
            f"E phi(sqrt(q) Z)^2 of {phi.expr} is infinite for every q > 0: phi has a pole at "
            f"x = {place}; remove the pole"
        )


def _sample_points(lower, upper):
    """A few exact points inside an interval, including far ones."""
    fractions = [sp.Rational(k, 97) for k in (1, 7, 31, 50, 83, 96)]
    if lower is -sp.oo and upper is sp.oo:
        return [sp.Rational(p, 7) for p in (-300, -61, -9, -2, 1, 3, 11, 59, 307)]
    if lower is -sp.oo:
        return [upper - sp.Rational(p, 7) for p in (1, 5, 30, 350)]
    if upper is sp.oo:
        return [lower + sp.Rational(p, 7) for p in (1, 5, 30, 350)]
    return [lower + (upper - lower) * f for f in fractions]


def _sample_values(symbols):
    """Plausible values of parameters, distinct and not special."""
    ordered = sorted(symbols, key=lambda s: s.name)
    return {s: sp.Rational(7 + 4 * k, 6 + 3 * k) for k, s in enumerate(ordered)}


def _listed(values):
    return ", ".join(f"{s} = {v}" for s, v in values.items())


def _vanishes(difference, piece=None):
    """Whether an expression is identically zero: refuted by numbers, else proved by rewriting."""
    if difference.is_zero:
        return True
    values = _sample_values(difference.free_symbols - {x})
    bounds = (-sp.oo, sp.oo) if piece is None else (piece.lower, piece.upper)
    for point in _sample_points(*(b.subs(values) for b in bounds))[:4]:
        number = difference.subs(values).subs(x, point).evalf(30)
        if not number.is_number or abs(number) > sp.Float("1e-20"):
            return False
    for rewritten in (
        lambda e: sp.expand(e),
        lambda e: sp.simplify(e),
        lambda e: sp.simplify(e.rewrite(sp.exp)),
        lambda e: sp.simplify(sp.expand(e.rewrite(sp.erf).rewrite(sp.exp))),
    ):
        if rewritten(difference).is_zero:
            return True
    return False
