"""A quantile of a law, as a formula where it has one and otherwise as a number."""

import mpmath
import sympy as sp

from ..errors import InputError

__all__ = ["quantile_value"]


def quantile_value(law, p, digits: int) -> sp.Expr:
    """The y with P(Y <= y) = p for 0 <= p <= 1; InputError outside.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> quantile_value(WeibullFactor(3), "1/2", 20)
    0.85279443989533617764
    """
    from ..parser import exact

    p = exact(p, "the probability")
    if p.is_number and not 0 <= p <= 1:
        raise InputError(f"a probability lies in [0, 1]; got {p}")
    formula = law.quantile(p)
    if formula is not None:
        return formula
    if not p.is_number or law.free_symbols:
        raise InputError(f"the quantile of {law} at {p} has no formula; give numbers")
    if p in (0, 1):
        return law.support[int(p)]
    with mpmath.workdps(digits + 10):
        place = mpmath.mpf(p._to_mpmath(mpmath.mp.prec))
        value = law.quantile_digits(p=place)
        return sp.Float._new(value._mpf_, mpmath.libmp.dps_to_prec(digits))
