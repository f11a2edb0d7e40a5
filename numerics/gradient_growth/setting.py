"""What ``gradient_growth`` draws: a network, from a Network or from a theory and its numbers."""

from dataclasses import dataclass
from typing import Any

from theory.errors import InputError
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.mean_field import MeanField
from theory.network import Network

from ..fixed_point import fixed_points
from ..input import finite
from ..network_exact import numeric_gain
from ..numeric_activation import numeric_activation

__all__ = ["Setting", "first_variance", "setting_of"]

_VERB = "gradient_growth"


@dataclass(frozen=True, eq=False)
class Setting:
    """A network and what is added to it: s, g, and (kappa of rows, kappa of columns) or None."""

    network: Network
    numbers: Any
    label: str
    sigma_w2: float
    sigma_b2: float
    carry: float
    branch: float
    kappas: tuple[float, float] | None
    is_theory: bool

    @property
    def depth(self):
        """The number of maps."""
        return self.network.depth


def setting_of(model, width, depth, sigma_w2, sigma_b2, weights) -> Setting:
    """What is drawn, from a Network or a theory; InputError if something is missing or twice."""
    given = {"width": width, "depth": depth, "sigma_w2": sigma_w2, "sigma_b2": sigma_b2}
    given |= {"weights": weights}
    if isinstance(model, Network):
        named = [name for name, value in given.items() if value is not None]
        if named:
            raise InputError(f"{_VERB}: the Network brings its own {named[0]}; leave it out")
        return _described(model, model.name, float(model.carry), float(model.branch), False)
    if getattr(model, "architecture", "dense") != "dense" or getattr(model, "pooling", None):
        raise InputError(
            f"{_VERB}: {model!r} is no dense network; pass its activation or a Network"
        )
    theory = getattr(model, "mean_field", model)
    activation = getattr(model, "activation", model)
    law = _law(model, weights)
    scale = getattr(law, "sigma_w2", None) if isinstance(law, MatrixLaw) else None
    scale = getattr(model, "sigma_w2", scale) if sigma_w2 is None else sigma_w2
    bias = getattr(model, "sigma_b2", 0) if sigma_b2 is None else sigma_b2
    for name, value in (("width", width), ("depth", depth), ("sigma_w2", scale)):
        if value is None or getattr(value, "free_symbols", None):
            raise InputError(f"{_VERB}: give {name}=, a number")
    net = Network(
        activation, width, depth, sigma_w2=scale, sigma_b2=bias, weights=law, shaping=False
    )
    skip = finite(getattr(theory, "skip", 0), "skip", _VERB)
    return _described(net, net.name, skip, 1.0, True)


def _law(model, weights):
    """The law of the weights; InputError if the model has another correlation."""
    own, kappa = getattr(model, "weights", None), getattr(model, "weight_correlation", 0)
    if weights is None:
        if own is not None or kappa == 0:
            return own
        return Correlated(kappa)
    if kappa != 0:
        raise InputError(
            f"{_VERB}: {model!r} has weights of its own, and weights = {weights} are given as "
            "well; leave one of them out"
        )
    return weights


def _described(net, label, carry, branch, is_theory):
    if net.depth < 1:
        raise InputError(f"{_VERB}: depth = {net.depth} must be a whole number >= 1")
    kappas, effect = (0.0, 0.0), getattr(net.weights, "effect", None)
    if effect is not None:
        kappas = None
        if effect.obstacle is None:
            kappas = float(effect.weight_correlation), float(effect.backward_correlation)
    row = 0 if kappas is None else net.weight_correlation
    numbers = numeric_activation(MeanField(net.phi, weight_correlation=row))
    gain, bias = numeric_gain(net), float(net.sigma_b2)
    return Setting(net, numbers, label, gain, bias, carry, branch, kappas, is_theory)


def first_variance(setting, q0):
    """q0 as given, at the largest stable fixed point of a theory, or 1."""
    if q0 is not None:
        value = finite(q0, "q0", _VERB)
        if value <= 0:
            raise InputError(f"{_VERB}: q0 = {value:g} is a variance and must be positive")
        return value
    scale_free = setting.numbers.homogeneity == 1.0 and setting.sigma_b2 == 0.0
    if not setting.is_theory or setting.kappas is None or scale_free:
        return 1.0
    model = MeanField(setting.numbers.exact, skip=setting.carry)
    stable = fixed_points(model, setting.sigma_w2, setting.sigma_b2).stable
    return stable[-1].q if stable and stable[-1].q > 0 else 1.0
