r"""The depth law of residual networks y^l = y^{l-1} + sqrt(b_l) (W^l phi(y^{l-1}) + bias).

Variances grow, so what counts is phi at infinity.  Where phi(x) = lambda_+ x_+ - lambda_- x_- +
O(1), with h = sigma_w2 (lambda_+^2 + lambda_-^2)/2 and r_l = h b_l/(1 + h b_l),

    c' = (1 - r_l) c + r_l C(c),   k' = (1 - r_l + r_l C'(c)) k + r_l C(c),   k = K/q,

with C the critical map of the homogeneous activation; what phi differs from it contributes terms
that decay like q^(-1/2), summably.  So no sigma_w2 is special: b = 1 has the dense law with r in
place of 1, b = 1/l the law of the flow in tau = sum r_l, b = 1/L a differential equation in l/L,
which exists for every phi (Hayou, Doucet & Rousseau 2019, arXiv:1905.13654, proposition 3, whose
normaliser 2^L and transition at sigma_w2 = 2 do not survive; Yang & Schoenholz 2017,
arXiv:1712.08969).
"""

from collections.abc import Mapping

import sympy as sp

from ..activation import Activation
from ..errors import AssumptionError, InitheoryError
from ..local_series import local_series
from ..mean_field import MeanField
from ..symbols import l, q, q1, q2, rho, sigma_w2, x
from .architecture import architecture_named
from .depth_law import DepthLaw, DepthLaws, absent
from .expansion import Term, critical_expansion
from .matched import matched_law
from .phases import guarded, words
from .recursion import Recursion
from .symbols import L

__all__ = ["asymptotic_terms", "residual_laws", "slopes_at_infinity"]

_NO_PHASES = "a residual network has no phases: see 'critical', which holds for every sigma_w2 > 0"


def residual_laws(recursion: Recursion) -> Mapping[str, DepthLaw]:
    """The laws by phase; only 'critical' exists."""
    name = recursion.architecture.name
    made = _stable if name == "stable-residual" else _growing
    law = guarded("critical", lambda: made(recursion))
    return DepthLaws(
        {
            "ordered": absent("ordered", _NO_PHASES),
            "critical": law,
            "chaotic": absent("chaotic", _NO_PHASES),
        }
    )


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


def asymptotic_terms(activation: Activation) -> tuple[tuple[Term, ...], sp.Expr]:
    """The expansion of the critical map of phi at infinity, and r = h/(1 + h)."""
    slopes = slopes_at_infinity(activation)
    if slopes is None:
        raise AssumptionError(f"{activation.name} is not linear at infinity")
    left, right = slopes
    h = sigma_w2 * (left**2 + right**2) / 2
    homogeneous = Activation(right * sp.Max(x, 0) - left * sp.Max(-x, 0))
    return critical_expansion(MeanField(homogeneous)), sp.cancel(h / (1 + h))


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
    terms, r = asymptotic_terms(activation)
    h = sp.factor_terms(sigma_w2 * (left**2 + right**2) / 2)
    exact = _is_homogeneous(activation)
    if recursion.architecture.name == "residual":
        return _unscaled(recursion, terms, h, r, exact)
    return _scaled(recursion, terms, h, exact)


def _is_homogeneous(activation):
    return activation.homogeneity == 1


def _unscaled(recursion, terms, h, r, exact):
    law = matched_law(terms, r)
    # what a layer's own parameters add, relative to the NTK parametrisation
    gain = sp.S.One if recursion.width is None else recursion.width / sigma_w2
    variance = q * (1 + h) ** (L - 1)
    diagonal = None
    if exact and recursion.width is None:
        diagonal = variance * (1 + (L - 1) * r)
    start = "q (1+h)^(L-1)" if exact else "q^L, which grows like (1+h)^L,"
    statement = (
        f"for every sigma_w2 > 0, with h = {h} and r = h/(1+h): K^L(x, x) ~ r L times {start} and "
        f"{words(law)}"
    )
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
        rate=1 + h,
        error=law.error,
    )


def _scaled(recursion, terms, h, exact):
    law = matched_law(terms, continuous=True)
    tau = sp.Sum(sp.cancel(h / (h + l)), (l, 1, L))
    variance = q * sp.Product(1 + h / l, (l, 1, L))
    diagonal = variance * (1 + tau) if exact and recursion.width is None else None
    statement = (
        f"for every sigma_w2 > 0, with h = {h} and tau = sum h/(h + l) ~ h log(L): q^L grows like "
        f"L^({h}), 1 - c^L ~ kappa / tau^{law.power} and K^L(x, x')/K^L(x, x) -> 1/(a+2) = "
        f"{law.ratio}, next order 1/tau without a logarithm, with a constant that depends on the "
        "inputs"
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
    exact = _is_homogeneous(recursion.mean_field.activation) and recursion.width is None
    diagonal = None
    if exact:
        h = recursion.mean_field.chi_1
        diagonal = q * sp.exp(h) * (1 + h)
        statement += (
            "; with sigma_b2 = 0 the diagonal tends to q e^h (1 + h), h = sigma_w2 E phi'^2"
        )
    return DepthLaw(
        "critical",
        True,
        statement,
        diagonal=diagonal,
        scale=sp.S.One,
        error="O(1/L)",
        maps=_Rates(recursion),
    )
