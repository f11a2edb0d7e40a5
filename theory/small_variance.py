r"""Gaussian expectations at a small variance: the expansion at q -> 0+.

Only the neighbourhood of the mean matters.  Where f(m ± t) = sum c t^alpha log(t)^j,

    E f(m + sqrt(q) Z) ~ sum_alpha q^(alpha/2) E f_alpha(Z),

with f_alpha the two-sided homogeneous part; a kink at the mean gives half-integer powers of q, a
logarithmic singularity log(q).  Pieces that begin at a distance b contribute less than every
power, O(exp(-b^2/(2q))), and are left out.  With two variables of covariance q times a fixed
matrix the parts multiply, E f_alpha(Z_1) g_beta(Z_2) q^((alpha+beta)/2).
"""

import itertools

import sympy as sp

from .bound import BOUND
from .errors import InputError
from .finite_part import half_line_moment
from .gaussian import GaussianExpectation
from .local_series import local_series
from .parser import exact
from .pieces import pieces, sign_of

__all__ = ["map_nodes", "near_zero", "require_order", "scale_of"]

_HIGHEST_ORDER = 12


def near_zero(expr, order=2, symbol=None) -> sp.Expr:
    """The expansion of a Gaussian expectation at a variance that tends to 0.

    Parameters
    ----------
    expr
        A one- or two-point expectation whose covariances are all proportional to one symbol, or a
        linear combination of them.
    order
        All terms with exponent <= ``order`` of that symbol are returned.
    symbol
        The symbol, if the covariance holds several.

    The error is of the next order; breakpoints away from the mean change nothing to any order.

    >>> from theory.gaussian import E
    >>> from theory.symbols import q
    >>> near_zero(E("max(x, 0) + x**2/(1 + abs(x))", q), 1)
    sqrt(2)*sqrt(q)/(2*sqrt(pi)) + q
    """
    return map_nodes(expr, lambda node: _expansion(node, require_order(order), symbol))


def map_nodes(expr, change):
    """Replace every expectation of an expression by its expansion."""
    nodes = expr.atoms(GaussianExpectation) if isinstance(expr, sp.Basic) else set()
    if not nodes:
        raise InputError(f"{expr} holds no Gaussian expectation; build one with E or E2")
    return expr.xreplace({node: change(node) for node in nodes})


def _expansion(node, order, symbol):
    symbol, covariance = scale_of(node, symbol)
    parts = [_homogeneous(f, m, 2 * order) for f, m in zip(node.factors, node.means, strict=True)]
    total: dict = {}
    for combination in itertools.product(*(part.items() for part in parts)):
        degree = sp.Add(*(key[0] for key, _ in combination)) / 2
        if degree > order:
            continue
        value = _moment(
            [(key[1], sides) for key, sides in combination],
            [key[0] for key, _ in combination],
            covariance,
            sp.log(symbol) / 2,
        )
        total[degree] = total.get(degree, sp.S.Zero) + value
    return sp.Add(*(sp.factor_terms(value) * symbol**d for d, value in total.items()))


def _moment(factors, exponents, covariance, root_log):
    """E of a product of sides * |t|^alpha (log|t| + root_log)^j, t_i of the given covariance."""
    total = sp.S.Zero
    for kept in itertools.product(*(range(j + 1) for j, _ in factors)):
        scale = sp.Mul(
            *(
                sp.binomial(j, i) * root_log ** (j - i)
                for (j, _), i in zip(factors, kept, strict=True)
            )
        )
        if len(factors) == 1:
            spread = sp.sqrt(covariance[0, 0])
            value = _one_point(factors[0][1], exponents[0], kept[0], spread)
        else:
            value = closed(
                GaussianExpectation(
                    [
                        _two_sided(alpha, *sides) * sp.log(sp.Abs(BOUND)) ** i
                        for alpha, (_, sides), i in zip(exponents, factors, kept, strict=True)
                    ],
                    (0, 0),
                    covariance,
                )
            )
        total += scale * value
    return total


def _one_point(sides, alpha, j, spread):
    """E of sides |t|^alpha log(|t|)^j in gamma functions."""
    shifted = [
        sp.binomial(j, i) * sp.log(spread) ** (j - i) * half_line_moment(alpha, i)
        for i in range(j + 1)
    ]
    return sum(sides) * spread**alpha * sp.Add(*shifted)


def scale_of(node, symbol=None):
    """(s, covariance / s): the symbol to which every entry of the covariance is proportional."""
    entries = [e for e in node.covariance if e != 0]
    if symbol is None:
        shared = set.intersection(*(e.free_symbols for e in entries))
        fits = [s for s in sorted(shared, key=str) if _proportional(entries, s)]
        if len(fits) != 1:
            raise InputError(
                f"the covariance {node.covariance.tolist()} is not one symbol times a constant; "
                "substitute, for example, q1 = s*k1 and q2 = s*k2"
            )
        (symbol,) = fits
    elif not _proportional(entries, symbol):
        raise InputError(
            f"the covariance {node.covariance.tolist()} is not proportional to {symbol}; "
            "substitute, for example, q1 = s*k1 and q2 = s*k2"
        )
    if any(part.has(symbol) for part in (*node.means, *node.factors)):
        raise InputError(f"{symbol} occurs outside the covariance; expand in another symbol")
    if not symbol.is_nonnegative:
        raise InputError(f"{symbol} may be negative; use a symbol with positive=True")
    return symbol, node.covariance.applyfunc(lambda e: sp.cancel(e / symbol))


def require_order(order) -> sp.Rational:
    """The order of an expansion as an exact number, if it is a reasonable one."""
    order = exact(order, "the order")
    if not order.is_Rational or not 0 <= order <= _HIGHEST_ORDER:
        raise InputError(
            f"an expansion needs an order between 0 and {_HIGHEST_ORDER}; got {order}"
        )
    return order


def _proportional(entries, symbol):
    return all(not sp.cancel(e / symbol).has(symbol) for e in entries)


def _homogeneous(f, mean, degree):
    """{(alpha, j): (c_-, c_+)}, f(mean + t) = sum c_± |t|^alpha log|t|^j, alpha <= degree."""
    right, left = _neighbours(f, mean)
    reach = sp.floor(degree) + 1
    above = local_series(right, BOUND, mean, "+", reach).terms
    below = local_series(left, BOUND, mean, "-", reach).terms
    found = {}
    for key in sorted({*above, *below}):
        alpha, _ = key
        if alpha <= degree:
            found[key] = (below.get(key, sp.S.Zero), above.get(key, sp.S.Zero))
    return found


def _two_sided(alpha, below, above):
    """below |t|^alpha for t < 0 and above t^alpha for t > 0, smooth where the sides fit."""
    if alpha.is_Integer and alpha >= 0 and sp.expand(below - (-1) ** alpha * above).is_zero:
        return above * BOUND**alpha
    return sp.Piecewise((below * (-BOUND) ** alpha, BOUND <= 0), (above * BOUND**alpha, True))


def _neighbours(f, mean):
    """The smooth expressions just above and just below the mean."""
    right = left = None
    for piece in pieces(f, BOUND):
        if right is None and (piece.upper is sp.oo or sign_of(piece.upper - mean) > 0):
            right = piece.expr
        if piece.lower is -sp.oo or sign_of(mean - piece.lower) > 0:
            left = piece.expr
    return right, left


def closed(expr):
    """Every expectation in its closed form, where there is one."""
    return expr.xreplace({e: e.doit() for e in expr.atoms(GaussianExpectation)})
