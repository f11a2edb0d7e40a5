r"""The claim on K classes that tells how likely two inputs get the same guess.

Derived here, for the classifiers of E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

import math

import sympy as sp

from theory.gaussian import E
from theory.guessing.agreement import agreement, fraction_variance
from theory.guessing.class_fraction import BinaryFraction
from theory.special import Phi
from theory.symbols import gamma, x

from ..checks import CertifiedValue, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_series import agreement_series, within
from .guessing_tools import agreement_on_grid, law_of

__all__ = ["AGREEMENT_OF_GUESSES"]

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
        yield Numeric(lambda p, c=c: law_of(p["K"], c).agreement, stated, grid, digits=14)


def _near_zero():
    """A_K'(0) = (E max of K normals)^2/(K - 1): the part of a guess that is linear in outputs."""
    means = {2: 1 / sp.sqrt(sp.pi), 3: 3 / (2 * sp.sqrt(sp.pi))}
    for classes, mean in means.items():
        yield CertifiedValue(classes * E(x * Phi(x) ** (classes - 1), 1), mean)
        found = agreement(classes, c=_C).diff(_C).subs(_C, 0)
        yield Symbolic(found, mean**2 / (classes - 1))
    for classes in (4, 10):
        mean = classes * E(x * Phi(x) ** (classes - 1), 1)
        excess = law_of(classes, 1e-13).excess_agreement / 1e-13
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
            number = law_of(classes, c).agreement
            yield Numeric(number, R(digits), [{}], digits=figures - 1, note=f"K = {classes}")
            yield Numeric(
                lambda _, k=classes, c=c: agreement_on_grid(k, float(c)), number, [{}], digits=12
            )
    yield Numeric(
        float(agreement(4, c=R(1, 5)).evalf(13)), agreement_on_grid(4, 0.2), [{}], digits=12
    )


#: K, c, how many terms of the power series, and digits that their rest leaves.
_SERIES = ((2, R(1, 2), 24, 8), (3, R(1, 5), 14, 10), (4, R(1, 5), 14, 10), (4, R(1, 2), 28, 9))
_SERIES += ((10, R(1, 5), 12, 8), (10, R(1, 2), 16, 5))


def _series():
    """The toolkit's number, with the error that it states, against a certified enclosure."""
    for classes, c, order, digits in _SERIES:
        yield Balls(
            lambda k=classes, c=c: within(law_of(k, c).agreement, "1e-12"),
            lambda k=classes, c=c, n=order: agreement_series(k, ball(c), n),
            digits,
            f"K = {classes}, c = {c}",
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
    yield from _series()
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


AGREEMENT_OF_GUESSES = (AGREEMENT,)
