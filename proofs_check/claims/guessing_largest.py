r"""The claim on the largest of K fractions: it is the agreement of an input with its network.

Derived here, for the classifiers of E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

import math

import sympy as sp

from theory.guessing.class_fraction import BinaryFraction
from theory.symbols import gamma

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball
from .guessing_series import agreement_series, within
from .guessing_tools import agreement_on_grid, law_of

__all__ = ["LARGEST_FRACTION"]

R = sp.Rational
SOURCE = "derived here, for the classifiers of Francazi, Lucchi & Baity-Jesi, arXiv:2306.00809"
_C = sp.Symbol("c", real=True)
_PLACES = (R(1, 5), R(1, 2), R(9, 10))


def _centres():
    """Cov(Y, mu)/sqrt(Var Y Var mu) = sqrt(c), as Y = mu + an independent part."""
    centre, spread = sp.symbols("sigma_mu2 sigma_y2", positive=True)
    c = centre / (centre + spread)
    yield Symbolic(centre / sp.sqrt((centre + spread) * centre), sp.sqrt(c))


def _sheppard(c):
    """A_2(c)."""
    return R(1, 2) + sp.asin(c) / sp.pi


def _binary(place):
    """1/2 + arcsin(place)/pi against E max(G, 1 - G) = 1/2 + arctan(sqrt(gamma))/pi."""
    s = sp.Symbol("s", positive=True)  # sqrt(gamma)
    largest = BinaryFraction().mean_of_largest.subs(gamma, s**2)
    stated = _sheppard(place.subs(_C, s**2 / (1 + s**2)))
    yield Symbolic(stated.diff(s), largest.diff(s))
    yield Symbolic(stated.subs(s, 0), largest.subs(s, 0))


def _integrated(place, classes=(2, 3, 4, 10), digits=11):
    """The toolkit's E max_k G_k against the double integral at sqrt(c)."""
    grid = [{"K": k, "c": float(c)} for k in classes for c in _PLACES]
    yield Numeric(
        lambda p: law_of(p["K"], p["c"]).expected_largest,
        lambda p: agreement_on_grid(p["K"], float(place.subs(_C, p["c"]))),
        grid,
        digits=digits,
    )


def _by_series():
    """K = 4, c = 1/25 and 1/9, whose roots are 1/5 and 1/3, by a series with a bounded rest."""
    for c, root, order, digits in ((R(1, 25), R(1, 5), 14, 10), (R(1, 9), R(1, 3), 20, 10)):
        yield Balls(
            lambda c=c: within(law_of(4, c).expected_largest, "1e-12"),
            lambda r=root, n=order: agreement_series(4, ball(r), n),
            digits,
            f"K = 4, c = {c}",
        )


def _over_the_plane(c):
    r"""E max_k G_k of three classes by polar coordinates of the centres modulo their mean.

    mu_k = sqrt(2 gamma/3) r cos(theta - 2 pi k/3); the maximum of the fractions is taken as it
    is, in the third of the plane where the first centre is largest, of which half is enough.
    """
    import numpy as np
    from scipy.special import ndtr

    node, weight = np.polynomial.legendre.leggauss(60)
    theta, along = math.pi / 6 * (1 + node), math.pi / 6 * weight
    r, out = 5 * (1 + node), 5 * weight
    thirds = 2 * math.pi / 3 * np.arange(3)
    centre = np.cos(theta[:, None] - thirds)[:, None, :] * r[:, None]
    centre = math.sqrt(2 * c / (3 * (1 - c))) * centre  # [theta, r, class]
    y = np.arange(centre.min() - 8, centre.max() + 8, 0.25)
    apart = y - centre[..., None]
    below, bell = ndtr(apart), np.exp(-(apart**2) / 2) / math.sqrt(2 * math.pi)
    rest = np.stack([below[:, :, (k + 1) % 3] * below[:, :, (k + 2) % 3] for k in range(3)], 2)
    largest = 0.25 * (bell * rest).sum(axis=3).max(axis=2)
    mass = np.outer(along, out * r * np.exp(-r * r / 2)) / (2 * math.pi)
    return float(6 * (mass * largest).sum())


def _drawn(classes, c, stated, samples=4000):
    """max_k G_k of random centres, every G_k by a sum over the value of the winning output."""
    ratio = float(c) / (1 - float(c))

    def sampler(generator, count):
        import numpy as np
        from scipy.special import ndtr

        centre = math.sqrt(ratio) * generator.standard_normal((count, classes))
        step = 1 / 4
        y = np.arange(centre.min() - 8, centre.max() + 8, step)
        from_centre = y[:, None, None] - centre
        others = ndtr(from_centre)
        found = np.zeros((count, classes))
        for k in range(classes):
            rest = np.delete(others, k, axis=2).prod(axis=2)
            bell = np.exp(-(from_centre[:, :, k] ** 2) / 2) / math.sqrt(2 * math.pi)
            found[:, k] = step * (bell * rest).sum(axis=0)
        return found.max(axis=1)

    return Statistical(sampler, stated, samples)


def _largest():
    yield from _centres()
    yield from _binary(sp.sqrt(_C))
    yield from _integrated(sp.sqrt(_C))
    yield from _by_series()
    for c in (0.2, 0.5, 0.9):
        found, stated = _over_the_plane(c), agreement_on_grid(3, math.sqrt(c))
        yield Numeric(found, stated, [{}], digits=11, note=f"K = 3, c = {c}")
    for classes, c in ((3, R(1, 2)), (4, R(9, 10)), (5, R(1, 5))):
        yield _drawn(classes, c, agreement_on_grid(classes, math.sqrt(c)))


LARGEST = Claim(
    "igb.largest",
    r"$E\max_kG_k = A_K(\sqrt c)$ for any number $K$ of classes: most inputs are given the class "
    r"whose centre is largest, and an output and its centre have the correlation $\sqrt c$. For "
    r"$K = 2$ this is $\frac12 + \arctan(\sqrt\gamma)/\pi$.",
    SOURCE,
    _largest,
    (
        Mutation("A_K(c), two classes", lambda: list(_binary(_C))),
        Mutation("A_K(c), by integration", lambda: list(_integrated(_C, (3, 4)))),
        Mutation(
            "A_K(c), in samples",
            lambda: _drawn(4, R(9, 10), agreement_on_grid(4, 0.9)),
        ),
    ),
)

LARGEST_FRACTION = (LARGEST,)
