"""Random activations: closed forms against a quadrature that shares no code with the package.

Hypothesis draws functions from the grammar with closed forms.  The reference integrates the
function itself by Gauss-Legendre panels in mpmath; panels end at every kink.
"""

import functools
import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from theory.gaussian import E2, E, GaussianExpectation
from theory.special import Phi
from theory.symbols import q, q1, q2, rho, x

R = sp.Rational
DIGITS = 25
VARIANCES = [R(1, 40), R(1, 2), R(13, 10), R(4)]
CORRELATIONS = [R(-9, 10), R(-2, 5), R(1, 7), R(3, 5), R(9, 10)]

rationals = st.builds(lambda n, d: R(n, d), st.integers(-6, 6), st.sampled_from([1, 2, 3]))
slopes = st.builds(lambda n, d: R(n, d), st.sampled_from([-3, -2, -1, 1, 2, 3]), st.just(2))
affine = st.builds(lambda a, b: a * x + b, slopes, rationals)


def _polynomial(coefficients):
    return sum(c * x**k for k, c in enumerate(coefficients))


polynomials = st.lists(rationals, min_size=1, max_size=4).map(_polynomial)
bells = st.builds(
    lambda a, b: sp.exp(-a * x**2 / 2 + b * x / 3), st.sampled_from([0, R(1, 2), 1]), rationals
)
waves = st.builds(lambda f, a: f(a * x), st.sampled_from([sp.sin, sp.cos]), slopes)
shifted_waves = st.builds(lambda f, a: f(a), st.sampled_from([sp.sin, sp.cos]), affine)
steps = st.builds(lambda f, a: f(a), st.sampled_from([sp.erf, Phi]), affine)
centred_steps = st.builds(lambda f, a: f(a * x), st.sampled_from([sp.erf, Phi]), slopes)


def _piecewise(places, parts):
    places = sorted(set(places))
    branches = [(part, x < place) for place, part in zip(places, parts, strict=False)]
    return sp.Piecewise(*branches, (parts[-1], True))


def kinked(smooth):
    """Functions with up to three exact breakpoints, made of ``smooth`` ones."""
    return st.one_of(
        st.builds(sp.Abs, affine),
        st.builds(lambda a, b: sp.Max(a, b), affine, rationals),
        st.builds(lambda a, b: sp.Min(a, b), affine, affine),
        st.builds(lambda a: sp.Heaviside(a, 0), affine),
        st.builds(sp.sign, affine),
        st.builds(
            _piecewise,
            st.lists(rationals, min_size=1, max_size=3),
            st.lists(smooth, min_size=4, max_size=4),
        ),
    )


simple = st.one_of(polynomials, bells, waves, shifted_waves, steps, centred_steps)
real = st.one_of(polynomials, bells)
activations = st.one_of(
    simple,
    kinked(real),
    st.builds(lambda a, b: a + b, simple, simple),
    st.builds(lambda a, b: a * b, simple, simple),
    st.builds(lambda a, b: a * b, kinked(real), real),
    st.builds(lambda a, b: a + b, kinked(real), kinked(real)),
    st.builds(lambda a, b: a * b, kinked(real), centred_steps),
    st.builds(lambda f, a: f.subs(x, a), kinked(real), affine),
)


def kinks(f):
    """Where a function of the grammar above may be kinked: zeros of the affine switches."""
    switches = [a.args[0] for a in f.atoms(sp.Abs, sp.sign, sp.Heaviside)]
    switches += [a - b for m in f.atoms(sp.Max, sp.Min) for a in m.args for b in m.args]
    switches += [r.lhs - r.rhs for r in f.atoms(sp.core.relational.Relational)]
    roots = {sp.solve(s, x)[0] for s in switches if s.has(x)}
    return sorted(roots)


def panels(cuts, width, reach):
    """Ends of panels at the cuts, not wider than ``width``."""
    ends = sorted({-reach, reach, *[c for c in cuts if -reach < c < reach]})
    found = []
    for a, b in itertools.pairwise(ends):
        n = math.ceil((b - a) / width)
        points = [a + (b - a) * k / n for k in range(n)] + [b]
        found += itertools.pairwise(points)
    return found


@functools.cache
def gauss_nodes():
    with mpmath.workdps(DIGITS + 5):
        return mpmath.calculus.quadrature.GaussLegendre(mpmath.mp).calc_nodes(4, 110)


MULTIPLE = [{"Phi": mpmath.ncdf, "Heaviside": lambda a, b: mpmath.mpf(a > 0)}, "mpmath"]
DOUBLE = [{"Phi": special.ndtr, "erf": special.erf, "Heaviside": np.heaviside}, "numpy"]


def exact(number):
    return mpmath.mpf(number.p) / number.q


def one_point(f, variance, mean):
    """(E f, E |f|) by panels in multiple precision."""
    with mpmath.workdps(DIGITS):
        scale, mean = mpmath.sqrt(exact(variance)), exact(mean)
        function = sp.lambdify(x, f, modules=MULTIPLE)
        cuts = [(exact(c) - mean) / scale for c in kinks(f)]
        total = size = mpmath.mpf(0)
        for a, b in panels(cuts, min(1, 2 / scale), mpmath.mpf(26)):
            half, middle = (b - a) / 2, (a + b) / 2
            for node, weight in gauss_nodes():
                z = middle + half * node
                value = function(mean + scale * z) * half * weight * mpmath.npdf(z)
                total += value
                size += abs(value)
        return total, size


def two_point(f, g, first, second, correlation):
    """(E f g, E |f g|) by nested panels in double precision."""
    s, t, r = math.sqrt(first), math.sqrt(second), float(correlation)
    w = math.sqrt(1 - r * r)
    f_at, g_at = (sp.lambdify(x, h, modules=DOUBLE) for h in (f, g))
    nodes, weights = np.polynomial.legendre.leggauss(20)

    def rule(cuts, width, reach):
        ends = np.array(panels(cuts, width, reach))
        half, middle = (ends[:, 1:] - ends[:, :1]) / 2, ends.mean(axis=1, keepdims=True)
        z = (middle + half * nodes).ravel()
        return z, (half * weights).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    f_cuts = [float(c) / s for c in kinks(f)]
    g_cuts = [float(c) / t for c in kinks(g)]
    turns = [c / r + k * w / abs(r) for c in g_cuts for k in range(-8, 9)]
    outer, outer_weights = rule([*f_cuts, *turns], min(0.5, 1 / s), 16.0)
    total = size = 0.0
    for z, weight, value in zip(outer, outer_weights, f_at(s * outer) + 0 * outer, strict=True):
        inner, inner_weights = rule([(c - r * z) / w for c in g_cuts], min(0.5, 1 / t), 16.0)
        values = (g_at(t * (r * z + w * inner)) + 0 * inner) * inner_weights
        total += weight * value * values.sum()
        size += abs(weight * value) * abs(values).sum()
    return total, size


def closed_value(node, at):
    """The closed form as a number, or None where the counting rule leaves the node."""
    closed = node.doit()
    if closed.has(GaussianExpectation):
        return None
    return sp.N(closed.subs(at), 22)


def check_one_point(f, variance, mean):
    value = closed_value(E(f, q, mean), {q: variance})
    if value is None:
        return False
    reference, size = one_point(f, variance, mean)
    with mpmath.workdps(DIGITS):
        error = abs(mpmath.mpf(str(value)) - reference)
        # the reference ends at 26 standard deviations
        assert error <= mpmath.mpf(10) ** -17 * (size + mpmath.mpf(10) ** -40), (value, reference)
    return True


def check_two_point(f, g, law):
    value = closed_value(E2(f, g, q1, q2, rho), dict(zip((q1, q2, rho), law, strict=True)))
    if value is None:
        return False
    reference, size = two_point(f, g, *law)
    assert abs(float(value) - reference) <= 1e-12 * size, (value, reference)
    return True


@pytest.mark.parametrize("variance", VARIANCES)
@settings(max_examples=16)
@given(f=activations, mean=st.sampled_from([R(0), R(1, 3), R(-2)]))
def test_mean_of_a_random_activation(variance, f, mean):
    check_one_point(f, variance, mean)


@pytest.mark.parametrize("variance", VARIANCES)
@settings(max_examples=12)
@given(f=activations)
def test_second_moment_of_a_random_activation(variance, f):
    check_one_point(f**2, variance, R(0))


@pytest.mark.parametrize("correlation", CORRELATIONS)
@settings(max_examples=4)
@given(f=activations, g=activations, variances=st.tuples(*[st.sampled_from(VARIANCES)] * 2))
def test_covariance_of_two_random_activations(correlation, f, g, variances):
    check_two_point(f, g, (*variances, correlation))


def test_the_references_refute_a_wrong_form():
    """Negative controls: a lost factor and a lost kink are seen."""
    value, size = one_point(sp.Abs(x - 1), R(1, 2), R(0))
    assert abs(value - one_point(sp.Abs(x), R(1, 2), R(0))[0]) > size / 10
    value, size = two_point(sp.sign(x), sp.sign(x), R(1), R(1), R(1, 2))
    assert abs(value - 1 / 3) < 1e-13
