r"""Claims on norms and on several inputs: exact moments at finite width, and the matrix SDE.

Sources: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; the moments at finite width
are derived here.
"""

import math
from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.finite_linear import second_moment_step
from theory.finite_width import at_width
from theory.gaussian import E
from theory.network import Network
from theory.symbols import V, covariance_entry, n, x
from theory.unshaped import unshaped_limit

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import COVARIANCE, drawn, isserlis

__all__ = ["NORM"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
CP, CM = sp.symbols("c_plus c_minus", real=True)
UP, DOWN = sp.symbols("s_plus s_minus", positive=True)


# ---------------------------------------------------------------- the norm of two slopes


def _lognorm():
    norm = CovarianceSDE("relu", c_plus=CP, c_minus=CM).norm
    yield _log_drift(norm, -1)
    yield _log_noise(norm, 2)
    yield Symbolic(norm.generator(V), 0)
    yield Symbolic(norm.generator(V**2), 2 * V**2)
    slopes = UP * sp.Max(x, 0) + DOWN * sp.Min(x, 0)
    half_moments = R(1, 2), R(3, 2)  # E x^2 and E x^4 on one half-line
    second = half_moments[0] * (UP**2 + DOWN**2)
    variance = half_moments[1] * (UP**4 + DOWN**4) / second**2 - 1
    fourth, square = (E(slopes**k, 1).doit() for k in (4, 2))
    yield Symbolic(fourth / square**2 - 1, variance)
    yield Symbolic(variance, 6 * (UP**4 + DOWN**4) / (UP**2 + DOWN**2) ** 2 - 1)
    yield Symbolic(variance.subs({UP: 1, DOWN: 1}), 2)
    yield Symbolic(variance.subs({UP: 1, DOWN: 0}), 5)
    yield Symbolic(unshaped_limit("relu").log_norm[1], 5)
    yield from _exact_logarithms()
    yield from _sampled_norms()
    yield _shaped_normal(-1, 2)


def _log_drift(norm, stated):
    return Symbolic(norm.generator(sp.log(V)), stated)


def _log_noise(norm, stated):
    return Symbolic((norm.diffusion / V) ** 2, stated)


def _relu_logarithm(width):
    """(mean, variance) of log(V'/V) for ReLU: K ~ Bin(n, 1/2), V'/V = (2/n) chi^2_K, K > 0."""
    import numpy as np
    from scipy import special, stats

    k = np.arange(1, width + 1)
    weights = stats.binom.pmf(k, width, 0.5)
    weights /= weights.sum()
    level = special.digamma(k / 2) + math.log(4 / width)
    mean = float(weights @ level)
    return mean, float(weights @ special.polygamma(1, k / 2) + weights @ (level - mean) ** 2)


def _exact_logarithms():
    """n times both, extrapolated to n = oo, are those of N(-5t/2, 5t)."""
    for index, stated in ((0, R(-5, 2)), (1, 5)):
        yield Numeric(
            lambda _, i=index: 2000 * _relu_logarithm(1000)[i] - 500 * _relu_logarithm(500)[i],
            stated,
            [{}],
            digits=4,
        )
    linear = sp.polygamma(0, n / 2) + sp.log(2 / n)
    expansion = -1 / n - 1 / (3 * n**2)
    yield Numeric(lambda _: (linear - expansion).subs(n, 1000).evalf(30) * 1000**2, 0, [{}],
                  digits=5, absolute=True)  # fmt: skip


def _sampled_norms(width=30, depth=30):
    mean, variance = (depth * part for part in _relu_logarithm(width))
    logarithms = drawn(lambda: Network("relu", width, depth, shaping=False), _logs, V0=[[1.0]])
    yield Statistical(logarithms, mean, 20_000)
    yield Statistical(lambda g, k: (logarithms(g, k) - mean) ** 2, variance, 20_000)
    shaped = lambda: Network("relu", 50, 25, c_plus=1, c_minus=R(-1, 2))  # noqa: E731
    yield Statistical(drawn(shaped, _norms, V0=[[1.0]]), 1.0, 20_000)


def _norms(sample):
    return sample.values[:, 0, 0]


def _logs(sample):
    import numpy as np

    return np.log(sample.values[:, 0, 0])


def _shaped_normal(mean, variance, width=200):
    """log V of a shaped network of depth n, whose law is off N(-1, 2) by O(1/n) only."""
    from scipy import stats

    def centred(sample):
        return _logs(sample)

    law = stats.norm(mean, math.sqrt(variance)).cdf
    return Statistical(
        drawn(lambda: Network("relu", width, width, c_plus=1, c_minus=-1), centred, V0=[[1.0]]),
        law,
        2000,
    )


LOGNORM = Claim(
    "ncsde.lognorm",
    r"Two slopes: $\log V_t \sim N(\log V_0 - t,\, 2t)$, a martingale $V_t$ with $E V_t^2 = V_0^2 "
    r"e^{2t}$. At width $n$ the ratios $V'/V$ are independent with mean 1 and variance $M/n$, "
    r"$M = 6\frac{s_+^4 + s_-^4}{(s_+^2 + s_-^2)^2} - 1$: $M = 2$ for equal slopes, 5 for the "
    r"unshaped ReLU, whose $\log V_t \to N(-5t/2,\, 5t)$. A linear layer has "
    r"$E\log(V'/V) = \psi(n/2) + \log(2/n) = -1/n - 1/(3n^2) + \dots$",
    "Li, Nica & Roy 2022, arXiv:2206.02768; moments at finite width derived here",
    _lognorm,
    (
        Mutation(
            "log V ~ N(-2t, 2t)", lambda: _log_drift(CovarianceSDE("relu").norm, -2)
        ),
        Mutation("log V ~ N(-t, t)", lambda: _log_noise(CovarianceSDE("relu").norm, 1)),
        Mutation("log V ~ N(-t, t), by samples", lambda: _shaped_normal(-1, 1)),
        Mutation("log V ~ N(-2t, 2t), by samples", lambda: _shaped_normal(-2, 2)),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- several inputs

START = ((1.0, 0.3, -0.2), (0.3, 0.8, 0.4), (-0.2, 0.4, 1.2))


def _several():
    yield from _closed_moments()
    yield Statistical(_entry_squared(20, 10), _after(10, 20, second_moment_step), 40_000)
    sde = CovarianceSDE("relu", **SLOPES)
    third = {V12: covariance_entry(1, 3), V22: covariance_entry(3, 3)}
    yield Symbolic(sde.drift(3)[0, 2], sde.drift(2)[0, 1].subs(third, simultaneous=True))
    for statistic in (_first_correlation, _determinant):
        yield _chain_against_sde(statistic, 150, 3000)


def _closed_moments():
    """E V12^2 and E V11 V22 of a linear network, by Isserlis for one layer and from the SDE."""
    sde = CovarianceSDE("linear")
    for f, g in ((V12**2, ((1, 2), (1, 2))), (V11 * V22, ((1, 1), (2, 2)))):
        yield Symbolic(sde.generator(f, 2), _gain(*g))
    yield _rate_of_square(V11 * V22 + V12**2)
    yield Symbolic(_gain((1, 1), (2, 2)), 2 * V12**2)
    step = sp.Matrix([[0, 2], [1, 1]])
    for entry, stated in zip(second_moment_step(n), sp.eye(2) + step / n, strict=True):
        yield Symbolic(entry, stated)
    lam = sp.Symbol("lambda", real=True)
    yield Symbolic((lam * sp.eye(2) - step).det(), (lam - 2) * (lam + 1))


def _gain(first, second):
    """n (E V'_ab V'_cd - V_ab V_cd) of a linear layer, the average of n products."""
    average = (isserlis(*first, *second) + (n - 1) * isserlis(*first) * isserlis(*second)) / n
    return sp.expand(n * (average - isserlis(*first) * isserlis(*second)))


def _rate_of_square(stated):
    return Symbolic(_gain((1, 2), (1, 2)), stated)


def _entry_squared(width, depth):
    return drawn(
        lambda: Network("linear", width, depth),
        lambda s: s.values[:, 0, 1] ** 2,
        V0=[[1.2, 0.3], [0.3, 0.8]],
    )


def _after(depth, width, step):
    return float((step(sp.Integer(width)) ** depth * sp.Matrix([0.96, 0.09]))[1])


def _wrong_step(width):
    return sp.eye(2) + sp.Matrix([[0, 2], [1, 0]]) / width


SLOPES = {"c_plus": R(1, 2), "c_minus": R(-1)}


@cache
def _sde_of_width(width):
    return at_width(CovarianceSDE("relu", **SLOPES), width)


def _chain_against_sde(statistic, width, paths, linear=False, T=0.5):
    """Means over networks of depth n/2 less means over paths of the matrix SDE.

    The difference of two independent samples has mean 0, up to 4/n from the finite width.
    """
    network = Network("relu", width, round(width * T), **SLOPES)
    sde = CovarianceSDE("linear") if linear else _sde_of_width(width)
    chain = drawn(lambda: network, statistic, V0=START)
    paths_of_sde = drawn(lambda: sde, statistic, V0=START, T=T, steps=100)
    return Statistical(lambda g, k: chain(g, k) - paths_of_sde(g, k), 0, paths, bias=4 / width)


def _first_correlation(sample):
    return sample.correlation(1, 2)


def _product(sample):
    return sample.correlation(1, 2) * sample.correlation(1, 3) * sample.correlation(2, 3)


def _determinant(sample):
    """The determinant of the matrix of correlations."""
    pairs = ((1, 2), (1, 3), (2, 3))
    squares = sum(sample.correlation(*pair) ** 2 for pair in pairs)
    return 1 - squares + 2 * _product(sample)


SEVERAL = Claim(
    "ncsde.multi-input",
    r"For $m$ inputs every entry has the drift of its own pair. For a linear network $A = "
    r"E V^{11}V^{22}$ and $B = E (V^{12})^2$ obey $A' = 2B$, $B' = A + B$ (eigenvalues 2 and -1), "
    r"and at width $n$ exactly $(A, B)_{l+1} = (I + M/n)(A, B)_l$ with $M = "
    r"\begin{pmatrix}0&2\\1&1\end{pmatrix}$. Three inputs of a shaped ReLU network follow the "
    r"matrix SDE with the drift of their width.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; moments derived here",
    _several,
    (
        Mutation("B' = A", lambda: _rate_of_square(V11 * V22)),
        Mutation(
            "B' = A in samples of finite networks",
            lambda: Statistical(_entry_squared(20, 10), _after(10, 20, _wrong_step), 100_000),
        ),
        Mutation(
            "three inputs of a shaped network follow the SDE without drift",
            lambda: _chain_against_sde(_first_correlation, 150, 10_000, linear=True),
        ),
    ),
    full=lambda: [
        _chain_against_sde(statistic, 400, 8000)
        for statistic in (_first_correlation, _product, _determinant)
    ],
)

NORM = (LOGNORM, SEVERAL)
