"""An activation function and everything the theories ask of it.

An :class:`Activation` is an expression in ``x`` together with what follows from it: its smooth
pieces, its breakpoints with order and size of the jump, its parity, degree of homogeneity and
growth.  Nothing is tabulated: a catalogue entry and an expression typed a minute ago are analysed
by the same code, and what cannot be decided raises UndecidedError instead of being guessed.
"""

from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from .canonical import canonical
from .catalogue import build, lookup, names
from .errors import InputError, UnknownNameError
from .growth import Growth, growth
from .latex import latex
from .parser import exact, parse
from .pieces import Piece, derivative, jumps, pieces
from .sampling import vanishes
from .symbols import x
from .validation import validate
from .vocabulary import exact_numbers, require_known_functions, reserved

__all__ = [
    "Activation",
    "Breakpoint",
    "activation",
    "activations",
    "as_activation",
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
        _require_own_symbols(expr)
        set_ = object.__setattr__
        set_(self, "expr", canonical(expr))
        set_(self, "name", name or title)
        set_(self, "source", reference)
        validate(self)

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
        _require_order(order)
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
            not vanishes(a.lower - b.lower)
            for a, b in zip(self.pieces[1:], mirrored[1:], strict=True)
        ):
            return None
        pairs = [(a.expr, b.expr, a) for a, b in zip(self.pieces, mirrored, strict=True)]
        if all(vanishes(a - b, piece) for a, b, piece in pairs):
            return "even"
        if all(vanishes(a + b, piece) for a, b, piece in pairs):
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
        _require_order(order)
        label = self.name + "'" * order if order <= 3 else f"{self.name}^({order})"
        return Activation._trusted(self.derivative_expr(int(order)), label)

    def derivative_expr(self, order: int) -> sp.Expr:
        """The expression of :meth:`derivative`."""
        return canonical(derivative(self.expr, order))

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
    """An Activation from anything that describes one, or that has one (``source.activation``).

    InputError if the source changes the layer as well: what asks for an activation would drop it.
    """
    for option in ("weight_correlation", "skip", "pooling"):
        if getattr(source, option, None) not in (None, 0):
            raise InputError(
                f"{source!r} has {option} = {getattr(source, option)}, which does not apply here; "
                "pass its .activation to leave that out"
            )
    source = getattr(source, "activation", source)
    return source if isinstance(source, Activation) else Activation(source)


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


def _require_own_symbols(expr):
    """Parameters may not be called like a symbol of the theory, or like x."""
    for symbol in sorted(expr.free_symbols - {x}, key=str):
        if symbol.name == "x" or reserved(symbol.name):
            raise InputError(
                f"{symbol} in {expr} is a symbol of the theory; call the parameter something else"
            )


def _in_x(expr):
    """Identify a user's own Symbol('x') with ours, whatever its assumptions."""
    require_known_functions(expr)
    strangers = [s for s in expr.free_symbols if s.name == "x" and s != x]
    return exact_numbers(expr.subs(dict.fromkeys(strangers, x)))


def _substitute(expr, values):
    if not values:
        return expr
    known = {s.name: s for s in expr.free_symbols - {x}}
    replacement = {}
    for key, value in values.items():
        if key not in known:
            have = ", ".join(sorted(known)) or "none"
            raise InputError(f"{expr} has no parameter {key!r}; its parameters are: {have}")
        replacement[known[key]] = number = exact(value, key)
        if any(s.name == "x" for s in number.free_symbols):
            raise InputError(f"the parameter {key} cannot depend on x; got {value}")
    return expr.subs(replacement)


def _require_order(order):
    if not isinstance(order, int) or isinstance(order, bool) or order < 0:
        raise InputError(f"a derivative needs an order 0, 1, 2, …; got {order!r}")
