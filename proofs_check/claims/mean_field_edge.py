r"""Claims on the edge of chaos: its parametrisation by q, closed forms, stability.

On the curve chi_1 = 1 the weights are sigma_w2(q) = 1/E phi'^2 and the biases
sigma_b2(q) = q - E phi^2/E phi'^2.

Source: S. Hayou, A. Doucet and J. Rousseau, ICML 2019, arXiv:1902.06853, for the curve and its
parametrisation; what is stated about SiLU, GELU and Mish is derived here.
"""

import sympy as sp

from theory.gaussian import E
from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2, x

from ..checks import Certified, CertifiedRoots, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import bend, edge, function, second, slope, variance_map
from .recursion import orbit

__all__ = ["EDGE"]

R = sp.Rational


# ---------------------------------------------------------------- parametrisation


def _parametric():
    for text in ("erf", "gelu", "sin", "elu"):
        yield from _on_the_curve(text, Symbolic)
    for text in ("tanh", "silu", "softsign"):
        yield from _on_the_curve(text, lambda a, b: CertifiedValue(a, b, {q: R(3, 2)}))
    yield from _attracting()
    yield from _small_variance()
    # Poincare: Var phi <= q E phi'^2, so centred activations are admissible for every q
    for text in ("tanh", "gelu"):
        variance = second(text) - E(function(text), q) ** 2
        yield Certified(variance < q * slope(text), {q: (R(1, 4), 4)})


def _on_the_curve(text, same):
    """chi_1 = 1 and V(q) = q at the toolkit's curve, and V' = 1 + E phi phi''/E phi'^2."""
    theory = MeanField(text)
    curve = theory.edge_of_chaos
    at = {sigma_w2: curve.sigma_w2, sigma_b2: curve.sigma_b2}
    yield same((sigma_w2 * slope(text)).subs(at), sp.S.One)
    yield same(variance_map(text).subs(at), q)
    phi = theory.activation
    bent = bend(text) if phi.breakpoints else E(phi.expr * phi.derivative(2).expr, q)
    yield same(curve.stability, 1 + bent / slope(text))


def _attracting():
    """The sign of E phi phi'' and what iterating V from nearby does."""
    box = {q: (R(1, 4), 4)}
    for text in ("erf", "tanh", "elu"):
        yield Certified(bend(text) < 0, box)
    yield Certified(bend("gelu").doit() > 0, {q: (R(1, 4), 3)})
    for text, start, attracted in (("erf", 1, True), ("gelu", 1, False), ("gelu", 20, True)):
        yield Numeric(
            lambda _, t=text, s=start: _distance_after(t, s, 60) < _distance_after(t, s, 0),
            attracted,
            [{}],
            digits=1,
        )


def _distance_after(text, place, steps):
    """|q^l - q*| from 1.01 q*, with the edge-of-chaos parameters of q*."""
    weights, bias, _ = (part.doit().subs(q, place) for part in edge(text))
    step = bias + weights * second(text).doit()
    return abs(float(orbit(step, q, R(101, 100) * place, steps, 80)[-1]) - place)


def _small_variance():
    """q -> 0: (0, 1/phi'(0)^2) if phi(0) = 0, and sigma_b2 -> -phi(0)^2/phi'(0)^2 otherwise."""
    tiny = {q: R(1, 10**9)}
    for text in ("tanh", "gelu", "sigmoid"):
        phi = function(text)
        value, steep = phi.subs(x, 0), phi.diff(x).subs(x, 0)
        weights, bias, _ = edge(text)
        yield Numeric(weights.subs(tiny), 1 / steep**2, [{}], digits=7)
        yield Numeric(bias.subs(tiny), -(value**2) / steep**2, [{}], digits=7, absolute=True)


PARAMETRIC = Claim(
    "mf.eoc-parametric",
    r"$\{\chi_1 = 1\}$ is parametrised by $q$: $\sigma_w^2 = 1/E\phi'^2$, "
    r"$\sigma_b^2 = q - E\phi^2/E\phi'^2$, admissible iff $\sigma_b^2 \ge 0$. On it "
    r"$V' = 1 + E\phi\phi''/E\phi'^2$, so $q$ attracts iff $E\phi\phi'' < 0$ (given $V' > -1$). "
    r"Centred activations are always admissible (Poincare).",
    "Hayou et al. 2019, arXiv:1902.06853",
    _parametric,
    (
        Mutation(
            "sigma_b2 = q - E phi^2",
            lambda: Symbolic(
                variance_map("erf").subs({sigma_w2: edge("erf")[0], sigma_b2: q - second("erf")}),
                q,
            ),
        ),
        Mutation(
            "V' = 1 - E phi phi''/E phi'^2",
            lambda: Symbolic(
                MeanField("erf").edge_of_chaos.stability, 1 - bend("erf") / slope("erf")
            ),
        ),
    ),
)


# ---------------------------------------------------------------- closed forms


def _erf_curve(argument=2 * q / (1 + 2 * q)):
    root = sp.sqrt(1 + 4 * q)
    return sp.pi * root / 4, q - root / 2 * sp.asin(argument), 1 / (1 + 2 * q)


def _closed():
    rate = (1 + 4 * q) / (2 * q**2)
    yield from _curve_is("erf(x)", _erf_curve(), rate)
    sine = (2 / (1 + sp.exp(-2 * q)), q - sp.tanh(q), 1 - sp.tanh(q))
    yield from _curve_is("sin(x)", sine, 2 / (q * sp.tanh(q)))
    chi_1 = sigma_w2 * slope("sin(x)")
    yield Symbolic(chi_1 + variance_map("sin(x)"), sigma_w2 + sigma_b2)
    # piecewise linear through 0: one point, every q fixed
    right, left = sp.symbols("lambda_ beta", positive=True)
    phi = sp.Piecewise((right * x, x > 0), (left * x, True))
    steep = sp.Piecewise((right, x > 0), (left, True))
    weights = 2 / (right**2 + left**2)
    yield Symbolic(weights * E(steep**2, q).doit(), 1)
    yield Symbolic(weights * E(phi**2, q).doit(), q)
    yield from _curve_is("relu", (2, 0, 1), None)
    yield from _curve_is("abs(x)", (1, 0, 1), None)
    # atan at q = 1: with h = z/(1 + z^2), E[h' - z h] = 0 reads 2 E (1 + z^2)^-2 = 1
    h = x / (1 + x**2)
    yield Symbolic(h.diff(x) - x * h, 2 / (1 + x**2) ** 2 - 1)
    yield CertifiedValue(edge("atan")[0], 2, {q: 1}, digits=30)


def _curve_is(text, stated, rate):
    """The derived curve (and rate of 1 - c^l) is the stated one."""
    theory = MeanField(text)
    curve = theory.edge_of_chaos
    for derived, form in zip(
        (curve.sigma_w2, curve.sigma_b2, curve.stability), stated, strict=True
    ):
        yield Symbolic(derived, form)
    if rate is not None:
        yield Symbolic(theory.correlation_rate.coefficient, rate)


CLOSED = Claim(
    "mf.eoc-closed",
    r"Edge of chaos in closed form. erf: $\sigma_w^2 = \frac{\pi}{4}\sqrt{1+4q}$, "
    r"$\sigma_b^2 = q - \frac12\sqrt{1+4q}\,\arcsin\frac{2q}{1+2q}$, $V' = 1/(1+2q)$, "
    r"$\beta_q = (1+4q)/(2q^2)$. sin: $2/(1+e^{-2q})$, $q - \tanh q$, $1 - \tanh q$, "
    r"$2/(q\tanh q)$. $\lambda x_+ + \beta x_-$: the single point $\sigma_b = 0$, "
    r"$\sigma_w^2 = 2/(\lambda^2+\beta^2)$. atan at $q=1$: $\sigma_w^2 = 2$.",
    "derived here from Hayou et al. 2019, arXiv:1902.06853",
    _closed,
    (
        Mutation(
            "asin(q/(1 + q)) for erf",
            lambda: Symbolic(MeanField("erf").edge_of_chaos.sigma_b2, _erf_curve(q / (1 + q))[1]),
        ),
    ),
)


# ---------------------------------------------------------------- stability


def _stability():
    """E phi phi'' changes sign exactly once, and what that does to fixed points."""
    numerator = sp.factor(bend("gelu").doit() * (1 + q) ** 2 * (1 + 2 * q) ** R(3, 2) / q)
    yield Symbolic(numerator * 2 * sp.pi, 2 + 3 * q - q**2)
    for text, place in (("gelu", R(356, 100)), ("silu", R(1432, 100)), ("mish", R(167, 100))):
        yield CertifiedRoots(bend(text), q, place - R(1, 20), place + R(1, 20), 1)
        yield Certified(bend(text) > 0, {q: (1, R(3, 2))})
        yield Certified(bend(text) < 0, {q: (18, 20)})
    yield from _bistable()
    yield from _bounded_basin()


def _one_sign_change():
    """The same on the whole range of practical variances."""
    for text in ("gelu", "silu", "mish"):
        yield CertifiedRoots(bend(text), q, R(1, 100), 100, 1)


def _bistable():
    """GELU with the parameters of q = 3: ordered below, repelling at 3, chaotic above."""
    network, chi_1 = _frozen("gelu", 3)
    yield CertifiedRoots(network - q, q, R(1, 10), 100, 3)
    for lower, upper, ordered in ((1, R(5, 4), True), (50, 55, False)):
        yield CertifiedRoots(network - q, q, lower, upper, 1)
        yield Certified(chi_1 < 1 if ordered else chi_1 > 1, {q: (lower, upper)})
        yield Certified(network.diff(q) < 1, {q: (lower, upper)})
    yield Certified(network.diff(q) > 1, {q: (R(29, 10), R(31, 10))})


def _bounded_basin():
    """Mish with the parameters of q = 9/5: attracting there, repelling above, then no more."""
    network, chi_1 = _frozen("mish", R(9, 5))
    yield CertifiedRoots(network - q, q, R(11, 5), R(12, 5), 1)
    yield Certified(network.diff(q) > 1, {q: (R(11, 5), R(12, 5))})
    yield Certified(network.diff(q).subs(q, R(9, 5)) < 1)
    yield Certified(chi_1.subs(q, R(9, 4)) > 1)
    yield Certified(edge("mish")[0].subs(q, R(188, 100)) > 2)
    yield Certified(edge("mish")[0].subs(q, R(190, 100)) < 2)


def _frozen(text, place):
    """V and chi_1 as functions of q with the edge-of-chaos parameters of one place."""
    weights, bias, _ = (part.doit().subs(q, place) for part in edge(text))
    return bias + weights * second(text).doit(), weights * slope(text).doit()


STABILITY = Claim(
    "mf.eoc-stability",
    r"Edge-of-chaos points of GELU, SiLU and Mish with $q < q_s$ repel ($V' > 1$), where $q_s$ is "
    r"the only zero of $E\phi\phi''$: $(3+\sqrt{17})/2$ for GELU. Then several fixed points can "
    r"coexist, ordered and chaotic; attracting is local, as Mish at $q = 9/5$ shows.",
    "derived here; the curve is that of Hayou et al. 2019, arXiv:1902.06853",
    _stability,
    (
        Mutation(
            "every edge-of-chaos point with phi(0) = 0 attracts (GELU)",
            lambda: Certified(bend("gelu").doit() < 0, {q: (R(1, 2), 30)}),
        ),
        Mutation(
            "the GELU point q = 3 is the only fixed point of its parameters",
            lambda: CertifiedRoots(_frozen("gelu", 3)[0] - q, q, R(1, 10), 100, 1),
        ),
    ),
    full=_one_sign_change,
)


EDGE = (PARAMETRIC, CLOSED, STABILITY)
