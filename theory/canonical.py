"""Rewriting an activation into functions that evaluate without overflow or cancellation."""

import sympy as sp

from .special import Phi, sigmoid, softplus

__all__ = ["canonical"]


def canonical(expr: sp.Expr) -> sp.Expr:
    """Rewrite logistic and softplus patterns to functions that kernels evaluate without overflow.

    >>> x = sp.Symbol("x", real=True)
    >>> canonical(sp.log(1 + sp.exp(2*x)) + x/(1 + sp.exp(-x)))
    x*sigmoid(x) + softplus(2*x)
    """
    if not expr.has(sp.exp, sp.tanh, sp.erf):
        return expr
    expr = expr.replace(lambda e: e.is_Add and e.has(sp.tanh, sp.erf), _complement)

    def logistic_base(base):
        rest = base - 1
        return rest.args[0] if isinstance(rest, sp.exp) else None

    def rewrite_log(node):
        argument = logistic_base(node.args[0])
        return softplus(argument) if argument is not None else node

    def rewrite_power(node):
        argument = logistic_base(node.base)
        if argument is None or not node.exp.is_negative or not node.exp.is_Integer:
            return node
        return sigmoid(-argument) ** (-node.exp)

    def absorb(node):
        # exp(a) sigmoid(-a) = sigmoid(a): the product overflows, the right side does not
        for factor in node.args:
            base, power = factor.as_base_exp()
            if isinstance(base, sigmoid) and power.is_positive:
                raised = sp.exp(-base.args[0] * power)
                if raised in node.args:
                    return node / raised / factor * sigmoid(-base.args[0]) ** power
        return node

    expr = expr.replace(sp.log, lambda a: rewrite_log(sp.log(a)))
    expr = expr.replace(lambda e: e.is_Pow and not isinstance(e, sp.exp), rewrite_power)
    return expr.replace(lambda e: e.is_Mul and e.has(sigmoid) and e.has(sp.exp), absorb)


def _complement(total):
    """1 + tanh(a) = 2 sigmoid(2a) and 1 ± erf(a) = 2 Phi(± sqrt(2) a) keep their left tails."""
    for term in total.args:
        constant, function = term.as_coeff_Mul()
        if isinstance(function, (sp.tanh, sp.erf)) and abs(constant) in total.args:
            inner = sp.sign(constant) * function.args[0]
            tail = sigmoid(2 * inner) if isinstance(function, sp.tanh) else Phi(sp.sqrt(2) * inner)
            return total - term - abs(constant) + 2 * abs(constant) * tail
    return total
