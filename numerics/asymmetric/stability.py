"""Whether a fixed law of an asymmetric layer attracts: the linearised map of laws."""

import numpy as np

__all__ = ["contraction"]

_STEP = 2.0**-17


def contraction(law, deviation, sigma_w2, kappa) -> float:
    """The largest modulus of an eigenvalue of the map (law of t, a) -> (next law of t, next a).

    Below 1 the fixed point attracts, by this factor per layer.
    """
    nodes, step, first, second = law.operator(deviation)
    shape = law.at(deviation)
    # in the weights of nodal values of H/(1 + t^2)
    weights, one = shape.weights * nodes.weight, 1.0 / nodes.weight

    def moved(sign):
        at = deviation * (1.0 + sign * _STEP)
        nodes_, step_, first_, second_ = law.operator(at)
        if nodes_ is not nodes:  # the scale of the grid has changed just here
            return None
        return weights @ step_, shape.weights @ (second_ - 2 * kappa * shape.m * first_)

    ends = {sign: moved(sign) for sign in (-1.0, 1.0)}
    ends = {sign: value for sign, value in ends.items() if value is not None}
    here = weights @ step, shape.weights @ (second - 2 * kappa * shape.m * first)
    (low, start), (high, stop) = ends.get(-1.0, here), ends.get(1.0, here)
    width = deviation * _STEP * len(ends)
    tilt, slope = (high - low) / width, (stop - start) / width
    half = sigma_w2 / (2 * deviation)
    count = one.size
    jacobian = np.zeros((count + 1, count + 1))
    # mass is kept: the eigenvalue 1 of the pushed law itself is taken out
    jacobian[:count, :count] = step - np.outer(one, weights)
    jacobian[count, :count] = tilt
    jacobian[:count, count] = half * (second - 2 * kappa * shape.m * first) * one
    jacobian[count, count] = half * slope
    return float(np.abs(np.linalg.eigvals(jacobian)).max())
