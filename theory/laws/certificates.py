r"""Proofs that can be repeated: why the second factor of |N| = K Y exists, or why it does not.

A certificate holds the known factor K (:class:`~theory.laws.known_factor.KnownFactor`) and a few
exact numbers.  ``verify`` starts from these alone, with exact arithmetic or intervals, so it does
not trust the search that found them.
"""

from dataclasses import dataclass, fields

import sympy as sp

from .intervals import sign_of
from .known_factor import KnownFactor
from .moment_of import MomentOf

__all__ = ["AtomAtZero", "Certificate", "FallingNorm", "KurtosisAboveThree", "MissingMoment"]


@dataclass(frozen=True)
class Certificate:
    """A statement about the known factor that settles whether the other one exists."""

    known: KnownFactor

    #: What the certificate shows.
    exists = False

    @property
    def kind(self) -> str:
        """The name of the argument."""
        return type(self).__name__

    @property
    def statement(self) -> str:
        """The argument in one sentence."""
        raise NotImplementedError

    @property
    def numbers(self) -> dict[str, sp.Basic]:
        """The exact data that ``verify`` uses, besides the known factor."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "known"}

    def verify(self) -> bool:
        """Whether the statement holds, decided anew in exact or interval arithmetic."""
        raise NotImplementedError

    def text(self) -> str:
        """Everything needed to repeat the argument elsewhere, one line for each item.

        >>> print(KurtosisAboveThree(KnownFactor(sp.gamma(1 + sp.Symbol("s")))).text())
        kind: KurtosisAboveThree
        statement: the kurtosis of W is 6, above 3, so E phi(X)^4 would be less than (E phi(X)^2)^2
        E |W|^s: gamma(s + 1)
        """
        known = self.known
        lines = [f"kind: {self.kind}", f"statement: {self.statement}"]
        if known.mellin is not None:
            lines.append(f"E {known.name}^s: {sp.sstr(known.mellin)}")
        if known.phi is not None:
            lines.append(f"phi(x): {sp.sstr(known.phi)}")
        lines += [f"{name}: {sp.sstr(value)}" for name, value in self.numbers.items()]
        return "\n".join(lines)

    def __str__(self):
        return self.statement


@dataclass(frozen=True)
class AtomAtZero(Certificate):
    """P(K = 0) = ``probability`` > 0, while a Gaussian variable has no atom."""

    probability: sp.Expr

    @property
    def statement(self):
        what = bare(self.known.name)
        return (
            f"{what} is 0 with probability {shown(self.probability)}, so the product would be 0 "
            "with that probability, which a Gaussian variable never is"
        )

    def verify(self):
        return sign_of(self.probability) == 1


@dataclass(frozen=True)
class MissingMoment(Certificate):
    """E K^order = oo at an order > -1, where E |N|^order is finite."""

    order: sp.Expr

    @property
    def statement(self):
        known, other = self.known.name, self.known.other
        return (
            f"E {known}^s is infinite at s = {shown(self.order)}, but it divides E |N|^s, which "
            f"is finite for all s > -1; {bare(other)} would have to vanish"
        )

    def verify(self):
        if not (self.order + 1).is_positive or self.order.is_zero:
            return False
        known = self.known.known_quotient()
        if known is None:
            return self.known.moment(self.order) is sp.oo
        # the first pole on the way from 0 is where the moments end
        step = 1 if self.order.is_positive else -1
        return any(
            (factor * step).is_negative and (step * (self.order + a / factor)).is_nonnegative
            for a, factor in known.upper
            if known(-a / factor) is sp.zoo
        )


@dataclass(frozen=True)
class KurtosisAboveThree(Certificate):
    """E K^4 > 3 (E K^2)^2: the kurtoses of both factors multiply to 3, and each is at least 1."""

    @property
    def kurtosis(self) -> sp.Expr:
        """E K^4/(E K^2)^2."""
        fourth, second = self.known.moment(4), self.known.moment(2)
        return fourth / second**2 if fourth is sp.oo else sp.simplify(fourth / second**2)

    @property
    def statement(self):
        known, other = bare(self.known.name), bare(self.known.other)
        return (
            f"the kurtosis of {known} is {shown(self.kurtosis)}, above 3, so E {other}^4 would be "
            f"less than (E {other}^2)^2"
        )

    def verify(self):
        fourth = self.known.moment(4)
        return fourth is sp.oo or sign_of(fourth - 3 * self.known.moment(2) ** 2) == 1


@dataclass(frozen=True)
class FallingNorm(Certificate):
    """(E Y^high)^(1/high) < (E Y^low)^(1/low) although low < high (Lyapunov's inequality)."""

    low: sp.Integer
    high: sp.Integer

    @property
    def statement(self):
        y = bare(self.known.other)
        return (
            f"(E |{y}|^s)^(1/s) would be smaller at s = {self.high} than at s = {self.low}, but "
            "it never decreases"
        )

    def verify(self):
        if not 0 < self.low < self.high:
            return False
        first, second = (self.known.required(s) for s in (self.low, self.high))
        return sign_of(self.high * sp.log(first) - self.low * sp.log(second)) == 1


def bare(name: str) -> str:
    """|W| without its bars."""
    return name.strip("|")


def shown(value: sp.Expr) -> str:
    """A number as a sentence shows it: exact if short, else with six digits."""
    text = sp.sstr(value)
    if value.has(MomentOf) and value.is_number:
        return sp.sstr(sp.N(value, 6))
    if len(text) <= 24 or value.free_symbols or value is sp.oo:
        return text
    return sp.sstr(sp.N(value, 6))
