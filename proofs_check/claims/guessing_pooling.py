r"""Claims on pooled neurons: which line keeps signals, which keeps gradients, and what tanh does.

Source: A. Bassi et al., arXiv:2505.12096, whose phase diagrams draw the line of constant variance
as the edge of chaos.  The second route is :mod:`.guessing_pools`.
"""

from functools import lru_cache

import sympy as sp

from theory.gaussian import E
from theory.guessing import GuessingBias
from theory.guessing.pooling import PooledMeanField
from theory.mean_field import MeanField
from theory.special import Phi
from theory.symbols import q, rho, sigma_b2, sigma_w2, x

from ..checks import Certified, CertifiedValue, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_pools import back_propagated, by_angle, pair_of_pools
from .guessing_tools import ACTIVATIONS
from .moments import function, second, slope

__all__ = ["POOLING"]

R = sp.Rational
BASSI = "Bassi et al. 2025, arXiv:2505.12096"
KINDS = ("max", "average")
#: sigma_w2 that keeps the variance of ReLU.
KEPT = {"max": 4 * sp.pi / (3 * sp.pi + 2), "average": 4 * sp.pi / (sp.pi + 1)}
#: Squared gradients per layer there.
SHRINK = {"max": 3 * sp.pi / (3 * sp.pi + 2), "average": sp.pi / (sp.pi + 1)}


@lru_cache(maxsize=8)
def pool(pooling, text="relu"):
    """The toolkit's theory."""
    return PooledMeanField(text, pooling)


# ---------------------------------------------------------------- variance


def _variance(kept=KEPT):
    for pooling, text, critical in (
        ("max", "0.909154943091895", "1.09992252"),
        ("average", "0.329577471545948", "3.03418"),
    ):
        theory = pool(pooling)
        share = by_angle(pooling, "square")
        yield Symbolic(1 / share, kept[pooling])
        yield Symbolic(theory.variance_map, sigma_b2 + sigma_w2 * q * share)
        yield Symbolic(theory.variance_critical_sigma_w2, kept[pooling])
        yield Balls(lambda s=share: ball(s), lambda t=text: printed(t), 14, f"E m^2/q, {pooling}")
        yield Balls(
            lambda p=pooling: ball(KEPT[p]), lambda t=critical: printed(t), 5, f"line, {pooling}"
        )
        yield CertifiedValue(theory.layer.branch_moment.subs(q, 1), share)


VARIANCE = Claim(
    "igb.pool-relu-variance",
    r"Two pooled ReLU neurons: $E m^2/q = \frac{3\pi+2}{4\pi}$ (max), $\frac{\pi+1}{4\pi}$ "
    r"(average). So the variance is kept at $\sigma_w^2 = \frac{4\pi}{3\pi+2} = 1.09992$ and "
    r"$\frac{4\pi}{\pi+1} = 3.03418$.",
    f"lines drawn in the phase diagrams of {BASSI}",
    _variance,
    (
        Mutation(
            "average: 2 pi/(pi + 1)",
            lambda: _variance(KEPT | {"average": 2 * sp.pi / (sp.pi + 1)}),
        ),
        Mutation("max: as without pooling, 2", lambda: _variance(KEPT | {"max": sp.Integer(2)})),
    ),
)


# ---------------------------------------------------------------- gradients


def _erratum():
    for pooling, share, edge, text in (
        ("max", R(3, 4), R(4, 3), "0.824941893"),
        ("average", R(1, 4), sp.Integer(4), "0.758546993"),
    ):
        theory = pool(pooling)
        yield Symbolic(by_angle(pooling, "slope"), share)
        yield Symbolic(theory.chi_1, share * sigma_w2)
        yield Symbolic(theory.gradient_critical_sigma_w2, edge)
        yield from _ratio(pooling, SHRINK[pooling])
        yield Balls(
            lambda p=pooling: ball(SHRINK[p]), lambda t=text: printed(t), 8, f"chi_1, {pooling}"
        )
        # the line drawn has dq'/dq = 1
        yield Symbolic(theory.variance_map.diff(q).subs(sigma_w2, KEPT[pooling]), 1)
        there = GuessingBias("relu", KEPT[pooling], 0, pooling=pooling)
        yield there.phase == "deep prejudice, ordered"
        yield from _correlations(pooling)
        yield _gradients(pooling, SHRINK[pooling])
        yield Statistical(_networks(pooling, 1), 1.0, samples=100)
    plain = MeanField("relu")
    yield Symbolic(plain.variance_map.diff(q), plain.chi_1)


def _ratio(pooling, stated):
    yield Symbolic(pool(pooling).gradient_ratio, stated)
    at_one = pool(pooling).layer.correlation_slope.subs(rho, 1).doit()
    at_one = at_one.subs({sigma_w2: KEPT[pooling], sigma_b2: 0})
    yield Symbolic(at_one, stated)


def _correlations(pooling):
    """1 - c falls by the same ratio at sigma_b = 0; the first layers by a second route."""
    from numerics.propagate import propagate

    theory = GuessingBias("relu", KEPT[pooling], 0, pooling=pooling)
    path = propagate(theory, depth=150)
    gap = path.one_minus_c
    ratio = float(gap[150] / gap[149])
    yield Numeric(ratio, SHRINK[pooling], [{"pooling": pooling}], digits=5)
    relu, weight = ACTIVATIONS["relu"], float(KEPT[pooling])
    for layer in range(1, 5):
        found = weight * pair_of_pools(relu, 1.0, float(path.c[layer - 1]), pooling)
        where = [{"pooling": pooling, "layer": layer}]
        yield Numeric(float(path.c[layer]), found, where, digits=9)


def _networks(pooling, which):
    def sampler(generator, networks):
        return back_propagated(generator, networks, float(KEPT[pooling]), pooling)[which]

    return sampler


def _gradients(pooling, factor):
    # the same matrices lead forwards and backwards: of the order 1/width, here 1/200
    expected = float(factor) ** 3
    return Statistical(_networks(pooling, 0), expected, samples=100, bias=0.015)


ERRATUM = Claim(
    "igb.pool-relu-erratum",
    r"Where the variance of pooled ReLU is kept, $\chi_1 \ne 1$: $\chi_1 = \frac34\sigma_w^2$ "
    r"(max), $\frac14\sigma_w^2$ (average) is 1 at $\frac43$ and 4, but on the line of constant "
    r"variance $\frac{3\pi}{3\pi+2} = 0.82494$ and $\frac{\pi}{\pi+1} = 0.75855$: squared "
    r"gradients shrink by it per layer, and so does $1 - c$ at $\sigma_b = 0$. Without pooling "
    r"$V' = \chi_1$.",
    f"corrects the edge of chaos drawn in the phase diagrams of {BASSI}",
    _erratum,
    (
        Mutation("gradients are preserved at 4 pi/(3 pi + 2)", lambda: _ratio("max", 1)),
        Mutation(
            "gradients are preserved at 4 pi/(3 pi + 2), in networks",
            lambda: _gradients("max", 1),
        ),
        Mutation(
            "gradients are preserved at 4 pi/(pi + 1), in networks",
            lambda: _gradients("average", 1),
        ),
    ),
)


# ---------------------------------------------------------------- tanh


def _tanh():
    largest, plain = pool("max", "tanh"), MeanField("tanh")
    yield Symbolic(largest.variance_map, plain.variance_map)
    yield _slope_of_max(1)
    for name in ("sigma_w2", "sigma_b2"):
        yield CertifiedValue(
            getattr(largest.edge_of_chaos, name), getattr(plain.edge_of_chaos, name), {q: R(4, 5)}
        )
    yield from _parity()
    yield from _driven_up()
    yield from _average()


def _slope_of_max(share):
    chi_1 = pool("max", "tanh").chi_1
    at = {q: R(4, 5), sigma_w2: 2}
    return CertifiedValue(chi_1, share * sigma_w2 * slope("tanh"), at)


def _parity():
    """E max^2 = E 2 phi^2 Phi with Phi(-z) = 1 - Phi(z); for sin, E min^2 = E max^2 as well."""
    rank = 2 * Phi(x)
    for power in (function("tanh") ** 2, function("tanh").diff(x) ** 2):
        yield CertifiedValue(E(power * rank, q), E(power, q), {q: 1})
    yield CertifiedValue(E(function("tanh") * rank, q), pool("max", "tanh").mean, {q: 1})
    yield CertifiedValue(pool("max", "sin").layer.second_moment, second("sin"), {q: R(1, 2)})


def _driven_up():
    """E m > 0, so c = 0 is left even without biases; both routes for C(1/2) far out."""
    yield Certified(E(function("tanh") * 2 * Phi(x), 1) > R(1, 10))
    from numerics.phase_diagram import phase_diagram

    found = phase_diagram(GuessingBias("tanh", pooling="max"), [1.9, 36.0, 43.0], 0.1)
    names = ("deep prejudice", "prejudice", "neutrality")
    yield [str(phase).split(",")[0] for phase in found.phase[0]] == list(names)
    for column, weight in ((1, 36), (2, 43)):
        variance = float(found.q[0, column])
        shared = 0.1 + weight * pair_of_pools(ACTIVATIONS["tanh"], variance, 0.5)
        place = [{"sigma_w2": weight}]
        yield Numeric(float(found.c_half[0, column]), shared / variance, place, digits=9)


def _average():
    """For any phi, also with a mean: V, chi_1 and the edge of chaos from E phi, phi^2, phi'^2."""
    for text in ("tanh", "gelu"):
        theory = pool("average", text)
        both = (second(text) + E(function(text), q) ** 2) / 2
        at = {q: R(4, 5), sigma_w2: 2, sigma_b2: R(1, 10)}
        yield CertifiedValue(theory.variance_map, sigma_b2 + sigma_w2 * both, at)
        at.pop(sigma_b2)
        yield CertifiedValue(theory.chi_1, sigma_w2 * slope(text) / 2, at)
        edge = theory.edge_of_chaos
        yield CertifiedValue(edge.sigma_w2, 2 / slope(text), {q: R(4, 5)})
        yield CertifiedValue(edge.sigma_b2, q - 2 * both / slope(text), {q: R(4, 5)})


def _neutral_line():
    """C(1/2) = 1/2 of max-pooled tanh at sigma_b2 = 0.1, by the second route at its point."""
    from numerics.guessing.neutral_line import neutral_line

    (point,) = neutral_line(GuessingBias("tanh", pooling="max"), sigma_b2=0.1)
    shared = 0.1 + point.sigma_w2 * pair_of_pools(ACTIVATIONS["tanh"], point.q, 0.5)
    yield Numeric(shared / point.q, R(1, 2), [{"sigma_w2": point.sigma_w2}], digits=10)
    yield bool(35 < point.sigma_w2 < 42)


POOLED_TANH = Claim(
    "igb.pool-tanh",
    r"Odd $\varphi$ with even $\varphi'$: the maximum of two leaves $V$, $\chi_1$ and the edge of "
    r"chaos as they are, as $E\max^2 = E\min^2 = E\varphi^2$; but $E m > 0$ drives $c$ up, and "
    r"tanh at $\sigma_b^2 = 0.1$ is neutral only beyond $\sigma_w^2 \approx 39.7$. Average: $V = "
    r"\sigma_b^2 + \frac{\sigma_w^2}{2}(E\varphi^2 + (E\varphi)^2)$, $\chi_1 = "
    r"\frac{\sigma_w^2}{2}E\varphi'^2$, edge of chaos $\sigma_w^2 = 2/E\varphi'^2$, $\sigma_b^2 = "
    r"q - (E\varphi^2 + (E\varphi)^2)/E\varphi'^2$.",
    f"two-node panels of {BASSI}; identities derived here",
    _tanh,
    (
        Mutation("the maximum halves chi_1", lambda: _slope_of_max(R(1, 2))),
        Mutation(
            "the average leaves V as it is",
            lambda: CertifiedValue(
                pool("average", "tanh").variance_map,
                sigma_w2 * second("tanh"), {q: R(4, 5), sigma_w2: 2, sigma_b2: 0},
            ),
        ),
        Mutation(
            "E max = 0 for tanh, as without pooling",
            lambda: Certified(pool("max", "tanh").mean.subs(q, 1) <= 0),
        ),
    ),
    full=_neutral_line,
)  # fmt: skip

POOLING = (VARIANCE, ERRATUM, POOLED_TANH)
