r"""Correlated rows: Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N), rows independent.

The covariance of a row has the eigenvalue sigma_w2 (1 - kappa)/N along (1, ..., 1) and sigma_w2/N
across it, so it exists for kappa <= 1 and every N; at kappa = 1 each row sums to 0 (Singh &
Sreejith 2021, arXiv:2103.12499).  W = sqrt(sigma_w2/N) G (I - (a/N) 1 1^T) with independent G and
a = 1 - sqrt(1 - kappa) has it exactly, as (1 - a)^2 = 1 - kappa.
"""

from dataclasses import dataclass

import sympy as sp

from ..errors import InputError
from ..latex import latex
from ..laws.law_reader import as_weight_law
from ..laws.weight_law import WeightLaw
from ..layer_options import weight_correlation_option
from .arguments import axis_option, fan, named_changes, positive_scale
from .conversions import normalised_form, pair_form, precision_form
from .effect import WeightEffect
from .matrix_law import MatrixLaw

__all__ = ["Correlated", "GaussianWeights"]


@dataclass(frozen=True, init=False)
class Correlated(MatrixLaw):
    r"""W = sqrt(sigma_w2/N) G (I - (a/N) 1 1^T), (1 - a)^2 = 1 - kappa, for the axis "row".

    Parameters
    ----------
    correlation
        kappa <= 1: 0 for independent weights, 1 for rows that sum to 0, negative for positively
        correlated weights.  A number, a symbol or a formula; decimals are taken as written.
    axis
        "row" (or "fan_in"): among the weights into one neuron.  "column" (or "fan_out"): among
        the weights out of one, W = sqrt(sigma_w2/N) (I - (a/M) 1 1^T) G with M the fan-out.
    entries
        The law of the independent standard entries of G, a law of :mod:`theory.weights` with
        finite variance or a text; normal if left out.  Covariances do not depend on it.
    sigma_w2
        The scaled variance, where it is fixed with the law (``from_pair_correlation``); then
        ``sample`` takes it, and a network is to be given it as ``sigma_w2=law.sigma_w2``.

    Raises
    ------
    InputError
        for kappa > 1, an axis of another name, or entries of infinite variance.

    Examples
    --------
    >>> Correlated("1/2")
    Correlated('1/2')
    >>> Correlated(1).row_covariance(2, sigma_w2=2)
    Matrix([
    [ 1/2, -1/2],
    [-1/2,  1/2]])
    """

    correlation: sp.Expr
    axis: str
    entries: WeightLaw | None
    sigma_w2: sp.Expr | None

    def __init__(self, correlation=None, axis="row", entries=None, *, kappa=None, sigma_w2=None):
        if correlation is not None and kappa is not None:
            raise InputError("Correlated: correlation and kappa are one number; give one of them")
        given = next((one for one in (correlation, kappa) if one is not None), 0)
        scale = None if sigma_w2 is None else positive_scale(sigma_w2)
        set_ = object.__setattr__
        set_(self, "correlation", weight_correlation_option(given, "correlation"))
        set_(self, "axis", axis_option(axis))
        set_(self, "entries", _standard(entries))
        set_(self, "sigma_w2", scale)

    @classmethod
    def from_precision(cls, k, axis="row", entries=None) -> "Correlated":
        """From the inverse of a row's covariance, N/sigma_w2 (I + (k/N) 1 1^T) with k > -1.

        kappa = k/(1 + k) by Sherman and Morrison's formula; k = oo is kappa = 1.

        >>> Correlated.from_precision(1).correlation, Correlated.from_precision("oo").correlation
        (1/2, 1)
        """
        return cls(precision_form(k), axis, entries)

    @classmethod
    def from_pair_correlation(
        cls, rho, fan_in, variance=1, axis="row", entries=None
    ) -> "Correlated":
        """From the correlation coefficient rho of two weights of a row and their ``variance``.

        kappa = -rho N/(1 - rho) and sigma_w2 = N variance (1 - rho) with N = ``fan_in`` >= 2,
        and -1/(N - 1) <= rho < 1.  For columns ``fan_in`` is still the number of inputs, and must
        be the fan-out too.

        >>> law = Correlated.from_pair_correlation("-1/3", 4)
        >>> law.correlation, law.sigma_w2
        (1, 16/3)
        """
        kappa, scale = pair_form(rho, fan_in, variance)
        return cls(kappa, axis, entries, sigma_w2=scale)

    @classmethod
    def from_normalised(cls, k, fan_in, axis="row", entries=None) -> "Correlated":
        """From Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - k/(1 + (N - 1) k)), N = ``fan_in`` >= 2.

        kappa = N k/(1 + (N - 1) k), positive semidefinite for -1/(N - 1) < k <= 1.  Every fixed
        k > 0 tends to kappa = 1 with N, and k = theta/N to kappa = theta/(1 + theta).

        >>> Correlated.from_normalised(1, 10).correlation
        1
        >>> Correlated.from_normalised("1/4", 2).correlation
        2/5
        """
        return cls(normalised_form(k, fan_in), axis, entries)

    def __repr__(self):
        kappa = self.correlation
        shown = [str(kappa) if kappa.is_Integer else f"'{kappa}'"]
        if self.axis != "row":
            shown.append(f"axis={self.axis!r}")
        if self.entries is not None:
            shown.append(f"entries='{self.entries}'")
        if self.sigma_w2 is not None:
            shown.append(f"sigma_w2='{self.sigma_w2}'")
        return f"Correlated({', '.join(shown)})"

    @property
    def kappa(self) -> sp.Expr:
        """The correlation by its letter."""
        return self.correlation

    @property
    def precision(self) -> sp.Expr:
        """k = kappa/(1 - kappa) of ``from_precision``; oo at kappa = 1.

        >>> Correlated("1/2").precision
        1
        """
        kappa = self.correlation
        return sp.oo if kappa == 1 else sp.cancel(kappa / (1 - kappa))

    def pair_correlation(self, fan_in) -> sp.Expr:
        """-kappa/(N - kappa), the correlation coefficient of two weights along the axis.

        >>> Correlated(1).pair_correlation(4)
        -1/3
        """
        size = fan(fan_in, "fan_in", least=2, symbolic=True)
        return sp.cancel(-self.correlation / (size - self.correlation))

    def normalised(self, fan_in) -> sp.Expr:
        """k = kappa/(N - (N - 1) kappa) of ``from_normalised``.

        >>> Correlated("2/5").normalised(2)
        1/4
        """
        size, kappa = fan(fan_in, "fan_in", least=2, symbolic=True), self.correlation
        return sp.cancel(kappa / (size - (size - 1) * kappa))

    def entry_variance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Expr:
        """Var W_ij = sigma_w2/N (1 - kappa/N); 1 - kappa/M for columns of M = ``fan_out``."""
        size = fan(fan_in, "fan_in", symbolic=True)
        along = size
        if self.axis == "column" and fan_out is not None:
            along = fan(fan_out, "fan_out", symbolic=True)
        return self.scale(sigma_w2) / size * (1 - self.correlation / along)

    @property
    def effect(self) -> WeightEffect:
        """kappa of the forward maps for rows, of the backward ones for columns."""
        kappa, kept = self.correlation, sp.cancel(1 - self.correlation)
        if kappa == 0:
            return WeightEffect(kappa, "weights of one neuron are uncorrelated: the plain maps")
        if self.axis == "row":
            return WeightEffect(
                kappa,
                f"sigma_w2 multiplies E phi(u) phi(v) - {_factor(kappa)}E phi(u) E phi(v) in the "
                "maps of variances and covariances; chi_1 has no explicit kappa",
                backward="each squared gradient keeps the factor chi_1; the sum of W^T delta over "
                f"the units below is multiplied by {kept} in the mean square",
            )
        return WeightEffect(
            sp.S.Zero,
            "the forward maps are those of independent weights",
            backward_correlation=kappa,
            backward=f"sigma_w2 multiplies the mean of delta^2 less {_factor(kappa)}the squared "
            f"mean of delta over the units above, so a gradient shared by all of them is "
            f"multiplied by {kept} in the mean square",
        )

    @property
    def bounds(self) -> str:
        """kappa <= 1, and at least two weights at kappa = 1."""
        along = "fan_in" if self.axis == "row" else "fan_out"
        least = 2 if self.correlation == 1 else 1
        at_one = "" if self.correlation.is_number else f"; {along} >= 2 at kappa = 1"
        kappa = "" if str(self.correlation) == "kappa" else "kappa = "
        return f"{kappa}{self.correlation} <= 1 and {along} >= {least}{at_one}"

    @property
    def free_symbols(self) -> set:
        """The symbols of kappa, of the entries and of a fixed sigma_w2."""
        parts = (self.correlation, self.entries, self.sigma_w2)
        return set().union(*(part.free_symbols for part in parts if part is not None))

    def subs(self, *changes) -> "Correlated":
        """The law with symbols, or their names, replaced.

        >>> Correlated("kappa").subs("kappa", 1)
        Correlated(1)
        """
        new = named_changes(self.free_symbols, changes)
        entries, scale = (
            None if part is None else part.subs(new) for part in (self.entries, self.sigma_w2)
        )
        return Correlated(self.correlation.subs(new), self.axis, entries, sigma_w2=scale)

    def row_covariance(self, fan_in, sigma_w2=None, fan_out=None) -> sp.Matrix:
        """sigma_w2/N (I - (kappa/N) 1 1^T); for columns sigma_w2/N (1 - kappa/M) I."""
        size = self._checked(fan_in, "fan_in", "row")
        if self.axis == "row":
            return self._covariance(size, size, sigma_w2)
        rows = size if fan_out is None else self._checked(fan_out, "fan_out", "column")
        return self.entry_variance(size, sigma_w2, rows) * sp.eye(size)

    def column_covariance(self, fan_out, sigma_w2=None, fan_in=None) -> sp.Matrix:
        """sigma_w2/N (1 - kappa/N) I; for columns sigma_w2/N (I - (kappa/M) 1 1^T)."""
        rows = self._checked(fan_out, "fan_out", "column")
        size = rows if fan_in is None else self._checked(fan_in, "fan_in", "row")
        if self.axis == "column":
            return self._covariance(rows, size, sigma_w2)
        return self.entry_variance(size, sigma_w2) * sp.eye(rows)

    def axis_sums(self, fan_out, fan_in) -> tuple[sp.Expr, sp.Expr]:
        """1 - kappa/N and 1 - kappa; for columns M/N times 1 - kappa/M and 1 - kappa.

        >>> Correlated(1, "column").axis_sums(4, 2)
        (3/2, 0)
        """
        rows = sp.Integer(self._checked(fan_out, "fan_out", "column"))
        size = sp.Integer(self._checked(fan_in, "fan_in", "row"))
        along = size if self.axis == "row" else rows
        return along / size * (1 - self.correlation / along), along / size * (1 - self.correlation)

    def _covariance(self, along, fan_in, sigma_w2):
        scale, lost = self.scale(sigma_w2) / fan_in, self.correlation / along
        same, other = scale * (1 - lost), -scale * lost
        return sp.Matrix(along, along, lambda j, k: same if j == k else other)

    def _checked(self, value, name, axis):
        """A whole number; along the axis of the law, one where weights can sum to 0."""
        least = 2 if axis == self.axis and self.correlation == 1 else 1
        size = fan(value, name)
        if size < least:
            raise InputError(
                f"{name} = 1: at kappa = 1 the weights along the {axis} sum to 0, so a single one "
                f"would be 0; give {name} >= 2 or a smaller kappa"
            )
        return int(size)

    def latex(self) -> str:
        r"""The covariance along the axis as LaTeX.

        >>> Correlated(1).latex()
        '\\mathrm{Cov}(W_{ij}, W_{ik}) = \\frac{{\\sigma_w^2}}{N} (\\delta_{jk} - \\frac{1}{N})'
        """
        pair, other, size = ("ik", "jk", "N") if self.axis == "row" else ("kj", "ik", "M")
        kappa, sign = self.correlation, "-"
        if kappa.could_extract_minus_sign():
            kappa, sign = -kappa, "+"
        lost = latex(kappa / sp.Symbol(size))
        front = r"\frac{{\sigma_w^2}}{N}"
        return (
            rf"\mathrm{{Cov}}(W_{{ij}}, W_{{{pair}}}) = "
            rf"{front} (\delta_{{{other}}} {sign} {lost})"
        )


#: Normal weights with a correlation: the same by another name.
GaussianWeights = Correlated


def _standard(entries):
    if entries is None:
        return None
    law = as_weight_law(entries)
    if law.variance is sp.oo:
        raise InputError(
            f"entries: {law} has infinite variance, and correlated weights have a covariance; "
            "choose entries of finite variance"
        )
    return None if law.name == "Gaussian" else law


def _factor(kappa):
    shown = f"({kappa})" if kappa.is_Add or kappa.could_extract_minus_sign() else str(kappa)
    return "" if kappa == 1 else f"{shown} "
