r"""Claims on the regimes of the guessing bias of smooth activations, with the numbers of tanh.

Source: A. Bassi et al., arXiv:2505.12096, table 1 and proposition 4.1; rates and exceptions are
derived here.  The second route is :mod:`.guessing_tanh`: tanh in balls by Mehler's series.
"""

import math
from functools import lru_cache

import sympy as sp

from theory.guessing import GuessingBias
from theory.symbols import q, sigma_b2, sigma_w2

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_tanh import critical, edge_at, limit, line_at, neutral, rational, ratios, stationary

__all__ = ["REGIMES", "enclosed", "float_of", "trajectory"]

R = sp.Rational
BASSI = "Bassi et al. 2025, arXiv:2505.12096"


@lru_cache(maxsize=8)
def tanh():
    """The toolkit's theory, its variances left symbols."""
    return GuessingBias("tanh")


def enclosed(expr, place):
    """The toolkit's expression in q at a rational q, as a ball."""
    from numerics.enclosure import enclose

    return enclose(expr, {q: place}, digits=18).ball()


def float_of(value) -> float:
    """The middle of a ball."""
    return float(value.mid())


@lru_cache(maxsize=32)
def trajectory(weight, bias, depth, c0=0.0, q0=None, text="tanh"):
    """The toolkit's trajectory of numbers, from pre-activations of correlation ``c0``."""
    from numerics.propagate import propagate

    theory = GuessingBias(text)
    return propagate(theory, float(weight), float(bias), depth=depth, c0=c0, q0=q0)


@lru_cache(maxsize=8)
def diagram(weights: tuple, bias, text="tanh"):
    """The toolkit's diagram along one line of the plane."""
    from numerics.phase_diagram import phase_diagram

    return phase_diagram(GuessingBias(text), list(weights), float(bias))


# ---------------------------------------------------------------- the map of phases

#: sigma_b2: q*, sigma_w2 and C''(1) on the edge of chaos.
EDGE = {
    "0.05": ("0.5700478816408", "1.7609546396067", "0.3240899560184"),
    "0.1": ("0.8057991819135", "1.9860726411359", "0.4988054893602"),
    "0.2": ("1.1644962874580", "2.2851524737202", "0.7730362094719"),
}
#: sigma_w2 at sigma_b2 = 0.1: regime, q*, c*, gamma*, E max.
CHAOTIC = {
    "2.48": ("prejudice", "1.13517999670", "0.674072671168", "2.06816861165", "0.806594216259"),
    "4.97": ("neutrality", "3.04047072811", "0.196062043620", "0.243877082882", "0.646010901145"),
}
DEPTHS = {
    10: "1.731047510513", 50: "10.664191776591", 100: "22.627465519119", 200: "47.05697193637",
}  # fmt: skip


def _edge():
    derived = tanh().mean_field.edge_of_chaos
    rows = (derived.sigma_b2, derived.sigma_w2, 2 * tanh().growth.coefficient)
    for bias, texts in EDGE.items():
        about = f"edge of chaos at sigma_b2 = {bias}"
        for index, text in enumerate(texts):
            yield Balls(
                lambda b=bias, i=index: critical(b)[i], lambda t=text: printed(t), 12, about
            )
        for index, expr in enumerate(rows):
            yield Balls(
                lambda b=bias, e=expr: enclosed(e, rational(critical(b)[0])),
                lambda b=bias, i=index: edge_at(rational(critical(b)[0]))[i],
                15,
                about,
            )
    yield Symbolic(tanh().growth.power, 1)


def _chaotic():
    found = diagram(tuple(map(float, CHAOTIC)), 0.1)
    for column, (weight, (regime, *texts)) in enumerate(CHAOTIC.items()):
        yield bool(stationary(weight, "0.1")[1] > 1)
        yield bool(limit(weight, "0.1") > ball(R(1, 2))) == (regime == "prejudice")
        yield found.phase[0, column] == f"{regime}, chaotic"
        routes = (
            (found.q, lambda w: stationary(w, "0.1")[0]),
            (found.c_star, lambda w: limit(w, "0.1")),
            (found.gamma, lambda w: limit(w, "0.1") / (1 - limit(w, "0.1"))),
            (found.expected_largest, lambda w: _largest(limit(w, "0.1"))),
        )
        for (numbers, route), text in zip(routes, texts, strict=True):
            about = f"sigma_w2 = {weight}"
            yield Balls(lambda w=weight, f=route: f(w), lambda t=text: printed(t), 10, about)
            number = R(float(numbers[0, column]))
            yield Numeric(number, float_of(route(weight)), [{"sigma_w2": weight}], digits=11)
        ends = trajectory(weight, "0.1", 400, (0.0, 0.3, 0.95)).gamma[-1]
        for end in ends:
            yield Numeric(float(end), R(texts[2]), [{"sigma_w2": weight}], digits=9)


def _largest(c):
    from flint import arb

    return arb(1) / 2 + (c / (1 - c)).sqrt().atan() / arb.pi()


def _critical_path():
    path = trajectory(float_of(critical("0.1")[1]), "0.1", 20_000).gamma
    for depth, text in DEPTHS.items():
        about = f"gamma after {depth} maps"
        yield Balls(lambda d=depth: ratios("0.1", 200)[d], lambda t=text: printed(t), 12, about)
        yield Numeric(float(path[depth]), R(text), [{"depth": depth}], digits=10)
    for value, text in (
        (lambda: (ratios("0.1", 200)[200] - ratios("0.1", 200)[100]) / 100, "0.24430"),
        (lambda: critical("0.1")[2] / 2, "0.24940"),
        (lambda: ratios("0.1", 200)[200] / 200, "0.23528"),
    ):
        yield Balls(value, lambda t=text: printed(t), 4, f"increments, {text}")
    yield from _increment(R(1, 2))


def _increment(share):
    """(gamma_20000 - gamma_10000)/10000 is ``share`` C''(1): the term in log l drops out."""
    path = trajectory(float_of(critical("0.1")[1]), "0.1", 20_000).gamma
    found = float(path[20_000] - path[10_000]) / 10_000
    yield Numeric(found, float(share) * float_of(critical("0.1")[2]), [{}], digits=3)


def _ordered():
    yield Symbolic(tanh().growth_laws["ordered"].rate * tanh().mean_field.chi_1, 1)
    yield bool(stationary("1.5", "0.1")[1] < 1)
    yield diagram((1.5,), 0.1).phase[0, 0] == "deep prejudice, ordered"
    yield _ordered_rate(1)


def _ordered_rate(power):
    gap = trajectory("1.5", "0.1", 150).one_minus_c
    stated = float_of(stationary("1.5", "0.1")[1]) ** float(power)
    return Numeric(float(gap[150] / gap[149]), stated, [{"sigma_w2": 1.5}], digits=9)


def _kinks():
    """gamma ~ l or l^2 by the smoothness of phi."""
    for text, power in (("tanh", 1), ("gelu", 1), ("erf", 1), ("relu", 2), ("hardtanh", 2)):
        yield Symbolic(GuessingBias(text).growth.power, power)
    yield Symbolic(GuessingBias("elu(x, 2)").growth.power, 2)


def _kinked_path():
    """hard tanh at its edge of chaos: sqrt(gamma) grows by a constant per layer."""
    from numerics.edge_of_chaos import edge_of_chaos

    (point,) = edge_of_chaos(GuessingBias("hardtanh").mean_field, sigma_b2=0.1)
    path = trajectory(point.sigma_w2, 0.1, 8000, text="hardtanh").gamma
    stated = GuessingBias("hardtanh").growth.coefficient.subs(q, sp.Float(point.q, 17)).doit()
    slope = (math.sqrt(path[8000]) - math.sqrt(path[4000])) / 4000
    yield Numeric(slope, sp.sqrt(stated).evalf(), [{}], digits=2)


def _phase_map():
    yield from _edge()
    yield from _chaotic()
    yield from _critical_path()
    yield from _ordered()
    yield from _kinks()


PHASE_MAP = Claim(
    "igb.phase-map",
    r"$\varphi$ with finite $q^* > 0$, not odd with $\sigma_b = 0$, from $c_1 \in [0, 1)$: "
    r"$\chi_1 < 1 \Rightarrow \gamma_l \propto \chi_1^{-l}$; $\chi_1 = 1 \Rightarrow \gamma_l "
    r"\sim \frac{C''(1)}{2}l$, $C''(1) = \sigma_w^2q^*E\varphi''^2$ ($l^2$ for a kink); $\chi_1 > "
    r"1 \Rightarrow \gamma^* = \frac{c^*}{1-c^*}$, prejudice or neutrality as $c^* \gtrless "
    r"\frac12$. The edge of chaos of tanh and two chaotic networks, in numbers.",
    f"{BASSI}, table 1; rates derived here",
    _phase_map,
    (
        Mutation("gamma_l ~ C''(1) l", lambda: _increment(1)),
        Mutation(
            "prejudice and neutrality are separated by c* = 1/5",
            lambda: diagram((4.97,), 0.1).phase[0, 0] == "prejudice, chaotic",
        ),
        Mutation(
            "chi_1 < 1: gamma_l grows like chi_1^(-l/2)",
            lambda: _ordered_rate(R(1, 2)),
        ),
    ),
    full=_kinked_path,
)


# ---------------------------------------------------------------- the neutral line

#: sigma_b2: sigma_w2.
NEUTRAL = {"0.05": "2.378265500801", "0.1": "2.924765745162", "0.2": "3.761095041373"}


def _neutral_line():
    from numerics.guessing.neutral_line import neutral_line

    line = tanh().neutral_line
    found = neutral_line("tanh", sigma_b2=[float(bias) for bias in NEUTRAL])
    for point, (bias, text) in zip(found, NEUTRAL.items(), strict=True):
        yield from _line_at(bias, text)
        place = {"sigma_b2": bias}
        root, weight, chi_1 = neutral(bias)
        yield Numeric(point.sigma_w2, float_of(weight), [place], digits=12)
        yield Numeric(point.q, float_of(root), [place], digits=11)
        yield Numeric(point.chi_1, float_of(chi_1), [place], digits=11)
        yield bool(chi_1 > 1)
    for place in (rational(neutral("0.1")[0]), R(1, 2)):
        for index, expr in enumerate((line.sigma_b2, line.sigma_w2)):
            yield Balls(
                lambda p=place, e=expr: enclosed(e, p),
                lambda p=place, i=index: line_at(p)[i],
                14,
                f"the line at q = {float(place):.6g}",
            )
    yield from _both_sides()
    yield not GuessingBias("relu").neutral_line.exists


def _line_at(bias, text, route=None):
    route = route or (lambda: neutral(bias)[1])
    yield Balls(route, lambda: printed(text), 12, f"gamma* = 1 at sigma_b2 = {bias}")


def _both_sides():
    """gamma* = 1 there, and the two regimes on the two sides."""
    weight = float_of(neutral("0.1")[1])
    end = trajectory(weight, "0.1", 300, (0.0, 0.9)).gamma[-1]
    for value in end:
        yield Numeric(float(value), 1, [{"sigma_w2": weight}], digits=11)
    sides = diagram((weight - 1e-6, weight + 1e-6), 0.1).phase[0]
    yield list(sides) == ["prejudice, chaotic", "neutrality, chaotic"]
    condition = tanh().neutral_line.condition
    from theory.gaussian import E2

    half = (sigma_b2 + sigma_w2 * E2("tanh(x)", "tanh(x)", q, q, R(1, 2))) / q
    yield Symbolic(condition.lhs, half)
    yield Symbolic(condition.rhs, R(1, 2))


NEUTRAL_LINE = Claim(
    "igb.neutral-line",
    r"$\gamma^* = 1$ where $C(\frac12) = \frac12$ at $q^* = V(q^*)$, a curve in $(\sigma_b^2, "
    r"\sigma_w^2)$ with $\chi_1 > 1$. tanh: $\sigma_w^2 = 2.378265500801$, $2.924765745162$, "
    r"$3.761095041373$ at $\sigma_b^2 = 0.05, 0.1, 0.2$.",
    f"{BASSI}, border of prejudice and neutrality; the equation is solved here",
    _neutral_line,
    (
        Mutation(
            "the line at chi_1 = 1",
            lambda: _line_at("0.1", NEUTRAL["0.1"], lambda: critical("0.1")[1]),
        ),
        Mutation(
            "the line at gamma* = 1/2, c* = 1/3",
            lambda: _line_at("0.1", NEUTRAL["0.1"], lambda: neutral("0.1", "1/3")[1]),
        ),
    ),
)

REGIMES = (PHASE_MAP, NEUTRAL_LINE)
