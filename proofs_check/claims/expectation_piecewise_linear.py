r"""Claims on closed forms: continuous piecewise linear functions, kinks anywhere.

Source: S. Rosenbaum, "Moments of a truncated bivariate normal distribution", J. R. Stat. Soc. B
23 (1961).
"""

from dataclasses import replace

import sympy as sp

from theory.special import Phi, Phi2
from theory.symbols import q, q1, q2, rho, x

from .expectation_forms import S, Stated, T, W, form_claim, gaussian_density

__all__ = ["PIECEWISE_LINEAR"]

R = sp.Rational
sqrt = sp.sqrt
n = gaussian_density
H = sp.Symbol("h", real=True)
CUT = sp.Symbol("a", positive=True)


def _mass(h, k):
    """P(X > h, Y > k)."""
    return Phi2(-h / S, -k / T, rho)


def _ramps(h, k, third=1):
    """E (X - h)_+ (Y - k)_+; another factor of the third term is a mistake."""
    u, v = h / S, k / T
    total = (rho + u * v) * Phi2(-u, -v, rho) - v * n(u) * Phi((rho * u - v) / W)
    total -= third * u * n(v) * Phi((rho * v - u) / W)
    return S * T * (total + W * n(u) * n((v - rho * u) / W))


def _mean(h, variance=q):
    """E (X - h)_+."""
    u = h / sqrt(variance)
    return sqrt(variance) * n(u) - h * Phi(-u)


def _square(h):
    """E (X - h)_+^2."""
    u = h / sqrt(q)
    return q * ((1 + u**2) * Phi(-u) - u * n(u))


def _pair(h, k):
    """E (X - h)_+ (X - k)_+, h <= k."""
    return _square(k) + (k - h) * _mean(k)


def _sum_of_ramps(phi, slope, start, ramps, at=None):
    """start + sum w (x - h)_+ for the pairs (w, h) of ``ramps``, h ascending."""
    V, K, D, dual = start**2, start**2, sp.S.Zero, sp.S.Zero
    for i, (w, h) in enumerate(ramps):
        V += 2 * start * w * _mean(h)
        K += start * w * (_mean(h, q1) + _mean(h, q2))
        for j, (v, k) in enumerate(ramps):
            lower, upper = (h, k) if i <= j else (k, h)
            V += w * v * _pair(lower, upper)
            D += w * v * Phi(-upper / sqrt(q))
            K += w * v * _ramps(h, k)
            dual += w * v * _mass(h, k)
    return Stated(phi, slope, V, K, D, dual, at or {})


def _on(lower, upper, slope):
    """``slope`` between two places, 0 elsewhere."""
    return sp.Piecewise((sp.S.Zero, x < lower), (slope, x < upper), (sp.S.Zero, True))


def _ramp():
    phi = sp.Max(x - H, 0)
    slope = sp.Piecewise((sp.S.Zero, x < H), (sp.S.One, True))
    return Stated(
        phi, slope, _square(H), _ramps(H, H), Phi(-H / sqrt(q)), _mass(H, H), {H: R(1, 2)}
    )


def _clipped():
    """Hard tanh, with a cut a."""
    phi = sp.Piecewise((-CUT, x < -CUT), (x, x < CUT), (CUT, True))
    ramps = ((1, -CUT), (-1, CUT))
    return _sum_of_ramps(phi, _on(-CUT, CUT, sp.S.One), -CUT, ramps, {CUT: 1})


def _relu6():
    phi = sp.Piecewise((0, x < 0), (x, x < 6), (6, True))
    ramps = ((1, sp.S.Zero), (-1, sp.Integer(6)))
    return _sum_of_ramps(phi, _on(0, 6, sp.S.One), sp.S.Zero, ramps)


def _hardsigmoid():
    phi = sp.Piecewise((0, x < -3), ((x + 3) / 6, x < 3), (1, True))
    ramps = ((R(1, 6), sp.Integer(-3)), (R(-1, 6), sp.Integer(3)))
    return _sum_of_ramps(phi, _on(-3, 3, R(1, 6)), sp.S.Zero, ramps)


def _hat():
    phi = sp.Max(1 - sp.Abs(x), 0)
    slope = sp.Piecewise((0, x < -1), (1, x < 0), (-1, x < 1), (0, True))
    ramps = ((1, sp.S.NegativeOne), (-2, sp.S.Zero), (1, sp.S.One))
    return _sum_of_ramps(phi, slope, sp.S.Zero, ramps)


def _softshrink():
    """By symmetry: the ramp at the threshold a, minus its mirror image."""
    phi = sp.Max(x - CUT, 0) - sp.Max(-x - CUT, 0)
    slope = sp.Piecewise((1, x < -CUT), (0, x < CUT), (1, True))
    ramp, mass = _ramps(CUT, CUT), _mass(CUT, CUT)
    return Stated(
        phi,
        slope,
        2 * _square(CUT),
        2 * ramp - 2 * ramp.subs(rho, -rho),
        2 * Phi(-CUT / sqrt(q)),
        2 * mass + 2 * mass.subs(rho, -rho),
        {CUT: R(1, 2)},
    )


def _clip_second(extra=-2):
    """V of hard tanh, put together: inside the cut q (2 Phi(u) - 1 - 2 u n(u)), beyond it a^2."""
    u = CUT / sqrt(q)
    return q * (2 * Phi(u) - 1 + extra * u * n(u)) + 2 * CUT**2 * Phi(-u)


def _with_second(stated, second):
    return replace(stated, V=second)


def _slopes_of_one_sign():
    """K' of the hat with slope 1 on both sides: the mass of both variables inside (-1, 1)."""
    one = sp.S.One
    return sum(s * t * _mass(s * -one, t * -one) for s in (1, -1) for t in (1, -1))


_RAMP = (
    r"$B(h,k) = E(X-h)_+(Y-k)_+ = \sqrt{q_1q_2}[(\rho+uv)\Phi_2(-u,-v;\rho)-v\,n(u)"
    r"\Phi(\frac{\rho u-v}w)-u\,n(v)\Phi(\frac{\rho v-u}w)+w\,n(u)n(\frac{v-\rho u}w)]$, "
    r"$u = h/\sqrt{q_1}$, $v = k/\sqrt{q_2}$, $w = \sqrt{1-\rho^2}$"
)
_SUM = (
    r" is a constant plus ramps $w_i(x-h_i)_+$, so $K$ and $V$ are the quadratic forms of "
    r"$E(X-h)_+(Y-k)_+$ and $E(X-h)_+$, and $K' = \sum w_iw_j\Phi_2(-h_i/\sqrt{q_1},"
    r"-h_j/\sqrt{q_2};\rho)$, $E\phi'^2 = \sum w_iw_j\Phi(-\max(h_i,h_j)/\sqrt q)$."
)
_SOURCE = "Rosenbaum 1961, for the moments of a truncated pair; put together here"

PIECEWISE_LINEAR = (
    form_claim(
        "ramp",
        r"$\phi = (x-h)_+$: $K = B(h,h)$ with " + _RAMP
        + r", $V = q((1+u^2)\Phi(-u)-u\,n(u))$ with $u = h/\sqrt q$, $E\phi'^2 = \Phi(-u)$ and "
        r"$K' = \Phi_2(-h/\sqrt{q_1},-h/\sqrt{q_2};\rho)$.",
        _SOURCE,
        _ramp,
        ("one of the two boundary terms is forgotten", "K", lambda s: _ramps(H, H, 0)),
        ("+ u n(u) in V", "V", lambda s: s.V + 2 * H * sqrt(q) * n(H / sqrt(q))),
    ),
    form_claim(
        "hardtanh",
        r"$\phi = \max(-a,\min(x,a))$" + _SUM
        + r" $V = q(2\Phi(u)-1-2u\,n(u))+2a^2\Phi(-u)$ with $u = a/\sqrt q$.",
        _SOURCE,
        lambda: _with_second(_clipped(), _clip_second()),
        ("2 u n(u) as u n(u)", "V", lambda s: _clip_second(-1)),
        ("the lower kink is forgotten", "dual",
         lambda s: s.dual - _mass(-CUT, -CUT) + _mass(sp.S.Zero, sp.S.Zero)),
    ),
    form_claim(
        "relu6",
        r"$\phi = \min(x_+,6)$" + _SUM,
        _SOURCE,
        _relu6,
        ("the kink at 6 is forgotten", "K", lambda s: _ramps(sp.S.Zero, sp.S.Zero)),
        ("the kink at 6 is forgotten in the slope", "D", lambda s: R(1, 2)),
    ),
    form_claim(
        "hardsigmoid",
        r"$\phi = \min((x+3)_+,6)/6$" + _SUM,
        _SOURCE,
        _hardsigmoid,
        ("1/6 instead of 1/36", "D", lambda s: 6 * s.D),
        ("one third of the mixed terms is lost", "K", lambda s: s.K - _ramps(-3, 3) / 54),
    ),
    form_claim(
        "hat",
        r"$\phi = (1-|x|)_+$" + _SUM,
        _SOURCE,
        _hat,
        ("the signs of the slopes are forgotten", "dual", lambda s: _slopes_of_one_sign()),
        ("the weight of the middle kink is -1", "V", lambda s: s.V - 3 * _square(sp.S.Zero)),
    ),
    form_claim(
        "softshrink",
        r"$\phi = (x-a)_+-(-x-a)_+$: $K = 2B(a,a;\rho)-2B(a,a;-\rho)$, "
        r"$K' = 2A(\rho)+2A(-\rho)$ with $A(\rho) = \Phi_2(-a/\sqrt{q_1},-a/\sqrt{q_2};\rho)$, "
        r"$E\phi'^2 = 2\Phi(-u)$, $V = 2q((1+u^2)\Phi(-u)-u\,n(u))$ with $u = a/\sqrt q$; " + _RAMP
        + ".",
        _SOURCE,
        _softshrink,
        ("the mirror image is added", "K", lambda s: 4 * _ramps(CUT, CUT) - s.K),
        ("one side only", "V", lambda s: s.V / 2),
    ),
)  # fmt: skip
