"""What a law of weight matrices does to the maps of a wide network."""

from dataclasses import dataclass

import sympy as sp

from ..errors import AssumptionError

__all__ = ["WeightEffect"]


@dataclass(frozen=True)
class WeightEffect:
    """In V and C, sigma_w2 multiplies E phi phi' - kappa E phi E phi' with kappa =
    ``weight_correlation``; a law that leaves pre-activations non-Gaussian at every width has no
    such maps, and ``obstacle`` is the sentence that says why (else None)."""

    weight_correlation: sp.Expr
    statement: str
    obstacle: str | None = None

    def kappa(self, verb: str) -> sp.Expr:
        """``weight_correlation``, or an AssumptionError from ``verb`` with the obstacle."""
        if self.obstacle is not None:
            raise AssumptionError(f"{verb}: {self.obstacle}")
        return self.weight_correlation
