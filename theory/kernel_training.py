r"""Training in the kernel regime: square loss, a fixed tangent kernel, many steps.

With K the N x N kernel of the training inputs and f the outputs there, gradient flow is

    df/dt = -(1/N) K (f - y),    f_t - y = exp(-K t/N) (f_0 - y),
    f_t(x) = f_0(x) + K(x, X) K^{-1} (1 - exp(-K t/N)) (y - f_0)

(Jacot et al. 2018, arXiv:1806.07572; Hayou, Doucet & Rousseau 2019, arXiv:1905.13654, Lemma 1).
The residual tends to its projection on the kernel (null space) of K, so it vanishes iff
f_0 - y is orthogonal to that: for this f_0, a non-singular K is not needed.
"""

from dataclasses import dataclass

import sympy as sp

from .errors import InputError

__all__ = ["LimitPredictor", "gradient_flow", "limit_predictor", "limit_residual"]

#: Number of training inputs, off-diagonal fraction of the kernel, its scale.
N = sp.Symbol("N", positive=True, integer=True)
FRACTION = sp.Symbol("lambda", positive=True)


def gradient_flow(kernel: sp.Matrix, residual: sp.Matrix, t: sp.Expr) -> sp.Matrix:
    """exp(-K t/N) r, the residual f_t - y at time t, exactly.

    >>> t = sp.Symbol("t", positive=True)
    >>> gradient_flow(sp.Matrix([[1, 1], [1, 1]]), sp.Matrix([1, -1]), t)
    Matrix([
    [ 1],
    [-1]])
    """
    kernel, residual = _checked(kernel, residual)
    return (-kernel * t / kernel.rows).exp() * residual


def limit_residual(kernel: sp.Matrix, residual: sp.Matrix) -> sp.Matrix:
    """The limit of the residual: its orthogonal projection on the null space of the kernel.

    >>> limit_residual(sp.Matrix([[1, 1], [1, 1]]), sp.Matrix([3, 1]))
    Matrix([
    [ 1],
    [-1]])
    """
    kernel, residual = _checked(kernel, residual)
    basis = kernel.nullspace()
    if not basis:
        return sp.zeros(*residual.shape)
    matrix = sp.Matrix.hstack(*basis)
    return matrix * (matrix.T * matrix).inv() * matrix.T * residual


@dataclass(frozen=True)
class LimitPredictor:
    """f_inf(x) - f_0(x) = ``coefficient`` * sum_i (y_i - f_0(x_i)) for every new input x.

    ``coefficient`` is a function of N (and of lambda); ``trains`` says whether the training
    residual vanishes for every f_0.
    """

    phase: str
    coefficient: sp.Expr
    trains: bool
    statement: str

    def __str__(self):
        return f"{self.phase}: {self.statement}"


def limit_predictor(phase: str, fraction=None) -> LimitPredictor:
    """What training in the limit of infinite depth predicts at a new input.

    The limit kernel is lambda 1 1^T (ordered), q [(1 - lambda) I + lambda 1 1^T] with
    ``fraction`` = lambda (critical), and after scaling I (chaotic).  Sherman & Morrison's formula
    inverts the second.

    >>> limit_predictor("critical", sp.Rational(1, 4)).coefficient, limit_predictor("ordered")
    (1/(N + 3), LimitPredictor(phase='ordered', coefficient=1/N, trains=False, \
statement='every new input is shifted by the mean of y - f_0; only that mean is learned'))
    """
    if phase == "ordered":
        # K = lambda 11^T: the only eigenvector is 1, with K(x, X) = lambda 1^T
        return LimitPredictor(
            phase,
            1 / N,
            False,
            "every new input is shifted by the mean of y - f_0; only that mean is learned",
        )
    if phase == "chaotic":
        return LimitPredictor(
            phase, sp.S.Zero, True, "training data are fitted, new inputs stay at f_0(x)"
        )
    if phase != "critical":
        raise InputError(f"the phase is 'ordered', 'critical' or 'chaotic'; got {phase!r}")
    value = FRACTION if fraction is None else sp.S(fraction)
    if value.is_number and not 0 <= value < 1:
        raise InputError(f"the off-diagonal fraction is in [0, 1); got {value}")
    coefficient = sp.factor(sp.cancel(row_times_inverse(value)))
    return LimitPredictor(
        phase,
        coefficient,
        True,
        f"training data are fitted, every new input is shifted by {coefficient} times the sum of "
        "y - f_0",
    )


def row_times_inverse(fraction: sp.Expr) -> sp.Expr:
    r"""The entries of lambda 1^T [(1 - lambda) I + lambda 1 1^T]^{-1}, by Sherman & Morrison.

    (a I + u 1^T)^{-1} = I/a - u 1^T/(a (a + 1^T u)) with a = 1 - lambda and u = lambda 1.
    """
    a = 1 - fraction
    # a row of ones times 1 1^T is N times a row of ones
    return fraction * (1 / a - N * fraction / (a * (a + N * fraction)))


def _checked(kernel, residual):
    kernel, residual = sp.Matrix(kernel), sp.Matrix(residual)
    if kernel.rows != kernel.cols or kernel != kernel.T:
        raise InputError(f"a kernel is a symmetric matrix; got one of shape {kernel.shape}")
    if residual.rows != kernel.rows:
        raise InputError(
            f"the residual has {residual.rows} entries, the kernel {kernel.rows} inputs"
        )
    return kernel, residual
