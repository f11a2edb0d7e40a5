r"""Claims on powers of half-lines: arc-cosine kernels of every order, homogeneous functions.

Source: Y. Cho and L. Saul, "Kernel methods for deep learning", NeurIPS 2009.
"""

import sympy as sp

from theory.gaussian import E2, E
from theory.symbols import q, q1, q2, rho, x

from ..checks import CertifiedValue, Symbolic
from ..statement import Claim, Mutation
from .expectation_forms import S, T, step_at

__all__ = ["POWERS"]

R = sp.Rational
PI = sp.pi
STEP = step_at(0, x)
RAMP = sp.Max(x, 0)


# ---------------------------------------------------------------- arc-cosine kernels


def _j(order, sign=-1, extra=1):
    """J_p(theta) = (-1)^p sin^(2p + 1) ((1/sin) d/d theta)^p ((pi - theta)/sin) as f(theta)."""
    angle = sp.Symbol("theta", positive=True)
    inner = (PI - angle) / sp.sin(angle)
    for _ in range(order):
        inner = inner.diff(angle) / sp.sin(angle)
    return angle, sign**order * sp.sin(angle) ** (2 * order + extra) * inner


def _arccos_kernel(order, **wrong):
    """At rho = sin u, theta = pi/2 - u, so that arcsines are plain."""
    angle, total = _j(order, **wrong)
    return (S * T) ** order * sp.expand(total.subs(angle, PI / 2 - sp.asin(rho))) / (2 * PI)


def _arccos():
    for order in range(5):
        yield _arccos_for(order)
    four = E2(RAMP**4, RAMP**4, q1, q2, rho)
    yield CertifiedValue(four, _arccos_kernel(4), {q1: R(1, 2), q2: 1, rho: R(-1, 3)}, digits=6)
    # Price's theorem lowers the order: dK_p/dc = p^2 K_(p - 1)
    for order in (1, 2):
        lower = order**2 * S * T * _arccos_kernel(order - 1)
        yield Symbolic(_arccos_kernel(order).diff(rho), lower)


def _arccos_for(order, **wrong):
    derived = E2(RAMP**order if order else STEP, RAMP**order if order else STEP, q1, q2, rho)
    return Symbolic(derived.doit(), _arccos_kernel(order, **wrong))


ARCCOS = Claim(
    "sym.arccos",
    r"$E X_+^pY_+^p = \frac{(q_1q_2)^{p/2}}{2\pi}J_p(\theta)$ with $\theta = \arccos\rho$ and "
    r"$J_p = (-1)^p(\sin\theta)^{2p+1}(\frac1{\sin\theta}\partial_\theta)^p"
    r"\frac{\pi-\theta}{\sin\theta}$.",
    "Cho and Saul 2009, eq. 4",
    _arccos,
    (
        Mutation("without the sign (-1)^p", lambda: _arccos_for(3, sign=1)),
        Mutation("the power 2p", lambda: _arccos_for(2, extra=0)),
    ),
    full=lambda: [_arccos_for(order) for order in (5, 6)],
)


# ---------------------------------------------------------------- homogeneous functions


def _homog():
    p = sp.Symbol("p", positive=True)
    up, across = sp.symbols("u v", positive=True)
    for f, degree in ((RAMP, 1), (RAMP**2, 2), (RAMP**3, 3), (STEP, 0), (sp.Abs(x), 1)):
        yield _homog_for(f, degree, up, across)
    # relu^p: moments of a half-line, for every real p
    second = E(RAMP ** (2 * p), q).doit()
    stated = 2 ** (p - 1) * q**p * sp.gamma(p + R(1, 2)) / sp.sqrt(PI)
    yield Symbolic(second, stated)
    for degree in (1, 2, 3, R(5, 2)):
        yield _slope_for(degree)


def _homog_for(f, degree, up, across):
    kernel = E2(f, f, q1, q2, rho).doit()
    scaled = kernel.subs({q1: up**2 * q1, q2: across**2 * q2}, simultaneous=True)
    return Symbolic(scaled, (up * across) ** degree * kernel)


def _slope_for(degree, factor=None):
    slope = STEP if degree == 1 else degree * RAMP ** (degree - 1)
    ratio = degree**2 / (2 * sp.S(degree) - 1) if factor is None else factor
    return Symbolic(q * E(slope**2, q).doit(), ratio * E(RAMP ** (2 * degree), q).doit())


HOMOG = Claim(
    "sym.homog",
    r"For $\phi(\lambda x) = \lambda^p\phi(x)$, $\lambda>0$: $K = (q_1q_2)^{p/2}\kappa_p(\rho)$. "
    r"For $\phi = x_+^p$: $V = 2^{p-1}\Gamma(p+\frac12)q^p/\sqrt\pi$ and "
    r"$q\,E\phi'^2 = \frac{p^2}{2p-1}V$, $p>\frac12$.",
    "Cho and Saul 2009, for whole p; polar coordinates",
    _homog,
    (
        Mutation(
            "hardtanh is homogeneous of degree 1",
            lambda: _homog_for(
                sp.Piecewise((-1, x < -1), (x, x < 1), (1, True)), 1, sp.Integer(2), sp.Integer(3)
            ),
        ),
        Mutation("p^2/(2p + 1)", lambda: _slope_for(2, R(4, 5))),
    ),
)


POWERS = (ARCCOS, HOMOG)
