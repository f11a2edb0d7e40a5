r"""Squared norms and gradients of infinitely wide layers, along the path of the variance.

With z' = s z + g (y + b), y = W phi(z), kappa among the weights of a row or kappa' among those of
a column, D = |delta|^2/n and M = (1^T delta/n)^2 (1 at the top for the gradient of the sum of all
units, else 0), a dash for the layer above, and w = E phi^2 - kappa (E phi)^2,

    q' = s^2 q + g^2 (sigma_b2 + sigma_w2 w),
    D = s^2 D' + g^2 sigma_w2 E phi'^2 (D' - kappa' M').

Without a skip connection the sum of the gradients follows too.  W is known on phi(z): given that,

    (1^T delta)^2/|delta|^2 = 1 - kappa m^2/E phi'^2 + a^2 (tau' - 1)/(w E phi'^2),
    m = E phi',  a = E phi phi' - kappa E phi E phi',

where tau = (y^T delta)^2/(q_y |delta|^2), q_y = E y^2, is 1 at the top and obeys

    tau q_y E phi'^2 = E phi'^2 y^2 - kappa (E phi' y)^2 + b^2 (tau' - 1)/w,
    b = E phi phi' y - kappa E phi E phi' y.

So the share of the sum is not that of one layer under an independent gradient: phi of degree 1 has
the same y^T delta in all layers without biases, and ReLU at kappa = 1 gives tau = (1 - 1/pi) tau'.
"""

import numpy as np

__all__ = ["gradient_theory", "share_theory", "variance_theory"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
#: Panels of the standard normal, besides those between the kinks of phi.
_EDGES = (-9.0, -6.0, -4.0, -2.5, -1.25, 0.0, 1.25, 2.5, 4.0, 6.0, 9.0)


def variance_theory(numbers, setting, q0):
    """q in layers 0, ..., depth; ``numbers`` has the correlation of the rows in W."""
    carry, branch = setting.carry**2, setting.branch**2
    path = [float(q0)]
    for _ in range(setting.depth):
        kept = setting.sigma_b2 + setting.sigma_w2 * float(numbers.W(path[-1]))
        path.append(carry * path[-1] + branch * kept)
    return np.array(path)


def gradient_theory(numbers, setting, path, start):
    """The factor of D of each map along the variances ``path``."""
    carry, gain = setting.carry**2, setting.branch**2 * setting.sigma_w2
    uniform, factors = (1.0 if start == "sum" else 0.0), []
    for q in path[-2::-1]:
        # M over D of the layer above: of order 1 it is handed down by skip connections alone
        factor = carry + gain * float(numbers.D(q)) * (1.0 - setting.kappas[1] * uniform)
        uniform = carry * uniform / factor if carry else 0.0
        factors.append(factor)
    return np.array(factors[::-1])


def share_theory(numbers, setting, path):
    """(1^T delta)^2/|delta|^2 in each layer but the last; None with skip connections."""
    if setting.carry:
        return None
    kappa, tau, shares = setting.kappas[0], 1.0, []
    for layer in range(len(path) - 2, -1, -1):
        q, slope, w = path[layer], float(numbers.D(path[layer])), float(numbers.W(path[layer]))
        mean = _means(numbers, q)
        known = mean["f d"] - kappa * mean["f"] * mean["d"]
        shares.append(1.0 + (known**2 * (tau - 1.0) / w - kappa * mean["d"] ** 2) / slope)
        # y is what the weights give; with the bias it is z
        part = 1.0 - setting.branch**2 * setting.sigma_b2 / q if layer else 1.0
        square = part * mean["d d z z"] + (1.0 - part) * slope  # over q_y
        along = mean["f d z"] - kappa * mean["f"] * mean["d z"]
        lost = kappa * mean["d z"] ** 2
        tau = (square + part * (along**2 * (tau - 1.0) / w - lost)) / slope
    return np.array(shares[::-1])


def _means(numbers, q):
    """Means of products of f = phi, d = phi' and z at sqrt(q) z, by Gauss-Legendre panels.

    Panels end at the kinks of phi.
    """
    scale = np.sqrt(q)
    kinks = [jump.place / scale for jump in numbers.jumps]
    edges = np.unique([*_EDGES, *(place for place in kinks if abs(place) < _EDGES[-1])])
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    z = (middle[:, None] + half[:, None] * _NODES).ravel()
    weight = (half[:, None] * _WEIGHTS).ravel() * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    factors = {"f": numbers.jet[0](scale * z), "d": numbers.jet[1](scale * z), "z": z}
    names = "f", "d", "f d", "d z", "f d z", "d d z z"
    return {
        name: float(np.sum(weight * np.prod([factors[key] for key in name.split()], axis=0)))
        for name in names
    }
