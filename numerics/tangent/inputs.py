"""The inputs of a kernel matrix: checked, with variances and accurate correlations."""

from dataclasses import dataclass, replace

import numpy as np

from theory.errors import InputError

from ..kernels import load_driver

__all__ = ["Inputs", "block_size", "inputs_of", "start_tile", "whole_depth", "with_more"]

#: Beyond this correlation 1 - c is computed from the difference of the inputs.
_NEAR = 0.9
_PART = 100_000


@dataclass(frozen=True, eq=False)
class Inputs:
    """``rows`` are sqrt(sigma_w2/d) x, or None where ``gram`` (sigma_w2 times it) is given."""

    q: np.ndarray
    rows: np.ndarray | None
    gram: np.ndarray | None
    bias: float
    dimension: int | None
    positions: int = 0

    def covariance(self, rows, columns):
        """q^1 of a tile."""
        if self.gram is not None:
            return self.gram[rows, columns] + self.bias
        left, right = self.rows[rows], self.rows[columns]
        out = np.empty((len(left), len(right)))
        load_driver("tangent_matrix").gram(left, right, self.bias, out)
        return out


def inputs_of(X, gram, weight, bias, ntk, verb="ntk_matrix", name="X") -> Inputs:
    """Read ``X`` or ``gram``; InputError in one sentence for what does not fit."""
    if (X is None) == (gram is None):
        raise InputError(f"{verb}: give the inputs X or their gram matrix, one of the two")
    name = name if gram is None else "gram"
    try:
        array = np.asarray(X if gram is None else gram)
        if array.dtype.kind == "c":
            raise TypeError
        array = array.astype(float, copy=False)
    except (TypeError, ValueError):
        raise InputError(f"{verb}: {name} is not an array of real numbers") from None
    if array.size == 0:
        raise InputError(f"{verb}: {name} is empty; give at least one input")
    if not np.isfinite(array).all():
        raise InputError(f"{verb}: {name} holds a nan or an infinity; remove these inputs")
    if gram is not None:
        return _from_gram(array, weight, bias, ntk)
    convolution = ntk.layout.is_convolution
    allowed = (2, 3) if convolution else (2,)
    if array.ndim not in allowed:
        shape = "(N, d) or (N, positions, d)" if convolution else "(N, d)"
        raise InputError(f"{verb}: {name} has shape {array.shape}; it must be {shape}")
    dimension, positions = array.shape[-1], array.shape[1] if array.ndim == 3 else 0
    rows = array.reshape(-1, dimension) * np.sqrt(weight / dimension)
    q = (rows * rows).sum(axis=1) + bias
    if not positions:
        _positive(q, name, verb)
    return Inputs(q, rows, None, bias, dimension, positions)


def with_more(data, X2, weight, bias, ntk) -> Inputs:
    """``data`` followed by the inputs ``X2``."""
    if data.rows is None:
        raise InputError("ntk_matrix: X2 needs X beside it; gram has no place for other inputs")
    more = inputs_of(X2, None, weight, bias, ntk, name="X2")
    if (more.dimension, more.positions) != (data.dimension, data.positions):
        raise InputError(
            f"ntk_matrix: the inputs of X2 have {_shape(more)} and those of X {_shape(data)}; "
            "both must have the same"
        )
    q, rows = (np.concatenate(pair) for pair in ((data.q, more.q), (data.rows, more.rows)))
    return replace(data, q=q, rows=rows)


def _shape(data):
    positions = f"{data.positions} positions of " if data.positions else ""
    return f"{positions}{data.dimension} features"


def _from_gram(gram, weight, bias, ntk):
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1]:
        raise InputError(f"ntk_matrix: gram has shape {gram.shape}; it must be square")
    if ntk.parametrisation == "standard":
        raise InputError("ntk_matrix: the standard parametrisation needs X itself, not its gram")
    size = np.sqrt(np.abs(np.outer(np.diag(gram), np.diag(gram))))
    if (np.diag(gram) < 0).any() or (np.abs(gram - gram.T) > 1e-10 * size + 1e-300).any():
        raise InputError("ntk_matrix: gram is not symmetric with a diagonal >= 0")
    if (np.abs(gram) > size * (1 + 1e-10) + 1e-300).any():
        raise InputError("ntk_matrix: gram has an entry above sqrt(G_ii G_jj), so it is no gram")
    q = np.diag(gram) * weight + bias
    _positive(q, "gram", "ntk_matrix")
    return Inputs(q, None, gram * weight, bias, None)


def _positive(q, name, verb):
    if not (q > 0).all():
        row = int(np.flatnonzero(~(q > 0))[0])
        raise InputError(f"{verb}: input {row} of {name} is zero and sigma_b2 is 0; drop it")


def whole_depth(depth, verb="ntk_matrix"):
    """The number of layers of weights, at least 1."""
    whole = isinstance(depth, (int, np.integer)) and not isinstance(depth, bool)
    if not whole or depth < 1:
        raise InputError(
            f"{verb}: depth = {depth!r} must be a whole number >= 1 (layers of weights)"
        )
    return int(depth)


def block_size(block, data):
    """Rows of a tile; by default a tile stays within a cache."""
    if block is None:
        return int(np.clip(64_000 // data.q.size, 16, 64))
    if isinstance(block, bool) or not isinstance(block, (int, np.integer)) or block < 1:
        raise InputError(f"ntk_matrix: block = {block!r} must be a whole number of rows, >= 1")
    return int(block)


def start_tile(data, rule, rows, columns):
    """1 - c and K^1/sqrt(q q') of a tile, nearly equal inputs from their difference."""
    covariance = data.covariance(rows, columns)
    root = np.sqrt(data.q)
    scale = root[rows, None] * root[columns]
    delta = np.clip(1.0 - covariance / scale, 0.0, 2.0)
    if data.rows is not None:
        i, j = np.nonzero(delta < 1.0 - _NEAR)
        for part in range(0, i.size, _PART):
            a, b = rows.start + i[part : part + _PART], columns.start + j[part : part + _PART]
            gap = data.rows[a] / root[a, None] - data.rows[b] / root[b, None]
            bias = data.bias * (1.0 / root[a] - 1.0 / root[b]) ** 2
            delta[a - rows.start, b - columns.start] = ((gap * gap).sum(axis=1) + bias) / 2
    else:
        i, j = np.nonzero(delta < 1.0 - _NEAR)
        q, other = data.q[rows.start + i], data.q[columns.start + j]
        delta[i, j] = _from_entries(q, other, covariance[i, j])
    return delta, rule.start(covariance) / scale


def _from_entries(q, other, covariance):
    """1 - c = (q q' - k^2)/(s (s + k)), s^2 = q q', from differences that are exact near c = 1."""
    low, high = q - covariance, other - covariance
    size = np.sqrt(q * other)
    spread = low * high + covariance * (low + high)
    return np.clip(spread / (size * (size + covariance)), 0.0, 2.0)
