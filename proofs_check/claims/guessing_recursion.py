r"""Claims on the guessing bias of ReLU: the layer map of gamma, its values, its laws of growth.

Sources: E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809 (the recursion); A. Bassi et
al., arXiv:2505.12096 (the phases).  The laws of growth are derived here.  The second route is the
printed recursion in balls and, at large depth, the map of 1 - c in floats.
"""

import math

import sympy as sp

from theory.symbols import gamma, l, q, sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_relu import ROOT, S, arc, path, printed_recursion, relu, root_slope

__all__ = ["RELU_LAYERS"]

R = sp.Rational
FRANCAZI = "Francazi, Lucchi & Baity-Jesi 2024, arXiv:2306.00809"
SPREAD = sp.Symbol("sigma_y2", positive=True)
#: sigma_mu'^2 = (sigma_w2/2) sigma_y^2 g(gamma) + sigma_b2, and f = 1 + gamma - g for the spread.
G = 2 * gamma / sp.pi * sp.atan(ROOT) + ROOT / sp.pi


# ---------------------------------------------------------------- the recursion


def _in_arctan(expr):
    """arcsin(gamma/(1 + gamma)) as 2 arctan sqrt(2 gamma + 1) - pi/2."""
    return expr.xreplace({sp.asin(gamma / (gamma + 1)): 2 * sp.atan(ROOT) - sp.pi / 2})


def _recursion():
    c = gamma / (gamma + 1)
    same = 2 * sp.atan(ROOT) - sp.pi / 2 - sp.asin(c)  # a derivative of 0 and a zero at 0
    yield Symbolic(same.diff(gamma), 0)
    yield Symbolic(same.subs(gamma, 0), 0)
    yield Symbolic((1 + gamma) ** 2 - gamma**2, 1 + 2 * gamma)
    yield Symbolic(
        _in_arctan((1 + gamma) * arc(c).xreplace({sp.sqrt(1 - c**2): ROOT * c / gamma})), G
    )
    yield Symbolic(sp.sqrt(1 - c**2), ROOT * c / gamma)
    yield from _maps(G)
    yield from _averages(G)


def _maps(g):
    """The toolkit's centre, spread and ratio at q = (1 + gamma) sigma_y^2."""
    found = relu().recursion
    at = {q: (1 + gamma) * SPREAD}
    yield Symbolic(_in_arctan(found.centre.subs(at)), sigma_w2 / 2 * SPREAD * g + sigma_b2)
    yield Symbolic(_in_arctan(found.spread.subs(at)), sigma_w2 / 2 * SPREAD * (1 + gamma - g))
    yield Symbolic(found.variance, sigma_b2 + sigma_w2 * q / 2)


def _averages(g):
    """Against averages over the data of a neuron whose centre is kept, by quadrature."""
    from .guessing_tools import one_layer

    for ratio in (R(1, 5), R(3, 2), R(8)):
        centre, spread = one_layer("relu", float(ratio), 1.0)
        yield Numeric(centre, g.subs(gamma, ratio) / 2, [{"gamma": ratio}], digits=11)
        drift = (1 + gamma - g).subs(gamma, ratio) / 2
        yield Numeric(spread, drift, [{"gamma": ratio}], digits=11)


_WRONG = G.subs(sp.atan(ROOT), sp.atan(sp.sqrt(gamma + 1)))

RECURSION = Claim(
    "igb.relu-recursion",
    r"ReLU: with $g(\gamma) = \frac{2\gamma}{\pi}\arctan\sqrt{2\gamma+1} + "
    r"\frac{\sqrt{2\gamma+1}}{\pi}$, $\sigma_\mu'^2 = \frac{\sigma_w^2}{2}\sigma_y^2 g(\gamma) + "
    r"\sigma_b^2$ and $\sigma_y'^2 = \frac{\sigma_w^2}{2}\sigma_y^2(1 + \gamma - g(\gamma))$. "
    r"This is the arc-cosine map: $(1+\gamma)\kappa_1(\frac{\gamma}{1+\gamma}) = g(\gamma)$.",
    f"{FRANCAZI}; Cho & Saul 2009 for kappa_1",
    _recursion,
    (
        Mutation("arctan sqrt(gamma + 1)", lambda: _maps(_WRONG)),
        Mutation("arctan sqrt(gamma + 1), by quadrature", lambda: _averages(_WRONG)),
        Mutation(
            "sigma_b2 goes to the spread",
            lambda: Symbolic(relu().recursion.spread, relu().recursion.spread + sigma_b2),
        ),
    ),
)


# ---------------------------------------------------------------- values

#: gamma_l by layer.
VALUES = {
    2: "0.46694220692425986", 3: "0.975234861638612", 4: "1.53052906248304",
    5: "2.13433967947684", 6: "2.78710918170201", 11: "6.78425265124249",
    21: "18.3905470235139", 51: "81.3855218021477", 101: "278.57534504201",
    1001: "23184.8613743763",
}  # fmt: skip
CORRELATIONS = {2: "0.318309886183791", 3: "0.493731090200372", 4: "0.604825720112945"}


def _layer_2():
    second = relu(bias=0).gamma_recursion.subs(gamma, 0)
    yield Symbolic(second, 1 / (sp.pi - 1))
    yield Balls(lambda: ball(second), lambda: printed("0.46694220692425986"), 15, "gamma_2")
    yield Symbolic(second / (1 + second), 1 / sp.pi)
    yield not relu(bias=0).gamma_recursion.has(sigma_w2, q)
    for weight in (R(1, 2), 2, 7):
        found = path(weight, 0, 1)
        yield Numeric(float(found.gamma[0]), 0, [{}], absolute=True)
        yield Numeric(float(found.gamma[1]), 1 / (sp.pi - 1), [{"sigma_w2": weight}], digits=14)
    yield Balls(lambda: printed_recursion(2)[1], lambda: ball(1 / (sp.pi - 1)), 18, "g/f at 0")


LAYER_2 = Claim(
    "igb.relu-layer2",
    r"ReLU, $\sigma_b = 0$, centred inputs ($\gamma_1 = 0$): $\gamma_2 = \frac{1}{\pi-1} = "
    r"0.46694\ldots$, $c_2 = \frac1\pi$, whatever $\sigma_w^2$.",
    FRANCAZI,
    _layer_2,
    (
        Mutation(
            "gamma_2 = 1/pi, which is c_2",
            lambda: Symbolic(relu(bias=0).gamma_recursion.subs(gamma, 0), 1 / sp.pi),
        ),
        Mutation(
            "gamma_2 is the same with biases",
            lambda: Numeric(float(path(2, R(1, 10), 1).gamma[1]), 1 / (sp.pi - 1), [{}]),
        ),
    ),
)


# ---------------------------------------------------------------- growth without biases


def _table():
    numbers = path(2, 0, 1000).gamma
    certified = printed_recursion(1001)
    for layer, text in VALUES.items():
        what = f"gamma_{layer}"
        yield Balls(lambda k=layer: certified[k - 1], lambda t=text: printed(t), 13, what)
        found = R(float(numbers[layer - 1]))
        yield Numeric(found, R(text), [{"layer": layer}], digits=12)
    for layer, text in CORRELATIONS.items():
        yield Balls(
            lambda g=certified[layer - 1]: g / (1 + g),
            lambda t=text: printed(t),
            13,
            f"c_{layer}",
        )
        yield Numeric(float(path(2, 0, 1000).c[layer - 1]), R(text), [{}], digits=13)


def _growth():
    yield from _table()
    for name, law in relu(bias=0).growth_laws.items():
        yield Symbolic(law.law, 2 * l**2 / (9 * sp.pi**2))
        yield law.phase == name and law.power == 2
    yield from _first_order()
    yield from _bounded()
    # sqrt(gamma') = sqrt(gamma) + S/2 + o(1)
    yield Symbolic((S / 2) ** 2, R(2, 9) / sp.pi**2)
    for weight in (R(1, 2), 2, 3):
        yield root_slope(weight, S / 2)
    for layer, ratio in ((101, "1.2129"), (1001, "1.0277")):
        yield Balls(
            lambda k=layer: printed_recursion(1001)[k - 1] * ball(9 * sp.pi**2 / (2 * R(k) ** 2)),
            lambda t=ratio: printed(t),
            3,
            f"gamma_l 9 pi^2/(2 l^2), l = {layer}",
        )
    below = path(1, 0, 599).one_minus_c[-1] * 2 * 600**2 / (9 * math.pi**2)
    yield Numeric(float(below), R("0.958"), [{"sigma_w2": 1, "l": 600}], digits=3)


def _first_order(coefficient=S):
    """(gamma' - gamma)/sqrt(gamma) for gamma -> oo, c = cos t, from the toolkit's map."""
    t = sp.Symbol("t", positive=True)
    old = sp.cos(t) / (1 - sp.cos(t))
    new = relu(bias=0).gamma_recursion.xreplace(
        {sp.asin(gamma / (gamma + 1)): sp.pi / 2 - t, ROOT: sp.sin(t) / (1 - sp.cos(t))}
    )
    step = sp.together(new.subs(gamma, old)) - old
    # sqrt(gamma) t -> sqrt 2
    yield Symbolic(sp.limit(step * t, t, 0), coefficient * sp.sqrt(2))


def _bounded():
    """0 < gamma' - gamma - S sqrt(gamma) < 1/2 for gamma from 0.08 to 199.

    With e = 1 - cos t and e' = e - drop, gamma' - gamma = drop/(e e').
    """
    t = sp.Symbol("t", positive=True)
    gap = 1 - sp.cos(t)
    drop = (sp.sin(t) - t * sp.cos(t)) / sp.pi
    old = sp.cos(t) / gap
    for constant, sign in ((0, 1), (R(1, 2), -1)):
        rest = drop - (S * sp.sqrt(old) + constant) * gap * (gap - drop)
        yield Certified(sign * rest > 0, {t: (R(1, 10), R(3, 2))})


def _linear_growth():
    numbers = path(2, 0, 1000).gamma
    return Numeric(float(numbers[1000] / numbers[500]), 2, [{}], digits=3)


GROWTH = Claim(
    "igb.relu-growth",
    r"ReLU, $\sigma_b = 0$, any $\sigma_w$: $\gamma_{l+1} = \gamma_l + "
    r"\frac{2\sqrt2}{3\pi}\sqrt{\gamma_l} + O(1)$, so $\gamma_l \sim \frac{2l^2}{9\pi^2}$ and "
    r"$1 - c_l \sim \frac{9\pi^2}{2l^2}$ below, at and above $\sigma_w^2 = 2$. Values from "
    r"$\gamma_2$ to $\gamma_{1001}$.",
    f"derived here from the recursion of {FRANCAZI}",
    _growth,
    (
        Mutation("linear growth", _linear_growth),
        Mutation("sqrt 2 (2 sqrt 2/(3 pi)) sqrt(gamma)", lambda: _first_order(2 * S)),
        Mutation("gamma_l ~ 8 l^2/(9 pi^2)", lambda: root_slope(2, S)),
    ),
)


RELU_LAYERS = (RECURSION, LAYER_2, GROWTH)
