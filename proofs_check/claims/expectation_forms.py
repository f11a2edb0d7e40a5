r"""How the closed forms of a function are claimed: what is typed in, and two routes to check it.

Stated are, for X ~ N(0, q1), Y ~ N(0, q2) of correlation rho and a function \phi,

    V = E \phi(X)^2 and D = E \phi'(X)^2 at q1 = q,
    K = E \phi(X) \phi(Y) and K' = E \phi'(X) \phi'(Y).

The first route is derivation (tilting, Stein's lemma, orthants), compared with what is stated as
an identity in every symbol; the second is certified integration of the untouched integrand (at
two points for K).  Formulas and slopes are typed in by hand, so neither route has seen them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from theory.gaussian import E2, E
from theory.symbols import q, q1, q2, rho

from ..checks import CertifiedValue, Symbolic
from ..statement import Claim, Mutation

__all__ = [
    "ARC",
    "COV",
    "DET",
    "S",
    "Stated",
    "T",
    "W",
    "form_claim",
    "gaussian_density",
    "step_at",
]

R = sp.Rational

#: Standard deviations, covariance, sqrt(1 - rho^2), pi - arccos rho and det(1 + Sigma).
S, T = sp.sqrt(q1), sp.sqrt(q2)
COV = rho * S * T
W = sp.sqrt(1 - rho**2)
ARC = sp.pi / 2 + sp.asin(rho)
DET = 1 + q1 + q2 + q1 * q2 * (1 - rho**2)

POINTS = (
    {q1: R(7, 10), q2: R(19, 10), rho: R(2, 5)},
    {q1: R(13, 10), q2: R(13, 10), rho: R(-3, 5)},
)
#: Variances far apart, for level full.
EXTREME = {q1: R(1, 20), q2: 9, rho: R(3, 4)}


@dataclass(frozen=True)
class Stated:
    """A function, its slope, and the four expectations as stated.

    ``slope`` None means that the function jumps, so that D is infinite: ``dual`` is then the
    derivative of K in the covariance.  ``at`` gives parameters their values for integration.
    """

    phi: sp.Expr
    slope: sp.Expr | None
    V: sp.Expr
    K: sp.Expr
    D: sp.Expr | None
    dual: sp.Expr
    at: Mapping = field(default_factory=dict)

    def derived(self, name: str) -> sp.Expr:
        """One of the four, derived."""
        if name == "dual" and self.slope is None:
            return self.node("K").doit().diff(rho) / (S * T)
        return self.node(name).doit()

    def node(self, name: str) -> sp.Expr:
        """One of the four as the integral that defines it (a derivative of one after a jump)."""
        if name == "dual" and self.slope is None:
            return self.node("K").diff(rho) / (S * T)
        f = self.phi if name in ("V", "K") else self.slope
        return E(f**2, q) if name in ("V", "D") else E2(f, f, q1, q2, rho)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in ("V", "K", "D", "dual") if getattr(self, name) is not None)

    def identity(self, name: str) -> Symbolic:
        """Derivation against what is stated, in every symbol."""
        return Symbolic(self.derived(name), getattr(self, name))

    def integral(self, name: str, point: Mapping, digits: int = 8) -> CertifiedValue:
        """The untouched integral against what is stated, at one point."""
        node, stated = self.node(name), getattr(self, name)
        where = {**point, q: point[q1], **self.at}
        where = {s: where[s] for s in node.free_symbols | stated.free_symbols}
        return CertifiedValue(node, stated, where, digits)


def form_claim(
    name: str, statement: str, source: str, build: Callable[[], Stated], *wrong: tuple
) -> Claim:
    """The claim ``sym.form.name``.

    Each of ``wrong`` is (description, which of the four, function of the :class:`Stated` that
    gives the wrong formula).  A mutation goes through the same routes, but two-variable integrals,
    which take longest, are left out.
    """

    def check() -> Iterator:
        stated = build()
        for which in stated.names:
            yield stated.identity(which)
            for point in POINTS if which == "K" else POINTS[:1]:
                yield stated.integral(which, point)

    def full() -> Iterator:
        stated = build()
        for which in stated.names:
            yield stated.integral(which, EXTREME, 6 if which in ("K", "dual") else 25)

    def mutation(description, which, formula):
        def check_wrong():
            stated = build()
            changed = replace(stated, **{which: formula(stated)})
            yield changed.identity(which)
            if which in ("V", "D"):
                yield changed.integral(which, POINTS[0])

        return Mutation(description, check_wrong)

    mutations = tuple(mutation(*parts) for parts in wrong)
    return Claim(f"sym.form.{name}", statement, source, check, mutations, full)


def gaussian_density(place: sp.Expr) -> sp.Expr:
    """The standard normal density n."""
    return sp.exp(-(place**2) / 2) / sp.sqrt(2 * sp.pi)


def step_at(place: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """1 above ``place``, 0 below."""
    return sp.Piecewise((sp.S.Zero, variable < place), (sp.S.One, True))
