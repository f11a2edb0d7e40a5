r"""What is left of a shaped layer after normalisation: the critical order and the drift.

For phi_s = sum_k eps^k h_k (h_0 = x) and (u, v) ~ N(0, V), one layer maps the covariance V_12 to

    c sum_k eps^k K_k(V) = V_12 + eps^{k*} g(V) + …,     K_k(V) = sum_{i+j=k} E h_i(u) h_j(v)

with 1/c = sum_k eps^k K_k(1): the normaliser removes whatever is proportional to V_12.  The first
order k* that survives decides: eps = n^{-1/k*} is critical and g is the drift of the limit.

Correlated weights, Cov(W_ij, W_ik) = (c/n) (delta_jk - kappa/n), see the mean of phi_s too: they
put K_k - kappa sum_{i+j=k} E h_i(u) E h_j(v) in place of K_k, and the normaliser stays.  The new
term begins with the square of the first even h_i, where h_i(u) h_i(v) stands already, and the two
cannot cancel for an h_i that bends; so k* is the same for every kappa.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial

import sympy as sp

from .errors import UndecidedError
from .gaussian import E2, E, GaussianExpectation
from .local_expansion import Expansion, odd_slope
from .sampling import sample_values
from .state_terms import collected
from .symbols import covariance_entry, rho, x

__all__ = ["ShapedDrift", "shaped_drift", "shrunk"]

V1, V2 = covariance_entry(1, 1), covariance_entry(2, 2)


@dataclass(frozen=True)
class ShapedDrift:
    """The surviving order k* (None for a linear network) and the drift of the covariance.

    ``cross`` is the drift of V12 in ``V11``, ``V22`` and the correlation ``rho``, ``definition``
    the same with its Gaussian expectations untouched, and ``norm`` the drift of V11.
    """

    order: int | None
    cross: sp.Expr
    norm: sp.Expr
    definition: sp.Expr


def shrunk(drift: ShapedDrift, rate: sp.Expr) -> ShapedDrift:
    """The drift when every layer also multiplies the covariance by 1 - rate/n."""
    if rate.is_zero:
        return drift
    cross, norm = rate * rho * sp.sqrt(V1) * sp.sqrt(V2), rate * V1
    return replace(
        drift,
        cross=collected(drift.cross - cross),
        norm=collected(drift.norm - norm),
        definition=drift.definition - cross,
    )


@lru_cache(maxsize=256)
def shaped_drift(
    expansion: Expansion, normalised: bool = True, correlation: sp.Expr = sp.S.Zero
) -> ShapedDrift:
    """k* and the drift of the expansion, with the normaliser c or with c = 1.

    ``correlation`` is the kappa of the weights into one neuron.  k* is at most twice the order of
    the first term that is not linear: below that order only its products with x occur, and at that
    order h(u) h(v) contributes something that is not proportional to V12.
    """
    if correlation == 1 and not normalised:  # rows that sum to 0 do not see constants at all
        expansion = Expansion(
            partial(_without_constant, expansion), expansion.last, expansion.slope
        )
    first = expansion.first_nonlinear
    bound = 2 * first if first else (expansion.last or 0)
    scale = [sp.S.One]  # c in powers of eps
    cross, norm, raw, unit = [], [], [], []
    for k in range(bound + 1):
        pairs = [(i, k - i) for i in range(k + 1)]
        means = [[_means(expansion, i, j, V1, v) for i, j in pairs] for v in (V2, V1)]
        lost, lost_norm = (correlation * sp.Add(*products) for products in means)
        raw.append(sp.Add(*(_pair(expansion, i, j) for i, j in pairs)) - lost)
        cross.append(_closed(raw[k]))
        norm.append(_closed(sp.Add(*(_moment(expansion, i, j, V1) for i, j in pairs)) - lost_norm))
        unit.append(_closed(sp.Add(*(_moment(expansion, i, j, sp.S.One) for i, j in pairs))))
        if k == 0:
            continue
        power = -sp.Add(*(scale[i] * unit[k - i] for i in range(k)))
        scale.append(power if normalised else sp.S.Zero)
        value, diagonal, untouched = (
            collected(sp.Add(*(scale[i] * part[k - i] for i in range(k + 1))))
            for part in (cross, norm, raw)
        )
        if (first and k == bound) or not _vanishes(value):
            return ShapedDrift(k, value, diagonal, untouched)
    return ShapedDrift(None, sp.S.Zero, sp.S.Zero, sp.S.Zero)


def _pair(expansion, i, j):
    """E h_i(u) h_j(v); with h_0 = u it is Cov(u, v) E v h_j(v) / Var v."""
    first, second = expansion.coefficient(i), expansion.coefficient(j)
    if first.is_zero or second.is_zero:
        return sp.S.Zero
    root = sp.sqrt(V1) * sp.sqrt(V2)
    if i == 0 and j == 0:
        return rho * root
    if i == 0:
        return rho * root / V2 * _with_identity(second, V2)
    if j == 0:
        return rho * root / V1 * _with_identity(first, V1)
    return E2(first, second, V1, V2, rho)


def _moment(expansion, i, j, variance):
    first, second = expansion.coefficient(i), expansion.coefficient(j)
    if first.is_zero or second.is_zero:
        return sp.S.Zero
    if i == 0 and j > 0:
        return _with_identity(second, variance)
    if j == 0 and i > 0:
        return _with_identity(first, variance)
    return E(first * second, variance)


def _means(expansion, i, j, first, second):
    """E h_i(u) E h_j(v); the identity has mean 0."""
    if i == 0 or j == 0:
        return sp.S.Zero
    return E(expansion.coefficient(i), first) * E(expansion.coefficient(j), second)


def _without_constant(expansion, k):
    h = expansion.coefficient(k)
    value = h.subs(x, 0)
    return h - value if value.is_finite else h


def _with_identity(h, variance):
    """E u h(u), which only knows the odd part of h."""
    node = E(x * h, variance)
    if _closed(node).has(GaussianExpectation) and (slope := odd_slope(h)) is not None:
        return slope * variance
    return node


def _vanishes(value):
    """Whether a drift is identically zero; numbers can only refute it."""
    if value.is_zero:
        return True
    points = ((sp.Rational(3, 2), sp.Rational(2, 3)), (sp.Rational(1, 3), sp.Rational(5, 2)))
    for first, second in points:
        at = {V1: first, V2: second, rho: sp.Rational(3, 7)}
        at |= sample_values(value.free_symbols - set(at))
        terms = [term.subs(at).evalf(20) for term in sp.Add.make_args(value)]
        size = sp.Add(*map(abs, terms))
        if size.is_number and abs(sp.Add(*terms)) > sp.Float("1e-12") * size:
            return False
    if sp.simplify(value).is_zero:
        return True
    raise UndecidedError(f"whether the drift {value} vanishes could not be decided")


def _closed(expr):
    """Closed forms of the expectations; their coefficients, in parameters, stay as they are."""
    return expr.xreplace({node: node.doit() for node in expr.atoms(GaussianExpectation)})
