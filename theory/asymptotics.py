r"""The terms c V^e of a drift that matter as V -> 0 or V -> oo.

A drift is a sum of powers of V, of powers times exponentials, and of Gaussian expectations
E F(sqrt(k V) Z) times powers.  The last behave as F does: E F ~ c E|sqrt(k V) Z|^p if
F ~ c |x|^p.  At infinity the exponents e >= 1 matter, at zero those with e <= 1.
"""

from dataclasses import dataclass

import sympy as sp

from .bound import BOUND
from .errors import UndecidedError
from .gaussian import GaussianExpectation
from .growth import growth
from .pieces import pieces
from .state_terms import factored, state_groups
from .symbols import V, x
from .validation import local_exponent

__all__ = ["Leading", "leading_terms", "power_terms"]


@dataclass(frozen=True)
class Leading:
    """(exponent, coefficient) of the terms, the dominant one first.

    Without ``complete`` the rest is only known to be smaller than the last one; an exponent oo
    stands for exp(+k V).
    """

    terms: tuple[tuple[sp.Expr, sp.Expr], ...]
    complete: bool

    def coefficient(self, exponent: int) -> sp.Expr:
        """The coefficient of V^exponent, 0 if there is none."""
        return dict(self.terms).get(sp.S(exponent), sp.S.Zero)


def power_terms(expr: sp.Expr) -> dict[sp.Expr, sp.Expr] | None:
    """{e: c} if the expression is a sum of terms c V^e, else None.

    >>> from theory.symbols import V
    >>> power_terms(3*V**2 - V)
    {1: -1, 2: 3}
    """
    found: dict = {}
    for state, coefficient in state_groups(expr).items():
        base, exponent = state.as_base_exp() if state.has(V) else (V, sp.S.Zero)
        if base != V or not exponent.is_number:
            return None
        found[exponent] = coefficient
    return found


def leading_terms(expr: sp.Expr, end: sp.Expr) -> Leading:
    """The terms of ``expr`` that matter at ``end``, 0 or oo.

    >>> from theory.symbols import V
    >>> leading_terms(1 + sp.exp(-2*V) - V, sp.S(0)).terms
    ((0, 2), (1, -3))
    """
    far = end is sp.oo
    exact = power_terms(expr)
    if exact is not None:
        return _sorted(exact, far, True)
    found: dict = {}
    complete = True
    expr = expr.rewrite(sp.exp) if expr.has(sp.cosh, sp.sinh) else expr
    for state, coefficient in state_groups(expr).items():
        terms, known = _of_state(state, far)
        complete = complete and known
        for exponent, value in terms:
            found[exponent] = found.get(exponent, 0) + coefficient * value
    found = {e: c for e, c in ((e, factored(c)) for e, c in found.items()) if not c.is_zero}
    return _sorted(found, far, complete)


def _sorted(found, far, complete):
    kept = [(e, c) for e, c in found.items() if (e >= 1 if far else e <= 1)]
    return Leading(tuple(sorted(kept, key=lambda pair: pair[0], reverse=far)), complete)


def _of_state(state, far):
    """([(exponent, coefficient), …], whether these are all that matter) of one product."""
    exponent, rest = sp.S.Zero, []
    for factor in sp.Mul.make_args(state):
        base, power = factor.as_base_exp()
        if base == V and power.is_number:
            exponent += power
        elif factor.has(V):
            rest.append(factor)
    if not rest:
        return [(exponent, sp.S.One)], True
    if len(rest) == 1 and isinstance(rest[0], GaussianExpectation):
        return _of_expectation(rest[0], exponent, far)
    if all(isinstance(factor, sp.exp) for factor in rest):
        return _of_exponential(sp.Add(*(f.args[0] for f in rest)), exponent, far)
    return _by_limit(state, far)


def _by_limit(state, far):
    """The linear term of a smooth function that grows at most linearly (or vanishes so at 0)."""
    ratio = sp.limit(state / V, V, sp.oo if far else 0, "+")
    if ratio.is_finite:
        return ([(sp.S.One, ratio)] if not ratio.is_zero else []), ratio.is_zero is True
    if not far and (value := sp.limit(state, V, 0, "+")).is_finite:
        rest, _ = _by_limit(state - value, far)
        return [(sp.S.Zero, value), *rest], False
    raise UndecidedError(
        f"the behaviour of {state} as V tends to {'oo' if far else '0'} is not known, so "
        "explosion cannot be decided; use polynomials, exponentials or functions of power growth"
    )


def _of_exponential(argument, exponent, far):
    if not far:
        series = sp.series(sp.exp(argument), V, 0, 1 - int(sp.floor(exponent)) + 1).removeO()
        terms = power_terms(series)
        if terms is not None:
            return [(exponent + e, c) for e, c in terms.items()], True
    else:
        terms = power_terms(argument)
        if terms:
            top = max(terms)
            if top > 0 and terms[top].is_negative:
                return [], True
            if top > 0 and terms[top].is_positive:
                return [(sp.oo, sp.S.One)], True
    raise UndecidedError(f"the size of exp({argument}) depends on parameters; give them values")


def _of_expectation(node, exponent, far):
    """E F(sqrt(k V) Z) ~ (k V)^{p/2} E|Z|^p (F's coefficients at both sides)/2."""
    spread = sp.cancel(node.covariance[0, 0] / V)
    if len(node.factors) != 1 or spread.has(V) or not node.means[0].is_zero:
        raise UndecidedError(f"the behaviour of {node} at the ends is not known")
    (f,) = node.factors
    sides = [_side(f, -1, far), _side(f, 1, far)]
    power = max(p for p, _ in sides) if far else min(p for p, _ in sides)
    total = exponent + power / 2
    if (total < 1) if far else (total > 1):
        return [], True
    values = [value() for p, value in sides if p == power]
    moment = 2 ** (power / 2) * sp.gamma((power + 1) / 2) / sp.sqrt(sp.pi)
    coefficient = sp.Add(*values) / 2 * moment * spread ** (power / 2)
    if coefficient.is_zero is not False:
        raise UndecidedError(f"the leading term of {node} cancels or is not known")
    return [(total, coefficient)], False  # of the rest only o(V^total) is known


def _side(f, direction, far):
    """(p, a function giving c) with F ~ c |x|^p towards the end, on one side."""
    parts = pieces(f, BOUND)
    if far:
        expr = parts[-1 if direction > 0 else 0].expr
        rate = growth(parts[0].expr, parts[-1].expr, BOUND)
        rate = rate.right if direction > 0 else rate.left
        if any(e.is_zero is not True for e in (rate.gaussian, rate.exponential)):
            if rate.kind == "vanishing":
                return sp.Integer(-1), lambda: sp.S.Zero
            raise UndecidedError(
                f"{f.xreplace({BOUND: x})} grows exponentially, and its mean has no closed form"
            )
        if rate.logarithm.is_zero is not True:
            raise UndecidedError(f"{f.xreplace({BOUND: x})} grows like a power times a logarithm")
        power, place = rate.power, direction * sp.oo
    else:
        inside = [p for p in parts if p.lower < 0] if direction < 0 else parts
        inside = inside if direction < 0 else [p for p in parts if p.upper > 0]
        expr = inside[-1].expr if direction < 0 else inside[0].expr
        power = local_exponent(expr, sp.S.Zero, "+" if direction > 0 else "-", BOUND)
        place = sp.S.Zero
    t = sp.Dummy("t", positive=True)
    ratio = expr.subs(BOUND, direction * t) / t**power

    def coefficient():
        smooth = ratio.rewrite(sp.exp) if ratio.has(sp.Function) else ratio
        return sp.limit(smooth, t, sp.oo if place in (sp.oo, -sp.oo) else 0, "+")

    return power, coefficient
