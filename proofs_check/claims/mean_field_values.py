r"""Claims on numbers: fixed points, the edge of chaos, depth scales, by independent routes.

A value is computed (1) by certified integration and root isolation in ball arithmetic, and (2) by
the toolkit's symbolic theory with adaptive quadrature, or by its compiled double-precision verbs.

Sources: S. Schoenholz et al., ICLR 2017, arXiv:1611.01232; S. Hayou et al., ICML 2019,
arXiv:1902.06853.
"""

from functools import lru_cache

import sympy as sp

from numerics.certified import certified_roots
from numerics.edge_of_chaos import edge_of_chaos
from numerics.enclosure import enclose
from numerics.fixed_point import fixed_points
from theory.activation import Activation
from theory.gaussian import E
from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2, sigma_w2

from ..checks import CertifiedRoots, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import correlation_map, curvature, edge, second, slope, variance_map
from .recursion import contraction

__all__ = ["VALUES"]

R = sp.Rational


# ---------------------------------------------------------------- phases


#: Networks: activation, sigma_w2, sigma_b2, and whether the fixed point is chaotic.
NETWORKS = (
    ("tanh", R(17, 10), R(1, 20), False),
    ("tanh", R(5, 2), R(3, 10), False),
    ("tanh", 4, R(1, 20), True),
    ("erf", 2, R(1, 10), True),
    ("erf", R(3, 2), R(1, 20), True),
    ("erf", 4, R(1, 20), True),
    ("sin", 2, R(1, 10), True),
    ("sin", 3, R(1, 100), True),
    ("elu", R(13, 10), R(1, 10), False),
    ("gelu", R(3, 2), R(1, 5), False),
    ("silu", R(3, 2), R(1, 5), False),
)


@lru_cache(maxsize=64)
def _certified_point(text, weights, bias):
    """(q*, chi_1, V') with every digit certified: the only fixed point on [1/10, 6]."""
    at = {sigma_w2: weights, sigma_b2: bias}
    (root,) = certified_roots(variance_map(text).subs(at) - q, q, R(1, 10), 6, digits=18)
    place = {q: (root.lower, root.upper)}
    chi_1 = enclose(weights * slope(text), place)
    return root, chi_1, enclose(weights * second(text).diff(q), place)


@lru_cache(maxsize=64)
def _computed_point(text, weights, bias):
    (point,) = fixed_points(MeanField(text), sigma_w2=float(weights), sigma_b2=float(bias))
    return point


@lru_cache(maxsize=64)
def _certified_correlation(text, weights, bias):
    """(c*, C'(c*)) of a chaotic network, from the closed kernel."""
    root, _, _ = _certified_point(text, weights, bias)
    at = {sigma_w2: weights, sigma_b2: bias, q: sp.Rational(root.midpoint)}
    mapped = correlation_map(text).doit().subs(at)
    (place,) = certified_roots(mapped - rho, rho, 0, R(95, 100), digits=15)
    return place.midpoint, mapped.diff(rho).subs(rho, place.midpoint).evalf(20)


def _phase_values():
    for text, weights, bias, chaotic in NETWORKS:
        certified = _certified_point(text, weights, bias)
        point = _computed_point(text, weights, bias)
        for value, number in zip(certified, (point.q, point.chi_1, point.chi_q), strict=True):
            yield Numeric(number, value.midpoint, [{"network": text}], digits=12)
        yield (certified[1].lower > 1) == chaotic == (point.phase == "chaotic")
        if chaotic and text != "tanh":
            place, steep = _certified_correlation(text, weights, bias)
            yield Numeric(point.c_star, place, [{"network": text}], digits=10)
            yield Numeric(point.xi_c, -1 / sp.log(steep), [{"network": text}], digits=9)


PHASES = Claim(
    "mf.phase-values",
    r"Fixed points $q^*$ with $\chi_1$ and $V'(q^*)$, and in the chaotic phase $c^*$ and $\xi_c$, "
    r"of eleven networks (tanh, erf, sin, ELU, GELU, SiLU): certified roots agree with the "
    r"compiled solver to 12 digits.",
    "Schoenholz et al. 2017, arXiv:1611.01232, for the quantities",
    _phase_values,
    (
        Mutation(
            "the bias variance enters as a standard deviation",
            lambda: Numeric(
                _computed_point("tanh", R(17, 10), R(1, 400)).q,
                _certified_point("tanh", R(17, 10), R(1, 20))[0].midpoint,
                [{}],
            ),
        ),
        Mutation(
            "V'(q*) is taken for chi_1",
            lambda: Numeric(
                _computed_point("erf", 4, R(1, 20)).chi_q,
                _certified_point("erf", 4, R(1, 20))[1].midpoint,
                [{}],
            ),
        ),
    ),
)


# ---------------------------------------------------------------- table of the edge of chaos


#: Activation and q of the points compared, and further ones for level full.
POINTS = (
    *(("tanh", 1), ("erf", R(1, 2)), ("elu", 1), ("sin", 1), ("atan", R(1, 2))),
    *(("softsign", 1), ("gelu", 1), ("silu", 1), ("sigmoid", 100)),
)
MORE_POINTS = (
    *(("tanh", R(1, 2)), ("erf", 1), ("sin", R(1, 2)), ("gelu", 20), ("silu", 20)),
    *(("mish", 1), ("mish", 20)),
)
#: Biases from which q is found.
BIASES = (("tanh", R(1, 20)), ("tanh", R(1, 25)), ("erf", R(1, 20)), ("elu", R(1, 25)))


def row(text):
    """(sigma_w2, sigma_b2, V', beta, mu_2/mu_1^2) on the edge of chaos, in q, untouched."""
    steep = Activation(text).derivative(1).expr
    beta = 2 * slope(text) / (q * curvature(text))
    return (*edge(text), beta, E(steep**4, q) / slope(text) ** 2)


def _derived_row(text):
    """The same from the symbolic theory, in closed form where there is one."""
    theory = MeanField(text)
    curve = theory.edge_of_chaos
    steep = theory.activation.derivative(1).expr
    fourth = E(steep**4, q).doit()
    spread = fourth * curve.sigma_w2**2
    beta = theory.correlation_rate.coefficient
    return curve.sigma_w2, curve.sigma_b2, curve.stability, beta, spread


def _table():
    yield from _rows(POINTS)
    for text, bias in BIASES:
        yield from _from_bias(text, bias)


def _rows(points):
    for text, place in points:
        for node, derived in zip(row(text), _derived_row(text), strict=True):
            yield Numeric(
                lambda _, e=node, p=place: enclose(e, {q: p}, digits=20).midpoint,
                derived.subs(q, place),
                [{"activation": text, "q": place}],
                digits=18,
            )


def _from_bias(text, bias):
    """q from sigma_b2: a certified root against the compiled solver."""
    weights, _, stability = edge(text)
    equation = (q - bias) * slope(text) - second(text)
    (root,) = certified_roots(equation, q, R(1, 5), 3, digits=18)
    (point,) = (p for p in edge_of_chaos(MeanField(text), sigma_b2=float(bias)) if p.stable)
    yield Numeric(point.q, root.midpoint, [{"activation": text}], digits=11)
    place = {q: (root.lower, root.upper)}
    yield Numeric(point.sigma_w2, enclose(weights, place).midpoint, [{}], digits=11)
    yield Numeric(point.chi_q, enclose(stability, place).midpoint, [{}], digits=10)


TABLE = Claim(
    "mf.eoc-table",
    r"Points of the edge of chaos of tanh, erf, ELU, sin, atan, softsign, GELU, SiLU, Mish and "
    r"sigmoid, with $\sigma_w^2$, $\sigma_b^2$, $V'(q)$, $\beta_q$ and $\mu_2/\mu_1^2$: certified "
    r"integration and symbolic theory with quadrature agree to 18 digits.",
    "Hayou et al. 2019, arXiv:1902.06853, for the curve",
    _table,
    (
        Mutation(
            "sigma_b2 = q - E phi^2 (tanh, q = 1)",
            lambda: CertifiedValue(
                q - second("tanh"), MeanField("tanh").edge_of_chaos.sigma_b2, {q: 1}
            ),
        ),
        Mutation(
            "mu_2 = E|phi'|^3 (softsign, q = 1)",
            lambda: CertifiedValue(
                E(sp.Abs(Activation("softsign").derivative(1).expr) ** 3, q)
                / slope("softsign") ** 2,
                _derived_row("softsign")[-1],
                {q: 1},
            ),
        ),
    ),
    full=lambda: _rows(MORE_POINTS),
)


# ---------------------------------------------------------------- depth scales


def _depth_scales():
    """Contraction of both recursions, at 300 bits, against the exponentials of the scales."""
    yield from _variance_scale("erf", 4, R(1, 20))
    yield from _variance_scale("sin", 2, R(1, 10))
    yield from _correlation_scale("erf", 4, R(1, 20))
    yield from _correlation_scale("sin", 3, R(1, 100))
    # ordered: c* = 1 and C'(1) = chi_1; critical: chi_1 = 1, so both scales are infinite
    for text in ("erf", "gelu"):
        at_one = MeanField(text).correlation_slope.subs(rho, 1)
        yield Symbolic(at_one, sigma_w2 * slope(text).doit())
        yield Symbolic((sigma_w2 * slope(text)).subs(sigma_w2, edge(text)[0]), 1)
    yield CertifiedRoots(
        variance_map("erf").subs({sigma_w2: 4, sigma_b2: R(1, 20)}) - q, q, R(1, 100), 5, 1
    )


@lru_cache(maxsize=16)
def _fixed_point(text, weights, bias):
    """(V with numbers, q* to 60 digits) from closed forms."""
    mapped = variance_map(text).doit().subs({sigma_w2: weights, sigma_b2: bias})
    (root,) = certified_roots(mapped - q, q, R(1, 10), 6, digits=60)
    return mapped, root.midpoint


def _variance_scale(text, weights, bias):
    mapped, star = _fixed_point(text, weights, bias)
    scale = MeanField(text).xi_q.subs({sigma_w2: weights, sigma_b2: bias, q: R(star)})
    observed = contraction(mapped, q, star, R(11, 10) * R(star), 30)
    yield Numeric(observed, sp.exp(-1 / scale), [{"activation": text}], digits=6)


def _correlation_scale(text, weights, bias, wrong=False):
    _, star = _fixed_point(text, weights, bias)
    at = {sigma_w2: weights, sigma_b2: bias, q: R(star)}
    mapped = correlation_map(text).doit().subs(at)
    (place,) = certified_roots(mapped - rho, rho, 0, R(95, 100), digits=55)
    theory = MeanField(text)
    scale = theory.xi_c.subs(at).subs(rho, R(place.midpoint))
    if wrong:
        scale = theory.xi_gradient.subs(at)
    observed = contraction(mapped, rho, place.midpoint, R(1, 2), 60)
    yield Numeric(observed, sp.exp(-1 / scale), [{"activation": text}], digits=6)


def _chi_1_for_xi_q():
    mapped, star = _fixed_point("erf", 4, R(1, 20))
    chi_1 = (4 * slope("erf").doit()).subs(q, R(star))
    observed = contraction(mapped, q, star, R(11, 10) * R(star), 30)
    return Numeric(observed, chi_1, [{}], digits=6)


DEPTH_SCALES = Claim(
    "mf.depth-scales",
    r"$|q^l - q^*| \sim e^{-l/\xi_q}$ with $\xi_q^{-1} = -\log|V'(q^*)|$, $|c^l - c^*| \sim "
    r"e^{-l/\xi_c}$ with $\xi_c^{-1} = -\log C'(c^*)$, which is $-\log\chi_1$ only where "
    r"$c^* = 1$; $\xi_c = \infty$ on the edge of chaos.",
    "Schoenholz et al. 2017, arXiv:1611.01232",
    _depth_scales,
    (
        Mutation("1/xi_q = -log chi_1", _chi_1_for_xi_q),
        Mutation(
            "1/xi_c = -log chi_1 in the chaotic phase",
            lambda: list(_correlation_scale("erf", 4, R(1, 20), wrong=True)),
        ),
    ),
)

VALUES = (PHASES, TABLE, DEPTH_SCALES)
