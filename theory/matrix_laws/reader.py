"""Laws of weights, of entries or of whole matrices, from what a user writes."""

from ..laws.law_reader import as_weight_law
from .matrix_law import MatrixLaw

__all__ = ["as_matrix_law"]


def as_matrix_law(given):
    """A MatrixLaw as it is; else the law of independent entries that ``given`` describes."""
    return given if isinstance(given, MatrixLaw) else as_weight_law(given)
