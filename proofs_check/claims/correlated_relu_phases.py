r"""Claims on ReLU with correlated weights: the phases, and norms against gradients.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; all formulas are derived here.
"""

import math

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between, Same
from .correlated_gradient import back_propagated, toolkit_growth
from .correlated_relu import relu
from .correlated_relu_fixed import settled
from .correlated_tools import pair, slope
from .enclosures import Balls, ball, printed
from .tangent_tools import relu_float

__all__ = ["CORRELATED_RELU_PHASES"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)


# ---------------------------------------------------------------- phases


def _iterated(kappa, weight, bias, layers, gap=0.5):
    """(q_l, 1 - c_l) from q = 1; in q' (1 - c') neither kappa nor the bias is left."""
    variance, path = 1.0, [(1.0, gap)]
    for _ in range(layers):
        after = bias + weight / 2 * (1 - kappa / math.pi) * variance
        gap = weight * variance / 2 * relu_float(gap)[0] / after
        variance = after
        path.append((variance, gap))
    return path


def _edge(weight=2):
    """chi_1 = 1 and q = V(q): sigma_w2 = 2 and sigma_b2 = kappa q/pi, so kappa > 0 is needed."""
    edge = relu().edge_of_chaos
    yield Symbolic(edge.sigma_w2, weight, {_K: (R(1, 10), 1)})
    network = sigma_b2 + sigma_w2 / 2 * (1 - _K / sp.pi) * q
    at = {sigma_w2: weight, sigma_b2: _K * q / sp.pi}
    yield Symbolic(network.subs(at), q, {_K: (R(1, 10), 1)})
    yield Symbolic(edge.sigma_b2, _K * q / sp.pi)


#: kappa, sigma_w2 with sigma_b2 = 1/10: phase of the toolkit, whether q stays finite.
_POINTS = (
    (R(1, 2), R(3, 2), "ordered", True),
    (-1, R(6, 5), "ordered", True),
    (R(1, 2), 2, "critical", True),
    (R(9, 10), R(23, 10), "chaotic", True),
    (1, R(5, 2), "chaotic", True),
    (R(1, 2), 3, "unbounded chaotic", False),
    (0, 3, "unbounded critical", False),
    (0, 2, "critical with growing variance", False),
    (-1, R(9, 5), "unbounded ordered, vanishing gradients", False),
    (-1, R(5, 2), "unbounded ordered", False),
)


def _points():
    """The toolkit's phase, fixed point and c* against 300 layers of the recursion."""
    from numerics.fixed_point import fixed_points

    for kappa, weight, name, finite in _POINTS:
        phase = relu(kappa).scale_free.phase_at(weight, R(1, 10))
        where = f"kappa = {kappa}, sigma_w2 = {weight}"
        yield Same(phase.name, name, where)
        found = fixed_points(relu(kappa), sigma_w2=float(weight), sigma_b2=0.1)
        yield Same(len(found), int(finite), f"{where}, finite fixed points")
        boundary = 2 * math.pi / (math.pi - float(kappa))
        ends = (weight, math.inf) if finite else (0, weight * 1.0000001)
        yield Between(boundary, *ends, f"{where}, boundary")
        path = _iterated(float(kappa), float(weight), 0.1, 300)
        if finite:
            yield Same(found[0].phase, name, f"{where}, fixed point")
            yield Numeric(path[-1][0], found[0].q, [{}], digits=9, note=f"{name}: q*")
        else:
            yield Between(path[-1][0], max(10, path[-2][0]), what=f"{where}, q of layer 300")
        if name in ("chaotic", "unbounded chaotic"):
            star = float(phase.c_star.subs(sigma_w2, weight).evalf(17))
            yield Numeric(1 - path[-1][1], star, [{}], digits=8, note=f"{name}: c*")
        if finite:
            ends = (-1, 0.99) if name == "chaotic" else (1 - 1e-12, 1 + 1e-12)
            yield Between(found[0].c_star, *ends, f"{where}, c*")


def _rates():
    """(1 - c') / (1 - c) far down: sigma_w2/2 if q is finite, pi/(pi - kappa) if it grows."""
    strip = math.pi / (math.pi + 1)
    rows = ((0.5, 1.5, 0.75), (-1.0, 1.2, 0.6), (-1.0, 1.8, strip), (-1.0, 2.5, strip))
    for kappa, weight, stated in rows:
        path = _iterated(kappa, weight, 0.1, 240)
        ratio = path[-1][1] / path[-2][1]
        yield Numeric(ratio, stated, [{}], digits=5, note=f"kappa = {kappa}, sigma_w2 = {weight}")
        phase = relu(sp.nsimplify(kappa)).scale_free.phase_at(sp.nsimplify(weight), R(1, 10))
        yield Numeric(phase.rate.subs(sigma_w2, weight), stated, [{}], digits=12, note="toolkit")


def _settled():
    """Bounded: c* of kappa_e, which knows sigma_w2 alone; unbounded: c* of kappa."""
    for kappa, weight in ((R(9, 10), R(23, 10)), (1, R(23, 10)), (1, R(5, 2))):
        effective = sp.N(sp.pi * (1 - 2 / sp.S(weight)), 40)
        star = float(settled(effective).mid())
        path = _iterated(float(kappa), float(weight), 0.1, 1500)
        note = f"kappa = {kappa}, sigma_w2 = {weight}"
        yield Numeric(1 - path[-1][1], star, [{}], digits=9, note=note)
    for kappa, weight in ((R(1, 2), 3), (R(1, 2), 4), (R(9, 10), 3)):
        path = _iterated(float(kappa), float(weight), 0.1, 400)
        note = f"kappa = {kappa}, sigma_w2 = {weight}"
        star = float(settled(kappa).mid())
        yield Numeric(1 - path[-1][1], star, [{}], digits=9, note=note)


def _powers():
    """1/sqrt(1 - c) gains a step per layer: on the line sigma_w2 = 2; at kappa = 0 above it."""
    step = math.sqrt(2) / (3 * math.pi)  # 1 - c ~ 9 pi^2/(2 l^2)
    rows = ((0.5, 2.0, step), (1.0, 2.0, step), (0.0, 2.0, 2 * step), (0.0, 2.05, step))
    for kappa, weight, stated in rows:
        path = _iterated(kappa, weight, 0.1, 20_000)
        rises = [1 / math.sqrt(path[layer][1]) for layer in (10_000, 20_000)]
        rise = (rises[1] - rises[0]) / 10_000
        note = f"kappa = {kappa}, sigma_w2 = {weight}"
        yield Numeric(rise, stated, [{}], digits=2, note=note)
    exact = 9 * sp.pi**2 / 2
    yield Symbolic(relu(1).correlation_rate.coefficient, exact)
    # q: finite for kappa > 0, in proportion to the depth for kappa = 0
    yield Numeric(_iterated(0.5, 2.0, 0.1, 300)[-1][0], sp.pi / 5, [{}], digits=12)
    yield Numeric(_iterated(0.0, 2.0, 0.1, 300)[-1][0], 31, [{}], digits=12)


_TWO = sp.Integer(2)


def _bounded_chaos(boundary=_TWO):
    """c -> 1 below ``boundary`` and c* < 1 above it, with biases."""
    for kappa in (0.5, 1.0):
        edge = float(boundary.subs(_K, kappa))
        for share in (0.97, 1.03):
            gap = _iterated(kappa, edge * share, 0.1, 3000)[-1][1]
            ends = (0, 1e-6) if share < 1 else (1e-6, 2)
            yield Between(gap, *ends, f"kappa = {kappa}, {share} of {edge:.6f}: 1 - c")


def _relu_phases():
    yield from _edge()
    yield from _points()
    yield from _rates()
    yield from _settled()
    yield from _powers()
    yield from _bounded_chaos()


_BOUNDARY = 2 * sp.pi / (sp.pi - _K)

RELU_PHASES = Claim(
    "corr.relu-phases",
    r"ReLU, $\sigma_b > 0$, $B = 2\pi/(\pi-\kappa)$. Ordered: $\sigma_w^2 < \min(2, B)$, rate "
    r"$\sigma_w^2/2$. Edge of chaos: $\sigma_w^2 = 2$, $\kappa > 0$, $q^* = "
    r"\pi\sigma_b^2/\kappa$, $1 - c_l \sim 9\pi^2/(2l^2)$. Bounded chaos: $2 < \sigma_w^2 < B$, "
    r"only for $\kappa > 0$. "
    r"Unbounded: $\sigma_w^2 \ge B$, with the map of $\sigma_b = 0$, $c^* < 1$ iff $\kappa > 0$; "
    r"for $\kappa < 0$ and $B < \sigma_w^2 < 2$ $q \to \infty$ although $\chi_1 < 1$, and $1 - c$ "
    r"shrinks by $\pi/(\pi-\kappa)$. $\kappa \le 0$: $c \to 1$ everywhere.",
    SOURCE,
    _relu_phases,
    (
        Mutation("edge of chaos at 2 pi/(pi - kappa) with biases", lambda: list(_edge(_BOUNDARY))),
        Mutation(
            "edge of chaos at 2 pi/(pi - kappa) with biases, 3000 layers",
            lambda: list(_bounded_chaos(_BOUNDARY)),
        ),
        Mutation(
            "rate sigma_w2/2 in the strip of kappa < 0",
            lambda: Numeric(
                relu(-1).scale_free.phase_at(R(9, 5), R(1, 10)).rate, R(9, 10), [{}], digits=9
            ),
        ),
    ),
)


# ---------------------------------------------------------------- norms against gradients

_GAIN = sp.pi / (sp.pi - _K)


def _factors(gradient=_GAIN):
    """Per layer without biases: (sigma_w2/2)(1 - kappa/pi) of norms, sigma_w2/2 of gradients."""
    mf, at = relu(), {sigma_b2: 0, q: 1}
    forward, backward = mf.variance_map.subs(at), mf.chi_1
    yield Symbolic(forward.subs(sigma_w2, _BOUNDARY), 1, {_K: (-2, 1)})
    yield Symbolic(backward.subs(sigma_w2, _BOUNDARY), gradient, {_K: (-2, 1)})
    yield Symbolic(forward.subs(sigma_w2, 2), 1 - _K / sp.pi)
    yield Symbolic(backward.subs(sigma_w2, 2), 1)
    found = mf.scale_free.tradeoff
    yield Symbolic(found.norm_preserving, _BOUNDARY, {_K: (-2, 1)})
    yield Symbolic(found.gradient_factor, gradient, {_K: (-2, 1)})
    yield Symbolic(found.gradient_preserving, 2)
    yield Symbolic(found.forward_factor, 1 - _K / sp.pi)
    # E phi'^2 by quadrature, as phi' is a step
    f = slope("relu")
    yield Numeric(pair(lambda u, v: f(u) ** 2, 1.0, 1.0, 0.0), R(1, 2), [{}], digits=12)


def _never_both():
    yield Certified(_GAIN > 1, {_K: (R(1, 1000), 1)})
    yield Certified(_GAIN < 1, {_K: (-10, R(-1, 1000))})
    yield Symbolic(_GAIN.subs(_K, 0), 1)


def _digits():
    value = sp.pi / (sp.pi - 1)
    yield Balls(lambda: ball(sp.N(value, 40)), lambda: printed("1.46694"), 5, "gradients")
    yield Balls(lambda: ball(sp.N(1 - 1 / sp.pi, 40)), lambda: printed("0.6817"), 4, "norms")


def _other_activations():
    """The same trade-off wherever E phi is not 0: E phi^2 - kappa (E phi)^2 against E phi'^2."""
    for text in ("leaky_relu", "abs(x)"):
        mf = MeanField(text, weight_correlation=_K)
        found = mf.scale_free.tradeoff
        kept = mf.variance_map.subs({sigma_b2: 0, q: 1, sigma_w2: found.norm_preserving})
        yield Symbolic(kept, 1, {_K: (-2, 1)})
        product = found.gradient_factor * found.forward_factor
        yield Symbolic(product, 1, {_K: (-2, 1)})


_NETWORK = (4, 96, 400)
_PRESERVING = 2 * math.pi / (math.pi - 1)


def _back(gradient=math.pi / (math.pi - 1), size=_NETWORK):
    """Back-propagated through ReLU networks at kappa = 1, sigma_w2 = 2 pi/(pi - 1) and 2."""
    yield back_propagated("relu", 1.0, (_PRESERVING, 0.0), gradient, 0, size)
    yield back_propagated("relu", 1.0, (2.0, 0.0), 1.0, 0, size)
    yield from toolkit_growth("relu", 1, (_PRESERVING, 0.0), gradient)
    yield from toolkit_growth("relu", 1, (2.0, 0.0), 1.0)


def _forth(size=(4, 32, 6000)):
    """Norms without biases: the factor of a layer of N neurons is 1 - 1/N times it, exactly."""
    narrow = 1 - 1 / size[1]
    yield back_propagated("relu", 1.0, (_PRESERVING, 0.0), narrow, 1, size, 0)
    shrunk = narrow * (1 - 1 / math.pi)
    yield back_propagated("relu", 1.0, (2.0, 0.0), shrunk, 1, size, 0)


def _tradeoff():
    yield from _factors()
    yield from _never_both()
    yield from _digits()
    yield from _other_activations()
    yield from _back()
    yield from _forth()


def _wide():
    yield from _back(size=(6, 500, 300))
    yield from _forth(size=(6, 64, 40_000))


RELU_TRADEOFF = Claim(
    "corr.relu-tradeoff",
    r"ReLU, $\sigma_b = 0$: norms are preserved at $\sigma_w^2 = 2\pi/(\pi-\kappa)$, where "
    r"squared gradients grow by $\pi/(\pi-\kappa)$ per layer (1.46694 at $\kappa = 1$), and "
    r"gradients at $\sigma_w^2 = 2$, where $q$ shrinks by $1 - \frac\kappa\pi$ (0.6817): both "
    r"only at $\kappa = 0$.",
    SOURCE,
    _tradeoff,
    (
        Mutation("2 pi/(pi - 1) preserves gradients", lambda: list(_factors(sp.S.One))),
        Mutation("2 pi/(pi - 1) preserves gradients, back-propagated", lambda: list(_back(1.0))),
    ),
    full=_wide,
)

CORRELATED_RELU_PHASES = (RELU_PHASES, RELU_TRADEOFF)
