"""The hypotheses of the convergence theorem that a shaping does not meet, in words.

Smooth shapings are asked for a fourth derivative of polynomial growth (Li, Nica & Roy 2022,
arXiv:2206.02768).  Without it the drift and the limit stopped on compact sets remain right, as
long as the Gaussian expectations are finite; the statement is outside the stated assumptions.
"""

from .errors import UndecidedError
from .shaping import Shaping

__all__ = ["unmet_assumptions"]

_DERIVATIVES = 4


def unmet_assumptions(shaping: Shaping) -> tuple[str, ...]:
    """One sentence per hypothesis that is not met.

    >>> from theory.shaping import shaping_of
    >>> unmet_assumptions(shaping_of("tanh"))
    ()
    >>> print(*unmet_assumptions(shaping_of("sinh(x)")))
    outside the stated assumptions: the fourth derivative of sinh(x) grows exponentially
    """
    phi = shaping.activation
    if shaping.kind != "scaled" or phi is None:
        return ()
    found = []
    kinks = [str(point.place) for point in phi.breakpoints if point.order < _DERIVATIVES]
    if kinks:
        found.append(
            "outside the stated assumptions: phi is not four times differentiable at "
            f"x = {', '.join(kinks)}"
        )
    try:
        growth = phi.derivative(_DERIVATIVES).growth.largest
    except UndecidedError as error:
        return (*found, f"the growth of the fourth derivative is not known: {error}")
    if growth.exponential.is_positive or growth.gaussian.is_positive:
        found.append(
            f"outside the stated assumptions: the fourth derivative of {phi.name} grows "
            "exponentially"
        )
    return tuple(found)
