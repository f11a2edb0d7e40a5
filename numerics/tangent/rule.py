r"""One layer of a network with a tangent kernel, as numbers.

    q' = s^2 q + g (sigma_b2 + sigma_w2 (W - kappa m^2)),   m = E phi(sqrt(q) Z),
    K' = (s^2 + g sigma_w2 E phi'phi') K + source

with s the weight of the skip (0, or 1 in residual networks, if not given), g the branch weight of
the layer and kappa the correlation of the weights.  The source is g (sigma_b2 + sigma_w2 (G -
kappa m m')), or g (n G + 1) in the standard parametrisation, n the fan-in: there the weights
themselves are trained, whatever their law.  The slope has no kappa: E sum_j W_ij W_kj phi'_j^2 is
(1 - kappa/n) of what it is without.

The weights of the first layer are independent (correlated ones would see the inputs' own means:
subtract kappa times their products from ``gram`` for that), and those of a convolution are
correlated over the channels at each place of the filter, so that a layer averages the maps above.
"""

from dataclasses import dataclass

import numpy as np
import sympy as sp

from theory.errors import InputError
from theory.symbols import l
from theory.tangent.symbols import L

__all__ = ["LayerRule", "layer_rule"]


@dataclass(frozen=True)
class LayerRule:
    """``fan_in`` is None in the NTK parametrisation, ``first_fan_in`` likewise."""

    skip: float
    weight: float
    bias: float
    kind: str
    depth: int
    fan_in: float | None = None
    first_fan_in: float | None = None
    correlation: float = 0.0

    @property
    def keep(self):
        """s^2."""
        return self.skip**2

    @property
    def gain(self):
        """The factor of the weights' part of the source, sigma_w2 G in the NTK one."""
        return 1.0 if self.fan_in is None else self.fan_in / self.weight

    @property
    def uses_mean(self):
        """Whether the source has E phi beyond what the variance has of it."""
        return self.fan_in is not None and self.correlation != 0.0

    @property
    def settles(self):
        """Whether variances may come to rest: layers are all alike and forget their input."""
        return self.kind == "plain" and abs(self.skip) < 1.0

    @property
    def mean_gain(self):
        """The factor of sigma_w2 E phi E phi' in the source."""
        return 1.0 - self.correlation if self.fan_in is None else self.gain

    def branch(self, maps=None):
        """g of maps 1..depth, or of the given ones; one entry if it is constant."""
        if self.kind == "scaled":
            return 1.0 / (np.arange(1.0, self.depth + 1) if maps is None else np.asarray(maps))
        return np.array([1.0 / max(self.depth, 1) if self.kind == "stable" else 1.0])

    def more_source(self, branch, q, mean=0.0):
        """What the standard parametrisation adds to gain times the NTK source, over q.

        Its weights are trained whatever their correlation: ``mean`` is E phi in the layer before.
        """
        if self.fan_in is None:
            return np.zeros(np.broadcast(branch, q).shape)
        with np.errstate(divide="ignore"):
            return (
                branch
                * (1.0 + self.fan_in * self.correlation * mean**2 - self.gain * self.bias)
                / q
            )

    def start(self, covariance):
        """K of the first layer, in its covariance."""
        if self.first_fan_in is None:
            return covariance
        return self.first_fan_in * (covariance - self.bias) / self.weight + 1.0


def layer_rule(ntk, weight, bias, depth, verb, input_dimension=None, width=None) -> LayerRule:
    """The rule of an ``NTK`` for ``depth`` maps; ``width`` in place of its own if given.

    Raises ``InputError`` if a width is wanted and unknown, or an option has no value.
    """
    layout = ntk.layout
    kinds = {sp.S.One: "plain", 1 / l: "scaled", 1 / L: "stable"}
    fan_in = first = None
    if ntk.parametrisation == "standard":
        width = ntk.width if width is None else width
        if not sp.sympify(width, strict=True).is_number:
            raise InputError(
                f"{verb}: the standard parametrisation needs the width, "
                "as in NTK('relu', parametrisation='standard', width=1000)"
            )
        fan_in = float(layout.filter_size * width)
        given = width if input_dimension is None else input_dimension
        first = float(layout.filter_size * given)
    skip, correlation = options(ntk, verb)
    kind = kinds[layout.branch]
    return LayerRule(skip, weight, bias, kind, depth, fan_in, first, correlation)


def options(ntk, verb, number=float):
    """(s, kappa) as numbers; InputError in one sentence for one that is a symbol."""
    given = {"skip": ntk.layout.skip, "weight_correlation": ntk.mean_field.weight_correlation}
    for name, value in given.items():
        if not value.is_number:
            raise InputError(
                f"{verb}: {name} = {value} has no value; give the NTK a number for it"
            )
    return tuple(map(number, given.values()))
