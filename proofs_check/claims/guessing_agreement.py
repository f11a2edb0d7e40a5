r"""Claims on K classes: how likely two inputs get the same guess, and the largest fraction.

Derived here, for the classifiers of E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

import math
from functools import lru_cache

import sympy as sp

from theory.gaussian import E
from theory.guessing.agreement import agreement, fraction_variance
from theory.guessing.class_fraction import BinaryFraction
from theory.special import Phi
from theory.symbols import gamma, x

from ..checks import CertifiedValue, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_tools import agreement_on_grid

__all__ = ["CLASSES"]

R = sp.Rational
SOURCE = "derived here, for the classifiers of Francazi, Lucchi & Baity-Jesi, arXiv:2306.00809"
_C = sp.Symbol("c", real=True)
_POSITIVE = {_C: (R(1, 50), R(49, 50))}
_PLACES = (R(1, 5), R(1, 2), R(9, 10))

#: Printed to twelve, eight and seven digits.
_TABLE = {
    3: ("0.407635802263", "0.534637820240", "0.790818244769"),
    4: ("0.32506869", "0.46009534", "0.75032684"),
    10: ("0.1612796", "0.2938099", "0.6459340"),
}


@lru_cache(maxsize=32)
def _law(classes, c):
    from numerics.guessing.class_fraction import class_fraction

    return class_fraction(c=float(c), classes=classes)


# ---------------------------------------------------------------- the agreement

_FIRST = sp.acos(-_C)


def _two(c=_C):
    return R(1, 2) + sp.asin(c) / sp.pi


def _three(first=_FIRST):
    return R(1, 3) + 3 / (4 * sp.pi**2) * (first**2 - sp.acos(_C / 2) ** 2)


def _by_orthants(three):
    r"""dA_3/dc by Plackett's identity: the differences of outputs that the first class must win.

    D_jx = Y_1(x) - Y_j(x) has correlation 1/2 over j and c over the inputs x; each pair of an
    entry of input a and one of input b adds phi_2(0, 0) P(the other two > 0 | both are 0).
    """
    classes, inputs = sp.Matrix([[1, R(1, 2)], [R(1, 2), 1]]), sp.Matrix([[1, _C], [_C, 1]])
    full = sp.kronecker_product(classes, inputs)  # order: 2a, 2b, 3a, 3b
    slope = sp.S.Zero
    for i in (0, 2):
        for j in (1, 3):
            rest = [k for k in range(4) if k not in (i, j)]
            given = full.extract([i, j], [i, j])
            cross = full.extract(rest, [i, j])
            left = full.extract(rest, rest) - cross * given.inv() * cross.T
            r = sp.cancel(left[0, 1] / left[0, 0])
            yield Symbolic(left[0, 0], left[1, 1], _POSITIVE)
            density = 1 / (2 * sp.pi * sp.sqrt(1 - full[i, j] ** 2))
            slope += density * full[i, j].diff(_C) * (R(1, 4) + sp.asin(r) / (2 * sp.pi))
    # acos(-c) = pi/2 + asin(c), acos(c/2) = pi/2 - asin(c/2)
    stated = three.diff(_C).replace(sp.acos, lambda a: sp.pi / 2 - sp.asin(a))
    yield Symbolic(3 * slope, stated, _POSITIVE)
    yield Symbolic(three.subs(_C, 0), R(1, 3))
    yield Symbolic(agreement(3, c=_C), three, _POSITIVE)


def _formulas():
    yield Symbolic(agreement(2, c=_C), _two())
    yield Symbolic(_two().diff(_C), 1 / (sp.pi * sp.sqrt(1 - _C**2)))  # Sheppard's orthant
    yield from _by_orthants(_three())
    # E sum G_k^2 = K (Var G + 1/K^2)
    yield Symbolic(agreement(2), 2 * BinaryFraction().variance + R(1, 2))
    yield Symbolic(3 * (fraction_variance(3) + R(1, 9)), agreement(3), {gamma: (R(1, 5), 3)})


def _limits():
    for classes in (2, 3, 4, 10):
        yield Symbolic(agreement(classes, c=0), R(1, classes))
        yield Symbolic(agreement(classes, c=1), 1)
    yield Symbolic(_three().subs(_C, 1), 1)
    grid = [{"K": classes} for classes in (2, 3, 4, 10)]
    for c, stated in ((0.0, lambda p: 1 / p["K"]), (1.0, lambda _: 1)):
        yield Numeric(lambda p, c=c: _law(p["K"], c).agreement, stated, grid, digits=14)


def _near_zero():
    """A_K'(0) = (E max of K normals)^2/(K - 1): the part of a guess that is linear in outputs."""
    means = {2: 1 / sp.sqrt(sp.pi), 3: 3 / (2 * sp.sqrt(sp.pi))}
    for classes, mean in means.items():
        yield CertifiedValue(classes * E(x * Phi(x) ** (classes - 1), 1), mean)
        found = agreement(classes, c=_C).diff(_C).subs(_C, 0)
        yield Symbolic(found, mean**2 / (classes - 1))
    for classes in (4, 10):
        mean = classes * E(x * Phi(x) ** (classes - 1), 1)
        excess = _law(classes, 1e-13).excess_agreement / 1e-13
        yield Numeric(excess, mean**2 / (classes - 1), [{}], digits=10, note="c = 1e-13")


def _table():
    for classes, row in _TABLE.items():
        for c, digits in zip(_PLACES, row, strict=True):
            figures = len(digits) - 2
            if classes == 3:
                exact = agreement(3, c=c)
                yield Balls(
                    lambda e=exact: ball(sp.N(e, 40)), lambda d=digits: printed(d), figures - 1
                )
            number = _law(classes, c).agreement
            yield Numeric(number, R(digits), [{}], digits=figures - 1, note=f"K = {classes}")
            yield Numeric(
                lambda _, k=classes, c=c: agreement_on_grid(k, float(c)), number, [{}], digits=12
            )
    yield Numeric(
        float(agreement(4, c=R(1, 5)).evalf(13)), agreement_on_grid(4, 0.2), [{}], digits=12
    )


def _guesses(classes, c, stated, samples=20_000):
    """Whether two inputs of correlation c are given the same class, for random outputs."""

    def sampler(generator, count):
        one, other = generator.standard_normal((2, count, classes))
        other = float(c) * one + math.sqrt(1 - float(c) ** 2) * other
        return (one.argmax(axis=1) == other.argmax(axis=1)).astype(float)

    return Statistical(sampler, stated, samples)


def _samples(samples=20_000):
    for classes in (4, 10):
        for c, digits in zip(_PLACES, _TABLE[classes], strict=True):
            yield _guesses(classes, c, R(digits), samples)


def _agreement():
    yield from _formulas()
    yield from _limits()
    yield from _near_zero()
    yield from _table()
    yield from _samples()


AGREEMENT = Claim(
    "igb.agreement",
    r"$E\sum_kG_k^2 = A_K(c)$, the probability that two independent inputs get the same guess: "
    r"$A_2 = \frac12 + \arcsin(c)/\pi$, $A_3 = \frac13 + \frac3{4\pi^2}[\arccos^2(-c) - "
    r"\arccos^2(c/2)]$, and $A_K = K\iint\varphi_2(x,y;c)\Phi_2(x,y;c)^{K-1}dx\,dy$ for every "
    r"$K$, with $A_K(0) = 1/K$ and $A_K(1) = 1$.",
    SOURCE,
    _agreement,
    (
        Mutation("arccos(c)^2 in the first term", lambda: list(_by_orthants(_three(sp.acos(_C))))),
        Mutation(
            "arccos(c)^2 in the first term, in samples",
            lambda: _guesses(3, R(1, 2), float(_three(sp.acos(_C)).subs(_C, R(1, 2)))),
        ),
        Mutation("A_4 = 1/4 + arcsin(c)/pi", lambda: _guesses(4, R(1, 2), R(1, 4) + R(1, 6))),
    ),
    full=lambda: list(_samples(2_000_000)),
)


# ---------------------------------------------------------------- the largest fraction


def _centres():
    """Cov(Y, mu)/sqrt(Var Y Var mu) = sqrt(c), as Y = mu + an independent part."""
    centre, spread = sp.symbols("sigma_mu2 sigma_y2", positive=True)
    c = centre / (centre + spread)
    yield Symbolic(centre / sp.sqrt((centre + spread) * centre), sp.sqrt(c))


def _binary(place):
    """1/2 + arcsin(place)/pi against E max(G, 1 - G) = 1/2 + arctan(sqrt(gamma))/pi."""
    s = sp.Symbol("s", positive=True)  # sqrt(gamma)
    largest = BinaryFraction().mean_of_largest.subs(gamma, s**2)
    stated = _two(place.subs(_C, s**2 / (1 + s**2)))
    yield Symbolic(stated.diff(s), largest.diff(s))
    yield Symbolic(stated.subs(s, 0), largest.subs(s, 0))


def _integrated(place, classes=(2, 3, 4, 10), digits=11):
    """The toolkit's E max_k G_k against the double integral at sqrt(c)."""
    grid = [{"K": k, "c": float(c)} for k in classes for c in _PLACES]
    yield Numeric(
        lambda p: _law(p["K"], p["c"]).expected_largest,
        lambda p: agreement_on_grid(p["K"], float(place.subs(_C, p["c"]))),
        grid,
        digits=digits,
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

CLASSES = (AGREEMENT, LARGEST)
