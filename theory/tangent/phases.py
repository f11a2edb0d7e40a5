r"""The depth law of dense and convolutional networks, phase by phase.

At a fixed point q of the variance, C the correlation map and S what a layer's own parameters add
to the diagonal (q in the NTK parametrisation),

    ordered    chi_1 < 1: K -> S/(1 - chi_1) for every pair;
    critical   chi_1 = 1: K/(L S) -> 1/(a+2) off the diagonal, L on it;
    chaotic    chi_1 > 1: K -> S(c*)/(1 - C'(c*)) off the diagonal, K ~ chi_1^L on it

(Hayou, Doucet & Rousseau 2019, arXiv:1905.13654, propositions 1 and 2, with the diagonal of the
chaotic phase, the constants at criticality and their corrections derived here).

With a skip connection s, |s| < 1, the correlation map is (1 - r) c + r C(c) with r = 1 - s^2 and C
that of the branch, and a layer's own parameters add V(q) - s^2 q = r q: the laws keep their form,
with the expansion of C multiplied by r.  A correlation of the weights subtracts from C a constant
that a fixed point q compensates: at given q it does not occur.  It does decide which points exist.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import sympy as sp

from ..equation import closed
from ..errors import AssumptionError, DivergentExpectationError, UndecidedError
from ..symbols import q, rho, sigma_b2, sigma_w2
from .depth_law import DepthLaw, DepthLaws, absent
from .expansion import critical_expansion
from .matched import MatchedLaw, matched_law
from .survey import survey
from .symbols import L, c_star

__all__ = ["critical_law_of", "feedforward_laws", "guarded", "words"]


def feedforward_laws(mean_field, width=None, filter_size=1) -> Mapping[str, DepthLaw]:
    """The three phases; ``width`` is the fan-in of the standard parametrisation."""
    theory = _Feedforward(mean_field, width, filter_size)
    laws = {"ordered": theory.ordered, "critical": theory.critical, "chaotic": theory.chaotic}
    return DepthLaws({name: guarded(name, law) for name, law in laws.items()})


def guarded(phase: str, law: Callable[[], DepthLaw]) -> DepthLaw:
    """The law, or one that is absent because something cannot be decided."""
    try:
        return law()
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        return absent(phase, f"not decided: {error}")


def critical_law_of(mean_field) -> MatchedLaw | str:
    """The matched law at the edge of chaos, or the reason why there is none."""
    try:
        terms = critical_expansion(mean_field)
        return matched_law(terms, 1 - mean_field.skip**2) if terms else ""
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        return str(error)


class _Feedforward:
    """The laws for one activation."""

    def __init__(self, mean_field, width, filter_size):
        self.mf, self.width, self.filter_size = mean_field, width, filter_size
        homogeneity = mean_field.activation.homogeneity
        #: Without biases, the law of K/q is the same for every sigma_w2.
        self.is_scale_free = homogeneity == 1
        #: r, the weight of the branch in the correlation map.
        self.branch = 1 - mean_field.skip**2

    @cached_property
    def shift(self):
        """What correlated weights take from V(q) of a homogeneous activation, per sigma_w2 q."""
        mf = self.mf
        return sp.cancel(closed(mf.second_moment - mf.branch_moment) / q)

    def source(self, correlation):
        """What a layer's own parameters add at a fixed point q."""
        mf = self.mf
        if self.width is None:
            return self.branch * (q if correlation == 1 else q * correlation)
        if correlation == 1:
            moment = closed(mf.second_moment)
        else:
            moment = closed(mf.kernel_at_q).subs(rho, correlation)
        return self.filter_size * self.width * moment + 1

    def start(self):
        """K^1(x, x) at the fixed point, in the parametrisation."""
        if self.width is None:
            return q
        return sp.Symbol("K_1", positive=True)

    def diagonal(self, chi):
        """K^L(x, x) from K^1(x, x)."""
        s, first = self.source(sp.S.One), self.start()
        if chi == 1:
            return L * s if first == s else (L - 1) * s + first
        if first == s:
            return s * (chi**L - 1) / (chi - 1)
        return s * (chi ** (L - 1) - 1) / (chi - 1) + first * chi ** (L - 1)

    def mixing(self):
        """What a convolution and a symbolic skip connection add, in words."""
        condition = "; for |skip| < 1" if self.branch.is_positive is None else ""
        if self.filter_size == 1:
            return condition
        return condition + (
            "; for each pair of positions: circular averaging over the filter makes the "
            "covariances of all pairs with one offset equal at an exponential rate"
        )

    def scaling(self):
        """What sigma_w2 does to a positively homogeneous activation without biases, in words."""
        if not self.shift.is_zero:
            return (
                "q^L is proportional to V'^L and K^L/q^L has the chaotic law for "
                "weight_correlation > 0, the ordered one for < 0, with slopes and sources divided "
                "by V'"
            )
        if self.mf.skip != 0:
            return (
                "q^L is proportional to V'^L and K^L/q^L has the critical law, with "
                "1 - skip^2/V' in place of 1 - skip^2"
            )
        if self.width is None:
            return "K^L = chi_1^L K^L_critical for the same inputs, exactly"
        return "K^L = chi_1^(L-1) K^L_critical for the same inputs, but for the bias parts"

    def unbiased(self):
        """What happens to a homogeneous activation without biases, in words."""
        return f"with sigma_b2 = 0 and any sigma_w2, {self.scaling()}"

    # phases

    def ordered(self):
        chi = self.mf.chi_1
        if chi.is_finite is False:
            return absent("ordered", "chi_1 is infinite for every sigma_w2: there is no order")
        if chi.is_zero:
            return absent(
                "ordered", "the activation is constant: chi_1 = 0, K^L = q from L = 2 on"
            )
        limit = self.source(sp.S.One) / (1 - chi)
        statement = (
            "K^L tends to the same constant for every pair of inputs, with error O(L chi_1^L) off "
            "the diagonal and O(chi_1^L) on it; if the variance starts elsewhere, the rate is "
            "max(chi_1, |V'(q)|)"
        )
        if self.is_scale_free:
            statement += f"; with sigma_b2 = 0 there are no phases: {self.scaling()}"
        return DepthLaw(
            "ordered",
            True,
            statement + self.mixing(),
            ratio=sp.S.One,
            scale=sp.S.One,
            limit=limit,
            diagonal=self.diagonal(chi),
            rate=chi,
            error="O(L chi_1^L)",
        )

    def chaotic(self):
        mf, chi = self.mf, self.mf.chi_1
        if chi.is_zero:
            return absent("chaotic", "the activation is constant: chi_1 = 0")
        if self.is_scale_free and self.shift.is_zero:
            return absent(
                "chaotic",
                "no fixed point has chi_1 > 1: the variance explodes, biases become negligible, "
                "ratio and condition number are the critical ones; with sigma_b2 = 0, "
                f"{self.scaling()}",
            )
        if self.is_scale_free and self.shift.is_negative:
            return absent(
                "chaotic",
                "no fixed point has chi_1 > 1, as V' > chi_1 where the weight correlation is "
                f"negative; with sigma_b2 = 0, {self.scaling()}",
            )
        edge = mf.edge_of_chaos
        if chi.is_finite is not False:
            if not edge.exists:
                return absent("chaotic", f"none: {edge.statement}")
            if survey(edge).admissible is False:
                return absent("chaotic", f"none: {survey(edge).statement}")
            diagonal = self.diagonal(chi)
            growth = "the diagonal grows like chi_1^L"
        else:
            diagonal, growth = sp.oo, "the diagonal is infinite from L = 2 on (chi_1 is)"
        slope = self.slope_at(c_star)
        statement = (
            f"off the diagonal K^L tends to a constant with error O(L C'(c*)^L), {growth}: the "
            "kernel matrix tends to a multiple of the identity and predictions do not generalise"
        )
        if self.is_scale_free:
            statement += f"; at a fixed point chi_1 > 1 > V' with sigma_b2 > 0; {self.unbiased()}"
        return DepthLaw(
            "chaotic",
            True,
            statement + self.mixing(),
            ratio=sp.S.Zero,
            scale=sp.S.One,
            limit=self.source(c_star) / (1 - slope),
            diagonal=diagonal,
            rate=slope,
            error="O(L C'(c*)^L)",
        )

    def slope_at(self, correlation):
        """C' at a correlation."""
        return self.mf.correlation_slope.subs(rho, correlation)

    def critical(self):
        edge = self.mf.edge_of_chaos
        if not edge.exists:
            return absent("critical", f"no edge of chaos: {edge.statement}")
        seen = survey(edge)
        if seen.admissible is False:
            return absent("critical", f"no edge of chaos: {seen.statement}")
        s = self.source(sp.S.One)
        if self.width is not None:
            s = s.subs({sigma_w2: edge.sigma_w2, sigma_b2: edge.sigma_b2})
        shared = {"scale": L, "diagonal": self.diagonal(sp.S.One)}
        law = critical_law_of(self.mf)
        if not isinstance(law, MatchedLaw):
            if law:
                return DepthLaw("critical", True, f"not derived: {law}", **shared)
            return DepthLaw(
                "critical",
                True,
                "phi is affine: C(c) = c, correlations stay, and K^L(x, x')/K^L(x, x) is the "
                "correlation of the inputs",
                **shared,
            )
        statement = words(law) + self.mixing()
        if seen.stable is False:
            statement += "; no point of the edge is stable: q drifts away unless it starts there"
        if seen.statement:
            statement += f"; {seen.statement}"
        if self.is_scale_free:
            statement += f"; {self.unbiased()}"
        return DepthLaw(
            "critical",
            True,
            statement,
            ratio=law.ratio,
            power=law.power,
            coefficient=law.coefficient,
            corrections=law.terms,
            correlation=law.correlation,
            limit=law.ratio * s,
            error=law.error,
            **shared,
        )


def words(law: MatchedLaw, depth: str = "L") -> str:
    """The matched law in words."""
    decay = "kappa / l" if law.power == 1 else f"kappa / l^{_bracketed(law.power)}"
    rest = f"K^L(x, x')/K^L(x, x) -> 1/(a+2) = {law.ratio}"
    if law.logarithm:
        slow = "l log(l)" if law.logarithm == 1 else f"l log(l)^{law.logarithm}"
        power = "" if law.power == 1 else f"^{_bracketed(law.power)}"
        return (
            f"1 - c^l ~ kappa / ({slow}){power}, {rest} at the rate 1/log({depth}): exponents of "
            "the expansion collide"
        )
    if not law.terms:
        return (
            f"1 - c^l ~ {decay}, {rest}, next order 1/{depth} without a logarithm, its constant "
            "depending on the inputs"
        )
    first = law.terms[0]
    kind = f"{depth}^(-{first.exponent})" if first.exponent != 1 else f"1/{depth}"
    if first.logarithm:
        kind = (
            f"log({depth})"
            + ("" if first.logarithm == 1 else f"^{first.logarithm}")
            + (f"/{depth}" if first.exponent == 1 else f" {kind}")
        )
    return f"1 - c^l ~ {decay}, {rest} at the rate {kind}"


def _bracketed(number):
    return str(number) if sp.S(number).is_Integer else f"({number})"
