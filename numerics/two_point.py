r"""Two-point Gaussian expectations E f(X) g(Y) as numbers.

X and Y are centred with variances q1, q2 and correlation rho.  They are split into a common and
two private parts,

    X = sqrt(q1) (sqrt|rho| A + sqrt(1-|rho|) B),   Y = sqrt(q2) (± sqrt|rho| A + sqrt(1-|rho|) C),

so that E f(X) g(Y) = E[F(A) G(A)] with the one-dimensional smoothings F(a) = E[f(X) | A = a] and
G.  The private variance enters as 1 - |rho|, which a caller may give directly: nothing is lost as
|rho| -> 1, where F is f smoothed over a layer of width sqrt(q1 (1-|rho|)) around each kink, and
the outer panels resolve exactly that layer.

Accuracy: 1e-13 of (E f^2 E g^2)^(1/2); each value is compared with a finer grid, with
``PrecisionError``
if they disagree by more than ``tolerance``.
"""

from functools import lru_cache

import numpy as np

from theory.errors import InputError, PrecisionError

from .gaussian_panels import Feature, expectations, gaussian_nodes, graded_places

#: The largest variance for which the equidistant rule is worth a try.
_MOST_TRAPEZOID = 50.0

#: The level of the trapezoidal rule, which is enough for analytic f, g and variances up to 10.
TRAPEZOID = -1

__all__ = ["TRAPEZOID", "conditional_moment", "two_point", "two_point_once"]


def two_point(
    f, g, q1, q2, rho, *, f_features=(), g_features=(), one_minus_rho=None, tolerance=1e-13
):
    """E f(X) g(Y) for scalars q1, q2 >= 0 and -1 <= rho <= 1, checked on a finer grid.

    ``f`` and ``g`` map arrays to arrays; ``*_features`` are the :class:`Feature` s of each (the
    origin is always added).  ``one_minus_rho`` may carry 1 - rho exactly when rho is near 1.

    >>> relu = lambda x: np.maximum(x, 0.0)
    >>> kink = (Feature(0.0, kinked=True),)
    >>> value = two_point(relu, relu, 1.0, 1.0, 0.0, f_features=kink, g_features=kink)
    >>> abs(value * 2 * np.pi - 1) < 1e-14
    True
    """
    arguments = (f, g, q1, q2, rho, f_features, g_features, one_minus_rho)
    if not (f_features or g_features):
        smooth = _smooth_two_point(f, g, q1, q2, rho, one_minus_rho, tolerance)
        if smooth is not None:
            return smooth
    coarse, size = two_point_once(*arguments)
    size = max(size, _scale(f, q1, f_features) * _scale(g, q2, g_features))
    for level in (1, 2, 3):
        fine, _ = two_point_once(*arguments, level=level)
        gap = abs(fine - coarse)
        if gap <= tolerance * size:
            return fine
        coarse = fine
    raise PrecisionError(
        f"E f(X) g(Y) at q1 = {q1:g}, q2 = {q2:g}, rho = {rho:g}: two grids differ by "
        f"{gap / size:.1e} relative; the integrand varies on a scale that was not "
        "announced: add its place to the features"
    )


def _smooth_two_point(f, g, q1, q2, rho, one_minus_rho, tolerance):
    """The equidistant rule where two steps agree and nothing is left at the ends, else None."""
    if not (0 <= q1 <= _MOST_TRAPEZOID and 0 <= q2 <= _MOST_TRAPEZOID and -1 <= rho <= 1):
        return None
    sign, private = _split(rho, one_minus_rho)
    fine, size, ends = _trapezoid(f, g, q1, q2, sign, private)
    coarse, _, _ = _trapezoid(f, g, q1, q2, sign, private, 1.5)
    settled = abs(fine - coarse) <= tolerance * size and ends <= 1e-15 * size
    return fine if settled else None


def _split(rho, one_minus_rho):
    """The sign of the common part, and the private share 1 - |rho|."""
    exact = one_minus_rho is not None and rho >= 0
    return (1.0 if rho >= 0 else -1.0), (float(one_minus_rho) if exact else 1.0 - abs(rho))


def two_point_once(f, g, q1, q2, rho, f_features=(), g_features=(), one_minus_rho=None, level=0):
    """One grid's value of E f(X) g(Y), and of the same sum with absolute values."""
    if not (0 <= q1 < np.inf and 0 <= q2 < np.inf):
        raise InputError(f"q1 = {q1!r}, q2 = {q2!r}: variances are finite and not negative")
    if not -1 <= rho <= 1:
        raise InputError(f"rho = {rho!r} is no correlation; it lies in [-1, 1]")
    sign, private = _split(rho, one_minus_rho)
    common = 1.0 - private
    if level == TRAPEZOID:
        return _trapezoid(f, g, q1, q2, sign, private)[:2]
    f_features = (Feature(0.0), *f_features)
    g_features = (Feature(0.0), *g_features)
    edges = [
        _outer_edges(f_features, np.sqrt(q1 * common), np.sqrt(q1 * private), level),
        sign * _outer_edges(g_features, np.sqrt(q2 * common), np.sqrt(q2 * private), level),
    ]
    scale = np.sqrt(max(q1, q2) * common)
    a, weight, _ = gaussian_nodes(np.concatenate(edges)[None, :], scale, level=level)
    if common == 0.0:
        a, weight = np.zeros(1), np.ones(1)
    left = expectations(
        f, np.sqrt(q1 * common) * a, np.sqrt(q1 * private), f_features, level=level
    )
    if g is f and q1 == q2 and sign > 0:
        right = left
    else:
        right = expectations(
            g, sign * np.sqrt(q2 * common) * a, np.sqrt(q2 * private), g_features, level=level
        )
    terms = weight * left * right
    return float(terms.sum()), float(np.abs(terms).sum())


def conditional_moment(f, place, q, rho, features=(), one_minus_rho=None, level=0):
    """E[f(Y) | X = place] for variances q and correlation rho, array of rho allowed."""
    rho, delta = np.broadcast_arrays(
        np.asarray(rho, float),
        1.0 - np.asarray(rho, float)
        if one_minus_rho is None
        else np.asarray(one_minus_rho, float),
    )
    result = np.empty(rho.shape)
    for index in np.ndindex(rho.shape):
        deviation = np.sqrt(q * delta[index] * (1.0 + rho[index]))
        result[index] = expectations(
            f, [rho[index] * place], deviation, (Feature(0.0), *features), level=level
        )[0]
    return result


def _scale(f, q, features):
    """(E f^2)^(1/2): the size against which cancellation in E f g is measured."""
    square = expectations(lambda x: f(x) ** 2, [0.0], np.sqrt(q), (Feature(0.0), *features))
    return float(np.sqrt(square[0]))


def _trapezoid(f, g, q1, q2, sign, private, stride=1.0):
    """Equidistant nodes in both variables: exponentially exact for f, g analytic in a strip.

    Returns the sum, the sum of absolute values, and the size of the outermost terms.
    """
    common = 1.0 - private
    scale = np.sqrt(max(q1, q2))
    a, a_weight = _equidistant(scale * np.sqrt(common), stride)
    b, b_weight = _equidistant(scale * np.sqrt(private), stride)
    outer, inner = a[:, None] * np.sqrt(common), b * np.sqrt(private)
    left = f((outer + inner).ravel() * np.sqrt(q1)).reshape(a.size, b.size) @ b_weight
    if g is f and q1 == q2 and sign > 0:
        right = left
    else:
        right = g((sign * outer + inner).ravel() * np.sqrt(q2)).reshape(a.size, b.size) @ b_weight
    terms = a_weight * left * right
    sizes = np.abs(terms)
    return float(terms.sum()), float(sizes.sum()), float(sizes[0] + sizes[-1])


@lru_cache(maxsize=256)
def _equidistant(scale, stride=1.0):
    """Nodes and normalised weights at a step of at most 1/2, and 1/5 on the axis of f."""
    if scale == 0.0:
        return np.zeros(1), np.ones(1)
    step = min(0.5, 0.2 / scale) * stride
    count = int(np.ceil(9.0 / step))
    z = np.arange(-count, count + 1) * step
    weight = np.exp(-z * z / 2)
    return z, weight / weight.sum()


def _outer_edges(features, scale, blur, level):
    """Edges in the common variable: graded around each feature, plus its smoothing layer."""
    if scale == 0.0:
        return np.empty(0)
    edges = []
    layers = np.array([0.5, 1.0, 1.75, 2.5, 3.5, 4.75, 6.5])
    for _ in range(level // 2):
        layers = np.sort(np.concatenate([layers, (layers[1:] + layers[:-1]) / 2]))
    for feature in features:
        if blur >= 1.0:
            steps = blur * np.append(layers, [10.0, 16.0, 30.0])
            edges.append(feature.place + np.concatenate([-steps, [0.0], steps]))
            continue
        edges.append(graded_places(feature, level))
        if (feature.kinked or feature.singular) and blur > 0.0:
            steps = np.append(layers, 6.5 * 2.5 ** np.arange(1, 40)) * blur
            steps = steps[steps < 1.5]
            edges.append(feature.place + np.concatenate([-steps, [0.0], steps]))
    return np.concatenate(edges) / scale
