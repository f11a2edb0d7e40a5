"""What the verbs on dead units are given, checked: a theory, inputs, and whether scales matter."""

import numpy as np

from theory.dead_units import DeadUnits
from theory.errors import InputError

__all__ = ["as_dead_units", "first_covariance", "input_rows", "scale_free"]


def as_dead_units(theory, what=None, weights=None) -> DeadUnits:
    """A DeadUnits from anything that a verb takes."""
    if isinstance(theory, DeadUnits):
        if what is None and weights is None:
            return theory
        return DeadUnits(theory.mean_field, what=what or theory.what, weights=weights)
    return DeadUnits(theory, what=what or "value", weights=weights)


def input_rows(X, verb, most=64):
    """X as floats (n, d); a vector is one input."""
    try:
        rows = np.atleast_2d(np.asarray(X, dtype=float))
    except (TypeError, ValueError):
        raise InputError(f"{verb}: X must be an array of numbers, of shape (n, d)") from None
    if rows.ndim != 2 or rows.size == 0 or not np.isfinite(rows).all():
        raise InputError(f"{verb}: X of shape {rows.shape} must be finite numbers, (n, d)")
    if len(rows) > most:
        raise InputError(f"{verb}: {len(rows)} inputs; give at most {most}")
    return rows


def first_covariance(rows, kappa, sigma_b2, verb):
    """x.x'/d - kappa mean mean' of inputs (n, d): the covariance of layer 1 over sigma_w2."""
    mean = rows.mean(axis=1)
    gram = rows @ rows.T / rows.shape[1] - kappa * mean[:, None] * mean
    scale = (rows**2).mean(axis=1)
    if sigma_b2 == 0 and not (np.diag(gram) > 1e-13 * scale).all():
        raise InputError(
            f"{verb}: an input gives pre-activations 0 in layer 1: it is 0, or its entries are "
            "all equal (or only one) at weight_correlation = 1; centre or replace it"
        )
    return gram


def scale_free(dead, sigma_b2):
    """Whether nothing depends on sigma_w2: no biases, and phi and the set as homogeneous."""
    homogeneous = dead.activation.homogeneity is not None and dead.zeros.is_cone
    return homogeneous and sigma_b2 in (None, 0) and dead.mean_field.skip == 0
