r"""Claims on one layer of finite width for positively homogeneous activations, and its limit.

The moments are integrals over the angle of a Gaussian pair: u = r cos(s), v = r cos(s - theta),
E r^4 = 8, which is a different route from the orthant moments of the theory.

Source: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768, for ReLU (the sign of the Itô
term, and other slopes, are derived here).
"""

import math

import sympy as sp

from theory.finite_width import one_step
from theory.network import Network
from theory.symbols import q, rho, t
from theory.unshaped import unshaped_limit

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import drawn, ito

__all__ = ["LAYERS"]

R = sp.Rational
QUARTER = R(1, 4)
START = R(3, 10)  # a correlation
THETA = sp.Symbol("theta", positive=True)
ANGLE = {THETA: (R(1, 5), 3)}
M, K, ALPHA = sp.symbols("m k alpha", positive=True)


# ---------------------------------------------------------------- one layer of ReLU


def _relu_moments():
    """(E phi^2 phi^2, E phi^3 phi, E phi phi) for ReLU in theta, as stated."""
    sine, cosine = sp.sin(THETA), sp.cos(THETA)
    rest = sp.pi - THETA
    return (
        (3 * sine * cosine + rest * (1 + 2 * cosine**2)) / (2 * sp.pi),
        (sine * (2 + cosine**2) + 3 * rest * cosine) / (2 * sp.pi),
        (sine + rest * cosine) / (2 * sp.pi),
    )


def _by_angles():
    """The same as integrals of powers of cos(s), cos(s - theta) over where both are positive."""
    s = sp.Symbol("s", real=True)
    first, second = sp.cos(s), sp.cos(THETA) * sp.cos(s) + sp.sin(THETA) * sp.sin(s)
    return tuple(
        radius * sp.integrate(sp.expand(f), (s, THETA - sp.pi / 2, sp.pi / 2)) / (2 * sp.pi)
        for radius, f in (
            (8, first**2 * second**2),
            (8, first**3 * second),
            (2, first * second),
        )
    )


def delta_moments(c, k22, k31, m, shared=QUARTER):
    """(mu_1, sigma_1^2) from normalised moments, as stated; ``shared`` multiplies C cAB."""
    both, cross, own = k22 - 1, k31 - c, k22 - c**2
    mean = R(3, 4) * c * m + shared * c * both - cross
    return mean, own + c**2 * (m + both) / 2 - 2 * c * cross


def _in_angle(expr):
    expr = expr.replace(sp.asin, lambda a: sp.pi / 2 - sp.acos(a))
    expr = expr.subs(sp.acos(rho), THETA).subs(sp.sqrt(1 - rho**2), sp.sin(THETA))
    return expr.subs(rho, sp.cos(THETA))


def _stated_mean(shared=QUARTER, m=5):
    k22, k31, k11 = _relu_moments()
    return delta_moments(2 * k11, 4 * k22, 4 * k31, m, shared)[0]


_STEP = {
    "-0.5": "0.04325166421682798 0.06012250367475803 0.1089977810442294 "
    "0.2547143354261043 0.1572501539551192",
    "0": "0.25 0.3183098861837907 0.3183098861837907 0.238732414637843 0.54405467360948",
    "0.3": "0.4888638689553781 0.5859564589769072 0.4827442838354876 "
    "0.06451967966397534 0.6194962274718469",
    "0.9": "1.30923804059308 1.35112653231426 0.9095383988446721 "
    "-0.1207810633084492 0.0536815386700944",
}


def _one():
    step = one_step("relu")
    k22, k31, k11 = _relu_moments()
    for stated, integral in zip((k22, k31, k11), _by_angles(), strict=True):
        yield Symbolic(integral, stated, ANGLE)
    yield Symbolic(_in_angle(step.map), 2 * k11, ANGLE)
    yield _mean_of_relu(_stated_mean())
    mean, variance = delta_moments(2 * k11, 4 * k22, 4 * k31, 5)
    yield Symbolic(_in_angle(step.variance), variance, ANGLE)
    c = 2 * k11
    yield Symbolic(mean, R(9, 2) * c + c * k22 - 4 * k31, ANGLE)
    yield Symbolic(variance, k22 * (4 + 2 * c**2) + 3 * c**2 - 8 * c * k31, ANGLE)
    for place, numbers in _STEP.items():
        at = sp.acos(R(place))
        found = [part.subs(THETA, at) for part in (k22, k31, c)] + list(step.at(R(place))[1:])
        for value, digits in zip(found, numbers.split(), strict=True):
            yield Numeric(value, R(digits), [{}], digits=13)
    linear = one_step("linear")
    yield Symbolic(linear.map, rho)
    yield Symbolic(linear.mean, -rho * (1 - rho**2) / 2)
    yield Symbolic(linear.variance, (1 - rho**2) ** 2)
    yield from _sampled_layer()


def _mean_of_relu(stated):
    return Symbolic(_in_angle(one_step("relu").mean), stated, ANGLE)


def _sampled_layer(width=100, start=START):
    """n (E rho' - C) and n Var rho' of one layer, up to O(1/n)."""
    middle, mean, variance = (float(part) for part in one_step("relu").at(start))
    network = lambda: Network("relu", width, 1, shaping=False)  # noqa: E731
    shift = drawn(network, lambda s: width * (s.values - middle), rho0=float(start))
    yield Statistical(shift, mean, 200_000, bias=0.02)
    spread = drawn(network, lambda s: width * (s.values - middle) ** 2, rho0=float(start))
    yield Statistical(spread, variance, 50_000, bias=0.01)


ONE_STEP = Claim(
    "ncsde.one-step",
    r"$\phi$ of degree 1: $\rho' = C(\rho) + \mu_1/n + \sigma_1\xi/\sqrt n + \dots$ with $\mu_1 = "
    r"\frac34CM + \frac14C(K_{22}-1) - (K_{31}-C)$, $\sigma_1^2 = K_{22} - C^2 + \frac12C^2(M + "
    r"K_{22} - 1) - 2C(K_{31}-C)$, $K_{ij} = c^2E\phi(u)^i\phi(v)^j$, $M = c^2E\phi^4 - 1$. ReLU: "
    r"$C = (\sin\theta + (\pi-\theta)\cos\theta)/\pi$, $K_{22} = \frac2\pi(3\sin\theta\cos\theta "
    r"+ (\pi-\theta)(1+2\cos^2\theta))$, $K_{31} = \frac2\pi(\sin\theta(2+\cos^2\theta) + "
    r"3(\pi-\theta)\cos\theta)$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; moments derived here",
    _one,
    (
        Mutation("without C (K22 - 1)/4", lambda: _mean_of_relu(_stated_mean(shared=0))),
        Mutation("M = 2 for ReLU", lambda: _mean_of_relu(_stated_mean(m=2))),
    ),
)


# ---------------------------------------------------------------- many layers of fixed slopes


def _many():
    limit = unshaped_limit("relu")
    yield _drift_sign(1)
    yield Symbolic(limit.m, 2)
    yield Symbolic(limit.k, 2 * sp.sqrt(2) / (3 * sp.pi))
    yield Symbolic(limit.start, 9 * sp.pi**2 / 2)
    yield from _near_one()
    yield from _any_slopes()
    yield from _transformed()
    yield _collapse_of_chains(1)


def _near_one():
    """Series in the angle, e = 1 - cos theta, of the stated moments of ReLU."""
    k22, k31, k11 = _relu_moments()
    c = 2 * k11
    mean, variance = delta_moments(c, 4 * k22, 4 * k31, 5)
    cube = sp.series(1 - c - (1 - sp.cos(THETA)), THETA, 0, 4).removeO()
    # e^(3/2) = theta^3/2^(3/2) + …
    yield Symbolic(cube, -2 * sp.sqrt(2) / (3 * sp.pi) * THETA**3 / (2 * sp.sqrt(2)))
    yield Symbolic(sp.series(mean, THETA, 0, 3).removeO(), -2 * THETA**2 / 2)
    yield Symbolic(sp.series(variance, THETA, 0, 5).removeO(), 8 * THETA**4 / 4)


def _drift_sign(sign):
    """q = l^2 e, e' = e - k e^(3/2) - mu_1/n + …, one layer per dt = 1/n; mu_1 = -m e."""
    limit = unshaped_limit("relu")
    mean = sp.limit(_stated_mean() / (1 - sp.cos(THETA)), THETA, 0)  # mu_1/e
    moved = 2 * q / t - limit.k * q ** R(3, 2) / t - sign * mean * q
    return Symbolic(moved, limit.drift)


#: alpha: m, k, q_0.
_LEAKY = {
    R(1, 10): ("1.96078815802", "0.240678619171", "69.0533844276492"),
    R(-1, 2): ("1.36", "0.540189789694", "13.7077838904019"),
    R(-1): ("1", "0.600210877438", "11.1033049512255"),
}


def _any_slopes():
    squares = 1 + ALPHA**2
    m = 2 * (1 + ALPHA**4) / squares**2
    k = 2 * sp.sqrt(2) / (3 * sp.pi) * (1 - ALPHA) ** 2 / squares
    fourth = R(3, 2) * (1 + ALPHA**4) / (squares / 2) ** 2  # c^2 E phi^4 = M + 1
    yield Symbolic(fourth / 3, m)
    for alpha, digits in _LEAKY.items():
        limit = unshaped_limit(f"max(x, 0) + ({alpha})*min(x, 0)")
        yield Symbolic(limit.m, m.subs(ALPHA, alpha))
        yield Symbolic(limit.k, k.subs(ALPHA, alpha))
        for value, text in zip((limit.m, limit.k, limit.start), digits, strict=True):
            yield Numeric(value, R(text), [{}], digits=10)


def _transformed():
    """log q: the noise 2 sqrt(m) takes 2m away, so log(1 - rho) drifts by m - 2m = -m."""
    limit = unshaped_limit("relu")
    moved = ito(sp.log(q), (q,), (limit.drift,), lambda i, j: limit.diffusion**2)
    yield Symbolic(sp.limit(moved.subs(q, t**2 * K), t, sp.oo).subs(K, 0), limit.collapse)
    yield Symbolic(limit.diffusion**2, 8 * q**2)


def _collapse_of_chains(sign, width=100, paths=4000, bias=0.1):
    """E log q at t = 1 of chains begun at t = 1/2, and of the SDE with drift sign * 2q.

    Chains lie below the limit by about 7/n.
    """
    limit = unshaped_limit("relu")
    begin = float(limit.start)
    network = lambda: Network("relu", width, width // 2, shaping=False)  # noqa: E731
    chain = drawn(
        network, lambda s: _log(width**2 * (1 - s.values)), rho0=1 - begin / (width / 2) ** 2
    )

    def difference(generator, samples):
        return chain(generator, samples) - _log_q(generator, samples, float(limit.k), sign * 2.0)

    return Statistical(difference, 0, paths, bias=bias)


def _log(values):
    import numpy as np

    return np.log(values)


def _log_q(generator, samples, k, push, steps=400):
    """log q at t = 1 from q = 4/k^2 at t = 1/2: Euler in log q, whose noise is constant."""
    import numpy as np

    h = 0.5 / steps
    y = np.full(samples, math.log(4 / k**2))
    noise = 2 * math.sqrt(2.0)
    for step in range(steps):
        time = 0.5 + (step + 0.5) * h
        drift = (2 - k * np.exp(y / 2)) / time + push - noise**2 / 2
        y += drift * h + noise * math.sqrt(h) * generator.standard_normal(samples)
    return y


UNSHAPED = Claim(
    "ncsde.unshaped",
    r"ReLU unshaped, $\varepsilon = 1 - \rho$: $1 - C = \varepsilon - \frac{2\sqrt2}{3\pi}"
    r"\varepsilon^{3/2}$, $\mu_1 \to -2\varepsilon$, $\sigma_1^2 \to 8\varepsilon^2$. Hence $q_t "
    r"= l^2(1-\rho_l)$, $t = l/n$, obeys $dq = [2q(1 + \frac1t) - \frac{2\sqrt2}{3\pi}"
    r"\frac{q^{3/2}}{t}]dt + 2\sqrt2\,q\,dB$ from $q_{0+} = 9\pi^2/2$; the Itô term is $+2q$. "
    r"With a negative slope $\alpha$: $mq$ in its place and noise $2\sqrt m\,q$, $m = "
    r"\frac{2(1+\alpha^4)}{(1+\alpha^2)^2}$, $k = \frac{2\sqrt2}{3\pi}\frac{(1-\alpha)^2}"
    r"{1+\alpha^2}$, $q_{0+} = 4/k^2$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; sign and slopes derived here",
    _many,
    (
        Mutation("-2q instead of +2q", lambda: _drift_sign(-1)),
        Mutation("-2q instead of +2q, by chains", lambda: _collapse_of_chains(-1)),
    ),
    full=lambda: _collapse_of_chains(1, 400, 8000, bias=0.03),
)

LAYERS = (ONE_STEP, UNSHAPED)
