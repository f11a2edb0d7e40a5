r"""How gamma grows with depth in each phase, for any activation.

At a finite fixed point of the variance gamma = 1/(1 - c) - 1 inherits the law of 1 - c:

    ordered   gamma_l = constant * chi_1^(-l)
    critical  gamma_l ~ l^a/kappa where 1 - c_l ~ kappa l^(-a); for smooth phi (C''(1)/2) l
    chaotic   gamma_l -> c*/(1 - c*), with errors C'(c*)^l

For positively homogeneous phi without biases e = 1 - c obeys e' = e - s e^(1 + 1/a) at every
sigma_w2, so gamma_l ~ (s/a)^a l^a.  Critical with biases, q_l grows like sigma_b2 l, which adds
the drift -e/l: then e l^a -> A with (a - 1) A = s A^(1 + 1/a), that is
gamma_l ~ (s/(a - 1))^a l^a, for ReLU 8 l^2/(9 pi^2).  Derived here from the expansion of C at 1.
"""

from dataclasses import dataclass

import sympy as sp

from ..correlation_rate import Correction
from ..errors import InitheoryError
from ..pieces import sign_of
from ..symbols import l, q, rho
from ..tangent.symbols import c_star
from .scale_free import ScaleFree

__all__ = ["GammaGrowth", "growth_laws", "linear_ratio"]

#: The constant of an exponential law, which depends on the start.
CONSTANT = sp.Symbol("A", positive=True)

_PHASES = ("ordered", "critical", "chaotic")


@dataclass(frozen=True)
class GammaGrowth:
    """The law of gamma_l for l -> oo in one phase.

    gamma_l ~ ``coefficient`` * ``rate``^l * l^``power``: ``rate`` is None for powers of l,
    ``power`` None for an exponential or where there is no growth, ``coefficient`` None where it
    depends on the start.  ``limit`` is where a bounded gamma tends to; then ``rate`` is the factor
    per layer of the distance.  ``correction`` is the next order, relative to the law.
    ``exists`` is False where the phase does not occur, as ``statement`` says.
    """

    phase: str
    statement: str
    exists: bool = True
    power: sp.Expr | None = None
    coefficient: sp.Expr | None = None
    rate: sp.Expr | None = None
    limit: sp.Expr | None = None
    correction: Correction | None = None

    def __str__(self):
        return f"{self.phase}: {self.statement}"

    @property
    def law(self) -> sp.Expr | None:
        """The leading behaviour as an expression in the depth ``l``.

        ``A`` stands for a constant that the start decides; None where gamma stays what it is.

        >>> GammaGrowth("critical", "", power=sp.S(2), coefficient=sp.S(3)).law
        3*l**2
        """
        if self.limit is not None:
            return self.limit
        size = CONSTANT if self.coefficient is None else self.coefficient
        if self.rate is not None:
            return size * self.rate**l
        return size * l**self.power if self.power else None


def growth_laws(guessing_bias) -> dict[str, GammaGrowth]:
    """The laws by phase, 'ordered', 'critical' and 'chaotic', in q and the given variances."""
    gb = guessing_bias
    values = gb.values
    if gb.is_odd_without_biases:
        text = "phi is odd without biases: C(c) <= c, so gamma never grows"
        return {name: GammaGrowth(name, text, power=sp.S.Zero) for name in _PHASES}
    if gb.activation.homogeneity == 1:
        free = ScaleFree(gb.mean_field)
        if free.is_affine:
            return _linear(free, values)
        if free.ratio == 1:
            return _scale_free(gb, values)
        if gb.sigma_b2.is_zero:
            return _driven(free)
    return {
        "ordered": _ordered(gb.mean_field, values),
        "critical": _critical(gb.mean_field),
        "chaotic": _chaotic(gb.mean_field, values),
    }


def linear_ratio(depth, free, sigma_w2, sigma_b2) -> sp.Expr:
    """gamma_l of phi(x) = a x: (sigma_b2/sigma_w2) sum_{k < l} (sigma_w2 a^2)^(-k).

    For centred inputs of unit mean square; l = 1 is the first layer.

    >>> from theory.mean_field import MeanField
    >>> linear_ratio(3, ScaleFree(MeanField("linear")), 2, 1)
    7/8
    """
    step = sp.S(sigma_w2) * free.gain / q
    k = sp.Dummy("k", integer=True)
    return sp.S(sigma_b2) / sigma_w2 * sp.summation(step ** (-k), (k, 0, depth - 1))


def _ordered(mf, values):
    chi = mf.chi_1.subs(values)
    if chi.is_finite is False:
        return GammaGrowth("ordered", "chi_1 is infinite, so c = 1 always repels", exists=False)
    if chi.is_zero:
        return GammaGrowth("ordered", "gamma is infinite after one layer: chi_1 = 0", limit=sp.oo)
    text = "gamma_l = constant * chi_1^(-l) where q settles, the constant set by the start"
    return GammaGrowth("ordered", text, rate=1 / chi)


def _critical(mf):
    edge, rate = getattr(mf, "edge_of_chaos", None), getattr(mf, "correlation_rate", None)
    if edge is None or rate is None:
        text = "no expansion of the correlation map at 1 is known for this layer"
        return GammaGrowth("critical", text, exists=False)
    if not edge.exists:
        return GammaGrowth("critical", f"no edge of chaos: {edge.statement}", exists=False)
    if rate.power is None:
        return GammaGrowth("critical", rate.statement)
    s, exponent = rate.expansion
    power = 1 / (exponent - 1)
    coefficient = (s / power) ** power
    depth = "l" if power == 1 else f"l^{power}"
    text = f"gamma_l ~ coefficient * {depth} at the edge of chaos"
    if exponent == 2:
        text += ", coefficient = C''(1)/2"
    return GammaGrowth(
        "critical",
        text,
        power=power,
        coefficient=coefficient,
        correction=_growing(rate.correction),
    )


def _growing(correction):
    """The next order of gamma ~ 1/(1 - c) from that of 1 - c."""
    return correction and Correction(correction.term, -correction.coefficient)


def _chaotic(mf, values):
    limit = c_star / (1 - c_star)
    try:
        rate = sp.diff(mf.correlation_map, rho) if not hasattr(mf, "correlation_slope") else None
        rate = mf.correlation_slope if rate is None else rate
        rate = rate.subs(rho, c_star).subs(values)
    except InitheoryError:
        rate = None
    text = "gamma_l tends to c*/(1 - c*) where q settles, with an error of the order C'(c*)^l"
    return GammaGrowth("chaotic", text, limit=limit, rate=rate)


def _linear(free, values):
    sigma_w2, sigma_b2 = values.values()
    step = sigma_w2 * free.gain / q
    first = sigma_b2 / sigma_w2
    if sigma_b2.is_zero:
        text = "gamma_l = gamma_1: without biases a linear network keeps the ratio"
        return {name: GammaGrowth(name, text, power=sp.S.Zero) for name in _PHASES}
    start = "from centred inputs of unit mean square"
    return {
        "ordered": GammaGrowth(
            "ordered",
            f"gamma_l ~ coefficient * chi_1^(-l) {start}",
            coefficient=sp.factor(first * step / (1 - step)),
            rate=1 / step,
        ),
        "critical": GammaGrowth(
            "critical",
            f"gamma_l = (sigma_b2/sigma_w2) l {start}",
            power=sp.S.One,
            coefficient=first,
        ),
        "chaotic": GammaGrowth(
            "chaotic",
            f"gamma_l tends to a limit {start}: the signals outgrow the biases",
            limit=sp.factor(first * step / (step - 1)),
            rate=1 / step,
        ),
    }


def _driven(free):
    """Homogeneous layers without biases whose k'(1) is not 1."""
    if sign_of(free.ratio - 1, "k'(1) - 1") < 0:
        text = "gamma_l = constant * k'(1)^(-l) at every sigma_w2, without biases"
        laws = {"rate": 1 / free.ratio}
    else:
        text = "gamma_l tends to c*/(1 - c*), c* = k(c*), at every sigma_w2, without biases"
        laws = {
            "rate": sp.diff(free.kernel, rho).subs(rho, c_star),
            "limit": c_star / (1 - c_star),
        }
    return {name: GammaGrowth(name, text, **laws) for name in _PHASES}


def _scale_free(gb, values):
    mf = gb.mean_field
    s, exponent = mf.correlation_rate.expansion
    a = 1 / (exponent - 1)
    plain = (s / a) ** a
    drifting = (s / (a - 1)) ** a
    sigma_b2 = gb.sigma_b2
    anywhere = f"gamma_l ~ coefficient * l^{a}"
    if sigma_b2.is_zero:
        text = f"{anywhere} at every sigma_w2: without biases gamma does not contain it"
        # the next order depends on C alone, so it too holds at every sigma_w2
        after = _growing(mf.correlation_rate.correction)
        return {
            name: GammaGrowth(name, text, power=a, coefficient=plain, correction=after)
            for name in _PHASES
        }
    critical = drifting
    if not sigma_b2.is_positive:
        critical = sp.Piecewise((plain, sp.Eq(sigma_b2, 0)), (drifting, True))
    ordered = _ordered(mf, values)
    if not sigma_b2.is_positive:
        note = f"{ordered.statement} (sigma_b2 > 0; without biases {anywhere}, as chaotic)"
        ordered = GammaGrowth("ordered", note, rate=ordered.rate)
    return {
        "ordered": ordered,
        "critical": GammaGrowth(
            "critical",
            f"{anywhere}: the variance grows by sigma_b2 per layer, which adds a drift",
            power=a,
            coefficient=critical,
        ),
        "chaotic": GammaGrowth(
            "chaotic",
            f"{anywhere}: the exploding variance leaves the biases behind",
            power=a,
            coefficient=plain,
        ),
    }
