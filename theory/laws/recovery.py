r"""The weight law that an activation asks for: |W| in |N| = |W| |phi(X)|."""

from dataclasses import dataclass

import sympy as sp

from .. import weights as factories
from ..activation import Activation, as_activation
from ..errors import DivergentExpectationError, InitheoryError, InputError
from ..parser import parse
from .activation_law import activation_transform
from .certificate_functions import FastDecay, FlatZero, ZeroOnInterval
from .cofactor import cofactor
from .discrete import Constant
from .function_zeros import flat_probability, zeros
from .generalized_gamma import GeneralizedGamma
from .known_factor import KnownFactor
from .positive_law import PositiveLaw
from .quotient import recognised
from .verdict import Verdict
from .weight_law import WeightLaw

__all__ = ["Recovery", "known_activation", "unchecked_activation", "weights_for"]


@dataclass(frozen=True)
class Recovery:
    r"""Whether weights exist that make W phi(X) standard normal, and which.

    ``law`` is the WeightLaw where the transform of \|phi(X)\| is known; ``moment(s)`` is the
    required E \|W\|^s in every case.
    """

    activation: Activation
    known: KnownFactor
    verdict: Verdict
    law: WeightLaw | None = None

    @property
    def exists(self) -> bool | None:
        """True, False or None (undecided, or dependent on parameters)."""
        return self.verdict.exists

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self.verdict.reason

    @property
    def certificate(self):
        """The proof, or None."""
        return self.verdict.certificate

    def moment(self, s) -> sp.Expr:
        r"""E \|W\|^s = E \|N\|^s/E \|phi(X)\|^s.

        >>> weights_for("erf(x/sqrt(2))").moment(4)
        15
        """
        return self.known.required(sp.S(s))

    def __str__(self):
        law = "" if self.law is None else f"W ~ {self.law}: "
        return f"{law}{self.verdict}"


def weights_for(activation) -> Recovery:
    """The weight law that makes W phi(X) standard normal, or why there is none.

    >>> print(weights_for("erf(x/sqrt(2))").law)
    Maxwell()
    >>> weights_for("relu").exists, weights_for("x**3").exists
    (False, False)
    """
    phi = unchecked_activation(activation)
    known = known_activation(phi)
    certificate = _small_values(phi, known) if known.mellin is None else None
    if certificate is not None:
        return Recovery(phi, known, Verdict(False, certificate.statement, certificate))
    verdict = cofactor(known)
    law = _weight_law(known) if verdict.exists is not False else None
    return Recovery(phi, known, verdict, law)


def known_activation(phi: Activation) -> KnownFactor:
    """|phi(X)| as the known factor of |N| = |W| |phi(X)|."""
    try:
        mellin = activation_transform(phi)
    except (InitheoryError, NotImplementedError, ValueError, TypeError):
        mellin = None  # then its moments are expectations
    return KnownFactor(mellin, phi.expr, name="|phi(X)|", other="|W|")


def unchecked_activation(source) -> Activation:
    """An Activation, also of a function that has no finite second moment at every variance."""
    try:
        return as_activation(source)
    except DivergentExpectationError:
        expr = parse(source) if isinstance(source, str) else source
        return Activation._trusted(expr, str(source))


def _small_values(phi, known):
    """What the zeros of phi and its decay at infinity refute."""
    try:
        mass = flat_probability(phi)
        if not mass.is_zero:
            return ZeroOnInterval(known, mass)
        for end, rate in ((-sp.oo, phi.growth.left), (sp.oo, phi.growth.right)):
            decay = FastDecay(known, end, -rate.gaussian)
            if decay.verify():
                return decay
        for zero in zeros(phi):
            certificate = FlatZero(known, zero.place, zero.side, zero.order)
            if certificate.verify():
                return certificate
    except InitheoryError:
        return None  # breakpoints or growth that cannot be located: other arguments remain
    return None


def _weight_law(known):
    quotient = known.quotient()
    if quotient is None:
        return None
    law = recognised(quotient.probability())
    for make in _FACTORIES:
        try:
            found = make(law)
        except InputError:
            continue
        if found is not None and found.magnitude == law:
            return found
    return WeightLaw("Symmetric", (("", law),), law)


def _gamma(make):
    """A factory called only for powers of gamma variables."""
    return lambda law: make(law) if isinstance(law, GeneralizedGamma) else None


def _scale(law: PositiveLaw):
    return law.args[2]


_FACTORIES = (
    lambda law: factories.Rademacher().scaled(law.value) if isinstance(law, Constant) else None,
    _gamma(lambda law: factories.Gaussian(_scale(law) ** 2 / 2)),
    lambda law: factories.Maxwell(),
    lambda law: factories.Rayleigh(),
    lambda law: factories.Uniform(law.support[1]) if law.support[1].is_finite else None,
    _gamma(lambda law: factories.Chi(2 * law.args[0])),
    _gamma(lambda law: factories.Weibull(law.args[1], _scale(law))),
    _gamma(lambda law: factories.Subbotin(law.args[1])),
)
