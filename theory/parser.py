"""From the text of an activation to an exact SymPy expression, by a closed grammar.

    formula    numbers, x, pi, e, parameters, + - * / **, brackets and calls of known functions
    condition  (only in where and piecewise)  x < 1, -1 <= x < 1, abs(x) < 1, and, or, not

``^`` is a power, and binds like one.  Every number is exact: ``0.1`` is 1/10.  Calls reach the
functions of :mod:`theory.vocabulary` and every activation of :mod:`theory.catalogue`, so
``relu(x) - elu(-x, alpha)`` is a formula.  A name that means nothing else is a real parameter.

Text is never executed: Python's parser only supplies the syntax tree, of which the nodes named
here are translated one by one, and sizes are bounded before anything is built.
"""

import ast
import difflib
import functools
import numbers
from dataclasses import dataclass
from decimal import Decimal

import sympy as sp

from .conditions import first_match, in_terms_of
from .errors import ActivationSyntaxError, InputError, NonRealActivationError
from .limits import bounded, check_whole, power, reciprocal, sound
from .symbols import x
from .tokens import MAX_DEPTH, Source, scan
from .vocabulary import CONSTANTS, FUNCTIONS, WHERE, Function, reserved

__all__ = ["exact", "parse"]

_BRANCHING = {"piecewise", "Piecewise", "where"}


def parse(text: str, *, variable: sp.Symbol = x, symbols: tuple[sp.Symbol, ...] = ()) -> sp.Expr:
    """The function of ``variable`` that ``text`` writes, exactly.

    ``variable`` and each of ``symbols`` are written by their names; any other unknown name becomes
    a real parameter, positive where an activation asks for it (``alpha`` in ``elu(x, alpha)``).
    Raises :class:`~theory.errors.ActivationSyntaxError` if the text is not of the grammar or its
    sizes exceed the limits, and :class:`~theory.errors.NonRealActivationError` for a complex
    constant; domains (``log(x)`` for x < 0) are the business of ``Activation``.

    >>> parse("0.1*max(x, 0)^2")
    Max(0, x)**2/10
    >>> parse("where(abs(x) < 1, x, sign(x))")
    Piecewise((x, (x > -1) & (x < 1)), (sign(x), True))
    """
    if isinstance(text, str) and len(text) < 200:
        return _parse_short(text, variable, tuple(symbols))
    return _parse(text, variable, tuple(symbols))


def exact(value, what: str = "the value") -> sp.Expr:
    """A number, a formula in parameters or a SymPy expression, without rounding.

    A float stands for the shortest decimal that prints it.  Raises
    :class:`~theory.errors.InputError` for anything infinite, complex or of another type.

    >>> exact(0.1), exact("sqrt(2)/2"), exact(3)
    (1/10, sqrt(2)/2, 3)
    """
    match value:
        case str():
            return parse(value)
        case sp.Expr():
            floats = {number: sp.Rational(str(number)) for number in value.atoms(sp.Float)}
            return _named(sound, value.xreplace(floats), what)
        case numbers.Real() | Decimal() if not isinstance(value, bool) and _is_moderate(value):
            return _named(bounded, sp.Rational(str(value)), what)
    # an int that gets here may have more digits than Python prints
    shown = "so large" if type(value) is int else str(value)[:40]
    raise InputError(
        f"{what} cannot be {shown}: give a moderate real number, a formula or a symbol"
    )


def _is_moderate(value):
    """|value| <= 1e100; the narrow floats of NumPy cannot be compared with 10**100."""
    return abs(value if isinstance(value, numbers.Rational) else float(value)) <= 10**100


def _named(check, expr, what):
    """``check(expr)``, whose refusal says which value it is about."""
    try:
        return check(expr)
    except InputError as error:
        raise type(error)(f"{what} = {str(expr)[:40]} is refused: {error}") from None


def _parse(text, variable, symbols):
    source = scan(text)
    tree = source.tree()
    names = {symbol.name: symbol for symbol in (*symbols, variable)}
    return _Reader(source, variable, names, _positive_names(tree)).read(tree)


_parse_short = functools.lru_cache(maxsize=512)(_parse)


def _positive_names(tree):
    """Names passed as they are for a parameter that must be positive."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if entry := _entry(name):
                keywords = {keyword.arg: keyword.value for keyword in node.keywords}
                given = dict(zip((p.name for p in entry.parameters), node.args[1:], strict=False))
                for parameter in entry.parameters:
                    match (given | keywords).get(parameter.name):
                        case ast.Name(id=word) if parameter.assumption == "positive":
                            found.add(word)
    return frozenset(found)


def _entry(name):
    """The catalogue's activation of this name, or None."""
    from .catalogue import find  # the catalogue's entries are themselves parsed here

    return find(name)


def _nearest(name):
    """The end of a sentence: which known functions look like ``name``."""
    from .catalogue import CATALOGUE

    known = sorted({*FUNCTIONS, *CATALOGUE, *_BRANCHING})
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.7)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return f"write {name}*(...) for a product, or a function such as exp, tanh, relu or erf"


@dataclass(frozen=True)
class _Reader:
    """Translates one syntax tree; ``names`` are the given symbols by name."""

    source: Source
    variable: sp.Symbol
    names: dict[str, sp.Symbol]
    positive: frozenset[str]

    def read(self, tree):
        expr = self._value(tree, 0)
        self._built(tree, sound, expr)
        self._built(tree, check_whole, expr)
        return expr

    def _error(self, problem, node, kind=ActivationSyntaxError):
        return self.source.error(problem, node.col_offset, node.end_col_offset, kind)

    def _built(self, node, construct, *arguments):
        """``construct(*arguments)``; what it objects to is reported at the place of ``node``."""
        try:
            return construct(*arguments)
        except NonRealActivationError as error:
            raise self._error(str(error), node, NonRealActivationError) from None
        except InputError as error:
            raise self._error(str(error), node) from None

    def _value(self, node, depth):
        if depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} operations inside each other", node)
        match node:
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.Constant(value=number) if type(number) in (int, float):
                return self._number(node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._value(inner, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self._value(inner, depth + 1)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sum(node, depth)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self._product(node, depth)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                base, exponent = self._value(left, depth + 1), self._value(right, depth + 1)
                return self._built(node, power, base, exponent)
            case ast.Call(func=ast.Name(id=name)):
                return self._built(node, sound, self._call(name, node, depth))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                problem = "a condition is not a value; write where(condition, value, otherwise)"
            case ast.Constant(value=True | False):
                problem = "True and False are not numbers; write 1 or 0"
            case ast.Tuple(elts=[]):
                problem = "these brackets are empty"
            case ast.Tuple():
                problem = "a comma separates arguments of a function; for decimals write a point"
            case ast.Call():
                problem = "only a function can be called; write * for a product"
            case _:
                problem = "this is not part of a formula in x with + - * / ** and functions"
        raise self._error(problem, node)

    def _name(self, name, node):
        if name in self.names:
            return self.names[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if problem := reserved(name):
            pass
        elif name.lower() in {self.variable.name, "pi"}:
            problem = f"names are case-sensitive; write {name.lower()}"
        elif name in FUNCTIONS or name in _BRANCHING or _entry(name):
            problem = f"{name} is a function; write {name}({self.variable})"
        elif name in self.positive:
            return sp.Symbol(name, positive=True)
        else:
            return sp.Symbol(name, real=True)
        raise self._error(problem, node)

    def _number(self, node):
        literal = self.source.python[node.col_offset : node.end_col_offset]
        return sp.Rational(literal)

    def _sum(self, node, depth):
        terms = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            term = self._value(node.right, depth + 1)
            terms.append(-term if isinstance(node.op, ast.Sub) else term)
            node = node.left
        return sp.Add(self._value(node, depth + 1), *reversed(terms))

    def _product(self, node, depth):
        whole, factors = node, []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            factor = self._value(node.right, depth + 1)
            if isinstance(node.op, ast.Div):
                factor = self._built(node, reciprocal, factor)
            factors.append(factor)
            node = node.left
        product = sp.Mul(self._value(node, depth + 1), *reversed(factors))
        return self._built(whole, bounded, product)

    def _call(self, name, node, depth):
        if name in {"piecewise", "Piecewise"}:
            return self._piecewise(node, depth)
        if name == "where":
            parts = self._bound(node, name, WHERE)
            condition = self._condition(parts["condition"], depth + 1)
            value = self._argument(parts["value"], depth)
            return WHERE.build(condition, value, self._argument(parts["otherwise"], depth))
        if function := FUNCTIONS.get(name):
            parts = self._bound(node, name, function).values()
            arguments = [self._argument(part, depth) for part in parts]
            return self._built(node, function.build, *arguments)
        if entry := _entry(name):
            return self._activation(entry, node, name, depth)
        raise self._error(f"there is no function {name}; {_nearest(name)}", node)

    def _argument(self, node, depth):
        return self._built(node, bounded, self._value(node, depth + 1))

    def _activation(self, entry, node, name, depth):
        from .catalogue import build

        arguments = ("x", *(parameter.name for parameter in entry.parameters))
        function = Function(build, arguments, optional=len(entry.parameters))
        parts = self._bound(node, name, function)
        given = {word: self._argument(part, depth) for word, part in parts.items()}
        argument = given.pop("x")
        for parameter in entry.parameters:
            if parameter.default is None and parameter.name not in given:
                given[parameter.name] = self._name(parameter.name, node)
        for parameter, value in given.items():
            if value.has(self.variable):
                problem = f"the parameter {parameter} of {name} depends on {self.variable}"
                raise self._error(f"{problem}; give a constant", node)
        return self._built(node, build, entry, given, argument)

    def _bound(self, node, name, function):
        """Argument nodes by argument name, in order."""
        keywords = [(keyword.arg, keyword.value) for keyword in node.keywords]
        return self._built(node, function.bind, name, node.args, keywords)

    def _piecewise(self, node, depth):
        branches = []
        for pair in node.args:
            match pair:
                case ast.Tuple(elts=[value, condition]):
                    branches.append(
                        (self._argument(value, depth), self._condition(condition, depth + 1))
                    )
                case _:
                    problem = "write each piece as (value, condition), the last as (value, True)"
                    raise self._error(problem, pair)
        if not branches or node.keywords:
            raise self._error("write piecewise((0, x < 0), (x, x < 1), (1, True))", node)
        return self._built(node, first_match, branches, self.variable)

    def _condition(self, node, depth):
        if depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} operations inside each other", node)
        match node:
            case ast.Constant(value=True | False as truth):
                return sp.true if truth else sp.false
            case ast.BoolOp(op=op, values=parts):
                join = sp.And if isinstance(op, ast.And) else sp.Or
                return join(*(self._condition(part, depth + 1) for part in parts))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return sp.Not(self._condition(inner, depth + 1))
            case ast.Compare(left=first, ops=operators, comparators=others):
                sides = [self._argument(side, depth) for side in (first, *others)]
                pairs = zip(sides, operators, sides[1:], strict=False)
                return sp.And(*(self._comparison(*pair, node) for pair in pairs))
        problem = "a condition compares x with a constant, such as x < 1 or -1 < x <= 2"
        raise self._error(problem, node)

    def _comparison(self, left, operator, right, node):
        """``left operator right``; the scanner lets only < <= > >= through."""
        strict = isinstance(operator, ast.Lt | ast.Gt)
        low, high = (left, right) if isinstance(operator, ast.Lt | ast.LtE) else (right, left)
        return self._built(node, in_terms_of, self.variable, low, high, strict)
