r"""Two maxima of the same neurons under two inputs: E m m' and the slope of it in the correlation.

(X_i, Y_i), i = 1..k, are independent pairs of variances q1, q2 and correlation rho,
m = max phi(X_i), m' = max phi(Y_i).  With A(x) = {y : phi(y) < phi(x)}, n1 and n2 the densities,
B(x, y) = P(Y in A(y)|X = x) P(X in A(x)|Y = y) and G(x, y) = P(X in A(x), Y in A(y)), the
winners are the same neuron or two different ones:

    E m m' = k E phi(X) phi(Y) G(X, Y)^(k-1)
           + k (k-1) int int phi(x) phi(y) n1(x) n2(y) B(x, y) G(x, y)^(k-2) dx dy

and, since only a common winner answers to both inputs (Price's theorem for functions of k pairs),

    d/drho E m m' = sqrt(q1 q2) k E phi'(X) phi'(Y) G(X, Y)^(k-1)         (phi continuous).
"""

import sympy as sp

from ..activation import Activation
from ..bound import BOUND
from ..latex import latex
from ..symbols import x
from .ranked import RANK, rank_moment, winner_weight

__all__ = ["MaxKernel", "MaxSlope"]


class _PairOfMaxima(sp.Expr):
    """What the two nodes share: ``args`` are phi in ``BOUND``, k, q1, q2 and rho."""

    is_commutative = True

    def __new__(cls, phi, size, q1, q2, rho):
        expr = phi.expr if isinstance(phi, Activation) else sp.S(phi)
        rest = [sp.S(a) for a in (size, q1, q2, rho)]
        return super().__new__(cls, expr.xreplace({x: BOUND}), *rest)

    @property
    def free_symbols(self):
        return set().union(*(a.free_symbols for a in self.args)) - {BOUND}

    @property
    def bound_symbols(self):
        return [BOUND]

    @property
    def activation(self) -> Activation:
        """phi."""
        expr = self.args[0].xreplace({BOUND: x})
        return Activation._trusted(expr, str(expr))

    def _eval_is_real(self):
        return True

    def _eval_evalf(self, prec):
        if self.free_symbols:
            return None
        value = self.doit()
        if value != self:
            return value._evalf(prec)
        from .max_quadrature import pair_of_maxima

        return pair_of_maxima(self, prec)

    def _symbols(self, printer):
        """phi(u), phi(v) and the law, as LaTeX or text."""
        phi, _, q1, q2, rho = self.args
        first, second = (phi.xreplace({BOUND: sp.Symbol(n, real=True)}) for n in ("u_i", "v_i"))
        return first, second, *(printer.doprint(a) for a in (q1, q2, rho))


class MaxKernel(_PairOfMaxima):
    r"""E max_i phi(X_i) max_i phi(Y_i) over k independent pairs of Gaussians.

    >>> from ..activation import Activation
    >>> from ..symbols import q, rho
    >>> relu = Activation("relu")
    >>> MaxKernel(relu, 2, q, q, rho).diff(rho).subs(rho, 1).doit()
    3*q/4
    """

    def doit(self, **hints) -> sp.Expr:
        """Products of means at rho = 0, second moments at rho = 1; otherwise itself."""
        _, size, q1, q2, rho = self.args
        phi, weight = self.activation, winner_weight(size)
        if rho.is_zero:
            return sp.Mul(*(rank_moment(phi.expr, phi, weight, q).doit() for q in (q1, q2)))
        if rho == 1 and q1 == q2:
            return rank_moment(phi.expr**2, phi, weight, q1).doit()
        return self

    def _eval_derivative(self, symbol):
        phi, size, q1, q2, rho = self.args
        if symbol in rho.free_symbols and symbol not in (
            q1.free_symbols | q2.free_symbols | phi.free_symbols | size.free_symbols
        ):
            return rho.diff(symbol) * sp.sqrt(q1 * q2) * MaxSlope(*self.args)
        if symbol not in self.free_symbols:
            return sp.S.Zero
        return sp.Derivative(self, symbol, evaluate=False)

    def _sympystr(self, printer):
        first, _, q1, q2, rho = self._symbols(printer)
        return f"E[max_i phi(u_i)*max_i phi(v_i); i <= {self.args[1]}, phi(u_i) = {first}, " + (
            f"variances {q1}, {q2}, correlation {rho}]"
        )

    def _latex(self, printer, exp=None):
        first, second, q1, q2, rho = self._symbols(printer)
        power = f"^{{{exp}}}" if exp is not None else ""
        size = printer.doprint(self.args[1])
        body = rf"\max_{{i \le {size}}} {latex(first)}\ \max_{{i \le {size}}} {latex(second)}"
        law = rf"{q1},\, {q2};\ {rho}"
        return rf"\mathbb{{E}}_{{(u_i, v_i) \sim \mathcal{{N}}({law})}}{power}\left[{body}\right]"


class MaxSlope(_PairOfMaxima):
    r"""k E phi'(X) phi'(Y) G(X, Y)^(k-1): the derivatives of both maxima by the same neuron.

    >>> from ..activation import Activation
    >>> MaxSlope(Activation("relu"), 2, 1, 1, 1).doit()
    3/4
    """

    def doit(self, **hints) -> sp.Expr:
        """One-dimensional expectations at rho = 0 and at rho = 1; otherwise itself."""
        _, size, q1, q2, rho = self.args
        phi = self.activation
        slope = phi.derivative_expr(1)
        if rho.is_zero and not phi.jumps(0):
            weight = RANK ** (size - 1)
            return size * sp.Mul(*(rank_moment(slope, phi, weight, q).doit() for q in (q1, q2)))
        if rho == 1 and q1 == q2 and not phi.jumps(0):
            return rank_moment(slope**2, phi, winner_weight(size), q1).doit()
        return self

    def _eval_derivative(self, symbol):
        if symbol not in self.free_symbols:
            return sp.S.Zero
        return sp.Derivative(self, symbol, evaluate=False)

    def _sympystr(self, printer):
        first, _, q1, q2, rho = self._symbols(printer)
        return (
            f"E[sum_i d_i max phi(u_i)*d_i max phi(v_i); i <= {self.args[1]}, "
            f"phi(u_i) = {first}, variances {q1}, {q2}, correlation {rho}]"
        )

    def _latex(self, printer, exp=None):
        first, second, q1, q2, rho = self._symbols(printer)
        power = f"^{{{exp}}}" if exp is not None else ""
        size = printer.doprint(self.args[1])
        body = " ".join(
            rf"\partial_{{{name}_i}} \max_{{i \le {size}}} {latex(value)}"
            for name, value in (("u", first), ("v", second))
        )
        law = rf"{q1},\, {q2};\ {rho}"
        return (
            rf"\mathbb{{E}}_{{(u_i, v_i) \sim \mathcal{{N}}({law})}}{power}"
            rf"\left[\sum_i {body}\right]"
        )
