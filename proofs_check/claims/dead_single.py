r"""The claim on layers that are off on one input.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499, and L. Lu, Y. Shin, Y. Su and G. E.
Karniadakis, arXiv:1903.06733; derived here for any law of rows that is symmetric under w -> -w.
"""

import mpmath
import sympy as sp

from theory.dead_units import DeadUnits
from theory.symbols import l, n, q

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .dead_tools import drawn_off, fixed_rows, fraction, relu_layer, signs

__all__ = ["DEAD_SINGLE"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_N, _L = sp.symbols("N L", integer=True, positive=True)
#: Where the recursion over layers and the formula are compared.
_WHOLE = {_N: (1, 6), _L: (1, 9)}


def _two(like):
    return mpmath.mpf(2) if isinstance(like, mpmath.mpf) else sp.S(2)


def stated_share(width, depth):
    """1 - (1 - 2^-N)^L."""
    two = _two(width)
    return 1 - (1 - two**-width) ** depth


def _together(width, depth):
    """The mutation 1 - 2^(-N L)."""
    return 1 - _two(width) ** (-width * depth)


# ---------------------------------------------------------------- the argument


def _recursion(stated=stated_share):
    """P_0 = 0; given a layer with a value > 0, the next is all off with probability 2^-N."""
    share = stated(_N, _L)
    next_ = share + (1 - share) * sp.S(2) ** -_N
    yield Symbolic(stated(_N, 1), sp.S(2) ** -_N, _WHOLE)
    yield Symbolic(stated(_N, _L + 1), next_, _WHOLE)


def _signs():
    """w^T h has a variance > 0, so that both signs have the probability 1/2 each.

    |h|^2 - (kappa/N) (1^T h)^2 = (1 - kappa) |h|^2 + (kappa/N) sum_{i<j} (h_i - h_j)^2, which is
    positive for 0 <= kappa < 1, and at kappa = 1 unless all h_i are equal.
    """
    for size in (2, 3, 4):
        h = sp.symbols(f"h_0:{size}", nonnegative=True)
        square = sum(value**2 for value in h)
        variance = square - _K / size * sum(h) ** 2
        gaps = sum((h[i] - h[j]) ** 2 for j in range(size) for i in range(j))
        yield Symbolic(sp.expand(variance), sp.expand((1 - _K) * square + _K / size * gaps))


# ---------------------------------------------------------------- every network


def enumerated(width, depth, seed, sums_to_zero=False):
    """The exact share of the 2^(N L) networks with given rows up to signs that are off on x."""
    rows = fixed_rows(seed, (depth, width, width), sums_to_zero)
    h = fixed_rows(seed + 100, (1, width))
    choices = signs(width)
    for layer in rows:
        y = (h @ layer.T)[:, None, :] * choices
        before = h.repeat(len(choices), axis=0)
        h = relu_layer(y.reshape(-1, width), before)
    return fraction((h == 0).all(axis=1))


def _every_network(stated=stated_share, sizes=((2, 5), (3, 4), (4, 3), (6, 2))):
    for width, depth in sizes:
        for seed, zero in ((1, False), (2, False), (3, True)):
            yield Symbolic(enumerated(width, depth, seed, zero), stated(width, depth))


# ---------------------------------------------------------------- the toolkit, networks


def _toolkit(stated=stated_share):
    for text in ("relu", "max(x, 0)**2"):
        dead = DeadUnits(text, weight_correlation=_K)
        yield Symbolic(dead.layer().rewrite(sp.Pow), stated(n, l))
        for width, depth in ((1, 7), (3, 10), (8, 100)):
            yield Symbolic(dead.layer(width, depth), stated(width, depth))
        yield dead.conditions[0]
    wide = DeadUnits("relu").layer(40, 10**6).evalf(30)
    with mpmath.workdps(50):
        yield Numeric(wide, stated(mpmath.mpf(40), 10**6), [{}], digits=25)
    # phi = (x - 1)_+ is off on a set that is no cone: its share depends on the length
    shifted = DeadUnits("max(x - 1, 0)")
    yield not shifted.conditions[0] and shifted.one_input.has(q)


def _networks(stated=stated_share, samples=40_000):
    """N = 3, L = 10: 0.736924 at every kappa, and for other symmetric laws."""
    yield Between(stated(3, 10), 0.7369235, 0.7369245, "N = 3, L = 10, printed 0.736924")
    for kappa in (-1.0, 0.0, 0.5, 0.9, 1.0):
        yield _drawn(3, 10, kappa, None, stated, samples)
    yield _drawn(2, 6, 1.0, None, stated, samples)
    for entries in (_laplace, _uniform):
        yield _drawn(4, 5, 0.0, entries, stated, samples)


def _laplace(generator, shape):
    return generator.laplace(size=shape)


def _uniform(generator, shape):
    return generator.uniform(-1, 1, shape)


def _drawn(width, depth, kappa, entries, stated, samples):
    def sampler(generator, count):
        return drawn_off(generator, count, kappa, width, depth, entries)

    return Statistical(sampler, float(stated(width, depth)), samples)


def _tilted(samples=20_000):
    """Weights of mean 0 whose law is not symmetric."""

    def entries(generator, shape):
        return generator.exponential(size=shape) - 1

    yield _drawn(3, 10, 0.0, entries, stated_share, samples)


def _by_columns(samples=20_000):
    """The same covariance among the weights out of one neuron makes units depend on each other."""

    def entries(generator, shape):
        from .correlated_networks import weights

        return weights(generator, 1.0, shape).swapaxes(1, 2)

    yield _drawn(3, 10, 0.0, entries, stated_share, samples)


def _single_input():
    yield from _recursion()
    yield from _signs()
    yield from _every_network()
    yield from _toolkit()
    yield from _networks()


SINGLE_INPUT = Claim(
    "dead.single-input",
    r"ReLU without biases, independent rows with a law symmetric under $w \to -w$ and without "
    r"ties ($\kappa < 1$, or $\kappa = 1$ and $N \ge 2$): on one given input some layer among the "
    r"first $L$ of width $N$ is all off with probability $1 - (1 - 2^{-N})^L$, whatever "
    r"$\kappa$: given the layer before, the signs of a layer are $N$ independent fair coins.",
    "Lu et al. 2019, arXiv:1903.06733; for correlated rows derived here, with the weights of "
    "Singh & Sreejith 2021, arXiv:2103.12499",
    _single_input,
    (
        Mutation("1 - 2^(-N L), by recursion", lambda: list(_recursion(_together))),
        Mutation("1 - 2^(-N L), all networks", lambda: list(_every_network(_together))),
        Mutation("1 - 2^(-N L), the toolkit", lambda: list(_toolkit(_together))),
        Mutation("1 - 2^(-N L), drawn", lambda: list(_networks(_together, 4000))),
        Mutation("for every law of mean 0", lambda: list(_tilted())),
        Mutation("for correlated columns", lambda: list(_by_columns())),
    ),
    full=lambda: list(_networks(samples=300_000)),
)

DEAD_SINGLE = (SINGLE_INPUT,)
