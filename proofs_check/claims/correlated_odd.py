r"""The claim on which activations notice that the weights of a row are correlated.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here.
"""

import sympy as sp

from theory.gaussian import E
from theory.symbols import q, sigma_b2, sigma_w2, x

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .correlated_maps import theory
from .correlated_networks import layer_products, product
from .correlated_tools import next_pair
from .enclosures import Balls, ball
from .moments import function

__all__ = ["CORRELATED_ODD"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_ODD = ("tanh", "erf", "sin(x)", "x", "x**3 - 2*x", "softsign")
_NOTICES = ("relu", "gelu", "silu", "softplus", "leaky_relu", "elu", "abs(x)", "sigmoid")


def _change(text):
    """What kappa changes in V and in the covariance."""
    with_kappa, without = theory(text), theory(text, 0)
    yield with_kappa.variance_map - without.variance_map
    yield with_kappa.covariance_map - without.covariance_map


def _unaffected(texts):
    for text in texts:
        for change in _change(text):
            yield Symbolic(change, 0)
        yield Symbolic(theory(text).chi_q, theory(text, 0).chi_q)
        edge, plain = theory(text).edge_of_chaos, theory(text, 0).edge_of_chaos
        yield Symbolic(edge.sigma_b2, plain.sigma_b2)


def _means_vanish():
    """E phi = 0 by balls, not by the parity rule."""
    from flint import acb, arb

    def total(f):
        def integrand(z, _):
            return f(z) * (-z * z / 2).exp()

        return acb.integral(integrand, -30, 30).real / (2 * arb.pi()).sqrt()

    shapes = {"tanh": lambda z: z.tanh(), "erf": lambda z: z.erf(), "sin": lambda z: z.sin()}
    for name, f in shapes.items():
        zero = lambda f=f: 1 + total(f)  # noqa: E731
        yield Balls(zero, lambda: ball(1), 20, f"1 + E {name}")


def _affected():
    """V - V_0 = -kappa sigma_w2 (E phi)^2: nothing else, and (E phi)^2 > 0 on a box."""
    for text in _NOTICES:
        lost = E(function(text), q).doit()
        yield Symbolic(next(_change(text)), -_K * sigma_w2 * lost**2)
    for text in ("gelu", "relu", "elu", "softplus", "silu", "leaky_relu"):
        yield Certified(E(function(text), q).doit() > 0, {q: (R(1, 4), 4)})


def _even_part():
    r"""E phi = int_0^oo phi_e(sqrt t) t^(-1/2) exp(-t/(2q)) dt/sqrt(2 pi q): a Laplace transform.

    It vanishes for every q only if the even part phi_e does, almost everywhere.
    """
    t, z = sp.Symbol("t", positive=True), sp.Symbol("z", positive=True)
    normal = 2 * sp.exp(-(z**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    # the substitution z = sqrt t in 2 phi_e(z) density(z) dz
    kernel = sp.exp(-t / (2 * q)) / sp.sqrt(2 * sp.pi * q * t)
    yield Symbolic((normal * sp.diff(z**2, z) ** -1).subs(z, sp.sqrt(t)), kernel)
    for even in (x**2, sp.Abs(x), x**4 - x**2, sp.cos(x)):
        values = even.subs(x, sp.sqrt(t))
        found = sp.integrate(sp.expand(values * kernel), (t, 0, sp.oo))
        yield Symbolic(sp.simplify(found), E(even, q).doit())


def _one_variance():
    """x^2 - 1 has E phi = q - 1: kappa is noticed everywhere but at q = 1."""
    change = next(_change("x**2 - 1"))
    yield Symbolic(change, -_K * sigma_w2 * (q - 1) ** 2)
    yield Symbolic(change.subs(q, 1), 0)
    yield Symbolic(change.diff(q).subs(q, 1), 0)
    yield Symbolic(change.diff(q, 2).subs(q, 1), -2 * _K * sigma_w2)
    # an odd part does not matter
    yield Symbolic(change, next(_change("x**2 - 1 + sin(x)")))


def _networks(texts=("tanh", "erf", "sin(x)"), stated=None):
    """Layers of 16 neurons: at kappa = 1 the mean square is that of kappa = 0 times 1 - 1/16."""
    state = (1.3, 1.3, 0.4)
    for text in texts:
        plain = product(text, state, 0.0)
        square = plain * (1 - 1 / 16) if stated is None else stated(plain)
        yield layer_products(text, state, 1.0, square)


def _paths(texts):
    """Three layers by polar quadrature with kappa = 1 and with kappa = 0."""
    for text in texts:
        ends = []
        for kappa in (1.0, 0.0):
            state = (0.8, 2.1, 0.35)
            for _ in range(3):
                state = next_pair(text, state, kappa, 1.7, 0.1)
            ends.append(state)
        for name, one, other in zip(("q_a", "q_b", "c"), *ends, strict=True):
            yield Numeric(one, other, [{}], digits=12, note=f"{text}, {name} of layer 3")


def _odd_invariant():
    yield from _unaffected(_ODD)
    yield from _means_vanish()
    yield from _paths(("tanh", "erf", "sin(x)"))
    yield from _affected()
    yield from _even_part()
    yield from _one_variance()
    yield from _networks()


ODD_INVARIANT = Claim(
    "corr.odd-invariant",
    r"$\phi$ odd: all maps are independent of $\kappa$ (the rest is $O(1/N)$). In general "
    r"$V - V|_{\kappa=0} = -\kappa\sigma_w^2(E\phi)^2$: no effect iff $E\phi(\sqrt qZ) = 0$ at "
    r"every $q$ visited, and $E\phi = 0$ at all $q$ iff $\phi$ is odd almost everywhere, as "
    r"$E\phi$ is a Laplace transform of the even part.",
    "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499",
    _odd_invariant,
    (
        Mutation("even activations are unaffected", lambda: list(_unaffected(("abs(x)",)))),
        Mutation("even activations are unaffected (x^2)", lambda: list(_unaffected(("x**2",)))),
        Mutation(
            "even activations are unaffected, three layers", lambda: list(_paths(("abs(x)",)))
        ),
        Mutation(
            "even activations are unaffected, in layers",
            lambda: list(_networks(("abs(x)",), lambda plain: plain)),
        ),
        Mutation("phi(0) = 0 is enough (GELU)", lambda: list(_unaffected(("gelu",)))),
        Mutation("|x|: V = sigma_w2 q (1 - kappa/pi)", lambda: list(_absolute(1))),
    ),
)


def _absolute(factor=2):
    found = theory("abs(x)").variance_map
    yield Symbolic(found, sigma_b2 + sigma_w2 * q * (1 - factor * _K / sp.pi))


CORRELATED_ODD = (ODD_INVARIANT,)
