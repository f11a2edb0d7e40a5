r"""Laws of weights from texts, SciPy's frozen distributions and laws of the magnitude.

A text is a name with arguments, such as ``weibull(3)``, ``chi(4)`` or ``norm(scale=2)``.  Names of
:mod:`theory.weights` take its parameters; SciPy's names take SciPy's shape parameters, then loc
and scale.  A law on the positive half-line gets a fair random sign.
"""

import ast
import difflib
from inspect import signature

import sympy as sp

from ..errors import InitheoryError, InputError, UnknownNameError
from ..parser import exact
from .positive_law import PositiveLaw
from .scipy_names import SCIPY_LAWS, SKEWED
from .weight_law import WeightLaw

__all__ = ["as_weight_law", "call_of", "made"]


def as_weight_law(given) -> WeightLaw:
    """The symmetric law that ``given`` describes.

    ``given`` is a WeightLaw, a text, a frozen distribution of SciPy, or a PositiveLaw, which is
    then the law of the magnitude.  Raises InputError for a law that is not symmetric about 0 (and
    not on the positive half-line) and UnknownNameError for an unknown name.

    >>> as_weight_law("gennorm(4)").magnitude == as_weight_law("subbotin(4)").magnitude
    True
    >>> as_weight_law("norm(scale=0.5)").variance
    1/4
    """
    if isinstance(given, WeightLaw):
        return given
    if isinstance(given, PositiveLaw):
        return WeightLaw(type(given).__name__, tuple(("", arg) for arg in given.args), given)
    if isinstance(given, str):
        return _from_text(given)
    if hasattr(given, "row_covariance"):
        raise InputError(_of_matrices(given))
    name = getattr(getattr(given, "dist", None), "name", None)
    if name is not None and hasattr(given, "kwds"):
        return _from_scipy(name, list(given.args), dict(given.kwds), f"scipy.stats.{name}")
    raise InputError(
        f"{given!r} is no weight law; give a law of initheory.weights, a text such as 'chi(4)' or "
        "a frozen distribution of scipy.stats"
    )


def call_of(text):
    """(name, positional, named) of a text that is a name or a call, its arguments as texts.

    >>> call_of("norm(2, scale=1/2)")
    ('norm', ['2'], {'scale': '1 / 2'})
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        tree = None
    match tree:
        case ast.Name(id=name):
            positional, named = [], {}
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if not any(
            isinstance(arg, ast.Starred) for arg in args
        ) and all(keyword.arg for keyword in keywords):
            positional = [_value(arg, text) for arg in args]
            named = {keyword.arg: _value(keyword.value, text) for keyword in keywords}
        case _:
            raise InputError(
                f"{text!r} is no weight law; write a name with numbers, such as 'weibull(3)' or "
                "'chi(4)'"
            )
    return name, positional, named


def made(factory, positional, named, text):
    """``factory`` of the arguments, or one sentence that says which does not fit."""
    takes = signature(factory)
    try:
        takes.bind(*positional, **named)
    except TypeError as error:
        known = ", ".join(takes.parameters) or "none"
        raise InputError(
            f"the weight law {text!r} cannot be made: {error}; its arguments: {known}"
        ) from None
    return factory(*positional, **named)


def _from_text(text):
    return _named(*call_of(text), text)


def _value(node, text):
    """The text of an argument; a law within a law is read by itself."""
    part = ast.unparse(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(part, text) for part in node.elts]
    if isinstance(node, ast.Call) and _factory(node.func.id if _is_name(node.func) else ""):
        return _from_text(part)
    if isinstance(node, ast.Name) and node.id == "oo":
        return sp.oo
    return part


def _is_name(node):
    return isinstance(node, ast.Name)


def _named(name, positional, named, text):
    factory = _factory(name)
    scipy = SCIPY_LAWS.get(name)
    # loc and scale are SciPy's, and so is what does not fit our own parameters
    if scipy is not None and (factory is None or not _fits(factory, positional, named)):
        return _from_scipy(name, positional, named, text)
    if factory is None:
        if name in SKEWED:
            raise InputError(_not_symmetric(text))
        if _key(name) in _matrix_names():
            raise InputError(_of_matrices(text))
        raise UnknownNameError(f"there is no weight law {name!r}{_nearest(name)}")
    return made(factory, positional, named, text)


def _fits(factory, positional, named):
    try:
        signature(factory).bind(*positional, **named)
    except TypeError:
        return False
    return True


def _factory(name):
    from .. import weights

    by_name = {key.lower(): getattr(weights, key) for key in weights.FACTORIES}
    return by_name.get(_key(name))


def _key(name):
    return name.lower().replace("_", "")


def _matrix_names():
    from .. import weights

    return {key.lower() for key in weights.MATRIX_FACTORIES}


def _nearest(name):
    from .. import weights

    ours = (*weights.FACTORIES, *weights.MATRIX_FACTORIES)
    known = sorted({*SCIPY_LAWS, *(key.lower() for key in ours)})
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    if near:
        return "; did you mean " + " or ".join(near) + "?"
    return (
        "; known are weibull, gaussian, uniform, rademacher, chi, …, or weights.Density(formula)"
    )


def _from_scipy(name, positional, named, shown):
    if name not in SCIPY_LAWS:
        if name in SKEWED:
            raise InputError(_not_symmetric(shown))
        raise InputError(
            f"the moments of {shown} are not known here; give its density by weights.Density"
        )
    entry = SCIPY_LAWS[name]
    words = [*entry.shapes, "loc", "scale"]
    if len(positional) > len(words) or set(named) - set(words):
        raise InputError(f"{shown}: the arguments of {name} are {', '.join(words)}")
    given = dict(zip(words, positional, strict=False))
    if twice := set(given) & set(named):
        raise InputError(f"{shown}: {min(twice)} is given twice")
    given |= named
    if missing := [word for word in entry.shapes if word not in given]:
        raise InputError(f"{shown}: {name} needs the shape parameter {missing[0]}")
    values = {word: _number(value, word, shown) for word, value in given.items()}
    loc, scale = values.pop("loc", sp.S.Zero), values.pop("scale", sp.S.One)
    if not scale.is_positive:
        raise InputError(f"{shown}: scale = {scale} must be positive")
    shapes = [values[word] for word in entry.shapes]
    if any(s.is_positive is False for s in shapes) and not entry.any_sign:
        raise InputError(f"{shown}: its shape parameters must be positive")
    try:
        law = entry.build(*shapes, loc, scale)
    except InitheoryError as error:
        raise InputError(f"{shown}: {error}") from None
    if law is None:
        raise InputError(_not_symmetric(shown))
    return law


def _number(value, word, shown):
    item = getattr(value, "item", None)  # a number of NumPy
    if callable(item) and not isinstance(value, sp.Basic):
        value = item()
    number = exact(value, f"{shown}: {word}")
    return number.xreplace({s: sp.Symbol(s.name, positive=True) for s in number.free_symbols})


def _of_matrices(shown):
    return (
        f"{shown} is a law of whole weight matrices, and the law of a single weight is asked for "
        "here; give one of independent weights, such as 'gaussian' or 'uniform'"
    )


def _not_symmetric(shown):
    return (
        f"the law {shown} is neither symmetric about 0 nor of positive variables, and only the "
        "magnitude of a symmetric weight is treated; shift it to be symmetric or take another law"
    )
