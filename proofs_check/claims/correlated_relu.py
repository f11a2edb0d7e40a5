r"""Claims on ReLU with correlated weights: lengths, and correlations without biases.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; all formulas are derived here.
"""

import math

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between, Same
from .correlated_networks import layer_products
from .correlated_tools import float_arc, next_pair
from .enclosures import Balls, ball, printed
from .guessing_relu import arc
from .tangent_tools import relu_float

__all__ = ["CORRELATED_RELU", "relu", "relu_factor"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)
_BELOW_ONE = {_K: (-2, 1)}
_C = sp.Symbol("c", real=True)


def relu(kappa=_K):
    """The toolkit's side."""
    return MeanField("relu", weight_correlation=kappa)


def relu_factor(c, kappa, width=math.inf):
    """E y_a y_b/(sigma_w2 q) of a layer of ``width`` neurons, from the arc-cosine kernel."""
    both, apart = float_arc(c) / 2, 1 / (2 * math.pi)
    return both - kappa * (apart + (both - apart) / width)


# ---------------------------------------------------------------- lengths

#: kappa: 2 pi/(pi - kappa).
_BOUNDARIES = {
    R(1, 10): "2.065755024678914",
    R(1, 4): "2.172915088637838",
    R(1, 2): "2.378559502215851",
    R(3, 4): "2.6271971097371",
    R(9, 10): "2.803000490351088",
    1: "2.93388441384851972",
}


def _half_line(f):
    """E f(Z) over Z > 0."""
    z = sp.Symbol("z", positive=True)
    return sp.integrate(f(z) * sp.exp(-(z**2) / 2), (z, 0, sp.oo)) / sp.sqrt(2 * sp.pi)


def _variance():
    """From half-line integrals: E phi^2 = q/2, E phi = sqrt(q/(2 pi))."""
    second, first = _half_line(lambda z: z**2), _half_line(lambda z: z)
    stated = sigma_b2 + sigma_w2 / 2 * (1 - _K / sp.pi) * q
    yield Symbolic(sigma_b2 + sigma_w2 * q * (second - _K * first**2), stated)
    yield Symbolic(relu().variance_map, stated)
    yield Symbolic(relu().chi_q, stated.diff(q))


def _edge_of_growth(boundary):
    """V' = 1 there; q* solves V(q) = q; the toolkit's boundary; layers on either side of it."""
    limit = boundary(_K)
    yield Symbolic(relu().chi_q.subs(sigma_w2, limit), 1, _BELOW_ONE)
    yield Symbolic(relu().scale_free.boundary, limit, _BELOW_ONE)
    for kappa in (R(1, 2), 1, -1):
        for share in (0.99, 1.01):
            weight = share * float(boundary(kappa))
            factor = weight / 2 * (1 - float(kappa) / math.pi)
            lengths = [1.0]
            for _ in range(3000):
                lengths.append(0.1 + factor * lengths[-1])
            ends = (-1, 1e-9) if share < 1 else (1e-9, math.inf)
            what = f"last step of 3000 layers, kappa = {kappa}, {share} of the boundary"
            yield Between(lengths[-1] - lengths[-2], *ends, what)


def _fixed_length():
    from numerics.fixed_point import fixed_points

    star = sigma_b2 / (1 - sigma_w2 / 2 * (1 - _K / sp.pi))
    places = {sigma_w2: (R(1, 5), 1), _K: (-2, 1)}
    yield Symbolic(relu().variance_map.subs(q, star), star, places)
    yield Symbolic(relu().scale_free.fixed_point, star, places)
    for kappa, weight in ((R(1, 2), 2.3), (1, 2.9), (-1, 1.5)):
        (point,) = fixed_points(relu(kappa), sigma_w2=weight, sigma_b2=0.1)
        stated = 0.1 / (1 - weight / 2 * (1 - float(kappa) / math.pi))
        yield Numeric(point.q, stated, [{}], digits=11, note=f"q*, kappa = {kappa}")
    for kappa, weight in ((R(1, 2), 2.4), (1, 2.95), (-1, 1.6)):
        count = len(fixed_points(relu(kappa), sigma_w2=weight, sigma_b2=0.1))
        yield Same(count, 0, f"fixed points at kappa = {kappa}, sigma_w2 = {weight}")


def _printed_boundaries():
    for kappa, digits in _BOUNDARIES.items():
        yield Balls(
            lambda k=kappa: ball(sp.N(2 * sp.pi / (sp.pi - k), 40)),
            lambda d=digits: printed(d),
            len(digits) - 2,
            f"kappa = {kappa}",
        )


def _norms_in_layers(samples=4000, width=16):
    for kappa in (0.5, 1.0):
        stated = 1.3 * relu_factor(1.0, kappa, width)
        yield layer_products("relu", (1.3, 1.3, 1.0), kappa, stated, width, samples)


def _relu_length():
    yield from _variance()
    yield from _edge_of_growth(lambda kappa: 2 * sp.pi / (sp.pi - kappa))
    yield from _fixed_length()
    yield from _printed_boundaries()
    yield from _norms_in_layers()


RELU_LENGTH = Claim(
    "corr.relu-length",
    r"ReLU: $V(q) = \sigma_b^2 + \frac{\sigma_w^2}2(1 - \frac\kappa\pi)q$, bounded iff "
    r"$\sigma_w^2 < 2\pi/(\pi-\kappa)$ (2.93388441384851972 at $\kappa = 1$), and then $q^* = "
    r"\sigma_b^2/(1 - \frac{\sigma_w^2}2(1 - \frac\kappa\pi))$.",
    SOURCE,
    _relu_length,
    (
        Mutation(
            "bounded below 2 pi/(pi - 2 kappa)",
            lambda: list(_edge_of_growth(lambda kappa: 2 * sp.pi / (sp.pi - 2 * kappa))),
        ),
        Mutation(
            "norms kept at 2 pi/(pi - 2 kappa), in layers",
            lambda: layer_products(
                "relu", (1.3, 1.3, 1.0), 1.0, 1.3 * (0.5 - 1 / math.pi), 64, 4000
            ),
        ),
    ),
    full=lambda: list(_norms_in_layers(400_000)),
)  # fmt: skip


# ---------------------------------------------------------------- correlations without biases


def _stated(c=_C):
    return (arc(c) - _K / sp.pi) / (1 - _K / sp.pi)


def _kernel():
    """E relu(u) relu(v) in polar coordinates: the radius gives 2, the angle an integral."""
    theta, t, r = sp.symbols("theta t r", positive=True)
    angle = sp.integrate(
        sp.expand_trig(sp.cos(t) * sp.cos(t - theta)), (t, theta - sp.pi / 2, sp.pi / 2)
    )
    radius = sp.integrate(r**3 * sp.exp(-(r**2) / 2), (r, 0, sp.oo))
    found = sp.simplify(radius * angle / (2 * sp.pi))
    cosine = (sp.sin(theta) + (sp.pi - theta) * sp.cos(theta)) / (2 * sp.pi)
    yield Symbolic(found, cosine, {theta: (R(1, 10), 3)})
    inside = {_C: (R(-9, 10), R(9, 10))}
    yield Symbolic(arc(_C).diff(_C), (sp.pi / 2 + sp.asin(_C)) / sp.pi, inside)
    yield Symbolic(arc(sp.S.Zero), 1 / sp.pi)


def _map():
    """The toolkit's covariance over its variance at sigma_b = 0; q and sigma_w2 cancel."""
    mf = relu()
    image = q * mf.correlation_map.subs(sigma_b2, 0) / mf.variance_map.subs(sigma_b2, 0)
    yield Symbolic(sp.cancel(image), _stated(rho))
    found = mf.scale_free.correlation_map.subs(sp.acos(rho), sp.pi / 2 - sp.asin(rho))
    yield Symbolic(found, _stated(rho))
    for kappa in (1.0, 0.5, -1.0):
        for c in (-0.7, 0.2, 0.95):
            polar = next_pair("relu", (0.8, 2.1, c), kappa, 1.7, 0.0)[2]
            closed = (float_arc(c) - kappa / math.pi) / (1 - kappa / math.pi)
            yield Numeric(polar, closed, [{}], digits=12, note=f"kappa = {kappa}, c = {c}")


def _slope(stated):
    yield Symbolic(_stated().diff(_C).subs(_C, 1), stated, _BELOW_ONE)
    yield Symbolic(relu().scale_free.slope_at_one, stated, _BELOW_ONE)
    yield Certified(stated > 1, {_K: (R(1, 100), 1)})
    yield Certified(stated < 1, {_K: (-5, R(-1, 100))})
    yield Symbolic(stated.subs(_K, 0), 1)
    for kappa in (0.5, 1.0, -1.0):
        gaps = _gaps(kappa, 1e-14, 3)
        value = float(stated.subs(_K, kappa))
        yield Numeric(gaps[3] / gaps[2], value, [{}], digits=6, note=f"kappa = {kappa}")


def _gaps(kappa, gap, layers):
    """1 - c of some layers: u' = (1 - J(1 - u))/(1 - kappa/pi)."""
    found = [gap]
    for _ in range(layers):
        found.append(relu_float(found[-1])[0] / (1 - kappa / math.pi))
    return found


def _long():
    """From 1 - c = 1e-9: away from 1 for kappa > 0, exponentially to 1 for kappa < 0."""
    for kappa in (0.25, 0.5, 1.0):
        far = _gaps(kappa, 1e-9, 2000)[-1]
        yield Between(far, 0.05, what=f"kappa = {kappa}, 1 - c of layer 2000 from 1e-9")
    for kappa in (-0.25, -1.0, -5.0):
        gaps = _gaps(kappa, 0.9, 200)
        rate = math.pi / (math.pi - kappa)
        yield Numeric(gaps[200] / gaps[199], rate, [{}], digits=4, note=f"kappa = {kappa}")
    # kappa = 0: a power of the depth, u ~ 9 pi^2/(2 l^2)
    gaps = _gaps(0.0, 0.9, 40_000)
    roots = [1 / math.sqrt(gaps[layer]) for layer in (20_000, 40_000)]
    steep = (roots[1] - roots[0]) / 20_000
    yield Numeric(steep, math.sqrt(2) / (3 * math.pi), [{}], digits=4, note="kappa = 0")


def _printed_path():
    """kappa = 1/2 from c_0 = 0.9: the toolkit, the closed map, printed digits."""
    from numerics.propagate import propagate

    printed_path = ("0.892", "0.885", "0.877", "0.869", "0.861", "0.854")
    boundary = 2 * math.pi / (math.pi - 0.5)
    found = propagate(relu(R(1, 2)), boundary, 0, depth=6, q0=1.0, c0=0.9)
    c = 0.9
    for layer, digits in enumerate(printed_path, 1):
        c = (float_arc(c) - 0.5 / math.pi) / (1 - 0.5 / math.pi)
        yield Numeric(float(found.c[layer]), c, [{}], digits=12, note=f"layer {layer}")
        value = float(digits)
        yield Between(c, value - 5.1e-4, value + 5.1e-4, f"layer {layer}, printed")
        yield Numeric(float(found.q[layer]), 1, [{}], digits=12, note=f"q of layer {layer}")


def _pairs_in_layers(samples=4000, width=16):
    for kappa in (0.5, 1.0):
        for c in (0.3, 0.9):
            stated = 1.3 * relu_factor(c, kappa, width)
            yield layer_products("relu", (1.3, 1.3, c), kappa, stated, width, samples, (2.0, 0.0))


_SLOPE = sp.pi / (sp.pi - _K)


def _relu_cmap():
    yield from _kernel()
    yield from _map()
    yield from _slope(_SLOPE)
    yield from _long()
    yield from _printed_path()
    yield from _pairs_in_layers()


RELU_CMAP = Claim(
    "corr.relu-cmap-b0",
    r"ReLU, $\sigma_b = 0$: $c' = (J(c) - \frac\kappa\pi)/(1 - \frac\kappa\pi)$ with $J(c) = "
    r"\frac1\pi(\sqrt{1-c^2} + c(\pi - \arccos c))$, at every $\sigma_w$. Its slope at 1 is "
    r"$\pi/(\pi-\kappa)$: chaotic for every $\kappa > 0$, marginal at $\kappa = 0$, ordered with "
    r"an exponential rate for $\kappa < 0$.",
    SOURCE,
    _relu_cmap,
    (
        Mutation("slope (pi - kappa)/pi at c = 1", lambda: list(_slope(1 / _SLOPE))),
    ),
    full=lambda: list(_pairs_in_layers(400_000)),
)  # fmt: skip

CORRELATED_RELU = (RELU_LENGTH, RELU_CMAP)
