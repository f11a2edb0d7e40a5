r"""Claims on how fast K^L/(L q) reaches its limit at the edge of chaos, and where it does not.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, Proposition 2, corrected: it bounds
the error of ReLU by A/L, calls that of all smooth activations log(L)/L, and takes suprema over
all x != x'.
"""

import sympy as sp

from numerics.enclosure import enclose
from theory.mean_field import MeanField
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.expansion import Term
from theory.tangent.matched import matched_law

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball
from .moments import curvature, edge, kernel
from .tangent_balance import LOG, SHIFT, SMALL, Ansatz, remainders, simple_ansatz
from .tangent_ratio import ERF_EDGE
from .tangent_tools import (
    deep,
    erf_float,
    float_path,
    kernel_balls,
    log_slope,
    relu_balls,
    relu_float,
)

__all__ = ["RATES"]

R = sp.Rational
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654"
ROWS = (10**4, 10**5, 10**6)
_THREE_EIGHTHS, _FIFTH = R(3, 8), R(1, 5)
SQUARE, CUBE, ROOT = sp.symbols("a_2 b_3 b", positive=True)


# ---------------------------------------------------------------- three kinds of functions


def _relu_balance(logarithm=_THREE_EIGHTHS):
    """f = s u^(3/2) with no term of order u^2."""
    s = sp.Symbol("s", positive=True)
    yield from _vanish(
        remainders([(s, R(3, 2))], simple_ansatz(2, (2 / s) ** 2, R(1, 4), logarithm, -3))
    )


def _smooth_balance(gamma=1 - CUBE / SQUARE**2):
    """f = a_2 u^2 - b_3 u^3."""
    ansatz = simple_ansatz(1, 1 / SQUARE, R(1, 3), gamma / 3, -gamma)
    terms = [(SQUARE, sp.Integer(2)), (-CUBE, sp.Integer(3))]
    yield from _vanish(remainders(terms, ansatz))


def _root_balance(share=_FIFTH):
    """f = a_2 u^2 - b u^(5/2): corrections in l^(-1/2)."""
    strength = ROOT / SQUARE ** R(3, 2)
    free = sp.Symbol("d", real=True)
    shape = 1 + 2 * strength * SMALL + SMALL**2 * (free * LOG + SHIFT)
    ansatz = Ansatz(sp.S.One, 1 / SQUARE, shape, R(1, 3) - share * strength * SMALL, 2)
    terms = [(SQUARE, sp.Integer(2)), (-ROOT, R(5, 2))]
    orders = ("u: l^-1", "u: l^-3/2", "k: l^0", "k: l^-1/2")
    found = remainders(terms, ansatz)
    yield from _vanish({name: found.get(name, sp.S.Zero) for name in orders})


def _vanish(found):
    for value in found.values():
        yield Symbolic(sp.powdenest(sp.expand(value), force=True), 0)


def _same_law():
    """The engine integrates a flow instead; it must give the same coefficients."""
    s = sp.Symbol("s", positive=True)
    yield Symbolic(matched_law([Term(s, R(3, 2))]).terms[0].coefficient, R(3, 8))
    cubic = matched_law([Term(SQUARE, sp.Integer(2)), Term(-CUBE, sp.Integer(3))])
    yield Symbolic(cubic.terms[0].coefficient, (1 - CUBE / SQUARE**2) / 3)
    root = matched_law([Term(SQUARE, sp.Integer(2)), Term(-ROOT, R(5, 2))])
    yield Symbolic(root.terms[0].coefficient, -ROOT / (5 * SQUARE ** R(3, 2)))
    yield Symbolic(root.terms[0].exponent, R(1, 2))


def _activations():
    yield Symbolic(NTK("relu").depth_law["critical"].log_coefficient, R(3, 8))
    for text in ("erf", "sin", "gelu"):
        weight = edge(text)[0].doit()
        bent = [kernel(text).doit().diff(rho, k).subs(rho, 1) for k in (2, 3)]
        second, third = (weight * part / q for part in bent)
        gamma = 1 - 2 * third / (3 * second**2)
        stated = NTK(text).depth_law["critical"].log_coefficient
        for value in (R(1, 2), R(2)):
            yield CertifiedValue(stated, gamma / 3, {q: value})
    erf = NTK("erf").depth_law["critical"].log_coefficient
    yield Symbolic(erf.subs(q, R(1, 2)), -1)
    yield Symbolic(erf.subs(q, 2), R(-11, 24))
    yield from _elu()


def _elu_coefficient():
    """-b/(5 a_2^(3/2)) at q = 1: phi'' jumps by -1 at 0."""
    weight = edge("elu")[0].subs(q, 1)
    square = weight * curvature("elu").subs(q, 1) / 2
    root = 4 * weight / (15 * sp.sqrt(sp.pi)) / sp.sqrt(2 * sp.pi)
    return -root / (5 * square ** R(3, 2))


def _elu():
    law = NTK("elu").depth_law["critical"]
    yield Symbolic(law.next_order.exponent, R(1, 2))
    yield law.log_coefficient is None
    yield CertifiedValue(law.next_order.coefficient, _elu_coefficient(), {q: 1})
    yield Numeric(
        lambda _: enclose(law.next_order.coefficient, {q: 1}).midpoint,
        R("-0.402662246072269"),
        [{}],
        digits=14,
    )


# ---------------------------------------------------------------- depths


def _values(text):
    """K^L/(L q) at ``ROWS``."""
    if text == "relu":
        return deep("relu", 2, 0, ROWS)
    if text == "erf":
        return deep("erf", *ERF_EDGE, ROWS, 0.5)
    point = MeanField(text).edge_of_chaos
    at = [
        sp.Float(enclose(part, {q: 1}, 18).midpoint) for part in (point.sigma_w2, point.sigma_b2)
    ]
    return deep(text, *(float(v) for v in at), ROWS)


def _quotient(text, limit, stated):
    """The coefficient of log(L)/L from L = 1e5 and 1e6."""
    values = {depth: _values(text)[depth] for depth in ROWS[1:]}
    found = log_slope(values, float(limit))
    note = f"{text}: coefficient of log(L)/L"
    return Numeric(found, stated, [{}], digits=3, absolute=True, note=note)


def _elu_quotient(stated):
    """The coefficient of L^(-1/2) from three depths, with log(L)/L and 1/L eliminated."""

    def value(_):
        import numpy as np

        values = _values("elu")
        depths = np.array(ROWS, dtype=float)
        matrix = np.stack([depths**-0.5, np.log(depths) / depths, 1 / depths], axis=1)
        return float(np.linalg.solve(matrix, [values[d] - 1 / 3 for d in ROWS])[0])

    return Numeric(value, stated, [{}], digits=2, note="ELU, q = 1: coefficient of L^(-1/2)")


def _depths():
    for text, step, limit, stated in (
        ("relu", relu_float, R(1, 4), R(3, 8)),
        ("erf", erf_float(0.5), R(1, 3), -1),
    ):
        route = float_path(step, ROWS[:2])
        observed = {depth: k / depth for depth, (k, _) in route.items()}
        yield _quotient(text, limit, stated)
        note = f"{text}, recursion in floats"
        slope = log_slope(observed, float(limit))
        yield Numeric(slope, stated, [{}], digits=2, absolute=True, note=note)
    for depth, digits in zip(ROWS, ("0.329809584", "0.332116285", "0.332936796"), strict=True):
        yield Numeric(_values("elu")[depth], R(digits), [{"L": depth}], digits=8)
    yield _elu_quotient(R("-0.402662246"))


def _rates():
    yield from _relu_balance()
    yield from _smooth_balance()
    yield from _root_balance()
    yield from _same_law()
    yield from _activations()
    yield from _depths()


LOG_RATE = Claim(
    "ntk.log-rate",
    r"On the edge of chaos at fixed $c^1 < 1$: ReLU $\frac{K^L}{Lq} = \frac14 + \frac38\frac{\log "
    r"L}{L} + O(\frac1L)$; smooth with $E\phi'''^2 < \infty$: $\frac13 + \frac\gamma3\frac{\log "
    r"L}{L} + O(\frac1L)$, $\gamma = 1 - \frac{2C'''(1)}{3C''(1)^2}$; $\phi \in C^1$ with jumps "
    r"of $\phi''$ (ELU): $\frac13 - \frac{b}{5a_2^{3/2}}L^{-1/2}$, where $1 - C(1-u) = u - a_2u^2 "
    r"+ bu^{5/2}$.",
    f"corrects {HAYOU}, Proposition 2: the orders of ReLU and ELU; constants derived here",
    _rates,
    (
        Mutation("coefficient 3/4 for ReLU", lambda: _relu_balance(R(3, 4))),
        Mutation("gamma = 1 - b_3/a_2", lambda: _smooth_balance(1 - CUBE / SQUARE)),
        Mutation(
            "Proposition 2 as printed for ReLU: O(1/L), no logarithm",
            lambda: _quotient("relu", R(1, 4), 0),
        ),
        Mutation("no logarithm for ReLU, by balance", lambda: _relu_balance(sp.S.Zero)),
        Mutation(
            "Proposition 2 as printed for ELU: O(log(L)/L)",
            lambda: Numeric(
                lambda _: (_values("elu")[10**6] - 1 / 3) * 10**3, 0, [{}], digits=3,
                absolute=True, note="(K/(Lq) - 1/3) sqrt(L) at L = 1e6",
            ),
        ),
        Mutation("-b/(3 a_2^(3/2))", lambda: _root_balance(R(1, 3))),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- suprema


def _near(gap, depth):
    """Certified K^depth/(depth q) of ReLU for c^1 = 1 - ``gap``."""
    from .tangent_tools import digits_of

    return digits_of("relu", 2, 0, depth - 1, 1, 1 - gap).ntk[depth - 1]


def _not_uniform():
    yield _near(R(1, 10**12), 100).lower > 100 * R(999, 1000)
    yield _near(R(1, 10**20), 300).lower > 300 * R(999, 1000)
    gap = R(1, 10**12)
    yield Balls(
        lambda: _near(gap, 100).ball(),
        lambda: kernel_balls(relu_balls(), ball(1 - gap), 100)[0],
        17,
        "K^100 at c^1 = 1 - 1e-12",
        4000,  # a root of u in every layer costs digits
    )
    # K^L is continuous in the inputs, and L q where they agree
    for depth in (2, 3):
        kernel_ = NTK("relu").critical_kernel(depth)
        yield Symbolic(kernel_.subs(rho, 1), depth * q)
    # nor uniform in the norms: K^L is homogeneous of degree 1 in |x| |x'|
    scale = sp.Symbol("t", positive=True)
    whole = NTK("relu").kernel(3).subs({sigma_b2: 0, sigma_w2: 2})
    moved = whole.subs({q1: scale * q1, q2: scale * q2}, simultaneous=True)
    yield Symbolic(moved, scale * whole)


def _recursion_of_floats():
    route = float_path(relu_float, (30, 100), 1e-12)
    for depth, (value, _) in route.items():
        certified = _near(R(1, 10**12), depth).midpoint
        yield Numeric(certified, value, [{"L": depth}], digits=12)


def _uniform(constant):
    """|K^L/(L q) - 1/4| <= constant/L at c^1 = 1 - 1e-12, L = 100."""
    return _near(R(1, 10**12), 100).lower / 100 - R(1, 4) <= constant / sp.Integer(100)


SUPREMA = Claim(
    "ntk.sup-not-uniform",
    r"On the edge of chaos $K^L$ is continuous and $K^L(x,x)/L = q \ne \lambda q$, so "
    r"$\sup_{x \ne x'}|K^L/L - \lambda q| \ge (1-\lambda)q$ for every $L$: rates need $c^1(x,x') "
    r"\le 1 - \varepsilon$ and bounded norms. ReLU, $c^1 = 1 - 10^{-12}$: $K^{100}/(100q) > "
    r"0.999$.",
    f"corrects the suprema of {HAYOU}, Propositions 1 to 3",
    _not_uniform,
    (
        Mutation("Proposition 2 as printed, with A = 10", lambda: _uniform(10)),
        Mutation("Proposition 2 as printed, with A = 70", lambda: _uniform(70)),
    ),
    full=_recursion_of_floats,
)

RATES = (LOG_RATE, SUPREMA)
