"""What the verbs of this package are given, checked: a theory object and its numbers."""

from theory.errors import InputError

from ..input import finite, variance_pair
from ..numeric_activation import numeric_activation

__all__ = ["setting"]


def setting(maps, sigma_w2, sigma_b2, verb):
    """(AsymmetricMaps, numbers of the activation, kappa, sigma_w2, sigma_b2), all checked."""
    from theory.asymmetric.maps import as_asymmetric_maps

    maps = as_asymmetric_maps(maps)
    if maps.weights.free_symbols:
        names = ", ".join(sorted(map(str, maps.weights.free_symbols)))
        raise InputError(f"{verb}: {names} of the weights has no value: use maps.at({names}=…)")
    if sigma_w2 is not None:
        sigma_w2, sigma_b2 = variance_pair(sigma_w2, sigma_b2, verb)
    else:
        sigma_b2 = variance_pair(1.0, sigma_b2, verb)[1]
    kappa = finite(maps.weights.correlation, "correlation", verb)
    return maps, numeric_activation(maps.activation), kappa, sigma_w2, sigma_b2
