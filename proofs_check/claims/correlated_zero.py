r"""The claim on rows that sum to 0, without biases: different inputs become orthogonal.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

import math

import sympy as sp

from theory.gaussian import E2, E
from theory.symbols import q, rho, sigma_b2, sigma_w2, x

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_maps import theory
from .correlated_networks import deep_pairs, layer_products
from .correlated_tools import mean, next_pair, pair, phi
from .enclosures import Balls, ball, printed
from .moments import function, slope

__all__ = ["CORRELATED_ZERO"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_TEXTS = ("relu", "gelu", "silu", "softplus", "elu", "sigmoid")


def _theory(text, kappa=1):
    return theory(text, sp.S(kappa))


# ---------------------------------------------------------------- c = 0 is fixed


def _fixed(kappa=1):
    """The covariance of uncorrelated pre-activations: E phi phi' = E phi E phi' cancels."""
    for text in ("relu", "gelu", "leaky_relu", "abs(x)", "3-cosh(x)"):
        at_zero = _theory(text, kappa).correlation_map.subs({sigma_b2: 0, rho: 0})
        yield Symbolic(at_zero, 0)
    for text in ("relu", "gelu", "elu"):
        f = function(text)
        yield Symbolic(E2(f, f, q, q, sp.S.Zero), E(f, q).doit() ** 2)


def _other_kappa():
    """In general C(0) = sigma_w2 (1 - kappa) (E phi)^2/q for sigma_b = 0."""
    for text in ("relu", "gelu"):
        found = _theory(text, _K).correlation_map.subs({sigma_b2: 0, rho: 0})
        yield Symbolic(found, sigma_w2 * (1 - _K) * E(function(text), q).doit() ** 2 / q)


def _by_quadrature(kappa=1.0):
    """Also at unequal variances and off stationarity."""
    for text in _TEXTS:
        for state in ((0.8, 2.1, 0.0), (1.0, 1.0, 0.0)):
            found = next_pair(text, state, kappa, 1.7, 0.0)[2]
            yield Numeric(found, 0, [{}], digits=12, absolute=True, note=text)


def _in_layers(kappa=1.0, samples=6000):
    for text in ("relu", "gelu", "softplus"):
        variances = (1.5, 0.0)
        yield layer_products(text, (0.8, 2.1, 0.0), kappa, 0, samples=samples, variances=variances)


# ---------------------------------------------------------------- slope there


def _hermite():
    """phi = sum_n h_n He_n(z)/sqrt(n!), z = x/sqrt q: Var phi = sum_{n > 0} h_n^2."""
    h = sp.symbols("h_0:5", real=True)
    z = sp.Symbol("z", real=True)
    basis = [sp.S.One, z, z**2 - 1, z**3 - 3 * z, z**4 - 6 * z**2 + 3]
    f = sum(
        c * b / sp.sqrt(sp.factorial(n)) for n, (c, b) in enumerate(zip(h, basis, strict=True))
    )

    def average(g):
        terms = sp.Poly(sp.expand(g), z).terms()
        return sum(a * sp.factorial2(k - 1) for (k,), a in terms if k % 2 == 0)

    variance = average(f**2) - average(f) ** 2
    steep = average(f.diff(z)) ** 2  # q (E phi')^2
    yield Symbolic(sp.expand(steep), h[1] ** 2)
    yield Symbolic(sp.expand(variance - steep), h[2] ** 2 + h[3] ** 2 + h[4] ** 2)
    yield Symbolic(average(f), h[0])


def _slope_at_zero():
    """C'(0) = sigma_w2 q (E phi')^2/V(q) in closed form, and Stein: E Z phi = sqrt(q) E phi'."""
    for text in ("gelu", "relu", "3-cosh(x)", "leaky_relu"):
        mf = _theory(text)
        free = {sigma_b2: 0}
        steep = (q * mf.correlation_map).subs(free).diff(rho).subs(rho, 0)
        tilt = E(function(text) * x, q).doit() / q
        yield Symbolic(steep, sigma_w2 * q * tilt**2)
    for text in ("silu", "softplus", "sigmoid", "elu"):
        gap = 1e-5
        ends = [next_pair(text, (1.3, 1.3, c), 1.0, 1.0, 0.0)[2] for c in (gap, -gap)]
        stated = _chi_0(text, 1.3)
        yield Numeric((ends[0] - ends[1]) / (2 * gap), stated, [{}], digits=8, note=text)


def _chi_0(text, place):
    tilt = mean(place, (text, 1))
    spread = mean(place, (text, 0), (text, 0)) - mean(place, (text, 0)) ** 2
    return place * tilt**2 / spread


def _bounded(sign=1):
    """Var phi - q (E phi')^2 > 0 on a box of variances; 0 for affine phi."""
    for text in _TEXTS:
        f = function(text)
        spread = E(f**2, q) - E(f, q) ** 2
        steep = E(x * f, q) / q
        excess = sp.expand(spread - q * steep**2).doit()
        yield Certified(sign * excess > 0, {q: (R(1, 2), 2)})
    a, b = sp.symbols("a b", real=True)
    affine = a * x + b
    yield Symbolic(E(affine**2, q).doit() - E(affine, q).doit() ** 2, q * a**2)
    # Poincare is the other side: Var phi <= q E phi'^2
    f = function("gelu")
    upper = q * slope("gelu") - E(f**2, q) + E(f, q) ** 2
    yield Certified(upper.doit() > 0, {q: (R(1, 2), 2)})


# ---------------------------------------------------------------- what attracts


def _below_the_diagonal():
    """0 < C(c) < c and C'' > 0 on (0, 1); |C(-c)| < C(c); at q = 1."""
    box = {rho: (R(1, 20), R(19, 20))}
    for text in ("relu", "gelu"):
        at = {sigma_b2: 0, q: 1, sigma_w2: 1}
        image = _theory(text).correlation_map.subs(at) / _theory(text).variance_map.subs(at)
        yield Certified(image < rho, box)
        yield Certified(image > 0, box)
        yield Certified(image.diff(rho, 2) > 0, box)
        yield Certified(image + image.subs(rho, -rho) > 0, {rho: (R(1, 4), R(19, 20))})


def _attracted(texts=("relu", "gelu", "silu", "softplus"), kappa=1.0):
    """150 layers from c = 0.99 and -0.6 at q = 1: |c| falls in each; factor chi_0 near 0."""
    for text in texts:
        f = phi(text)

        def covariance(c, f=f):
            return pair(lambda u, v: f(u) * f(v), 1.0, 1.0, c)

        lost = kappa * covariance(0.0)
        whole = covariance(1.0) - lost
        for start in (0.99, -0.6):
            c, falls = start, True
            for _ in range(150):
                new = (covariance(c) - lost) / whole
                falls, c = falls and (abs(new) < abs(c) or abs(c) < 1e-12), new
            what = f"{text}, |c| of layer 150 from c = {start}, falling in each layer"
            yield Between(abs(c) if falls else math.inf, -1, 0.2 * abs(start), what)
        near = (covariance(1e-6) - lost) / whole / 1e-6
        yield Numeric(near, _chi_0(text, 1), [{}], digits=5, note=f"{text}: factor per layer")


def _numbers():
    """ReLU: chi_0 = pi/(2 (pi - 1))."""
    from numerics.fixed_point import fixed_points

    exact = sp.pi / (2 * (sp.pi - 1))
    yield Symbolic(_theory("relu").scale_free.rate, exact)
    yield Balls(lambda: ball(sp.N(exact, 40)), lambda: printed("0.733471103462130"), 14)
    yield Numeric(_chi_0("relu", 1.7), exact, [{}], digits=12)
    (point,) = fixed_points(_theory("relu"), sigma_w2=2.5)
    yield Between(point.c_star, -1e-13, 1e-13, "c* of the toolkit, kappa = 1")


def _deep(width=512, depth=12, networks=60):
    """Cosines after twelve layers of wide ReLU networks: noise of order 1/sqrt(width)."""

    def sampler(generator, count):
        weight = 2 / (1 - 1 / math.pi)
        setting = ("relu", 1.0, (weight, 0.0), (1.0, 0.9), depth, width)
        return deep_pairs(generator, count, *setting)[1][:, -1]

    c = 0.9
    for _ in range(depth):
        c = next_pair("relu", (1.0, 1.0, c), 1.0, 2 / (1 - 1 / math.pi), 0.0)[2]
    yield Statistical(sampler, c, networks, bias=0.01)


def _zero_fixed_point():
    yield from _fixed()
    yield from _other_kappa()
    yield from _by_quadrature()
    yield from _in_layers()
    yield from _hermite()
    yield from _slope_at_zero()
    yield from _bounded()
    yield from _below_the_diagonal()
    yield from _attracted()
    yield from _numbers()


ZERO = Claim(
    "corr.zero-fixed-point",
    r"$\kappa = 1$, $\sigma_b = 0$, any $\phi$: $c = 0$ is fixed, since $E\phi\phi' = "
    r"(E\phi)^2$ at $c = 0$, with slope $\chi_0 = q(E\phi')^2/\mathrm{Var}\,\phi \le 1$ at every "
    r"$q$, stationary or not, as the first Hermite coefficient is one of the terms of "
    r"$\mathrm{Var}\,\phi$; equality iff $\phi$ is affine. $C(c) = \sum a_n^2c^n/\sum a_n^2$ over "
    r"$n \ge 1$ is convex on $[0, 1]$, so $C(c) < c$ there and $|C(c)| < |c|$ for $0 < |c| < 1$ "
    r"unless $\phi$ is affine: such inputs become orthogonal.",
    "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499",
    _zero_fixed_point,
    (
        Mutation("c = 0 is fixed for kappa = 1/2 too", lambda: list(_fixed(R(1, 2)))),
        Mutation(
            "c = 0 is fixed for kappa = 1/2, by quadrature", lambda: list(_by_quadrature(0.5))
        ),
        Mutation("c = 0 is fixed for kappa = 1/2, in layers", lambda: list(_in_layers(0.5))),
        Mutation("c -> 0 for kappa = 1/2", lambda: list(_attracted(("relu", "gelu"), 0.5))),
        Mutation("chi_0 >= 1 (the bound of Poincare)", lambda: list(_bounded(-1))),
    ),
    full=_deep,
)

CORRELATED_ZERO = (ZERO,)
