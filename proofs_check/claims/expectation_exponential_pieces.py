r"""Claims on closed forms: functions with an exponential on a half-line.

Sources: R. Tsuchida et al., "Avoiding kernel fixed points: computing with ELU and GELU infinite
networks", AAAI 2021, arXiv:2002.08517; S. Rosenbaum, J. R. Stat. Soc. B 23 (1961), for the moments
of a truncated bivariate normal law; G. Klambauer et al., NeurIPS 2017, arXiv:1706.02515.
"""

import sympy as sp

from theory.special import Phi, Phi2
from theory.symbols import q, q1, q2, rho, x

from .expectation_forms import ARC, COV, S, Stated, T, W, form_claim, gaussian_density

__all__ = ["EXPONENTIAL_PIECES"]

R = sp.Rational
PI = sp.pi
exp, sqrt = sp.exp, sp.sqrt
ALPHA, SCALE = sp.symbols("alpha lambda", positive=True)

RELU = S * T * (W + rho * ARC) / (2 * PI)
ORTHANT = ARC / (2 * PI)


def _both(rate=1, sign=1, correlation=None):
    """E e^{rX} e^{sign rY} on {X < 0, sign Y < 0}; another correlation is a mistake."""
    cross = sign * COV
    tilt = exp(rate**2 * (q1 + q2 + 2 * cross) / 2)
    r = sign * rho if correlation is None else correlation
    return tilt * Phi2(-rate * (q1 + cross) / S, -rate * (q2 + cross) / T, r)


# ---------------------------------------------------------------- the Laplace kernel


def _laplace():
    one = 2 * exp(2 * q) * Phi(-2 * sqrt(q))
    phi = exp(-sp.Abs(x))
    same, opposite = _both(), _both(sign=-1)
    return Stated(
        phi, -sp.sign(x) * phi, one, 2 * same + 2 * opposite, one, 2 * same - 2 * opposite
    )


# ---------------------------------------------------------------- ELU and its relatives


def _mixed(variances, rate, covariance=COV):
    """E X (e^{rY} - 1) on {X > 0, Y < 0}, by tilting Y and the mean of a truncated pair."""
    s, t = map(sqrt, variances)

    def mean(h, k):
        """E X on {X > h, Y < k}."""
        u, v = h / s, k / t
        first = gaussian_density(u) * Phi((v - rho * u) / W)
        return s * (first - rho * gaussian_density(v) * Phi((rho * v - u) / W))

    h, k = -rate * covariance, -rate * variances[1]
    moved = mean(h, k) + rate * covariance * Phi2(-h / s, k / t, -rho)
    return exp(rate**2 * variances[1] / 2) * moved - mean(sp.S.Zero, sp.S.Zero)


def _negative(rate):
    """E (e^{rX} - 1)(e^{rY} - 1) on {X < 0, Y < 0}."""
    one = exp(rate**2 * q1 / 2) * Phi2(-rate * S, -rate * COV / T, rho)
    other = exp(rate**2 * q2 / 2) * Phi2(-rate * COV / S, -rate * T, rho)
    return _both(rate) - one - other + ORTHANT


def _family(scale, alpha, rate, at=None):
    """scale (x_+ + alpha (e^{rate x} - 1) 1_{x < 0})."""
    left = alpha * (exp(rate * x) - 1)
    phi = scale * sp.Piecewise((left, x < 0), (x, True))
    slope = scale * sp.Piecewise((alpha * rate * exp(rate * x), x < 0), (sp.S.One, True))
    root, square = rate * sqrt(q), rate**2 * q
    twice = exp(2 * square) * Phi(-2 * root)
    gain = alpha * rate
    mixed = _mixed((q1, q2), rate) + _mixed((q2, q1), rate)
    kernel = RELU + alpha * mixed + alpha**2 * _negative(rate)
    steps = exp(rate**2 * q2 / 2) * Phi2(rate * COV / S, -rate * T, -rho)
    steps += exp(rate**2 * q1 / 2) * Phi2(rate * COV / T, -rate * S, -rho)
    return Stated(
        phi,
        slope,
        scale**2 * (q / 2 + alpha**2 * (twice - 2 * exp(square / 2) * Phi(-root) + R(1, 2))),
        scale**2 * kernel,
        scale**2 * (R(1, 2) + gain**2 * twice),
        scale**2 * (ORTHANT + gain * steps + gain**2 * _both(rate)),
        at or {},
    )


def _elu():
    return _family(sp.S.One, ALPHA, sp.S.One, {ALPHA: R(13, 10)})


def _celu():
    return _family(sp.S.One, ALPHA, 1 / ALPHA, {ALPHA: 2})


def _selu():
    """With scale and alpha symbolic."""
    return _family(SCALE, ALPHA, sp.S.One, {ALPHA: R(5, 3), SCALE: R(21, 20)})


_L = (
    r"With $L(c,\rho) = e^{(q_1+q_2+2c)/2}\Phi_2(-\frac{q_1+c}{\sqrt{q_1}},"
    r"-\frac{q_2+c}{\sqrt{q_2}};\rho)$, $c = \rho\sqrt{q_1q_2}$"
)
_TRUNCATED = "Tsuchida et al. 2021, arXiv:2002.08517; Rosenbaum 1961 for truncated moments"

EXPONENTIAL_PIECES = (
    form_claim(
        "laplace",
        _L + r": $\phi = e^{-|x|}$ has $V = E\phi'^2 = 2e^{2q}\Phi(-2\sqrt q)$, "
        r"$K = 2L(c,\rho)+2L(-c,-\rho)$ and $K' = 2L(c,\rho)-2L(-c,-\rho)$.",
        "derived here by tilting; Rahimi and Recht, NeurIPS 2007, for the function",
        _laplace,
        ("the correlation keeps its sign", "K",
         lambda s: 2 * _both() + 2 * _both(sign=-1, correlation=rho)),
        ("e^q instead of e^{2q}", "V", lambda s: s.V * exp(-q)),
    ),
    form_claim(
        "elu",
        _L + r": ELU, $\phi = x_++\alpha(e^x-1)1_{x<0}$, has "
        r"$V = \frac q2+\alpha^2(e^{2q}\Phi(-2\sqrt q)-2e^{q/2}\Phi(-\sqrt q)+\frac12)$, "
        r"$E\phi'^2 = \frac12+\alpha^2e^{2q}\Phi(-2\sqrt q)$, "
        r"$K = K_{x_+}+\alpha(M_{12}+M_{21})+\alpha^2N$ where $M$ is a tilted mean of a truncated "
        r"pair, $N = L-e^{q_1/2}\Phi_2(-\sqrt{q_1},-\frac c{\sqrt{q_2}};\rho)-e^{q_2/2}"
        r"\Phi_2(-\frac c{\sqrt{q_1}},-\sqrt{q_2};\rho)+\frac14+\frac{\arcsin\rho}{2\pi}$.",
        _TRUNCATED,
        _elu,
        ("alpha instead of alpha^2", "V", lambda s: s.V.subs(ALPHA, sqrt(ALPHA))),
        ("one of the two mixed terms is forgotten", "K",
         lambda s: s.K - ALPHA * _mixed((q1, q2), sp.S.One)),
        ("alpha^2 is lost in K'", "dual", lambda s: s.dual + (1 - ALPHA**2) * _both()),
    ),
    form_claim(
        "celu",
        r"CELU, $\phi = x_++\alpha(e^{x/\alpha}-1)1_{x<0}$: the formulas of ELU with the tilt "
        r"$1/\alpha$; $E\phi'^2 = \frac12+e^{2q/\alpha^2}\Phi(-2\sqrt q/\alpha)$.",
        _TRUNCATED + "; J. Barron 2017, arXiv:1704.07483, for the function",
        _celu,
        ("the tilt 1 of ELU", "K", lambda s: _elu().K),
        ("1/alpha instead of 1/alpha^2", "V", lambda s: _family(1, ALPHA, 1 / sqrt(ALPHA)).V),
    ),
    form_claim(
        "selu",
        r"SELU, $\lambda$ times ELU: every formula of ELU times $\lambda^2$.",
        _TRUNCATED + "; Klambauer et al. 2017, arXiv:1706.02515, for the function",
        _selu,
        ("lambda instead of lambda^2", "V", lambda s: s.V / SCALE),
        ("lambda instead of lambda^2 in K", "K", lambda s: s.K / SCALE),
    ),
)  # fmt: skip
