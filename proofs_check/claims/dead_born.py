r"""The claim on networks of two layers that are off on every input of dimension 1.

Derived here; L. Lu, Y. Shin, Y. Su and G. E. Karniadakis, arXiv:1903.06733, have bounds.
"""

import sympy as sp

from theory.dead_units import DeadUnits

from ..checks import Statistical, Symbolic
from ..statement import Claim, Mutation
from .correlated_networks import weights
from .dead_tools import fixed_rows, fraction, relu_layer, signs

__all__ = ["DEAD_BORN", "drawn_born", "enumerated_born"]

R = sp.Rational
_N, _J = sp.symbols("N j", integer=True, positive=True)


def stated_share(width):
    """(1 - a)^2 (1 + 2 a) with a = 1 - 2^-N."""
    alive = 1 - sp.S(2) ** -width
    return (1 - alive) ** 2 * (1 + 2 * alive)


def _apart(width):
    """The mutation: x and -x independent of each other, (1 - a^2)^2."""
    alive = 1 - sp.S(2) ** -width
    return (1 - alive**2) ** 2


def _one_input(width):
    """The mutation: what one input says, 1 - a^2."""
    return 1 - (1 - sp.S(2) ** -width) ** 2


# ---------------------------------------------------------------- the argument


def _by_cases(stated=stated_share):
    """A fires on x, the rest of layer 1 on -x; then layer 2 is off on both.

    With 0 < |A| < N a row is off on both with probability 1/4 (its parts on A and on the rest are
    independent), with |A| = 0 or N on the one that is left with probability 1/2.
    """
    e = sp.S(2) ** -_N
    for size in range(2, 8):
        total = sum(
            sp.binomial(size, on) * R(1, 2) ** size
            * (R(1, 2) if on in (0, size) else R(1, 4)) ** size
            for on in range(size + 1)
        )  # fmt: skip
        yield Symbolic(total, stated(size))
    split = (1 - 2 * e) * sp.S(4) ** -_N + 2 * e * sp.S(2) ** -_N
    yield Symbolic(split, stated(_N), {_N: (2, 7)})


def enumerated_born(width, seed):
    """The exact share among the 2^(N + N^2) networks with given sizes of the weights."""
    import numpy as np

    sizes = fixed_rows(seed, (width + 1, width))
    first = signs(width) * sizes[0]
    second = signs(width * width).reshape(-1, width, width) * sizes[1:]
    dead = True
    for sign in (1, -1):
        h = relu_layer(sign * first, first)
        y = np.einsum("mjk,ik->imj", second, h).reshape(-1, width)
        dead &= (relu_layer(y, h.repeat(len(second), axis=0)) == 0).all(axis=1)
    return fraction(dead)


def _every_network(stated=stated_share):
    for width, seeds in ((1, (1,)), (2, (1, 2, 3, 4)), (3, (1, 2))):
        for seed in seeds:
            yield Symbolic(enumerated_born(width, seed), stated(width))


# ---------------------------------------------------------------- the toolkit, networks


def _toolkit(stated=stated_share):
    for width in (1, 2, 3, 8, 30):
        bounds = DeadUnits("relu").born_dead(width, 2)
        yield Symbolic(bounds.lower, stated(width))
        yield Symbolic(bounds.upper, stated(width))
        yield bounds.exact
    for width, depth in ((2, 3), (3, 5), (4, 10)):  # between the bounds of one input and none
        bounds = DeadUnits("relu").born_dead(width, depth)
        one = 1 - (1 - R(1, 2) ** width) ** depth
        yield bool(0 < bounds.lower < bounds.upper < one)


def drawn_born(generator, count, kappa, width, depth):
    """Whether networks are off on x and on -x, inputs of dimension 1."""
    import numpy as np

    first = generator.standard_normal((count, width))
    h = np.maximum(np.stack([first, -first], axis=2), 0.0)
    for _ in range(depth - 1):
        h = np.maximum(weights(generator, kappa, (count, width, width)) @ h, 0.0)
    return (h == 0).all(axis=(1, 2))


def _drawn(width, depth, kappa, expected, samples=40_000):
    def sampler(generator, count):
        return drawn_born(generator, count, kappa, width, depth)

    return Statistical(sampler, float(expected), samples)


def _networks(stated=stated_share, samples=40_000):
    for width in (2, 3):
        yield _drawn(width, 2, 0.0, stated(width), samples)


def _with_kappa(stated=None):
    """kappa = 1, N = 2: rows (g, -g) are never off on both of x and -x, which leaves 1/8."""
    yield _drawn(2, 2, 1.0, R(1, 8) if stated is None else stated(2))
    bounds = DeadUnits("relu", weight_correlation=1).born_dead(2, 2)
    yield bool(bounds.lower <= R(1, 8) <= bounds.upper) and not bounds.exact


def _born():
    yield from _by_cases()
    yield from _every_network()
    yield from _toolkit()
    yield from _networks()
    yield from _with_kappa()


BORN = Claim(
    "dead.born",
    r"ReLU without biases, two layers of width $N$, independent symmetric weights, inputs of "
    r"dimension 1: the network is 0 on every input with probability $(1 - a)^2(1 + 2a)$, $a = 1 - "
    r"2^{-N}$. Here $\kappa$ does matter: $\frac18$ instead of $\frac5{32}$ for $N = 2$ at "
    r"$\kappa = 1$.",
    "derived here; bounds are in Lu et al. 2019, arXiv:1903.06733",
    _born,
    (
        Mutation("x and -x are independent, by cases", lambda: list(_by_cases(_apart))),
        Mutation("x and -x are independent, all networks", lambda: list(_every_network(_apart))),
        Mutation("x and -x are independent, drawn", lambda: list(_networks(_apart))),
        Mutation("one input decides: 1 - a^2", lambda: list(_toolkit(_one_input))),
        Mutation("the same at kappa = 1", lambda: list(_with_kappa(stated_share))),
    ),
    full=lambda: list(_networks(samples=2_000_000)),
)

DEAD_BORN = (BORN,)
