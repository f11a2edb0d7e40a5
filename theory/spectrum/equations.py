"""The rows of the Jacobian's theory: slope moments, S-transforms, moments, edge."""

import sympy as sp

from ..equation import Equation
from ..errors import DivergentExpectationError, UndecidedError
from ..symbols import sigma_w2
from .reversion import reduced_moment
from .slopes import slope_moment

__all__ = ["spectrum_equations"]

_PENNINGTON = "Pennington et al. 2017 (arXiv:1711.04735)"
_SPECTRA = "Pennington et al. 2018 (arXiv:1802.09979)"


def spectrum_equations(spectrum) -> tuple[Equation, ...]:
    """The equations of a JacobianSpectrum, in reading order."""
    return tuple(_rows(spectrum))


def _rows(spectrum):
    for k in (1, 2):
        yield _row(
            f"mu_{k}",
            f"moment {k} of the squared slopes",
            rf"\mu_{k}",
            lambda k=k: slope_moment(spectrum.activation, k),
            lambda k=k: spectrum.mu(k),
            _PENNINGTON,
        )
    note = "S_{JJ^T} = (S_{D^2} S_{WW^T})^L"
    if spectrum.slope_s_transform is None:
        note += "; psi of phi'^2 has no inverse in closed form, so S_{D^2} is found numerically"
    yield _row(
        f"s_transform_{spectrum.weights.name}",
        f"S-transform, {spectrum.weights.name} weights",
        r"S_{JJ^T}(z)",
        lambda: spectrum.s_transform,
        lambda: spectrum.s_transform,
        _SPECTRA,
        note,
    )
    for name, title, symbol, k in (
        ("m1", "mean squared singular value", "m_1", 1),
        ("m2", "second moment of the squared singular values", "m_2", 2),
    ):
        yield _row(
            f"{name}_{spectrum.weights.name}",
            f"{title}, {spectrum.weights.name} weights",
            symbol,
            lambda k=k: _moment_by_definition(spectrum, k),
            lambda k=k: spectrum.moment(k),
            _PENNINGTON,
        )
    yield _row(
        f"variance_{spectrum.weights.name}",
        f"variance of the squared singular values, {spectrum.weights.name} weights",
        r"\sigma^2_{JJ^T}",
        lambda: _moment_by_definition(spectrum, 2) - _moment_by_definition(spectrum, 1) ** 2,
        lambda: spectrum.variance,
        _PENNINGTON,
        f"isometry: {spectrum.isometry}",
    )


def _moment_by_definition(spectrum, k):
    from .jacobian import DEPTH

    mus = [slope_moment(spectrum.activation, j) for j in range(1, k + 1)]
    if any(mu.is_infinite for mu in mus):
        return sp.oo
    ratios = [mu / mus[0] ** (j + 2) for j, mu in enumerate(mus[1:])]
    reduced = reduced_moment(k, ratios, DEPTH, spectrum.weights.power)
    return (sigma_w2 * mus[0]) ** (DEPTH * k) * reduced


def _row(name, title, symbol, definition, value, source, note=""):
    try:
        made = definition(), value()
    except (UndecidedError, DivergentExpectationError) as error:
        made, note = (None, None), str(error)
    if made[1] is sp.oo and not note.startswith("isometry"):
        note = "infinite: phi jumps, or this power of phi' is not integrable"
    return Equation("jacobian", name, title, symbol, *made, source, note)
