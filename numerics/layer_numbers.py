r"""The options of a layer as numbers: the correlation kappa of its weights and its skip s.

For |s| < 1, V(q) = s^2 q + sigma_b2 + sigma_w2 W(q) has the fixed points of the layer without a
skip at sigma_w2/(1 - s^2), sigma_b2/(1 - s^2), and every slope is s^2 + (1 - s^2) times the one
there; so the solvers know nothing of skips and their answers are taken back here.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from theory.errors import InputError
from theory.layer_options import layer_options

__all__ = ["LayerNumbers"]


@dataclass(frozen=True)
class LayerNumbers:
    """``weight_correlation`` is kappa and ``skip`` is s, both exact numbers."""

    weight_correlation: sp.Expr = sp.S.Zero
    skip: sp.Expr = sp.S.Zero

    @classmethod
    def of(cls, mean_field):
        """The options of a MeanField; InputError for one that has no value."""
        given = mean_field.weight_correlation, mean_field.skip
        for name, value in zip(("weight_correlation", "skip"), given, strict=True):
            if value.free_symbols:
                names = ", ".join(sorted(map(str, value.free_symbols)))
                raise InputError(
                    f"a number was asked of a layer with {name} = {value}, but {names} has no "
                    f"value: give it one, as in MeanField({mean_field.activation.name!r}, "
                    f"{name}=0.5)"
                )
        return cls(*given)

    @cached_property
    def kappa(self):
        """The correlation of the weights."""
        return float(self.weight_correlation)

    @cached_property
    def keep(self):
        """s^2, the share of q that the skip hands on."""
        return float(self.skip**2)

    @cached_property
    def branch(self):
        """1 - s^2."""
        return float(1 - self.skip**2)

    @property
    def grows(self):
        """Whether |s| >= 1, where V(q) > q unless q = 0 is fixed."""
        return self.branch <= 0.0

    @property
    def inputs(self):
        """What the provenance of a result says of them: nothing if they are 0."""
        given = {"weight_correlation": self.weight_correlation, "skip": self.skip}
        return {name: str(value) for name, value in given.items() if value != 0}

    def __str__(self):
        return layer_options(self.weight_correlation, self.skip)

    def slope(self, chi):
        """The slope of a map with the skip, from that without it at the rescaled variances."""
        return chi if self.keep == 0.0 else self.keep + self.branch * chi
