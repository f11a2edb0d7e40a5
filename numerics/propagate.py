r"""Variance, correlation and tangent kernel of two inputs through the layers of a wide network.

    q_{l+1} = s^2 q_l + sigma_b2 + sigma_w2 W(q_l)
    1 - c_{l+1} = (s^2 q_l (1 - c_l) + sigma_w2 [W(q_l) - G(q_l, c_l)]) / q_{l+1}

with W = E phi^2 and G = E phi(X) phi(Y) at variance q_l and correlation c_l, both less
kappa (E phi)^2 for correlated weights, and s the skip connection; see
:mod:`numerics.correlation_path`, and :mod:`numerics.tangent.paths` for the tangent kernel.
"""

from theory.errors import InputError
from theory.guessing import GuessingBias

from .correlation_path import correlation_path
from .input import variance_pair
from .numeric_activation import numeric_activation
from .propagate_input import depth_of, gap_of, layers_of, start_of
from .result import Provenance
from .trajectory import Trajectory
from .variance_path import underflow, variance_path

__all__ = ["Trajectory", "propagate"]


def propagate(
    model,
    sigma_w2=None,
    sigma_b2=None,
    depth=100,
    q0=None,
    c0=None,
    one_minus_c0=None,
    layers=None,
    data_correlation=None,
):
    """Follow q and c (and K) through ``depth`` layers from ``q0`` and ``c0`` (numbers or arrays).

    ``model`` is a MeanField, with its options, or anything that names an activation.  ``q0``
    defaults to the smallest attracting fixed point; ``one_minus_c0`` may be given instead of
    ``c0`` for nearly equal inputs.  ``sigma_w2``, and ``sigma_b2`` (0 if left out), may be exact
    SymPy numbers, which matters on the critical line.  ``layers`` lists the layers to keep, all of
    them by default.  A model that is an ``NTK`` adds ``ntk`` and ``ntk_diagonal``, the kernel of
    two inputs of variance q0 and correlation c0 and of one with itself (see
    :class:`numerics.tangent.trajectory.TangentTrajectory`): they start from q0 c0 and q0, or in
    the standard parametrisation from the kernel of a first layer as wide as the others.

    A ``GuessingBias`` brings its own variances, which those given here replace, and adds ``gamma``
    and the law of the class fraction (:class:`numerics.guessing.trajectory.BiasTrajectory`).
    Without ``c0`` it starts from the first layer, q = sigma_w2 + sigma_b2 and 1 - c =
    sigma_w2 (1 - ``data_correlation``)/q, the correlation of the raw inputs being 0 by default
    (``q0`` alone stands for inputs of another norm).  With ``c0``, which then lies in [0, 1], and
    no attracting variance it starts from q0 = sigma_w2 + sigma_b2.

    Raises ``InputError`` for correlations outside [-1, 1], if there is no fixed point to start
    from, and if the layers to keep do not fit into memory.

    >>> from math import pi
    >>> relu = propagate("relu(x)", 2, 0, depth=1, c0=0.0)
    >>> bool(abs(relu.c[1] - 1 / pi) < 1e-15)
    True
    """
    if isinstance(model, GuessingBias):
        from .guessing.propagation import propagate_bias

        start = {"q0": q0, "c0": c0, "one_minus_c0": one_minus_c0}
        return propagate_bias(
            model,
            sigma_w2,
            sigma_b2,
            depth,
            **start,
            layers=layers,
            data_correlation=data_correlation,
        )
    if data_correlation is not None:
        raise InputError(
            "propagate: data_correlation starts the first layer of a GuessingBias; pass c0 instead"
        )
    sigma_b2 = 0.0 if sigma_b2 is None else sigma_b2
    if hasattr(model, "parametrisation"):
        from .tangent.propagation import propagate_tangent

        return propagate_tangent(
            model, sigma_w2, sigma_b2, depth, q0, c0, one_minus_c0, layers=layers
        )
    weight, bias = variance_pair(sigma_w2, sigma_b2, "propagate")
    activation = numeric_activation(model)
    depth = depth_of(depth)
    rows = layers_of(layers, depth)
    gap = gap_of(c0, one_minus_c0)
    q, gap = start_of(activation, weight, bias, q0, gap)
    shape = (rows.size, *q.shape)
    path, settled, statement = variance_path(activation, weight, bias, q.ravel(), depth)
    statement += underflow(activation, path)
    if gap is not None:
        numbers, given = (weight, bias), (sigma_w2, sigma_b2)
        gap = correlation_path(activation, numbers, given, path, settled, gap.ravel())
        gap = gap[rows].reshape(shape) if layers is not None else gap.reshape(shape)
    path = path[rows] if layers is not None else path
    provenance = Provenance.of(
        "propagate",
        activation.name,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        depth=depth,
        q0=q0,
        c0=c0,
        one_minus_c0=one_minus_c0,
        **activation.layer.inputs,
    )
    q = path.reshape(shape)
    return Trajectory(activation.name, weight, bias, q, gap, statement, provenance, rows)
