r"""The claim on the map of length for weights that are correlated within a row.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

from functools import lru_cache

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .correlated_networks import deep_pairs, layer_products, product
from .correlated_tools import branch, mean, pair, phi

__all__ = ["CORRELATED_MAPS", "projection", "quadratic", "theory"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)
_BELOW_ONE = {_K: (-2, 1)}
_TEXTS = ("relu", "gelu", "silu", "softplus", "leaky_relu", "elu", "abs(x)")


@lru_cache(maxsize=128)
def theory(text, kappa=_K):
    """The toolkit's side."""
    return MeanField(text, weight_correlation=kappa)


# ---------------------------------------------------------------- the row and its covariance


def _row(size, pair_covariance):
    """(sigma_w2/N) (I - (kappa/N) 1 1^T), with ``pair_covariance``(N) in place of -kappa/N."""
    ones = sp.ones(size, size)
    return sigma_w2 / size * (sp.eye(size) + pair_covariance(sp.Integer(size)) * ones)


def projection(pair_covariance=lambda n: -_K / n):
    """The factor G (I - (a/N) 1 1^T) has this covariance; its entries and eigenvalues."""
    a = 1 - sp.sqrt(1 - _K)
    for size in (2, 3, 5):
        root = sp.eye(size) - a / size * sp.ones(size, size)
        stated = _row(size, pair_covariance)
        for place in ((0, 0), (0, 1)):
            entry = sigma_w2 / size * (root * root.T)[place]
            yield Symbolic(sp.expand(entry), stated[place], _BELOW_ONE)
    # (I - (a/N) 1 1^T)^2 = I - ((2a - a^2)/N) 1 1^T at every N
    yield Symbolic(sp.expand(2 * a - a**2), _K, _BELOW_ONE)


def quadratic(pair_covariance=lambda n: -_K / n, stated=None):
    """w^T x and w^T y of a row: sigma_w2 (mean xy - kappa mean x mean y), exact at every N."""
    for size in (2, 3, 5):
        x, y = (sp.Matrix(sp.symbols(f"{name}_0:{size}", real=True)) for name in "xy")
        both, one, other = x.dot(y) / size, sum(x) / sp.Integer(size), sum(y) / sp.Integer(size)
        expected = both - _K * one * other if stated is None else stated(both, one, other)
        found = (x.T * _row(size, pair_covariance) * y)[0]
        yield Symbolic(sp.expand(found), sp.expand(sigma_w2 * expected))


_N = sp.Symbol("N", positive=True)


def _law_of_large_numbers():
    """E of the mean square and of the squared mean of N independent values, and the limit."""
    first, second = sp.symbols("m s", positive=True)  # E phi, E phi^2
    for size in (2, 3, 4):
        # E (sum_j x_j)^2/N^2: N diagonal and N (N - 1) other pairs
        squared = (size * second + size * (size - 1) * first**2) / sp.Integer(size) ** 2
        yield Symbolic(squared, (first**2 + (second - first**2) / _N).subs(_N, size))
    exact = second - _K * (first**2 + (second - first**2) / _N)
    yield Symbolic(sp.limit(exact, _N, sp.oo), second - _K * first**2)


# ---------------------------------------------------------------- length

_LENGTH_GRID = [
    {q: R(1, 2), _K: 1, sigma_w2: 2, sigma_b2: R(1, 10)},
    {q: R(7, 3), _K: R(-3, 2), sigma_w2: R(3, 2), sigma_b2: 0},
]


def _lengths(texts, stated=branch, digits=18):
    """The toolkit's V against quadratures of phi^2 and phi."""
    for text in texts:
        yield Numeric(
            theory(text).variance_map,
            lambda p, t=text: p[sigma_b2] + p[sigma_w2] * stated(t, p[q], p[_K]),
            _LENGTH_GRID,
            digits=digits,
            note=text,
        )


def _length_samples(texts, factor, samples=4000, kappas=(0.5, 1.0)):
    """Layers of 16 neurons, whose mean square is known exactly."""
    for text in texts:
        for kappa in kappas:
            yield layer_products(
                text, (1.3, 1.3, 1.0), kappa, factor(text, kappa), samples=samples
            )


def _exact_factor(text, kappa):
    return product(text, (1.3, 1.3, 1.0), kappa, width=16)


def _wrong_factor(change):
    """The factor of sigma_w2 in layers of 16 neurons if the covariance of a row were another."""

    def factor(text, kappa):
        f = phi(text)
        second = pair(lambda u, v: f(u) * f(v), 1.3, 1.3, 1.0)
        squared = pair(lambda u, v: f(u) * f(v), 1.3, 1.3, 0.0)
        return change(second, squared + (second - squared) / 16, kappa)

    return factor


def _length_map():
    yield from projection()
    yield from quadratic()
    yield from _law_of_large_numbers()
    yield from _lengths(_TEXTS)
    yield from _length_samples(("relu", "gelu", "softplus"), _exact_factor)
    # another drawing: square roots of the covariance by Cholesky's method
    yield _by_cholesky()


def _by_cholesky(kappa=0.5, size=12, samples=20_000):
    def sampler(generator, count):
        import numpy as np

        covariance = (np.eye(size) - kappa / size) / size
        rows = generator.standard_normal((count, size)) @ np.linalg.cholesky(covariance).T
        z = np.sqrt(1.3) * generator.standard_normal((count, size))
        return (rows * phi("gelu")(z)).sum(axis=1) ** 2

    return Statistical(sampler, product("gelu", (1.3, 1.3, 1.0), kappa, size), samples)


def _deep_lengths(width=1000, networks=40):
    """The fourth layer of wide networks against the map iterated; noise sqrt(depth/width)."""
    for text, kappa in (("relu", 0.5), ("gelu", 0.5), ("gelu", 1.0), ("relu", 1.0)):
        variance = 1.0
        for _ in range(4):
            variance = 0.1 + 2.0 * product(text, (variance, variance, 1.0), kappa)

        def sampler(generator, count, text=text, kappa=kappa):
            setting = (text, kappa, (2.0, 0.1), (1.0, 0.6), 4, width)
            return deep_pairs(generator, count, *setting)[0][:, -1]

        yield Statistical(sampler, variance, networks, bias=4 * variance / width)


LENGTH_MAP = Claim(
    "corr.length-map",
    r"Rows independent, $\mathrm{Cov}(W_{ij}, W_{ik}) = \frac{\sigma_w^2}{N}(\delta_{jk} - "
    r"\frac\kappa N)$, $\kappa \le 1$: for any $\phi$, $V(q) = \sigma_b^2 + \sigma_w^2(E\phi^2 - "
    r"\kappa(E\phi)^2)$ at infinite width. Given $x$, the variance of $w^Tx$ is "
    r"$\sigma_w^2(\overline{x^2} - \kappa\bar x^2)$ at every $N$; the law of large numbers does "
    r"the rest, and independent $x_j$ add $-\kappa\sigma_w^2\mathrm{Var}\,\phi/N$.",
    SOURCE,
    _length_map,
    (
        Mutation(
            "-kappa E phi^2",
            lambda: list(
                _lengths(
                    ("relu", "gelu", "silu"),
                    lambda t, v, k: (1 - k) * mean(v, (t, 0), (t, 0)),
                )
            ),
        ),
        Mutation(
            "-kappa E phi^2, in layers",
            lambda: list(_length_samples(("gelu",), _wrong_factor(lambda s, m, k: (1 - k) * s))),
        ),
        Mutation(
            "-kappa E phi^2, given x",
            lambda: list(quadratic(stated=lambda both, _, __: both - _K * both)),
        ),
        Mutation(
            "covariance delta - kappa, without 1/N", lambda: list(projection(lambda _: -_K))
        ),
        Mutation(
            "covariance delta - kappa, without 1/N, given x",
            lambda: list(quadratic(lambda _: -_K)),
        ),
        Mutation(
            "covariance delta - kappa, without 1/N, in layers",
            lambda: list(
                _length_samples(("gelu",), _wrong_factor(lambda s, m, k: s - 16 * k * m))
            ),
        ),
        Mutation(
            "+kappa (E phi)^2",
            lambda: list(_lengths(("relu", "silu"), lambda t, v, k: branch(t, v, -k))),
        ),
        Mutation(
            "+kappa (E phi)^2, in layers",
            lambda: list(_length_samples(("gelu",), _wrong_factor(lambda s, m, k: s + k * m))),
        ),
    ),
    full=_deep_lengths,
)  # fmt: skip

CORRELATED_MAPS = (LENGTH_MAP,)
