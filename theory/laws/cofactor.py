r"""Whether the second factor Y of |N| = K Y exists: the arguments, tried in turn.

Proofs of existence come first, then refutations from the cheapest to the dearest.  What passes
them all is undecided, and its margins are reported.
"""

from collections.abc import Callable

import mpmath
import sympy as sp

from ..errors import InitheoryError
from .certificate_density import density_polynomial
from .certificate_factors import factorisation, sufficient_condition
from .certificate_squares import LargeTransform, negative_hankel, negative_toeplitz
from .certificate_zeros import DominantAtom, DoublePole, zero_of_transform
from .certificates import Certificate, KurtosisAboveThree, MissingMoment
from .intervals import sign_of
from .known_factor import KnownFactor
from .margins import TOEPLITZ_SIZE, margins, toeplitz_margin
from .relations import tidied
from .verdict import Verdict

__all__ = ["cofactor"]

#: Steps of t and sizes of the Toeplitz matrices that are tried.
_TOEPLITZ = ((sp.Rational(1, 2), 8), (sp.Rational(1, 3), 20))

#: How far below 0 an eigenvalue found by quadrature has to be.
_SEEN = 1e-12

#: Largest t that is tried for |E Y^(it)| > 1.
_FARTHEST = 10**7


def cofactor(known: KnownFactor) -> Verdict:
    """The verdict on Y, given K.

    >>> from theory.laws.known_factor import S
    >>> cofactor(KnownFactor(sp.gamma(1 + S / 3))).exists
    True
    >>> print(cofactor(KnownFactor(sp.gamma(1 + S))).reason)
    the kurtosis of W is 6, above 3, so E phi(X)^4 would be less than (E phi(X)^2)^2
    """
    symbols = _free(known)
    for strategy in _SYMBOLIC if symbols else _STRATEGIES:
        try:
            found = strategy(known)
        except (InitheoryError, ZeroDivisionError):
            continue  # this argument cannot be evaluated here; the next one may
        if isinstance(found, Verdict):
            return found
        if found is not None:
            return Verdict(found.exists, found.statement, found)
    if symbols:
        names = ", ".join(sorted(map(str, symbols)))
        return Verdict(None, f"no argument decides it while {names} has no value")
    return _undecided(known)


def _free(known):
    found = set()
    for part in (known.mellin, known.phi, known.law):
        if part is not None:
            found |= part.free_symbols
    return {s for s in found if str(s) not in ("s", "x")}


def _undecided(known):
    numbers = margins(known)
    listed = "; ".join(f"{name} {value:.2e}" for name, value in numbers)
    reason = "no argument refutes it and none constructs it"
    reason += f"; what had to be positive is: {listed}" if listed else ""
    return Verdict(None, reason, numbers=numbers)


def _missing_moment(known):
    """E K^s infinite at some s > -1 other than 0."""
    for order in _ends(known):
        certificate = MissingMoment(known, order)
        if order.is_finite and certificate.verify():
            return certificate
    return None


def _ends(known):
    quotient = known.known_quotient()
    if quotient is not None:
        places = [sp.cancel(-a / alpha) for a, alpha in quotient.upper]
        if all(place.is_number for place in places):
            places.sort(key=abs)
        yield from places
    elif known.law is not None:
        yield from known.law.strip


def _double_pole(known):
    certificate = DoublePole(known)
    return certificate if certificate.verify() else None


def _kurtosis(known):
    certificate = KurtosisAboveThree(known)
    return certificate if certificate.verify() else None


def _atoms(known):
    """Discrete laws: a dominant atom, or a zero of the sum of powers."""
    if known.law is None or len(known.law.atoms_of_law) < 2:
        return None
    atoms = tuple(sorted(known.law.atoms_of_law, key=lambda atom: float(atom[0])))
    certificate = DominantAtom(known, atoms)
    if certificate.verify():
        return certificate
    return zero_of_transform(known, _starts(atoms))


def _starts(atoms):
    """Where p_k w_k^s and p_n w_n^s are opposite, for every k < n."""
    (last, p), others = atoms[-1], atoms[:-1]
    starts = []
    for place, q in others:
        gap = float(sp.log(last / place))
        real = float(sp.log(q / p)) / gap
        starts += [complex(max(real, -0.9), (2 * m + 1) * mpmath.pi / gap) for m in range(4)]
    return starts


def _large_transform(known):
    """|E Y^(it)| > 1 at a t found by doubling."""
    if known.mellin is None:
        return None  # every value would be an oscillating integral
    t = sp.Rational(1, 2)
    quotient = known.quotient()
    growing = quotient is not None and quotient.slope_sum.is_negative
    while t <= (_FARTHEST if growing else 8):
        value = sp.N(known.required(sp.I * t), 20)
        if abs(value) > 1 + sp.Rational(1, 10**8):
            certificate = LargeTransform(known, t)
            return certificate if certificate.verify() else None
        t = 2 * t if growing else t + sp.Rational(1, 2)
    return None


def _toeplitz(known):
    if known.mellin is None:
        margin = None if known.law is None else toeplitz_margin(known)
        if margin is None or margin > -_SEEN:
            return None
        return negative_toeplitz(known, sp.S.One, TOEPLITZ_SIZE)
    for step, size in _TOEPLITZ:
        found = negative_toeplitz(known, step, size)
        if found is not None:
            return found
    return None


def _parameters(known):
    """A relation between the parameters of a gamma quotient."""
    quotient = known.quotient()
    if quotient is None:
        return None
    condition = tidied(sufficient_condition(quotient))
    y = known.other
    if condition == sp.true:
        return Verdict(True, f"{y} is a product of beta, gamma and Mittag-Leffler powers")
    exact = len(quotient.upper) == len(quotient.lower) == 1
    if exact and condition == sp.false:
        return Verdict(False, f"E {y}^s would vanish inside its strip, or fall below its moments")
    if condition == sp.false:
        return None
    words = "if and only if" if exact else "if"
    return Verdict(None, f"{y} exists {words} {condition}", condition=condition)


def _two_atoms(known):
    """Two atoms with symbols: the larger needs the larger ratio p/w."""
    if known.law is None or len(known.law.atoms_of_law) != 2:
        return None
    (a, p), (b, r) = known.law.atoms_of_law
    order = sign_of(b - a) if (b - a).is_number else (b - a).is_positive and 1
    if order == -1 or (b - a).is_negative:
        (a, p), (b, r), order = (b, r), (a, p), 1
    larger = sp.Ge(r / b, p / a)
    if order == 1:
        condition = larger
    else:
        condition = sp.Or(sp.And(b > a, larger), sp.And(b < a, sp.Le(r / b, p / a)), sp.Eq(a, b))
    reason = (
        f"{known.other} exists if and only if the larger of the two values has the larger ratio "
        "of probability to value"
    )
    if condition in (sp.true, sp.false):
        return Verdict(condition == sp.true, reason)
    return Verdict(None, reason, condition=condition)


_STRATEGIES: tuple[Callable[[KnownFactor], Certificate | Verdict | None], ...] = (
    factorisation,
    density_polynomial,
    _missing_moment,
    _double_pole,
    _kurtosis,
    _atoms,
    negative_hankel,
    _large_transform,
    _toeplitz,
)

_SYMBOLIC: tuple[Callable[[KnownFactor], Certificate | Verdict | None], ...] = (
    _missing_moment,
    _two_atoms,
    _parameters,
    _kurtosis,
)
