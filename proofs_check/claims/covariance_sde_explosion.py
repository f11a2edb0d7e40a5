r"""Claims on dV = b V(V - 1) dt + sqrt(2) V dB: explosion and its probability.

The special functions are enclosed by balls: incomplete Gamma functions and 1F1 from Arb on one
side, integrals of the scale density by rigorous quadrature on the other.

Sources: W. Feller, Ann. Math. 55 (1952); D. Dufresne, Scand. Actuarial J. (1990); M. Li, M. Nica
and D. Roy, NeurIPS 2022, arXiv:2206.02768.
"""

from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.network import Network
from theory.symbols import V0, V, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls, ball, drawn, ito, printed

__all__ = ["EXPLOSION", "cubic"]

R = sp.Rational
B = sp.Symbol("b", positive=True)
Y = sp.Symbol("y", positive=True)
F2, F3 = sp.symbols("phi2 phi3", real=True)


@cache
def cubic(b):
    """A cubic with b_* = b: phi = x + b x^3/6."""
    return CovarianceSDE(x + sp.S(b) * x**3 / 6)


# ---------------------------------------------------------------- whether


def _whether():
    general = CovarianceSDE(shaping={1: F2 * x**2 / 2, 2: F3 * x**3 / 6})
    yield _threshold(R(3, 4))
    condition = general.explosion.condition
    for second, third in ((1, R(-3, 5)), (1, R(-4, 5)), (2, -3), (0, R(1, 9)), (0, 0)):
        truth = condition.subs({F2: second, F3: third})
        yield bool(truth) is bool(R(3, 4) * second**2 + third > 0)
    # the scale density v^b e^{-bv} makes s harmonic
    scale = V**B * sp.exp(-B * V)
    yield Symbolic(B * V * (V - 1) * scale + V**2 * scale.diff(V), 0)
    yield from _feller()
    yield from _pde()
    yield _networks()


def _threshold(share):
    """b_* is the coefficient of V^2 in the drift of the norm."""
    general = CovarianceSDE(shaping={1: F2 * x**2 / 2, 2: F3 * x**3 / 6})
    return Symbolic(sp.expand(general.norm.drift).coeff(V, 2), share * F2**2 + F3)


def _feller():
    """Both integrals of Feller's test in closed form at b = 1 and b = 2, with m = v^-2/s'."""
    for b in (1, 2):
        slope = Y**b * sp.exp(-b * Y)
        speed = 1 / (Y**2 * slope)
        above = sp.integrate(slope, (Y, Y, sp.oo))
        below = sp.integrate(slope, (Y, 0, Y))
        yield Symbolic(sp.limit(sp.simplify(above * speed) * Y**2, Y, sp.oo), R(1, b))
        yield Symbolic(sp.limit(below * speed * Y, Y, 0, "+"), R(1, b + 1))
        explosion = cubic(b).explosion
        yield explosion.at_infinity.reached and explosion.at_zero.attracts
        yield not explosion.at_zero.reached
        yield Symbolic(explosion.scale_density / (V**b * sp.exp(-b * V)), 1)
    for b in (0, R(-1, 2), -1, -3):
        yield not CovarianceSDE(shaping={2: b * x**3 / 6}).explosion.at_infinity.reached


def _pde():
    """The Fokker-Planck equation loses mass at infinity for SiLU and none for tanh."""
    from numerics.law import law

    yield Numeric(law(CovarianceSDE("tanh"), "V", V0=1, T=2).lost_above, 0, [{}], 9, True)
    lost = law(CovarianceSDE("silu"), "V", V0=1, T=2).lost_above
    yield Numeric(lost, R("0.195117621204"), [{}], digits=8)


def _networks(b=1, bias=0.02):
    """The share of networks of width 100 with V > 1e8 by layer 200, and P(T* <= 2)."""
    expected = float(cubic(b).explosion.time.cdf(2, V0=1))

    def exploded(sample):
        import numpy as np

        return np.where(np.isfinite(sample.values[:, 0, 0]), 0.0, 1.0)

    network = lambda: Network(x + b * x**3 / 6, 100, 200)  # noqa: E731
    return Statistical(
        drawn(network, exploded, V0=[[1.0]], limit=1e8), expected, 4000, bias=bias
    )  # fmt: skip


IFF = Claim(
    "ncsde.explosion-iff",
    r"$dV = b_*V(V-1)dt + \sqrt2 V dB$ reaches infinity in finite time with positive probability "
    r"iff $b_* > 0$, that is $\frac34\phi_2^2 + \phi_3 > 0$. The scale density is $v^b e^{-bv}$; "
    r"for $b > 0$ both ends attract, infinity is reached in finite time and 0 is not, so "
    r"explosion and $V \to 0$ both have positive probability.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; Feller 1952",
    _whether,
    (
        Mutation("the threshold is phi_2^2/2 + phi_3", lambda: _threshold(R(1, 2))),
        Mutation("explodes almost surely", lambda: _probability(1, 1, lambda: ball(1))),
        Mutation(
            "tanh explodes like SiLU",
            lambda: Symbolic(CovarianceSDE("tanh").norm.drift, R(3, 4) * V * (V - 1)),
        ),
    ),
)


# ---------------------------------------------------------------- with what probability

_PROBABILITIES = {
    (R(3, 16), 1): "0.1132169149095144",
    (R(1, 2), 1): "0.1987480430987992",
    (R(3, 4), R(1, 2)): "0.08839820036319872",
    (R(3, 4), 1): "0.2373735086493307",
    (R(3, 4), 2): "0.5233354681948329",
    (6 / sp.pi, 1): "0.3197171663383973",
    (2, 1): "0.3233235838169365",
    (5, 1): "0.3840393451669369",
}


def _incomplete(shape, at):
    """gamma(shape, at)/Gamma(shape)."""
    return ball(at).gamma_lower(ball(shape), regularized=1)


def _scale_ratio(b, start):
    """s(V0)/s(oo) by rigorous integration in v = w^q, b = p/q; the tail from 400 is bounded."""
    from flint import acb, arb

    p, q = int(sp.S(b).p), int(sp.S(b).q)

    def between(lower, upper):
        def density(w, _):
            return q * w ** (p + q - 1) * (-(p * w**q) / q).exp()

        ends = (acb(ball(end) ** (arb(1) / q)) for end in (lower, upper))
        return acb.integral(density, *ends).real

    far = 400
    tail = arb(0, 1) * (arb(far) ** p * 2 * (-arb(p * far) / q).exp())
    first = between(0, start)
    return first / (first + between(start, far) + tail)


def _probability(b, start, stated):
    return Balls(
        lambda: _scale_ratio(b, start), stated, 15, f"P(T* < oo) at b = {b}, V0 = {start}"
    )


def _how_probable():
    for (b, start), digits in _PROBABILITIES.items():
        value = lambda b=b, v=start: _incomplete(1 + b, b * v)  # noqa: E731
        yield Balls(value, lambda d=digits: printed(d), 14)
        derived = cubic(b).explosion.probability.subs(V0, start)
        yield Numeric(derived, R(digits), [{}], digits=14)
        if sp.S(b).is_Rational:
            yield _probability(b, start, value)
    yield Symbolic(cubic(R(3, 4)).explosion.probability,
                   sp.lowergamma(R(7, 4), 3 * V0 / 4) / sp.gamma(R(7, 4)))  # fmt: skip
    yield from _solution()
    yield _lost(R(3, 4), 1, "0.2373735086493307")
    yield _perpetuity(R(3, 4), R(7, 4))


def _solution():
    """V = E/(1/V0 - b A), E = e^{sqrt(2) B - (1+b) t}, dA = E dt, solves the SDE for every b."""
    b, e, a = sp.Symbol("b", real=True), sp.Symbol("e", positive=True), sp.Symbol("a", real=True)
    value = e / (1 / V0 - b * a)
    drift = (e * (1 - (1 + b)), e)  # of e and a; only e is noisy, de = … + sqrt(2) e dB
    noise = lambda i, j: 2 * e**2 if i == j == 0 else 0  # noqa: E731
    yield Symbolic(ito(value, (e, a), drift, noise), b * value * (value - 1))
    yield Symbolic(sp.sqrt(2) * e * value.diff(e), sp.sqrt(2) * value)
    moved = b * V * (V - 1) * (1 / V).diff(V) + V**2 * (1 / V).diff(V, 2)
    yield Symbolic(moved, -b + (b + 2) / V)


def _lost(b, start, digits, time=30):
    from numerics.law import law

    def lost(_):
        return law(cubic(b), "V", V0=start, T=time).lost_above

    return Numeric(lost, R(digits), [{}], digits=8)


def _perpetuity(b, shape, steps=400, horizon=20.0):
    """Dufresne: A_oo = 1/Gamma of shape 1 + b, by the trapezoidal rule on sampled paths."""
    from scipy import stats

    def sampler(generator, samples):
        import numpy as np

        # a geometric grid in time, fine where the integrand is large
        times = np.concatenate([[0.0], np.geomspace(1e-3, horizon, steps)])
        gaps = np.diff(times)
        path = np.cumsum(np.sqrt(2 * gaps) * generator.standard_normal((samples, steps)), axis=1)
        wave = np.exp(path - (1 + float(b)) * times[1:])
        wave = np.concatenate([np.ones((samples, 1)), wave], axis=1)
        return 1 / ((wave[:, 1:] + wave[:, :-1]) / 2 @ gaps)

    return Statistical(sampler, stats.gamma(float(shape)).cdf, 4000)


PROBABILITY = Claim(
    "ncsde.explosion-prob",
    r"$V_t = e^{\sqrt2 B_t - (1+b)t}/(1/V_0 - bA_t)$ with $A_t = \int_0^t e^{\sqrt2 B_s - (1+b)s}"
    r"ds$; explosion is the first time at which $A = 1/(bV_0)$. As $A_\infty = 1/\Gamma_{1+b}$ in "
    r"law, $P(T_* < \infty) = \gamma(1+b, bV_0)/\Gamma(1+b)$, which is also the ratio of scale "
    r"functions $\int_0^{V_0}v^be^{-bv}dv/\int_0^\infty v^be^{-bv}dv$.",
    "Dufresne 1990; derived here for the norm of Li, Nica & Roy 2022, arXiv:2206.02768",
    _how_probable,
    (
        Mutation(
            "P(b, b V0)", lambda: _probability(R(3, 4), 1, lambda: _incomplete(R(3, 4), R(3, 4)))
        ),
        Mutation(
            "P(1 + b, V0)", lambda: _probability(R(3, 4), 1, lambda: _incomplete(R(7, 4), 1))
        ),
        Mutation("probability 1", lambda: _probability(1, 1, lambda: ball(1))),
        Mutation("A_oo = 1/Gamma_b", lambda: _perpetuity(R(3, 4), R(3, 4))),
    ),
)

EXPLOSION = (IFF, PROBABILITY)
