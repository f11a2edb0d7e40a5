r"""Claims on the tangent kernel of one-dimensional convolutions with circular padding.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654, convolutional networks.
"""

import math
from functools import lru_cache

import sympy as sp

from theory.tangent import NTK

from ..checks import Numeric, Statistical
from ..statement import Claim, Mutation

__all__ = ["CONVOLUTION"]

WEIGHT, BIAS = 1.7, 0.3
#: Two inputs with five positions and two channels, large at the first position.
INPUTS = (
    ((4.0, 1.2), (0.5, -0.7), (-0.4, 1.1), (0.2, 0.9), (-1.3, 0.1)),
    ((3.8, -0.7), (1.4, 0.6), (0.1, -0.5), (-0.8, 0.4), (0.3, 1.2)),
)


def _mean(table, shift=True, size=3):
    """The average over the filter of table[a][b], for both positions moved together."""
    count = len(table)
    half = size // 2
    return [
        [
            sum(
                table[(a + j) % count][(b + j) % count] if shift else table[a][b]
                for j in range(-half, half + 1)
            )
            / size
            for b in range(count)
        ]
        for a in range(count)
    ]


def _arcs(cross, first, second):
    """(E phi phi, E phi' phi') of ReLU at a covariance."""
    scale = math.sqrt(first * second)
    c = min(1.0, cross / scale)
    angle = math.pi - math.acos(c)
    return scale * (math.sqrt(1 - c * c) + c * angle) / (2 * math.pi), angle / (2 * math.pi)


@lru_cache(maxsize=16)
def _recursion(depth, shift=True, size=3):
    """K^depth[a][b] between the two inputs, by loops over positions."""
    x, z = INPUTS

    def first(one, two):
        return [[sum(u * v for u, v in zip(a, b, strict=True)) / 2 for b in two] for a in one]

    tables = {}
    for name, one, two in (("xx", x, x), ("zz", z, z), ("xz", x, z)):
        raw = [[WEIGHT * value for value in row] for row in first(one, two)]
        tables[name] = [[BIAS + value for value in row] for row in _mean(raw, size=size)]
    kernel = tables["xz"]
    count = len(x)
    for _ in range(depth - 1):
        images = {}
        for name, table in tables.items():
            left, right = (tables[2 * letter] for letter in name)
            images[name] = [
                [_arcs(table[a][b], left[a][a], right[b][b]) for b in range(count)]
                for a in range(count)
            ]
        passed = [
            [WEIGHT * images["xz"][a][b][1] * kernel[a][b] for b in range(count)]
            for a in range(count)
        ]
        passed = _mean(passed, shift, size)
        tables = {
            name: [
                [BIAS + WEIGHT * value for value in row]
                for row in _mean([[pair[0] for pair in row] for row in table], size=size)
            ]
            for name, table in images.items()
        }
        kernel = [[passed[a][b] + tables["xz"][a][b] for b in range(count)] for a in range(count)]
    return kernel


def _toolkit(depth, inputs=INPUTS, architecture="conv"):
    import numpy as np

    from numerics.tangent.matrix import ntk_matrix

    ntk = NTK("relu", architecture)
    X = np.array(inputs)
    return ntk_matrix(ntk, X, depth=depth, sigma_w2=WEIGHT, sigma_b2=BIAS, threads=1).ntk


def _entries(shift=True, depth=4):
    """Every entry of K^depth of the toolkit against loops over positions."""
    found = _toolkit(depth)
    grid = [{"a": a, "b": b} for a in range(5) for b in range(5)]
    stated = _recursion(depth, shift)
    return Numeric(
        lambda p: found[0, p["a"], 1, p["b"]], lambda p: stated[p["a"]][p["b"]], grid, digits=12
    )


def _finite_width(expected, a=0, b=2):
    def sampler(generator, samples):
        from numerics.tangent.empirical import empirical_ntk

        seed = int(generator.integers(2**31))
        found = empirical_ntk(
            NTK("relu", "conv"), INPUTS, width=48, depth=3, sigma_w2=WEIGHT, sigma_b2=BIAS,
            samples=samples, seed=seed, threads=1,
        )  # fmt: skip
        return found.values[:, 0, a, 1, b]

    # at width 48 the mean differs from its limit by less than 3 %
    return Statistical(sampler, expected, samples=400, bias=0.03 * abs(expected))


def _constant_inputs():
    """Inputs that are the same at every position have the kernel of a dense network."""
    vectors = ((1.0, 0.3), (-0.2, 0.8))
    spread = tuple((vector,) * 4 for vector in vectors)
    found, dense = _toolkit(4, spread), _toolkit(4, vectors, "dense")
    grid = [{"a": a, "b": b} for a in range(4) for b in range(4)]
    return Numeric(lambda p: found[0, p["a"], 1, p["b"]], lambda _: float(dense[0, 1]), grid)


def _deep_ratio():
    """On the edge of chaos the ratio of all pairs of positions follows that of a dense network."""
    import numpy as np

    from numerics.tangent.matrix import ntk_matrix

    depth = 4000
    X = np.array(INPUTS)
    found = ntk_matrix(NTK("relu", "conv"), X, depth=depth, sigma_w2=2, threads=1).ntk
    own = np.array([found[0, a, 0, a] for a in range(5)])
    other = np.array([found[1, b, 1, b] for b in range(5)])
    ratios = found[0, :, 1, :] / np.sqrt(np.outer(own, other))
    stated = 0.25 + 0.375 * math.log(depth) / depth
    points = [{"value": float(value)} for value in (ratios.min(), ratios.max())]
    return Numeric(lambda p: p["value"], stated, points, digits=2, note="L = 4000, all positions")


def _convolution():
    yield _entries()
    yield _constant_inputs()
    for a, b in ((2, 2), (3, 3)):
        yield _finite_width(_recursion(3)[a][b], a, b)
    yield _deep_ratio()


CNN = Claim(
    "ntk.cnn",
    r"Filter $2k+1$, circular: $q^l_{\alpha\alpha'} = \sigma_b^2 + \frac{\sigma_w^2}{2k+1}"
    r"\sum_{\beta=-k}^k E[\phi\phi]_{\alpha+\beta,\alpha'+\beta}$ and $K^l_{\alpha\alpha'} = "
    r"\frac1{2k+1}\sum_\beta \dot q_{\alpha+\beta,\alpha'+\beta}K^{l-1}_{\alpha+\beta,"
    r"\alpha'+\beta} + q^l_{\alpha\alpha'}$. Inputs that do not depend on the position have the "
    r"kernel of a dense network.",
    "Hayou, Doucet & Rousseau, arXiv:1905.13654, convolutional networks",
    _convolution,
    (
        Mutation("no shift in the average of K", lambda: _entries(shift=False)),
        Mutation(
            "no shift in the average of K, in networks with 48 channels",
            lambda: _finite_width(float(sp.Float(_recursion(3, False)[3][3])), 3, 3),
        ),
    ),
)

CONVOLUTION = (CNN,)
