r"""The layers of a study of pre-activations: activation, law of the weights and their scale.

For an activation, sigma_w2 is by default what keeps the variance 1, so
(1 - sigma_b2)/(E phi^2 - kappa (E phi)^2) with the correlation kappa of the weights of a row.
"""

import math

import numpy as np

from theory.activation import as_activation
from theory.errors import InputError
from theory.gaussian_pair import GaussianPair
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.matrix_laws.reader import as_matrix_law
from theory.mean_field import MeanField
from theory.network_weights import correlations_of
from theory.symbols import q

from .compile import compile
from .input import finite
from .layer_sampling import LayerSampler
from .matrix_sampling import matrix_drawer
from .mean_shift import shift_of

__all__ = ["sampler_of"]

_VERB = "preactivation_study"


def sampler_of(model, weights=None, sigma_w2=None, sigma_b2=None):
    """(the sampler, a label, the name of the weight law) of a pair or an activation."""
    if isinstance(model, GaussianPair):
        if not (weights is None and sigma_w2 is None and sigma_b2 is None):
            raise InputError("a Gaussian pair brings its own weights and bias; pass it alone")
        law = model.weights
        sampler = LayerSampler(
            compile(model.activation), _entries(law), float(law.variance), float(model.sigma_b2)
        )
        return sampler, model.activation.name, str(law)
    phi, law = as_activation(model), _law_of(weights)
    matrices = isinstance(law, MatrixLaw)
    kappa = law.effect.kappa(_VERB) if matrices else 0
    bias = 0.0 if sigma_b2 is None else finite(sigma_b2, "sigma_b2", _VERB)
    if bias < 0:
        raise InputError(f"{_VERB}: sigma_b2 = {bias:g} cannot be negative")
    gain = _gain(phi, kappa, bias, law.scale(sigma_w2) if _fixed(law) else sigma_w2)
    if not 0 < gain < math.inf:
        raise InputError(f"{_VERB}: sigma_w2 = {gain:g} must be positive")
    if not matrices:
        scaled = None if law is None else law.standardised.scaled(math.sqrt(gain))
        name = "Gaussian" if law is None else str(law)
        return LayerSampler(compile(phi), _entries(scaled), gain, bias), phi.name, name
    correlations = correlations_of(law)
    if correlations is None:
        return LayerSampler(compile(phi), _matrices(law, gain), gain, bias), phi.name, str(law)
    shares = tuple(shift_of(value) for value in correlations)
    return LayerSampler(compile(phi), None, gain, bias, shares), phi.name, str(law)


def _gain(phi, kappa, bias, sigma_w2):
    if sigma_w2 is not None:
        return finite(sigma_w2, "sigma_w2", _VERB)
    if bias >= 1:
        raise InputError(f"{_VERB}: sigma_b2 = {bias:g} leaves no variance of 1")
    layer = MeanField(phi, weight_correlation=kappa)
    kept, second = (
        float(moment.subs(q, 1).evalf(17)) for moment in (layer.branch_moment, layer.second_moment)
    )
    if not kept > 1e-14 * second:
        raise InputError(
            f"{_VERB}: weights of correlation {kappa} pass nothing of {phi.name} on, so no "
            "sigma_w2 keeps the variance 1; pass sigma_w2="
        )
    return (1 - bias) / kept


def _fixed(law):
    """Whether a law of matrices brings a sigma_w2 of its own."""
    return isinstance(law, MatrixLaw) and law.sigma_w2 is not None


def _law_of(weights):
    """A WeightLaw or a MatrixLaw, None for independent Gaussian weights."""
    if weights is None or (isinstance(weights, str) and weights in ("gaussian", "normal", "norm")):
        return None
    law = as_matrix_law(weights)
    if isinstance(law, MatrixLaw):
        if law.free_symbols:
            name = min(map(str, law.free_symbols))
            raise InputError(f"{_VERB}: give the parameter {name} of the weights {law} a value")
        return law
    return None if _is_gaussian(law) else law


def _is_gaussian(law):
    from theory.weights import Gaussian

    return law.magnitude == Gaussian(law.variance).magnitude


def _entries(law):
    """A function (generator, shape) -> weights, None for Gaussian ones."""
    if law is None or _is_gaussian(law):
        return None
    from .law_sampling import sample

    return lambda random, shape: sample(law, shape, random)


def _matrices(law, gain):
    """The same for a law of matrices; the shape is (networks, fan_in, fan_out)."""
    drawn = matrix_drawer(law, gain)

    def draw(random, shape):
        networks, fan_in, fan_out = shape
        weights = drawn(random, (networks, fan_out, fan_in))
        return np.swapaxes(weights, 1, 2) * math.sqrt(fan_in)

    return draw
