r"""The phase of a concrete network: regime of the bias, and what gradients do.

Starting from centred inputs, q_1 = sigma_w2 + sigma_b2 and c_1 = sigma_b2/q_1:

    neutrality      gamma* < 1  (c* < 1/2)      ordered   tilde chi_1 < 1
    prejudice       1 < gamma* < oo             critical  tilde chi_1 = 1
    deep prejudice  gamma* = oo (c* = 1)        chaotic   tilde chi_1 > 1

with tilde chi_1 = sigma_w2 E phi'^2, the factor per layer of squared gradients.  C is convex on
[0, 1] with C(1) = 1, being a power series with non-negative coefficients.  At a fixed point
0 < q* < oo, tilde chi_1 = C'(1), and hence c* = 1 where it is <= 1; where it is > 1,
c* > 1/2 exactly if C(1/2) > 1/2.  Variances that vanish or explode, as they do for homogeneous
activations, are in :mod:`theory.guessing.scale_free`.  Source: Bassi et al. 2025
(arXiv:2505.12096), table 1, with the exceptions derived here.
"""

import mpmath
import sympy as sp

from ..errors import UndecidedError
from ..gaussian import GaussianExpectation
from ..pieces import sign_of
from ..symbols import q, rho, sigma_b2, sigma_w2
from .bias_phase import BiasPhase
from .dictionary import first_layer
from .scale_free import ScaleFree, leading_part
from .variance_path import destination, value_at

__all__ = ["bias_phase"]

_DIGITS = 30
_REGIMES = ("neutrality", "border of neutrality and prejudice (gamma = 1)", "prejudice")
_DYNAMICS = ("ordered", "critical", "chaotic")
_DEEP = "deep prejudice"


def bias_phase(guessing_bias) -> BiasPhase:
    """The phase of a GuessingBias whose variances and parameters are all numbers.

    Exact numbers are decided exactly, or UndecidedError says what could not be; rounded ones
    (:mod:`theory.guessing.given_number`) count as critical within their rounding.
    """
    with mpmath.workdps(_DIGITS + 10):
        return _Decision(guessing_bias).phase()


class _Decision:
    """The numbers of one decision."""

    def __init__(self, gb):
        self.gb, self.mean_field = gb, gb.mean_field
        self.values = {sigma_w2: gb.sigma_w2, sigma_b2: gb.sigma_b2}
        self.biased = not gb.sigma_b2.is_zero
        missing = gb.unknowns
        if missing:
            names = " and ".join(map(str, missing))
            raise UndecidedError(f"the phase depends on {names}: give values")

    def phase(self):
        phi = self.gb.activation
        if phi.homogeneity == 1:
            return self._homogeneous(ScaleFree(self.mean_field))
        ends = (
            self._attracts(leading_part(phi, sp.S.Zero)),
            self._attracts(leading_part(phi, sp.oo), far=True),
        )
        start = first_layer(*self.values.values()).q
        variance_map = self.mean_field.variance_map.subs(self.values)
        found = destination(variance_map, _number(start), _DIGITS, ends=ends)
        if found.kind == "finite":
            return self._finite(found.q)
        if found.kind == "cycle":
            raise UndecidedError(
                "the variance alternates between two values, so that no fixed point decides; "
                "take a smaller sigma_w2"
            )
        return self._at_an_end(found.kind)

    # variances that scale

    def _attracts(self, part, far=False):
        """Whether 0 (or infinity) attracts variances, by the leading part of phi there."""
        if part is None:
            return None
        if not far and (self.biased or not part.has(sp.Symbol("x", real=True))):
            return bool(part == 0) and not self.biased
        if part == 0 or not part.has(sp.Symbol("x", real=True)):
            return False
        gain = self._scaled(part).gain
        growth = (
            sp.degree(gain, q) if gain.is_polynomial(q) else sp.cancel(q * gain.diff(q) / gain)
        )
        if growth != 1:
            return bool(growth > 1)
        excess = sign_of(self.gb.sigma_w2 * gain / q - 1, "V'")
        return excess >= 0 if far else excess <= 0

    def _scaled(self, part):
        return ScaleFree(self.gb.with_activation(part).mean_field)

    def _homogeneous(self, free):
        """phi of degree one: V = sigma_b2 + sigma_w2 m q, exactly."""
        gain = self._sign(self.gb.sigma_w2 * free.gain / q - 1, free.gain / q)
        chi = self.gb.sigma_w2 * free.slope
        dynamics = self._sign(chi - 1, free.slope)
        if self.biased and gain < 0:
            q_star = self.gb.sigma_b2 / (1 - self.gb.sigma_w2 * free.gain / q)
            if dynamics <= 0:
                why = f"chi_1 = {chi} <= 1 at the finite variance q* = {q_star}, so C(c) > c"
                return self._made(_DEEP, dynamics, why, "finite", q_star, chi, chi)
            half = self.gb.sigma_b2 / q_star + (1 - self.gb.sigma_b2 / q_star) * (
                free.half + _HALF
            )
            regime = _REGIMES[sign_of(half - _HALF, "C(1/2) - 1/2") + 1]
            why = "chi_1 > 1 repels c = 1, and C(1/2) decides on which side of 1/2 c* lies"
            return self._made(regime, dynamics, why, "finite", q_star, chi, chi)
        kind = "zero" if gain < 0 else "infinite" if gain > 0 or self.biased else "finite"
        regime, why, limit = self._free_regime(free)
        place = {"zero": sp.S.Zero, "infinite": sp.oo, "finite": self._start().q}[kind]
        return self._made(regime, dynamics, why, kind, place, chi, free.ratio, limit)

    def _free_regime(self, free):
        """The regime where biases do not count, or count for affine activations only."""
        if free.is_affine:
            return self._affine(free)
        sign = sign_of(free.ratio - 1, "k'(1) - 1") if free.ratio.is_finite else 1
        if sign < 0:
            return _DEEP, f"1 - c shrinks by the factor k'(1) = {free.ratio} per layer", None
        if sign == 0:
            why = "k'(1) = 1 whatever the weights, and gamma grows like a power of depth"
            return _DEEP, why, None
        regime = _REGIMES[sign_of(free.half, "k(1/2) - 1/2") + 1]
        return regime, f"k'(1) = {free.ratio} > 1 repels c = 1 at every sigma_w2", None

    def _affine(self, free):
        """phi = a x: gamma_(l+1) = gamma_l + sigma_b2/(sigma_w2 a^2 sigma_y2), item by item."""
        if not self.biased:
            why = "without biases a linear network keeps gamma = gamma_1 = 0"
            return _REGIMES[0], why, sp.S.Zero
        factor = self.gb.sigma_w2 * free.gain / q
        if self._sign(factor - 1, free.gain / q) <= 0:
            return _DEEP, "every layer of a linear network adds at least as much to gamma", None
        limit = self.gb.sigma_b2 / self.gb.sigma_w2 * factor / (factor - 1)
        regime = _REGIMES[sign_of(limit - 1, "gamma* - 1") + 1]
        why = f"gamma of a linear network tends to {limit}, which depends on the start"
        return regime, why, limit

    # a finite fixed point

    def _finite(self, q_star):
        mf, values = self.mean_field, self.values
        place = sp.Float._new(q_star._mpf_, mpmath.libmp.dps_to_prec(_DIGITS))
        chi_1 = mf.chi_1
        if chi_1.is_finite is False:
            dynamics, chi = 1, sp.oo
        else:
            dynamics, chi = self._slope_at(chi_1, q_star)
        if dynamics <= 0:
            why = "chi_1 <= 1 at a finite variance q* > 0, so C(c) > c below c = 1"
            return self._made(_DEEP, dynamics, why, "finite", place, chi, chi)
        half = mf.correlation_map.subs(rho, _HALF)
        value = value_at(half.subs(values), q_star, 15)
        if abs(value - 0.5) < mpmath.mpf(10) ** -9:
            value = value_at(half.subs(values), q_star, _DIGITS)
        side = self._numeric_sign(half, value - mpmath.mpf(1) / 2, q_star, "C(1/2) - 1/2")
        why = f"chi_1 > 1 repels c = 1, and C(1/2) = {mpmath.nstr(value, 6)} places c*"
        return self._made(_REGIMES[side + 1], dynamics, why, "finite", place, chi, chi)

    def _slope_at(self, chi_1, q_star):
        """The sign of chi_1 - 1 at the fixed point, and chi_1: exact where q does not matter."""
        exact = chi_1.subs(self.values)
        if not exact.has(q, GaussianExpectation):
            return self._sign(exact - 1, chi_1.diff(sigma_w2)), exact
        chi = value_at(exact, q_star, _DIGITS)
        return self._numeric_sign(chi_1, chi - 1, q_star, "chi_1 - 1"), _float(chi)

    def _numeric_sign(self, expr, value, q_star, what):
        """The sign of expr - constant at the fixed point, 0 within the rounding of the sigmas."""
        tolerance = mpmath.mpf(10) ** (8 - _DIGITS)
        if abs(value) > mpmath.mpf(10) ** -9:
            return int(mpmath.sign(value))
        if any(self.gb.rounding):
            tolerance = max(tolerance, self._spread(expr, q_star))
            return 0 if abs(value) <= tolerance else int(mpmath.sign(value))
        if abs(value) > tolerance:
            return int(mpmath.sign(value))
        if what == "chi_1 - 1" and self._on_the_edge():
            return 0
        raise UndecidedError(
            f"{what} vanishes to {_DIGITS - 8} digits and could not be proved to be 0: give "
            "sigma_w2 as a float, which counts as rounded, or move it away from the boundary"
        )

    def _spread(self, expr, q_star):
        """How far the roundings of sigma_w2 and sigma_b2 move an expression at the fixed point."""
        drift = 1 - value_at(self.mean_field.chi_q.subs(self.values), q_star, 15)
        along = self._slope_in_q(expr, q_star) / drift if drift else mpmath.inf
        total = mpmath.mpf(0)
        for symbol, rounding in zip((sigma_w2, sigma_b2), self.gb.rounding, strict=True):
            direct = value_at(expr.diff(symbol).subs(self.values), q_star, 15)
            moved = value_at(
                self.mean_field.variance_map.diff(symbol).subs(self.values), q_star, 15
            )
            total += abs(direct + along * moved) * _number(rounding)
        return 2 * total

    def _slope_in_q(self, expr, q_star):
        """d expr/dq by a difference: five digits of a tolerance are plenty."""
        step = q_star * mpmath.mpf(10) ** -4
        values = (value_at(expr.subs(self.values), q_star + s * step, 15) for s in (1, -1))
        above, below = values
        return (above - below) / (2 * step)

    def _on_the_edge(self):
        """Whether the exact variances satisfy the closed equations of the edge of chaos."""
        edge = getattr(self.mean_field, "edge_of_chaos", None)
        if edge is None or not edge.exists or edge.sigma_w2.has(GaussianExpectation):
            return False
        try:
            places = sp.solve(sp.Eq(edge.sigma_w2, self.gb.sigma_w2), q)
            return any(
                sign_of(edge.sigma_b2.subs(q, p) - self.gb.sigma_b2) == 0
                for p in places
                if p.is_positive
            )
        except (NotImplementedError, UndecidedError):
            return False

    # vanishing and exploding variances

    def _at_an_end(self, kind):
        far = kind == "infinite"
        part = leading_part(self.gb.activation, sp.oo if far else sp.S.Zero)
        if part is None:
            raise UndecidedError(
                f"the variance goes to {'infinity' if far else '0'}, where "
                f"{self.gb.activation.name} is like no power of x, so that no limit of C decides"
            )
        free = self._scaled(part)
        chi = sp.limit(self.gb.sigma_w2 * free.slope, q, sp.oo if far else 0, "-" if far else "+")
        dynamics = 1 if chi is sp.oo else self._sign(chi - 1, free.slope)
        place = sp.oo if far else sp.S.Zero
        if not free.is_affine:
            regime, why, _ = self._free_regime(free)
            why = f"the variance goes to {place}, where phi is like {part}: {why}"
            return self._made(regime, dynamics, why, kind, place, chi, free.ratio)
        if self.gb.is_odd_without_biases:
            why = "phi is odd without biases: gamma = 0 stays, and correlated data do not grow"
            return self._made("neutrality", dynamics, why, kind, place, chi, free.ratio, sp.S.Zero)
        return self._along_the_path(dynamics, kind, place, chi)

    def _along_the_path(self, dynamics, kind, place, chi):
        """phi is linear in the limit: gamma stops at a value that the whole path decides."""
        from .bias_path import settled_ratio

        ratio = settled_ratio(self.mean_field, self.values, self._start())
        regime = _REGIMES[int(mpmath.sign(ratio - 1)) + 1]
        why = f"phi is linear in the limit, and gamma stops at {mpmath.nstr(ratio, 6)}"
        return self._made(regime, dynamics, why, kind, place, chi, sp.S.One, sp.Float(ratio, 7))

    # shared

    def _start(self):
        return first_layer(*self.values.values())

    def _sign(self, value, weight):
        """The sign of an exact value that is linear in sigma_w2 with this weight."""
        allowed = self.gb.rounding[0] * abs(weight)
        if allowed != 0 and abs(value.evalf(30)) <= allowed.evalf(30):
            return 0
        return sign_of(value, "the phase")

    def _made(self, regime, dynamics, why, kind, q_star, chi, slope, gamma_star=None):
        gamma_star = sp.oo if regime == _DEEP else gamma_star
        name = _DYNAMICS[dynamics + 1]
        return BiasPhase(regime, name, why, kind, q_star, chi, slope, gamma_star)


_HALF = sp.S.Half


def _number(value):
    return mpmath.mp.make_mpf(sp.Float(value.evalf(_DIGITS + 5), _DIGITS + 5)._mpf_)


def _float(value):
    return sp.Float._new(value._mpf_, mpmath.libmp.dps_to_prec(_DIGITS))
