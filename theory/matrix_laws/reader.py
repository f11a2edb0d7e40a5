"""Laws of weights, of entries or of whole matrices, from what a user writes."""

from ..laws.law_reader import as_weight_law, call_of, made
from .matrix_law import MatrixLaw

__all__ = ["as_matrix_law"]


def as_matrix_law(given):
    """A law of matrices, or the law of independent entries that ``given`` describes.

    ``given`` is a MatrixLaw, a text such as "correlated(1/2)", "correlated(1, axis=column)",
    "orthogonal" or "asymmetric(beta(2, 1))", or what :func:`as_weight_law` reads: then the
    entries are independent.  Raises InputError or UnknownNameError for anything else.

    >>> as_matrix_law("correlated(1/2)")
    Correlated('1/2')
    >>> as_matrix_law("weibull(3)").effect.weight_correlation
    0
    """
    if isinstance(given, MatrixLaw):
        return given
    if isinstance(given, str):
        name, positional, named = call_of(given)
        factory = _matrix_factory(name)
        if factory is not None:
            return made(factory, positional, named, given)
    return as_weight_law(given)


def _matrix_factory(name):
    from .. import weights

    by_name = {key.lower(): getattr(weights, key) for key in weights.MATRIX_FACTORIES}
    return by_name.get(name.lower().replace("_", ""))
