r"""Claims on slopes of the two maps for weights that are correlated within a row.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

import math

import mpmath
import sympy as sp

from theory.gaussian import E
from theory.symbols import q, rho, sigma_b2, sigma_w2, x

from ..checks import CertifiedValue, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_maps import theory
from .correlated_networks import weights
from .correlated_tools import branch, mean, next_pair, pair, phi, slope
from .moments import function
from .moments import slope as slope_moment

__all__ = ["CORRELATED_SLOPES"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)


# ---------------------------------------------------------------- slope at 1


def _chi(factor=sp.S.One):
    """The derivative of C at 1 in closed form, for symbolic kappa, against E phi'^2."""
    for text in ("gelu", "erf", "sin(x)", "3-cosh(x)", "x**2 - 1"):
        steep = theory(text).correlation_map.diff(rho).subs(rho, 1)
        stated = factor * sigma_w2 * slope_moment(text).doit()
        yield Symbolic(steep, stated)
        yield Symbolic(theory(text).chi_1, stated)
        yield Symbolic(theory(text).correlation_slope.subs(rho, 1), stated)
    for text in ("relu", "leaky_relu", "abs(x)"):  # 1/sqrt(1 - rho^2) cancels
        steep = sp.simplify(theory(text).correlation_map.diff(rho)).subs(rho, 1)
        yield Symbolic(steep, factor * sigma_w2 * slope_moment(text).doit())


def _free_of_kappa():
    """The kappa term of the covariance does not contain the correlation."""
    for text in ("relu", "gelu", "softplus", "silu", "elu", "tanh"):
        yield Symbolic(theory(text).covariance_map.diff(_K, rho), 0)
        yield Symbolic(theory(text).chi_1, theory(text, 0).chi_1)


def _chord(text, gap):
    """(1 - G(1 - gap)/G(1))/gap for G = E phi phi' at q = 1.3, by E (phi(u) - phi(v))^2."""
    f = phi(text)
    return pair(lambda u, v: (f(u) - f(v)) ** 2, 1.3, 1.3, 1 - gap) / (2 * 1.3 * gap)


def _chords(factor=lambda kappa: 1):
    """The slope at 1 as the limit of chords, whatever kappa: error of order gap, removed."""
    for text in ("gelu", "silu", "softplus", "tanh"):
        for kappa in (1, -0.5):
            limit = (8 * _chord(text, 1e-3) - 6 * _chord(text, 2e-3) + _chord(text, 4e-3)) / 3
            stated = factor(kappa) * mean(1.3, (text, 1), (text, 1))
            yield Numeric(limit, stated, [{}], digits=8, note=f"{text}, kappa = {kappa}")


def _off_stationarity(power=1):
    """One layer of nearly equal inputs: (1 - c')/(1 - c) = chi_1(q) q/q'; q' contains kappa."""
    from numerics.propagate import propagate

    for text, kappa in (("gelu", 1), ("silu", R(7, 10)), ("softplus", R(1, 2)), ("relu", -1)):
        found = propagate(theory(text, kappa), 2, R(1, 10), depth=1, q0=0.9, one_minus_c0=1e-14)
        ratio = float(found.one_minus_c[1] / found.one_minus_c[0])
        after = R(1, 10) + 2 * branch(text, 0.9, kappa)
        stated = 2 * mean(0.9, (text, 1), (text, 1)) * (0.9 / after) ** power
        yield Numeric(ratio, stated, [{}], digits=5, note=f"{text}, kappa = {kappa}")
        # the same layer by polar quadrature, whose chord has an error of order (1 - c)^(1/2)
        gap = 1e-4
        polar = next_pair(text, (0.9, 0.9, 1 - gap), float(kappa), 2.0, 0.1)[2]
        ends = (0.98 * float(stated), 1.02 * float(stated))
        yield Between((1 - polar) / gap, *ends, f"{text}, kappa = {kappa}, chord of 1e-4")


def _perturbed(text, kappa, stated, width=8, samples=20_000):
    """E |W (phi'(z) eps)|^2 of layers of 8 neurons: sigma_w2 (1 - kappa/N) E phi'^2."""

    def sampler(generator, count):
        import numpy as np

        z = math.sqrt(1.3) * generator.standard_normal((count, width, 1))
        shift = generator.standard_normal((count, width, 1))
        matrix = weights(generator, kappa, (count, 4, width)) / math.sqrt(width)
        moved = matrix @ (slope(text)(z) * shift)
        return np.mean(moved**2, axis=(1, 2))

    return Statistical(sampler, float(stated), samples)


def _slopes_in_layers(factor=lambda kappa, width: 1 - kappa / width, samples=20_000):
    for text, kappa in (("gelu", 1.0), ("relu", 0.5), ("silu", 1.0)):
        steep = mean(1.3, (text, 1), (text, 1))
        yield _perturbed(text, kappa, steep * factor(kappa, 8), samples=samples)


def _slope_at_one():
    yield from _chi()
    yield from _free_of_kappa()
    yield from _chords()
    yield from _off_stationarity()
    yield from _slopes_in_layers()


SLOPE_AT_ONE = Claim(
    "corr.slope-at-one",
    r"$dC/dc$ at $c = 1$ is $\chi_1 = \sigma_w^2E\phi'(\sqrt{q^*}Z)^2$, free of $\kappa$, which "
    r"acts only through $q^*$: the $\kappa$ term of the covariance does not contain $c$. Off "
    r"stationarity the slope of $c_l \to c_{l+1}$ at 1 is $\chi_1(q_l)\,q_l/q_{l+1}$.",
    SOURCE,
    _slope_at_one,
    (
        Mutation("chi_1 (1 - kappa)", lambda: list(_chi(1 - _K))),
        Mutation("chi_1 (1 - kappa), by chords", lambda: list(_chords(lambda k: 1 - k))),
        Mutation(
            "chi_1 (1 - kappa), in layers", lambda: list(_slopes_in_layers(lambda k, _: 1 - k))
        ),
        Mutation("chi_1(q) off stationarity too", lambda: list(_off_stationarity(0))),
    ),
    full=lambda: list(_slopes_in_layers(samples=1_000_000)),
)


# ---------------------------------------------------------------- slope of the length


def _generic(bent=1, lost=1):
    """Any polynomial of degree 4, coefficients symbolic: moments of the normal law alone."""
    coefficients = sp.symbols("a_0:5", real=True)
    f = sum(a * x**k for k, a in enumerate(coefficients))

    def average(g):
        return sum(
            a * q ** (k[0] // 2) * sp.factorial2(k[0] - 1)
            for k, a in sp.Poly(g, x).terms()
            if k[0] % 2 == 0
        )

    left = (average(f**2) - _K * average(f) ** 2).diff(q)
    right = average(f.diff(x) ** 2) + bent * average(f * f.diff(x, 2))
    right -= lost * _K * average(f) * average(f.diff(x, 2))
    yield Symbolic(sp.expand(left), sp.expand(right))


def _any_function(lost=1):
    """dE f/dq = E f''/2 (heat equation), for f = phi^2 and f = phi; then the product rule."""
    u = sp.Symbol("u", real=True)
    density = sp.exp(-(u**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    f = sp.Function("phi", real=True)(u)
    yield Symbolic(density.diff(q), density.diff(u, 2) / 2)
    yield Symbolic((f**2).diff(u, 2) / 2, f.diff(u) ** 2 + f * f.diff(u, 2))
    first, bend = sp.Function("m")(q), sp.Symbol("b", real=True)  # E phi and E phi''
    rise = (first**2).diff(q).subs(first.diff(q), bend / 2).subs(first, sp.Symbol("m"))
    yield sp.Eq(sp.expand(rise - lost * sp.Symbol("m") * bend), 0)


def _expectations(text, bent=1, lost=1):
    """sigma_w2 (E phi'^2 + E phi phi'' - kappa E phi E phi'') as expectations."""
    f = function(text)
    steep, curved = f.diff(x), f.diff(x, 2)
    common = E(f, q).doit() * E(curved, q).doit()
    inside = E(steep**2, q).doit() + bent * E(f * curved, q).doit() - lost * _K * common
    return sigma_w2 * inside


def _closed(bent=1, lost=1):
    for text in ("gelu", "erf", "sin(x)", "3-cosh(x)", "x**2 - 1 + x"):
        yield Symbolic(theory(text).chi_q, _expectations(text, bent, lost))


def _certified(bent=1, lost=1):
    at = {q: R(7, 3), _K: R(3, 4), sigma_w2: 1}
    for text in ("silu", "softplus"):
        stated = _expectations(text, bent, lost).subs(at)
        yield CertifiedValue(theory(text).chi_q.subs(at), stated, digits=18)


def _by_differences(bent=1, lost=1):
    """Central differences of quadratures of phi^2 and phi against quadratures of the rest."""
    for text in ("gelu", "silu", "softplus", "sigmoid", "elu"):
        for kappa in (1, -1):

            def rise(_, text=text, kappa=kappa):
                h = mpmath.mpf(10) ** -4
                values = [branch(text, 1.5 + k * h, kappa) for k in (-2, -1, 1, 2)]
                return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)

            def stated(_, text=text, kappa=kappa):
                steep = mean(1.5, (text, 1), (text, 1))
                curved = mean(1.5, (text, 0), (text, 2))
                common = mean(1.5, (text, 0)) * mean(1.5, (text, 2))
                return steep + bent * curved - lost * kappa * common

            yield Numeric(rise, stated, [{}], digits=13, note=f"{text}, kappa = {kappa}")


def _kinks():
    """Homogeneous of degree 1: V' is the coefficient; phi'' is a point mass at the kink."""
    yield Symbolic(theory("relu").chi_q, sigma_w2 / 2 * (1 - _K / sp.pi))
    for text in ("relu", "leaky_relu", "abs(x)"):
        mf = theory(text)
        yield Symbolic(mf.chi_q, (mf.variance_map - sigma_b2) / q)
        # jump J of phi' at 0: E phi phi'' = 0 and E phi'' = J/sqrt(2 pi q)
        jump = {"relu": 1, "leaky_relu": R(99, 100), "abs(x)": 2}[text]
        bend = jump / sp.sqrt(2 * sp.pi * q)
        stated = slope_moment(text).doit() - _K * E(function(text), q).doit() * bend
        yield Symbolic(mf.chi_q, sigma_w2 * stated)


def _length_slope():
    yield from _any_function()
    yield from _generic()
    yield from _closed()
    yield from _certified()
    yield from _by_differences()
    yield from _kinks()


def _mutated(**change):
    """The same checks of a changed right side."""
    yield from _generic(**change)
    yield from _closed(**change)
    yield from _certified(**change)


LENGTH_SLOPE = Claim(
    "corr.length-slope",
    r"$V'(q) = \sigma_w^2[E\phi'^2 + E\phi\phi'' - \kappa\,E\phi\,E\phi'']$, as $\partial_q Ef = "
    r"\frac12Ef''$; ReLU: $V' = \frac{\sigma_w^2}{2}(1 - \frac\kappa\pi)$, where $\phi''$ is a "
    r"point mass at the kink.",
    SOURCE,
    _length_slope,
    (
        Mutation("E phi phi'' omitted", lambda: list(_mutated(bent=0))),
        Mutation("E phi phi'' omitted, by differences", lambda: list(_by_differences(bent=0))),
        Mutation("2 kappa E phi E phi''", lambda: list(_mutated(lost=2))),
        Mutation("2 kappa E phi E phi'', by the product rule", lambda: list(_any_function(2))),
        Mutation("2 kappa E phi E phi'', by differences", lambda: list(_by_differences(lost=2))),
    ),
)

CORRELATED_SLOPES = (SLOPE_AT_ONE, LENGTH_SLOPE)
