"""The rows of the covariance SDE: every equation with definition, derived value and source."""

import sympy as sp

from .covariance_entries import in_entries
from .equation import Equation
from .errors import AssumptionError, DivergentExpectationError, UndecidedError
from .symbols import V, covariance_entry, rho

__all__ = ["covariance_equations"]

_LI = "Li, Nica & Roy 2022 (arXiv:2206.02768)"
_RESIDUAL = "Li & Nica 2023 (arXiv:2310.12079)"
_FELLER = "Li, Nica & Roy 2022 (arXiv:2206.02768); Karlin & Taylor 1981, section 15.6"
_YOR = "Dufresne 1990; Yor 1992 (exponential functionals of Brownian motion)"

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)


def covariance_equations(sde) -> tuple[Equation, ...]:
    """The equations of a CovarianceSDE, in reading order."""
    return tuple(_guarded(sde, *row) for row in _ROWS)


def _guarded(sde, name, title, symbol, definition, value, source, note):
    """An Equation, or one without a value if the derivation cannot decide something."""
    try:
        derived = value(sde)
        untouched = derived if definition is None else definition(sde)
        text = note(sde) if callable(note) else note
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        untouched, derived, text = None, None, str(error)
    source = source(sde) if callable(source) else source
    return Equation("sde", name, title, symbol, untouched, derived, source, text)


def _source(sde):
    return _RESIDUAL if sde.architecture == "residual" else _LI


def _raw_norm(sde):
    return sde.drift_factor * sde.kernel.definition.subs({V22: V11, rho: 1}).subs(V11, V)


def _non_autonomous(sde):
    return "" if sde.correlation.autonomous else "not autonomous: it depends on V11 and V22"


#: name, title, LaTeX symbol, definition (None: the value itself), value, source, note
_ROWS = (
    (
        "critical_exponent",
        "critical exponent",
        "p_*",
        None,
        lambda sde: sde.critical_exponent,
        _source,
        lambda sde: "" if sde.critical_exponent else sde.regimes.subcritical,
    ),
    (
        "covariance_drift",
        "drift of the covariance",
        "b^{12}(V)",
        lambda sde: in_entries(sde.drift_factor * sde.kernel.definition),
        lambda sde: sde.drift(2)[0, 1],
        _source,
        "",
    ),
    (
        "covariance_diffusion",
        "variance of its noise",
        r"\Sigma^{12,12}(V)",
        lambda sde: sde.noise_factor * (V11 * V22 + V12**2),
        lambda sde: sde.diffusion(2)[1, 1],
        _source,
        "",
    ),
    (
        "norm_drift",
        "drift of the norm",
        "b(V)",
        _raw_norm,
        lambda sde: sde.norm.drift,
        _source,
        "",
    ),
    (
        "norm_noise",
        "noise of the norm",
        r"\sigma_V(V)",
        None,
        lambda sde: sde.norm.diffusion,
        _source,
        "",
    ),
    (
        "correlation_drift",
        "drift of the correlation",
        r"\mu_\rho(\rho)",
        None,
        lambda sde: sde.correlation.drift,
        _source,
        _non_autonomous,
    ),
    (
        "correlation_noise",
        "noise of the correlation",
        r"\sigma_\rho(\rho)",
        None,
        lambda sde: sde.correlation.diffusion,
        _source,
        "",
    ),
    (
        "angle_drift",
        "drift of the angle, theta = arccos(rho)",
        r"\mu_\theta(\theta)",
        None,
        lambda sde: sde.angle.drift,
        _source,
        _non_autonomous,
    ),
    (
        "lamperti_drift",
        "drift of u = log tan(theta/2), whose noise is constant",
        r"\mu_u(u)",
        None,
        lambda sde: sde.lamperti.drift,
        _source,
        _non_autonomous,
    ),
    (
        "log_determinant_drift",
        "drift of log det V of two inputs",
        r"\mu_{\log\det}(V)",
        None,
        lambda sde: sde.log_determinant(2)[0],
        _source,
        "",
    ),
    (
        "explosion_probability",
        "probability of explosion",
        r"\mathbb{P}(T_* < \infty)",
        None,
        lambda sde: sde.explosion.probability,
        _FELLER,
        lambda sde: sde.explosion.statement,
    ),
    (
        "explosion_laplace",
        "Laplace transform of the explosion time",
        r"\mathbb{E}[e^{-\lambda T_*}; T_* < \infty]",
        None,
        lambda sde: sde.explosion.time and sde.explosion.time.laplace,
        _YOR,
        lambda sde: "" if sde.explosion.time else sde.explosion.time_reason,
    ),
    (
        "stationary_density",
        "stationary density of the norm",
        "p(V)",
        None,
        lambda sde: sde.stationary and sde.stationary.density,
        _FELLER,
        lambda sde: sde.stationary_reason,
    ),
    (
        "stationary_mean",
        "stationary mean of the norm",
        r"\mathbb{E}\,V_\infty",
        None,
        lambda sde: sde.stationary and sp.factor(sde.stationary.mean),
        _FELLER,
        lambda sde: "" if sde.stationary else sde.stationary_reason,
    ),
)
