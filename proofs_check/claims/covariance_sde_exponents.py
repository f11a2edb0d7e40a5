r"""Claims on general shapings: the critical exponent, its drift, and both sides of it.

Every drift is found twice: by the procedure of the theory, and typed in from Isserlis' formula or
the moment generating function; integrals of one layer at a small epsilon agree with both.

Sources: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768, for ReLU; otherwise
derived here.
"""

from functools import cache

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.symbols import V0, V, rho, theta, x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import COVARIANCE, U, arccosines, gaussian_mean, nu

__all__ = ["EXPONENTS"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
CP, CM = sp.symbols("c_plus c_minus", real=True)
KAPPA = sp.Symbol("kappa", positive=True)
EPS = sp.Symbol("epsilon", positive=True)
HALF = R(1, 2)
SMALL = R(1, 1000)


# ---------------------------------------------------------------- any shaping


def _trigonometric(even):
    """E cos u cos v or sin u sin v for (u, v) ~ N(0, V), from E e^{i(u +- v)}."""
    plus, minus = (sp.exp(-(V11 + V22 + 2 * s * V12) / 2) for s in (1, -1))
    return (minus + plus) / 2 if even else (minus - plus) / 2


def _stated():
    """{h_k}: (k*, drift) as stated."""
    square = V11 * V22 + 2 * V12**2 - 3 * V12
    waves = V12 * (sp.exp(-V11 / 2) + sp.exp(-V22 / 2) - 2 * sp.exp(-HALF))
    even = sp.exp(-(V11 + V22) / 2) * sp.cosh(V12) - (1 + sp.exp(-2)) * V12 / 2
    fourth = 9 * V11**2 * V22**2 + 72 * V11 * V22 * V12**2 + 24 * V12**4 - 105 * V12
    return {
        ((1, x**2),): (2, square),
        ((1, x**3),): (1, 3 * V12 * (V11 + V22 - 2)),
        ((1, sp.sin(x)),): (1, waves),
        ((1, sp.cos(x)),): (2, even),
        ((3, x**4),): (6, fourth),
        ((4, x**5),): (4, 15 * V12 * (V11**2 + V22**2 - 2)),
    }


def _by_expectations(terms, order):
    """c sum_k eps^k K_k with K_k by Isserlis; polynomials only."""
    first, second = (y + sum(EPS**k * h.subs(x, y) for k, h in terms) for y in U)
    kernel = gaussian_mean(sp.expand(first * second))
    unit = kernel.subs({V11: 1, V12: 1, V22: 1})
    series = sp.series(1 / unit, EPS, 0, order + 1).removeO()
    product = sp.expand(series * kernel - V12)
    return [product.coeff(EPS, k) for k in range(1, order + 1)]


def _any():
    for terms, (order, drift) in _stated().items():
        sde = CovarianceSDE(shaping=dict(terms))
        yield Symbolic(sde.critical_exponent, R(1, order))
        yield Symbolic(sde.drift(2)[0, 1].rewrite(sp.exp), drift.rewrite(sp.exp))
        yield Symbolic(sde.diffusion(2)[1, 1], V11 * V22 + V12**2)
        if all(h.is_polynomial(x) for _, h in terms):
            *below, found = _by_expectations(terms, order)
            yield Symbolic(found, drift)
            yield [Symbolic(lower, 0) for lower in below]
    # sin: 2 E u sin v and Stein; cos: even, so only E cos u cos v is left
    yield Symbolic(V12 * sp.exp(-V22 / 2) + V12 * sp.exp(-V11 / 2) - 2 * sp.exp(-HALF) * V12,
                   _stated()[((1, sp.sin(x)),)][1])  # fmt: skip
    cosine = _trigonometric(True)
    cosine -= V12 * cosine.subs({V11: 1, V12: 1, V22: 1})
    yield Symbolic(cosine, _stated()[((1, sp.cos(x)),)][1].rewrite(sp.exp))
    for terms in (((1, sp.sin(x)),), ((1, sp.cos(x)),), ((1, x**2),)):
        order, drift = _stated()[terms]
        yield _one_layer(dict(terms)[1], order, drift)
    slopes = CovarianceSDE(shaping={1: CP * sp.Max(x, 0) + CM * sp.Min(x, 0)})
    yield Symbolic(slopes.critical_exponent, HALF)
    stated = nu((CP - CM) ** 2 / (2 * sp.pi)) * sp.sqrt(V11) * sp.sqrt(V22)
    yield Symbolic(arccosines(slopes.cross_drift), stated)
    # the noise pushes log V by -1: V can vanish if the drift is below V at 0, not if it is above
    for h, vanishes in ((x**3, True), (sp.sin(x), True), (sp.cos(x), False)):
        yield CovarianceSDE(shaping={1: h}).explosion.at_zero.attracts is vanishes
    scaled = CovarianceSDE("x + x**4")
    yield Symbolic(scaled.critical_exponent, R(1, 6))


def _one_layer(h, order, drift, size=SMALL):
    """(c E phi_s(u) phi_s(v) - V12)/eps^k* by tensor Gauss-Hermite quadrature."""
    place = {V11: R(13, 10), V12: R(2, 5), V22: R(7, 10)}

    def layer(_):
        import numpy as np

        z, w = np.polynomial.hermite_e.hermegauss(60)
        w = w / w.sum()
        f = sp.lambdify(x, x + size * h, "numpy")
        a, c, b = (float(place[v]) for v in (V11, V12, V22))
        u = np.sqrt(a) * z[:, None] + 0 * z
        v = c / np.sqrt(a) * z[:, None] + np.sqrt(b - c * c / a) * z
        mean = w @ (f(u) * f(v)) @ w
        return (mean / (w @ f(z) ** 2) - c) / float(size) ** order

    return Numeric(layer, drift.subs(place), [{}], digits=2)


GENERAL = Claim(
    "ncsde.general-shaping",
    r"$\phi_s = x + \sum_k \varepsilon^k h_k$, $\varepsilon = n^{-p}$: expand $c\,E\phi_s(u)"
    r"\phi_s(v) = V^{ab} + \varepsilon^{k_*}g(V) + \dots$; then $p_* = 1/k_*$ is critical, $g$ is "
    r"the drift and $\Sigma$ is unchanged. For instance $x^2$: $p_* = \frac12$, $V^{aa}V^{bb} + "
    r"2(V^{ab})^2 - 3V^{ab}$; $x^3$: $p_* = 1$, $3V^{ab}(V^{aa}+V^{bb}-2)$; $x + x^4$ scaled: "
    r"$p_* = \frac16$.",
    "derived here, after Li, Nica & Roy 2022, arXiv:2206.02768",
    _any,
    (
        Mutation(
            "1/2 is critical for x^3",
            lambda: Symbolic(CovarianceSDE(shaping={1: x**3}).critical_exponent, HALF),
        ),
        Mutation(
            "the normaliser does not matter",
            lambda: Symbolic(
                CovarianceSDE(shaping={1: x**2}, normalised=False).drift(2)[0, 1],
                _stated()[((1, x**2),)][1],
            ),
        ),
        Mutation(
            "for cos the products of x and h count: p* = 1",
            lambda: Symbolic(CovarianceSDE(shaping={1: sp.cos(x)}).critical_exponent, 1),
        ),
    ),
)


# ---------------------------------------------------------------- both sides of the exponent


def _critical():
    yield from _slopes_at_any_exponent()
    yield from _angle_flow()
    yield from _norm_flow()
    yield from _attractor(HALF)
    yield _map_attractor(HALF)


def _slopes_at_any_exponent():
    """n^{2p} times the drift of one layer tends to nu for slopes 1 + c n^{-p}."""
    up, down = 1 + CP * EPS, 1 + CM * EPS  # eps = n^{-p}
    share = (up - down) ** 2 / (up**2 + down**2) / sp.pi
    yield Symbolic(sp.limit(share / EPS**2, EPS, 0), (CP - CM) ** 2 / (2 * sp.pi))
    yield _exponent(HALF)
    regimes = CovarianceSDE("relu").regimes
    yield _far(1)
    yield Symbolic(arccosines(regimes.correlation_flow), nu(1 / (2 * sp.pi)))
    yield Symbolic(CovarianceSDE("relu", c_plus=1, c_minus=1).correlation.drift,
                   -rho * (1 - rho**2) / 2)  # fmt: skip


def _exponent(stated):
    return Symbolic(CovarianceSDE("relu").critical_exponent, stated)


def _far(stated):
    """Where the flow theta' = -kappa (1 - theta cot theta) of the fast clock ends up."""
    return Numeric(lambda _: sp.cos(_angle_at(10**4)), stated, [{}], digits=4)


@cache
def _angle_at(time, steps=4000):
    """theta after the ODE with kappa = 1/(2 pi) from rho = 0.3, Runge-Kutta in log(1 + t)."""
    import math

    def slope(s, angle):
        push = 1 - angle / math.tan(angle) if angle > 1e-3 else angle * angle / 3
        return -push / (2 * math.pi) * math.exp(s)

    angle, s = math.acos(0.3), 0.0
    h = math.log1p(time) / steps
    for _ in range(steps):
        a = slope(s, angle)
        b = slope(s + h / 2, angle + h / 2 * a)
        c = slope(s + h / 2, angle + h / 2 * b)
        d = slope(s + h, angle + h * c)
        angle, s = angle + h * (a + 2 * b + 2 * c + d) / 6, s + h
    return angle


def _angle_flow():
    """rho' = nu in the angle; 1 - theta cot theta = theta^2/3 + …, so theta ~ 3/(kappa t)."""
    velocity = nu(KAPPA).subs(rho, sp.cos(theta)).subs(sp.acos(sp.cos(theta)), theta)
    velocity = velocity.subs(sp.sqrt(1 - sp.cos(theta) ** 2), sp.sin(theta))
    push = KAPPA * (1 - theta * sp.cos(theta) / sp.sin(theta))
    yield Symbolic(velocity, sp.sin(theta) * push)
    yield Symbolic(sp.series(push, theta, 0, 4).removeO(), KAPPA * theta**2 / 3)
    yield Numeric(lambda _: _angle_at(1000) * 1000 / (2 * sp.pi), R("2.951"), [{}], digits=3)


def _norm_flow():
    """V' = b V (V - 1): the time of blow-up from V0 > 1, and the fixed point 1."""
    b = sp.Symbol("b", positive=True)
    regimes = CovarianceSDE("exp").regimes
    time = sp.Symbol("tau", positive=True)
    strength = R(7, 4)
    stated = -sp.log(1 - 1 / V0) / strength
    yield Symbolic(regimes.blow_up_time, stated, {V0: (R(3, 2), 4)})
    # 1/V is affine in e^{b t}: the solution, and when it is 0
    solution = 1 / (1 + (1 / V0 - 1) * sp.exp(b * time))
    yield Symbolic(solution.diff(time), b * solution * (solution - 1), {V0: (R(1, 5), 1)})
    zero = (1 + (1 / V0 - 1) * sp.exp(strength * time)).subs(time, stated)
    yield Symbolic(zero, 0, {V0: (R(3, 2), 4)})
    yield Symbolic(sp.limit(solution.subs(V0, R(9, 10)), time, sp.oo), 0)
    yield Symbolic(CovarianceSDE("tanh").regimes.norm_attractor, 1)


_BENT = "x + 2*x**2/5 - 4*x**3/5"


def _attractor(stated):
    regimes = CovarianceSDE(_BENT).regimes
    yield Symbolic(regimes.correlation_attractor, stated)
    share = R(4, 5) ** 2 / 4
    yield Symbolic(regimes.correlation_flow, share * (1 - rho) * (1 - 2 * rho))
    yield Symbolic(CovarianceSDE("tanh").regimes.correlation_flow, 0)


@cache
def _map_limit(scale, clock=80):
    """rho after clock * s^2 layers of infinite width for s phi(x/s), phi = x + .4x^2 - .8x^3."""
    e = sp.Rational(1, scale)
    first, second = (y + R(2, 5) * e * y**2 - R(4, 5) * e**2 * y**3 for y in U)
    kernel = gaussian_mean(first * second)
    gain = 1 / kernel.subs({V11: 1, V12: 1, V22: 1})
    step = sp.lambdify((V, V12), sp.N(gain * kernel.subs({V11: V, V22: V})), "math")
    norm, cross = 1.0, 0.1
    for _ in range(clock * scale**2):
        norm, cross = step(norm, norm), step(norm, cross)
    return cross / norm


def _map_attractor(stated):
    """Extrapolated from s = 20 and s = 40 with an error of order 1/s^2."""
    return Numeric(
        lambda _: (4 * _map_limit(40) - _map_limit(20)) / 3, stated, [{}], digits=3
    )  # fmt: skip


def _printed_maps():
    yield Numeric(lambda _: _map_limit(10), R("0.42690"), [{}], digits=4)
    yield Numeric(lambda _: _map_limit(20), R("0.47876"), [{}], digits=4)


CRITICAL = Claim(
    "ncsde.critical-exponent",
    r"Slopes $1 + c_\pm n^{-p}$: the drift of a layer is $n^{-2p}\nu(\rho)$, so $p = \frac12$ is "
    r"critical. Larger $p$: a linear network. Smaller $p$: $\rho' = \nu(\rho)$ on the clock "
    r"$l/n^{2p}$, $\theta \sim 3/(\kappa t)$ and $\rho \to 1$. For $s\phi(x/s)$, $p < \frac12$: "
    r"$V' = b_*V(V-1)$, with blow-up at $-\log(1 - 1/V_0)/b_*$ for $V_0 > 1$, $b_* > 0$; for $b_* "
    r"< 0$ $V \to 1$, $\rho' = \frac{\phi_2^2}{4a^2}(1-\rho)(1-2\rho)$, and $\rho \to \frac12$ if "
    r"$\phi_2 \ne 0$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768, for ReLU; derived here otherwise",
    lambda: [_critical, _printed_maps],
    (
        Mutation("critical p = 1", lambda: _exponent(1)),
        Mutation("two slopes, p < 1/2: rho -> 0", lambda: _far(0)),
        Mutation("smooth, p < 1/2, phi_2 != 0: rho -> 1", lambda: _map_attractor(1)),
        Mutation("smooth, p < 1/2: the zero of the flow is 1", lambda: _attractor(1)),
    ),
)

EXPONENTS = (GENERAL, CRITICAL)
