"""The law of the weights of a finite network whose tangent kernel is measured."""

from theory.errors import AssumptionError, InputError
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.matrix_laws.orthogonal import Orthogonal
from theory.matrix_laws.reader import as_matrix_law
from theory.network import WEIGHT_LAWS
from theory.tangent import NTK

__all__ = ["drawn_law"]

_VERB = "empirical_ntk"


def drawn_law(ntk, weights):
    """(the NTK with the correlation of ``weights``, the law of what is drawn and trained).

    ``weights`` None is the law that the NTK was given, or normal weights.  AssumptionError for
    laws of matrices of which no trained parameters are agreed on, InputError for two laws at once.
    """
    ntk = ntk if isinstance(ntk, NTK) else NTK(ntk)
    given = ntk.weights if weights is None else weights
    if given is None:
        return ntk, "gaussian"
    if not isinstance(given, str):
        law = given
    elif given in WEIGHT_LAWS:
        return ntk, given
    else:
        law = as_matrix_law(given)
    if not isinstance(law, MatrixLaw):
        return ntk, law
    kappa = law.effect.kappa(_VERB)
    if isinstance(law, Correlated) and law.axis == "row":
        return _correlated(ntk, law, kappa), "gaussian" if law.entries is None else law.entries
    if not isinstance(law, Orthogonal) or ntk.filter_size is not None:
        where = "a convolution" if ntk.filter_size is not None else "a network"
        raise AssumptionError(
            f"{_VERB}: {where} with the weights {law} has no kernel here; independent weights, "
            "correlated rows and, in layers that are no convolutions, orthogonal weights have one"
        )
    if ntk.weight_correlation != 0:
        raise InputError(
            f"{_VERB}: the NTK has weight_correlation = {ntk.weight_correlation} and the weights "
            f"are {law}; give one of them"
        )
    return ntk, law


def _correlated(ntk, law, kappa):
    own = ntk.weight_correlation
    if own == kappa:
        return ntk
    if own != 0:
        raise InputError(
            f"{_VERB}: the NTK has weight_correlation = {own} and the weights {law} have {kappa}; "
            "give one of them"
        )
    return NTK(
        ntk.activation,
        ntk.architecture,
        ntk.parametrisation,
        filter_size=ntk.filter_size,
        width=ntk.width,
        weight_correlation=kappa,
        skip=ntk.skip,
    )
