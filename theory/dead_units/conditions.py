r"""When 1 - (1 - p^N)^L is exact: what it asks of the activation and of the weights.

Given the layer before, the units of a layer must be independent and each off with the same p,
whatever that layer was.  Correlated columns make the units dependent: the pre-activations of one
layer then have the correlations -kappa/(N - kappa), and p^N becomes their orthant probability.
"""

from ..errors import AssumptionError, InputError
from ..laws.weight_law import WeightLaw
from ..matrix_laws.correlated import Correlated
from ..matrix_laws.orthogonal import Orthogonal
from ..symbols import x
from .joint_probability import equicorrelated_orthant
from .networks import WIDEST, LayerOff

__all__ = ["conditions", "layer_off"]


def layer_off(dead, width, depth):
    """P(some layer among the first ``depth`` is all off on one input)."""
    law = dead.mean_field.weights
    kappa = getattr(law, "correlation", dead.weight_correlation)
    if width == 1 and kappa == 1:
        raise InputError(
            "weight_correlation = 1 makes weights add up to 0, so the only weight of a layer of "
            "width 1 is 0; take a width >= 2"
        )
    if dead.mean_field.skip != 0:
        raise AssumptionError(
            "with a skip connection a layer that is off passes on what it was given; dead layers "
            "are a notion of networks without one"
        )
    if not _columns(law):
        return LayerOff(dead.one_input, width, depth)
    numbers = width.is_Integer and width <= WIDEST and kappa.is_number
    if not (dead.zeros.is_half_line and numbers and law.entries is None):
        raise AssumptionError(
            f"correlated columns make the units of a layer dependent; this is worked out for sets "
            f"that are a half-line from 0, normal entries, numbers kappa and widths up to {WIDEST}"
        )
    return LayerOff(equicorrelated_orthant(int(width), -kappa / (width - kappa)), 1, depth)


def conditions(dead):
    """(whether ``layer_off`` is exact at every width, a sentence that says why)."""
    zeros, law = dead.zeros, dead.mean_field.weights
    if zeros.is_null:
        return True, "no unit is ever off"
    if zeros.is_line:
        return True, "every unit is off"
    if not zeros.is_cone:
        return False, (
            "p depends on the variance q of the pre-activation, which is random in a finite "
            "network: exact in layer 1, else the value at infinite width, with q in every layer"
        )
    entries = law if isinstance(law, WeightLaw) else getattr(law, "entries", None)
    if entries is not None and entries.atoms:
        return False, (
            "the law of the weights has atoms: where a pre-activation is exactly 0 with positive "
            "probability, this is the value for wide layers"
        )
    if law is not None and not isinstance(law, (WeightLaw, Correlated, Orthogonal)):
        return False, f"the units of a layer are not known to be independent under {law}"
    unit_sum = dead.weight_correlation == 1
    if unit_sum and _has_levels(dead.activation):
        return False, (
            "phi is constant somewhere, and at kappa = 1 a layer of equal values makes the next "
            "one 0: the probability is at least this"
        )
    text = (
        "exact at every width, on an input that is not 0: given the layer before, pre-activations "
        "have independent signs, whatever their variance"
    )
    if isinstance(law, Orthogonal):
        text += " (without biases)"
    if _columns(law):
        text = "exact at every width: the signs of a layer are those of equicorrelated variables"
    if unit_sum:
        text += "; N >= 2 and an input with two different entries"
    if dead.what == "value":
        text += "; without biases all later layers are 0 then, if phi(0) = 0; with biases they "
        text += "are constant in the input"
    return True, text


def _columns(law):
    return isinstance(law, Correlated) and law.axis != "row" and law.correlation != 0


def _has_levels(activation):
    return any(not p.expr.has(x) and not p.expr.is_zero for p in activation.pieces)
