r"""The two numbers that change a layer: the correlation of its weights and its skip connection.

    y^l = s y^{l-1} + W phi(y^{l-1}) + b,
    Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N)    (rows independent)

``weight_correlation`` is kappa <= 1, as the covariance of a row has the eigenvalue
sigma_w2 (1 - kappa)/N along (1, ..., 1): kappa = 1 makes every row sum to 0.  ``skip`` is s.
"""

import sympy as sp

from .errors import InitheoryError, InputError
from .parser import exact
from .symbols import q, q1, q2, rho, x

__all__ = [
    "inherited",
    "layer_options",
    "skip_option",
    "substituted",
    "weight_correlation_option",
]

_STATE = {x, q, q1, q2, rho}


def weight_correlation_option(value, name="weight_correlation") -> sp.Expr:
    """kappa as a real SymPy expression; InputError if it is none or exceeds 1.

    >>> weight_correlation_option(0.5), weight_correlation_option("kappa").is_real
    (1/2, True)
    """
    if hasattr(value, "effect"):
        raise InputError(f"{name} = {value} is a law of weights: give it as weights=")
    kappa = _real(value, name, "a real number <= 1 or a symbol")
    if (kappa - 1).is_positive:
        raise InputError(
            f"{name} = {kappa} exceeds 1, where the covariance of a row of weights is "
            "no longer positive semidefinite; choose a value <= 1"
        )
    return kappa


def skip_option(value) -> sp.Expr:
    """s as a real SymPy expression; InputError if it is none.

    >>> skip_option("1/3")
    1/3
    """
    return _real(value, "skip", "a real number or a symbol")


def layer_options(weight_correlation, skip, weights=None) -> str:
    """The options that are not 0, as they are written in a call, each after a comma.

    A law of the weights, if one was given, stands for its weight correlation.

    >>> layer_options(sp.S.Zero, sp.Rational(1, 3))
    ', skip=1/3'
    """
    given = {"weight_correlation": weight_correlation, "skip": skip}
    if weights is not None:
        given = {"weights": repr(weights), "skip": skip}
    return "".join(f", {name}={value}" for name, value in given.items() if value != 0)


def inherited(model, **options) -> dict:
    """The options given, and for those that are None what ``model`` has, or 0.

    >>> inherited("relu", weight_correlation=None, skip=2)
    {'weight_correlation': 0, 'skip': 2}
    """
    return {
        name: getattr(model, name, 0) if value is None else value
        for name, value in options.items()
    }


def substituted(options, activation, parameters, weights=None):
    """(activation, options, weights) with values in place of symbols.

    Each name must occur somewhere; ``weights`` is a law or None.
    """
    parts = options if weights is None else (*options, weights)
    symbols = {s.name: s for part in parts for s in part.free_symbols}
    own = {p.name for p in activation.parameters}
    values = {
        symbols[name]: _real(value, name, "a real number or a symbol")
        for name, value in parameters.items()
        if name in symbols
    }
    rest = {
        name: value for name, value in parameters.items() if name in own or name not in symbols
    }
    made = activation.at(**rest) if rest else activation
    law = weights if weights is None or not values else weights.subs(values)
    return made, tuple(option.subs(values, simultaneous=True) for option in options), law


def _real(value, name, what):
    try:
        found = exact(value, name)
    except InitheoryError as error:
        raise InputError(f"{name} = {str(value)[:40]!r} is not {what} ({error})") from None
    loose = {s: sp.Symbol(s.name, real=True) for s in found.free_symbols if s.is_real is None}
    found = found.xreplace(loose)
    if found.free_symbols & _STATE:
        names = ", ".join(sorted(s.name for s in found.free_symbols & _STATE))
        raise InputError(f"{name} = {found} depends on {names}: give a constant of the layer")
    if found.is_extended_real is False:
        raise InputError(f"{name} = {found} is not {what}")
    return found
