r"""Where the activation of a law is an elementary function.

The odd activation is sgn(x) Q(p) with Q the quantile function and p = erf(|x|/sqrt 2); the
positive one is Q(\Phi(x)).  What depends on 1 - p is written with erfc, so that tails keep digits.
"""

from functools import lru_cache

import sympy as sp

from ..smooth_steps import Phi

__all__ = ["elementary_activation"]

_P = sp.Dummy("p", positive=True)
_S = sp.Dummy("s", positive=True)
_ELEMENTARY = (
    sp.exp,
    sp.log,
    sp.sin,
    sp.cos,
    sp.asin,
    sp.acos,
    sp.erf,
    sp.erfc,
    sp.erfinv,
    sp.Abs,
)


def elementary_activation(law, x, kind) -> sp.Expr | None:
    """The activation of a law as an elementary function of x, or None.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> x = sp.Symbol("x", real=True)
    >>> elementary_activation(WeibullFactor(2), x, "positive")
    sqrt(2)*sin(pi*Phi(x)/2)
    """
    form = _quantile(law)
    if form is None:
        return None
    in_p, odd = form
    root = sp.sqrt(2)
    if kind == "positive":
        value = in_p.xreplace({_P: Phi(x), _S: Phi(-x)})
    elif odd:
        value = in_p.xreplace({_P: sp.erf(x / root)}).replace(sp.erfinv, _inverse)
    else:
        size = sp.Abs(x)
        inside = in_p.xreplace({_P: sp.erf(size / root), _S: sp.erfc(size / root)})
        value = sp.sign(x) * inside.replace(sp.erfinv, _inverse)
    return None if value.has(sp.erfinv) else value


@lru_cache(maxsize=256)
def _quantile(law):
    """(the quantile in p and s = 1 - p, whether it is an odd function of p) or None."""
    found = law.quantile(_P)
    if found is None or not all(isinstance(f, _ELEMENTARY) for f in found.atoms(sp.Function)):
        return None
    found = found.subs(1 - _P, _S)
    if found.has(_S):
        return found, False
    d = sp.Dummy("d", real=True)  # p = erf(d), so that inverse error functions cancel
    total = found.xreplace({_P: sp.erf(d)}) + found.xreplace({_P: sp.erf(-d)})
    return found, bool(sp.simplify(total.replace(sp.erfinv, _inverse)).is_zero)


def _inverse(argument):
    sign, rest = (-1, -argument) if argument.could_extract_minus_sign() else (1, argument)
    return sign * rest.args[0] if isinstance(rest, sp.erf) else sp.erfinv(argument)
