r"""The claim on the stationary growth of ReLU networks with one positive entry in every row.

The weights are those of L. Lu, Y. Shin, Y. Su and G. E. Karniadakis, arXiv:1903.06733, with the
normal entries of D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here.
"""

import math
from functools import lru_cache

import sympy as sp

from theory.asymmetric.maps import a, t
from theory.special import Phi

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .rai_layer import maps
from .rai_tools import grown_networks, grown_particles, normal_growth

__all__ = ["RAI_GROWTH"]

_ROOT = math.sqrt(2)
#: (kappa, sigma): growth of s per layer and P(y <= 0), by 4 10^5 particles, both within 0.01.
_TABLE = {
    (0, 0.5): (0.687, 0.289), (0, 0.6007): (0.764, 0.310),
    (0, 1.0): (1.179, 0.363), (0, _ROOT): (1.790, 0.397),
    (1, 0.5): (0.615, 0.266), (1, 0.6007): (0.659, 0.282),
    (1, 1.0): (0.912, 0.334), (1, _ROOT): (1.299, 0.372),
}  # fmt: skip
#: What the quick level asks the toolkit for.
_QUICK = ((0, 0.5), (0, _ROOT), (1, 1.0), (1, _ROOT))


@lru_cache(maxsize=8)
def _found(kappa, sigma):
    """The toolkit's side: a transfer operator."""
    from numerics.asymmetric.growth import asymmetric_growth

    return asymmetric_growth(maps(kappa), sigma**2)


def _operator(cases=_QUICK):
    """The operator against the printed particles."""
    for kappa, sigma in cases:
        growth, off = _TABLE[kappa, sigma]
        found, what = _found(kappa, sigma), f"kappa = {kappa}, sigma = {sigma:.4g}"
        yield Between(found.growth, growth - 0.01, growth + 0.01, f"{what}, growth")
        yield Between(found.off, off - 0.003, off + 0.003, f"{what}, P(y <= 0)")


def _stated(kappa, sigma):
    """(growth, allowance): of the toolkit, or as printed."""
    if (kappa, sigma) in _QUICK:
        return _found(kappa, sigma).growth, 0.002
    return _TABLE[kappa, sigma][0], 0.01


def _normal(kappa, sigma):
    """The mutation: y is normal in every layer."""
    return normal_growth(kappa, sigma**2), 0.002


def _variance_only(kappa, sigma):
    """The mutation: E y^2 alone decides, as for normal y of mean 0."""
    return (sigma**2 * (1 - kappa / math.pi) + 0.5) / 2, 0.002


def _particles(stated=_stated, cases=tuple(_TABLE), populations=40):
    """Particles drawn here; populations of 4000 have a bias of that order."""
    for kappa, sigma in cases:
        growth, allowed = stated(kappa, sigma)

        def sampler(generator, count, kappa=kappa, sigma=sigma):
            return grown_particles(generator, count, kappa, sigma**2)[0]

        yield Statistical(sampler, growth, populations, bias=allowed)


def _off(cases=_QUICK):
    for kappa, sigma in cases:

        def sampler(generator, count, kappa=kappa, sigma=sigma):
            return grown_particles(generator, count, kappa, sigma**2)[1]

        yield Statistical(sampler, _found(kappa, sigma).off, 40, bias=0.001)


def _networks(stated=_stated, width=160, networks=60):
    """Every weight drawn."""
    for case in ((0, _ROOT), (1, _ROOT)):

        def sampler(generator, count, case=case):
            return grown_networks(generator, count, case[0], case[1] ** 2, width=width)

        yield Statistical(sampler, stated(*case)[0], networks, bias=6 / width)


def _state(second=0.5, cases=((0, 0.5), (1, 1.0))):
    """g E y^2 = sigma^2 (1 - kappa m^2) + E v^2 and sqrt(g) E y = 2 m/3 at s = 1."""
    for kappa, sigma in cases:
        found, what = _found(kappa, sigma), f"kappa = {kappa}, sigma = {sigma:.4g}"
        state = found.state
        square = sigma**2 * (1 - kappa * state.m**2) + second
        yield Numeric(found.growth * state.q, square, [{}], digits=8, note=f"{what}, E y^2")
        mean = math.sqrt(found.growth) * state.mean
        yield Numeric(mean, 2 / 3 * state.m, [{}], digits=8, note=f"{what}, E y")


def _law(state):
    """(distribution function on a grid, the grid) of a stationary y."""
    import numpy as np
    from scipy.special import ndtr

    grid = np.linspace(-9 * state.deviation, 9 * state.deviation + 25, 6000)
    return ndtr((grid[:, None] - state.places) / state.deviation) @ state.weights, grid


def _invariant(cases=((0, 0.5), (1, 1.0)), factor=1.0, samples=20_000):
    """The law of the operator reproduces itself: y drawn from it, one layer, divided by sqrt g."""
    import numpy as np

    for kappa, sigma in cases:
        found = _found(kappa, sigma)
        state = found.state
        values, grid = _law(state)
        deviation = sigma * math.sqrt(state.s - kappa * state.m**2)

        def sampler(generator, count, v=values, x=grid, scale=deviation, g=found.growth):
            below = np.maximum(np.interp(generator.random(count), v, x), 0.0)
            y = scale * generator.standard_normal(count)
            y += np.sqrt(generator.random(count)) * below
            return y / math.sqrt(factor * g)

        yield Statistical(sampler, lambda y, v=values, x=grid: np.interp(y, x, v), samples)


def _retuned(weight=None):
    """The scale that the toolkit tunes leaves squares as they are."""
    from numerics.asymmetric.gain import asymmetric_gain

    if weight is None:
        weight = asymmetric_gain(maps(0))
        yield Between(weight, 0.6007**2, 1.0, "sigma_w2 of growth 1, kappa = 0")
    yield Statistical(
        lambda generator, count: grown_particles(generator, count, 0, weight)[0],
        1.0, 40, bias=0.002,
    )  # fmt: skip


def _argument():
    """The law given t scales with (a, t), so g is free of s; E (aZ + t)_+^2 > (a^2 + t^2)/2.

    Hence (E y^2)/2 < s' < E y^2 for t >= 0, which is not always 0.
    """
    square = maps(0).conditional_second_moment
    unit = sp.Symbol("b", positive=True)
    scaled = square.subs({a: unit * a, t: unit * t}, simultaneous=True)
    yield Symbolic(sp.expand(scaled), sp.expand(unit**2 * square))
    excess = square.subs(a, 1) - (1 + t**2) / 2
    yield Symbolic(excess.subs(t, 0), 0)
    yield Symbolic(excess.diff(t, 2), 2 * Phi(t) - 1)
    yield Certified(excess > 0, {t: (sp.Rational(1, 100), 6)})
    for (kappa, sigma), (growth, _) in _TABLE.items():
        if kappa == 0:
            most = sigma**2 + 0.5
            yield Between(growth, most / 2, most, f"kappa = 0, sigma = {sigma:.4g}, printed")


def _growth():
    yield from _argument()
    yield from _operator()
    yield from _particles()
    yield from _off()
    yield from _networks()
    yield from _state()
    yield from _invariant()
    yield from _retuned()


_CORRELATED = ((1, 0.5), (1, 1.0), (1, _ROOT))

GROWTH = Claim(
    "rai.growth",
    r"Deep ReLU networks with one entry of Beta(2, 1) in every row, no biases, $N \to \infty$: $s "
    r"= E\phi^2$ grows per layer by $0.687, 0.764, 1.179, 1.790$ at $\sigma = 0.5, 0.6007, 1, "
    r"\sqrt2$ for $\kappa = 0$ and by $0.615, 0.659, 0.912, 1.299$ for $\kappa = 1$ (within "
    r"0.01), by more than $\frac12(\sigma^2(1 - \kappa m^2/s) + \frac12)$ always; so $\sigma^2 = "
    r"2$ must be retuned, to less than 1 at $\kappa = 0$.",
    "derived here, for the weights of Lu et al. 2019, arXiv:1903.06733",
    _growth,
    (
        Mutation("y is normal, by particles", lambda: list(_particles(_normal, _CORRELATED))),
        Mutation(
            "E y^2 decides, by particles", lambda: list(_particles(_variance_only, _CORRELATED))
        ),
        Mutation("E y^2 decides, in networks", lambda: list(_networks(_variance_only))),
        Mutation("E v^2 = 4/9 in the state", lambda: list(_state(4 / 9))),
        Mutation("the growth is 20% larger", lambda: list(_invariant(factor=1.2))),
        Mutation("sigma_w2 = 2 keeps squares", lambda: list(_retuned(2.0))),
    ),
    full=lambda: [*_operator(tuple(_TABLE)), *_networks(width=600)],
)

RAI_GROWTH = (GROWTH,)
