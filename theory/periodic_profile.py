r"""The profile of x g(log|x|): its mean square G(u) on the two half-lines, and its Fourier series.

A coefficient h_n = (1/P) int_0^P G(u) e^{-i n omega u} du is closed for sums of terms
(trigonometric polynomial) e^{a cos(omega u) + b sin(omega u)}, by
e^{R cos(v - psi)} = sum_n I_n(R) e^{i n (v - psi)}; anything else keeps the integral.
"""

import mpmath
import sympy as sp

from .errors import AssumptionError, PrecisionError
from .symbols import u, x

__all__ = ["coefficient", "frequency_of", "numeric_coefficient", "profile_of"]


def profile_of(phi) -> sp.Expr:
    """G(u) = (phi(e^u)^2 + phi(-e^u)^2)/(2 e^{2u})."""
    right, left = (sp.simplify(phi.expr.subs(x, side * sp.exp(u)) / sp.exp(u)) for side in (1, -1))
    return sp.expand(sp.powsimp(sp.expand((right**2 + left**2) / 2), force=True))


def frequency_of(profile, phi) -> sp.Expr:
    """omega = 2 pi/P; AssumptionError if the profile is constant or has no period."""
    if not profile.has(u):
        raise AssumptionError(
            f"{phi.name} is homogeneous of degree 1, so V is linear: it has one fixed point, or "
            "every q is one"
        )
    try:
        period = sp.periodicity(profile, u)
    except (NotImplementedError, TypeError):
        period = None
    if period is None or period.is_zero:
        raise AssumptionError(
            f"{phi.name} is not x*g(log|x|) with a periodic g that SymPy recognises: phi(e^u)/e^u "
            "must be periodic in u"
        )
    return sp.simplify(2 * sp.pi / sp.Abs(period))


def coefficient(profile, omega, n) -> sp.Expr:
    """h_n of the profile, in closed form where this module has one.

    >>> coefficient(sp.exp(sp.sin(2 * u)), sp.S(2), sp.S(1))
    -I*besseli(1, 1)
    >>> coefficient(1 + sp.cos(3 * u), sp.S(3), sp.S(1))
    1/2
    """
    terms = [_closed(term, omega, n) for term in sp.Add.make_args(sp.expand(profile))]
    if None not in terms:
        return sp.Add(*terms)
    integrand = profile * sp.exp(-sp.I * n * omega * u)
    return omega / (2 * sp.pi) * sp.Integral(integrand, (u, 0, 2 * sp.pi / omega))


def numeric_coefficient(profile, omega, n):
    """h_n at the precision of mpmath: closed, or by the trapezoidal rule, doubled until it stands.

    On a period the rule converges geometrically for an analytic G.
    """
    value = coefficient(profile, omega, sp.S(n))
    if not value.has(sp.Integral):
        return mpmath.mpmathify(sp.N(value, mpmath.mp.dps))
    sample = sp.lambdify(u, profile, "mpmath")
    period, last = 2 * mpmath.pi / mpmath.mpf(sp.N(omega, mpmath.mp.dps)), None
    for level in range(6, 13):
        count = 2**level
        turns = [mpmath.mpf(k) / count for k in range(count)]
        rule = sum(sample(period * t) * mpmath.expjpi(-2 * n * t) for t in turns) / count
        if last is not None and abs(rule - last) <= mpmath.eps * 2**10 * (abs(rule) + 1):
            return rule
        last = rule
    raise PrecisionError(
        f"the Fourier coefficient {n} of {profile} did not settle with {2**12} points; the "
        "profile is not smooth enough for this number of digits"
    )


def _closed(term, omega, n):
    """h_n of one term, or None."""
    exponent, rest = sp.S.Zero, []
    for factor in sp.Mul.make_args(sp.powsimp(term)):
        base, power = factor.as_base_exp()
        if base is sp.E:
            exponent += power
        else:
            rest.append(factor)
    waves = _waves(sp.Mul(*rest), omega)
    inner = _waves(exponent, omega)
    if waves is None or inner is None or not set(inner) <= {-1, 0, 1}:
        return None
    up, down = inner.get(1, sp.S.Zero), inner.get(-1, sp.S.Zero)
    if up.is_zero and down.is_zero:
        # n may be a symbol: a polynomial has coefficients at some n only
        found = [c * sp.KroneckerDelta(n, k) for k, c in waves.items()]
        return sp.exp(inner.get(0, 0)) * sp.Add(*found)
    # a cos + b sin = up e^{iv} + down e^{-iv} with up = (a - ib)/2
    size = 2 * sp.sqrt(sp.simplify(up * down))
    phase = sp.simplify(2 * up / size)
    found = [c * sp.besseli(n - k, size) * phase ** (n - k) for k, c in waves.items()]
    return sp.exp(inner.get(0, 0)) * sp.Add(*found)


def _waves(expr, omega):
    """{k: coefficient of e^{i k omega u}} of a trigonometric polynomial, or None."""
    z = sp.Dummy("z", nonzero=True)
    power = sp.expand(expr.rewrite(sp.exp), power_exp=True)
    power = power.replace(
        lambda e: isinstance(e, sp.exp) and e.has(u),
        lambda e: _power_of(e, omega, z),
    )
    power = sp.expand(power)
    if power.has(u):
        return None
    if power.is_zero:
        return {}
    found = {}
    for part in sp.Add.make_args(power):
        c, wave = part.as_independent(z)
        base, k = wave.as_base_exp() if wave != 1 else (z, sp.S.Zero)
        if base != z or not k.is_Integer:
            return None
        found[int(k)] = found.get(int(k), sp.S.Zero) + c
    return found


def _power_of(wave, omega, z):
    """e^{i k omega u + c} as z^k e^c."""
    slope = sp.simplify(sp.diff(wave.exp, u) / (sp.I * omega))
    if not slope.is_Integer:
        return wave
    return z**slope * sp.exp(sp.simplify(wave.exp.subs(u, 0)))
