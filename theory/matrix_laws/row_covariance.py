r"""Rows with a given covariance S, independent of each other: what of S a wide network sees.

Let x_j be the activations of the layer below: given that layer they are identically distributed
and nearly independent, with mean m and second moment s.  Then, exactly for independent x_j,

    E x^T S x = s tr S + m^2 (1^T S 1 - tr S) = sigma_w2 (s - kappa m^2),
    sigma_w2 = tr S,   kappa = 1 - 1^T S 1/tr S,

and x^T S x/tr S tends to its mean as the width grows if tr((Q S)^2)/(tr S)^2 -> 0, Q = I - 1 1^T/N
(no direction but 1 carries a fixed share of the trace): with x = m 1 + u the fluctuating terms are
2 m 1^T S u and u^T S u, of variances at most of the order of 1^T S^2 1 and tr S^2, and both are
small beside (tr S)^2 then, as S is positive semidefinite and 1^T S 1 of the order of tr S.  So
tr S and 1^T S 1 are all that enters.  Inputs are not exchangeable: the first layer sees all of S.

At a finite N these two numbers are of that N: the covariance of ``Correlated(kappa)`` read as a
matrix has kappa (1 - 1/N)/(1 - kappa/N) and sigma_w2 (1 - kappa/N), which tend to its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import sympy as sp

from ..errors import InputError
from ..layer_options import weight_correlation_option
from ..parser import exact
from .arguments import fan, named_changes, positive_scale
from .correlated import Correlated
from .definiteness import is_semidefinite
from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["RowCovariance"]

#: Larger matrices are taken as functions, which are checked where they are drawn.
_LARGEST = 200

#: A matrix of rounded numbers may have an eigenvalue this much below 0, times its trace.
_ROUNDING = 1e-13


@dataclass(frozen=True, init=False)
class RowCovariance(MatrixLaw):
    r"""Normal rows, independent of each other, with the covariance S.

    Parameters
    ----------
    covariance
        S as a symmetric positive semidefinite matrix (lists, SymPy, NumPy; decimals as written),
        for this fan-in alone; or a function of the fan-in that gives such matrices.
    correlation, sigma_w2
        With a function, the limits of kappa = 1 - 1^T S 1/tr S and of tr S for large fan-in; the
        matrix itself decides otherwise.

    Raises
    ------
    InputError
        for matrices that are not square, symmetric and positive semidefinite, or 0.

    Examples
    --------
    >>> law = RowCovariance([[2, 1], [1, 2]])
    >>> law.correlation, law.sigma_w2
    (-1/2, 4)
    >>> RowCovariance(Correlated(1).row_covariance(3)).correlation
    1
    """

    matrix: sp.ImmutableMatrix | None
    function: Callable | None
    correlation: sp.Expr | None
    sigma_w2: sp.Expr | None
    rounded: bool = field(compare=False)

    def __init__(self, covariance, correlation=None, sigma_w2=None):
        set_ = object.__setattr__
        matrix, rounded = None, False
        if not callable(covariance):
            matrix, rounded = _matrix(covariance)
            found_kappa, found_scale = _summary(matrix)
            if correlation is not None or sigma_w2 is not None:
                raise InputError(
                    "RowCovariance: a matrix has its own correlation and sigma_w2; leave them out"
                )
            correlation, sigma_w2 = found_kappa, found_scale
        elif correlation is not None:
            correlation = weight_correlation_option(correlation, "correlation")
        set_(self, "matrix", matrix)
        set_(self, "function", None if matrix is not None else covariance)
        set_(self, "correlation", correlation)
        set_(self, "sigma_w2", None if sigma_w2 is None else positive_scale(sigma_w2))
        set_(self, "rounded", rounded)

    def __repr__(self):
        if self.matrix is not None:
            rows = ", ".join(f"[{', '.join(map(_shown, row))}]" for row in self.matrix.tolist())
            return f"RowCovariance([{rows}])"
        options = (("correlation", self.correlation), ("sigma_w2", self.sigma_w2))
        given = "".join(f", {name}='{value}'" for name, value in options if value is not None)
        return f"RowCovariance({getattr(self.function, '__name__', 'function')}{given})"

    def at_fan_in(self, fan_in) -> "RowCovariance":
        """The law at one fan-in, with the matrix that the function gives there."""
        size = int(fan(fan_in, "fan_in"))
        if self.matrix is None and size > _LARGEST:
            raise InputError(
                f"fan_in = {size}: an exact covariance has at most {_LARGEST} rows; samples have "
                "any number"
            )
        made = RowCovariance(self.function(size)) if self.matrix is None else self
        if made.matrix.rows != size:
            raise InputError(
                f"fan_in = {size}: this covariance is of rows of {made.matrix.rows} weights"
            )
        return made

    @property
    def spread(self) -> sp.Expr:
        """tr((Q S)^2)/(tr S)^2, Q = I - 1 1^T/N: must be small for the law of large numbers.

        >>> RowCovariance([[1, 0], [0, 1]]).spread
        1/4
        """
        self._known("spread")
        size = self.matrix.rows
        centred = (sp.eye(size) - sp.ones(size, size) / size) * self.matrix
        return sp.cancel((centred * centred).trace() / self.matrix.trace() ** 2)

    @property
    def effect(self) -> WeightEffect:
        """That of correlated rows with kappa = 1 - 1^T S 1/tr S."""
        if self.correlation is None:
            return WeightEffect(
                sp.nan,
                "the limit of kappa for large fan-in is not known",
                f"the limit of 1 - 1^T S 1/tr S of {self} is not known; give it as correlation=, "
                "or take the law at one fan-in by at_fan_in",
            )
        found = Correlated(self.correlation).effect
        return replace(found, statement=f"with sigma_w2 = tr S, {found.statement}")

    @property
    def bounds(self) -> str:
        """The fan-in of the matrix."""
        if self.matrix is None:
            return "every fan_in for which the function gives a covariance"
        return f"fan_in = {self.matrix.rows}, any fan_out"

    @property
    def free_symbols(self) -> set:
        """The symbols in the matrix or the declared limits."""
        parts = (self.matrix, self.correlation, self.sigma_w2)
        return set().union(*(part.free_symbols for part in parts if part is not None))

    def subs(self, *changes) -> "RowCovariance":
        """The law with symbols, or their names, replaced.

        >>> RowCovariance([[1, "a"], ["a", 1]]).subs("a", "1/2")
        RowCovariance([[1, '1/2'], ['1/2', 1]])
        """
        new = named_changes(self.free_symbols, changes)
        if self.matrix is not None:
            return RowCovariance(self.matrix.subs(new))
        limits = (None if e is None else e.subs(new) for e in (self.correlation, self.sigma_w2))
        return RowCovariance(self.function, *limits)

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """S, scaled to another sigma_w2 if one is given."""
        made = self.at_fan_in(fan_in)
        own = made.sigma_w2 if self.sigma_w2 is None else self.sigma_w2
        factor = 1 if sigma_w2 is None else positive_scale(sigma_w2) / own
        return sp.Matrix(factor * made.matrix)

    def _known(self, what):
        if self.matrix is None:
            raise InputError(f"{what}: take the law at one fan-in by at_fan_in first")

    def latex(self) -> str:
        r"""Cov(W_i) = S."""
        from ..latex import latex

        shown = r"S(N)" if self.matrix is None else latex(self.matrix)
        return rf"\mathrm{{Cov}}(W_{{i\cdot}}) = {shown}"


def _matrix(given):
    """(the matrix, whether it has rounded entries), checked."""
    listed = given.tolist() if callable(getattr(given, "tolist", None)) else given
    rows = [list(row) for row in listed] if _is_table(listed) else []
    size = len(rows)
    if not rows or any(len(row) != size for row in rows):
        raise InputError("RowCovariance: a covariance is a square matrix, or a function of fan_in")
    if size > _LARGEST:
        raise InputError(
            f"RowCovariance: give a covariance of {size} weights as a function, lambda n: S"
        )
    rounded = any(isinstance(entry, float | sp.Float) for row in rows for entry in row)
    matrix = sp.ImmutableMatrix([[_real(entry) for entry in row] for row in rows])
    gap = max((abs(e) for e in matrix - matrix.T if e.is_number), default=0)
    if (matrix - matrix.T).free_symbols or gap > (_ROUNDING * _size(matrix) if rounded else 0):
        raise InputError("RowCovariance: a covariance is symmetric, and this matrix is not")
    if not matrix.free_symbols and not is_semidefinite(matrix, _ROUNDING if rounded else 0):
        raise InputError(
            "RowCovariance: this matrix is not positive semidefinite, so no covariance"
        )
    return matrix, rounded


def _is_table(listed):
    return isinstance(listed, list | tuple) and all(
        isinstance(row, list | tuple) for row in listed
    )


def _real(entry):
    number = exact(entry, "RowCovariance: an entry")
    number = number.xreplace(
        {s: sp.Symbol(s.name, real=True) for s in number.free_symbols if s.is_real is None}
    )
    if number.is_real is False:
        raise InputError(f"RowCovariance: the entry {entry} is not real")
    return number


def _size(matrix):
    return max(abs(e) for e in matrix)


def _summary(matrix):
    trace = matrix.trace()
    if trace.is_zero or (trace.is_number and not trace.is_positive):
        raise InputError("RowCovariance: the covariance is 0, so all weights would be")
    return sp.cancel(1 - sum(matrix, sp.S.Zero) / trace), trace


def _shown(entry):
    return str(entry) if entry.is_Integer else f"'{entry}'"
