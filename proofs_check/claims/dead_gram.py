r"""The claim on units that are off on several inputs, by the Gram matrix of the pre-activations.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; the orthant of two variables is W. F.
Sheppard's (1899), derived here by R. L. Plackett's derivative; networks are drawn.
"""

import math

import mpmath
import sympy as sp

from theory.dead_units import DeadUnits
from theory.gaussian import E2
from theory.symbols import c, rho, x

from ..checks import Certified, CertifiedValue, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_networks import weights
from .correlated_tools import float_arc, pair
from .dead_tools import all_off

__all__ = ["DEAD_GRAM"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_OPEN = {c: (R(-9, 10), R(9, 10))}
_CORRELATIONS = (R(-9, 10), R(-1, 3), R(1, 7), R(4, 5))


def stated_share(correlation):
    """1/4 + arcsin(c)/(2 pi)."""
    return R(1, 4) + sp.asin(correlation) / (2 * sp.pi)


def _double(correlation):
    """The mutation 1/4 + arcsin(c)/pi."""
    return R(1, 4) + sp.asin(correlation) / sp.pi


def _half(n, correlation):
    """The mutation 2^-n at every correlation."""
    return R(1, 2) ** n


# ---------------------------------------------------------------- two inputs


def _by_derivative(stated=stated_share):
    """The density f of two normals has df/dc = d^2f/du dv (Plackett).

    So d/dc P(u <= 0, v <= 0) = f(0, 0), with P = 1/4 at c = 0 and 1/2 at c = 1.
    """
    u, v = sp.symbols("u v", real=True)
    form = (u**2 - 2 * c * u * v + v**2) / (2 * (1 - c**2))
    density = sp.exp(-form) / (2 * sp.pi * sp.sqrt(1 - c**2))
    ratio = sp.cancel(sp.together(sp.simplify(density.diff(c) / density)))
    mixed = sp.cancel(sp.together(form.diff(u) * form.diff(v) - form.diff(u, v)))
    yield Symbolic(sp.cancel(ratio - mixed), 0, _OPEN)
    share = stated(c)
    yield Symbolic(share.diff(c), density.subs({u: 0, v: 0}), _OPEN)
    yield Symbolic(share.subs(c, 0), R(1, 4))
    yield Symbolic(share.subs(c, 1), R(1, 2))
    yield Symbolic(share.subs(c, -1), 0)


def _by_angle(stated=stated_share):
    """A half-plane among the directions: (pi - arccos c)/(2 pi)."""
    share = (sp.pi - sp.acos(c)) / (2 * sp.pi)
    yield Symbolic(share.diff(c), stated(c).diff(c), _OPEN)
    yield Symbolic(share.subs(c, R(1, 2)), stated(R(1, 2)))


def _toolkit(stated=stated_share):
    yield Symbolic(DeadUnits("relu").two_inputs, stated(rho))
    yield Symbolic(DeadUnits("relu", weight_correlation=_K).two_inputs, stated(rho))
    for value in _CORRELATIONS:
        found = DeadUnits("relu").inputs(sp.Matrix([[2, 3 * value], [3 * value, R(9, 2)]]))
        yield Symbolic(found, stated(value))


def _integrals(stated=stated_share):
    """Enclosed integrals of two steps, and polar coordinates."""
    step = sp.Heaviside(-x)
    for value in _CORRELATIONS:
        off = E2(step, step, 1, 1, value)
        yield CertifiedValue(off, stated(value), digits=15)
        polar = pair(lambda u, v: (u < 0) & (v < 0), 0.7, 1.9, float(value))
        yield Numeric(polar, stated(value), [{}], digits=12, note=f"c = {value}")


def _inputs(value):
    """Two inputs of mean 0 and correlation ``value``, which kappa does not notice."""
    first, other = (1.0, -1.0, 0.0, 0.0), (0.0, 0.0, 1.0, -1.0)
    root = math.sqrt(1 - value**2)
    return [first, [value * a + root * b for a, b in zip(first, other, strict=True)]]


def _drawn(stated=stated_share, samples=200_000):
    for value, kappa in ((0.8, 0.0), (-0.6, 0.0), (0.8, 1.0), (0.3, 0.5)):
        expected = stated(sp.nsimplify(value))
        yield all_off(_inputs(value), kappa, expected, samples)
    # kappa acts through the means of the inputs: (a.b/N - kappa mean mean') over the deviations
    a, b = (2.0, 1.0, 0.5, 1.5), (1.0, 2.0, 3.0, 0.0)
    for kappa in (0.0, 0.5, 1.0):
        yield all_off([a, b], kappa, stated(sp.Float(_cosine(a, b, kappa))), samples)


def _cosine(a, b, kappa):
    def form(a, b):
        product = sum(s * t for s, t in zip(a, b, strict=True)) / len(a)
        return product - kappa * sum(a) * sum(b) / len(a) ** 2

    return form(a, b) / math.sqrt(form(a, a) * form(b, b))


# ---------------------------------------------------------------- n inputs


def _conditional(n, correlation):
    """y_i = sqrt(1 - c) z_i + sqrt(c) z: off on all n given z with Phi(-z sqrt(c/(1 - c)))^n."""
    with mpmath.workdps(25):
        tilt = mpmath.sqrt(mpmath.mpf(correlation.p) / (correlation.q - correlation.p))
        return mpmath.quad(
            lambda z: mpmath.npdf(z) * mpmath.ncdf(tilt * z) ** n, [-12, -6, -2, 0, 2, 6, 12]
        )


def _known(n, correlation):
    """2^-n at c = 0; at c = 1/2 the integral of Phi^n dPhi, 1/(n + 1)."""
    return R(1, 2) ** n if correlation == 0 else R(1, n + 1)


def _many(stated=_known):
    for n in (1, 2, 3, 5, 8):
        for value in (sp.S.Zero, R(1, 2)):
            yield Symbolic(DeadUnits("relu").inputs(n, value), stated(n, value))
            note = f"n = {n}, c = {value}"
            yield Numeric(_conditional(n, value), stated(n, value), [{}], digits=15, note=note)


def _three():
    """n = 3: inclusion and exclusion leaves 1/8 + (arcsin a + arcsin b + arcsin c)/(4 pi)."""
    value = R(1, 5)
    stated = R(1, 8) + 3 * sp.asin(value) / (4 * sp.pi)
    yield Symbolic(DeadUnits("relu").inputs(3, value), stated)
    yield Numeric(_conditional(3, value), stated, [{}], digits=15)
    yield Symbolic(DeadUnits("relu").inputs(7, 1), R(1, 2))
    yield Certified(DeadUnits("relu").two_inputs.diff(rho) > 0, {rho: (R(-9, 10), R(9, 10))})


def _orthogonal(n):
    """n orthogonal inputs with entries that add up to 0 (Hadamard), so at every kappa."""
    import numpy as np

    plus = np.array([[1, 1], [1, -1]])
    return np.kron(np.kron(plus, plus), plus)[1 : n + 1]


def _drawn_many(share=lambda n: R(1, 2) ** n, samples=100_000):
    for n, kappa in ((2, 0.0), (3, 1.0), (5, 0.5), (7, 1.0)):
        yield all_off(_orthogonal(n), kappa, share(n), samples)


# ---------------------------------------------------------------- depth


def deep_off(generator, count, kappa, width, depth, start):
    """The share of units of layer ``depth`` + 1 that are off on both of two inputs."""
    import numpy as np

    found = np.empty(count)
    for number in range(count):
        basis = np.linalg.qr(generator.standard_normal((width, 2)))[0] * math.sqrt(width)
        first, other = basis.T
        y = np.stack([first, start * first + math.sqrt(1 - start**2) * other], axis=1)
        for _ in range(depth):
            y = weights(generator, kappa, (width, width)) @ np.maximum(y, 0.0)
            y /= math.sqrt((y**2).mean())
        found[number] = (y <= 0).all(axis=1).mean()
    return found


def _deep(stated=None, depth=6, width=200, networks=100):
    """From c = 1/4 at kappa = 0, 1/2 and 1 by the map c' = (J(c) - kappa/pi)/(1 - kappa/pi)."""
    for kappa in (0.0, 0.5, 1.0):
        value = 0.25
        for _ in range(depth):
            value = (float_arc(value) - kappa / math.pi) / (1 - kappa / math.pi)
        share = 0.25 + math.asin(value) / (2 * math.pi) if stated is None else stated

        def sampler(generator, count, kappa=kappa):
            return deep_off(generator, count, kappa, width, depth, 0.25)

        yield Statistical(sampler, share, networks, bias=depth / width / 4)


def _limits():
    """As depth grows: 1/2 at kappa = 0, 1/4 at kappa = 1, between them at c*(1/2)."""
    for kappa, star, error in (
        (0.0, 1.0, 1e-3),
        (0.5, 0.7266299342356772, 1e-12),
        (1.0, 0, 1e-12),
    ):
        value = 0.25
        for _ in range(2000):
            value = (float_arc(value) - kappa / math.pi) / (1 - kappa / math.pi)
        share, limit = (0.25 + math.asin(v) / (2 * math.pi) for v in (value, star))
        yield Between(share, limit - error, limit + error, f"kappa = {kappa}, layer 2000")
    probability, equation = DeadUnits("relu", weight_correlation=1).deep
    yield Symbolic(equation.lhs.subs(c, 0), 0)
    yield Symbolic(probability, stated_share(c))


def _gram():
    yield from _by_derivative()
    yield from _by_angle()
    yield from _toolkit()
    yield from _integrals()
    yield from _drawn()
    yield from _many()
    yield from _three()
    yield from _drawn_many()
    yield from _deep()
    yield from _limits()


GRAM = Claim(
    "dead.gram",
    r"ReLU, Gaussian pre-activations of mean 0: a unit is off on both of two inputs with "
    r"probability $\frac14 + \frac1{2\pi}\arcsin c$, $c$ their correlation; on $n$ orthogonal "
    r"inputs with probability $2^{-n}$; $\to \frac12$ as $c \to 1$. In deep networks without "
    r"biases it is $\frac12$ at $\kappa = 0$, where $c^* = 1$, and $\frac14$ at $\kappa = 1$, "
    r"where $c^* = 0$.",
    "Sheppard 1899; for correlated rows derived here, with the weights of Singh & Sreejith 2021, "
    "arXiv:2103.12499",
    _gram,
    (
        Mutation("1/4 + arcsin(c)/pi, by derivative", lambda: list(_by_derivative(_double))),
        Mutation("1/4 + arcsin(c)/pi, by angle", lambda: list(_by_angle(_double))),
        Mutation("1/4 + arcsin(c)/pi, the toolkit", lambda: list(_toolkit(_double))),
        Mutation("1/4 + arcsin(c)/pi, integrals", lambda: list(_integrals(_double))),
        Mutation("1/4 + arcsin(c)/pi, drawn", lambda: list(_drawn(_double, 20_000))),
        Mutation("2^-n at every correlation", lambda: list(_many(_half))),
        Mutation(
            "1/(n + 1) on orthogonal inputs", lambda: list(_drawn_many(lambda n: R(1, n + 1)))
        ),
        Mutation("1/2 at every kappa in deep networks", lambda: list(_deep(0.5, networks=20))),
    ),
    full=lambda: list(_deep(depth=10, width=400, networks=40)),
)

DEAD_GRAM = (GRAM,)
