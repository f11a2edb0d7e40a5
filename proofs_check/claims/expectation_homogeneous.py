r"""Claims on closed forms: powers of x, and half-line powers (arc-cosine kernels).

Sources: Y. Cho and L. Saul, "Kernel methods for deep learning", NeurIPS 2009; W. Sheppard, Phil.
Trans. R. Soc. A 192 (1899); S. Nabeya, Ann. Inst. Stat. Math. 3 (1951); L. Isserlis, Biometrika
12 (1918).
"""

import sympy as sp

from theory.symbols import q, q1, q2, rho, x

from .expectation_forms import ARC, COV, S, Stated, T, W, form_claim, step_at

__all__ = ["HOMOGENEOUS"]

R = sp.Rational
PI = sp.pi
ALPHA = sp.Symbol("alpha", real=True)

#: sin and cos of the angle arccos rho; ARC is pi minus that angle.
SIN, COS = W, rho
J0 = ARC
J1 = SIN + ARC * COS
J2 = 3 * SIN * COS + ARC * (1 + 2 * COS**2)
J3 = 15 * SIN - 11 * SIN**3 + ARC * (9 * COS + 6 * COS**3)
#: J1 with the angle replaced by pi minus the angle.
J1_WRONG = SIN - (PI - ARC) * COS


def _ramp(power):
    return sp.Max(x, 0) ** power


def _linear():
    return Stated(x, sp.S.One, q, COV, sp.S.One, sp.S.One)


def _relu():
    return Stated(_ramp(1), step_at(0, x), q / 2, S * T * J1 / (2 * PI), R(1, 2), J0 / (2 * PI))


def _step():
    kernel = R(1, 4) + sp.asin(rho) / (2 * PI)
    return Stated(step_at(0, x), None, R(1, 2), kernel, None, 1 / (2 * PI * S * T * W))


def _sign():
    return Stated(sp.sign(x), None, sp.S.One, 2 / PI * sp.asin(rho), None, 2 / (PI * S * T * W))


def _abs_kernel():
    return 2 * S * T / PI * (W + rho * sp.asin(rho))


def _abs():
    return Stated(sp.Abs(x), sp.sign(x), q, _abs_kernel(), sp.S.One, 2 / PI * sp.asin(rho))


def _leaky():
    phi = sp.Max(x, 0) + ALPHA * sp.Min(x, 0)
    slope = sp.Piecewise((ALPHA, x < 0), (sp.S.One, True))
    odd, even = ((1 + ALPHA) / 2) ** 2, ((1 - ALPHA) / 2) ** 2
    return Stated(
        phi,
        slope,
        (1 + ALPHA**2) * q / 2,
        odd * COV + even * _abs_kernel(),
        (1 + ALPHA**2) / 2,
        odd + even * 2 / PI * sp.asin(rho),
        {ALPHA: R(1, 10)},
    )


def _relu2():
    kernel = q1 * q2 * J2 / (2 * PI)
    return Stated(_ramp(2), 2 * _ramp(1), 3 * q**2 / 2, kernel, 2 * q, 2 * S * T * J1 / PI)


def _relu3():
    kernel, dual = (q1 * q2) ** R(3, 2) * J3 / (2 * PI), 9 * q1 * q2 * J2 / (2 * PI)
    return Stated(_ramp(3), 3 * _ramp(2), 15 * q**3 / 2, kernel, 27 * q**2 / 2, dual)


def _square():
    return Stated(x**2, 2 * x, 3 * q**2, q1 * q2 + 2 * COV**2, 4 * q, 4 * COV)


def _cubic():
    product = (q1 - 1) * (q2 - 1)
    return Stated(
        x**3 - 3 * x,
        3 * x**2 - 3,
        6 * q**3 + 9 * q * (q - 1) ** 2,
        6 * COV**3 + 9 * COV * product,
        9 * ((q - 1) ** 2 + 2 * q**2),
        9 * (product + 2 * COV**2),
    )


_ARCCOS = "Cho and Saul, NeurIPS 2009, order {} of the arc-cosine kernels"
_ANGLE = r", with $\theta = \arccos\rho$"

HOMOGENEOUS = (
    form_claim(
        "linear",
        r"$\phi = x$: $V = q$, $K = c = \rho\sqrt{q_1q_2}$ and $E\phi'^2 = K' = 1$.",
        "definition of a covariance",
        _linear,
        ("the variances are taken for standard deviations", "K", lambda s: rho * q1 * q2),
    ),
    form_claim(
        "relu",
        r"$\phi = x_+$: $V = q/2$, $E\phi'^2 = \frac12$, "
        r"$K = \frac{\sqrt{q_1q_2}}{2\pi}(\sin\theta + (\pi-\theta)\cos\theta)$ and "
        r"$K' = \frac{\pi-\theta}{2\pi}$" + _ANGLE + ".",
        _ARCCOS.format(1),
        _relu,
        ("theta becomes pi - theta", "K", lambda s: S * T * J1_WRONG / (2 * PI)),
        ("pi instead of 2 pi", "K", lambda s: S * T * J1 / PI),
        ("K' = theta/(2 pi)", "dual", lambda s: (PI - ARC) / (2 * PI)),
    ),
    form_claim(
        "step",
        r"$\phi = 1_{x>0}$: $V = \frac12$, $K = \frac14 + \frac{1}{2\pi}\arcsin\rho$ and "
        r"$\partial_c K = 1/(2\pi\sqrt{q_1q_2(1-\rho^2)})$, where $c = \rho\sqrt{q_1q_2}$; "
        r"$E\phi'^2$ is infinite.",
        _ARCCOS.format(0) + "; Sheppard 1899",
        _step,
        ("pi instead of 2 pi", "K", lambda s: R(1, 4) + sp.asin(rho) / PI),
        ("1 - rho^2 without its root", "dual", lambda s: 1 / (2 * PI * S * T * W**2)),
    ),
    form_claim(
        "sign",
        r"$\phi = \mathrm{sgn}(x)$: $V = 1$, $K = \frac2\pi\arcsin\rho$ and "
        r"$\partial_c K = 2/(\pi\sqrt{q_1q_2(1-\rho^2)})$.",
        "Sheppard 1899; J. Van Vleck and D. Middleton, Proc. IEEE 54 (1966)",
        _sign,
        ("arccos instead of arcsin", "K", lambda s: 2 / PI * sp.acos(rho)),
        ("a quarter of the derivative", "dual", lambda s: 1 / (2 * PI * S * T * W)),
    ),
    form_claim(
        "abs",
        r"$\phi = |x|$: $V = q$, $K = \frac2\pi\sqrt{q_1q_2}(\sqrt{1-\rho^2}+\rho\arcsin\rho)$, "
        r"$E\phi'^2 = 1$ and $K' = \frac2\pi\arcsin\rho$.",
        "S. Nabeya, Ann. Inst. Stat. Math. 3 (1951)",
        _abs,
        ("arcsin without its factor rho", "K", lambda s: 2 * S * T / PI * (W + sp.asin(rho))),
    ),
    form_claim(
        "leaky",
        r"$\phi = x_+ - \alpha x_-$: $V = \frac{1+\alpha^2}2q$ and "
        r"$K = (\frac{1+\alpha}2)^2c + (\frac{1-\alpha}2)^2K_{|x|}$, with "
        r"$K_{|x|} = \frac2\pi\sqrt{q_1q_2}(\sqrt{1-\rho^2}+\rho\arcsin\rho)$; likewise for "
        r"$\phi'$, from $1$ and $\frac2\pi\arcsin\rho$.",
        "derived here from Cho and Saul 2009 by parity",
        _leaky,
        ("alpha instead of alpha^2", "V", lambda s: (1 + ALPHA) * q / 2),
        (
            "(1 - alpha^2)/4 instead of ((1 - alpha)/2)^2",
            "K",
            lambda s: ((1 + ALPHA) / 2) ** 2 * COV + (1 - ALPHA**2) / 4 * _abs_kernel(),
        ),
    ),
    form_claim(
        "relu2",
        r"$\phi = x_+^2$: $V = \frac32q^2$, $E\phi'^2 = 2q$, $K' = 4K_{x_+}$ and "
        r"$K = \frac{q_1q_2}{2\pi}(3\sin\theta\cos\theta + (\pi-\theta)(1+2\cos^2\theta))$"
        + _ANGLE
        + ".",
        _ARCCOS.format(2),
        _relu2,
        ("3 is lost", "K", lambda s: q1 * q2 * (J2 - 2 * SIN * COS) / (2 * PI)),
        ("K' is the kernel of the rectifier", "dual", lambda s: s.dual / 4),
    ),
    form_claim(
        "relu3",
        r"$\phi = x_+^3$: $V = \frac{15}2q^3$, $E\phi'^2 = \frac{27}2q^2$, $K' = 9K_{x_+^2}$ and "
        r"$K = \frac{(q_1q_2)^{3/2}}{2\pi}(15\sin\theta - 11\sin^3\theta + "
        r"(\pi-\theta)(9\cos\theta+6\cos^3\theta))$" + _ANGLE + ".",
        _ARCCOS.format(3) + ", from its general formula",
        _relu3,
        ("the power 1/2 of order 1", "K", lambda s: s.K / (q1 * q2)),
        ("13 instead of 11", "K", lambda s: s.K - (q1 * q2) ** R(3, 2) * SIN**3 / PI),
    ),
    form_claim(
        "square",
        r"$\phi = x^2$: $V = 3q^2$, $K = q_1q_2 + 2c^2$, $E\phi'^2 = 4q$ and $K' = 4c$, with "
        r"$c = \rho\sqrt{q_1q_2}$.",
        "L. Isserlis, Biometrika 12 (1918)",
        _square,
        ("only one of the two pairings with c", "K", lambda s: q1 * q2 + COV**2),
    ),
    form_claim(
        "cubic",
        r"$\phi = x^3-3x$: $V = 6q^3+9q(q-1)^2$, $K = 6c^3+9c(q_1-1)(q_2-1)$, "
        r"$E\phi'^2 = 9((q-1)^2+2q^2)$ and $K' = 9((q_1-1)(q_2-1)+2c^2)$.",
        "Isserlis 1918; at unit variances only $6\\rho^3$ remains (Hermite orthogonality)",
        _cubic,
        ("the variances are taken for 1", "K", lambda s: 6 * COV**3),
        ("q^2 - 1 instead of (q - 1)^2", "V", lambda s: 6 * q**3 + 9 * q * (q**2 - 1)),
    ),
)
