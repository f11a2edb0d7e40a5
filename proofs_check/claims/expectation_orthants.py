r"""Claims on normal orthants, on which every closed form rests, and on when there is one.

Sources: W. Sheppard, Phil. Trans. R. Soc. A 192 (1899); D. Owen, Ann. Math. Statist. 27 (1956);
R. Plackett, Biometrika 41 (1954); F. David, Biometrika 40 (1953).
"""

from functools import lru_cache

import mpmath
import sympy as sp

from theory.gaussian import E2, E, GaussianExpectation
from theory.special import Phi, Phi2
from theory.symbols import q, q1, q2, rho, x

from ..checks import CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .expectation_forms import S, W, step_at

__all__ = ["ORTHANTS"]

R = sp.Rational
PI = sp.pi
asin, sqrt = sp.asin, sp.sqrt
A, B = sp.symbols("a b", positive=True)
H, K = sp.symbols("h k", real=True)
STEP = step_at(0, x)
RAMP = sp.Max(x, 0)


# ---------------------------------------------------------------- two constraints


def _sheppard():
    """By Plackett: the derivative in rho is the density, and at rho = 0 the signs separate."""
    stated = R(1, 4) + asin(rho) / (2 * PI)
    yield Symbolic(stated.diff(rho), 1 / (2 * PI * W))
    yield Symbolic(stated.subs(rho, 0), R(1, 2) ** 2)
    yield Symbolic(_quadrant().diff(rho), 1 / (2 * PI * W))
    yield _sheppard_for(stated)
    for r in (R(1, 2), R(-9, 10)):
        yield CertifiedValue(_quadrant(), stated, {q1: R(7, 10), q2: 3, rho: r}, digits=10)


def _quadrant():
    return E2(STEP, STEP, q1, q2, rho)


def _sheppard_for(stated):
    return Symbolic(_quadrant().doit(), stated)


SHEPPARD = Claim(
    "sym.sheppard",
    r"$P(X>0,Y>0) = \frac14+\frac{1}{2\pi}\arcsin\rho$ for centred Gaussian $X$, $Y$ of "
    r"correlation $\rho$.",
    "W. Sheppard, Phil. Trans. R. Soc. A 192 (1899)",
    _sheppard,
    (
        Mutation("1/pi", lambda: _sheppard_for(R(1, 4) + asin(rho) / PI)),
        Mutation("arccos", lambda: _sheppard_for(R(1, 4) + sp.acos(rho) / (2 * PI))),
    ),
)


# ---------------------------------------------------------------- Owen's T


def _owens_t(h, a):
    """The integral that defines T."""
    return mpmath.quad(
        lambda t: mpmath.exp(-(h**2) * (1 + t**2) / 2) / (1 + t**2), [0, a / 2, a]
    ) / (2 * mpmath.pi)


def _by_owen(point, delta=True):
    """Phi2(h, k; r) by T, with 1/2 taken off where h and k lie on different sides of 0."""
    h, k, r = (mpmath.mpf(part.p) / part.q for part in point.values())
    spread = mpmath.sqrt(1 - r**2)
    total = (mpmath.ncdf(h) + mpmath.ncdf(k)) / 2
    total -= _owens_t(h, (k - r * h) / (h * spread)) + _owens_t(k, (h - r * k) / (k * spread))
    apart = h * k < 0 or (h * k == 0 and h + k < 0)
    return total - mpmath.mpf(1) / 2 if delta and apart else total


#: Both signs of h, k and r, and a point near r = 1.
PLACES = (
    (R(1, 2), R(6, 5), R(3, 10)),
    (R(-1, 2), R(6, 5), R(3, 10)),
    (R(1, 2), R(-6, 5), R(-7, 10)),
    (R(-3, 2), R(-1, 5), R(-1, 2)),
    (R(2), R(19, 10), R(99, 100)),
)


def _owen():
    yield _owen_for(PLACES)
    # the same Phi2 as an expectation, integrated
    h, k, r = PLACES[1]
    node = E2(step_at(-h, x), step_at(-k, x), 1, 1, rho)
    yield CertifiedValue(node, Phi2(h, k, r), {rho: r}, digits=12)
    # E of a product of two Phi at shifted arguments needs it in one variable
    product = E(Phi(x + H) * Phi(2 * x - K), q)
    stated = Phi2(H / sqrt(1 + q), -K / sqrt(1 + 4 * q), 2 * q / sqrt((1 + q) * (1 + 4 * q)))
    yield Symbolic(product.doit(), stated)


def _owen_for(places, delta=True):
    grid = [dict(zip("hkr", place, strict=True)) for place in places]
    return Numeric(
        lambda point: Phi2(*point.values()).evalf(35), lambda p: _by_owen(p, delta), grid, 25
    )


OWEN = Claim(
    "sym.owen",
    r"$\Phi_2(h,k;r) = \frac12\Phi(h)+\frac12\Phi(k)-T(h,\frac{k-rh}{h\sqrt{1-r^2}})"
    r"-T(k,\frac{h-rk}{k\sqrt{1-r^2}})-\delta$ with $T(h,a) = \frac1{2\pi}\int_0^a"
    r"\frac{e^{-h^2(1+t^2)/2}}{1+t^2}dt$ and $\delta = \frac12$ where $hk<0$, else 0 "
    r"($hk \ne 0$).",
    "Owen 1956, eq. 2.1",
    _owen,
    (
        Mutation("delta = 0 always", lambda: _owen_for(PLACES[1:2], delta=False)),
        Mutation(
            "the correlation of Phi(x + h) and Phi(2x - k) is 1/2",
            lambda: Symbolic(
                E(Phi(x + H) * Phi(2 * x - K), q).doit(),
                Phi2(H / sqrt(1 + q), -K / sqrt(1 + 4 * q), R(1, 2)),
            ),
        ),
    ),
)


# ---------------------------------------------------------------- three constraints


def _arcs(*correlations):
    """P of a centred orthant of dimension 3."""
    return R(1, 8) + sum(map(asin, correlations)) / (4 * PI)


def _orthant3():
    """X > 0, W1 < aX, W2 < bX with independent standard normal W1, W2."""
    yield _orthant3_for(_arcs(*_correlations()))
    root2 = sqrt(2)
    node = E(STEP * Phi(root2 * x) ** 2, q)
    stated = _arcs(*(part.subs({A: root2, B: root2}) for part in _correlations()))
    for variance in (1, R(1, 3)):
        yield CertifiedValue(node, stated, {q: variance}, digits=30)
    # two variables: X > 0, Y > 0 and a Phi of X
    mixed = E2(STEP * Phi(x), STEP, q1, q2, rho)
    first, second = S / sqrt(1 + q1), rho * S / sqrt(1 + q1)
    yield Symbolic(mixed.doit(), _arcs(first, second, rho))
    yield CertifiedValue(
        mixed, _arcs(first, second, rho), {q1: R(7, 10), q2: 2, rho: R(-2, 5)}, digits=10
    )


def _correlations():
    first, second = 1 + A**2 * q, 1 + B**2 * q
    return (
        A * sqrt(q) / sqrt(first),
        B * sqrt(q) / sqrt(second),
        A * B * q / sqrt(first * second),
    )


def _orthant3_for(stated):
    return Symbolic(E(STEP * Phi(A * x) * Phi(B * x), q).doit(), stated)


ORTHANT3 = Claim(
    "sym.orthant3",
    r"A centred Gaussian orthant of dimension 3 has probability "
    r"$\frac18+\frac1{4\pi}(\arcsin r_{12}+\arcsin r_{13}+\arcsin r_{23})$; so "
    r"$E\,1_{X>0}\Phi(aX)\Phi(bX)$ has $r_{12} = a\sqrt q/\sqrt{1+a^2q}$, $r_{13}$ likewise and "
    r"$r_{23} = abq/\sqrt{(1+a^2q)(1+b^2q)}$.",
    "F. David, Biometrika 40 (1953)",
    _orthant3,
    (
        Mutation("one arcsine is forgotten", lambda: _orthant3_for(_arcs(*_correlations()[:2]))),
        Mutation(
            "2 pi instead of 4 pi",
            lambda: _orthant3_for(2 * _arcs(*_correlations()) - R(1, 8)),
        ),
    ),
)


# ---------------------------------------------------------------- the counting rule

ERF = sp.erf(x)
#: One variable: integrand, number of half-lines and Phi factors, whether all thresholds are 0.
ONE = (
    (sp.exp(x) * x**2, 0, True),
    (RAMP**2, 1, True),
    ((x * Phi(x)) ** 2, 2, True),
    (sp.erf(x + 1) ** 2, 2, False),
    (RAMP**2 * ERF**2, 3, True),
    (Phi(x) ** 3, 3, True),
    (STEP * Phi(x + 1) ** 2, 3, False),
    (Phi(x) ** 4, 4, True),
)
#: Two variables: the two factors, the sum of their numbers, whether all thresholds are 0.
TWO = (
    (sp.sin(x), x**2 * sp.exp(x), 0, True),
    (RAMP, x * Phi(x), 2, True),
    (sp.exp(-sp.Abs(x)), RAMP, 2, False),
    (RAMP * ERF, RAMP, 3, True),
    (RAMP * ERF, sp.Max(x - 1, 0), 3, False),
    (RAMP * ERF, RAMP * ERF, 4, True),
)


def _count(rule=lambda m, centred: m <= 2 or (m == 3 and centred)):
    for f, m, centred in ONE:
        yield _is_closed(_one(f)) == rule(m, centred)
    for f, g, m, centred in TWO:
        yield _is_closed(_two(f, g)) == rule(m, centred)
    for f, m, centred in ONE:
        if rule(m, centred):
            yield CertifiedValue(E(f, q), _one(f), {q: R(7, 10)}, digits=15)
    at = {q1: R(7, 10), q2: R(19, 10), rho: R(2, 5)}
    for f, g, m, centred in TWO:
        if rule(m, centred):
            yield CertifiedValue(E2(f, g, q1, q2, rho), _two(f, g), at, digits=8)


@lru_cache(maxsize=32)
def _one(f):
    return E(f, q).doit()


@lru_cache(maxsize=32)
def _two(f, g):
    return E2(f, g, q1, q2, rho).doit()


def _is_closed(value):
    return not value.has(GaussianExpectation)


def _dimension_four():
    """The even orthant by the formula of dimension 3, which lacks the fourth-order term."""
    node = E2(STEP * Phi(x), STEP * Phi(x), 1, 1, rho)
    near, far = asin(1 / sqrt(2)), asin(rho / sqrt(2))
    arcs = asin(rho) + asin(rho / 2) + 2 * near + 2 * far
    return CertifiedValue(node, R(1, 16) + arcs / (8 * PI), {rho: R(1, 2)}, digits=6)


COUNT = Claim(
    "sym.count",
    r"Let $m$ be the number of half-lines and factors $\Phi$ (or erf) of a term, half-lines of "
    r"one variable merged. Its expectation has a closed form in $\Phi_2$ and arcsines if "
    r"$m \le 2$, or $m = 3$ with all thresholds 0 after the tilt; else the integral stands.",
    "derived here; the orthants are those of Sheppard 1899, Owen 1956, David 1953",
    _count,
    (
        Mutation("m = 3 with shifts is closed too", lambda: _count(lambda m, centred: m <= 3)),
        Mutation("m = 3 is never closed", lambda: _count(lambda m, centred: m <= 2)),
        Mutation("m = 4 by the arcsines of the pairs", _dimension_four),
    ),
)


ORTHANTS = (SHEPPARD, OWEN, ORTHANT3, COUNT)
