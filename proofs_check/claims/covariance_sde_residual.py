r"""Claims on residual networks and on shaped networks with skip connections.

Sources: M. Li and M. Nica, 2023, arXiv:2310.12079, for residual networks; M. Li, M. Nica and D.
Roy, NeurIPS 2022, arXiv:2206.02768; skip connections and fluctuations are derived here.
"""

import itertools
import math
from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.network import Network
from theory.residual_fluctuation import asymmetry_kernel, residual_log_norm_variance
from theory.symbols import V, covariance_entry, rho, theta, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import COVARIANCE, PAIRS, arccosines, drawn, nu, sigma

__all__ = ["RESIDUAL"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
GAMMA = sp.Symbol("gamma", positive=True)
CP, CM = sp.symbols("c_plus c_minus", real=True)
LAM = sp.Symbol("lambda_s", real=True)


# ---------------------------------------------------------------- residual networks


def _residual():
    sde = CovarianceSDE("relu", architecture="residual", gamma=GAMMA)
    stated = nu(GAMMA**2 / sp.pi)
    yield _flow(stated)
    yield Symbolic(sde.norm.drift, GAMMA**2 * V)
    yield Symbolic(sde.correlation.diffusion, 0)
    kernel = (sp.sqrt(1 - rho**2) + (sp.pi - sp.acos(rho)) * rho) / sp.pi
    yield Symbolic(GAMMA**2 * (kernel - rho), stated)
    shaped = CovarianceSDE("relu", c_plus=sp.sqrt(2) * GAMMA, c_minus=0).regimes.pair_flow
    yield Symbolic(arccosines(shaped), stated)
    for strength, digits in ((1, "0.31804990356"), (R(3, 2), "0.49315606654")):
        yield _time_between(strength, R(1, 10), R(digits), 1)
    yield _general_flow()
    yield from _fluctuation()
    yield _brute(1, "0.31804990356")


def _flow(stated):
    sde = CovarianceSDE("relu", architecture="residual", gamma=GAMMA)
    return Symbolic(arccosines(sde.correlation.drift), stated)


def _time_between(strength, start, end, stated):
    """int drho/rho' along the flow: the time it takes."""
    flow = CovarianceSDE("relu", architecture="residual", gamma=strength).correlation.drift
    f = sp.lambdify(rho, 1 / flow, "mpmath")

    def time(_):
        import mpmath

        return mpmath.quad(f, [mpmath.mpmathify(start), mpmath.mpmathify(end)])

    return Numeric(time, stated, [{}], digits=9)


def _general_flow():
    """dV/dt = gamma^2 c E phi(u) phi(v) of phi = x + x^2: c = 1/4, E = V12 + V11 V22 + 2 V12^2."""
    sde = CovarianceSDE(x + x**2, architecture="residual", gamma=GAMMA)
    stated = GAMMA**2 / 4 * (V12 + V11 * V22 + 2 * V12**2)
    return Symbolic(sde.drift(2)[0, 1], stated)


def _fluctuation():
    """n Var log V: the asymmetry by integrals over the angle, and two values."""
    s = sp.Symbol("s", real=True)
    first, second = sp.cos(s), sp.cos(theta) * sp.cos(s) + sp.sin(theta) * sp.sin(s)
    square = sp.expand(first**2 * second**2)
    same = sp.integrate(square, (s, theta - sp.pi / 2, sp.pi / 2))
    other = sp.integrate(square, (s, -sp.pi / 2, theta - sp.pi / 2))
    stated = 2 / sp.pi * (3 * rho * sp.sqrt(1 - rho**2) + (1 + 2 * rho**2) * sp.asin(rho))
    yield Symbolic(asymmetry_kernel(), stated)
    at = R(2, 5)
    angle = (8 * 2 * (same - other) / (2 * sp.pi)).subs(theta, sp.acos(at))
    yield Numeric(angle, stated.subs(rho, at), [{}], digits=12)
    yield _log_norm_variance("6.456631232439")
    for strength, digits in ((1, "6.456631232439"), (R(3, 2), "19.10816652237")):
        yield Numeric(lambda _, g=strength: _double_integral(g, stated), R(digits), [{}], 8)


@cache
def _evaluated_variance():
    return residual_log_norm_variance("relu", 1, 1).evalf(15)


def _log_norm_variance(stated):
    return Numeric(lambda _: _evaluated_variance(), R(stated), [{}], digits=10)


def _double_integral(strength, h):
    """4 g^2 + g^4 int int h over the unit square: lag r has weight 2 (1 - r)."""
    import mpmath

    f = sp.lambdify(rho, h, "mpmath")
    g = mpmath.mpmathify(strength) ** 2

    def part(w):  # lag w^2, as h has a square root at lag 0
        return 4 * w * (1 - w * w) * f(mpmath.exp(-g * w * w / 2))

    return 4 * g + g**2 * mpmath.quad(part, [0, 0.5, 1])


def _brute(strength, digits, width=200, depth=50, bias=0.01):
    """rho after d layers z + (gamma/sqrt(d)) sqrt(2/n) W relu(z), exact in law given z."""

    def sampler(generator, samples):
        import numpy as np

        start = 0.1
        a = generator.standard_normal((samples, width))
        b = start * a + math.sqrt(1 - start**2) * generator.standard_normal((samples, width))
        for _ in range(depth):
            f, g = np.maximum(a, 0), np.maximum(b, 0)
            scale = 2 * float(strength) ** 2 / (depth * width)
            one, cross, two = (scale * (p * r).sum(1) for p, r in ((f, f), (f, g), (g, g)))
            noise = generator.standard_normal((2, samples, width))
            root = np.sqrt(one)[:, None]
            mixed = (cross / one)[:, None]
            rest = np.sqrt(np.maximum(two - cross**2 / one, 0))[:, None]
            a = a + root * noise[0]
            b = b + mixed * root * noise[0] + rest * noise[1]
        return (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))

    return Statistical(sampler, float(R(digits)), 1000, bias=bias)


RESNET = Claim(
    "ncsde.resnet-equals-mlp",
    r"$z' = z + \frac{\gamma}{\sqrt d}\sqrt{2/n}\,W\mathrm{relu}(z)$, $n \to \infty$, $t = l/d$: "
    r"$V' = \gamma^2V$ and $\rho' = \gamma^2(C(\rho)-\rho) = \frac{\gamma^2}{\pi}(\sqrt{1-\rho^2} "
    r"- \rho\arccos\rho)$, the flow of slopes $1 + c_\pm/\sqrt d$ with $(c_+-c_-)^2 = 2\gamma^2$. "
    r"In general $dV^{ab}/dt = \gamma^2 c\,E\phi(u)\phi(v)$. For $n \sim d$ the limit is the "
    r"same, and $n\,\mathrm{Var}\log V_1 \to 6.456631232439$ at $\gamma = 1$.",
    "Li & Nica 2023, arXiv:2310.12079; fluctuations derived here",
    _residual,
    (
        Mutation(
            "rho' = gamma^2 C(rho)",
            lambda: _flow(nu(GAMMA**2 / sp.pi) + GAMMA**2 * rho),
        ),
        Mutation("rho_1 at gamma = 1.5 is that of gamma = 1", lambda: _brute(R(3, 2), "0.318")),
        Mutation(
            "n Var log V_1 = 4 gamma^2",
            lambda: _log_norm_variance("4"),
        ),
    ),
    full=lambda: [
        _brute(1, "0.31804990356", 400, 100),
        _brute(R(3, 2), "0.49315606654", 400, 100),
    ],
)


# ---------------------------------------------------------------- shaped networks with a skip


def _skip():
    sde = CovarianceSDE("relu", c_plus=CP, c_minus=CM, skip=LAM)
    yield from _noise_of_a_step()
    for first, second in itertools.combinations_with_replacement(PAIRS, 2):
        here = PAIRS.index(first), PAIRS.index(second)
        yield Symbolic(sde.diffusion(2)[here], (1 - LAM**4) * sigma(first, second))
    plain = CovarianceSDE("relu", c_plus=CP, c_minus=CM)
    yield Symbolic(sde.cross_drift, (1 - LAM**2) * plain.cross_drift)
    yield from _time_change(plain, sde)
    bent = CovarianceSDE("x + x**3/6", skip=R(1, 2)).explosion
    yield Symbolic(bent.solvable.alpha, R(4, 5))  # b/(1 + lambda^2)
    settled = CovarianceSDE("tanh", a=R(1, 2), skip=R(1, 2)).stationary
    yield Symbolic(settled.mean, R(27, 32))
    yield Numeric(settled.variance, R("0.1318359375"), [{}], digits=10)
    yield _variance_of_logs(R(3, 5), 1 - R(3, 5) ** 4)
    yield _mean_correlation(R(3, 5))


def _noise_of_a_step():
    """z' = lambda z + g, g ~ N(0, gamma^2 V): n Cov of z'z'/n given z, gamma^2 = 1 - lambda^2.

    The terms lambda (z g + g z) give lambda^2 gamma^2 times four products of V, gg gives Sigma.
    """
    branch = 1 - LAM**2
    entry = covariance_entry
    for (a, b), (c, d) in itertools.combinations_with_replacement(PAIRS, 2):
        mixed = entry(a, c) * entry(b, d) + entry(a, d) * entry(b, c)
        mixed += entry(b, c) * entry(a, d) + entry(b, d) * entry(a, c)
        total = LAM**2 * branch * mixed + branch**2 * sigma((a, b), (c, d))
        yield Symbolic(total, (1 - LAM**4) * sigma((a, b), (c, d)))


def _noise_factor(stated):
    return Symbolic(CovarianceSDE("relu", skip=LAM).noise_factor, stated)


def _time_change(plain, sde):
    """A network without skip, run for (1 - lambda^4) t with kappa/(1 + lambda^2)."""
    noise = 1 - LAM**4
    drift = arccosines(sde.correlation.drift) / noise
    weaker = nu((CP - CM) ** 2 / (2 * sp.pi) / (1 + LAM**2)) - rho * (1 - rho**2) / 2
    yield Symbolic(drift, weaker, {LAM: (R(1, 10), R(9, 10))})
    yield Symbolic(plain.norm.drift, 0)
    yield Symbolic(sde.norm.generator(sp.log(V)), -noise)
    yield Symbolic((sde.norm.diffusion / V) ** 2, 2 * noise)


def _variance_of_logs(skip, factor, width=100):
    """Var log V = 2 (1 - lambda^4) T, up to about 10/n."""
    centre = -float(1 - skip**4)
    network = lambda: Network("relu", width, width, skip=skip)  # noqa: E731

    def squares(sample):
        import numpy as np

        logs = np.log(sample.values[:, 0, 0])
        return (logs - centre) ** 2

    return Statistical(
        drawn(network, squares, V0=[[1.0]]), float(2 * factor), 8000, bias=10 / width
    )


def _mean_correlation(skip, width=100):
    """E rho at T = 1 by the law with skip, up to about 2/n."""
    from numerics.law import law
    from theory.finite_width import at_width

    sde = at_width(CovarianceSDE("relu", skip=skip), width)
    network = lambda: Network("relu", width, width, skip=skip)  # noqa: E731
    expected = law(sde, "rho", rho0=R(3, 10), T=1).mean
    return Statistical(
        drawn(network, lambda s: s.values, rho0=0.3), expected, 4000, bias=2 / width
    )


SKIP = Claim(
    "ncsde.skip-shaped",
    r"$z' = \lambda z + \sqrt{1-\lambda^2}\sqrt{c/n}\,W\phi_s(z)$, $0 \le \lambda < 1$ fixed: $dV "
    r"= (1-\lambda^2)b(V)dt + \sqrt{1-\lambda^4}\,\Sigma(V)^{1/2}dB$, the network without skip "
    r"run for $(1-\lambda^4)T$ with $\kappa/(1+\lambda^2)$ or $b_*/(1+\lambda^2)$; $\log V_t \sim "
    r"N(-(1-\lambda^4)t,\, 2(1-\lambda^4)t)$ for two slopes.",
    "derived here, for the shapings of Li, Nica & Roy 2022, arXiv:2206.02768",
    _skip,
    (
        Mutation("noise factor 1 - lambda^2", lambda: _noise_factor((1 - LAM**2) ** 2)),
        Mutation(
            "noise factor 1 - lambda^2, by networks",
            lambda: _variance_of_logs(R(3, 5), (1 - R(3, 5) ** 2) ** 2),
        ),
    ),
)

RESIDUAL = (RESNET, SKIP)
