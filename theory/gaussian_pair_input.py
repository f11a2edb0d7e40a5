"""What a user writes to name a Gaussian pair, made into its two laws."""

from dataclasses import dataclass

import sympy as sp

from .activation import Activation, as_activation
from .errors import InputError
from .laws.functions import KINDS
from .laws.positive_law import PositiveLaw

__all__ = ["Pair", "read_pair"]


@dataclass(frozen=True)
class Pair:
    """The weights, and the law of |phi(X)| or the activation; ``title`` names it briefly."""

    weights: object
    factor: PositiveLaw | None
    activation: Activation | None
    kind: str
    sigma_b2: sp.Expr
    theta: sp.Expr | None
    title: str
    shown: str

    def verdict(self):
        """Existence of the pair."""
        from .laws.existence import existence
        from .laws.recovery import weights_for

        if self.kind == "given":
            return weights_for(self.activation).verdict
        return existence(self.weights)


def read_pair(theta, weights, activation, kind, sigma_b2) -> Pair:
    """The pair that the arguments of ``GaussianPair`` name."""
    given = [v for v in (theta, weights, activation) if v is not None]
    if len(given) != 1:
        raise InputError(
            "a Gaussian pair is named by one of theta, weights and activation; "
            f"got {len(given)} of them"
        )
    if kind not in KINDS:
        raise InputError(f"kind is 'odd' or 'positive'; got {kind!r}")
    bias = _bias(sigma_b2)
    if isinstance(theta, PositiveLaw) or hasattr(theta, "magnitude") or _is_name(theta):
        return _from_weights(theta, kind, bias)
    if theta is not None:
        return _weibull(theta, kind, bias)
    if weights is not None:
        return _from_weights(weights, kind, bias)
    return _from_activation(activation, bias)


def _is_name(theta):
    """Whether a text in the place of theta is the name of a law, such as chi(3)."""
    return isinstance(theta, str) and theta.partition("(")[0].isidentifier() and "(" in theta


def _bias(value):
    from .parser import exact

    bias = exact(value, "sigma_b2")
    if bias.is_negative or (1 - bias).is_nonpositive:
        raise InputError(f"the variance sigma_b2 of the bias lies in [0, 1); got {bias}")
    return bias


def _theta(value):
    from .parser import exact

    if str(value) in ("oo", "inf", "infinity"):
        return sp.oo
    if isinstance(value, str):
        number = exact(value, "theta") if value.strip() != "theta" else sp.Symbol("theta")
    else:
        number = exact(value, "theta")
    # a parameter stands for the exponents at which there is a pair
    return number.xreplace(
        {s: sp.Symbol(s.name, positive=True) for s in number.free_symbols if s.is_positive is None}
    )


def _weibull(value, kind, bias):
    from .weights import Weibull

    theta = _theta(value)
    if theta is not sp.oo and theta.is_positive is False:
        raise InputError(f"the exponent theta of Weibull weights is positive; got {theta}")
    law = Weibull(theta)
    exists = theta is sp.oo or not (theta - 2).is_negative
    factor = _quotient(law) if exists else None
    return Pair(law, factor, None, kind, bias, theta, f"theta={theta}", f"theta={theta}")


def _quotient(law):
    from .laws.quotient import HALF_NORMAL, quotient

    return quotient(HALF_NORMAL, law.magnitude)


def _from_weights(weights, kind, bias):
    from .laws.weight_law import WeightLaw

    if not isinstance(weights, WeightLaw):
        from .weights import as_weight_law

        weights = as_weight_law(weights)
    law = weights
    factor = _quotient(law) if law.zero.is_zero else None
    return Pair(law, factor, None, kind, bias, None, str(law), f"weights={law}")


def _from_activation(source, bias):
    from .laws.recovery import weights_for

    phi = as_activation(source)
    found = weights_for(phi)
    law = found.law
    factor = None if law is None else _quotient(law)
    return Pair(law, factor, phi, "given", bias, None, phi.name, f"activation={phi.name!r}")
