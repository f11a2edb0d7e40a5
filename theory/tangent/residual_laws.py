r"""The depth law of residual networks y^l = s y^{l-1} + sqrt(b_l) (W^l phi(y^{l-1}) + bias).

For |s| >= 1 variances grow, so what counts is phi at infinity.  Where phi(x) = lambda_+ x_+ -
lambda_- x_- + O(1), with h = sigma_w2 (lambda_+^2 + lambda_-^2)/2 and r_l = h b_l/(s^2 + h b_l),

    c' = (1 - r_l) c + r_l C(c),   k' = (1 - r_l + r_l C'(c)) k + r_l C(c),   k = K/q,

with C the critical map of the homogeneous activation; what phi differs from it contributes terms
that decay like q^(-1/2), summably.  So no sigma_w2 is special: b = 1 has the dense law with r in
place of 1, b = 1/l the law of the flow in tau = sum r_l, b = 1/L a differential equation in l/L,
which exists for every phi if s^2 = 1 (Hayou, Doucet & Rousseau 2019, arXiv:1905.13654,
proposition 3, whose normaliser 2^L and transition at sigma_w2 = 2 do not survive; Yang &
Schoenholz 2017, arXiv:1712.08969).
"""

from collections.abc import Mapping

import sympy as sp

from ..activation import Activation
from ..errors import AssumptionError, InitheoryError
from ..local_series import local_series
from ..mean_field import MeanField
from ..symbols import l, q, q1, q2, rho, sigma_w2, x
from .architecture import architecture_named
from .correlated_growth import correlated_laws
from .depth_law import DepthLaw, DepthLaws, absent
from .expansion import Term, critical_expansion
from .matched import matched_law
from .phases import guarded, words
from .recursion import Recursion
from .symbols import L

__all__ = ["asymptotic_terms", "residual_laws", "slopes_at_infinity"]

_NO_PHASES = "a {} has no phases: see 'critical', which holds for every sigma_w2 > 0"


def residual_laws(recursion: Recursion) -> Mapping[str, DepthLaw]:
    """The laws by phase; only 'critical' exists."""
    layout = recursion.architecture
    reason = _out_of_reach(layout)
    if reason:
        return DepthLaws({p: absent(p, reason) for p in ("ordered", "critical", "chaotic")})
    stable = layout.branch == 1 / L
    if not stable and recursion.mean_field.weight_correlation != 0:
        slopes = slopes_at_infinity(recursion.mean_field.activation)
        if slopes is not None and not sp.expand(slopes[0] - slopes[1]).is_zero:
            return correlated_laws(recursion, slopes)
    law = guarded("critical", lambda: (_stable if stable else _growing)(recursion))
    kind = "residual network" if "residual" in layout.name else "network with |skip| >= 1"
    return DepthLaws(
        {
            "ordered": absent("ordered", _NO_PHASES.format(kind)),
            "critical": law,
            "chaotic": absent("chaotic", _NO_PHASES.format(kind)),
        }
    )


def _out_of_reach(layout):
    """Why no law is derived for the weight of the identity path, or ''."""
    if layout.branch == 1 / L and not (layout.skip**2 - 1).is_zero:
        return (
            f"not derived: with skip = {layout.skip} the identity path alone changes the variance "
            "by the factor skip^2 per layer, so branches of weight 1/sqrt(L) have no limiting "
            "equation in l/L; take skip = 1 or -1"
        )
    if layout.branch != 1 and not layout.is_growing:
        return (
            f"not derived: with skip = {layout.skip} the variance follows the vanishing branches "
            "instead of growing; take |skip| >= 1, or architecture='dense' with this skip"
        )
    return ""


def slopes_at_infinity(activation: Activation) -> tuple[sp.Expr, sp.Expr] | None:
    """(lambda_-, lambda_+) with phi(x) - lambda_± x bounded as x -> ±oo, or None.

    >>> slopes_at_infinity(Activation("gelu")), slopes_at_infinity(Activation("x*log(1+x^2)"))
    ((0, 1), None)
    """
    ends = ((activation.pieces[0].expr, -sp.oo, -1), (activation.pieces[-1].expr, sp.oo, 1))
    found = []
    for expr, place, sign in ends:
        try:
            terms = local_series(expr, x, place, "-" if sign > 0 else "+", sp.S.One).terms
        except (InitheoryError, NotImplementedError):
            return None
        low = {key: value for key, value in terms.items() if key[0] < 0 or key[1]}
        slope = low.pop((-sp.S.One, 0), sp.S.Zero)
        if any(sp.expand(value) != 0 for value in low.values()):
            return None
        found.append(sign * slope)
    return found[0], found[1]


def asymptotic_terms(activation: Activation, keep=sp.S.One) -> tuple[tuple[Term, ...], sp.Expr]:
    """The expansion of the critical map of phi at infinity, and r = h/(``keep`` + h)."""
    slopes = slopes_at_infinity(activation)
    if slopes is None:
        raise AssumptionError(f"{activation.name} is not linear at infinity")
    left, right = slopes
    h = sigma_w2 * (left**2 + right**2) / 2
    homogeneous = Activation(right * sp.Max(x, 0) - left * sp.Max(-x, 0))
    return critical_expansion(MeanField(homogeneous)), sp.cancel(h / (keep + h))


def _growing(recursion):
    """b_l = 1 or 1/l."""
    activation = recursion.mean_field.activation
    slopes = slopes_at_infinity(activation)
    if slopes is None or all(sp.expand(s).is_zero for s in slopes):
        kind = activation.growth
        return absent(
            "critical",
            f"the law is derived for activations that are linear at infinity; phi is {kind}, the "
            "variance grows with depth and K^L has no limiting shape of this kind; the recursion "
            "holds",
        )
    left, right = slopes
    if sp.expand(left - right).is_zero:
        return DepthLaw(
            "critical",
            True,
            "phi is linear at infinity with one slope: correlations stop moving as the variance "
            "grows, and K^L(x, x')/K^L(x, x) tends to a limit that depends on the inputs",
        )
    keep = recursion.architecture.skip**2
    terms, r = asymptotic_terms(activation, keep)
    h = sp.factor_terms(sigma_w2 * (left**2 + right**2) / 2)
    exact = _is_homogeneous(activation) and not recursion.architecture.is_convolution
    if recursion.architecture.branch == 1:
        return _unscaled(recursion, terms, h, r, exact)
    return _scaled(recursion, terms, h, exact)


def _is_homogeneous(activation):
    return activation.homogeneity == 1


def _unscaled(recursion, terms, h, r, exact):
    law = matched_law(terms, r)
    # what a layer's own parameters add, relative to the NTK parametrisation
    gain = sp.S.One if recursion.width is None else recursion.width / sigma_w2
    keep = recursion.architecture.skip**2
    variance = q * (keep + h) ** (L - 1)
    diagonal = None
    if exact and recursion.width is None:
        diagonal = variance * (1 + (L - 1) * r)
    start = f"q ({keep}+h)^(L-1)" if exact else f"q^L, which grows like ({keep}+h)^L,"
    statement = (
        f"for every sigma_w2 > 0, with h = {h} and r = h/({keep}+h): K^L(x, x) ~ r L times "
        f"{start} and {words(law)}"
    )
    if recursion.architecture.is_convolution:
        statement += "; for each pair of positions"
    if exact:
        statement += "; exact for sigma_b2 = 0, otherwise q is replaced by a larger constant"
    return DepthLaw(
        "critical",
        True,
        statement,
        ratio=law.ratio,
        power=law.power,
        coefficient=law.coefficient,
        corrections=law.terms,
        correlation=law.correlation,
        scale=gain * r * L * variance if exact else None,
        limit=law.ratio if exact else None,
        diagonal=diagonal,
        rate=keep + h,
        error=law.error,
    )


def _scaled(recursion, terms, h, exact):
    law = matched_law(terms, continuous=True)
    keep = recursion.architecture.skip**2
    tau = sp.Sum(sp.cancel(h / (h + keep * l)), (l, 1, L - 1))
    variance = q * sp.Product(keep + h / l, (l, 1, L - 1))
    diagonal = variance * (1 + tau) if exact and recursion.width is None else None
    times = "" if keep == 1 else f"{keep} "
    growth = f"L^({h})" if keep == 1 else f"({keep})^L L^({h / keep})"
    pace = "h" if keep == 1 else f"h/({keep})"
    statement = (
        f"for every sigma_w2 > 0, with h = {h} and tau = sum h/(h + {times}l) ~ {pace} log(L): "
        f"q^L grows like {growth}, 1 - c^L ~ kappa / tau^{law.power} and "
        f"K^L(x, x')/K^L(x, x) -> 1/(a+2) = {law.ratio}, next order 1/tau without a "
        "logarithm, with a constant that depends on the inputs"
    )
    return DepthLaw(
        "critical",
        True,
        statement,
        ratio=law.ratio,
        power=law.power,
        coefficient=law.coefficient,
        corrections=law.terms,
        correlation=law.correlation,
        limit=law.ratio if exact else None,
        scale=variance * tau if exact and recursion.width is None else None,
        diagonal=diagonal,
        error="O(1/tau)",
    )


class _Rates(Mapping):
    """The derivatives in t = l/L of a stable residual network: a dense layer, at equal variances.

    They are derived when they are first asked for.
    """

    _NAMES = ("variance", "correlation", "ntk", "ntk_diagonal")

    def __init__(self, recursion):
        dense = architecture_named("dense")
        self._layer = Recursion(recursion.mean_field, dense, recursion.width)

    def __repr__(self):
        return f"derivatives in l/L of {', '.join(self._NAMES)}"

    def __getitem__(self, name):
        if name not in self._NAMES:
            raise KeyError(name)
        same = {q1: q, q2: q}
        if name == "correlation":
            return (self._layer.covariance.subs(same) - rho * self._layer.variance) / q
        return getattr(self._layer, name).subs(same)

    def __iter__(self):
        return iter(self._NAMES)

    def __len__(self):
        return len(self._NAMES)


def _stable(recursion):
    """b = 1/L: derivatives in t = l/L of what the layers change."""
    statement = (
        "L layers with branch weight 1/sqrt(L) follow differential equations in t = l/L up to "
        "t = 1, with error O(1/L): the kernel stays non-degenerate and its ratio depends on the "
        "inputs and on sigma_w2"
    )
    mf = recursion.mean_field
    exact = _is_homogeneous(mf.activation) and recursion.width is None
    diagonal = None
    if exact:
        h, g = mf.chi_1, mf.chi_q
        diagonal = q * sp.exp(h) * (1 + h)
        words_of = "q e^h (1 + h), h = sigma_w2 E phi'^2"
        if not sp.expand(h - g).is_zero:
            diagonal = q * (h * sp.exp(h) - g * sp.exp(g)) / (h - g)
            words_of = "q (h e^h - g e^g)/(h - g), h = sigma_w2 E phi'^2 and g = V'"
        statement += f"; with sigma_b2 = 0 the diagonal tends to {words_of}"
    return DepthLaw(
        "critical",
        True,
        statement,
        diagonal=diagonal,
        scale=sp.S.One,
        error="O(1/L)",
        maps=_Rates(recursion),
    )
