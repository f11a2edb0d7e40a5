r"""Claims on when the norm explodes, and on where it settles if it does not.

The Laplace transform is enclosed by Arb's 1F1; against it stand Yor's representation by a Beta and
a Gamma variable, the Fokker-Planck equation, and the inversion of the theory.

Sources: M. Yor, Adv. Appl. Probab. 24 (1992); D. Dufresne, Scand. Actuarial J. (1990); derived
here for the norm of M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768.
"""

from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.network import Network
from theory.symbols import V0, V, lambda_

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_explosion import cubic
from .covariance_sde_tools import Balls, ball, drawn, printed

__all__ = ["TIME"]

R = sp.Rational
B, BETA = sp.symbols("b beta", positive=True)

#: b, V0: E[T*; T* < oo]/P(T* < oo), L(1).
_TIMES = {
    (R(3, 16), 1): ("2.794867386549916", "0.01546905388538924"),
    (R(1, 2), 1): ("1.760806779990966", "0.05044308198584734"),
    (R(3, 4), R(1, 2)): ("1.806033890554251", "0.02056695154467658"),
    (R(3, 4), 1): ("1.392166564502947", "0.07642593932105849"),
    (R(3, 4), 2): ("0.9687082508919186", "0.2343310434972654"),
    (6 / sp.pi, 1): ("0.7443281961608108", "0.1640855791849521"),
    (2, 1): ("0.7199300945508171", "0.1691664674400247"),
    (5, 1): ("0.3599699222386925", "0.2723226121404441"),
}
#: P(T* <= t) at t = 1/4, 1/2, 1, 2, 4.
_DISTRIBUTIONS = {
    (R(3, 4), 1): "1.90578544444e-5 0.0116344011687 0.0985541167928 0.195117621204 0.2321672172",
    (2, 1): "0.0065636124368 0.116982955781 0.263560063205 0.317109838329 0.323226300549",
    (2, 2): "0.197758160239 0.569063448274 0.722969659369 0.758356358813 0.761843476608",
    (1, 1): "1.430932142683e-4 0.0265722927608 0.141831509279 0.234623021988 0.261753751641",
}


# ---------------------------------------------------------------- when


def _transform(b, start, lam=1, shift=0):
    """(b V0)^beta Gamma(alpha + 1)/Gamma(r + 1) 1F1(beta; r + 1; -b V0) for complex lambda."""
    from flint import acb

    b, start = acb(ball(b)), acb(ball(start))
    r = ((1 + b) ** 2 + 4 * acb(lam)).sqrt()
    alpha, beta = (r - 1 - b) / 2, (r + 1 + b) / 2
    series = (-b * start).hypgeom_1f1(beta + shift, r + 1)
    return (b * start) ** beta * (alpha + 1).gamma() / (r + 1).gamma() * series


def _mean(b, start):
    """-L'(0)/L(0), the derivative by Cauchy's integral over a circle inside the branch point."""
    from flint import acb, arb

    radius = arb(1) / 10

    def turn(angle, _):
        place = radius * (acb(0, 1) * angle).exp()
        return _transform(b, start, place) / place

    around = acb.integral(turn, 0, 2 * acb.pi()) / (2 * acb.pi())
    return (-around / _transform(b, start, 0)).real


def _when():
    yield from _equation(lambda_)
    for (b, start), (mean, at_one) in _TIMES.items():
        yield _at_one(b, start, at_one)
        yield Balls(lambda b=b, v=start: _mean(b, v), lambda d=mean: printed(d), 13, "mean")
        yield Numeric(lambda _, b=b, v=start: cubic(b).explosion.time.mean(V0=v), R(mean),
                      [{}], digits=12)  # fmt: skip
        derived = cubic(b).explosion.time.laplace.subs({V0: start, lambda_: 1})
        yield Numeric(derived, R(at_one), [{}], digits=12)
    yield Numeric(lambda _: _yor(R(3, 4), 1, 1), R("0.07642593932105849"), [{}], digits=12)
    for (b, start), row in _DISTRIBUTIONS.items():
        for k, digits in zip((-2, -1, 0, 1, 2), row.split(), strict=True):
            found = lambda _, b=b, v=start, k=k: cubic(b).explosion.time.cdf(R(2) ** k, V0=v)  # noqa: E731
            yield Numeric(found, R(digits), [{}], digits=9)
    yield _lost_by(2, 1, 1, "0.263560063205")
    yield _lost_by(1, 1, R(1, 2), "0.0265722927608")


def _equation(lam):
    """V^2 w'' + b V(V - 1) w' = lambda w term by term, and w(oo) = 1.

    With a_k = (beta)_k/((r + 1)_k k!) (-b)^k the coefficient of V^(beta + k) is
    a_k [(beta + k)(beta + k - 1) - b (beta + k) - lambda] + b a_{k-1} (beta + k - 1).
    """
    k = sp.Symbol("k", positive=True)
    r = sp.sqrt((1 + B) ** 2 + 4 * lambda_)
    alpha, beta = (r - 1 - B) / 2, (r + 1 + B) / 2
    ratio = -B * (beta + k - 1) / ((r + k) * k)
    inside = (beta + k) * (beta + k - 1) - B * (beta + k) - lam
    yield Symbolic(ratio * inside + B * (beta + k - 1), 0)
    yield Symbolic(beta * (beta - 1) - B * beta - lam, 0)
    # 1F1(beta; c; -z) ~ Gamma(c)/Gamma(c - beta) z^-beta with c = r + 1 = alpha + beta + 1
    yield Symbolic(r + 1 - beta, alpha + 1)


def _at_one(b, start, digits, shift=0):
    return Balls(
        lambda: _transform(b, start, shift=shift).real, lambda: printed(digits), 14, "L(1)"
    )


def _yor(b, start, lam):
    """P(Beta(1, alpha) b V0 > Gamma_beta), integrated by parts."""
    import mpmath

    with mpmath.workdps(25):
        b, z = mpmath.mpmathify(b), mpmath.mpmathify(b * start)
        r = mpmath.sqrt((1 + b) ** 2 + 4 * lam)
        alpha, beta = (r - 1 - b) / 2, (r + 1 + b) / 2

        def part(y):
            return (1 - y) ** alpha * (z * y) ** (beta - 1) * mpmath.exp(-z * y) * z

        return mpmath.quad(part, [0, 0.5, 1]) / mpmath.gamma(beta)


def _lost_by(b, start, time, digits):
    from numerics.law import law

    return Numeric(lambda _: law(cubic(b), "V", V0=start, T=time).lost_above, R(digits), [{}], 8)


def _networks(width, b=1, time=1):
    """The share of networks with V > 1e8 by depth n t: below P(T* <= t), by about 2/n."""
    expected = float(cubic(b).explosion.time.cdf(time, V0=1))

    def exploded(sample):
        import numpy as np

        return np.where(np.isfinite(sample.values[:, 0, 0]), 0.0, 1.0)

    network = lambda: Network("x + x**3/6", width, width * time)  # noqa: E731
    sampler = drawn(network, exploded, V0=[[1.0]], limit=1e8)
    return Statistical(sampler, expected, 20_000, bias=2 / width)


LAW = Claim(
    "ncsde.explosion-law",
    r"$E[e^{-\lambda T_*}; T_* < \infty] = (bV_0)^\beta \frac{\Gamma(\alpha+1)}"
    r"{\Gamma(\alpha+\beta+1)}\,{}_1F_1(\beta; \alpha+\beta+1; -bV_0)$ with $r = \sqrt{(1+b)^2 + "
    r"4\lambda}$, $\alpha = (r-1-b)/2$, $\beta = (r+1+b)/2$: the solution of $V^2w'' + bV(V-1)w' "
    r"= \lambda w$ with $w(0) = 0$, $w(\infty) = 1$. Means and distribution functions follow, "
    r"such as $E[T_* | T_* < \infty] = 0.7199300945508171$ and $P(T_* \le 1) = 0.263560063205$ at "
    r"$b = 2$, $V_0 = 1$.",
    "Yor 1992; Dufresne 1990; derived here",
    _when,
    (
        Mutation("1F1(beta + 1; …)", lambda: _at_one(2, 1, "0.1691664674400247", 1)),
        Mutation("the equation with 2 lambda", lambda: _equation(2 * lambda_)),
        Mutation("P(T* <= 1) at b = 2 is that of b = 1", lambda: _lost_by(2, 1, 1, "0.14183")),
        Mutation(
            "Yor's Gamma variable has parameter alpha",
            lambda: Numeric(lambda _: _yor(R(1, 4), 1, 1), R("0.0764259393210"), [{}], digits=9),
        ),
    ),
    full=lambda: [_networks(50, time=2), _networks(100), _networks(200)],
)


# ---------------------------------------------------------------- without explosion


def _settles():
    a = sp.Symbol("a", positive=True)
    law = CovarianceSDE("tanh", a=a).stationary
    shape, rate = (part.subs(a, sp.sqrt(2 / BETA)) for part in (law.shape, law.rate))
    yield Symbolic(shape, BETA - 1)
    yield Symbolic(rate, BETA)
    yield _no_flux(V ** (BETA - 2) * sp.exp(-BETA * V))
    eight = CovarianceSDE("tanh", a=R(1, 2)).stationary  # beta = 8
    yield Symbolic(eight.mean, 1 - R(1, 8))
    yield Symbolic(eight.variance, R(7, 64))
    yield from _vanishing()
    yield from _inverse_moment(1)
    at = _law(R(1, 2), 1, 6)
    yield Numeric(at.mean, R(7, 8), [{}], digits=8)
    yield Numeric(at.variance, R(7, 64), [{}], digits=8)
    for level in (R(1, 2), R(9, 8)):
        yield Numeric(at.cdf(float(level)), eight.cdf.subs(V, level), [{}], digits=8)
    yield _network_mean(0.875)


@cache
def _law(a, start, time):
    from numerics.law import law

    return law(CovarianceSDE("tanh", a=a), "V", V0=start, T=time)


def _no_flux(density):
    """Stationary: -beta V(V - 1) p = (V^2 p)'."""
    return Symbolic(((V**2 * density).diff(V) + BETA * V * (V - 1) * density) / density, 0)


def _vanishing():
    """beta = 2/a^2 <= 1: no stationary law, and P(V > 0.01) decreases to 0."""
    for a in (sp.sqrt(2), R(3, 2), 2):
        yield CovarianceSDE("tanh", a=a).stationary is None
    yield CovarianceSDE("tanh", a=R(141, 100)).stationary is not None
    yield CovarianceSDE("tanh", a=2).explosion.at_zero.attracts
    yield _stays(2, 120, 0)


def _stays(a, time, stated):
    """P(V_t > 1/100)."""
    return Numeric(lambda _: 1 - _law(a, 1, time).cdf(0.01), stated, [{}], 3, absolute=True)


def _inverse_moment(sign):
    """d E[1/V] = ((b + 2) E[1/V] - b) dt, so E[1/V_t] is affine in e^{(b+2)t}."""
    b, t = sp.Symbol("b", negative=True), sp.Symbol("t", positive=True)
    moved = b * V * (V - 1) * (1 / V).diff(V) + V**2 * (1 / V).diff(V, 2)
    level = sign * b / (b + 2)
    stated = level + (1 / V0 - level) * sp.exp((b + 2) * t)
    ranges = {b: (R(-19, 10), R(-1, 10))}
    yield Symbolic(stated.diff(t), moved.subs(V, 1 / stated), ranges)
    yield Symbolic(stated.subs(t, 0), 1 / V0, ranges)
    at = stated.subs({b: R(-8), V0: 1, t: R(1, 4)})
    yield Numeric(lambda _: _law(R(1, 2), 1, R(1, 4)).expect("1/V"), at, [{}], digits=7)


def _network_mean(stated, width=100, paths=1500):
    """Mean of V after 2n layers of shaped tanh, a = 1/2; the finite width leaves about 1/n."""
    network = lambda: Network("tanh", width, 2 * width, a=R(1, 2))  # noqa: E731
    sampler = drawn(network, lambda s: s.values[:, 0, 0], V0=[[1.0]])
    return Statistical(sampler, stated, paths, bias=1 / width)


SETTLES = Claim(
    "ncsde.no-explosion-stationary",
    r"$b_* = -\beta < -1$: $V_t$ tends in law to a Gamma variable of shape $\beta - 1$ and rate "
    r"$\beta$, mean $1 - 1/\beta$ and variance $(\beta-1)/\beta^2$. $0 \le \beta \le 1$: $V_t \to "
    r"0$, so that no explosion does not mean stability (tanh with $a \ge \sqrt2$ vanishes). For "
    r"$b \le 0$, $E[1/V_t] = \frac{b}{b+2} + (\frac1{V_0} - \frac{b}{b+2})e^{(b+2)t}$.",
    "derived here, for the norm of Li, Nica & Roy 2022, arXiv:2206.02768",
    _settles,
    (
        Mutation(
            "shape beta", lambda: _no_flux(V ** (BETA - 1) * sp.exp(-BETA * V))
        ),
        Mutation("the mean tends to 1, as at infinite width", lambda: _network_mean(1.0)),
        Mutation("tanh with a = 2 stays away from 0", lambda: _stays(2, 120, 1)),
        Mutation("E[1/V] tends to -b/(b + 2)", lambda: _inverse_moment(-1)),
    ),
    full=lambda: _network_mean(0.875, 200, 6000),
)  # fmt: skip

TIME = (LAW, SETTLES)
