"""Arguments of laws of matrices, checked: exact values or one sentence."""

import sympy as sp

from ..errors import InitheoryError, InputError
from ..parser import exact

__all__ = ["axis_option", "fan", "named_changes", "positive_scale", "real_number"]

_AXES = {"row": "row", "fan_in": "row", "column": "column", "fan_out": "column"}


def axis_option(axis) -> str:
    """ "row" or "column" of the four words that name an axis.

    >>> axis_option("fan_in"), axis_option("fan_out")
    ('row', 'column')
    """
    found = _AXES.get(axis) if isinstance(axis, str) else None
    if found is None:
        raise InputError(
            f"axis = {axis!r} names no axis; write 'row' (or 'fan_in') for the weights into one "
            "neuron, or 'column' (or 'fan_out') for the weights out of one"
        )
    return found


def fan(value, name, least=1, symbolic=False) -> sp.Expr:
    """A whole number >= ``least``; where ``symbolic``, also a symbol or a formula."""
    size = None if isinstance(value, bool) else _number(value)
    if symbolic and size is not None and not size.is_number:
        return size.xreplace({s: sp.Symbol(s.name, positive=True) for s in size.free_symbols})
    if size is None or not size.is_Integer or size < least:
        raise InputError(f"{name} = {value!r} must be a whole number >= {least}")
    return size


def real_number(value, name, what) -> sp.Expr:
    """A real number, exactly, or an expression in real symbols."""
    try:
        number = _exact(value)
    except InitheoryError as error:
        raise InputError(f"{name} = {value!r} is not {what} ({error})") from None
    loose = {s: sp.Symbol(s.name, real=True) for s in number.free_symbols if s.is_real is None}
    number = number.xreplace(loose)
    if number.is_extended_real is False or number.is_finite is False:
        raise InputError(f"{name} = {value!r} is not {what}")
    return number


def positive_scale(value, name="sigma_w2") -> sp.Expr:
    """A positive variance, exactly; symbols are allowed and keep their assumptions."""
    number = _number(value)
    if (
        number is None
        or number.is_positive is False
        or (number.is_number and not number.is_positive)
    ):
        raise InputError(f"{name} = {value!r} must be a positive number")
    return number


def named_changes(symbols, changes) -> dict:
    """The arguments of ``subs`` as a dictionary; a symbol may be named by a text.

    >>> kappa = sp.Symbol("kappa", real=True)
    >>> named_changes({kappa}, ("kappa", 1)) == {kappa: 1}
    True
    """
    given = changes[0] if len(changes) == 1 else [changes]
    try:
        pairs = [(old, new) for old, new in getattr(given, "items", lambda: given)()]
    except (TypeError, ValueError):
        raise InputError("subs takes a symbol and its value, or a dictionary of these") from None
    known = {s.name: s for s in symbols}
    return {known.get(str(old), old): exact(new, str(old)) for old, new in pairs}


def _number(value):
    try:
        return _exact(value)
    except InitheoryError:
        return None


def _exact(value):
    item = getattr(value, "item", None)  # a number of NumPy
    if callable(item) and not isinstance(value, sp.Basic) and getattr(value, "ndim", 0) == 0:
        value = item()
    return exact(value)
