r"""The claim on the law of the fraction of inputs that one of two classes is given.

Source: E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809; formulas derived here.
"""

import math

import sympy as sp

from theory.guessing.class_fraction import BinaryFraction
from theory.symbols import g, gamma

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .guessing_tools import bias_of, normal_cdf, normal_density, normal_quantile

__all__ = ["LAW"]

R = sp.Rational
FRANCAZI = "Francazi, Lucchi & Baity-Jesi, arXiv:2306.00809"
_POSITIVE = {gamma: (R(1, 5), 3)}
_INSIDE = {g: (R(1, 20), R(19, 20)), gamma: (R(1, 5), 3)}
_W, _S = sp.Symbol("w", real=True), sp.Symbol("s", positive=True)


# ---------------------------------------------------------------- the law


def _law(scale=1):
    """G = Phi(sqrt(scale gamma) Z): its distribution function, density and quantiles."""
    law = BinaryFraction()
    root = sp.sqrt(scale * gamma)
    w = normal_quantile(g)
    yield Symbolic(law.cdf, normal_cdf(w / root), _INSIDE)
    yield Symbolic(law.cdf.diff(g), law.density, _INSIDE)
    stated = sp.exp(-(1 - scale * gamma) / (2 * scale * gamma) * w**2) / root
    yield Symbolic(law.density, stated, _INSIDE)
    yield Symbolic(law.quantile(), normal_cdf(root * w), _INSIDE)
    # why: Y_1 - Y_2 ~ N(mu_1 - mu_2, 2 sigma_y^2), and mu_1 - mu_2 ~ N(0, 2 sigma_mu^2)
    spread = sp.Symbol("sigma_y2", positive=True)
    yield Symbolic(2 * (gamma * spread) / (2 * spread), scale * gamma)


def _total():
    """In g = Phi(w) the density is that of N(0, gamma) in w, of integral 1."""
    density = BinaryFraction().density.subs(g, normal_cdf(_W)) * normal_density(_W)
    normal = sp.exp(-(_W**2) / (2 * _S)) / sp.sqrt(2 * sp.pi * _S)
    yield Symbolic(sp.simplify(density).subs(gamma, _S), normal)
    yield Symbolic(sp.integrate(normal, (_W, -sp.oo, sp.oo)), 1)


def _shape(threshold=1):
    """p''(1/2)/p(1/2) = -2 pi (1 - gamma)/gamma, whose sign changes at gamma = 1."""
    log_density = -(1 - gamma) / (2 * gamma) * normal_quantile(g) ** 2
    second = log_density.diff(g, 2).subs(g, R(1, 2)).doit()
    yield Symbolic(second, -2 * sp.pi * (1 - gamma) / gamma, _POSITIVE)
    curvature = BinaryFraction().relative_curvature
    yield Symbolic(curvature, second, _POSITIVE)
    low, high = (threshold * share for share in (R(9, 10), R(11, 10)))
    yield Certified(curvature < 0, {gamma: (R(1, 100), low)})
    yield Certified(curvature > 0, {gamma: (high, 100)})
    yield Symbolic(curvature.subs(gamma, threshold), 0)
    shapes = [BinaryFraction(ratio).shape for ratio in (low, threshold, high)]
    yield shapes == ["unimodal", "flat", "bimodal"]


def _limits():
    """Flat at gamma = 1; all mass at 1/2 for gamma -> 0, at 0 and 1 for gamma -> oo."""
    yield Symbolic(BinaryFraction(1).density, 1)
    yield sp.Eq(sum(BinaryFraction(0).atoms.values()), 1)
    yield BinaryFraction(0).atoms == {R(1, 2): 1}
    yield BinaryFraction(sp.oo).atoms == {0: R(1, 2), 1: R(1, 2)}
    for ratio, stated in ((R(1, 10**6), 0), (10**12, R(1, 2))):
        found = BinaryFraction(ratio).cdf.subs(g, R(1, 4))
        yield Certified(sp.Abs(found - stated) < R(1, 10**6))


def _numbers():
    """The toolkit's floating-point law against the density typed in."""
    import mpmath

    from numerics.guessing.class_fraction import class_fraction

    grid = [{"gamma": r, "g": p} for r in (0.05, 1.0, 10.0) for p in (1e-6, 0.3, 0.999)]

    def quantile(p):
        return mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(p) - 1)

    def density(p):
        power = -(1 - p["gamma"]) / (2 * p["gamma"]) * quantile(p["g"]) ** 2
        return mpmath.exp(power) / mpmath.sqrt(p["gamma"])

    def below(p):
        return mpmath.ncdf(quantile(p["g"]) / mpmath.sqrt(p["gamma"]))

    yield Numeric(lambda p: class_fraction(p["gamma"]).pdf(p["g"]), density, grid, digits=11)
    yield Numeric(lambda p: class_fraction(p["gamma"]).cdf(p["g"]), below, grid, digits=11)


def _networks(scale=1, ratio=4.0, samples=20_000):
    """Linear classifiers of 10^6 normal inputs: G = Phi((b_1 - b_2)/|W_1 - W_2|).

    |W_1 - W_2|^2 is a sum of 10^6 squares, drawn at once; its spread moves the law by 1e-6.
    """

    def sampler(generator, count):
        import numpy as np
        from scipy.special import ndtr

        inputs = 10**6
        apart = 2 * generator.chisquare(inputs, count) / inputs
        biases = math.sqrt(ratio) * generator.standard_normal((2, count))
        return ndtr((biases[0] - biases[1]) / np.sqrt(apart))

    def stated(values):
        import numpy as np
        from scipy.special import ndtr, ndtri

        return ndtr(ndtri(np.clip(values, 0, 1)) / math.sqrt(float(scale) * ratio))

    return Statistical(sampler, stated, samples)


def _relu_networks(width=100, inputs=300, layers=3):
    """Fractions counted on independent inputs by ReLU networks of finite width."""
    ratio = bias_of("relu", 2.0, 0.0, layers)

    def sampler(generator, count):
        import numpy as np

        found = np.empty(count)
        for k in range(count):
            z = generator.standard_normal((width, inputs))
            for layer in range(layers):
                size = 2 if layer == layers - 1 else width
                scale = math.sqrt((1.0 if layer == 0 else 2.0) / width)
                z = scale * generator.standard_normal((size, width)) @ z
                z = z if size == 2 else np.maximum(z, 0)
            # a uniform shift within a count makes the law continuous
            found[k] = ((z[0] > z[1]).sum() + generator.random()) / (inputs + 1)
        return found

    def stated(values):
        import numpy as np
        from scipy.special import ndtr, ndtri

        return ndtr(ndtri(np.clip(values, 0, 1)) / math.sqrt(ratio))

    return Statistical(sampler, stated, 600)


def _g0_law():
    yield from _law()
    yield from _total()
    yield from _shape()
    yield from _limits()
    yield from _numbers()
    for ratio in (0.05, 1.0, 10.0):
        yield _networks(ratio=ratio, samples=4000)


G0_LAW = Claim(
    "igb.g0-law",
    r"Two classes: the fraction of guesses is $G_0 = \Phi(\sqrt\gamma Z)$ in law, with "
    r"$P(G_0 \le g) = \Phi(\Phi^{-1}(g)/\sqrt\gamma)$ and density "
    r"$\gamma^{-1/2}\exp(-\frac{1-\gamma}{2\gamma}\Phi^{-1}(g)^2)$: unimodal at $\frac12$ for "
    r"$\gamma < 1$, flat for $\gamma = 1$, bimodal for $\gamma > 1$, as $p''(\frac12)/p(\frac12) "
    r"= -2\pi(1-\gamma)/\gamma$; $\delta_{1/2}$ as $\gamma \to 0$ and $\frac12\delta_0 + "
    r"\frac12\delta_1$ as $\gamma \to \infty$.",
    FRANCAZI,
    _g0_law,
    (
        Mutation("sqrt(gamma/2)", lambda: list(_law(R(1, 2)))),
        Mutation("sqrt(2 gamma)", lambda: list(_law(2))),
        Mutation("sqrt(gamma/2), in samples", lambda: _networks(R(1, 2))),
        Mutation("sqrt(2 gamma), in samples", lambda: _networks(2)),
        Mutation("bimodal only beyond gamma = 2", lambda: list(_shape(threshold=2))),
    ),
    full=_relu_networks,
)


LAW = (G0_LAW,)
