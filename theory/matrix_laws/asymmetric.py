r"""Randomised asymmetric initialization: one positive entry at a random place of every row.

The row i of [W, b], N weights and the bias, is drawn as follows (Lu, Shin, Su & Karniadakis 2019,
arXiv:1903.06733).

1. The N weights are normal with Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N), as for
   :class:`~theory.matrix_laws.correlated.Correlated`; the bias is N(0, sigma_b2), independent.
2. One of the N + 1 places (of the N weights, without the slot of the bias) is chosen uniformly and
   what stands there is overwritten by a draw v of the entry law, independent of the rest.

So the weights that stay keep exactly the covariance that they had among themselves: at kappa = 1
it is the row before the replacement that sums to 0.  v is not scaled with N or sigma_w2.
"""

from dataclasses import dataclass, field

import sympy as sp

from ..errors import InputError
from ..laws.law_reader import as_weight_law
from ..laws.positive_law import PositiveLaw
from ..layer_options import weight_correlation_option
from ..parser import exact
from .arguments import fan, named_changes
from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["Asymmetric"]

_OBSTACLE = (
    "with one positive entry in every row of the weights the pre-activations are not Gaussian at "
    "any width, so that no map of variances describes them; ask AsymmetricMaps, asymmetric_growth "
    "or asymmetric_iteration"
)


@dataclass(frozen=True, init=False)
class Asymmetric(MatrixLaw):
    """Correlated normal rows with one entry replaced by a draw of a positive law.

    Parameters
    ----------
    entry
        The law of the replaced entry: a law of :mod:`theory.laws`, a text such as "beta(2, 1)", or
        a law of symmetric weights, of which the magnitude is taken.
    correlation
        kappa <= 1 among the normal weights of a row; a number or a symbol.
    bias_slot
        Whether the bias is one of the places that may be chosen.

    InputError for anything else, and for an entry that may be 0.

    >>> law = Asymmetric()
    >>> law.entry_moment(1), law.entry_moment(2), law.entry_variance
    (2/3, 1/2, 1/18)
    """

    entry: PositiveLaw
    correlation: sp.Expr
    bias_slot: bool
    shown: str = field(compare=False)

    def __init__(self, entry="beta(2, 1)", correlation=0, bias_slot=True):
        law = as_weight_law(entry)
        if law.zero != 0:
            raise InputError(f"Asymmetric: the entry law {law} may be 0; give a positive law")
        if not isinstance(bias_slot, bool):
            raise InputError(f"Asymmetric: bias_slot = {bias_slot!r} must be True or False")
        object.__setattr__(self, "entry", law.magnitude)
        object.__setattr__(self, "correlation", weight_correlation_option(correlation))
        object.__setattr__(self, "bias_slot", bias_slot)
        object.__setattr__(self, "shown", str(law))

    def __repr__(self):
        kappa = f", correlation={self.correlation}" if self.correlation != 0 else ""
        slot = "" if self.bias_slot else ", bias_slot=False"
        return f"Asymmetric({self.shown}{kappa}{slot})"

    def entry_moment(self, s) -> sp.Expr:
        """E v^s of the replaced entry, exact; oo where it is infinite."""
        return self.entry.moment(s)

    @property
    def entry_variance(self) -> sp.Expr:
        """Var v."""
        return sp.simplify(self.entry_moment(2) - self.entry_moment(1) ** 2)

    @property
    def effect(self) -> WeightEffect:
        """No maps: the pre-activations of a wide network are not Gaussian."""
        kappa, second = self.correlation, self.entry_moment(2)
        common = f" - {kappa} E phi E phi'" if kappa != 0 else ""
        statement = f"covariances are sigma_w2 (E phi phi'{common}) + {second} E phi phi'"
        mean = self.entry_moment(1)
        backward = (
            f"the mean square of W^T delta is (sigma_w2 + {second}) times the mean of delta^2 "
            f"plus {mean**2} times the squared mean of delta over the units above"
        )
        return WeightEffect(kappa, statement, _OBSTACLE, backward=backward)

    @property
    def bounds(self) -> str:
        """When the law exists."""
        return "correlation <= 1, every fan-in >= 1; an entry law on the positive half-line"

    @property
    def free_symbols(self) -> set:
        """The symbols in the entry law and the correlation."""
        return self.entry.free_symbols | self.correlation.free_symbols

    def subs(self, *changes) -> "Asymmetric":
        """The law with symbols, or their names, replaced.

        >>> Asymmetric(correlation="kappa").subs("kappa", 1)
        Asymmetric(Beta(2, 1), correlation=1)
        """
        new = named_changes(self.free_symbols, changes)
        entry = self.entry.subs(new)
        made = Asymmetric(entry, self.correlation.subs(new), self.bias_slot)
        if entry == self.entry:
            object.__setattr__(made, "shown", self.shown)
        return made

    def probability(self, fan_in) -> sp.Expr:
        """P(a given weight is the replaced one): 1/(N + 1), or 1/N without the slot of the bias.

        >>> Asymmetric().probability(9), Asymmetric(bias_slot=False).probability(9)
        (1/10, 1/9)
        """
        size = exact(fan_in, "fan_in")
        return 1 / ((fan(size, "fan_in") if size.is_number else size) + int(self.bias_slot))

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """Cov(W_ij, W_ik) over the place and the entry too, exact; the mean is p E v everywhere.

        >>> Asymmetric(bias_slot=False).row_covariance(2, 1)[0, 0]  # 1/4 + 1/4 - 1/9
        7/18
        """
        size, scale = int(fan(fan_in, "fan_in")), self.scale(sigma_w2)
        p, first, second = self.probability(size), self.entry_moment(1), self.entry_moment(2)
        kappa = self.correlation
        same = (1 - p) * scale / size * (1 - kappa / size) + p * second - (p * first) ** 2
        other = -(1 - 2 * p) * scale * kappa / size**2 - (p * first) ** 2
        return sp.Matrix(size, size, lambda j, k: same if j == k else other)
