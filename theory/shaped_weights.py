r"""Which laws of weights leave a covariance SDE, and what they change in it.

A layer has the noise Sigma/n whatever the law of its entries, as long as they are independent with
a finite fourth moment: pre-activations are sums of n terms, so their cumulants of order 4 are
O(1/n).  Normal rows with Cov(W_ij, W_ik) = (c/n) (delta_jk - kappa/n) give

    V' = (c/n) (sum_i phi phi^T - (kappa/n) (sum_i phi) (sum_i phi)^T),

n E[V' - V] -> b(V) - kappa (M M^T + V) with M_a = lim sqrt(n) E phi_s(sqrt(V_aa) Z); the second
sum is the square of a number of order sqrt(n), so its fluctuations are O(1/n) and leave the noise
alone.  Weights correlated out of a neuron ("column") multiply each layer by 1 - kappa/n only.
"""

import re

import sympy as sp

from .activation import Activation, as_activation
from .errors import AssumptionError, InputError
from .layer_options import weight_correlation_option
from .matrix_laws.correlated import Correlated
from .matrix_laws.matrix_law import MatrixLaw
from .matrix_laws.orthogonal import Orthogonal
from .matrix_laws.reader import as_matrix_law

__all__ = ["shaped_weights", "weight_option"]

#: Names of the symbols in which the equations are written.
_STATE = re.compile(r"V(\d+(_\d+)?)?|n|t|u|theta|lambda")


def shaped_weights(model, weight_correlation=None, weights=None) -> tuple[Activation, Correlated]:
    """The activation of ``model`` and the weights of a covariance SDE, kappa = 0 by default.

    Without either option the weights are those of ``model``, if it is a theory that has some.
    Independent entries of any law become ``Correlated(0)``.  Raises InputError for options that
    contradict each other and for a law with a scale of its own, AssumptionError for a law whose
    layers have another noise.

    >>> shaped_weights("tanh", "1/2")[1], shaped_weights("tanh", weights="uniform")[1]
    (Correlated('1/2'), Correlated(0))
    """
    theory = hasattr(model, "weight_correlation")
    if weights is None and weight_correlation is None and theory:
        weights, weight_correlation = getattr(model, "weights", None), model.weight_correlation
    if theory and not getattr(model, "skip", 0) and not getattr(model, "pooling", None):
        model = model.activation  # its weights have been taken
    phi = None if model is None else as_activation(model)
    if weights is None:
        return phi, _constant(Correlated(weight_correlation_option(weight_correlation or 0)))
    law = as_matrix_law(weights)
    made = _constant(_of_matrix(law) if isinstance(law, MatrixLaw) else _independent(law))
    if weight_correlation is not None:
        given = weight_correlation_option(weight_correlation)
        if (given - made.effect.weight_correlation).expand() != 0:
            raise InputError(
                f"a covariance SDE with weights = {law} has not weight_correlation = {given}; "
                "give one of the two options"
            )
    return phi, made


def weight_option(law: Correlated) -> str:
    """The weights as they are written in a call, after a comma; empty for independent ones.

    >>> weight_option(Correlated(1)), weight_option(Correlated(1, axis="column"))
    (', weight_correlation=1', ", weights=Correlated(1, axis='column')")
    """
    if law.correlation.is_zero and law.entries is None:
        return ""
    if law.axis == "row" and law.entries is None:
        return f", weight_correlation={law.correlation}"
    return f", weights={law!r}"


def _constant(law):
    for symbol in law.correlation.free_symbols:
        if _STATE.fullmatch(symbol.name):
            raise InputError(
                f"weight_correlation = {law.correlation}: {symbol} means something else in the "
                "covariance SDE; give a constant of the layer, or call it kappa"
            )
    return law


def _of_matrix(law):
    law.effect.kappa("a covariance SDE")  # raises where pre-activations are not Gaussian
    if isinstance(law, Orthogonal):
        raise AssumptionError(
            "orthogonal weights keep the length of what they multiply, so layers without skip "
            "connection make no noise of order n^(-1/2) and V follows dV/dt = b(V) instead of an "
            "SDE; leave out weights= and read b in .drift"
        )
    if not isinstance(law, Correlated):
        raise AssumptionError(
            f"the noise of a covariance SDE is that of independent rows, which {law} does not "
            "have; leave out weights= for the drift b(V), or simulate a Network with them"
        )
    if law.sigma_w2 is not None:
        raise InputError(
            f"the layers of a covariance SDE have sigma_w2 = 1/E phi_s(Z)^2, but {law} brings "
            f"sigma_w2 = {law.sigma_w2}; pass weight_correlation={law.correlation} alone"
        )
    if law.entries is not None:
        _independent(law.entries)
    return law


def _independent(law):
    if law.kurtosis is sp.oo:
        raise AssumptionError(
            f"the weights {law} have no fourth moment, so the largest of them disturb the "
            "covariance more than the noise of the SDE does; take a law with finite kurtosis"
        )
    return Correlated(0)
