"""The rows of correlated weights: closed forms of degree 1, and what holds for any activation."""

import sympy as sp

from ..correlation_effects import least_weight_correlation
from ..equation import Equation
from ..errors import AssumptionError, DivergentExpectationError, UndecidedError
from ..symbols import q, rho, sigma_b2, sigma_w2
from .kink_correlation import c_star

__all__ = ["correlation_effect_equations", "scale_free_equations"]

_SINGH = "Singh & Sreejith 2021 (arXiv:2103.12499) for ReLU; derived for both slopes"
_DERIVED = "derived from the maps of Singh & Sreejith 2021 (arXiv:2103.12499)"


def scale_free_equations(maps) -> tuple[Equation, ...]:
    """The closed forms of a ScaleFreeMaps, each with untouched expectations as its definition."""
    rows = []
    grows = maps.boundary.is_nonpositive
    for name, title, symbol, definition, value, note in _ROWS:
        if grows and name in _BOUNDED:
            made, note = (None, None), "q grows at every sigma_w2 > 0, as |skip| >= 1"
        else:
            made = definition(maps), value(maps)
        rows.append(Equation("mean-field", name, title, symbol, *made, _SINGH, note))
    return tuple(rows)


def correlation_effect_equations(mean_field) -> tuple[Equation, ...]:
    """chi_0 and kappa_min of any MeanField, or why it has none."""
    return _independence(mean_field), _least(mean_field)


def _independence(mean_field):
    head = "mean-field", "independence", "slope of the correlation map at 0 without biases"
    try:
        found = mean_field.independence
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        return Equation(*head, r"\chi_0", None, None, _DERIVED, str(error))
    row = found.definition, found.slope, _DERIVED, found.statement
    return Equation(*head, r"\chi_0", *row)


def _least(mean_field):
    head = "mean-field", "least_weight_correlation", "least weight correlation of an edge of chaos"
    note = "sigma_b2(q) >= 0 on the edge of chaos for weight correlations from here to 1"
    try:
        made = least_weight_correlation(mean_field)
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        made, note = (None, None), str(error)
    else:
        if made[1] is None:
            note = "none: E phi = 0, so that kappa has no effect, or no sigma_w2 makes chi_1 = 1"
    return Equation(*head, r"\kappa_{\min}(q)", *made, _DERIVED, note)


# definitions, from the untouched expectations


def _factor(maps):
    mf = maps.mean_field
    return mf.skip**2 + sigma_w2 * mf.branch_moment / q


def _boundary(maps):
    mf = maps.mean_field
    return (1 - mf.skip**2) * q / mf.branch_moment


def _free_map(maps, at=rho):
    mf = maps.mean_field
    above = mf.skip**2 * q * at + sigma_w2 * mf.branch_kernel_at_q.subs(rho, at)
    return above / (q * _factor(maps))


def _biased_map(maps, at=rho):
    mf = maps.mean_field
    shared = sigma_w2 * mf.branch_kernel_at_q.subs(rho, at) / q
    return mf.skip**2 * at + 1 - _factor(maps) + shared


def _free_slope(maps):
    mf = maps.mean_field
    at_star = mf.slope_kernel.subs(rho, maps.c_star())
    return (mf.skip**2 + sigma_w2 * at_star) / _factor(maps)


def _biased_slope(maps):
    mf = maps.mean_field
    return mf.skip**2 + sigma_w2 * mf.slope_kernel.subs(rho, _biased_star(maps))


def _biased_star(maps):
    return c_star(maps.effective_weight_correlation)


def _kappa_of_c(maps):
    mf = maps.mean_field
    return (mf.kernel_at_q - rho * mf.second_moment) / ((1 - rho) * mf.mean**2)


def _weights_of_c(maps):
    mf = maps.mean_field
    above = (1 - mf.skip**2) * (1 - rho) * q
    return above / (mf.second_moment - mf.kernel_at_q)


def _effective(maps):
    mf = maps.mean_field
    least = mf.second_moment - (1 - mf.skip**2) * q / sigma_w2
    return least / mf.mean**2


def _gradient_factor(maps):
    mf = maps.mean_field
    above = (1 - mf.skip**2) * q * mf.slope_moment
    return mf.skip**2 + above / mf.branch_moment


def _forward_factor(maps):
    mf = maps.mean_field
    above = (1 - mf.skip**2) * mf.branch_moment
    return mf.skip**2 + above / (q * mf.slope_moment)


_FREE = "for sigma_b2 = 0, at every q"
_STAR = "for sigma_b2 > 0 at the fixed point q*, where kappa and sigma_b2 drop out"

#: The rows about bounded variances.
_BOUNDED = {
    *("variance_boundary", "variance_fixed_point", "biased_map", "effective_weight_correlation"),
    *("sigma_w2_of_c", "biased_c_star", "biased_rate", "gradient_factor", "forward_factor"),
}

#: name, title, LaTeX symbol, definition, value, note
_ROWS = (
    (
        "variance_factor",
        "growth of the variance per layer",
        r"(V(q) - \sigma_b^2)/q",
        _factor,
        lambda maps: maps.variance_factor,
        "",
    ),
    (
        "variance_boundary",
        "weight variance that preserves norms",
        r"\sigma_w^2|_{V'=1}",
        _boundary,
        lambda maps: maps.boundary,
        "q is bounded below it; it preserves every q where sigma_b2 = 0",
    ),
    (
        "variance_fixed_point",
        "fixed point of the variance",
        "q^*",
        lambda maps: sigma_b2 / (1 - _factor(maps)),
        lambda maps: maps.fixed_point,
        "a variance below the boundary",
    ),
    (
        "scale_free_map",
        "correlation map without biases",
        r"C_0(\rho)",
        _free_map,
        lambda maps: maps.correlation_map,
        _FREE,
    ),
    (
        "scale_free_slope_at_one",
        "its slope at 1",
        "C_0'(1)",
        lambda maps: (
            (maps.mean_field.skip**2 + sigma_w2 * maps.mean_field.slope_moment) / _factor(maps)
        ),
        lambda maps: maps.slope_at_one,
        "above 1, so that c = 1 repels, if and only if the weight correlation is positive",
    ),
    (
        "weight_correlation_of_c",
        "weight correlation that attracts to a correlation",
        r"\kappa(\rho)",
        _kappa_of_c,
        lambda maps: maps.weight_correlation(),
        f"{_FREE}; the same for every activation of degree 1 that is not linear",
    ),
    (
        "scale_free_c_star",
        "attracting correlation without biases",
        "c_*",
        lambda maps: _free_map(maps, maps.c_star()),
        lambda maps: maps.c_star(),
        "the root of kappa(c) = kappa; 0 for kappa = 1, 1 for kappa <= 0",
    ),
    (
        "scale_free_rate",
        "its rate",
        r"\lambda",
        _free_slope,
        lambda maps: maps.rate,
        "lambda = C_0'(c*): c - c* shrinks by this factor per layer",
    ),
    (
        "scale_free_depth_scale",
        "its depth scale",
        r"\xi",
        lambda maps: -1 / sp.log(_free_slope(maps)),
        lambda maps: maps.xi,
        "xi = -1/log(lambda)",
    ),
    (
        "biased_map",
        "correlation map with biases",
        r"C_b(\rho)",
        _biased_map,
        lambda maps: maps.correlation_map_with_bias,
        _STAR,
    ),
    (
        "effective_weight_correlation",
        "effective weight correlation with biases",
        r"\kappa_e(\sigma_w^2)",
        _effective,
        lambda maps: maps.effective_weight_correlation,
        "c* is that of kappa_e without biases; kappa_e < kappa below the boundary",
    ),
    (
        "sigma_w2_of_c",
        "weight variance that attracts to a correlation, with biases",
        r"\sigma_w^2(\rho)",
        _weights_of_c,
        lambda maps: maps.sigma_w2(),
        _STAR,
    ),
    (
        "biased_c_star",
        "attracting correlation with biases",
        r"c_*^b",
        lambda maps: _biased_map(maps, _biased_star(maps)),
        lambda maps: c_star(maps.effective_weight_correlation),
        "below the boundary; it depends on sigma_w2 alone",
    ),
    (
        "biased_rate",
        "its rate",
        r"\lambda_b",
        _biased_slope,
        lambda maps: maps.rate_with_bias,
        "lambda_b = C_b'(c*) once q has settled",
    ),
    (
        "gradient_factor",
        "gradients per layer where norms are preserved",
        r"\chi_1|_{V'=1}",
        _gradient_factor,
        lambda maps: maps.tradeoff.gradient_factor,
        "without biases",
    ),
    (
        "forward_factor",
        "variance per layer where gradients are preserved",
        r"V'|_{\chi_1=1}",
        _forward_factor,
        lambda maps: maps.tradeoff.forward_factor,
        "without biases",
    ),
)
