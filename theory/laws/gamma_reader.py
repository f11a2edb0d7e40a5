"""Reading an expression in s as a quotient of gamma functions."""

import sympy as sp

__all__ = ["read"]


def read(expr, s):
    """(constant, base, upper, lower), or None if the expression has another form."""
    expr = expr.rewrite(sp.gamma) if expr.has(sp.factorial, sp.beta, sp.binomial, sp.rf) else expr
    state = {"constant": sp.S.One, "base": sp.S.One, "upper": [], "lower": []}
    for form in (expr, sp.factor(sp.expand_power_exp(expr))):
        for value in state.values():
            if isinstance(value, list):
                value.clear()
        state["constant"] = state["base"] = sp.S.One
        if all(_take(factor, s, state) for factor in sp.Mul.make_args(sp.powdenest(form))):
            return tuple(state.values())
    return None


def _linear(expr, s):
    """(a, alpha) with expr = a + alpha s and alpha != 0, or None."""
    expr = sp.expand(expr)
    alpha = expr.coeff(s, 1)
    rest = sp.expand(expr - alpha * s)
    return (rest, alpha) if alpha != 0 and not alpha.has(s) and not rest.has(s) else None


def _take(factor, s, state):
    """Multiply one factor into the state; False if it has no place there."""
    if not factor.has(s):
        state["constant"] *= factor
        return True
    if isinstance(factor, sp.exp):
        return _power(sp.E, factor.exp, s, state)
    root, exponent = factor.as_base_exp()
    if exponent.has(s):
        return not root.has(s) and _power(root, exponent, s, state)
    if not exponent.is_Integer:
        return False
    pieces = _pieces(root, s)
    if pieces is None:
        return False
    constant, upper, lower = pieces
    state["constant"] *= constant**exponent
    if exponent < 0:
        upper, lower = lower, upper
    state["upper"].extend(upper * abs(int(exponent)))
    state["lower"].extend(lower * abs(int(exponent)))
    return True


def _power(root, exponent, s, state):
    """root^(a + alpha s)."""
    linear = _linear(exponent, s)
    if linear is None:
        return False
    state["constant"] *= root ** linear[0]
    state["base"] *= root ** linear[1]
    return True


def _pieces(root, s):
    """(constant, upper, lower) of gamma, sin, cos or a polynomial with real roots."""
    half = sp.Rational(1, 2)
    if isinstance(root, sp.gamma):
        linear = _linear(root.args[0], s)
        return None if linear is None else (sp.S.One, [linear], [])
    if isinstance(root, sp.sin | sp.cos):
        linear = _linear(root.args[0] / sp.pi, s)
        if linear is None:
            return None
        a, alpha = linear
        shift = half if isinstance(root, sp.cos) else 0
        # sin(pi z) = pi/(Gamma(z) Gamma(1 - z)), cos(pi z) = sin(pi (z + 1/2))
        return sp.pi, [], [(a + shift, alpha), (1 - a - shift, -alpha)]
    if root.is_polynomial(s):
        return _polynomial(sp.Poly(root, s))
    return None


def _polynomial(polynomial):
    constant, upper, lower = polynomial.LC(), [], []
    roots = sp.roots(polynomial)
    if sum(roots.values()) != polynomial.degree():
        return None
    for place, multiplicity in roots.items():
        if not place.is_real:
            return None
        upper += [(1 - place, sp.S.One)] * multiplicity
        lower += [(-place, sp.S.One)] * multiplicity
    return constant, upper, lower
