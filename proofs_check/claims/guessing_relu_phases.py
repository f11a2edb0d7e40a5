r"""Claims on the guessing bias of ReLU with biases: the critical law, and the phases.

Source of the phases: A. Bassi et al., arXiv:2505.12096; the laws are derived here.
"""

from functools import lru_cache

import sympy as sp

from theory.symbols import l, q, rho, sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_relu import S, arc, certified_gap, float_gaps, path, relu, root_slope

__all__ = ["RELU_PHASES"]

R = sp.Rational


# ---------------------------------------------------------------- critical with biases

#: (1 - c_l) 8 l^2/(9 pi^2) at sigma_w2 = 2.
LAYERS = (1000, 10_001, 20_001, 100_000)
CRITICAL = {
    "0.1": ("1.20434", "1.06691", "1.04745", "1.02129"),
    "1": ("0.92502", "0.97578", "0.98282", "0.99229"),
    "0.01": ("1.9037", "1.2863", "1.2004", "1.0881"),
}
SCALE = R(8, 9) / sp.pi**2


def _with_bias():
    symbolic = relu(2, sp.Symbol("b", positive=True)).growth
    yield Symbolic(symbolic.law, SCALE * l**2)
    yield Symbolic(relu(2, R(1, 10)).growth.coefficient, SCALE)
    yield from _balance(1 / S**2)
    for bias in CRITICAL:
        yield from _ratios(bias, LAYERS if bias == "0.1" else LAYERS[:3])
        yield Balls(
            lambda b=bias: certified_gap(b) * ball(10**6 * SCALE),
            lambda b=bias: printed(CRITICAL[b][0]),
            len(CRITICAL[bias][0]) - 3,
            f"sigma_b2 = {bias}, l = 1000",
        )


@lru_cache(maxsize=8)
def _rows(bias, layers):
    return path(2, R(bias), layers[-1] - 1, tuple(layer - 1 for layer in layers))


def _ratios(bias, layers):
    """The toolkit against the printed ratios and against floats."""
    found, slowly = _rows(bias, layers), float_gaps(2.0, float(bias), layers[:2])
    for layer, gap, text in zip(layers, found.one_minus_c, CRITICAL[bias], strict=False):
        where = [{"sigma_b2": bias, "l": layer}]
        ratio = float(gap) * layer**2 * float(SCALE)
        yield Numeric(ratio, R(text), where, digits=len(text) - 2)
        if layer in slowly:
            yield Numeric(float(gap), slowly[layer], where, digits=11)
        if layer == LAYERS[-1] and bias != "0.01":
            yield abs(ratio - 1) < 0.03
    yield Numeric(float(found.q[0]), 2 + 1000 * R(bias), [{"sigma_b2": bias, "l": 1000}])


def _deeper():
    for bias in ("1", "0.01"):
        yield from _ratios(bias, LAYERS)


def _balance(amplitude):
    """e = A/l^2 in e' = e - e/l - S e^(3/2): the terms of order l^-3."""
    u = sp.Symbol("u", positive=True)  # 1/l
    gap = amplitude * u**2
    after = gap.subs(u, u / (1 + u))
    rest = sp.series((after - gap + gap * u + S * gap * u * sp.sqrt(amplitude)) / u**3, u, 0, 1)
    yield Symbolic(rest.removeO(), 0)


WITH_BIAS = Claim(
    "igb.relu-critical-with-bias",
    r"ReLU, $\sigma_w^2 = 2$, $\sigma_b > 0$: $q_l = 2 + l\sigma_b^2$ and $1 - c_l \sim "
    r"\frac{9\pi^2}{8l^2}$, four times smaller than without biases, so $\gamma_l \sim "
    r"\frac{8l^2}{9\pi^2}$, by $e' = e - \frac el - \frac{2\sqrt2}{3\pi}e^{3/2}$. Ratios to the "
    r"law at $l = 10^3 \ldots 10^5$ for $\sigma_b^2 = 0.01, 0.1, 1$.",
    "derived here from the recursion of Francazi et al. 2024, arXiv:2306.00809",
    _with_bias,
    (
        Mutation("9 pi^2/(2 l^2), unchanged by biases", lambda: _balance(4 / S**2)),
        Mutation(
            "9 pi^2/(2 l^2) at l = 1e5",
            lambda: Numeric(
                float(_rows("0.1", LAYERS).one_minus_c[-1]) * 10**10,
                9 * sp.pi**2 / 2, [{}], digits=3,
            ),
        ),
    ),
    full=_deeper,
)  # fmt: skip


# ---------------------------------------------------------------- phases


_CHI = R(3, 4)


def _phases():
    *deep, other = relu().phase_conditions
    for found, (name, relation) in zip(
        deep, (("ordered", sp.Lt), ("critical", sp.Eq), ("chaotic", sp.Gt)), strict=True
    ):
        yield found.phase == f"deep prejudice, {name}"
        yield found.condition == relation(sigma_w2 / 2, 1)
    yield other.condition == sp.false
    for weight, name in ((R(3, 2), "ordered"), (2, "critical"), (3, "chaotic")):
        for bias in (0, R(1, 10)):
            yield relu(weight, bias).phase == f"deep prejudice, {name}"
    yield from _no_fixed_point_below_one()
    # chi_1 = sigma_w2/2 = V', so chi_1 = 1 and q = V(q) need sigma_b2 = 0
    edge = relu().mean_field.edge_of_chaos
    yield Symbolic(edge.sigma_w2, 2)
    yield Symbolic(edge.sigma_b2, 0)
    yield from _rates()


def _no_fixed_point_below_one():
    """kappa_1(c) > c on [0, 1) as kappa_1' < 1 there and kappa_1(1) = 1; biases only add to c."""
    c = sp.Symbol("c", nonnegative=True)
    yield Symbolic(arc(c).subs(c, 1), 1)
    yield Symbolic(arc(c).diff(c), (sp.pi / 2 + sp.asin(c)) / sp.pi, {c: (0, 1)})
    yield Certified(arc(c).diff(c) < 1, {c: (0, R(999, 1000))})
    yield Certified(arc(c) > c, {c: (0, R(99, 100))})
    variance, shared = sigma_b2 + sigma_w2 * q / 2, sigma_b2 + sigma_w2 * q / 2 * arc(rho)
    yield Symbolic(relu().mean_field.correlation_map, shared / q)
    # at any q: C(c) = shared/variance is an average of 1 and kappa_1(c)
    yield Symbolic(shared / variance - arc(rho), sigma_b2 / variance * (1 - arc(rho)))
    yield sigma_b2 / variance >= 0


def _rates(below=_CHI):
    """Exponential below 2 with biases, a power law above; both from the toolkit's recursion."""
    gap = path(R(3, 2), R(1, 10), 150).one_minus_c
    yield Numeric(float(gap[150] / gap[149]), below, [{"sigma_w2": R(3, 2)}], digits=8)
    yield Symbolic(relu().growth_laws["ordered"].rate, 2 / sigma_w2)
    yield Symbolic(relu(3, R(1, 10)).growth_laws["chaotic"].law, 2 * l**2 / (9 * sp.pi**2))
    yield root_slope(3, S / 2, R(1, 10))
    slowly = float_gaps(3.0, 0.1, (1000,))[1000]
    found = float(path(3, R(1, 10), 999).one_minus_c[-1])
    yield Numeric(found, slowly, [{"sigma_w2": 3}], digits=11)


PHASES = Claim(
    "igb.relu-phases",
    r"ReLU has no neutral phase: $c \to 1$ for all $\sigma_w$, $\sigma_b$. $\sigma_w^2 < 2$, "
    r"$\sigma_b > 0$: exponentially with $\chi_1 = \sigma_w^2/2$; $\sigma_w^2 > 2$: $q \to "
    r"\infty$ and $\gamma_l \sim 2l^2/(9\pi^2)$, as for $\sigma_b = 0$ at any $\sigma_w$; the "
    r"only point with $\chi_1 = 1$ and a finite $q$ is $(\sigma_b, \sigma_w^2) = (0, 2)$.",
    "Bassi et al. 2025, arXiv:2505.12096, phases; rates derived here",
    _phases,
    (
        Mutation(
            "a neutral phase for sigma_w2 > 2",
            lambda: float(path(3, R(1, 10), 999).gamma[-1]) < 1,
        ),
        Mutation(
            "a neutral phase for sigma_w2 > 2, by the arc-cosine kernel",
            lambda: Certified(arc(sp.S.Half) < sp.S.Half),
        ),
        Mutation("1 - c falls by sigma_w2 per layer, here 3/2", lambda: list(_rates(R(3, 2)))[:1]),
    ),
)

RELU_PHASES = (WITH_BIAS, PHASES)
