r"""Rewriting sums of bivariate normal probabilities so that equal ones cancel.

An identity between Phi2's may hide in reflections, \Phi_2(-h, k; r) = \Phi(k) - \Phi_2(h, k; -r),
in exponents that are split differently, and in q written as \sqrt q\sqrt q.  Here each of these is
written in one way.  This shares nothing with the normal form of the derivations, so it can check
them.
"""

import sympy as sp

from theory.bivariate_normal import BinormalExp, PhiGiven
from theory.special import Phi, Phi2

__all__ = ["NORMAL", "reflect"]

#: What is rewritten here.
NORMAL = (Phi, Phi2, PhiGiven, BinormalExp)


def reflect(expr: sp.Expr) -> sp.Expr:
    """``expr`` with Phi2 at arguments without a minus sign, Phi as erf, exponents joined.

    >>> h, k, r = sp.symbols("h k r", real=True)
    >>> reflect(Phi2(-h, k, r) + Phi2(h, k, -r) - Phi(k))
    0
    """
    expr, back = _square_roots(expr.rewrite([sp.sinh, sp.cosh], sp.exp))
    expr = expr.replace(PhiGiven, lambda h, k, r: Phi((h - r * k) / sp.sqrt(1 - r**2)))
    expr = expr.replace(BinormalExp, _binormal_exp)
    expr = expr.replace(Phi2, lambda h, k, r: _upper(_plain(h), _plain(k), _plain(r)))
    expr = sp.expand(expr.replace(Phi, lambda a: (1 + sp.erf(_plain(a / sp.sqrt(2)))) / 2))
    parts: dict = {}
    for term in sp.Add.make_args(expr):
        atom, coefficient = _separate(term)
        parts.setdefault(atom, []).append(coefficient)
    total = (atom * sp.cancel(sp.together(sp.Add(*c))) for atom, c in parts.items())
    return sp.Add(*total).xreplace(back)


def _square_roots(expr):
    """Every positive symbol as the square of another, so that roots of it become rational."""
    symbols = sorted((s for s in expr.free_symbols if s.is_positive), key=lambda s: s.name)
    roots = {s: sp.Dummy(s.name, positive=True) for s in symbols}
    return expr.subs({s: root**2 for s, root in roots.items()}), {
        root: sp.sqrt(s) for s, root in roots.items()
    }


def _binormal_exp(h, k, r):
    return sp.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * (1 - r**2)))


def _upper(h, k, r):
    """Phi2(h, k; r) by Phi2 at arguments without a minus sign."""
    if h.could_extract_minus_sign() or (h == 0 and r.could_extract_minus_sign()):
        return Phi(k) - _upper(-h, k, -r)
    if k.could_extract_minus_sign() or (k == 0 and r.could_extract_minus_sign()):
        return Phi(h) - _upper(h, -k, -r)
    return Phi2(h, k, r)


def _plain(argument):
    return sp.factor(sp.cancel(sp.together(argument)))


def _separate(term):
    """(product of functions with one exponential, coefficient) of a product."""
    exponents, atoms, rest = [], [], []
    for factor in sp.Mul.make_args(term):
        if isinstance(factor, sp.exp):
            exponents.append(factor.args[0])
        else:
            (atoms if factor.has(sp.Function) else rest).append(factor)
    if exponents:
        atoms.append(sp.exp(sp.cancel(sp.together(sp.Add(*exponents)))))
    return sp.Mul(*atoms), sp.Mul(*rest)
