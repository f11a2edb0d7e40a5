r"""Claims on closed forms: exponentials, waves, Gaussians, and functions of erf.

Sources: C. Williams, "Computing with infinite networks", NeurIPS 1996, and Neural Computation 10
(1998); A. Rahimi and B. Recht, NeurIPS 2007; R. Tsuchida et al., "Avoiding kernel fixed points:
computing with ELU and GELU infinite networks", AAAI 2021, arXiv:2002.08517.
"""

import sympy as sp

from theory.special import Phi
from theory.symbols import q, q1, q2, rho, x

from .expectation_forms import COV, DET, Stated, form_claim, gaussian_density

__all__ = ["SMOOTH"]

R = sp.Rational
PI = sp.pi
exp, sqrt, asin = sp.exp, sp.sqrt, sp.asin
A = sp.Symbol("a", positive=True)

# ---------------------------------------------------------------- exponentials and waves


def _exponential():
    one, two = exp(2 * A**2 * q), exp(A**2 * (q1 + q2 + 2 * COV) / 2)
    return Stated(exp(A * x), A * exp(A * x), one, two, A**2 * one, A**2 * two, {A: R(4, 5)})


def _waves(even):
    decay, small = exp(-(q1 + q2) / 2), exp(-2 * q)
    same, other = decay * sp.cosh(COV), decay * sp.sinh(COV)
    if even:
        return Stated(sp.cos(x), -sp.sin(x), (1 + small) / 2, same, (1 - small) / 2, other)
    return Stated(sp.sin(x), sp.cos(x), (1 - small) / 2, other, (1 + small) / 2, same)


def _snake_kernel(rate=4):
    tails = 1 - exp(-2 * q1) - exp(-2 * q2)
    return COV + (tails + exp(-2 * (q1 + q2)) * sp.cosh(rate * COV)) / 4


def _snake():
    return Stated(
        x + sp.sin(x) ** 2,
        1 + sp.sin(2 * x),
        q + R(3, 8) - exp(-2 * q) / 2 + exp(-8 * q) / 8,
        _snake_kernel(),
        R(3, 2) - exp(-8 * q) / 2,
        1 + exp(-2 * (q1 + q2)) * sp.sinh(4 * COV),
    )


# ---------------------------------------------------------------- Gaussians


def _gauss():
    bell = exp(-(x**2) / 2)
    slope = q * (1 + 2 * q) ** R(-3, 2)
    return Stated(
        bell, -x * bell, 1 / sqrt(1 + 2 * q), 1 / sqrt(DET), slope, COV * DET ** R(-3, 2)
    )


def _dog():
    bell = exp(-(x**2) / 2)
    return Stated(
        x * bell,
        (1 - x**2) * bell,
        q * (1 + 2 * q) ** R(-3, 2),
        COV * DET ** R(-3, 2),
        (1 + 2 * q + 3 * q**2) * (1 + 2 * q) ** R(-5, 2),
        (DET + 3 * COV**2) * DET ** R(-5, 2),
    )


# ---------------------------------------------------------------- functions of erf


def _erf():
    scale = (1 + 2 * q1) * (1 + 2 * q2)
    return Stated(
        sp.erf(x),
        2 / sqrt(PI) * exp(-(x**2)),
        2 / PI * asin(2 * q / (1 + 2 * q)),
        2 / PI * asin(2 * COV / sqrt(scale)),
        4 / (PI * sqrt(1 + 4 * q)),
        4 / PI / sqrt(scale - 4 * COV**2),
    )


def _arc():
    """arcsin of the correlation of X and Y after unit noise."""
    return asin(COV / sqrt((1 + q1) * (1 + q2)))


def _probit():
    return Stated(
        Phi(x),
        gaussian_density(x),
        R(1, 4) + asin(q / (1 + q)) / (2 * PI),
        R(1, 4) + _arc() / (2 * PI),
        1 / (2 * PI * sqrt(1 + 2 * q)),
        1 / (2 * PI * sqrt(DET)),
    )


def _gelu():
    scale = (1 + q1) * (1 + q2)
    bracket = q1 * q2 + COV**2 * (1 - q1 * q2) / scale
    kernel = COV / 4 + COV / (2 * PI) * _arc() + bracket / (2 * PI * sqrt(DET))
    dual = R(1, 4) + _arc() / (2 * PI)
    dual += COV / (2 * PI * sqrt(DET)) * (1 + 2 * (1 - q1 * q2) / scale)
    dual += COV / (2 * PI * DET ** R(3, 2)) * bracket
    arc = asin(q / (1 + q)) / (2 * PI)
    return Stated(
        x * Phi(x),
        Phi(x) + x * gaussian_density(x),
        q / 4 + q * arc + q**2 / (PI * (1 + q) * sqrt(1 + 2 * q)),
        kernel,
        R(1, 4) + arc + q * (5 * q + 3) / (2 * PI * (1 + q) * (1 + 2 * q) ** R(3, 2)),
        dual,
    )


def _xerf():
    scale = (1 + 2 * q1) * (1 + 2 * q2)
    gap = (1 + 2 * q1) * (1 + 2 * q2) - 4 * COV**2
    bracket = q1 * q2 + COV**2 * (1 - 4 * q1 * q2) / scale
    arc = 2 / PI * asin(2 * COV / sqrt(scale))
    kernel = COV * arc + 4 / PI * bracket / sqrt(gap)
    dual = arc + 4 * COV / (PI * sqrt(gap)) * (1 + 2 * (1 - 4 * q1 * q2) / scale)
    dual += 16 * COV / PI * bracket * gap ** R(-3, 2)
    same = {q1: q, q2: q, rho: 1}
    return Stated(
        x * sp.erf(x),
        sp.erf(x) + 2 * x * exp(-(x**2)) / sqrt(PI),
        kernel.subs(same),
        kernel,
        dual.subs(same),
        dual,
    )


_C = r", with $c = \rho\sqrt{q_1q_2}$"
_D = r" and $D = (1+q_1)(1+q_2)-c^2$"

SMOOTH = (
    form_claim(
        "exp",
        r"$\phi = e^{ax}$: $V = e^{2a^2q}$, $K = e^{a^2(q_1+q_2+2c)/2}$, $E\phi'^2 = a^2V$ and "
        r"$K' = a^2K$" + _C + ".",
        "the moment generating function of a Gaussian",
        _exponential,
        ("a instead of a^2", "K", lambda s: exp(A * (q1 + q2 + 2 * COV) / 2)),
        ("2c enters as c", "K", lambda s: exp(A**2 * (q1 + q2 + COV) / 2)),
    ),
    form_claim(
        "sin",
        r"$\phi = \sin x$: $V = \frac12(1-e^{-2q})$, $K = e^{-(q_1+q_2)/2}\sinh c$, "
        r"$E\phi'^2 = \frac12(1+e^{-2q})$ and $K' = e^{-(q_1+q_2)/2}\cosh c$" + _C + ".",
        "derived from the characteristic function of a Gaussian, as Rahimi and Recht 2007",
        lambda: _waves(even=False),
        ("cosh instead of sinh", "K", lambda s: s.dual),
        ("e^{-q} instead of e^{-2q}", "V", lambda s: (1 - exp(-q)) / 2),
    ),
    form_claim(
        "cos",
        r"$\phi = \cos x$: $V = \frac12(1+e^{-2q})$, $K = e^{-(q_1+q_2)/2}\cosh c$, "
        r"$E\phi'^2 = \frac12(1-e^{-2q})$ and $K' = e^{-(q_1+q_2)/2}\sinh c$" + _C + ".",
        "derived from the characteristic function of a Gaussian, as Rahimi and Recht 2007",
        lambda: _waves(even=True),
        ("sinh instead of cosh", "K", lambda s: s.dual),
        ("K' with the sign of -sin", "dual", lambda s: -s.dual),
    ),
    form_claim(
        "snake",
        r"$\phi = x+\sin^2x$: $V = q+\frac38-\frac12e^{-2q}+\frac18e^{-8q}$, "
        r"$K = c+\frac14(1-e^{-2q_1}-e^{-2q_2}+e^{-2(q_1+q_2)}\cosh4c)$, "
        r"$E\phi'^2 = \frac32-\frac12e^{-8q}$ and $K' = 1+e^{-2(q_1+q_2)}\sinh4c$" + _C + ".",
        "derived here; L. Ziyin et al., NeurIPS 2020, arXiv:2006.08195, for the function",
        _snake,
        ("cosh 2c instead of cosh 4c", "K", lambda s: _snake_kernel(2)),
        ("e^{-4q} instead of e^{-8q}", "D", lambda s: R(3, 2) - exp(-4 * q) / 2),
    ),
    form_claim(
        "gauss",
        r"$\phi = e^{-x^2/2}$: $V = (1+2q)^{-1/2}$, $K = D^{-1/2}$, $E\phi'^2 = q(1+2q)^{-3/2}$ "
        r"and $K' = cD^{-3/2}$" + _C + _D + ".",
        "Williams 1998, for Gaussian units",
        _gauss,
        ("c^2 is forgotten", "K", lambda s: 1 / sqrt((1 + q1) * (1 + q2))),
        ("the variances are exchanged for their product", "K", lambda s: 1 / sqrt(1 + q1 * q2)),
    ),
    form_claim(
        "dog",
        r"$\phi = xe^{-x^2/2}$: $V = q(1+2q)^{-3/2}$, $K = cD^{-3/2}$, "
        r"$E\phi'^2 = (1+2q+3q^2)(1+2q)^{-5/2}$ and $K' = (D+3c^2)D^{-5/2}$" + _C + _D + ".",
        "derived here from the kernel of Gaussian units in Williams 1998",
        _dog,
        ("c^2 instead of 3 c^2", "dual", lambda s: (DET + COV**2) * DET ** R(-5, 2)),
        ("the power -1/2", "K", lambda s: COV / sqrt(DET)),
    ),
    form_claim(
        "erf",
        r"$\phi = \mathrm{erf}\,x$: $V = \frac2\pi\arcsin\frac{2q}{1+2q}$, "
        r"$K = \frac2\pi\arcsin\frac{2c}{\sqrt{(1+2q_1)(1+2q_2)}}$, "
        r"$E\phi'^2 = \frac{4}{\pi\sqrt{1+4q}}$ and "
        r"$K' = \frac4\pi((1+2q_1)(1+2q_2)-4c^2)^{-1/2}$" + _C + ".",
        "Williams 1996, eq. 11",
        _erf,
        ("the argument of Phi", "K", lambda s: 2 / PI * _arc()),
        ("1/pi instead of 2/pi", "V", lambda s: s.V / 2),
    ),
    form_claim(
        "probit",
        r"$\phi = \Phi(x)$: $V = \frac14+\frac1{2\pi}\arcsin\frac{q}{1+q}$, "
        r"$K = \frac14+\frac1{2\pi}\arcsin\frac{c}{\sqrt{(1+q_1)(1+q_2)}}$, "
        r"$E\phi'^2 = \frac{1}{2\pi\sqrt{1+2q}}$ and $K' = \frac{1}{2\pi\sqrt D}$" + _C + _D + ".",
        "Williams 1996, for erf; Sheppard 1899 for the arcsine",
        _probit,
        ("the square of E Phi = 1/2 is forgotten", "K", lambda s: s.K - R(1, 4)),
        ("2 q/(1 + 2 q) instead of q/(1 + q)", "V",
         lambda s: R(1, 4) + asin(2 * q / (1 + 2 * q)) / (2 * PI)),
    ),
    form_claim(
        "gelu",
        r"$\phi = x\Phi(x)$: $K = \frac c4+\frac c{2\pi}\arcsin\frac{c}{\sqrt{(1+q_1)(1+q_2)}}"
        r"+\frac{1}{2\pi\sqrt D}(q_1q_2+\frac{c^2(1-q_1q_2)}{(1+q_1)(1+q_2)})$, "
        r"$K' = \partial_cK$, $V = K|_{c=q_1=q_2=q}$, $E\phi'^2 = K'|_{c=q_1=q_2=q}$"
        + _C + _D + ".",
        "Tsuchida et al. 2021, arXiv:2002.08517; the form is derived here",
        _gelu,
        ("c^2 without its factor 1 - q1 q2", "K",
         lambda s: s.K + COV**2 * q1 * q2 / (2 * PI * (1 + q1) * (1 + q2) * sqrt(DET))),
        ("the mean slope 1/2 is forgotten", "K", lambda s: s.K - COV / 4),
        ("the derivative of D is forgotten in K'", "dual",
         lambda s: s.dual - COV * q1 * q2 / (2 * PI * DET ** R(3, 2))),
    ),
    form_claim(
        "xerf",
        r"$\phi = x\,\mathrm{erf}\,x$: $K = \frac{2c}\pi\arcsin\frac{2c}{\sqrt M}+\frac4\pi "
        r"(q_1q_2+\frac{c^2(1-4q_1q_2)}M)(M-4c^2)^{-1/2}$ with $M = (1+2q_1)(1+2q_2)$, and "
        r"$V$, $E\phi'^2$, $K'$ are its value, and the derivative in $c$, as for GELU" + _C + ".",
        "derived here, as Tsuchida et al. 2021 for GELU",
        _xerf,
        ("1 - q1 q2 instead of 1 - 4 q1 q2", "K",
         lambda s: s.K + 12 / PI * COV**2 * q1 * q2 / (1 + 2 * q1) / (1 + 2 * q2)
         / sqrt((1 + 2 * q1) * (1 + 2 * q2) - 4 * COV**2)),
        ("the scale of GELU in the arcsine", "K",
         lambda s: s.K + 2 * COV / PI * (_arc() - asin(
             2 * COV / sqrt((1 + 2 * q1) * (1 + 2 * q2))))),
    ),
)  # fmt: skip
