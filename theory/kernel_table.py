r"""The Gaussian expectations of an activation that the theories of wide networks are made of.

For X ~ N(0, q), and U, V of variances q_1, q_2 and correlation rho,

    E phi(X), E phi(X)^2, E phi'(X)^2, E phi(X) phi''(X), E phi(U) phi(V), E phi'(U) phi'(V).

Derivatives are distributions: a kink of phi at h adds phi(h) [phi'](h) n(h) to E phi phi'', so
that V'(q) = E phi'^2 + E phi phi''.  A jump of phi makes E phi'^2 infinite, and phi'(U) phi'(V) a
density, finite for |rho| < 1 (Price's theorem).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from . import pieces
from .activation import Activation
from .equation import closed
from .errors import AssumptionError, DivergentExpectationError, UndecidedError
from .gaussian import E2, E, GaussianExpectation
from .latex import latex
from .mean_field import MeanField
from .symbols import q, q1, q2, rho, x
from .weak_derivative import density

__all__ = ["QUANTITIES", "KernelEntry", "kernel_entries"]


@dataclass(frozen=True)
class KernelEntry:
    """One expectation of one activation.

    ``status`` is "closed" (``value`` is free of expectations), "expectation" (it is not),
    "infinite", or "undefined" (no value; ``note`` says why).  ``definition`` is the expectation
    as it stands, ``symbol`` LaTeX of it for a general phi.
    """

    name: str
    title: str
    symbol: str
    status: str
    value: sp.Expr | None
    definition: sp.Expr | None
    note: str = ""

    @property
    def sympy(self) -> str:
        """The value as SymPy prints it, or an empty text."""
        return "" if self.value is None else str(self.value)

    def latex(self) -> str:
        """The value as LaTeX, or an empty text."""
        return self._latex

    @cached_property
    def _latex(self):
        return "" if self.value is None else latex(self.value)

    def __str__(self):
        return self.sympy or self.status


@dataclass(frozen=True)
class Quantity:
    """A column of the table: ``define`` makes the expectation of an activation."""

    name: str
    title: str
    symbol: str
    define: Callable[[Activation], sp.Expr]


def kernel_entries(phi: Activation) -> tuple[KernelEntry, ...]:
    """The entries of an activation, one for each of QUANTITIES.

    >>> for entry in kernel_entries(Activation("sign")):
    ...     print(entry.name, "=", entry)
    mean = 0
    variance = 1
    slope = oo
    curvature = undefined
    covariance_map = 2*asin(rho)/pi
    derivative_map = 2/(pi*sqrt(q1)*sqrt(q2)*sqrt(1 - rho**2))
    """
    return tuple(_entry(quantity, phi) for quantity in QUANTITIES)


def _entry(quantity, phi):
    about = quantity.name, quantity.title, quantity.symbol
    try:
        definition = quantity.define(phi)
        value = closed(definition)
    except DivergentExpectationError as error:
        return KernelEntry(*about, "infinite", None, None, str(error))
    except (UndecidedError, AssumptionError) as error:
        return KernelEntry(*about, "undefined", None, None, str(error))
    if value is sp.oo:
        return KernelEntry(*about, "infinite", value, definition, _why_infinite(phi))
    if value is sp.nan:
        note = f"not defined: {_rough_place(phi)}, and phi phi'' is no distribution there"
        return KernelEntry(*about, "undefined", None, None, note)
    status = "expectation" if value.has(GaussianExpectation) else "closed"
    return KernelEntry(*about, status, value, definition, _note(quantity, phi))


def _why_infinite(phi):
    return f"infinite: {_rough_place(phi)}, so phi' is not square integrable"


def _rough_place(phi):
    for order, words in ((0, "phi jumps"), (1, "phi' is infinite")):
        for place, size in phi.jumps(order):
            if order == 0 or size.is_finite is False:
                return f"{words} at x = {place}"
    return "phi is singular"


def _note(quantity, phi):
    if quantity.name == "derivative_map" and phi.jumps(0):
        return "phi jumps: a density, for |rho| < 1"
    return ""


def _curvature(phi):
    """E phi phi'', with the deltas that kinks put into phi''; nan where that has no meaning."""
    slope = MeanField(phi).slope_moment
    if slope is sp.oo or phi.jumps(0):
        return sp.nan
    total = E(phi.expr * phi.derivative_expr(2), q)
    for place, size in phi.jumps(1):
        (left,) = (piece for piece in phi.pieces if piece.upper == place)
        total += pieces.one_sided(left.expr, x, place, "-") * size * density(place, 0, q)
    return total


def _derivative_map(phi):
    """E phi'(U) phi'(V), as the derivative of E phi(U) phi(V) in the covariance."""
    if MeanField(phi).slope_moment is not sp.oo:
        slope = phi.derivative_expr(1)
        return E2(slope, slope, q1, q2, rho)
    kernel = E2(phi, phi, q1, q2, rho)
    return sp.expand(kernel.diff(rho) / (sp.sqrt(q1) * sp.sqrt(q2)))


#: The columns, in reading order.
QUANTITIES = (
    Quantity("mean", "mean", r"\mathbb{E}\,\phi", lambda phi: E(phi, q)),
    Quantity("variance", "second moment", r"\mathbb{E}\,\phi^2", lambda phi: E(phi.expr**2, q)),
    Quantity(
        "slope",
        "second moment of the derivative",
        r"\mathbb{E}\,\phi'^2",
        lambda phi: MeanField(phi).slope_moment,
    ),
    Quantity("curvature", "phi times phi''", r"\mathbb{E}\,\phi\phi''", _curvature),
    Quantity(
        "covariance_map",
        "covariance map",
        r"\mathbb{E}\,\phi(U)\phi(V)",
        lambda phi: E2(phi, phi, q1, q2, rho),
    ),
    Quantity("derivative_map", "derivative map", r"\mathbb{E}\,\phi'(U)\phi'(V)", _derivative_map),
)
