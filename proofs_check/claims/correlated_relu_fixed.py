r"""The claim on where correlations settle in ReLU networks with correlated weights, no biases.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; all formulas are derived here.
"""

import math
from functools import lru_cache

import mpmath
import sympy as sp

from theory.symbols import rho

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_relu import relu
from .correlated_tools import float_arc
from .enclosures import Balls, ball, printed
from .guessing_relu import arc
from .tangent_tools import zero_between

__all__ = ["CORRELATED_RELU_FIXED", "gap_at", "lies", "settled"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)
_C = sp.Symbol("c", real=True)
_INSIDE = {_C: (R(1, 100), R(99, 100))}


def lies(c):
    """h(c) = sqrt(1 - c^2) - c arccos c, arccos written with arcsin."""
    return sp.sqrt(1 - c**2) - c * (sp.pi / 2 - sp.asin(c))


@lru_cache(maxsize=32)
def settled(kappa):
    """The ball of c* < 1 with h(c*) = kappa (1 - c*)."""
    from flint import ctx

    if kappa == 1:
        return ball(0)
    with ctx.workprec(240):
        slope = ball(kappa)

        def excess(c):
            return slope * (1 - c) - (1 - c * c).sqrt() + c * c.acos()

        return zero_between(excess, 0, "0.99999")


# ---------------------------------------------------------------- without biases

#: kappa: c*, lambda, xi.
_TABLE = {
    R(1, 10): ("0.9887626542197804", "0.9835427144761728", "60.2619792878"),
    R(1, 4): ("0.9301813940584223", "0.9564635550269727", "22.465552484"),
    R(1, 2): ("0.7266299342356772", "0.9025616381818092", "9.75435662692"),
    R(3, 4): ("0.406913243452103", "0.8320265852073287", "5.43800742698"),
    R(9, 10): ("0.1709003437473236", "0.7773668012099487", "3.97072832482"),
    1: (None, "0.733471103462130", "3.22614907290"),
}


def _equation(kappa=_K):
    """C(c) - c = (h(c) - kappa (1 - c))/(pi - kappa)."""
    image = (arc(_C) - _K / sp.pi) / (1 - _K / sp.pi)
    stated = (lies(_C) - kappa * (1 - _C)) / (sp.pi - _K)
    yield Symbolic(image - _C, stated, {_C: (R(-9, 10), R(9, 10)), _K: (R(1, 10), 1)})


_INVERSE = lies(_C) / (1 - _C)


def _inverse():
    """kappa(c) falls from 1 to 0, so that c* is unique; the toolkit's inverse is this one."""
    yield Symbolic(_INVERSE.subs(_C, 0), 1)
    yield Certified(_INVERSE.diff(_C) < 0, {_C: (0, R(99, 100))})
    # h' = -arccos c; h ~ (2 sqrt 2/3) u^(3/2) at c = 1 - u
    yield Symbolic(lies(_C).diff(_C), -(sp.pi / 2 - sp.asin(_C)), _INSIDE)
    yield Certified(_INVERSE.subs(_C, 1 - R(1, 10**8)) < R(1, 10**3))
    found = relu().scale_free.weight_correlation(rho)
    yield Symbolic(found.subs(sp.acos(rho), sp.pi / 2 - sp.asin(rho)), _INVERSE.subs(_C, rho))


def _attracts():
    """lambda(c) = (pi - arccos c)/(pi - kappa(c)) is in (0, 1); C(c) - c has one sign change."""
    rate = (sp.pi / 2 + sp.asin(_C)) / (sp.pi - _INVERSE)
    yield Certified(rate < 1, {_C: (0, R(9, 10))})
    yield Certified(rate > 0, {_C: (0, R(9, 10))})
    above = (arc(_C) - _K / sp.pi) / (1 - _K / sp.pi) - _C
    stated = (_INVERSE - _K) * (1 - _C) / (sp.pi - _K)
    yield Symbolic(above, stated, {_C: (R(-9, 10), R(9, 10)), _K: (R(1, 10), 1)})
    for kappa in (0.1, 0.25, 0.5, 0.9, 1.0):
        star = float(settled(sp.nsimplify(kappa)).mid())
        for start in (-0.5, 0.0, 0.7, 0.999):
            c = start
            for _ in range(2500):
                c = (float_arc(c) - kappa / math.pi) / (1 - kappa / math.pi)
            what = f"kappa = {kappa}, layer 2500 from c = {start}"
            yield Between(c, star - 1e-9, star + 1e-9, what)


def _table():
    from numerics.fixed_point import fixed_points

    for kappa, (star, rate, scale) in _TABLE.items():
        maps = relu(kappa).scale_free
        what = f"kappa = {kappa}"

        def own_rate(kappa=kappa):
            from flint import arb

            return (arb.pi() - settled(kappa).acos()) / (arb.pi() - ball(kappa))

        if star is not None:
            figures = len(star) - 3
            yield Balls(
                lambda k=kappa: settled(k), lambda d=star: printed(d), figures, f"c*, {what}"
            )
            exact = sp.N(maps.c_star(), 30)
            yield Numeric(
                exact, sp.S(settled(kappa).str(30, radius=False)), [{}], digits=18, note=what
            )
        yield Balls(own_rate, lambda d=rate: printed(d), len(rate) - 3, f"lambda, {what}")
        yield Balls(
            lambda f=own_rate: -1 / f().log(), lambda d=scale: printed(d), 10, f"xi, {what}"
        )
        yield Numeric(sp.N(maps.rate, 20), R(rate), [{}], digits=len(rate) - 3, note=what)
        yield Numeric(sp.N(maps.xi, 20), R(scale), [{}], digits=10, note=what)
        (point,) = fixed_points(relu(kappa), sigma_w2=2.0)
        value = float(settled(kappa).mid())
        yield Numeric(point.c_star, value, [{}], digits=11, absolute=True, note=what)
        yield Numeric(point.xi_c, R(scale), [{}], digits=9, note=what)


def gap_at(kappa):
    """1 - c* to 40 digits: h(1 - u) = kappa u."""
    with mpmath.workdps(60):
        kappa = mpmath.mpf(kappa)

        def excess(u):
            angle = 2 * mpmath.asin(mpmath.sqrt(u / 2))
            return (mpmath.sin(angle) - angle * mpmath.cos(angle)) / u - kappa

        guess = 9 * kappa**2 / 8
        return mpmath.findroot(excess, (guess * 0.9, guess * 1.1), solver="anderson", tol=1e-80)


_NINE_EIGHTHS = R(9, 8)


def _small(power=2, coefficient=_NINE_EIGHTHS):
    """u(kappa)/kappa^2 -> 9/8: Richardson in kappa^2 from kappa = 1e-3 and 2e-3."""
    values = [gap_at(k) / mpmath.mpf(k) ** power for k in ("0.001", "0.002")]
    limit = (4 * values[0] - values[1]) / 3
    yield Numeric(limit, coefficient, [{}], digits=10)


def _next_order():
    """1 - c* = (9/8) kappa^2 (1 - (9/80) kappa^2 + ...), by the toolkit and by roots."""
    law = relu(_K).scale_free.small_kappa_law
    yield Symbolic(law.leading, R(9, 8) * _K**2)
    kappa = R(1, 50)
    stated = (law.leading + law.correction).subs(_K, kappa)
    yield Numeric(gap_at("0.02"), stated, [{}], digits=7)


def _relu_cstar():
    yield from _equation()
    yield from _inverse()
    yield from _attracts()
    yield from _table()
    yield from _small()
    yield from _next_order()


RELU_CSTAR = Claim(
    "corr.relu-cstar-b0",
    r"ReLU, $\sigma_b = 0$, $0 < \kappa \le 1$: correlations settle at the $c^*$ with "
    r"$\sqrt{1-c^2} - c\arccos c = \kappa(1-c)$; its inverse $\kappa(c^*) = (\sqrt{1-c^2} - "
    r"c\arccos c)/(1-c)$ falls from 1 at $c^* = 0$ to 0 at $c^* = 1$, and $1 - c^* \approx "
    r"\frac98\kappa^2$ for small $\kappa$. Depth scale $-1/\log\lambda$ with $\lambda = (\pi - "
    r"\arccos c^*)/(\pi - \kappa)$, which is $\pi/(2(\pi-1)) = 0.733471\ldots$ at $\kappa = 1$.",
    SOURCE,
    _relu_cstar,
    (
        Mutation("1 - c* = 9 kappa/8", lambda: list(_small(power=1))),
        Mutation("1 - c* = 9 kappa^2/4", lambda: list(_small(coefficient=R(9, 4)))),
        Mutation("h(c) = 2 kappa (1 - c)", lambda: list(_equation(2 * _K))),
    ),
)

CORRELATED_RELU_FIXED = (RELU_CSTAR,)
