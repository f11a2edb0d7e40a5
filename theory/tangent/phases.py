r"""The depth law of dense and convolutional networks, phase by phase.

At a fixed point q of the variance, C the correlation map and S what a layer's own parameters add
to the diagonal (q in the NTK parametrisation),

    ordered    chi_1 < 1: K -> S/(1 - chi_1) for every pair;
    critical   chi_1 = 1: K/(L S) -> 1/(a+2) off the diagonal, L on it;
    chaotic    chi_1 > 1: K -> S(c*)/(1 - C'(c*)) off the diagonal, K ~ chi_1^L on it

(Hayou, Doucet & Rousseau 2019, arXiv:1905.13654, propositions 1 and 2, with the diagonal of the
chaotic phase, the constants at criticality and their corrections derived here).
"""

from collections.abc import Callable, Mapping

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
        return matched_law(terms) if terms else ""
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        return str(error)


class _Feedforward:
    """The laws for one activation."""

    def __init__(self, mean_field, width, filter_size):
        self.mf, self.width, self.filter_size = mean_field, width, filter_size
        homogeneity = mean_field.activation.homogeneity
        #: Without biases, K^L = chi^L times the critical kernel.
        self.is_scale_free = homogeneity == 1

    def source(self, correlation):
        """What a layer's own parameters add at a fixed point q."""
        mf = self.mf
        if self.width is None:
            return q if correlation == 1 else q * correlation
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
        """How positions of a convolution enter, in words."""
        if self.filter_size == 1:
            return ""
        return (
            "; for each pair of positions: circular averaging over the filter makes the "
            "covariances of all pairs with one offset equal at an exponential rate"
        )

    def scaling(self):
        """What sigma_w2 does to a positively homogeneous activation without biases, in words."""
        if self.width is None:
            return "K^L = chi_1^L K^L_critical for the same inputs, exactly"
        return "K^L = chi_1^(L-1) K^L_critical for the same inputs, but for the bias parts"

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
        if self.is_scale_free:
            return absent(
                "chaotic",
                "no fixed point has chi_1 > 1: the variance explodes, biases become negligible, "
                "ratio and condition number are the critical ones; with sigma_b2 = 0, "
                f"{self.scaling()}",
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
            statement += f"; with sigma_b2 = 0 and any sigma_w2, {self.scaling()}"
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
