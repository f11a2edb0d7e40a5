r"""Claims on the law of the correlation: its table, long times, and how fast networks approach it.

The table is computed a second time by a birth-death chain on a grid of u = log tan(theta/2), whose
rates are fitted so that the chain has the right scale and speed on every cell.

Source: the SDE is that of M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; the numbers
and rates are derived here.
"""

from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.finite_width import at_width, kappa
from theory.network import Network
from theory.symbols import n, rho
from theory.unshaped import unshaped_limit

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import drawn, nu

__all__ = ["LAWS"]

R = sp.Rational
KAPPA = sp.Symbol("kappa", positive=True)
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)

#: (c_+, c_-, rho_0, T): mean, variance, quantiles 10, 25, 50, 75, 90 %.
TABLE = {
    (0, -1, "0.3", "0.5"): "0.3084021 0.25027974 -0.46383763 -0.06330476 0.41731729 "
    "0.74091544 0.88596956",
    (0, -1, "0.3", "1"): "0.34155119 0.34952198 -0.61562215 -0.14199917 0.53683486 "
    "0.8732626 0.96367996",
    (0, -1, "0.3", "2"): "0.42464295 0.40745081 -0.66234649 -0.10612848 0.74817266 "
    "0.96783594 0.99486441",
    (1, -1, "0", "1"): "0.42982433 0.23136714 -0.32539492 0.07556069 0.56326252 "
    "0.85281813 0.95213467",
    (0, -1, "-0.5", "1"): "-0.15168246 0.33863749 -0.82508846 -0.67142699 -0.28744063 "
    "0.33961002 0.76171709",
    (0, 0, "0.3", "1"): "0.24071052 0.43493882 -0.80529675 -0.35620051 0.44037418 "
    "0.85372441 0.95959473",
    (0, -2, "0.2", "1"): "0.50053928 0.2164402 -0.24935336 0.19288674 0.66072885 "
    "0.89435078 0.96671943",
}  # fmt: skip


@cache
def law_of(c_plus, c_minus, start, T, width=None):
    """The law of rho_T, with the drift of a finite width if one is given."""
    from numerics.law import law

    sde = CovarianceSDE("relu", c_plus=c_plus, c_minus=c_minus)
    sde = sde if width is None else at_width(sde, width)
    return law(sde, "rho", rho0=R(start), T=R(T))


# ---------------------------------------------------------------- the table


def _table():
    for row, numbers in TABLE.items():
        mean, variance, *quantiles = map(R, numbers.split())
        found = law_of(*row)
        yield Numeric(found.mean, mean, [{}], digits=7)
        yield Numeric(found.variance, variance, [{}], digits=7)
        for level, value in zip(LEVELS, quantiles, strict=True):
            yield Numeric(found.quantile(level), value, [{}], digits=7)
    for row in ((0, -1, "0.3", "1"), (0, -2, "0.2", "1")):
        yield _second_route(row, law_of(*row).mean)
    yield _network((0, -1, "0.3", "1/2"), 100)


def _second_route(row, mean):
    return Numeric(lambda _: _chain_mean(*row), mean, [{}], digits=5)


def _chain_mean(c_plus, c_minus, start, T, cells=(0.02, 0.01)):
    """E rho_T by birth-death chains of two cell sizes and Richardson extrapolation."""
    strength = (c_plus - c_minus) ** 2 / (2 * sp.pi)
    coarse, fine = (_birth_death(float(strength), float(R(start)), float(R(T)), h) for h in cells)
    return (4 * fine - coarse) / 3


def _birth_death(strength, start, time, cell, reach=14.0):
    """E rho_T for dU = a dt + dB: rates a/(h(e^{2ah} - 1)) down and a/h more up; Crank-Nicolson"""
    import numpy as np
    from scipy.linalg import solve_banded

    middle = -np.arctanh(start)
    grid = middle + cell * np.arange(-round(reach / cell), round(reach / cell) + 1)
    theta = 2 * np.arctan(np.exp(grid))
    small = theta < 1e-3
    safe = np.where(small, 1.0, theta)
    away = np.where(small, theta / 3, (1 - safe / np.tan(safe)) / np.sin(safe))
    push = np.clip(np.tanh(grid) / 2 - strength * away, -1e3, 1e3)
    down = np.where(push == 0, 0.5, push * cell / np.expm1(2 * push * cell)) / cell**2
    up = down + push / cell
    up[-1] = down[0] = 0.0
    steps = round(2 * time / cell)
    half = time / steps / 2
    bands = np.zeros((3, grid.size))
    bands[0, 1:], bands[1], bands[2, :-1] = (
        -half * up[:-1],
        1 + half * (up + down),
        -half * down[1:],
    )
    mean = -np.tanh(grid)
    for _ in range(steps):
        moved = (1 - half * (up + down)) * mean
        moved[:-1] += half * up[:-1] * mean[1:]
        moved[1:] += half * down[1:] * mean[:-1]
        mean = solve_banded((1, 1), bands, moved)
    return float(mean[grid.size // 2])


def _network(row, width, stated_width=None, paths=4000):
    """Mean over networks of width n and depth nT; the drift of the width leaves O(1/n)."""
    c_plus, c_minus, start, T = row
    expected = law_of(*row, width if stated_width is None else stated_width).mean
    network = lambda: Network("relu", width, int(width * R(T)), c_plus=c_plus, c_minus=c_minus)  # noqa: E731
    return Statistical(
        drawn(network, lambda s: s.values, rho0=float(R(start))), expected, paths, bias=0.7 / width
    )


TABLE_CLAIM = Claim(
    "ncsde.rho-table",
    r"Mean, variance and quantiles of $\rho_T$ for seven choices of $(c_+, c_-, \rho_0, T)$; for "
    r"instance $E\rho_1 = 0.34155119$ and median $0.53683486$ for $(0, -1, 0.3)$. Networks of "
    r"width 100 have these means, with the drift of their width.",
    "Li, Nica & Roy 2022, arXiv:2206.02768, for the SDE; numbers derived here",
    _table,
    (
        Mutation(
            "1/pi instead of 1/(2 pi) in the drift",
            lambda: _second_route((0, -1, "0.3", "1"), law_of(0, sp.sqrt(2), "0.3", "1").mean),
        ),
        Mutation(
            "the table belongs to linear networks",
            lambda: Numeric(law_of(0, 0, "0.3", "1").mean, R("0.34155119"), [{}], digits=4),
        ),
    ),
    full=lambda: [_network(row, 200, paths=8000) for row in TABLE],
)


# ---------------------------------------------------------------- the rate of convergence


def _rate():
    up, down = sp.symbols("c_plus c_minus", real=True)
    strength = kappa(CovarianceSDE("relu", c_plus=up, c_minus=down))
    limit = (up - down) ** 2 / (2 * sp.pi)
    root = sp.Symbol("epsilon", positive=True)
    ratio = sp.cancel(strength.subs(n, root**-2) / limit)
    yield Symbolic(sp.series(ratio, root, 0, 2).removeO(), 1 - (up + down) * root)
    yield Symbolic(ratio.subs(down, -up), 1 / (1 + up**2 * root**2))
    yield _network((0, -2, "0.2", "1"), 64, paths=16_000)


RATE = Claim(
    "ncsde.rate",
    r"Statistics of the correlation of shaped ReLU networks are $O(1/n)$ away from the SDE with "
    r"the drift of their width, $\kappa_n = n\Delta_n/\pi = \kappa(1 - (c_+ + c_-)/\sqrt n + "
    r"O(1/n))$, and in general $O(n^{-1/2})$ away from the limit; for $c_+ + c_- = 0$ both are "
    r"$O(1/n)$.",
    "derived here, for the SDE of Li, Nica & Roy 2022, arXiv:2206.02768",
    _rate,
    (
        Mutation(
            "O(1/n) from the SDE with kappa, c_+ + c_- = -2",
            lambda: _network((0, -2, "0.2", "1"), 64, stated_width=10**12, paths=16_000),
        ),
        Mutation(
            "kappa_n = kappa (1 - (c_+ + c_-)/(2 sqrt(n)))",
            lambda: Symbolic(
                sp.limit(
                    sp.sqrt(n)
                    * (1 - kappa(CovarianceSDE("relu", c_plus=0, c_minus=-2)) * sp.pi / 2),
                    n,
                    sp.oo,
                ),
                -1,
            ),
        ),
    ),
    full=lambda: [_network((0, -2, "0.2", "1"), width, paths=60_000) for width in (32, 64, 128)],
)


# ---------------------------------------------------------------- long times


def _long():
    yield from _collapse(-1)
    yield Symbolic(unshaped_limit("relu").collapse, -2)
    alpha = R(-1, 2)
    leaky = unshaped_limit("max(x, 0) - min(x, 0)/2")
    yield Symbolic(leaky.collapse, -2 * (1 + alpha**4) / (1 + alpha**2) ** 2)
    yield from _end_points()
    for time, mean, below in ((5, "-0.414", "0.2101"), (20, "-0.468", "0.0213")):
        yield _mean_u(time, mean)
        yield _share_below_zero(time, below)


def _collapse(rate):
    """lim log(1 - rho_t)/t: u/t tends to the limit of its drift, and log(1 - rho) - 2u is bounded.

    As u -> -oo, du = [tanh(u)/2 - kappa (1 - theta cot theta)/sin theta] dt + dB.
    """
    y, theta = sp.symbols("y theta", positive=True)
    push = sp.limit((1 - theta * sp.cot(theta)) / sp.sin(theta), theta, 0)
    yield Symbolic(push, 0)
    drift = sp.limit(-sp.tanh(y) / 2, y, sp.oo) - KAPPA * push
    yield Symbolic(2 * drift, rate)
    logarithm = sp.log(2) - sp.log(1 + sp.exp(2 * y))  # log(1 - rho) at u = -y
    yield Symbolic(1 + sp.tanh(-y), sp.exp(logarithm))
    yield Symbolic(sp.limit(sp.log(1 + sp.exp(2 * y)) - 2 * y, y, sp.oo), 0)


def _end_points():
    """s' = (1 - rho^2)^{-1/2} exp(-2 int nu/(1 - rho^2)^2): integrable at 1, not at -1."""
    velocity = nu(KAPPA)
    log_slope = (-sp.log(1 - rho**2) / 2).diff(rho) - 2 * velocity / (1 - rho**2) ** 2
    drift = velocity - rho * (1 - rho**2) / 2
    yield Symbolic(drift + (1 - rho**2) ** 2 / 2 * log_slope, 0)
    theta = sp.Symbol("theta", positive=True)
    # in the angle: nu dtheta/sin^3 is integrable at theta = 0, and like 1/(pi - theta)^3 at pi
    inside = (sp.sin(theta) - theta * sp.cos(theta)) / sp.sin(theta) ** 3
    yield Symbolic(sp.limit(inside, theta, 0), R(1, 3))
    yield Symbolic(sp.limit(inside * (sp.pi - theta) ** 3, theta, sp.pi, "-"), sp.pi)
    yield Symbolic(velocity.subs(rho, -1), sp.pi * KAPPA)


def _share_below_zero(time, stated):
    law = law_of(0, -1, "0", time)
    return Numeric(law.cdf(0.0), R(stated), [{}], digits=3, absolute=True)


def _mean_u(time, stated):
    def mean(_):
        return -law_of(0, -1, "0", time).in_line.mean / time

    return Numeric(mean, R(stated), [{}], digits=3, absolute=True)


LONG = Claim(
    "ncsde.corr-longtime",
    r"Two different slopes: $\rho_t \to 1$ almost surely and $\log(1-\rho_t)/t \to -1$, so there "
    r"is no stationary law; the end 1 attracts, and $-1$ is an entrance, as $\nu(-1) = \pi\kappa "
    r"> 0$. Without shaping $\log(1-\rho_t)/t \to -2$ for ReLU and $-m$ for leaky ReLU. For "
    r"$\kappa = 1/2\pi$, $\rho_0 = 0$: $E u_t/t = -0.414, -0.468$ and $P(\rho_t < 0) = 0.210, "
    r"0.021$ at $t = 5, 20$.",
    "derived here, for the SDEs of Li, Nica & Roy 2022, arXiv:2206.02768",
    _long,
    (
        Mutation("log(1 - rho_t)/t -> -2 with shaping", lambda: _collapse(-2)),
        Mutation(
            "a stationary law: P(rho_t < 0) is the same at t = 5 and t = 20",
            lambda: _share_below_zero(20, "0.2101"),
        ),
        Mutation(
            "log(1 - rho_t)/t -> +2 without shaping",
            lambda: Symbolic(unshaped_limit("relu").collapse, 2),
        ),
    ),
)

LAWS = (TABLE_CLAIM, RATE, LONG)
