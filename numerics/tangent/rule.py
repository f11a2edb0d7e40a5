r"""One layer of a network with a tangent kernel, as numbers.

    q' = s q + g (sigma_b2 + sigma_w2 W(q)),     K' = (s + g sigma_w2 E phi'phi') K + source

with s = 0 or 1 (residual) and g the branch weight of the layer.  The source is g (sigma_b2 +
sigma_w2 G), or g (n G + 1) in the standard parametrisation, n the fan-in.
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
    """``keep`` is s, ``fan_in`` is None in the NTK parametrisation, ``first_fan_in`` likewise."""

    keep: float
    weight: float
    bias: float
    kind: str
    depth: int
    fan_in: float | None = None
    first_fan_in: float | None = None

    @property
    def gain(self):
        """The factor of the weights' part of the source, sigma_w2 G in the NTK one."""
        return 1.0 if self.fan_in is None else self.fan_in / self.weight

    def branch(self, maps=None):
        """g of maps 1..depth, or of the given ones; one entry if it is constant."""
        if self.kind == "scaled":
            return 1.0 / (np.arange(1.0, self.depth + 1) if maps is None else np.asarray(maps))
        return np.array([1.0 / max(self.depth, 1) if self.kind == "stable" else 1.0])

    def bias_source(self, branch, q):
        """What the standard parametrisation adds to gain times the NTK source, over q."""
        if self.fan_in is None:
            return np.zeros(np.broadcast(branch, q).shape)
        with np.errstate(divide="ignore"):
            return branch * (1.0 - self.gain * self.bias) / q

    def start(self, covariance):
        """K of the first layer, in its covariance."""
        if self.first_fan_in is None:
            return covariance
        return self.first_fan_in * (covariance - self.bias) / self.weight + 1.0


def layer_rule(ntk, weight, bias, depth, verb, input_dimension=None) -> LayerRule:
    """The rule of an ``NTK`` for ``depth`` maps.

    Raises ``InputError`` if a width is wanted and unknown.
    """
    layout = ntk.layout
    kinds = {sp.S.One: "plain", 1 / l: "scaled", 1 / L: "stable"}
    fan_in = first = None
    if ntk.parametrisation == "standard":
        if not ntk.width.is_number:
            raise InputError(
                f"{verb}: the standard parametrisation needs the width, "
                "as in NTK('relu', parametrisation='standard', width=1000)"
            )
        fan_in = float(layout.filter_size * ntk.width)
        given = ntk.width if input_dimension is None else input_dimension
        first = float(layout.filter_size * given)
    keep = float(layout.skip**2)
    return LayerRule(keep, weight, bias, kinds[layout.branch], depth, fan_in, first)
