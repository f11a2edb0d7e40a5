r"""Claims on the tangent kernel away from criticality, and on its diagonal.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, Proposition 1, corrected: it bounds
|K^L - lambda| for x = x' too and in both phases, but in the chaotic one the diagonal diverges.
"""

import sympy as sp

from theory.symbols import q, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import L, c_star

from ..checks import Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .moments import slope
from .tangent_tools import compared, digits_of, erf_balls, kernel_balls, zero_between

__all__ = ["PHASES"]

R = sp.Rational
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654"
ORDERED_AT, CHAOTIC_AT = (R(1), R(1, 10)), (R(4), R(1, 20))
_TABLES = {
    ORDERED_AT: (
        {2: "0.155649406008633913", 5: "0.617776556404345745", 10: "1.24188822757607526",
         50: "1.91136378513912233", 100: "1.91174812610503972"},
        {2: "0.696887094727611996", 5: "1.29632970342432461", 10: "1.71363634474319581",
         50: "1.91172528844410795", 100: "1.91174813515710479"},
    ),
    CHAOTIC_AT: (
        {2: "0.477571225292485929", 5: "0.960099126160305185", 10: "1.38909623072500019",
         50: "1.72490125660311256", 100: "1.72526843783408908"},
        {2: "6.48208680918946904", 5: "34.8982274261523768", 10: "312.701303079425253",
         50: "5122799572.16985402", 100: "5.23412603550554281e18"},
    ),
}  # fmt: skip


# ---------------------------------------------------------------- balls of erf


def _fixed_point(weight, bias):
    """q* of erf between signs of q - V(q)."""
    from flint import arb

    def excess(v):
        return v - bias - 2 * weight / arb.pi() * (2 * v / (1 + 2 * v)).asin()

    return zero_between(excess, "0.2", 4, 700)


def _erf(variances):
    """(q*, (C, C')) as balls."""
    weight, bias = (ball(v) for v in variances)
    at = _fixed_point(weight, bias)
    return at, erf_balls(weight, bias, at)


def _off(variances, depth):
    at, maps = _erf(variances)
    return at * kernel_balls(maps, ball(R(1, 10)), depth)[0]


def _diagonal(variances, depth):
    at, (_, slope_) = _erf(variances)
    chi = slope_(ball(sp.S.One))
    return at * (chi**depth - 1) / (chi - 1)


def _limit(variances, with_correlation=True):
    """q/(1 - chi_1) in the ordered, q c*/(1 - C'(c*)) in the chaotic phase."""
    at, (correlation, slope_) = _erf(variances)
    c = ball(sp.S.One)
    if variances == CHAOTIC_AT:
        c = zero_between(lambda v: v - correlation(v), 0, "0.9", 700)
    return at * (c if with_correlation else 1) / (1 - slope_(c))


def _tables(variances):
    off, diagonal = _TABLES[variances]
    found = digits_of("erf", *variances, 99, None, R(1, 10))
    name = "erf, off the diagonal", "erf, diagonal"
    yield from compared(
        lambda depth: found.ntk[depth - 1].ball(), lambda d: _off(variances, d), off, name[0], 900
    )
    yield from compared(
        lambda depth: found.ntk_diagonal[depth - 1].ball(),
        lambda d: _diagonal(variances, d),
        diagonal,
        name[1],
        900,
    )


def _error_is_linear(variances, base=None, depths=(400, 500, 600)):
    """(K^L - lambda)/rate^L is A L + B: equal increments; ``base`` scales the rate."""

    def increments():
        _, (correlation, slope_) = _erf(variances)
        c = ball(sp.S.One)
        if variances == CHAOTIC_AT:
            c = zero_between(lambda v: v - correlation(v), 0, "0.9", 1400)
        rate = slope_(c) * (1 if base is None else ball(base))
        limit = _limit(variances)
        parts = [(limit - _off(variances, depth)) / rate**depth for depth in depths]
        return (parts[2] - parts[1]) / (parts[1] - parts[0])

    def one():
        from flint import arb

        return arb(1, "1e-10")

    return Balls(increments, one, 8, "increments of the error over rate^L", 1500)


# ---------------------------------------------------------------- ordered


def _ordered():
    for text in ("erf", "tanh", "sin"):
        law = NTK(text).depth_law["ordered"]
        chi = sigma_w2 * slope(text)
        yield Symbolic(law.limit, q / (1 - chi.doit()))
        yield from _diagonal_law(law, chi.doit())
        yield Symbolic(law.rate, chi.doit())
    yield from _tables(ORDERED_AT)
    law = NTK("erf").depth_law["ordered"]
    yield Balls(lambda: _law_at(law.limit, ORDERED_AT), lambda: _limit(ORDERED_AT), 20, "lambda")
    yield Balls(lambda: _limit(ORDERED_AT), lambda: printed("1.9117481354301453406"), 15)
    yield _error_is_linear(ORDERED_AT)


def _diagonal_law(law, chi):
    """K -> chi K + q, from q, is what the law of the diagonal says."""
    chi_1 = sp.Symbol("chi_1", positive=True)
    value = law.diagonal.subs(chi, chi_1)
    yield Symbolic(value.subs(L, L + 1), chi_1 * value + q, {chi_1: (R(3, 2), 3)})
    yield Symbolic(value.subs(L, 1), q, {chi_1: (R(3, 2), 3)})


def _law_at(expr, variances):
    """A law in q, sigma_w2, sigma_b2, c_star at the enclosed fixed points."""
    from numerics.balls import BallProgram

    at, (correlation, _) = _erf(variances)
    numbers = [at, *(ball(v) for v in variances)]
    symbols = (q, sigma_w2, sigma_b2)
    if expr.has(c_star):
        numbers.append(zero_between(lambda v: v - correlation(v), 0, "0.9", 700))
        symbols += (c_star,)
    return BallProgram(expr, symbols).real(numbers)


def _wrong_limit(formula):
    """A wrong limit against K^100, which is within 1e-7 of the right one."""

    def stated():
        from flint import arb

        return formula() + arb(0, "1e-6")

    return Balls(lambda: _off(ORDERED_AT, 100), stated, 5, "K^100(x, x')", 900)


def _variance_slope():
    """V'(q*) of erf: (4 sigma_w2/pi)/((1 + 2q) sqrt(1 + 4q))."""
    from flint import arb

    at, _ = _erf(ORDERED_AT)
    return 4 * ball(ORDERED_AT[0]) / (arb.pi() * (1 + 2 * at) * (1 + 4 * at).sqrt())


ORDERED = Claim(
    "ntk.ordered-limit",
    r"$\chi_1 < 1$: $K^L(x,x') \to \lambda = q^*/(1-\chi_1)$ for every pair, with error "
    r"$O(L\chi_1^L)$ off the diagonal and exactly $-\lambda\chi_1^L$ on it if $q^1 = q^*$. erf, "
    r"$\sigma_w^2 = 1$, $\sigma_b^2 = 1/10$: $\lambda = 1.91174813543\ldots$",
    f"{HAYOU}, Proposition 1, with the factor L and for bounded inputs",
    _ordered,
    (
        Mutation(
            "lambda = q*/(1 - V'(q*))",
            lambda: _wrong_limit(lambda: _erf(ORDERED_AT)[0] / (1 - _variance_slope())),
        ),
        Mutation("lambda = q*", lambda: _wrong_limit(lambda: _erf(ORDERED_AT)[0])),
        Mutation(
            "a rate faster than chi_1", lambda: _error_is_linear(ORDERED_AT, base=R(99, 100))
        ),
    ),
)


# ---------------------------------------------------------------- chaotic


def _chaotic():
    law = NTK("erf").depth_law["chaotic"]
    yield from _diagonal_law(law, (sigma_w2 * slope("erf")).doit())
    yield from _tables(CHAOTIC_AT)
    yield Balls(lambda: _limit(CHAOTIC_AT), lambda: printed("1.7252684923834460545"), 15)
    yield _toolkit_limit(law)
    yield _error_is_linear(CHAOTIC_AT)
    yield Symbolic(law.ratio, 0)
    yield Symbolic(law.condition_number(7), 1)
    yield Symbolic(law.predictor, 0)
    # erf without biases: c* = 0 and the limit vanishes
    yield Symbolic(law.limit.subs(c_star, 0), 0)
    found = digits_of("erf", *CHAOTIC_AT, 99, None, R(1, 10))
    yield found.ntk[99].upper < R(1, 10**18) * found.ntk_diagonal[99].lower


def _toolkit_limit(law, with_correlation=True):
    """The limit of the theory at the enclosed q* and c* against K^200, which is within 1e-15."""

    def stated():
        from flint import arb

        expr = law.limit if with_correlation else law.limit / c_star
        return _law_at(expr, CHAOTIC_AT) + arb(0, "1e-13")

    return Balls(lambda: _off(CHAOTIC_AT, 200), stated, 11, "K^200(x, x')", 900)


CHAOTIC = Claim(
    "ntk.chaotic",
    r"$\chi_1 > 1$, $V$ bounded: $K^L(x,x) = q^*\frac{\chi_1^L - 1}{\chi_1 - 1} \to \infty$, but "
    r"$K^L(x,x') \to \lambda_c = q^*c^*/(1 - C'(c^*))$. So $K^L(X,X)/K^L(x,x) \to I$, perfectly "
    r"conditioned, and $K^L(x,X)K^{-1} \to 0$: no generalisation.",
    f"corrects {HAYOU}, Proposition 1, which has the diagonal converge as well",
    _chaotic,
    (
        Mutation(
            "Proposition 1 as printed: the diagonal tends to lambda_c too",
            lambda: Balls(
                lambda: digits_of("erf", *CHAOTIC_AT, 99, None, R(1, 10)).ntk_diagonal[99].ball(),
                lambda: _limit(CHAOTIC_AT),
                15,
                "K^100(x, x)",
            ),
        ),
        Mutation(
            "lambda_c = q*/(1 - C'(c*))",
            lambda: _toolkit_limit(NTK("erf").depth_law["chaotic"], with_correlation=False),
        ),
    ),
)

PHASES = (ORDERED, CHAOTIC)
