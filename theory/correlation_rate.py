r"""How fast two inputs become perfectly correlated at the edge of chaos.

On the edge of chaos 1 - C(1 - u) = u - s u^(1 + 1/a) + ..., so 1 - c^l ~ (a/s)^a l^(-a).  The
most singular point of phi' decides.  Where phi' behaves as B_+ x^e on the right and B_- |x|^e on
the left of x_k, -1/2 < e < 1/2 (a kink is e = 0),

    chi_1 - C'(1 - u) ~ 1/2 sigma_w2 sum_k n_q(x_k) I_k E|delta|^(2e+1),   Var(delta) = 2 q u,

where n_q is the density of N(0, q) and I_k the integral of the squared increment of the singular
part over unit distance, known in closed form from its Fourier transform.  Hence a = 1/(e + 1/2).
If phi'' is square integrable, a = 1 and kappa = 2 E phi'^2 / (q E phi''^2) (Hayou et al. 2019, for
the kink at 0 and for smooth phi; the general case is derived here).

A skip connection of weight lambda replaces C(c) by (1 - r) c + r C(c), r = 1 - lambda^2, hence s
by r s: kappa is multiplied by r^(-a), the correction of order l^(-1/2) by r^(-1/2), and of the one
of order log(l)/l only the part that stems from the next term of C is divided by r.  For kinks of
jumps D_k and g = phi'' between them that next term is + t u^2 with

    t = -q (E g^2 + sum_k D_k n_q(x_k) (g(x_k+) + g(x_k-)))/(2 E phi'^2),

from E phi' phi' by Price's theorem, and the correction -(3 - 4 t/(r s^2)) log(l)/l.  A correlation
of the weights changes C by a constant and enters through the variance q alone.
"""

from dataclasses import dataclass, replace

import sympy as sp

from .equation import closed
from .gaussian import E
from .pieces import limit, one_sided
from .symbols import q, x
from .validation import local_exponent
from .weak_derivative import density

__all__ = ["Correction", "CorrelationRate", "correlation_rate"]


@dataclass(frozen=True)
class Correction:
    """The next order: 1 - c^l = kappa l^-a (1 + coefficient * term + ...), term in l."""

    term: str
    coefficient: sp.Expr


@dataclass(frozen=True)
class CorrelationRate:
    """1 - c^l ~ ``coefficient`` * l^(-``power``) at the edge of chaos.

    ``power`` is a number, ``coefficient`` an expression in q (derived) and ``definition`` the same
    with untouched expectations; all None where there is no algebraic rate, as ``statement`` says.
    ``expansion`` is (s, 1 + 1/a): 1 - C(1 - u) = u - s u^(1 + 1/a) + ...
    """

    power: sp.Expr | None
    coefficient: sp.Expr | None
    statement: str
    definition: sp.Expr | None = None
    expansion: tuple[sp.Expr, sp.Expr] | None = None
    correction: Correction | None = None

    def __str__(self):
        return self.statement


def correlation_rate(mean_field) -> CorrelationRate:
    """The rate for a MeanField, by the singularities of its activation."""
    slope = mean_field.slope_moment
    if slope.is_finite is False:
        return CorrelationRate(
            None, None, "no critical case: chi_1 is infinite, so C has infinite slope at 1"
        )
    if slope.is_zero:
        return CorrelationRate(None, None, "no critical case: the activation is constant")
    if mean_field.weight_correlation == 0 and mean_field.skip == 0:
        return _rate(mean_field, sp.S.One)
    edge = mean_field.edge_of_chaos
    if not edge.exists:
        return CorrelationRate(None, None, f"no critical case: {edge.statement}")
    rate = _rate(mean_field, 1 - mean_field.skip**2)
    if edge.sigma_w2.has(q) or edge.sigma_b2.is_zero:
        return rate
    line = f"on the line sigma_w2 = {edge.sigma_w2}, sigma_b2 = {edge.sigma_b2} > 0"
    return replace(rate, statement=f"{rate.statement}; {line}")


def _rate(mean_field, branch):
    """The rate if chi_1 is finite and positive; ``branch`` is 1 - skip^2."""
    phi, slope = mean_field.activation, mean_field.slope_moment
    singular = _singular_points(phi)
    exponent = min((e for _, e, _, _ in singular), default=sp.oo)
    if any(size.is_finite is False for _, _, *sizes in singular for size in sizes):
        return _expanded_rate(mean_field, branch)
    if exponent < sp.S.Half:
        leading = [p for p in singular if p[1] == exponent]
        return _singular_rate(phi, slope, leading, exponent, branch)
    curvature = mean_field.curvature_moment
    if curvature.is_finite is False:
        return CorrelationRate(
            None, None, "logarithmic corrections: E phi''^2 diverges logarithmically, no power law"
        )
    if curvature.is_zero:
        return CorrelationRate(
            None, None, "phi is affine: C(c) = c at criticality, correlations do not move"
        )
    return _smooth_rate(phi, slope, curvature, branch)


def increment_integral(exponent, even, odd):
    """int (f(x+1) - f(x))^2 dx for f = even |x|^e + odd sign(x) |x|^e, -1/2 < e < 1/2.

    >>> increment_integral(sp.S(0), 0, 1)
    4
    """
    mu = 2 * exponent + 1
    radial = sp.pi / (2 * sp.gamma(1 + mu) * sp.sin(sp.pi * mu / 2))
    amplitude = (2 * sp.gamma(exponent + 1)) ** 2
    waves = (even * sp.sin(sp.pi * exponent / 2)) ** 2 + (odd * sp.cos(sp.pi * exponent / 2)) ** 2
    return sp.simplify(2 / sp.pi * radial * amplitude * waves)


def _singular_points(phi):
    """(place, e, B_+, B_-) wherever phi' is continuous up to a singular part B |x|^e, e < 1/2."""
    found = []
    for point in phi.breakpoints:
        if point.order == 1 and point.jump.is_finite is not False:
            # a kink: the singular part of phi' is half the jump times sign(x)
            found.append((point.place, sp.S.Zero, point.jump / 2, -point.jump / 2))
        elif point.order in (1, 2) and point.jump.is_finite is False:
            found.append(_power_singularity(phi, point))
    return found


def _power_singularity(phi, point):
    sides = []
    t = sp.Dummy("t", positive=True)
    for piece in phi.pieces:
        for end, side, direction in ((piece.lower, "+", 1), (piece.upper, "-", -1)):
            if end != point.place:
                continue
            slope = sp.diff(piece.expr, x)
            base = one_sided(piece.expr, x, end, side, 1) if point.order == 2 else sp.S.Zero
            singular = slope - base
            exponent = local_exponent(singular, end, side)
            near = singular.subs(x, end + direction * t)
            size = (
                limit(near / t**exponent, t, sp.S.Zero, "+") if exponent.is_finite else sp.S.Zero
            )
            sides.append((exponent, size, side))
    exponent = min(e for e, _, _ in sides)
    sizes = {side: (size if e == exponent else sp.S.Zero) for e, size, side in sides}
    return point.place, exponent, sizes.get("+", sp.S.Zero), sizes.get("-", sp.S.Zero)


def _expanded_rate(mean_field, branch):
    """Where phi' is logarithmic at a point: by the expansion of the correlation map itself."""
    from .tangent.expansion import critical_expansion

    first, *others = critical_expansion(mean_field)
    if first.logarithm or any(t.exponent == first.exponent for t in others):
        return CorrelationRate(
            None, None, "logarithmic corrections: phi' has a logarithm at a point, no power law"
        )
    power = 1 / (first.exponent - 1)
    coefficient = (power / (branch * first.coefficient)) ** power
    return CorrelationRate(
        power,
        coefficient,
        f"1 - c^l ~ kappa / l^{power}: phi' has a logarithm at a point",
        definition=coefficient,
        expansion=(branch * first.coefficient, first.exponent),
    )


def _singular_rate(phi, slope, points, exponent, branch):
    power = 1 / (exponent + sp.S.Half)
    # E|delta|^(2e+1) for delta ~ N(0, 2 q u), without u^(e + 1/2)
    moment = (4 * q) ** (exponent + sp.S.Half) * sp.gamma(exponent + 1) / sp.sqrt(sp.pi)
    roughness = sum(
        density(place, 0, q) * increment_integral(exponent, (b + c) / 2, (b - c) / 2)
        for place, _, b, c in points
    )
    without_slope = sp.simplify(moment * roughness / (2 * (exponent + sp.Rational(3, 2))))
    s = branch * without_slope / slope
    plain = without_slope / closed(slope)
    correction = None if exponent else _next_after_kinks(phi, slope, plain, branch)
    return CorrelationRate(
        power,
        sp.simplify((power / without_slope) ** power) * (closed(slope) / branch) ** power,
        f"1 - c^l ~ kappa / l^{power}: {len(points)} singular point(s) of phi' decide",
        definition=(power / s) ** power,
        expansion=(branch * plain, 1 + 1 / power),
        correction=correction,
    )


def _next_after_kinks(phi, slope, s, branch):
    """log(l)/l after u^(3/2); None where phi'' between the kinks is not square integrable."""
    kinks = phi.jumps(1)
    if any(size.is_finite is False for order in (1, 2) for _, size in phi.jumps(order)):
        return None
    second = phi.derivative_expr(2)
    smooth = closed(E(second**2, q))
    ends = [
        (place, size, one_sided(piece.expr, x, place, side, 2))
        for place, size in kinks
        for piece in phi.pieces
        for end, side in ((piece.lower, "+"), (piece.upper, "-"))
        if end == place
    ]
    crossed = sum(size * density(place, 0, q) * value for place, size, value in ends)
    rough = smooth + crossed
    if rough.is_finite is False:
        return None
    return Correction("log(l)/l", -(3 + 2 * q * rough / (closed(slope) * branch * s**2)))


def _smooth_rate(phi, slope, curvature, branch):
    definition = 2 * slope / (branch * q * curvature)
    value = 2 * closed(slope) / (branch * q * closed(curvature))
    return CorrelationRate(
        sp.S.One,
        value,
        "1 - c^l ~ kappa / l: phi'' is square integrable",
        definition=definition,
        expansion=(branch * q * closed(curvature) / (2 * closed(slope)), sp.Integer(2)),
        correction=_next_order(phi, slope, curvature, branch),
    )


def _next_order(phi, slope, curvature, branch):
    """log(l)/l for smooth phi, l^(-1/2) where phi'' jumps; None where phi'' is rougher."""
    jumps = phi.jumps(2)
    if any(size.is_finite is False for _, size in jumps):
        return None
    d, m = closed(slope), closed(curvature)
    if jumps:
        bump = sum(size**2 * density(place, 0, q) * sp.sqrt(q) for place, size in jumps)
        b = sp.Rational(4, 15) / sp.sqrt(sp.pi) * q / d * bump
        return Correction(
            "l**(-1/2)", 2 * b / (q * m / (2 * d)) ** sp.Rational(3, 2) / sp.sqrt(branch)
        )
    if any(size.is_finite is False for _, size in phi.jumps(3)):
        return None
    third = closed(E(phi.derivative_expr(3) ** 2, q))
    return Correction("log(l)/l", -(1 - sp.Rational(2, 3) * third * d / (branch * m**2)))
