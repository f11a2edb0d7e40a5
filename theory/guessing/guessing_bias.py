r"""The guessing bias of an untrained network: one object for the whole theory.

Over the data, pre-activation i of a given network is N(mu_i, sigma_y2), and over networks mu_i is
N(0, sigma_mu2).  gamma = sigma_mu2/sigma_y2 decides everything: q_aa = sigma_mu2 + sigma_y2 and
q_ab = sigma_mu2 of the mean-field theory give gamma = c/(1 - c) (Bassi et al. 2025,
arXiv:2505.12096, theorem 3.1; Francazi et al. 2024, arXiv:2306.00809).
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..activation import Activation, as_activation
from ..errors import InputError, UnknownNameError
from ..mean_field import MeanField
from ..parser import exact
from ..symbols import sigma_b2, sigma_w2

__all__ = ["POOLINGS", "GuessingBias"]

POOLINGS = ("max", "average")


@dataclass(frozen=True, init=False)
class GuessingBias:
    """The guessing bias of an activation.

    Parameters
    ----------
    activation
        Anything that describes an activation (text, catalogue name, expression, Activation).
    sigma_w2, sigma_b2
        The variances of weights (scaled by the fan-in) and biases: numbers, decimals as written,
        or expressions; the symbols of ``theory.symbols`` where left out.
    pooling, pool_size
        ``"max"`` or ``"average"`` over ``pool_size`` neurons after the activation; none if left
        out.
    weight_correlation
        As in :class:`theory.mean_field.MeanField`.

    Raises InputError for variances that cannot be, and what ``Activation`` raises.

    >>> GuessingBias("relu", sigma_w2=2, sigma_b2=0)
    GuessingBias('relu', sigma_w2=2, sigma_b2=0)
    """

    activation: Activation
    sigma_w2: sp.Expr
    sigma_b2: sp.Expr
    pooling: str | None
    pool_size: int
    weight_correlation: sp.Expr

    def __init__(
        self,
        activation,
        sigma_w2=None,
        sigma_b2=None,
        *,
        pooling=None,
        pool_size=2,
        weight_correlation=0,
    ):
        set_ = object.__setattr__
        set_(self, "activation", _named_apart(as_activation(activation)))
        set_(self, "sigma_w2", _weight_variance(sigma_w2))
        set_(self, "sigma_b2", _bias_variance(sigma_b2))
        set_(self, "pooling", _pooling(pooling))
        set_(self, "pool_size", _pool_size(pool_size))
        set_(self, "weight_correlation", exact(weight_correlation, "weight_correlation"))

    def __repr__(self):
        options = [repr(self.activation.name)]
        options += [
            f"{name}={value}"
            for name, value in (("sigma_w2", self.sigma_w2), ("sigma_b2", self.sigma_b2))
            if str(value) != name
        ]
        if self.pooling is not None:
            options.append(f"pooling={self.pooling!r}, pool_size={self.pool_size}")
        if self.weight_correlation != 0:
            options.append(f"weight_correlation={self.weight_correlation}")
        return f"GuessingBias({', '.join(options)})"

    @cached_property
    def mean_field(self):
        """The mean-field theory of a layer, in the symbols sigma_w2 and sigma_b2."""
        if self.pooling is not None:
            from .pooling import PooledMeanField

            return PooledMeanField(self.activation, self.pooling, self.pool_size)
        if self.weight_correlation != 0:
            return MeanField(self.activation, weight_correlation=self.weight_correlation)
        return MeanField(self.activation)


def _named_apart(activation):
    for symbol in activation.parameters:
        if symbol.name in ("gamma", "g"):
            raise InputError(
                f"{symbol} is a symbol of the guessing bias; call the parameter of "
                f"{activation.name} something else, or give it a value"
            )
    return activation


def _weight_variance(value):
    if value is None:
        return sigma_w2
    number = exact(value, "sigma_w2")
    if number.is_positive is False:
        raise InputError(f"sigma_w2 is a variance > 0 (scaled by the fan-in); got {number}")
    return number


def _bias_variance(value):
    if value is None:
        return sigma_b2
    number = exact(value, "sigma_b2")
    if number.is_nonnegative is False:
        raise InputError(f"sigma_b2 is a variance >= 0; got {number}")
    return number


def _pooling(name):
    if name is None or name in POOLINGS:
        return name
    raise UnknownNameError(f"no pooling {name!r}; write 'max' or 'average', or leave it out")


def _pool_size(size):
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InputError(f"pool_size is a whole number >= 1; got {size!r}")
    return size
