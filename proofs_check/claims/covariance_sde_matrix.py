r"""Claims on the matrix equation: its noise, and linear networks.

Sources: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; exact laws of finite linear
networks are derived here.
"""

import itertools
from functools import cache

import sympy as sp

from theory.covariance_entries import input_pairs
from theory.covariance_sde import CovarianceSDE
from theory.finite_linear import log_determinant_step
from theory.finite_width import one_step
from theory.network import Network
from theory.symbols import covariance_entry, n, rho, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import (
    COVARIANCE,
    PAIRS,
    arccosines,
    drawn,
    in_correlation,
    isserlis,
    ito,
    nu,
    sigma,
)

__all__ = ["MATRIX"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
CP, CM = sp.symbols("c_plus c_minus", real=True)


def two_slopes(**options):
    """The covariance SDE of slopes 1 + c_plus/sqrt(n) and 1 + c_minus/sqrt(n)."""
    return CovarianceSDE("relu", **({"c_plus": CP, "c_minus": CM} | options))


# ---------------------------------------------------------------- the noise


def _one_layer(first, second):
    """n Cov(V'_ab, V'_cd | V) of a linear layer: E y_a y_b y_c y_d - V_ab V_cd."""
    return isserlis(*first, *second) - isserlis(*first) * isserlis(*second)


def _noise():
    for m in (1, 2, 3):
        stated = CovarianceSDE("linear").diffusion(m)
        pairs = input_pairs(m)
        for (i, first), (j, second) in itertools.combinations_with_replacement(
            enumerate(pairs), 2
        ):
            yield Symbolic(_one_layer(first, second), stated[i, j])
            yield Symbolic(stated[i, j], sigma(first, second))
    yield from _square_root_form()
    for name in ("relu", "tanh", "x + x**2/2"):
        yield Symbolic(CovarianceSDE(name).diffusion(2)[1, 1], sigma((1, 2), (1, 2)))
    yield _linear_part_only()
    yield _sampled_noise(2)


def _square_root_form():
    """A dH A with V = A A, H symmetric of variance t off the diagonal and 2t on it."""
    root = sp.Matrix(2, 2, sp.symbols("r11 r12 r12 r22", real=True))
    square = root * root
    names = {covariance_entry(*p): square[p[0] - 1, p[1] - 1] for p in PAIRS}
    for first, second in itertools.combinations_with_replacement(PAIRS, 2):
        covariance = sp.S.Zero
        for i, j in itertools.combinations_with_replacement(range(2), 2):
            variance = 2 if i == j else 1
            covariance += variance * _weight(root, first, i, j) * _weight(root, second, i, j)
        yield Symbolic(covariance, sigma(first, second).subs(names))


def _weight(root, pair, i, j):
    """The factor of H_ij, i <= j, in (A H A)_ab."""
    a, b = pair[0] - 1, pair[1] - 1
    both = root[a, i] * root[j, b] + root[a, j] * root[i, b]
    return both if i != j else both / 2


def _linear_part_only():
    """For slopes 1 + 1/sqrt(n) and 1 - 2/sqrt(n), n Var of one layer tends to that of x."""
    slopes = (1 + 1 / sp.sqrt(n)) * sp.Max(x, 0) + (1 - 2 / sp.sqrt(n)) * sp.Min(x, 0)
    return Symbolic(sp.limit(one_step(slopes).norm_variance, n, sp.oo), 2)


def _sampled_noise(factor, width=16):
    """n E (V' - V)^2 = factor V^2 for one layer of a linear network, exactly at any width."""
    return Statistical(
        drawn(lambda: Network("linear", width, 1), lambda s: width * (s.values[:, 0, 0] - 1) ** 2,
              V0=[[1.0]]),
        factor,
        40_000,
    )  # fmt: skip


MAIN = Claim(
    "ncsde.main-sde",
    r"Width $n \to \infty$ with depth $nT$: the covariance of the inputs of a shaped network "
    r"tends in law to $dV = b(V)\,dt + \Sigma(V)^{1/2}dB$ with $\Sigma^{ab,cd} = V^{ac}V^{bd} + "
    r"V^{ad}V^{bc}$ for every shaping, since only the linear part contributes to the noise; "
    r"equivalently the noise is $V^{1/2}\,dH\,V^{1/2}$ with symmetric Gaussian $H$ "
    r"(variance $2t$ on the diagonal, $t$ off it). What is checked is one layer of width $n$; "
    r"the convergence theorem itself is cited.",
    "Li, Nica & Roy 2022, arXiv:2206.02768",
    _noise,
    (
        Mutation(
            "Sigma^{ab,cd} = V^{ac} V^{bd} only",
            lambda: Symbolic(CovarianceSDE("linear").diffusion(1)[0, 0], V11**2),
        ),
        Mutation("n Var V' = V^2 in samples of one layer", lambda: _sampled_noise(1)),
    ),
)


# ---------------------------------------------------------------- linear networks


def _linear():
    sde = CovarianceSDE("linear")
    yield Symbolic(sde.correlation.generator(sp.acos(rho)), 0)
    yield Symbolic(two_slopes(c_plus=CP, c_minus=CP).correlation.generator(sp.acos(rho)), 0)
    yield Symbolic(CovarianceSDE("tanh").correlation.generator(sp.acos(rho)), 0)
    angle = sp.acos(R(3, 10))
    yield Numeric(lambda _: _law(0.3, 1).expect("acos(rho)"), angle, [{}], digits=9)
    yield _mean_correlation("0.24071052")
    # 1 - theta/pi is harmonic, 1 at rho = 1 and 0 at rho = -1: the probability of rho -> 1
    yield _to_one(1 - angle / sp.pi)
    yield from _log_determinant()
    yield from _finite_determinant()


@cache
def _law(start, T):
    from numerics.law import law

    return law(CovarianceSDE("linear"), "rho", rho0=start, T=T)


def _log_determinant():
    for m in (1, 2, 3):
        matrix = sp.Matrix(m, m, lambda i, j: covariance_entry(i + 1, j + 1))
        pairs = input_pairs(m)
        entries = [covariance_entry(*pair) for pair in pairs]
        det = matrix.det()
        noise = lambda i, j, pairs=pairs: sigma(pairs[i], pairs[j])  # noqa: E731
        moved = ito(sp.log(det), entries, [0] * len(entries), noise)
        drift, coefficient = CovarianceSDE("linear").log_determinant(m)
        yield Symbolic(moved, drift)
        yield Symbolic(drift, -R(m * (m + 1), 2))
        squared = ito(sp.log(det) ** 2, entries, [0] * len(entries), noise)
        squared -= 2 * sp.log(det) * moved  # the carré du champ
        yield Symbolic(squared, coefficient**2)
        yield Symbolic(coefficient**2, 2 * m)
    drift, coefficient = two_slopes().log_determinant(2)
    push = -2 * rho * nu((CP - CM) ** 2 / (2 * sp.pi)) / (1 - rho**2)
    yield Symbolic(arccosines(in_correlation(drift)), -3 + push)
    yield Symbolic(coefficient, 2)


def _mean_correlation(stated):
    return Numeric(lambda _: _law(0.3, 1).mean, sp.Rational(stated), [{}], digits=7)


def _to_one(stated):
    """P(rho_T > 0) at T = 40, when hardly any path is left between the ends."""
    return Numeric(lambda _: 1 - _law(0.3, 40).cdf(0.0), stated, [{}], digits=4)


def _finite_determinant(width=20, depth=10):
    """Chi-square variables of n, n - 1, … degrees of freedom: one factor each."""
    mean, variance = log_determinant_step(3, 300)
    yield Numeric(300 * mean, R("-6.0217784"), [{}], digits=7)
    yield Numeric(300 * variance, R("6.0402911"), [{}], digits=7)
    stated = log_determinant_step(2, width)
    mean, variance = (float(depth * part.evalf(20)) for part in stated)
    yield _sampled_determinant(width, depth, mean)
    sample = _log_determinants(width, depth)
    yield Statistical(lambda g, k: (sample(g, k) - mean) ** 2, variance, 20_000)


def _log_determinants(width, depth):
    return drawn(
        lambda: Network("linear", width, depth),
        lambda s: _log_det(s.values),
        V0=[[1.0, 0.0], [0.0, 1.0]],
    )


def _sampled_determinant(width, depth, mean):
    return Statistical(_log_determinants(width, depth), mean, 20_000)


def _log_det(v):
    import numpy as np

    return np.linalg.slogdet(v)[1]


LINEAR = Claim(
    "ncsde.linear-net",
    r"Without drift the angle is a martingale, $d\theta = \sin\theta\,dB$; hence "
    r"$P(\rho \to 1) = 1 - \theta_0/\pi$. For $m$ inputs $\log\det V_t \sim "
    r"N(\log\det V_0 - m(m+1)t/2,\, 2mt)$, and at width $n$ one layer adds $\sum_{i<m} "
    r"[\log\chi^2_{n-i} - \log n]$. With a drift $d\log\det V = [-m(m+1)/2 + "
    r"\mathrm{tr}(V^{-1}b)]dt + \sqrt{2m}\,dB$; for two slopes and $m = 2$ the trace is "
    r"$-2\rho\nu(\rho)/(1-\rho^2)$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; exact laws derived here",
    _linear,
    (
        Mutation("E rho_t = rho_0", lambda: _mean_correlation("0.3")),
        Mutation("P(rho -> 1) = (1 + rho_0)/2", lambda: _to_one(R(13, 20))),
        Mutation(
            "log det V loses m^2/2 per unit of time",
            lambda: Symbolic(CovarianceSDE("linear").log_determinant(2)[0], -2),
        ),
        Mutation(
            "log det V of width n has the mean of infinite width",
            lambda: _sampled_determinant(10, 20, -6.0),
        ),
    ),
)

MATRIX = (MAIN, LINEAR)
