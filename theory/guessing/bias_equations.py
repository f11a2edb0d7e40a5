"""The rows of the guessing bias: every equation with definition, derived value and source."""

import sympy as sp

from ..equation import Equation
from ..errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    PrecisionError,
    UndecidedError,
)
from ..gaussian import E
from ..special import Phi
from ..symbols import g, gamma, q, q1, q2, rho, x

__all__ = ["bias_equations"]

_BASSI = "Bassi et al. 2025 (arXiv:2505.12096)"
_FRANCAZI = "Francazi et al. 2024 (arXiv:2306.00809)"
_DERIVED = "derived here"

_UNDECIDED = (
    UndecidedError,
    DivergentExpectationError,
    AssumptionError,
    InputError,
    PrecisionError,
    NotImplementedError,
)


def bias_equations(gb) -> tuple[Equation, ...]:
    """The equations of a GuessingBias, in reading order."""
    return tuple(_guarded(gb, *row) for row in _ROWS)


def _guarded(gb, name, title, symbol, definition, value, source, note):
    """An Equation, or one without a value whose note says why."""
    try:
        made = value(gb)
        text = note(gb) if callable(note) else note
        untouched = made if definition is None else definition(gb)
    except _UNDECIDED as error:
        made, untouched, text = None, None, str(error)
    return Equation("bias", name, title, symbol, untouched, made, source, text)


def _centre(gb):
    """sigma_mu2' with untouched expectations."""
    return _untouched(gb, gb.mean_field.branch_kernel.subs(_AT_GAMMA))


def _variance(gb):
    """q' with untouched expectations."""
    return _untouched(gb, gb.mean_field.branch_moment)


def _quotient(gb):
    """gamma' with untouched expectations, whose signs SymPy is not to ask for."""
    spread = _variance(gb) - _centre(gb)
    return sp.Mul(_centre(gb), sp.Pow(spread, -1, evaluate=False), evaluate=False)


def _untouched(gb, branch):
    return gb.sigma_b2 + gb.sigma_w2 * branch


def _law(phase):
    return lambda gb: gb.growth_laws[phase].law


def _said(phase):
    return lambda gb: gb.growth_laws[phase].statement


def _if_there(what):
    return lambda gb: getattr(gb.neutral_line, what) if gb.neutral_line.exists else None


def _neutral(what):
    """The line with untouched expectations: both conditions solved for the variances."""

    def definition(gb):
        if not gb.neutral_line.exists:
            return None
        plain = gb.mean_field.branch_moment
        half = gb.mean_field.branch_kernel.subs(_AT_HALF)
        weights = q / (2 * (plain - half))
        return weights if what == "sigma_w2" else q - weights * plain

    return definition


_AT_GAMMA = {q1: q, q2: q, rho: gamma / (1 + gamma)}
_AT_HALF = {q1: q, q2: q, rho: sp.S.Half}
_T = sp.Symbol("t", positive=True)

#: name, title, LaTeX symbol, definition (None: the value itself), value, source, note
_ROWS = (
    (
        "gamma",
        "bias ratio of a correlation",
        r"\gamma(\rho)",
        None,
        lambda gb: gb.gamma,
        _BASSI,
        "",
    ),
    (
        "class_fraction_density",
        "density of the fraction in one of two classes",
        "p(g)",
        None,
        lambda gb: gb.class_fraction_density,
        _FRANCAZI,
        "for 0 < gamma < oo; 1/2 at gamma = 0, and 0 or 1 at gamma = oo",
    ),
    (
        "class_fraction_cdf",
        "its distribution function",
        "P(G \\le g)",
        lambda gb: sp.Integral(gb.class_fraction_density.subs(g, _T), (_T, 0, g)),
        lambda gb: gb.class_fraction_cdf,
        _FRANCAZI,
        "",
    ),
    (
        "class_fraction_variance",
        "its variance",
        r"\mathrm{Var}\, G",
        lambda gb: E(Phi(x) ** 2, gamma) - sp.Rational(1, 4),
        lambda gb: gb.class_fraction_variance,
        _DERIVED,
        "",
    ),
    (
        "mean_of_largest",
        "mean of the larger fraction",
        r"\mathbb{E} \max(G, 1 - G)",
        lambda gb: E(Phi(sp.Abs(x)), gamma),
        lambda gb: gb.mean_of_largest,
        _DERIVED,
        "",
    ),
    (
        "agreement",
        "two inputs in the same of K classes",
        r"\mathbb{P}_K(\text{same class})",
        None,
        lambda gb: gb.agreement(),
        _DERIVED,
        "elementary for K = 2, 3; K E Phi_2(X, Y; c)^(K - 1) for every K",
    ),
    (
        "next_centre",
        "variance of the centres in the next layer",
        r"\sigma_\mu'^2",
        _centre,
        lambda gb: gb.recursion.centre,
        _BASSI,
        "",
    ),
    (
        "next_spread",
        "spread over the data in the next layer",
        r"\sigma_y'^2",
        lambda gb: _variance(gb) - _centre(gb),
        lambda gb: gb.recursion.spread,
        _BASSI,
        "",
    ),
    (
        "gamma_recursion",
        "bias ratio of the next layer",
        r"\gamma'",
        _quotient,
        lambda gb: gb.gamma_recursion,
        _BASSI,
        "",
    ),
    (
        "first_gamma",
        "bias ratio of the first layer",
        r"\gamma_1",
        None,
        lambda gb: gb.first_layer().gamma,
        _BASSI,
        "for centred inputs",
    ),
    (
        "growth_ordered",
        "growth of the bias, ordered phase",
        r"\gamma_\ell:\ \text{ordered}",
        None,
        _law("ordered"),
        _DERIVED,
        _said("ordered"),
    ),
    (
        "growth_critical",
        "growth of the bias, critical",
        r"\gamma_\ell:\ \text{critical}",
        None,
        _law("critical"),
        _DERIVED,
        _said("critical"),
    ),
    (
        "growth_chaotic",
        "growth or limit of the bias, chaotic phase",
        r"\gamma_\ell:\ \text{chaotic}",
        None,
        _law("chaotic"),
        _BASSI,
        _said("chaotic"),
    ),
    (
        "neutral_line_sigma_w2",
        "neutral line, weights",
        r"\sigma_w^2(q)",
        _neutral("sigma_w2"),
        _if_there("sigma_w2"),
        _BASSI,
        lambda gb: gb.neutral_line.statement,
    ),
    (
        "neutral_line_sigma_b2",
        "neutral line, biases",
        r"\sigma_b^2(q)",
        _neutral("sigma_b2"),
        _if_there("sigma_b2"),
        _BASSI,
        lambda gb: gb.neutral_line.statement,
    ),
    (
        "favoured_gradient",
        "squared gradient of the favoured class, deep prejudice",
        r"\mathbb{E}\, s(-|\Delta|)^2",
        None,
        lambda gb: gb.class_gradient.favoured,
        _DERIVED,
        lambda gb: f"~ {gb.class_gradient.favoured_asymptote} for a large q",
    ),
    (
        "unfavoured_gradient",
        "squared gradient of the other class, deep prejudice",
        r"\mathbb{E}\, s(|\Delta|)^2",
        None,
        lambda gb: gb.class_gradient.unfavoured,
        _DERIVED,
        lambda gb: f"~ {gb.class_gradient.unfavoured_asymptote} for a large q",
    ),
)
