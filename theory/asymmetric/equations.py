"""The rows of the asymmetric layer: every equation with definition, value and source."""

import sympy as sp

from ..equation import Equation
from ..gaussian import E
from ..special import Phi

__all__ = ["asymmetric_equations"]

_LU = "Lu et al. 2019 (arXiv:1903.06733)"
_DERIVED = "derived here"


def asymmetric_equations(maps) -> tuple[Equation, ...]:
    """The equations of AsymmetricMaps, in reading order."""
    from .maps import a, t

    phi = maps.activation.expr
    given_t = "given the part t = v phi(y_below) of y = a Z + t"
    fan_in = "exact at the fan-in n, given s and m as means over the neurons below"
    rows = (
        ("entry_mean", "mean of the positive entry", r"\mathbb{E} v", maps.entry_mean, _LU, ""),
        (
            "entry_second_moment",
            "second moment of the positive entry",
            r"\mathbb{E} v^2",
            maps.entry_second_moment,
            _LU,
            "",
        ),
        ("entry_variance", "variance of the positive entry", r"\mathrm{Var}\, v",
         maps.entry_variance, _LU, ""),
        ("normal_variance", "variance of the normal part", "a^2", maps.normal_variance, _DERIVED,
         ""),
        ("second_moment", "second moment of the next layer", r"\mathbb{E} y^2",
         maps.second_moment, _DERIVED, ""),
        ("mean", "mean of the next layer", r"\mathbb{E} y", maps.mean, _DERIVED, ""),
        ("covariance", "covariance of two inputs", r"\mathbb{E} y y'", maps.covariance, _DERIVED,
         "they share the place and the value of the entry"),
        ("finite_mean", "mean at a finite width", r"\mathbb{E}_n y", maps.finite_mean(), _DERIVED,
         fan_in),
        ("finite_second_moment", "second moment at a finite width", r"\mathbb{E}_n y^2",
         maps.finite_second_moment(), _DERIVED, fan_in),
    )  # fmt: skip
    plain = [
        Equation("asymmetric", name, title, symbol, value, value, source, note)
        for name, title, symbol, value, source, note in rows
    ]
    conditional = [
        ("conditional_mean", "mean of phi", r"\mathbb{E}[\varphi(y) \mid t]", E(phi, a**2, t),
         maps.conditional_mean),
        ("conditional_second_moment", "second moment of phi", r"\mathbb{E}[\varphi(y)^2 \mid t]",
         E(phi**2, a**2, t), maps.conditional_second_moment),
        ("conditional_off", "probability of y <= 0", r"P(y \le 0 \mid t)",
         sp.S.One - Phi(t / a), maps.conditional_off),
    ]  # fmt: skip
    return (
        *plain,
        *(
            Equation("asymmetric", name, f"{title} given t", symbol, definition, value, _DERIVED,
                     given_t)
            for name, title, symbol, definition, value in conditional
        ),
    )  # fmt: skip
