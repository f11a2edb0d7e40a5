"""The rows of the mean-field theory: every equation with definition, derived value and source."""

import sympy as sp

from .edge_of_chaos import critical_weight_correlation
from .equation import Equation
from .errors import AssumptionError, DivergentExpectationError, UndecidedError
from .latex import latex
from .symbols import q, q1, q2, rho, sigma_b2, sigma_w2

__all__ = ["mean_field_equations"]

_POOLE = "Poole et al. 2016 (arXiv:1606.05340)"
_SCHOENHOLZ = "Schoenholz et al. 2017 (arXiv:1611.01232)"
_HAYOU = "Hayou et al. 2019 (arXiv:1902.06853)"
_SINGH = "correlated weights: Singh & Sreejith 2021 (arXiv:2103.12499)"
_YANG = "skip connection: Yang & Schoenholz 2017 (arXiv:1712.08969)"


def mean_field_equations(mf) -> tuple[Equation, ...]:
    """The equations of a MeanField, in reading order."""
    rows = _ROWS if mf.weight_correlation == 0 else _ROWS + _CORRELATED
    return tuple(_guarded(mf, *row) for row in rows)


def _guarded(mf, name, title, symbol, definition, value, source, note):
    """An Equation, or one without a value if the derivation cannot decide something."""
    try:
        text = note(mf) if callable(note) else note
        made = definition(mf), value(mf)
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        made, text = (None, None), str(error)
    return Equation("mean-field", name, title, symbol, *made, _sources(mf, source), text)


def _sources(mf, source):
    """The source of the plain theory, and those of the options that are in use."""
    options = ((mf.weight_correlation, _SINGH), (mf.skip, _YANG))
    return "; ".join([source, *(text for value, text in options if value != 0)])


def _kept(mf):
    """What the skip connection passes on of a covariance."""
    return mf.skip**2 * rho * sp.sqrt(q1) * sp.sqrt(q2)


def _slope_of_variance(mf):
    return mf.skip**2 + sigma_w2 * mf.branch_moment.diff(q)


def _slope_of_correlation(mf):
    return mf.skip**2 + sigma_w2 * mf.slope_kernel


def _why_infinite(mf):
    if mf.chi_1.is_finite is not False:
        return ""
    point = mf.activation.breakpoints[0]
    if point.order == 0:
        return f"infinite: phi jumps at x = {latex(point.place)}, so phi' contains a delta"
    return f"infinite: phi' is not square integrable at x = {latex(point.place)}"


def _why_not_critical(mf):
    if not mf.edge_of_chaos.exists:
        return mf.edge_of_chaos.statement
    if mf.critical_weight_correlation is None:
        return "V'(q) does not depend on the weight correlation: (E phi)^2 is constant"
    return "V'(q) = 1 there; V'(q) < 1 above it where (E phi)^2 grows with q, below it otherwise"


def _if_exists(text):
    """A note for the edge of chaos: ``text``, or why there is none."""
    return lambda mf: text if mf.edge_of_chaos.exists else mf.edge_of_chaos.statement


#: name, title, LaTeX symbol, definition, value, source, note
_ROWS = (
    (
        "variance_map",
        "variance map",
        "V(q)",
        lambda mf: mf.skip**2 * q + sigma_b2 + sigma_w2 * mf.branch_moment,
        lambda mf: mf.variance_map,
        _POOLE,
        "",
    ),
    (
        "variance_slope",
        "slope of the variance map",
        "V'(q)",
        _slope_of_variance,
        lambda mf: mf.chi_q,
        _SCHOENHOLZ,
        "",
    ),
    (
        "covariance_map",
        "covariance map",
        r"K(q_1, q_2, \rho)",
        lambda mf: _kept(mf) + sigma_b2 + sigma_w2 * mf.branch_kernel,
        lambda mf: mf.covariance_map,
        _POOLE,
        "",
    ),
    (
        "correlation_map",
        "correlation map",
        r"C(\rho)",
        lambda mf: mf.skip**2 * rho + (sigma_b2 + sigma_w2 * mf.branch_kernel_at_q) / q,
        lambda mf: mf.correlation_map,
        _POOLE,
        "at a fixed point q = V(q)",
    ),
    (
        "correlation_slope",
        "slope of the correlation map",
        r"C'(\rho)",
        _slope_of_correlation,
        lambda mf: mf.correlation_slope,
        _SCHOENHOLZ,
        "",
    ),
    (
        "chi_1",
        "slope of the correlation map at 1",
        r"\chi_1",
        lambda mf: mf.skip**2 + sigma_w2 * mf.slope_moment,
        lambda mf: mf.chi_1,
        _SCHOENHOLZ,
        _why_infinite,
    ),
    (
        "edge_of_chaos_sigma_w2",
        "edge of chaos, weights",
        r"\sigma_w^2(q)",
        lambda mf: mf.edge_of_chaos.definition[0],
        lambda mf: mf.edge_of_chaos.sigma_w2,
        _HAYOU,
        lambda mf: mf.edge_of_chaos.statement,
    ),
    (
        "edge_of_chaos_sigma_b2",
        "edge of chaos, biases",
        r"\sigma_b^2(q)",
        lambda mf: mf.edge_of_chaos.definition[1],
        lambda mf: mf.edge_of_chaos.sigma_b2,
        _HAYOU,
        _if_exists("admissible where it is >= 0"),
    ),
    (
        "edge_of_chaos_stability",
        "stability of the edge of chaos",
        "V'(q)",
        lambda mf: mf.edge_of_chaos.definition[2],
        lambda mf: mf.edge_of_chaos.stability,
        _HAYOU,
        _if_exists("the point attracts iff this is in (-1, 1)"),
    ),
    (
        "xi_q",
        "depth scale of the variance",
        r"\xi_q",
        lambda mf: -1 / sp.log(sp.Abs(_slope_of_variance(mf))),
        lambda mf: mf.xi_q,
        _SCHOENHOLZ,
        "at a fixed point q",
    ),
    (
        "xi_c",
        "depth scale of the correlation",
        r"\xi_c",
        lambda mf: -1 / sp.log(_slope_of_correlation(mf)),
        lambda mf: mf.xi_c,
        _SCHOENHOLZ,
        "at the fixed point rho = c*, which is 1 iff chi_1 <= 1",
    ),
    (
        "correlation_rate",
        "correlation at criticality",
        r"\lim_{\ell\to\infty} \ell^{a}\,(1-c^\ell)",
        lambda mf: mf.correlation_rate.definition,
        lambda mf: mf.correlation_rate.coefficient,
        _HAYOU,
        lambda mf: mf.correlation_rate.statement,
    ),
)

#: The rows that only correlated weights have.
_CORRELATED = (
    (
        "critical_weight_correlation",
        "weight correlation at which the edge of chaos becomes stable",
        r"\kappa_s(q)",
        lambda mf: critical_weight_correlation(mf)[0],
        lambda mf: mf.critical_weight_correlation,
        "derived from the edge of chaos",
        _why_not_critical,
    ),
)
