r"""Claims on smooth shapings s phi(x/s), s = a sqrt(n): the drift, by Isserlis and by integration.

Source: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; the correlation and the table
are derived here.
"""

import sympy as sp

from theory.activation import Activation
from theory.covariance_sde import CovarianceSDE
from theory.finite_width import at_width
from theory.symbols import V, rho, x

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import (
    COVARIANCE,
    PAIRS,
    U,
    gaussian_mean,
    in_correlation,
    ito,
    sigma,
)

__all__ = ["SMOOTH_DRIFT"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
F2, F3, F4, F5 = sp.symbols("phi2 phi3 phi4 phi5", real=True)
HALF = R(1, 2)
EPS = sp.Symbol("epsilon", positive=True)  # 1/s
TAYLOR = (F2 / 2, F3 / 6, F4 / 24, F5 / 120)


def stated_drift(threes=3, share=HALF, normalised=True):
    """a^2 b^{12} as stated; the arguments are what mutations change."""
    square = V11 * V22 + V12 * (2 * V12 - threes)
    cube = V12 * (V11 + V22 - 2)
    if not normalised:
        square, cube = V11 * V22 + 2 * V12**2, V12 * (V11 + V22)
    return F2**2 / 4 * square + share * F3 * cube


def _expanded(normalised=True):
    """The coefficient of s^-2 in c E phi_s(u) phi_s(v) - V12; odd orders vanish."""
    first, second = (
        y + sum(c * EPS**k * y ** (k + 1) for k, c in enumerate(TAYLOR, 1)) for y in U
    )
    kernel = gaussian_mean(_cut(first * second))
    unit = kernel.subs({V11: 1, V12: 1, V22: 1}) if normalised else sp.S.One
    inverse = sp.series(1 / unit, EPS, 0, 4).removeO()
    return [sp.expand(inverse * kernel - V12).coeff(EPS, k) for k in (1, 2, 3)]


def _cut(polynomial):
    expanded = sp.expand(polynomial)
    return sum(expanded.coeff(EPS, k) * EPS**k for k in range(4))


def _general():
    return CovarianceSDE(shaping={1: F2 * x**2 / 2, 2: F3 * x**3 / 6})


def _from_theory(stated):
    return Symbolic(_general().drift(2)[0, 1], stated)


# ---------------------------------------------------------------- checks


def _drift():
    odd, square, cubic = _expanded()
    yield Symbolic(odd, 0)
    yield Symbolic(square, stated_drift())
    yield Symbolic(cubic, 0)
    yield _from_theory(stated_drift())
    diagonal = stated_drift().subs({V12: V11, V22: V11}).subs(V11, V)
    strength = R(3, 4) * F2**2 + F3
    yield Symbolic(diagonal, strength * V * (V - 1))
    yield Symbolic(_general().norm.drift, strength * V * (V - 1))
    yield from _correlation()
    yield from _finite_width()
    yield from _catalogue()


def _correlation():
    """phi_3 cancels in the drift of rho; for equal norms the bracket is V(1 - rho)(1 - 2 rho)."""
    entry = V12 / (sp.sqrt(V11) * sp.sqrt(V22))
    cross = stated_drift()
    drift = [cross.subs({V12: V11, V22: V11}), cross, cross.subs({V12: V22, V11: V22})]
    moved = ito(entry, COVARIANCE, drift, lambda i, j: sigma(PAIRS[i], PAIRS[j]))
    roots = sp.sqrt(V11) * sp.sqrt(V22)
    bracket = roots * (1 + 2 * rho**2) - R(3, 2) * rho * (V11 + V22)
    stated = F2**2 / 4 * bracket - rho * (1 - rho**2) / 2
    yield Symbolic(in_correlation(moved), stated)
    yield Symbolic(_general().correlation.drift, stated)
    yield Symbolic(bracket.subs({V11: V, V22: V}), V * (1 - rho) * (1 - 2 * rho))


_PLACE = {V11: R(13, 10), V12: R(2, 5), V22: R(7, 10)}
_DRIFTS = {
    "tanh": ("-1.21875", "0", "0.65625"),
    "2*(softplus(x) - log(2))": ("0.1142578125", "0.0029296875", "-0.0615234375"),
    "x + 2*x**2/5 - 3*x**3/10": ("-0.804375", "0.0075", "0.433125"),
}


def _finite_width(width=10**5):
    """n (E V' - V) by integration of the activation at width n, and the drift of its limit."""
    for text, stated in _DRIFTS.items():
        sde = CovarianceSDE(text, a=R(4, 5))
        entries = sde.drift(2).subs(_PLACE)
        for (i, j), value in zip(PAIRS, stated, strict=True):
            yield Symbolic(entries[i - 1, j - 1], R(value))
    yield _one_layer("tanh", width, _DRIFTS["tanh"][0])
    polynomial = "x + 2*x**2/5 - 3*x**3/10"
    yield _one_layer(polynomial, width, _DRIFTS[polynomial][0])
    finite = at_width(CovarianceSDE(polynomial, a=R(4, 5)), width).drift(2).subs(_PLACE)
    yield Numeric(finite[0, 1], R("0.0075"), [{}], digits=2)


def _one_layer(text, width, stated):
    """n (c E phi_s(u)^2 - V) at V = 1.3 by quadrature."""
    scale = R(4, 5) * sp.sqrt(width)
    phi = scale * Activation(text).expr.subs(x, x / scale)

    def layer(_):
        import mpmath

        f = sp.lambdify(x, phi, "mpmath")
        with mpmath.workdps(30):

            def moment(q):
                root = mpmath.sqrt(q)
                return mpmath.quad(
                    lambda z: f(root * z) ** 2 * mpmath.npdf(z), [-20, -8, -3, 0, 3, 8, 20]
                )

            return width * (moment(mpmath.mpf(13) / 10) / moment(1) - mpmath.mpf(13) / 10)

    return Numeric(layer, R(stated), [{}], digits=3)


#: phi_2, phi_3 of activations brought to phi(0) = 0, phi'(0) = 1.
_CATALOGUE = {
    "tanh": (0, -2),
    "atan(x)": (0, -2),
    "sin(x)": (0, -1),
    "erf(sqrt(pi)*x/2)": (0, -sp.pi / 2),
    "softplus": (R(1, 2), 0),
    "silu": (1, 0),
    "gelu": (4 / sp.sqrt(2 * sp.pi), 0),
    "sinh(x)": (0, 1),
    "exp(x) - 1": (1, 1),
    "1 - exp(-x)": (-1, 1),
}
#: Their fourth derivatives grow exponentially, beyond what the theorem assumes.
_OUTSIDE = {"sinh(x)", "exp(x) - 1", "1 - exp(-x)"}


def _catalogue():
    for text, (second, third) in _CATALOGUE.items():
        sde = CovarianceSDE(text)
        strength = R(3, 4) * second**2 + third
        yield Symbolic(sde.norm.drift, strength * V * (V - 1))
        yield Symbolic(sde.drift(2)[0, 1], stated_drift().subs({F2: second, F3: third}))
        yield sde.explosion.explodes is bool(strength > 0)
        yield bool(sde.assumptions) is (text in _OUTSIDE)


SMOOTH = Claim(
    "ncsde.smooth-drift",
    r"$\phi_s = s\phi(x/s)$, $s = a\sqrt n$, $\phi(0) = 0$, $\phi'(0) = 1$: $a^2 b^{ab} = "
    r"\frac{\phi_2^2}{4}(V^{aa}V^{bb} + V^{ab}(2V^{ab} - 3)) + \frac{\phi_3}{2}V^{ab}(V^{aa} + "
    r"V^{bb} - 2)$, so $b^{aa} = b_* V(V-1)$ with $b_* = (\frac34\phi_2^2 + \phi_3)/a^2$. In the "
    r"drift of the correlation $\phi_3$ cancels: $\frac{\phi_2^2}{4a^2}[\sqrt{V^{aa}V^{bb}}"
    r"(1+2\rho^2) - \frac32\rho(V^{aa}+V^{bb})] - \frac12\rho(1-\rho^2)$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; correlation derived here",
    _drift,
    (
        Mutation("-3 becomes -2", lambda: _from_theory(stated_drift(threes=2))),
        Mutation("phi_3/2 becomes phi_3/6", lambda: _from_theory(stated_drift(share=R(1, 6)))),
        Mutation(
            "without the normaliser c", lambda: _from_theory(stated_drift(normalised=False))
        ),
        Mutation(
            "phi_3/2 becomes phi_3/6, by quadrature of one layer of tanh",
            lambda: _one_layer("tanh", 10**5, R("-1.21875") / 3),
        ),
    ),
)  # fmt: skip

SMOOTH_DRIFT = (SMOOTH,)
