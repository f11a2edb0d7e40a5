"""The functions that a formula may call, each as a short construction in SymPy.

The vocabulary is deliberately small on the SymPy side: whatever is read consists of the heads

    Add, Mul, Pow, exp, log, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh,
    atanh, erf, erfc, Abs, sign, Max, Min, Heaviside, Piecewise, sigmoid, softplus, Phi,
    LawActivation

so that every later stage (derivatives, growth, kernels, enclosures) has a closed list to handle.
Values at a jump: ``step(0) = 0`` as for the indicator 1{x > 0}, ``sign(0) = 0``, and
``Heaviside(0) = 1/2`` as in SymPy unless a second argument is given.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from . import symbols
from .errors import InputError, NonRealActivationError
from .laws.functions import LAW_FUNCTIONS
from .laws.parsing import weibull_activation, weibull_activation_positive
from .special import BinormalExp, OwenT, Phi, Phi2, PhiGiven, sigmoid, softplus

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "WHERE",
    "Function",
    "exact_numbers",
    "require_known_functions",
    "reserved",
]

_SYMBOLS = (value for value in vars(symbols).values() if isinstance(value, sp.Symbol))
#: Parameters may share the names of the angle of a reduced process and of the bias' symbols.
_THEORY_NAMES = {"Z", *(symbol.name for symbol in _SYMBOLS)} - {"x", "theta", "gamma", "g"}

CONSTANTS = {"pi": sp.pi, "e": sp.E, "E": sp.E}


@dataclass(frozen=True)
class Function:
    """A callable of the grammar: ``build(*arguments)``, the last ``optional`` of them optional.

    With ``repeats`` the first argument may be given any number of times.
    """

    build: Callable[..., sp.Expr]
    arguments: tuple[str, ...] = ("x",)
    optional: int = 0
    repeats: bool = False

    def bind(self, name: str, given: list, keywords: list[tuple[str, object]]) -> dict:
        """The arguments of the call ``name(*given, **keywords)`` by their names, in order.

        Raises :class:`~theory.errors.InputError` for a wrong number of them.

        >>> FUNCTIONS["clip"].bind("clip", [0, 1], [("upper", 2)])
        {'x': 0, 'lower': 1, 'upper': 2}
        """
        usage = f"write {name}({', '.join(self.arguments)}{', ...' if self.repeats else ''})"
        names = range(len(given)) if self.repeats else self.arguments
        bound = dict(zip(names, given, strict=False))
        for word, item in keywords:
            if word not in self.arguments[1:] or word in bound:
                raise InputError(f"{name} has no use for the argument {word or '**'}; {usage}")
            bound[word] = item
        needed = len(self.arguments) - self.optional
        if self.repeats and not given:
            raise InputError(f"{name} takes at least 1 argument, not 0; {usage}")
        if len(given) > len(bound) or (not self.repeats and len(bound) < needed):
            count = f"{needed} to {len(self.arguments)}" if self.optional else f"{needed}"
            plural = "" if count == "1" else "s"
            total = len(given) + len(keywords)
            raise InputError(f"{name} takes {count} argument{plural}, not {total}; {usage}")
        missing = [word for word in self.arguments[:needed] if word not in bound]
        if missing and not self.repeats:
            raise InputError(f"{name} lacks the argument {missing[0]}; {usage}")
        return {word: bound[word] for word in names if word in bound}


_HEADS = (
    *(
        sp.exp,
        sp.log,
        sp.sin,
        sp.cos,
        sp.tan,
        sp.asin,
        sp.acos,
        sp.atan,
        sp.sinh,
        sp.cosh,
        sp.tanh,
    ),
    *(sp.asinh, sp.acosh, sp.atanh, sp.sech, sp.csch, sp.coth, sp.erf, sp.erfc, sp.erfi, sp.Abs),
    *(sp.sign, sp.Max, sp.Min, sp.Heaviside, sp.Piecewise, sigmoid, softplus, Phi, Phi2, PhiGiven),
    *(BinormalExp, OwenT, sp.gamma, sp.hyper),
    *LAW_FUNCTIONS,
)


def require_known_functions(expr: sp.Expr) -> None:
    """Refuse an expression with a function that the toolkit cannot evaluate everywhere.

    >>> require_known_functions(sp.tanh(sp.Symbol("x")))
    """
    for function in sorted(expr.atoms(sp.Function), key=str):
        if not isinstance(function, _HEADS):
            raise NonRealActivationError(
                f"{function.func.__name__} in {expr} is not a function of the toolkit; use exp, "
                "log, erf, tanh, sin, cos, abs, max, Piecewise and what is built from them"
            )


def exact_numbers(expr: sp.Expr) -> sp.Expr:
    """Floats replaced by the decimal numbers they print as.

    >>> exact_numbers(sp.Float("0.1") * sp.Symbol("x"))
    x/10
    """
    floats = {f: sp.Rational(str(f)) for f in expr.atoms(sp.Float) if f.is_finite}
    return expr.xreplace(floats)


def reserved(name: str) -> str | None:
    """Why ``name`` cannot be a parameter of an activation, or None if it can.

    >>> reserved("q")
    'q has a fixed meaning in the theory; call the parameter q_0, say'
    """
    if name in _THEORY_NAMES:
        return f"{name} has a fixed meaning in the theory; call the parameter {name}_0, say"
    if name in {"oo", "inf", "infinity", "zoo", "nan", "NaN"}:
        return f"{name} is not a finite number; leave it out"
    if name == "I":
        return "an activation is real; leave out the imaginary unit I"
    return None


def real_cube_root(a):
    """The real cube root, odd in its argument (SymPy's principal root is complex for a < 0).

    >>> real_cube_root(sp.Integer(-8))
    -2
    """
    return sp.sign(a) * sp.Abs(a) ** sp.Rational(1, 3)


def _extremum(kind, arguments):
    try:
        return kind(*arguments)
    except ValueError:  # how SymPy says that an argument is not real
        raise NonRealActivationError(
            "an argument of max or min is not real; an activation is real for every real x"
        ) from None


def _maximum(*arguments):
    return _extremum(sp.Max, arguments)


def _minimum(*arguments):
    return _extremum(sp.Min, arguments)


def _clip(a, lower, upper):
    return _minimum(_maximum(a, lower), upper)


def _heaviside(a, at_zero=sp.S.Half):
    if not at_zero.is_number:
        raise InputError("the value of Heaviside at zero must be a number")
    return sp.Heaviside(a, at_zero)


def _where(condition, value, otherwise):
    return sp.Piecewise((value, condition), (otherwise, True))


def _softplus(a, beta=sp.S.One):
    return softplus(beta * a) / beta


_ONE_ARGUMENT = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
    "cbrt": real_cube_root,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "arcsin": sp.asin,
    "acos": sp.acos,
    "arccos": sp.acos,
    "atan": sp.atan,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "sech": lambda a: 1 / sp.cosh(a),
    "asinh": sp.asinh,
    "arcsinh": sp.asinh,
    "acosh": sp.acosh,
    "arccosh": sp.acosh,
    "atanh": sp.atanh,
    "arctanh": sp.atanh,
    "erf": sp.erf,
    "erfc": sp.erfc,
    "abs": sp.Abs,
    "Abs": sp.Abs,
    "sign": sp.sign,
    "sgn": sp.sign,
    "step": lambda a: sp.Heaviside(a, 0),
    "sigmoid": sigmoid,
    "logistic": sigmoid,
    "expit": sigmoid,
    "logsigmoid": lambda a: -softplus(-a),
    "Phi": Phi,
    "normal_cdf": Phi,
    "ndtr": Phi,
    "log1p": lambda a: sp.log(1 + a),
    "expm1": lambda a: sp.exp(a) - 1,
}

FUNCTIONS = {name: Function(build) for name, build in _ONE_ARGUMENT.items()} | {
    "max": Function(_maximum, repeats=True),
    "Max": Function(_maximum, repeats=True),
    "maximum": Function(_maximum, repeats=True),
    "min": Function(_minimum, repeats=True),
    "Min": Function(_minimum, repeats=True),
    "minimum": Function(_minimum, repeats=True),
    "clip": Function(_clip, ("x", "lower", "upper")),
    "clamp": Function(_clip, ("x", "lower", "upper")),
    "Heaviside": Function(_heaviside, ("x", "at_zero"), optional=1),
    "softplus": Function(_softplus, ("x", "beta"), optional=1),
    "weibull_activation": Function(weibull_activation, ("x", "theta")),
    "weibull_activation_positive": Function(weibull_activation_positive, ("x", "theta")),
}

#: The one function whose first argument is a condition, besides piecewise itself.
WHERE = Function(_where, ("condition", "value", "otherwise"))
