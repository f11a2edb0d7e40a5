r"""Is there an activation for a weight law, or a weight law for an activation?

Asked is W phi(X) ~ N(0, 1) for independent W (symmetric) and X ~ N(0, 1), that is |W| |phi(X)| =
|N| in law.  Given the law of one factor, the other is a division of Mellin transforms, and the
question is whether the quotient belongs to a law.
"""

import sympy as sp

from ..errors import InitheoryError
from .certificates import AtomAtZero
from .cofactor import cofactor
from .known_factor import KnownFactor, S
from .positive_law import PositiveLaw
from .verdict import Verdict

__all__ = ["existence", "known_weights"]


def existence(weights) -> Verdict:
    r"""Whether an activation makes W phi(X) standard normal for weights W of this law.

    ``weights`` is a WeightLaw, the law of \|W\| or the name of a law.  With symbols in it the
    verdict is undecided and has a ``condition`` on them.

    >>> from theory.weights import Laplace, Weibull
    >>> existence(Laplace()).exists, existence(Laplace()).certificate.kurtosis
    (False, 6)
    >>> existence(Weibull(3)).exists, existence(Weibull(3)).certificate.verify()
    (True, True)
    >>> existence(Weibull(sp.Symbol("theta", positive=True))).condition
    theta >= 2
    """
    law, zero = _magnitude(weights)
    known = known_weights(law)
    if not zero.is_zero:
        certificate = AtomAtZero(known, zero)
        return Verdict(False, certificate.statement, certificate)
    return cofactor(known)


def known_weights(law: PositiveLaw) -> KnownFactor:
    """|W| of the given law as the known factor of |N| = |W| |phi(X)|."""
    quotient = law.gamma_quotient
    try:
        mellin = quotient(S) if quotient is not None else law.mellin(S)
    except (InitheoryError, NotImplementedError):
        mellin = None
    formula = isinstance(mellin, sp.Expr) and not mellin.has(sp.Integral)
    return KnownFactor(mellin if formula else None, law=law)


def _magnitude(weights):
    """(law of |W| given W != 0, P(W = 0))."""
    if isinstance(weights, PositiveLaw):
        return weights, sp.S.Zero
    if not hasattr(weights, "magnitude"):
        from ..weights import as_weight_law

        weights = as_weight_law(weights)
    return weights.magnitude, weights.zero
