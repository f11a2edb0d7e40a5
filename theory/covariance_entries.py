r"""From correlations to entries of the covariance, and Itô's formula on them."""

from collections.abc import Sequence

import sympy as sp

from .errors import InputError
from .normal_form import positive_root
from .symbols import covariance_entry, rho

__all__ = ["covariance_matrix", "diffusion_matrix", "generator", "in_entries", "input_pairs"]

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)
_LARGEST = 50


def input_pairs(m: int) -> tuple[tuple[int, int], ...]:
    """The pairs (1, 1), (1, 2), …, (m, m) that index a symmetric m×m matrix.

    >>> input_pairs(2)
    ((1, 1), (1, 2), (2, 2))
    """
    if not isinstance(m, int) or isinstance(m, bool) or not 1 <= m <= _LARGEST:
        raise InputError(f"the number of inputs is 1, …, {_LARGEST}; got {m!r}")
    return tuple((i, j) for i in range(1, m + 1) for j in range(i, m + 1))


def covariance_matrix(m: int) -> sp.ImmutableDenseMatrix:
    """The symmetric matrix of the symbols V11, V12, …, Vmm."""
    input_pairs(m)
    return sp.ImmutableDenseMatrix(m, m, lambda i, j: covariance_entry(i + 1, j + 1))


def diffusion_matrix(m: int) -> sp.ImmutableDenseMatrix:
    r"""Sigma^{ab,cd} = V^{ac} V^{bd} + V^{ad} V^{bc}, rows and columns indexed by the pairs.

    >>> diffusion_matrix(1)
    Matrix([[2*V11**2]])
    """
    v, index = covariance_entry, input_pairs(m)
    return sp.ImmutableDenseMatrix(
        [[v(a, c) * v(b, d) + v(a, d) * v(b, c) for c, d in index] for a, b in index]
    )


def generator(
    drift: Sequence[sp.Expr], diffusion: sp.Matrix, variables: Sequence[sp.Symbol], f: sp.Expr
) -> sp.Expr:
    """sum_i b_i d_i f + (1/2) sum_ij Sigma_ij d_i d_j f, unexpanded."""
    gradient = [sp.diff(f, v) for v in variables]
    total = [b * slope for b, slope in zip(drift, gradient, strict=True)]
    for i, v in enumerate(variables):
        total.append(diffusion[i, i] * sp.diff(gradient[i], v) / 2)
        total += [diffusion[i, j] * sp.diff(gradient[i], variables[j]) for j in range(i)]
    return sp.Add(*total)


def in_entries(expr: sp.Expr) -> sp.Expr:
    """An expression in V11, V22 and ``rho`` with rho = V12/sqrt(V11 V22) put in.

    >>> in_entries(sp.sqrt(V11) * sp.sqrt(V22) * sp.sqrt(1 - rho**2))
    sqrt(V11*V22 - V12**2)
    """
    correlation = V12 / (sp.sqrt(V11) * sp.sqrt(V22))

    def root(power):
        base = power.base.subs(rho, correlation)
        return positive_root(base) ** (2 * power.exp)

    expr = expr.replace(
        lambda e: e.is_Pow and e.base.has(rho) and e.exp.is_Rational and e.exp.q == 2, root
    )
    return expr.subs(rho, correlation)
