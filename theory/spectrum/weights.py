r"""What the spectrum of a layer's weights contributes: the S-transform of W W^T.

For an n x n matrix W whose entries have variance sigma_w2/n, as n grows,

    independent entries:          S(z) = 1 / (sigma_w2 (1 + z))     (Marchenko-Pastur)
    sqrt(sigma_w2) times a Haar orthogonal matrix:   S(z) = 1 / sigma_w2.

The first holds for every law of the entries with a finite variance (universality of the
Marchenko-Pastur law), so only the variance of a weight law matters here.  It holds too for rows or
columns of the covariance I - (kappa/n) 1 1^T: W = G P or P G, where P = I - (a/n) 1 1^T differs
from I by a matrix of rank 1, so that every distribution function of singular values moves by at
most 1/n and every moment of the limit stays.  For 0 <= kappa <= 1, P is a contraction and nothing
appears beyond the edge; for kappa < 0 a singular value may, at sigma_w2 (1 - kappa)^2/(-kappa) in
W W^T if kappa < -1 (Baik, Ben Arous & Peche 2005, arXiv:math/0403022), and belongs to no moment.
"""

from dataclasses import dataclass

import sympy as sp

from ..errors import AssumptionError, InitheoryError, InputError, UnknownNameError
from ..matrix_laws.correlated import Correlated
from ..matrix_laws.matrix_law import MatrixLaw
from ..matrix_laws.orthogonal import Orthogonal
from ..symbols import sigma_w2

__all__ = ["WEIGHTS", "WeightSpectrum", "weight_spectrum", "z"]

#: The argument of S-transforms.
z = sp.Symbol("z", real=True)


@dataclass(frozen=True)
class WeightSpectrum:
    """S(z) = (1 + z)^(-power) / sigma_w2 = (1 + s_1 z + ...) / sigma_w2."""

    name: str
    power: int

    @property
    def s_transform(self) -> sp.Expr:
        """The S-transform of W W^T."""
        return 1 / (sigma_w2 * (1 + z) ** self.power)

    @property
    def s_1(self) -> int:
        """S = (1 + s_1 z + ...)/sigma_w2."""
        return -self.power


#: Every kind of weights that can be named.
WEIGHTS = {
    "gaussian": WeightSpectrum("gaussian", 1),
    "orthogonal": WeightSpectrum("orthogonal", 0),
}


def weight_spectrum(weights) -> WeightSpectrum:
    """The spectrum of weights given by name, by a law of independent entries or of matrices.

    A law (one of ``it.weights``, its text, or an object with ``rvs``) is standardised: only its
    variance would matter, and that is sigma_w2.  Raises InputError if it is infinite,
    AssumptionError for laws of matrices without such a spectrum, such as asymmetric ones,
    UnknownNameError for anything else.

    >>> weight_spectrum("orthogonal").s_transform
    1/sigma_w2
    >>> weight_spectrum("correlated(1/2)").power
    1
    """
    if isinstance(weights, WeightSpectrum):
        return weights
    if isinstance(weights, str) and weights.strip().lower() in WEIGHTS:
        return WEIGHTS[weights.strip().lower()]
    law = _law(weights) if isinstance(weights, str) else weights
    if isinstance(law, MatrixLaw):
        return _of_matrices(law)
    if callable(getattr(law, "rvs", None)) or hasattr(law, "standardised"):
        variance = getattr(law, "variance", None)
        if isinstance(variance, sp.Expr) and variance.is_infinite:
            raise InputError(
                f"the weights {law} have an infinite variance, so W W^T has no limit law of this "
                "kind; use a law with a finite variance"
            )
        return WEIGHTS["gaussian"]
    raise UnknownNameError(
        f"weights = {weights!r} have no known spectrum; choose one of {', '.join(WEIGHTS)}, or "
        "pass a law of independent entries (an object with rvs), which acts like 'gaussian'"
    )


def _of_matrices(law):
    """The spectrum of a law of whole matrices."""
    if isinstance(law, Orthogonal):
        return WEIGHTS["orthogonal"]
    if isinstance(law, Correlated):
        return WeightSpectrum(str(law), 1)
    raise AssumptionError(
        f"the spectrum of W W^T for {type(law).__name__} weights is not that of independent "
        "entries nor that of orthogonal matrices, so no spectrum of a Jacobian is known for them; "
        f"choose one of {', '.join(WEIGHTS)} or Correlated"
    )


def _law(text):
    """The law that a text names, or None."""
    from ..matrix_laws.reader import as_matrix_law

    try:
        return as_matrix_law(text)
    except InitheoryError:
        return None
