r"""Claims on training with a fixed tangent kernel: conditioning, fit, generalisation.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, Lemma 1, whose "if and only if" is
restated, and the consequences of its Propositions 1 and 2 with the limits derived here.
"""

import sympy as sp

from theory.kernel_training import FRACTION, gradient_flow, limit_predictor, limit_residual
from theory.kernel_training import N as INPUTS
from theory.tangent import NTK

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation

__all__ = ["TRAINING"]

R = sp.Rational
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654"
T = sp.Symbol("t", positive=True)


def _limit_kernel(count, fraction=FRACTION):
    """(1 - lambda) I + lambda 1 1^T."""
    return (1 - fraction) * sp.eye(count) + fraction * sp.ones(count, count)


# ---------------------------------------------------------------- conditioning


def _condition(stated=lambda n, ratio: 1 + n * ratio / (1 - ratio)):
    """Eigenvalues of explicit matrices against the law of three activations."""
    for count in (2, 3, 5):
        values = _limit_kernel(count).eigenvals()
        yield sp.Eq(sum(values.values()), count)
        largest = 1 + (count - 1) * FRACTION
        yield Symbolic(sp.expand(sp.prod([sp.expand(largest - v) for v in values])), 0)
        for value, times in values.items():
            if times == count - 1 and count > 2:
                yield Symbolic(value, 1 - FRACTION)
                yield Symbolic(sp.cancel(largest / value), stated(count, FRACTION))
    for text, stated_value in (("relu", 1 + INPUTS / 3), ("erf", 1 + INPUTS / 2)):
        law = NTK(text).depth_law["critical"]
        yield Symbolic(law.condition_number(INPUTS), stated_value)
        yield Symbolic(law.condition_number(INPUTS), stated(INPUTS, law.ratio))
    law = NTK("sign(x)*abs(x)^(3/4)").depth_law["critical"]
    yield Symbolic(law.condition_number(INPUTS), 1 + INPUTS / (law.power + 1))


def _deep_condition(_, depth=20_000):
    """Condition number of K^L of four inputs of one norm for ReLU, without its log(L)/L terms."""
    import numpy as np

    from numerics.tangent.matrix import ntk_matrix

    gram = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    kernel = ntk_matrix(NTK("relu"), gram=gram, depth=depth, sigma_w2=2, threads=1)
    ratio = kernel.ntk[0, 1] / kernel.ntk[0, 0]
    return kernel.condition_number - (1 + 4 * ratio / (1 - ratio)) + (1 + 4 / 3)


def _deep_networks():
    yield Numeric(_deep_condition, R(7, 3), [{"N": 4}], digits=8, note="ReLU, L = 20000")


CONDITION = Claim(
    "ntk.condition-number",
    r"$N$ distinct inputs of one variance on the edge of chaos: the limit of $K^L/L$ is "
    r"$q[(1-\lambda)I + \lambda\mathbf 1\mathbf 1^T]$ with eigenvalues $q(1-\lambda)$ and $q(1 + "
    r"(N-1)\lambda)$, condition number $1 + \frac{N\lambda}{1-\lambda} = 1 + \frac{N}{a+1}$: "
    r"$1 + N/3$ for ReLU, $1 + N/2$ for smooth $\phi$.",
    f"derived here from the limits in {HAYOU}, Proposition 2",
    _condition,
    (
        Mutation(
            "N lambda/(1 - lambda)",
            lambda: _condition(lambda n, ratio: n * ratio / (1 - ratio)),
        ),
    ),
    full=_deep_networks,
)


# ---------------------------------------------------------------- fit

_ONES = sp.ones(2, 2)
_A, _B = sp.symbols("a b", real=True)


def _flow_solves(kernel, start):
    """d/dt f = -K f/N and the start."""
    path = gradient_flow(kernel, start, T)
    for entry in path.diff(T) + kernel * path / kernel.rows:
        yield Symbolic(sp.simplify(entry), 0)
    for entry in path.subs(T, 0) - start:
        yield Symbolic(sp.simplify(entry), 0)


def _trainability():
    start = sp.Matrix([_A, _B])
    yield from _flow_solves(_ONES, start)
    yield from _flow_solves(sp.Matrix([[2, 1], [1, 3]]), start)
    path = gradient_flow(_ONES, start, T)
    for entry, limit in zip(path, limit_residual(_ONES, start), strict=True):
        yield Symbolic(sp.limit(sp.expand(entry), T, sp.oo), limit)
    yield _vanishes([1, 1])
    yield sp.Not(_vanishes([1, -1]))
    yield Symbolic(limit_residual(_ONES, sp.Matrix([1, -1]))[0], 1)
    regular = sp.Matrix([[2, 1], [1, 3]])
    yield Symbolic(limit_residual(regular, start).norm(), 0)


def _trained_networks():
    for labels, stated in (([1.0, 1.0], 0.0), ([1.0, -1.0], 2**0.5), ([3.0, 1.0], 2**0.5)):
        yield Numeric(
            lambda _, labels=labels: _trained(labels), stated, [{}], digits=12, absolute=True
        )


def _vanishes(start):
    """Whether the residual that starts at ``start`` tends to 0 with the singular kernel 1 1^T."""
    return sp.Eq(limit_residual(_ONES, sp.Matrix(start)).norm(), 0)


def _trained(labels):
    """The residual at a late time, by eigenvalues in floats."""
    import numpy as np

    from numerics.kernel_training import kernel_training

    return float(kernel_training(np.ones((2, 2)), labels, [200.0]).residual[-1])


LEMMA = Claim(
    "ntk.lemma-trainability",
    r"Square loss, gradient flow $\dot f = -\frac1N\hat K(f-Y)$: $f_t - Y = e^{-\hat Kt/N}(f_0-Y) "
    r"\to P_{\ker\hat K}(f_0-Y)$. It vanishes for this $f_0$ iff $f_0 - Y \perp \ker\hat K$, and "
    r"for every $f_0$ iff $\hat K$ is non-singular. $\hat K = \mathbf 1\mathbf 1^T$: $(1,1)$ "
    r"vanishes, $(1,-1)$ stays.",
    f"restates {HAYOU}, Lemma 1",
    _trainability,
    (
        Mutation(
            "Lemma 1 as printed: a singular kernel leaves a residual from every f_0, here (1, 1)",
            lambda: sp.Not(_vanishes([1, 1])),
        ),
        Mutation("the residual always vanishes, here (1, -1)", lambda: _vanishes([1, -1])),
    ),
    full=_trained_networks,
)


# ---------------------------------------------------------------- generalisation


def _constants(critical=lambda n, fraction: fraction / (1 + (n - 1) * fraction)):
    """K(x, X) K(X, X)^-1 by explicit inversion of N x N matrices."""
    for count in (1, 2, 3, 4):
        row = FRACTION * sp.ones(1, count) * _limit_kernel(count).inv()
        for entry in row:
            yield Symbolic(sp.cancel(entry), critical(sp.Integer(count), FRACTION))
    found = limit_predictor("critical").coefficient
    yield Symbolic(found, critical(INPUTS, FRACTION), {FRACTION: (R(1, 10), R(9, 10))})
    for text, stated in (("relu", 1 / (INPUTS + 3)), ("erf", 1 / (INPUTS + 2))):
        law = NTK(text).depth_law["critical"]
        yield Symbolic(limit_predictor("critical", law.ratio).coefficient, stated)
        yield Symbolic(law.predictor_for(INPUTS), critical(INPUTS, law.ratio))


def _ordered():
    """Kernel lambda 1 1^T: a test input moves like the mean of the training residual."""
    start = sp.Matrix(sp.symbols("r_1 r_2 r_3", real=True))  # y - f_0
    kernel = FRACTION * sp.ones(3, 3)
    path = gradient_flow(kernel, start, T)
    speed = (FRACTION * sp.ones(1, 3) * path)[0] / 3  # d f_t(x)/dt
    moved = sp.integrate(sp.expand(sp.simplify(speed)), (T, 0, sp.oo))
    yield Symbolic(sp.simplify(moved), sum(start) / 3)
    yield Symbolic(limit_predictor("ordered").coefficient, 1 / INPUTS)
    yield Symbolic(limit_predictor("chaotic").coefficient, 0)


def _generalisation():
    yield from _constants()
    yield from _ordered()


def _trained_test_inputs():
    points = [{"N": count, "ratio": ratio} for count in (3, 8) for ratio in (0.25, 1 / 3)]
    yield Numeric(
        _predicted, lambda point: point["ratio"] / (1 + (point["N"] - 1) * point["ratio"]), points,
        note="trained by gradient flow",
    )  # fmt: skip
    yield Numeric(lambda _: _order_of_limits(1e4), R(1, 3), [{}], digits=3, note="depth first")


def _predicted(point):
    """What a test input gains per unit of total residual, from the eigenvalues of the kernel."""
    import numpy as np

    from numerics.kernel_training import kernel_training

    count, ratio = point["N"], point["ratio"]
    kernel = (1 - ratio) * np.eye(count) + ratio * np.ones((count, count))
    labels = np.arange(1.0, count + 1)
    cross = np.full((1, count), ratio)
    found = kernel_training(kernel, labels, [1e3 * count], test_kernel=cross)
    return float(found.test[-1, 0, 0] / labels.sum())


def _order_of_limits(time):
    """Ordered phase, K^L = 1 1^T + 1e-9 I: at times far below 1e9 the limit kernel decides."""
    import numpy as np

    from numerics.kernel_training import kernel_training

    kernel = np.ones((3, 3)) + 1e-9 * np.eye(3)
    labels = np.array([1.0, 4.0, -2.0])
    found = kernel_training(kernel, labels, [time], test_kernel=np.ones((1, 3)))
    return float(found.test[-1, 0, 0] / labels.sum())


GENERALISATION = Claim(
    "ntk.generalisation-constant",
    r"If $K(x,x') = \lambda q$ for all $x \ne x'$, $f_\infty(x) - f_0(x)$ is the same at every "
    r"new input. Ordered limit: $\frac1N\sum_i(y_i - f_0(x_i))$. Edge of chaos: "
    r"$\frac{\lambda}{1+(N-1)\lambda}\sum_i(y_i - f_0(x_i))$, $\frac1{N+3}\sum$ for ReLU and "
    r"$\frac1{N+2}\sum$ for smooth $\phi$. Depth tends to infinity before time.",
    f"derived here from the limits in {HAYOU}, Propositions 1 and 2",
    _generalisation,
    (Mutation("1/N on the edge of chaos", lambda: _constants(lambda n, fraction: 1 / n)),),
    full=_trained_test_inputs,
)

TRAINING = (CONDITION, LEMMA, GENERALISATION)
