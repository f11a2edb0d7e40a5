r"""The claim on activations with a slope on either side of 0 and correlated weights.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499, for ReLU; the family is derived here.
"""

import math
from itertools import pairwise

import sympy as sp

from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2, sigma_w2

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between, Same
from .correlated_networks import layer_products, product
from .correlated_relu_fixed import lies, settled
from .correlated_tools import next_pair

__all__ = ["CORRELATED_LEAKY"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_A, _B, _ALPHA = sp.symbols("a beta alpha", real=True)
_LEAKY = "max(x, 0) + a*min(x, 0)"
_FAMILY = "alpha*x + beta*Abs(x)"
_RANGE = {_K: (-1, 1), _A: (-1, R(9, 10))}
_RANGE_OF_FAMILY = {_K: (-1, 1), _ALPHA: (R(1, 5), 2), _B: (R(1, 5), 2)}


def _theory(text=_LEAKY):
    return MeanField(text, weight_correlation=_K)


def _typed(expr):
    """The symbols of an activation are its parameters: those typed in here, by name."""
    named = {str(symbol): symbol for symbol in (_A, _B, _ALPHA, _K)}
    return expr.subs({s: named[s.name] for s in expr.free_symbols if s.name in named})


def _half_line(f):
    """E f(Z) over Z > 0."""
    z = sp.Symbol("z", positive=True)
    return sp.integrate(f(z) * sp.exp(-(z**2) / 2), (z, 0, sp.oo)) / sp.sqrt(2 * sp.pi)


# ---------------------------------------------------------------- moments, edges, slope


def _moments(mean=None):
    """Half-line integrals on both sides; the toolkit's moments, map and edge of chaos."""
    mean = (1 - _A) * sp.sqrt(q / (2 * sp.pi)) if mean is None else mean
    second, steep = q * (1 + _A**2) / 2, (1 + _A**2) / 2
    yield Symbolic(q * (1 + _A**2) * _half_line(lambda z: z**2), second)
    yield Symbolic(sp.sqrt(q) * (1 - _A) * _half_line(lambda z: z), mean)
    yield Symbolic((1 + _A**2) * _half_line(lambda z: sp.S.One), steep)
    mf = _theory()
    yield Symbolic(_typed(mf.variance_map), sigma_b2 + sigma_w2 * (second - _K * mean**2))
    yield Symbolic(_typed(mf.chi_1), sigma_w2 * steep)
    yield Symbolic(_typed(mf.mean.doit()), mean)


def _edges():
    spread = 1 + _A**2 - _K * (1 - _A) ** 2 / sp.pi
    maps = _theory().scale_free
    yield Symbolic(_typed(maps.boundary), 2 / spread, _RANGE)
    yield Symbolic(_typed(_theory().edge_of_chaos.sigma_w2), 2 / (1 + _A**2))
    yield Symbolic(_typed(maps.slope_at_one), (1 + _A**2) / spread, _RANGE)
    # V' = 1 at the boundary, and chi_1 there is the slope at 1 without biases
    yield Symbolic(_typed(_theory().chi_q).subs(sigma_w2, 2 / spread), 1, _RANGE)
    yield Symbolic(
        _typed(_theory().chi_1).subs(sigma_w2, 2 / spread), (1 + _A**2) / spread, _RANGE
    )
    relu = {_A: 0}
    yield Symbolic((2 / spread).subs(relu), 2 * sp.pi / (sp.pi - _K), _RANGE)
    yield Symbolic((2 / spread).subs(_A, 1), 1)  # linear: no kappa
    yield Symbolic(((1 + _A**2) / spread).subs(_A, 1), 1)


# ---------------------------------------------------------------- one c* for the family


def _kernel():
    """E (alpha u + beta |u|)(alpha v + beta |v|): the mixed terms are odd and vanish."""
    theta, t, r = sp.symbols("theta t r", positive=True)
    radius = sp.integrate(r**3 * sp.exp(-(r**2) / 2), (r, 0, sp.oo))
    turned = sp.expand_trig(sp.cos(t) * sp.cos(t - theta))
    cuts = (theta - sp.pi / 2, sp.pi / 2, theta + sp.pi / 2)  # cos cos > 0, then < 0
    first, second = (sp.integrate(turned, (t, *ends)) for ends in pairwise(cuts))
    absolute = sp.simplify(radius * 2 * (first - second) / (2 * sp.pi))
    stated = 2 / sp.pi * (sp.sin(theta) + (sp.pi / 2 - theta) * sp.cos(theta))
    yield Symbolic(absolute, stated, {theta: (R(1, 10), 3)})
    found = _typed(_theory(_FAMILY).kernel_at_q.doit())
    both = _ALPHA**2 * rho + 2 * _B**2 / sp.pi * (sp.sqrt(1 - rho**2) + rho * sp.asin(rho))
    yield Symbolic(found, q * both)


def _family(kappa=_K):
    """C(c) - c = beta^2 (h(c) - kappa (1 - c)) over something that does not contain c."""
    mf = _theory(_FAMILY)
    image = q * mf.correlation_map.subs(sigma_b2, 0) / mf.variance_map.subs(sigma_b2, 0)
    spread = _ALPHA**2 + _B**2 * (1 - 2 * _K / sp.pi)
    stated = 2 * _B**2 / sp.pi * (lies(rho) - kappa * (1 - rho)) / spread
    yield Symbolic(sp.cancel(_typed(image) - rho), stated, _RANGE_OF_FAMILY)
    # lambda and the boundary do depend on the slopes
    yield Symbolic(_typed(mf.scale_free.boundary), 1 / spread, _RANGE_OF_FAMILY)
    # the toolkit's equation contains no slope
    for text in (_LEAKY, _FAMILY):
        equation = _theory(text).scale_free.fixed_point_equation
        names = sorted(symbol.name for symbol in equation.free_symbols)
        yield Same(names, ["kappa", "rho"], f"{text}, symbols in the equation of c*")


_SLOPES = ("0", "1/100", "1/2", "-1/3", "-1")


def _numbers(effective=lambda kappa, a: kappa):
    """c* of the toolkit for five slopes against the root of h(c) = kappa (1 - c)."""
    from numerics.fixed_point import fixed_points

    for kappa in (R(1, 2), R(9, 10)):
        for text in _SLOPES:
            model = MeanField(f"max(x, 0) + ({text})*min(x, 0)", weight_correlation=kappa)
            (point,) = fixed_points(model, sigma_w2=1.0)
            wanted = effective(kappa, R(text))
            star = float(settled(wanted).mid())
            note = f"kappa = {kappa}, a = {text}"
            yield Numeric(point.c_star, star, [{}], digits=10, note=note)


def _by_quadrature():
    """The map in polar coordinates leaves c* where it is and moves its neighbours towards it."""
    for text in ("leaky_relu", "abs(x)", "relu"):
        for kappa in (0.5, 0.9):
            star = float(settled(R(str(kappa))).mid())
            found = next_pair(text, (0.7, 1.9, star), kappa, 1.7, 0.0)[2]
            note = f"{text}, kappa = {kappa}"
            yield Numeric(found, star, [{}], digits=12, note=note)
            for start in (star - 0.1, star + 0.1):
                moved = next_pair(text, (0.7, 1.9, start), kappa, 1.7, 0.0)[2]
                yield Between(moved, star - 0.1, star + 0.1, f"{note}, from {start:.4f}")


def _in_layers(factor=lambda a: (1 - a) ** 2, samples=6000, width=16):
    """Norms of layers of 16 neurons, E phi^2 and (E phi)^2 typed in."""
    for text, a in (("leaky_relu", 0.01), ("abs(x)", -1.0)):
        second, squared = (1 + a * a) / 2, factor(a) / (2 * math.pi)
        stated = 1.3 * (second - squared - (second - squared) / width)
        yield layer_products(text, (1.3, 1.3, 1.0), 1.0, stated, width, samples)
        exact = product(text, (1.3, 1.3, 1.0), 1.0, width)
        yield Numeric(exact, stated, [{}], digits=11, note=text)


def _leaky():
    yield from _moments()
    yield from _edges()
    yield from _kernel()
    yield from _family()
    yield from _numbers()
    yield from _by_quadrature()
    yield from _in_layers()


LEAKY = Claim(
    "corr.leaky",
    r"Slope $a$ on the negative side: $E\phi^2 = \frac q2(1+a^2)$, $E\phi = (1-a)\sqrt{q/2\pi}$, "
    r"$E\phi'^2 = \frac12(1+a^2)$. Bounded below $\sigma_w^2 = 2/(1+a^2-\kappa(1-a)^2/\pi)$, "
    r"edge of chaos at $2/(1+a^2)$, slope at 1 for $\sigma_b = 0$ "
    r"$(1+a^2)/(1+a^2-\kappa(1-a)^2/\pi)$. For $\sigma_b = 0$ all of $\alpha x + \beta|x|$, "
    r"$\beta \ne 0$, have the same $c^*(\kappa)$: $\sqrt{1-c^2} - c\arccos c = \kappa(1-c)$; "
    r"rates and boundaries differ.",
    "derived here; Singh & Sreejith 2021, arXiv:2103.12499, for ReLU",
    _leaky,
    (
        Mutation(
            "E phi = (1 + a) sqrt(q/(2 pi))",
            lambda: list(_moments((1 + _A) * sp.sqrt(q / (2 * sp.pi)))),
        ),
        Mutation(
            "E phi = (1 + a) sqrt(q/(2 pi)), in layers",
            lambda: list(_in_layers(lambda a: (1 + a) ** 2)),
        ),
        Mutation(
            "c* depends on a: h(c) = kappa (1 - a)^2/(1 + a^2) (1 - c)",
            lambda: list(_numbers(lambda k, a: min(k * (1 - a) ** 2 / (1 + a**2), R(99, 100)))),
        ),
        Mutation(
            "c* depends on the linear part",
            lambda: list(_family(_K * _B**2 / (_ALPHA**2 + _B**2))),
        ),
    ),
)

CORRELATED_LEAKY = (LEAKY,)
