r"""Claims on residual networks whose branches shrink, b_l = 1/l or 1/L, with ReLU, no biases.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654 (scaled residual networks); the
orders and the limiting equations are derived here.
"""

from functools import lru_cache

import sympy as sp

from theory.symbols import q, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import K

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .tangent_balance import remainders, simple_ansatz
from .tangent_tools import TENTH, float_path, log_slope, relu_float

__all__ = ["SHRINKING"]

R = sp.Rational
H = sigma_w2 / 2
ARC = (sp.sqrt(1 - rho**2) + rho * (sp.pi / 2 + sp.asin(rho))) / sp.pi
ARC_SLOPE = (sp.pi / 2 + sp.asin(rho)) / sp.pi
#: 1 - f(1 - u) = u - EDGE u^(3/2) + O(u^(5/2)).
EDGE = 2 * sp.sqrt(2) / (3 * sp.pi)


@lru_cache(maxsize=8)
def _ntk(architecture):
    return NTK("relu", architecture)


# ---------------------------------------------------------------- b = 1/l

#: K/K(x, x) at L = 100, 1e4, 1e6 from c = 1/10.
_SCALED = {
    8: ("0.3052686540089377", "0.28689883943600286", "0.27679157858081815"),
    2: ("0.28645778097663427", "0.2981474855305955", "0.296423064056107"),
}


def _scaled():
    law = _ntk("scaled-residual").depth_law["critical"]
    yield Symbolic(law.ratio, R(1, 4))
    yield Symbolic(law.log_coefficient, 0)
    yield law.corrections == ()
    yield Symbolic(law.coefficient, 9 * sp.pi**2 / 2)
    yield from _flow(sp.S.Zero)
    yield from _scaled_depths()
    yield _logarithm_of_the_flow(0)
    for time, stated in ((1e3, "1.562505"), (1e5, "1.587968")):
        value = (_ode(_TIMES)[time][1] / (1 + time) - 0.25) * time
        yield Numeric(value, R(stated), [{"T": time}], digits=5, note="(k/(1 + T) - 1/4) T")
    yield _fall() < 1.5


def _flow(logarithm):
    """du/dtau = -s u^(3/2): 1/4 and no logarithm."""
    ansatz = simple_ansatz(2, (2 / EDGE) ** 2, R(1, 4), logarithm)
    for remainder in remainders([(EDGE, R(3, 2))], ansatz, flow=True).values():
        yield Symbolic(remainder, 0)


@lru_cache(maxsize=8)
def _scaled_path(weight):
    h = weight / 2
    path = float_path(relu_float, (101, 10**4 + 1, 10**5 + 1), rate=lambda layer: h / (layer + h))
    return {layer - 1: k for layer, (k, _) in path.items()}


def _scaled_depths():
    import numpy as np

    from numerics.propagate import propagate

    for weight, table in _SCALED.items():
        rows = (100, 10**4, 10**5, 10**6)
        path = propagate(
            _ntk("scaled-residual"), weight, 0, depth=rows[-1], q0=1.0, c0=0.1, layers=rows
        )
        ratios = dict(zip(rows, path.ntk / path.ntk_diagonal, strict=True))
        h = weight / 2
        for depth, kernel in _scaled_path(weight).items():
            diagonal = 1 + float(np.sum(h / (np.arange(1, depth + 1) + h)))
            yield Numeric(ratios[depth], kernel / diagonal, [{"L": depth}], digits=11)
        for depth, text in zip((100, 10**4, 10**6), table, strict=True):
            yield Numeric(ratios[depth], R(text), [{"L": depth}], digits=10)


def _fall(weight=8):
    """(ratio - 1/4) at L = 1e4 over that at 1e5: 10 for the rate 1/L."""
    h, found = weight / 2, []
    for depth in (10**4, 10**5):
        diagonal = 1 + sum(h / (layer + h) for layer in range(1, depth + 1))
        found.append(_scaled_path(weight)[depth] / diagonal - 0.25)
    return found[0] / found[1]


_TIMES = (1.0, 1e3, 1e5, 1e6)


@lru_cache(maxsize=4)
def _ode(times):
    """{T: (c, k)} of c' = f(c) - c, k' = (f'(c) - 1) k + f(c) from c = k = 1/10."""
    import numpy as np
    from scipy.integrate import solve_ivp

    def field(_, state):
        u, k = state
        image, drop = relu_float(u)
        return [image - u, -drop * k + 1 - image]

    found = solve_ivp(
        field, (0.0, times[-1]), [0.9, 0.1], method="DOP853", t_eval=times, rtol=1e-12, atol=1e-14
    )
    return {t: (1 - u, k) for t, u, k in zip(times, *np.asarray(found.y), strict=True)}


def _logarithm_of_the_flow(stated):
    """The coefficient of log(T)/T in k/(1 + T) from T = 1e5 and 1e6."""
    path = _ode(_TIMES)
    values = {t: k / (1 + t) for t, (_, k) in path.items() if t > 1e4}
    note = "coefficient of log(T)/T on the flow"
    return Numeric(log_slope(values, 0.25), stated, [{}], digits=3, absolute=True, note=note)


SCALED = Claim(
    "ntk.resnet-scaled",
    r"Branch factor $1/\sqrt l$, ReLU: $h_l = \sigma_w^2/(2l)$, $\tau_L = \sum_{l \le L} "
    r"h_l/(1+h_l) \sim \frac{\sigma_w^2}{2}\log L$, $1 - c^L \sim 9\pi^2/(2\tau_L^2)$ and the "
    r"ratio is $\frac14 + A/\tau_L + o(1/\tau_L)$ with $A$ depending on $c^1$ and $\sigma_w$: no "
    r"term $\log\tau_L/\tau_L$, as $\sum r_l^2 < \infty$.",
    "Hayou, Doucet & Rousseau, arXiv:1905.13654, scaled residual networks; order derived here",
    _scaled,
    (
        Mutation(
            "a rate that is a power of L: 1/L",
            lambda: Numeric(lambda _: _fall(), 10, [{}], digits=3),
        ),
        Mutation("a term (3/8) log(tau)/tau, by balance", lambda: _flow(R(3, 8))),
        Mutation(
            "a term (3/8) log(tau)/tau, on the flow", lambda: _logarithm_of_the_flow(R(3, 8))
        ),
    ),
)


# ---------------------------------------------------------------- b = 1/L

_STABLE = {
    R(1): ("0.318049903557713", "0.424115397539225"),
    R(1, 2): ("0.220709780521949", "0.261769173825073"),
}


def _stable():
    maps = _ntk("stable-residual").depth_law["critical"].maps
    unbiased = {sigma_b2: 0}
    yield Symbolic(maps["variance"].subs(unbiased), H * q)
    yield Symbolic(maps["correlation"].subs(unbiased), H * (ARC - rho))
    # k = K/q_T, so that (K/q)' = K'/q - h K/q
    change = (maps["ntk"].subs(unbiased) - H * K) / q
    yield Symbolic(change, H * ((ARC_SLOPE - 1) * K / q + ARC))
    diagonal = _ntk("stable-residual").depth_law["critical"].diagonal
    yield Symbolic(diagonal, q * sp.exp(H) * (1 + H))
    for time in _STABLE:
        yield from _integrated(time)
        yield from _extrapolated(time)


def _integrated(time, start=TENTH, source=1):
    """The differential equations by Taylor series (mpmath) against the printed digits."""

    def solved(_):
        import mpmath

        def field(_, state):
            c, k = state
            angle = mpmath.pi - mpmath.acos(c)
            image = (mpmath.sqrt(1 - c * c) + c * angle) / mpmath.pi
            return [image - c, (angle / mpmath.pi - 1) * k + source * image]

        with mpmath.workdps(20):
            begin = [mpmath.mpf(1) / 10, mpmath.mpf(start.p) / start.q]
            return mpmath.odefun(field, 0, begin, tol=mpmath.mpf("1e-16"))(mpmath.mpf(float(time)))

    correlation, kernel = _STABLE[time]
    found = solved(None)
    yield Numeric(found[0], R(correlation), [{"T": time}], digits=13)
    yield Numeric(found[1], R(kernel), [{"T": time}], digits=13)


def _extrapolated(time):
    """Finite networks of 1e3, 2e3, 4e3 layers: two steps of Richardson, error O(1/L)."""
    from numerics.propagate import propagate

    def at(depth):
        path = propagate(
            _ntk("stable-residual"), float(2 * time), 0, depth=depth, q0=1.0, c0=0.1,
            layers=[depth],
        )  # fmt: skip
        return float(path.ntk[0] / path.q[0])

    one, two, four = (at(depth) for depth in (1000, 2000, 4000))
    first, second = 2 * two - one, 2 * four - two
    note = "two steps of Richardson"
    yield Numeric(
        (4 * second - first) / 3, R(_STABLE[time][1]), [{"T": time}], digits=9, note=note
    )
    yield Numeric((one - two) / (two - four), 2, [{"T": time}], digits=2, note="error O(1/L)")


STABLE = Claim(
    "ntk.resnet-stable",
    r"Branch factor $1/\sqrt L$, ReLU, $T = \sigma_w^2/2$: $\dot c = f(c) - c$, $\dot k = (f'(c) "
    r"- 1)k + f(c)$, $c(0) = k(0) = c^1$ give $K^L/q_T \to k(T)$, $q_T = e^Tq^1$, diagonal "
    r"$1 + T$, with error $O(1/L)$. $c^1 = 1/10$: $k(1) = 0.42411539\ldots$, $k(1/2) = "
    r"0.26176917\ldots$",
    "Hayou, Doucet & Rousseau, arXiv:1905.13654, stable scaling; limit derived here",
    _stable,
    (
        Mutation("k(0) = 0", lambda: _integrated(R(1), start=sp.S.Zero)),
        Mutation("without f(c) in the equation of k", lambda: _integrated(R(1), source=0)),
    ),
)

SHRINKING = (SCALED, STABLE)
