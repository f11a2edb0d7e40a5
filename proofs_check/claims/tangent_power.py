r"""Claims on sgn(x)|x|^p, 1/2 < p < 1: an exact family between no edge of chaos and linear.

Source: derived here, as the interpolation between the classes of S. Hayou, A. Doucet and
J. Rousseau, arXiv:1905.13654, Proposition 2.  The kernel is that of Y. Cho and L. Saul, NIPS 2009,
for odd powers.
"""

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q
from theory.tangent import NTK
from theory.tangent.expansion import critical_expansion

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .tangent_balance import remainders, simple_ansatz
from .tangent_tools import deep, extrapolated, float_path, log_slope, power_float

__all__ = ["POWER_FAMILY"]

R = sp.Rational
P = sp.Symbol("p", positive=True)
EXPONENTS = (R(3, 4), R(9, 10), R(3, 5))
ROWS = (10**4, 10**5, 10**6)
#: K^L/(L q) from c^1 = 1/10 at L = 1e3, 1e5, 1e6.
_TABLE = {
    R(3, 4): ("0.1728952807", "0.1667479725", "0.1666757565"),
    R(9, 10): ("0.2498442229", "0.2224406331", "0.2222440111"),
    R(3, 5): ("0.0868303067", "0.0833892344", "0.0833399785"),
}


def _text(p):
    return f"sign(x)*abs(x)^({p})"


def _absolute_moment(power):
    """E |Z|^power of a standard normal Z."""
    return 2 ** (power / 2) * sp.gamma((power + 1) / 2) / sp.sqrt(sp.pi)


def _edge(p, at=sp.S.One, bias=None):
    """(sigma_w2, sigma_b2) as stated."""
    weight = at ** (1 - p) / (p**2 * _absolute_moment(2 * p - 2))
    return weight, at * (1 - 1 / p) ** 2 if bias is None else bias


def _edge_of_chaos(bias=lambda p: q * (1 - 1 / p) ** 2):
    """The stated point from the moments of |Z|, p a symbol, and the toolkit's for three p."""
    weight = _edge(P, q)[0]
    second = q**P * _absolute_moment(2 * P - 2) * (2 * P - 1)  # E |Z|^2p by parts
    b = sp.Symbol("b", positive=True)  # p - 1/2
    quotient = _absolute_moment(2 * b + 1) / _absolute_moment(2 * b - 1)
    yield Symbolic(sp.gammasimp(quotient), 2 * b)
    slope = P**2 * q ** (P - 1) * _absolute_moment(2 * P - 2)
    yield Symbolic(sp.powsimp(weight * slope), 1)
    yield Symbolic(bias(P) + sp.powsimp(weight * second), q)
    yield Symbolic(sp.powsimp(weight * second.diff(q)), 2 - 1 / P)
    for p in EXPONENTS:
        edge = MeanField(_text(p)).edge_of_chaos
        yield Symbolic(edge.sigma_b2, bias(p))
        yield Symbolic(sp.gammasimp(edge.sigma_w2 / _edge(p, q)[0]), 1)
        yield Symbolic(edge.stability, 2 - 1 / p)
    yield Symbolic(MeanField(_text(R(3, 2))).edge_of_chaos.stability, R(4, 3))  # unstable


def _expansion():
    """f = s u^(p + 1/2) + O(u^2), and 2 > 2 (p + 1/2) - 1: one term decides the logarithm."""
    for p in EXPONENTS:
        (term,) = critical_expansion(MeanField(_text(p)))
        yield Symbolic(term.exponent, p + R(1, 2))
        law = NTK(_text(p)).depth_law["critical"]
        yield Symbolic(law.power, 1 / (p - R(1, 2)))
        yield Symbolic(law.log_coefficient, (2 * p + 1) / (8 * p))
        # the coefficient by Gauss's connection formula of the closed kernel
        top = p + R(1, 2)
        share = sp.gamma(-top) * sp.gamma(1 + p / 2) ** 2
        share /= sp.gamma((1 - p) / 2) ** 2 * sp.gamma(top)
        stated = (2 * p - 1) / p**2 * share * 2**top
        yield Numeric(term.coefficient, stated, [{}], digits=25)


def _balanced(ratio=lambda p: (2 * p - 1) / (4 * p), logarithm=lambda p: (2 * p + 1) / (8 * p)):
    """Both recursions to the order log(l)/l for p = 1/2 + 1/a, a a symbol."""
    s, a = sp.symbols("s a", positive=True)
    p = R(1, 2) + 1 / a
    ansatz = simple_ansatz(
        a, (a / s) ** a, sp.cancel(ratio(p)), sp.cancel(logarithm(p)), -a * (a + 1) / 2
    )
    for remainder in remainders([(s, 1 + 1 / a)], ansatz).values():
        yield Symbolic(sp.cancel(remainder), 0)


def _depths():
    for p in EXPONENTS:
        values = deep(_text(p), *_edge(p), (10**3, *ROWS))
        route = float_path(power_float(float(p)), (10**3, 10**4))
        for depth, (kernel, _) in route.items():
            yield Numeric(values[depth], kernel / depth, [{"p": p, "L": depth}], digits=10)
        for depth, text in zip((10**3, 10**5, 10**6), _TABLE[p], strict=True):
            yield Numeric(values[depth], R(text), [{"p": p, "L": depth}], digits=8)
        yield _limit(p, (2 * p - 1) / (4 * p))
        if p < R(9, 10):
            yield _logarithm(p, (2 * p + 1) / (8 * p))


def _limit(p, stated):
    values = {depth: deep(_text(p), *_edge(p), (10**3, *ROWS))[depth] for depth in ROWS}
    return Numeric(extrapolated(values), stated, [{"p": p}], digits=4, note="extrapolated")


def _logarithm(p, stated):
    """The coefficient of log(L)/L from L = 1e5 and 1e6."""
    values = deep(_text(p), *_edge(p), (10**3, *ROWS))
    found = log_slope({d: values[d] for d in ROWS[1:]}, float((2 * p - 1) / (4 * p)))
    note = "coefficient of log(L)/L"
    return Numeric(found, stated, [{"p": p}], digits=2, absolute=True, note=note)


def _near_linear():
    """p = 9/10: the next term, 450 L^(-3/2), is large; three depths determine it too."""
    p = EXPONENTS[1]
    values = deep(_text(p), *_edge(p), (10**5, 10**6, 10**7))
    depths = sp.Matrix(sorted(values))
    rows = [[sp.log(d).n(20), 1, sp.sqrt(d).n(20) ** -1] for d in depths]
    shifted = sp.Matrix([d * (values[int(d)] - (2 * p - 1) / (4 * p)) for d in depths])
    found = sp.Matrix(rows).solve(shifted)[0]
    note = "coefficient of log(L)/L, with L^(-3/2)"
    yield Numeric(found, (2 * p + 1) / (8 * p), [{"p": p}], digits=2, absolute=True, note=note)


def _family():
    yield from _edge_of_chaos()
    yield from _expansion()
    yield from _balanced()
    yield from _depths()


POWER = Claim(
    "ntk.power-family",
    r"$\phi = \mathrm{sgn}(x)|x|^p$, $\frac12 < p < 1$: edge of chaos $\sigma_b^2 = q(1 - "
    r"\frac1p)^2$, $\sigma_w^2 = q^{1-p}/(p^2E|Z|^{2p-2})$, stable as $V'(q) = 2 - 1/p < 1$; "
    r"$a = 1/(p - \frac12)$ and $K^L(x,x')/(Lq) = \frac{2p-1}{4p} + \frac{2p+1}{8p}\,\frac{\log "
    r"L}{L} + O(1/L)$: $\frac16$ with $\frac5{12}$ at $p = \frac34$. Unstable for $p > 1$.",
    "derived here; family between the classes of Hayou et al., arXiv:1905.13654, Proposition 2",
    _family,
    (
        Mutation("the ratio is p/(4p - 2)", lambda: _balanced(ratio=lambda p: p / (4 * p - 2))),
        Mutation("the ratio of p = 3/4 is 3/4", lambda: _limit(R(3, 4), R(3, 4))),
        Mutation("sigma_b2 = q (1 - p)^2", lambda: _edge_of_chaos(lambda p: q * (1 - p) ** 2)),
        Mutation("a clean O(1/L): no logarithm", lambda: _balanced(logarithm=lambda p: sp.S.Zero)),
        Mutation(
            "a clean O(1/L) at p = 3/4, from L = 1e5 and 1e6", lambda: _logarithm(R(3, 4), -1)
        ),
    ),
    full=_near_linear,
)

POWER_FAMILY = (POWER,)
