"""Where a Jacobian is taken: the weight variance and the variance of the pre-activations."""

from theory.errors import DivergentExpectationError, InputError

from ..edge_of_chaos import edge_of_chaos
from ..fixed_point import fixed_points
from ..input import finite

__all__ = ["setting"]

_REFERENCE = 1.0


def setting(activation, sigma_w2=None, q=None, sigma_b2=None):
    """(sigma_w2, q) as floats, those left out at the critical or the fixed point.

    >>> from ..numeric_activation import numeric_activation
    >>> setting(numeric_activation("relu"))
    (2.0, 1.0)
    """
    given = {"sigma_w2": sigma_w2, "q": q, "sigma_b2": sigma_b2}
    given = {k: finite(v, k, "jacobian") for k, v in given.items() if v is not None}
    for name, value in given.items():
        if value < 0 or (value == 0 and name == "sigma_w2"):
            need = "be positive" if name == "sigma_w2" else "not be negative"
            raise InputError(f"jacobian: {name} = {value:g} is a variance and must {need}")
    if {"sigma_w2", "q"} <= given.keys():
        return given["sigma_w2"], given["q"]
    if not activation.has_slope:
        raise DivergentExpectationError(
            f"E phi'^2 of {activation.name} is infinite, so its Jacobian has no spectrum: phi "
            "jumps or phi' is not square integrable; use a continuous activation"
        )
    if "sigma_w2" in given:
        return given["sigma_w2"], _fixed(activation, given["sigma_w2"], given.get("sigma_b2", 0.0))
    if "q" not in given and "sigma_b2" in given:
        points = edge_of_chaos(activation, sigma_b2=given["sigma_b2"])
        usable = [p for p in points if p.stable] or list(points)
        if not usable:
            raise InputError(f"jacobian: {points.statement}; pass sigma_w2= or q=")
        return usable[0].sigma_w2, usable[0].q
    q = given.get("q", _REFERENCE)
    slope = float(activation.D(q)) if q > 0 else activation.gradient_at_zero
    if slope == 0.0:
        raise InputError(
            f"jacobian: phi' of {activation.name} vanishes at q = {q:g}, so no sigma_w2 is "
            "critical; pass another q="
        )
    return 1.0 / slope, q


def _fixed(activation, sigma_w2, sigma_b2):
    """The largest stable fixed point; any q for an activation of degree 1."""
    if activation.homogeneity == 1.0:
        return _REFERENCE
    found = fixed_points(activation, sigma_w2, sigma_b2)
    if not found.stable:
        raise InputError(f"jacobian: {found.statement}; pass q=, the variance to look at")
    return found.stable[-1].q
