"""The law of a layer's weights, where a theory is given one: which maps it leads to."""

from .errors import InputError
from .layer_options import weight_correlation_option
from .matrix_laws.reader import as_matrix_law

__all__ = ["layer_weights"]


def layer_weights(model, weights, weight_correlation, verb):
    """(kappa, law or None) of the options of a theory made of ``model``.

    Without either option they are those of ``model``, or independent weights.  ``weights`` is a
    law or its text.  InputError if it contradicts ``weight_correlation``, AssumptionError if the
    law has no maps of variances (asymmetric rows, infinite variance).

    >>> layer_weights("relu", "correlated(1/2)", None, "MeanField")
    (1/2, Correlated('1/2'))
    >>> layer_weights("relu", None, None, "MeanField")
    (0, None)
    """
    if weights is None:
        if weight_correlation is None:
            kappa, law = (getattr(model, name, None) for name in ("weight_correlation", "weights"))
            inherits = kappa is not None and hasattr(model, "activation")
            return (kappa, law) if inherits else (weight_correlation_option(0), None)
        return weight_correlation_option(weight_correlation), None
    law = as_matrix_law(weights)
    kappa = law.effect.kappa(verb)
    if weight_correlation is not None:
        given = weight_correlation_option(weight_correlation)
        if (given - kappa).expand() != 0:
            raise InputError(
                f"{verb}: weights = {law} have weight_correlation = {kappa} in the maps, not "
                f"{given}; give one of the two options"
            )
    return kappa, law
