r"""Dominant balance in the recursions at the edge of chaos: what an ansatz leaves behind.

With 1 - C(1 - u) = u - f(u), f = sum_j s_j u^(e_j), two inputs obey

    u' = u - f(u),   k' = (1 - f'(u)) k + 1 - u'        (k = K/q).

An ansatz u = kappa l^-a U, k = l S, with U and S polynomials in powers of 1/l and log l, is put
in and the remainders are expanded.  Nothing is integrated and no conjugacy is used, which is how
:mod:`theory.tangent.matched` finds its laws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

__all__ = ["LOG", "SHIFT", "SMALL", "Ansatz", "remainders", "simple_ansatz"]

#: log l, the constant at relative order 1/l that depends on the inputs, and l^(-1/m).
LOG, SHIFT = sp.symbols("log_l A", real=True)
SMALL = sp.Symbol("r", positive=True)


@dataclass(frozen=True)
class Ansatz:
    """u = ``kappa`` l^-``power`` U and k = l S; U, S in r = l^(-1/``roots``) and log l."""

    power: sp.Expr
    kappa: sp.Expr
    shape: sp.Expr
    kernel: sp.Expr
    roots: int = 1


def simple_ansatz(power, kappa, ratio, logarithm=0, correlation_log=0) -> Ansatz:
    """U = 1 + ``correlation_log`` log(l)/l + A/l and S = ``ratio`` + ``logarithm`` log(l)/l."""
    shape = 1 + SMALL * (correlation_log * LOG + SHIFT)
    return Ansatz(power, kappa, shape, ratio + logarithm * SMALL * LOG)


def remainders(
    terms: Sequence[tuple], ansatz: Ansatz, *, flow: bool = False
) -> dict[str, sp.Expr]:
    """What must vanish: the orders of u'/u - 1 + f/u up to l^-2, of k up to log(l)/l.

    ``terms`` are pairs (s_j, e_j).  The order 1/l without logarithm of the second only relates the
    constants that depend on the inputs.  ``flow`` takes du/dl = -f and dk/dl = -f' k + 1 - u.

    >>> s = sp.Symbol("s", positive=True)
    >>> found = remainders([(s, sp.Integer(2))], simple_ansatz(1, 1 / s, sp.Rational(1, 3)))
    >>> found["u: l^-1"], found["k: l^0"]
    (0, 0)
    """
    m = ansatz.roots
    order = 2 * m
    t = SMALL**m
    u_change, k_change = (_flow if flow else _step)(ansatz, order)
    rate = slope = sp.S.Zero
    for coefficient, exponent in terms:
        power = sp.nsimplify(sp.simplify(ansatz.power * (exponent - 1)))
        scale = coefficient * ansatz.kappa ** (exponent - 1) * SMALL ** (m * power)
        part = _cut(scale * _power(ansatz.shape, exponent - 1, order), order)
        rate, slope = rate + part, slope + exponent * part
    orders = {"u: l^-1": sp.S.Zero, "k: l^0": sp.S.Zero}
    for name, expr, offset, most in (
        ("u", u_change + rate, 0, order),
        ("k", k_change + _cut(slope * ansatz.kernel, order) - t, m, m),
    ):
        table = sp.Poly(sp.expand(expr), SMALL, LOG).as_dict()
        for (i, j), value in sorted(table.items()):
            if i - offset < most or (i - offset == most and (j or name == "u")):
                orders[_label(name, i - offset, j, m)] = sp.powsimp(sp.expand(value))
    return orders


def _step(ansatz, order):
    """(u'/u - 1, (k' - k)/l) for l -> l + 1."""
    m = ansatz.roots
    t = SMALL**m
    shape, kernel = (_later(e, m, order) for e in (ansatz.shape, ansatz.kernel))
    inverse = _power(ansatz.shape, -1, order)
    change = _cut(_power(1 + t, -ansatz.power, order) * shape * inverse, order) - 1
    return change, sp.expand(kernel * (1 + t) - ansatz.kernel)


def _flow(ansatz, order):
    """(u_l/u, k_l/l) along l."""
    m = ansatz.roots
    t = SMALL**m

    def derivative(expr):
        return t * (expr.diff(LOG) - SMALL * expr.diff(SMALL) / m)

    change = _cut(derivative(ansatz.shape) * _power(ansatz.shape, -1, order), order)
    return change - ansatz.power * t, sp.expand(t * ansatz.kernel + derivative(ansatz.kernel))


def _later(expr, m, order):
    """The same at l + 1, to relative order r^(order + m)."""
    t = SMALL**m
    log_change = sum((-1) ** (j + 1) * t**j / j for j in range(1, order + 2))
    terms = sp.Poly(expr, SMALL, LOG).as_dict().items()
    moved = sp.Add(
        *(
            c * SMALL**i * _power(1 + t, sp.Rational(-i, m), order + m) * (LOG + log_change) ** j
            for (i, j), c in terms
        )
    )
    return _cut(moved, order + m)


def _power(base, exponent, order):
    """``base``^``exponent`` for base = 1 + O(r)."""
    small = sp.expand(base - 1)
    total = term = sp.S.One
    for j in range(1, order + 1):
        term = _cut(term * small * (exponent - j + 1) / j, order)
        total += term
    return total


def _cut(expr, order):
    """Without the powers of r beyond ``order``; negative ones stay."""
    parts = sp.Add.make_args(sp.expand(expr))
    return sp.Add(*(part for part in parts if part.as_coeff_exponent(SMALL)[1] <= order))


def _label(name, i, j, m):
    log = "" if not j else " log l" if j == 1 else f" log^{j} l"
    return f"{name}: l^{-sp.Rational(i, m)}{log}"
