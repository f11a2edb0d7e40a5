r"""Linear networks of finite width, exactly: log det V, log V and second moments.

One layer makes V' = V^{1/2} (G G^T/n) V^{1/2} with an m×n Gaussian matrix G, so det V' / det V is
a product of independent chi-square variables of n, n-1, …, n-m+1 degrees of freedom over n, and
second moments obey a linear recursion.
"""

import sympy as sp

from .covariance_sde import V11, V12, V22, CovarianceSDE
from .errors import InputError
from .parser import exact
from .symbols import n

__all__ = ["log_determinant_step", "second_moment_step", "second_moments"]


def log_determinant_step(m: int, width=n) -> tuple[sp.Expr, sp.Expr]:
    r"""(mean, variance) of log det V' - log det V in one layer, for m inputs.

    sum_{i<m} [digamma((n-i)/2) + log(2/n)] and sum_{i<m} trigamma((n-i)/2); m = 1 is log V.
    Times n they tend to -m(m+1)/2 and 2m.

    >>> mean, variance = log_determinant_step(3, 300)
    >>> (300 * mean).evalf(8), (300 * variance).evalf(8)
    (-6.0217784, 6.0402911)
    """
    width = exact(width, "the width")
    if not isinstance(m, int) or m < 1 or (width.is_number and not bool(width >= m)):
        raise InputError(
            f"log det V of m inputs needs a whole number 1 <= m <= width; got m = {m}, "
            f"width = {width}"
        )
    halves = [(width - i) / 2 for i in range(m)]
    # not evaluated: SymPy would write them as harmonic sums of as many terms as the width
    mean, variance = (
        sp.Add(*(sp.polygamma(k, h, evaluate=False) for h in halves)) for k in (0, 1)
    )
    return mean + m * sp.log(2 / width), variance


def second_moment_step(width=n) -> sp.ImmutableDenseMatrix:
    r"""The matrix of one layer on (E V11 V22, E V12^2): I + (1/n) [[0, 2], [1, 1]].

    Read off the generator of the linear covariance SDE: V' - V has mean 0 and covariance exactly
    Sigma/n, so one layer and the SDE have the same second moments to first order in time.

    >>> second_moment_step(10)
    Matrix([
    [   1,   1/5],
    [1/10, 11/10]])
    """
    basis = (V11 * V22, V12**2)
    sde = CovarianceSDE("linear")
    rows = [[sde.generator(f, 2).coeff(g) for g in basis] for f in basis]
    return sp.ImmutableDenseMatrix(sp.eye(2) + sp.Matrix(rows) / width)


def second_moments(depth, width, start) -> sp.Matrix:
    """(E V11 V22, E V12^2) after ``depth`` layers of a linear network, from their start.

    >>> second_moments(2, 10, (1, 0)).T
    Matrix([[51/50, 21/100]])
    """
    if not isinstance(depth, int) or depth < 0:
        raise InputError(f"second_moments: depth = {depth!r} must be a whole number >= 0")
    return second_moment_step(exact(width, "the width")) ** depth * sp.Matrix(start)
