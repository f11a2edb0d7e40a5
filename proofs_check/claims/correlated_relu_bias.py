r"""The claim on the map of correlations of ReLU with correlated weights and biases.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; all formulas are derived here.
"""

import math

import mpmath
import sympy as sp

from theory.symbols import q, rho, sigma_b2, sigma_w2

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .correlated_networks import layer_products
from .correlated_relu import relu, relu_factor
from .correlated_relu_fixed import gap_at
from .correlated_tools import float_arc
from .enclosures import Balls, ball, printed
from .guessing_relu import arc
from .tangent_tools import zero_between

__all__ = ["CORRELATED_RELU_BIAS"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)

#: sigma_w2: c*, lambda, kappa_e.
_BIASED = {
    R(21, 10): ("0.9748858060120254", "0.97493678292755", "0.14959965017094"),
    R(9, 4): ("0.8647976007916224", "0.93662251213237", "0.34906585039887"),
    R(5, 2): ("0.5754779705813766", "0.86897994195482", "0.62831853071796"),
    R(14, 5): ("0.1748880410470226", "0.77833888888453", "0.89759790102566"),
}
_EFFECTIVE = sp.pi * (1 - 2 / sigma_w2)


def _reduced(factor=sp.S.One):
    """At q = q*, where sigma_b2 = q (1 - (sigma_w2/2)(1 - kappa/pi))."""
    stated = 1 - sigma_w2 / 2 * factor * (1 - arc(rho))
    bias = q * (1 - sigma_w2 / 2 * (1 - _K / sp.pi))
    typed = (bias + sigma_w2 * q / 2 * (arc(rho) - _K / sp.pi)) / q
    yield Symbolic(typed, stated)
    yield Symbolic(relu().correlation_map.subs(sigma_b2, bias), stated)
    found = relu().scale_free.correlation_map_with_bias
    yield Symbolic(found.subs(sp.acos(rho), sp.pi / 2 - sp.asin(rho)), stated)
    yield Symbolic(stated.diff(rho).subs(rho, 1), sigma_w2 / 2)


def _matches():
    """kappa_e: its boundary is sigma_w2, its map without biases is this one; kappa_e < kappa."""
    above = {sigma_w2: (R(21, 10), R(29, 10))}
    yield Symbolic(2 * sp.pi / (sp.pi - _EFFECTIVE), sigma_w2, above)
    yield Symbolic(relu().scale_free.effective_weight_correlation, _EFFECTIVE, above)
    without = (arc(rho) - _EFFECTIVE / sp.pi) / (1 - _EFFECTIVE / sp.pi)
    yield Symbolic(without, 1 - sigma_w2 / 2 * (1 - arc(rho)), above)
    # kappa - kappa_e has the sign of the distance to the boundary
    distance = 2 * sp.pi / (sp.pi - _K) - sigma_w2
    yield Symbolic(_K - _EFFECTIVE, distance * (sp.pi - _K) / sigma_w2, {_K: (-2, 1)})


def _biased_table():
    from flint import arb

    from numerics.fixed_point import fixed_points

    for weight, (star, rate, effective) in _BIASED.items():
        what = f"sigma_w2 = {weight}"

        def own(weight=weight):
            """c* as the zero of c - C(c)."""
            slope = ball(weight) / 2

            def excess(c):
                kernel = ((1 - c * c).sqrt() + c * (arb.pi() - c.acos())) / arb.pi()
                return c - 1 + slope * (1 - kernel)

            return zero_between(excess, 0, "0.9999")

        def own_rate(weight=weight, own=own):
            return ball(weight) / 2 * (arb.pi() - own().acos()) / arb.pi()

        yield Balls(own, lambda d=star: printed(d), len(star) - 3, f"c*, {what}")
        yield Balls(own_rate, lambda d=rate: printed(d), len(rate) - 3, f"lambda, {what}")
        value = _EFFECTIVE.subs(sigma_w2, weight)
        yield Balls(
            lambda v=value: ball(sp.N(v, 40)),
            lambda d=effective: printed(d),
            13,
            f"kappa_e, {what}",
        )
        (point,) = fixed_points(relu(1), sigma_w2=float(weight), sigma_b2=0.1)
        yield Numeric(point.c_star, R(star), [{}], digits=11, note=what)
        yield Numeric(point.xi_c, -1 / math.log(float(rate)), [{}], digits=10, note=what)
        found = relu(1).scale_free.rate_with_bias.subs(sigma_w2, R(weight))
        yield Numeric(sp.N(found, 20), R(rate), [{}], digits=11, note=what)


def _same_paths(factor=lambda kappa: 1):
    """Six layers at q = q* for five pairs of kappa and sigma_b2; c only knows sigma_w2."""
    from numerics.propagate import propagate

    for kappa, bias in ((R(1, 2), 0.1), (R(3, 4), 0.4), (1, 0.1), (1, 2.0), (R(9, 20), 0.1)):
        star = bias / (1 - 1.15 * (1 - float(kappa) / math.pi))
        found = propagate(relu(kappa), 2.3, bias, depth=6, q0=star, c0=0.3)
        c = 0.3
        for _ in range(6):
            c = 1 - 1.15 * factor(float(kappa)) * (1 - float_arc(c))
        note = f"kappa = {kappa}, sigma_b2 = {bias}, layer 6"
        yield Numeric(float(found.c[6]), c, [{}], digits=11, note=note)


def _near_two():
    """(1 - c*) (sigma_w2/(sigma_w2 - 2))^2 -> 9 pi^2/8, by roots at two sigma_w2."""
    values = []
    for share in ("0.0001", "0.0002"):  # (sigma_w2 - 2)/sigma_w2
        kappa = mpmath.pi * mpmath.mpf(share)
        values.append(gap_at(kappa) / mpmath.mpf(share) ** 2)
    yield Numeric((4 * values[0] - values[1]) / 3, 9 * sp.pi**2 / 8, [{}], digits=9)


def _biased_layers(factor=lambda kappa: 1, width=24, samples=12_000):
    """E y_a y_b of one layer at q*, with the part that 24 neurons add."""
    weight, bias = 2.3, 0.3
    for kappa in (0.5, 1.0):
        star = bias / (1 - weight / 2 * (1 - kappa / math.pi))
        wide = star * (1 - weight / 2 * factor(kappa) * (1 - float_arc(0.3)))
        narrow = star * weight * (relu_factor(0.3, kappa, width) - relu_factor(0.3, kappa))
        stated = (wide + narrow - bias) / weight
        state = (star, star, 0.3)
        yield layer_products("relu", state, kappa, stated, width, samples, (weight, bias))


def _relu_bias():
    yield from _reduced()
    yield from _matches()
    yield from _biased_table()
    yield from _same_paths()
    yield from _near_two()
    yield from _biased_layers()


RELU_BIAS = Claim(
    "corr.relu-cmap-bias",
    r"ReLU, $\sigma_b > 0$, $\sigma_w^2 < 2\pi/(\pi-\kappa)$, $q = q^*$: $c' = 1 - "
    r"\frac{\sigma_w^2}2(1 - J(c))$; $\kappa$ and $\sigma_b$ drop out, as $\sigma_b^2/q^* = 1 - "
    r"\frac{\sigma_w^2}2(1-\frac\kappa\pi)$. Slope $\sigma_w^2/2$ at 1. It is the map without "
    r"biases of $\kappa_e = \pi(1 - 2/\sigma_w^2) < \kappa$; near 2, $1 - c^* \approx "
    r"\frac{9\pi^2}8(\frac{\sigma_w^2-2}{\sigma_w^2})^2$.",
    "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499",
    _relu_bias,
    (
        Mutation(
            "c' = 1 - (sigma_w2/2)(1 - kappa/pi)(1 - J)",
            lambda: list(_reduced(1 - _K / sp.pi)),
        ),
        Mutation(
            "c' = 1 - (sigma_w2/2)(1 - kappa/pi)(1 - J), six layers",
            lambda: list(_same_paths(lambda k: 1 - k / math.pi)),
        ),
        Mutation(
            "c' = 1 - (sigma_w2/2)(1 - kappa/pi)(1 - J), in layers",
            lambda: list(_biased_layers(lambda k: 1 - k / math.pi)),
        ),
    ),
    full=lambda: list(_biased_layers(samples=600_000)),
)  # fmt: skip

CORRELATED_RELU_BIAS = (RELU_BIAS,)
