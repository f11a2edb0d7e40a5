r"""Expectations of the neuron that wins a maximum: E f(Y_I), I = argmax phi(Y_i).

Y_1, ..., Y_k are independent N(0, q).  With F(y) = P(phi(Y) < phi(y)), where ties on flat pieces
of phi go to the larger y, neuron i wins with probability F(Y_i)^(k-1), so that

    E f(Y_I) = E f(Y) k F(Y)^(k-1).

F is Phi(y/sqrt(q)) for a rising phi and Phi(-y/sqrt(q)) for a falling one; otherwise it is a sum
over the level set of phi and stays in a node.  If phi is odd or monotone, F(-y) = 1 - F(y) and the
part of the weight that is odd under F -> 1 - F drops out where f is even.
"""

import mpmath
import sympy as sp

from ..activation import Activation
from ..bound import BOUND
from ..gaussian import E
from ..integrand import is_even
from ..latex import latex
from ..symbols import q, x
from .direction import direction, rank_of
from .lower_set import LowerSets

__all__ = ["RANK", "RankedExpectation", "rank_moment", "winner_weight"]

#: F, the probability that another neuron is below.
RANK = sp.Symbol("F", nonnegative=True)


def winner_weight(size: int) -> sp.Expr:
    """k F^(k-1), the density of the rank of the winner among k."""
    return size * RANK ** (size - 1)


def rank_moment(f: sp.Expr, phi: Activation, weight: sp.Expr, variance=q) -> sp.Expr:
    """E f(Y) w(F(Y)) for Y ~ N(0, variance), unevaluated: a Gaussian expectation where it is one.

    >>> from ..activation import Activation
    >>> relu, tanh, sine = Activation("relu"), Activation("tanh"), Activation("sin(x)")
    >>> rank_moment(relu.expr**2, relu, winner_weight(2)).doit()
    q*(2 + 3*pi)/(4*pi)
    >>> rank_moment(tanh.expr**2, tanh, winner_weight(2))
    E[tanh(u)**2; u ~ N(0, q)]
    >>> rank_moment(sine.expr**2, sine, winner_weight(2)).doit()
    1/2 - exp(-2*q)/2
    """
    weight = _symmetrised(f, phi, weight)
    if not weight.has(RANK):
        return weight * E(f, variance)
    rank = rank_of(phi)
    if rank is None:
        return RankedExpectation(f, phi, weight, variance)
    weight = weight.subs(RANK, rank)
    degree = None if phi.homogeneity is None else Activation._trusted(f, "f").homogeneity
    if degree is not None:
        return variance ** (degree / 2) * E(f * weight, 1)
    return E(f.subs(x, sp.sqrt(variance) * x) * weight, 1)


def _symmetrised(f, phi, weight):
    """The weight without the part that integrates to zero by the symmetry of f and F."""
    if phi.parity != "odd" and direction(phi) not in (1, -1):
        return weight
    if is_even(f.xreplace({x: BOUND})):
        return sp.expand((weight + weight.subs(RANK, 1 - RANK)) / 2)
    if is_even(f.xreplace({x: BOUND}) / BOUND):
        return sp.expand((weight - weight.subs(RANK, 1 - RANK)) / 2)
    return weight


class RankedExpectation(sp.Expr):
    r"""E f(Y) w(F(Y)), Y ~ N(0, q), for an activation phi that is not known to be monotone.

    ``args`` are f and phi (functions of ``BOUND``), w (a polynomial in ``RANK``) and q.

    >>> from ..activation import Activation
    >>> gelu = Activation("gelu")
    >>> rank_moment(gelu.expr, gelu, winner_weight(2))
    E[(u*Phi(u))*(2*F); u ~ N(0, q), F = P(phi < u*Phi(u))]
    """

    is_commutative = True

    def __new__(cls, f, phi, weight, variance):
        expr = phi.expr if isinstance(phi, Activation) else phi
        f, expr = (sp.S(e).xreplace({x: BOUND}) for e in (f, expr))
        constant, f = f.as_independent(BOUND, as_Add=False)
        if constant.is_zero:
            return sp.S.Zero
        node = super().__new__(cls, f, expr, sp.S(weight), sp.S(variance))
        return constant * node

    @property
    def free_symbols(self):
        return set().union(*(a.free_symbols for a in self.args)) - {BOUND, RANK}

    @property
    def bound_symbols(self):
        return [BOUND]

    @property
    def activation(self) -> Activation:
        """phi, whose values rank the neurons."""
        return Activation._trusted(self.args[1].xreplace({BOUND: x}), str(self.args[1]))

    def _eval_is_real(self):
        return True

    def _eval_is_nonnegative(self):
        return True if self.args[0].is_nonnegative else None

    def _eval_derivative(self, symbol):
        r"""d/dq by the scaling of Y, where f is a power of phi: q d/dq g(m) = E Y g'(m) m'/2.

        The maximum m is continuous where phi is, so no boundary terms arise from the ranks.
        """
        f, phi, weight, variance = self.args
        rate = variance.diff(symbol)
        if rate.is_zero:
            return sp.S.Zero
        found = _power_of(f, phi)
        own = f.free_symbols | phi.free_symbols
        if found is None or symbol in own or self.activation.jumps(0):
            return sp.Derivative(self, symbol, evaluate=False)
        constant, power = found
        slope = self.activation.derivative_expr(1).xreplace({x: BOUND})
        moved = BOUND * power * phi ** (power - 1) * slope / constant**power
        return rate / (2 * variance) * RankedExpectation(moved, phi, weight, variance)

    def _eval_evalf(self, prec):
        if self.free_symbols:
            return None
        f, phi, weight, variance = self.args
        with mpmath.workprec(prec + 20):
            scale = mpmath.sqrt(variance._to_mpmath(mpmath.mp.prec))
            sets = LowerSets(phi, BOUND, scale)
            value = sets.integrate(f, sp.lambdify(RANK, weight, "mpmath"))
        return sp.Float._new(value._mpf_, prec)

    def _latex(self, printer, exp=None):
        f, phi, weight, variance = self.args
        u = sp.Symbol("u", real=True)
        power = f"^{{{exp}}}" if exp is not None else ""
        body, below = latex(f.xreplace({BOUND: u})), latex(phi.xreplace({BOUND: u}))
        law = rf"u \sim \mathcal{{N}}(0, {printer.doprint(variance)})"
        rank = rf"F = P\left(\phi(\cdot) < {below}\right)"
        weight = printer.parenthesize(weight, 50)
        return rf"\mathbb{{E}}_{{{law},\ {rank}}}{power}\left[\left({body}\right) {weight}\right]"

    def _sympystr(self, printer):
        u = sp.Symbol("u", real=True)
        f, phi, weight, variance = (printer.doprint(a.xreplace({BOUND: u})) for a in self.args)
        return f"E[({f})*({weight}); u ~ N(0, {variance}), F = P(phi < {phi})]"


def _power_of(f, phi):
    """(constant, n) with f = (phi/constant)^n, n = 1 or 2, else None."""
    for constant in (sp.S.One, phi.as_independent(BOUND, as_Add=False)[0]):
        for power in (1, 2):
            if f == (phi / constant) ** power:
                return constant, power
    return None
