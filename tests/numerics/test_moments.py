"""One-point moments against independent 30-digit quadrature and closed forms.

The references know nothing of SymPy or of our rules: each activation is written once more by hand,
in mpmath, with its kinks, and integrated by mpmath between them.
"""

from itertools import pairwise
from types import SimpleNamespace

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from numerics.moments import Moments, moments_of
from theory.errors import DivergentExpectationError, InputError, PrecisionError
from theory.special import Phi, sigmoid, softplus
from theory.symbols import x

VARIANCES = ("1e-6", "1e-4", "1e-2", "0.3", "1", "7", "16", "1e2", "1e3", "1e4")
R = sp.Rational
RELU = sp.Max(x, 0)
SELU = R(10507, 10000), R(167326, 100000)


def _elu(scale, alpha):
    return scale * sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True))


def _sigma(t):
    return 1 / (1 + mp.exp(-t))


def _normal(t):
    return mp.erfc(-t / mp.sqrt(2)) / 2


def _density(t):
    return mp.exp(-t * t / 2) / mp.sqrt(2 * mp.pi)


def _mish_slope(t):
    gate = mp.tanh(mp.log1p(mp.exp(t)))
    return gate + t * (1 - gate**2) * _sigma(t)


def _by_hand(phi, slope, *kinks):
    return phi, slope, kinks


#: name: (expression, phi and phi' by hand, kinks)
BY_HAND = {
    "tanh": (sp.tanh(x), _by_hand(mp.tanh, lambda t: mp.sech(t) ** 2)),
    "gelu": (
        x * Phi(x),
        _by_hand(lambda t: t * _normal(t), lambda t: _normal(t) + t * _density(t)),
    ),
    "silu": (
        x * sigmoid(x),
        _by_hand(lambda t: t * _sigma(t), lambda t: _sigma(t) * (1 + t * _sigma(-t))),
    ),
    "mish": (
        x * sp.tanh(softplus(x)),
        _by_hand(lambda t: t * mp.tanh(mp.log1p(mp.exp(t))), _mish_slope),
    ),
    "softplus": (softplus(x), _by_hand(lambda t: mp.log1p(mp.exp(t)), _sigma)),
    "sigmoid": (sigmoid(x), _by_hand(_sigma, lambda t: _sigma(t) * _sigma(-t))),
    "elu": (
        _elu(1, R(17, 10)),
        _by_hand(
            lambda t: t if t > 0 else mp.mpf("1.7") * mp.expm1(t),
            lambda t: 1 if t > 0 else mp.mpf("1.7") * mp.exp(t),
        ),
    ),
    "selu": (
        _elu(*SELU),
        _by_hand(
            lambda t: mp.mpf("1.0507") * (t if t > 0 else mp.mpf("1.67326") * mp.expm1(t)),
            lambda t: mp.mpf("1.0507") * (1 if t > 0 else mp.mpf("1.67326") * mp.exp(t)),
        ),
    ),
    "hardtanh": (
        sp.Max(-1, sp.Min(1, x)),
        _by_hand(lambda t: max(-1, min(1, t)), lambda t: int(abs(t) < 1), -1, 1),
    ),
    "relu6": (
        sp.Min(6, RELU),
        _by_hand(lambda t: min(6, max(0, t)), lambda t: int(0 < t < 6), 6),
    ),
    "hardswish": (
        x * sp.Min(6, sp.Max(0, x + 3)) / 6,
        _by_hand(
            lambda t: t * min(6, max(0, t + 3)) / 6,
            lambda t: (2 * t + 3) / 6 if abs(t) < 3 else int(t > 0),
            -3,
            3,
        ),
    ),
    "hardsigmoid": (
        sp.Min(6, sp.Max(0, x + 3)) / 6,
        _by_hand(
            lambda t: min(6, max(0, t + 3)) / mp.mpf(6),
            lambda t: int(abs(t) < 3) / mp.mpf(6),
            -3,
            3,
        ),
    ),
    "softsign": (
        x / (1 + sp.Abs(x)),
        _by_hand(lambda t: t / (1 + abs(t)), lambda t: (1 + abs(t)) ** -2),
    ),
    "atan": (sp.atan(x), _by_hand(mp.atan, lambda t: 1 / (1 + t * t))),
    "log1p(x^2)": (
        sp.log(1 + x**2),
        _by_hand(lambda t: mp.log1p(t * t), lambda t: 2 * t / (1 + t * t)),
    ),
    "relu^2/(1+relu)": (
        RELU**2 / (1 + RELU),
        _by_hand(
            lambda t: t * t / (1 + t) if t > 0 else 0,
            lambda t: t * (t + 2) / (1 + t) ** 2 if t > 0 else 0,
        ),
    ),
}


def _sines(amplitude, frequency, q):
    """E sin^2, E cos^2 of ``frequency`` x and E x sin(frequency x), times powers of amplitude."""
    wave = mp.exp(-2 * frequency**2 * q)
    mixed = frequency * q * mp.exp(-(frequency**2) * q / 2)
    return amplitude**2 * (1 - wave) / 2, amplitude**2 * (1 + wave) / 2, amplitude * mixed


def _sine_plus_slope(q):
    squares, cosines, mixed = _sines(1, 1, q)
    return squares + q / 9 + 2 * mixed / 3, cosines + mp.mpf(1) / 9 + 2 * mixed / (3 * q)


def _two_slopes_and_sine(q):
    """Slopes 1 and 1/10 plus sin(3x)/20: E h(x) sin 3x = (1 + 1/10)/2 E x sin 3x."""
    squares, cosines, mixed = _sines(mp.mpf(1) / 20, 3, q)
    slopes = (1 + mp.mpf(1) / 100) / 2
    cross = 2 * mixed * mp.mpf(11) / 20
    return slopes * q + squares + cross, slopes + 9 * cosines + cross / q


def _snake(q):
    """x + sin(x)^2 = x + 1/2 - cos(2x)/2."""
    variance = q + mp.mpf(1) / 4 + (1 + mp.exp(-8 * q)) / 8 - mp.exp(-2 * q) / 2
    return variance, 1 + (1 - mp.exp(-8 * q)) / 2


def _erf(q):
    return 2 / mp.pi * mp.asin(2 * q / (1 + 2 * q)), 4 / mp.pi / mp.sqrt(1 + 4 * q)


def _x_erf(q):
    angle = 2 / mp.pi * mp.asin(2 * q / (1 + 2 * q))
    mixed = 8 * q / (mp.pi * (1 + 2 * q) * mp.sqrt(1 + 4 * q))
    return q * (angle + mixed), angle + mixed + 4 * q / (mp.pi * (1 + 4 * q) ** mp.mpf(1.5))


def _x_gauss(q):
    """E x^(2k) exp(-x^2) = (2k-1)!! r^k / sqrt(1 + 2q) with r = q/(1 + 2q)."""
    scale, r = 1 / mp.sqrt(1 + 2 * q), q / (1 + 2 * q)
    return scale * r, scale * (1 - 2 * r + 3 * r * r)


#: name: (expression, q -> (E phi^2, E phi'^2), None for a divergent one)
CLOSED = {
    "erf": (sp.erf(x), _erf),
    "relu": (RELU, lambda q: (q / 2, mp.mpf(1) / 2)),
    "leaky": (sp.Max(x, x / 10), lambda q: (q * mp.mpf(101) / 200, mp.mpf(101) / 200)),
    "abs": (sp.Abs(x), lambda q: (q, 1)),
    "linear": (x, lambda q: (q, 1)),
    "square": (x**2, lambda q: (3 * q * q, 4 * q)),
    "relu^2": (RELU**2, lambda q: (3 * q * q / 2, 2 * q)),
    "sin": (sp.sin(x), lambda q: _sines(1, 1, q)[:2]),
    "cos": (sp.cos(x), lambda q: _sines(1, 1, q)[1::-1]),
    "snake": (x + sp.sin(x) ** 2, _snake),
    "sin(x)+x/3": (sp.sin(x) + x / 3, _sine_plus_slope),
    "slopes+sin(3x)": (RELU - sp.Max(-x, 0) / 10 + sp.sin(3 * x) / 20, _two_slopes_and_sine),
    "gauss": (
        sp.exp(-(x**2) / 2),
        lambda q: (1 / mp.sqrt(1 + 2 * q), q / (1 + 2 * q) ** mp.mpf(1.5)),
    ),
    "x gauss": (x * sp.exp(-(x**2) / 2), _x_gauss),
    "x erf": (x * sp.erf(x), _x_erf),
    "exp": (sp.exp(x), lambda q: (mp.exp(2 * q), mp.exp(2 * q))),
    "step": (sp.Heaviside(x), lambda q: (mp.mpf(1) / 2, None)),
    "sign": (sp.sign(x), lambda q: (1, None)),
    "signed root": (sp.sign(x) * sp.sqrt(sp.Abs(x)), lambda q: (mp.sqrt(2 * q / mp.pi), None)),
}


def mean_field(phi, finite=True, parameters=()):
    """What ``moments_of`` reads of a MeanField."""
    activation = SimpleNamespace(expr=phi, parameters=parameters)
    return SimpleNamespace(activation=activation, slope_moment=sp.S.One if finite else sp.oo)


def reference(f, kinks, q):
    """E f(sqrt(q) Z) to 20 digits or more, split at the kinks and geometrically around them."""
    with mp.workdps(24):
        s = mp.sqrt(mp.mpf(q))
        cuts = {mp.mpf(v) for v in (-13, -7, -4, -2, -1, 0, 1, 2, 4, 7, 13)}
        for kink in (0, *kinks):
            distances = [0, *(sign * mp.mpf(2) ** k for sign in (1, -1) for k in range(-1, 9))]
            cuts |= {(kink + d) / s for d in distances if abs(kink + d) < 13 * s}
        ordered = sorted(cuts)
        kept = [ordered[0]]
        kept += [b for a, b in pairwise(ordered) if b - a > 1e-15]
        return mp.quad(lambda z: f(s * z) * _density(z), kept)


def relative_errors(values, exact):
    return [abs(float(mp.mpf(v) / e - 1)) for v, e in zip(values, exact, strict=True)]


@pytest.mark.parametrize("name", BY_HAND)
def test_moments_against_thirty_digit_quadrature(name):
    expr, (phi, slope, kinks) = BY_HAND[name]
    moments = moments_of(mean_field(expr))
    for q in ("1e-6", "1e-2", "1", "16", "1e4"):
        found = moments.evaluate(float(q)).value
        exact = [reference(lambda t, f=f: f(t) ** 2, kinks, q) for f in (phi, slope)]
        assert max(relative_errors(found[:2], exact)) < 1e-14, q
        assert min(relative_errors(found[:2] * (1 + 3e-14), exact)) > 1e-14  # the check has power


@pytest.mark.parametrize("name", CLOSED)
def test_moments_against_closed_forms(name):
    expr, exact = CLOSED[name]
    finite = exact(mp.mpf(1))[1] is not None
    moments = moments_of(mean_field(expr, finite))
    for q in VARIANCES:
        with mp.workdps(30):
            wanted = exact(mp.mpf(q))
        if wanted[0] > 1e300:
            assert moments.W(float(q)) == moments.D(float(q)) == np.inf
            continue
        found = moments.evaluate(float(q))
        for k, value in enumerate(wanted):
            if value is None:
                assert found.value[k] == np.inf
            elif value == 0:
                assert found.value[k] == 0
            else:
                assert relative_errors([found.value[k]], [value])[0] < 1e-14, q


@pytest.mark.parametrize("name", ["tanh", "softplus", "hardsigmoid", "sigmoid", "relu6", "gelu"])
def test_q_derivative_is_the_derivative(name):
    """q W'(q) three ways: Stein's lemma as compiled, the Hermite weight, a difference quotient."""
    expr = BY_HAND[name][0]
    moments = moments_of(mean_field(expr))
    hermite = Moments([expr**2], hermite=(0,))
    for q in (1e-4, 1.0, 50.0):
        slope = float(moments.qdW(q))
        assert slope == pytest.approx(hermite(q)[0], abs=1e-14 * moments.W(q) * 10)
        h = 1e-3
        w = [float(moments.W(q * np.exp(k * h))) for k in (-2, -1, 1, 2)]
        quotient = (w[0] - 8 * w[1] + 8 * w[2] - w[3]) / (12 * h)
        assert slope == pytest.approx(quotient, abs=3e-11 * w[0] / h * 1e-3 + 1e-9 * slope)


def test_q_derivative_does_not_cancel_for_small_variances():
    """W = 1/4 + q/16 + O(q^2) for the sigmoid: q W' = q/16 to all digits."""
    moments = moments_of(mean_field(sigmoid(x)))
    assert moments.qdW(1e-9) == pytest.approx(1e-9 / 16, rel=1e-8)
    found = moments.evaluate(np.array([1e-9, 1e-5]))
    assert np.all(found.error[2] < 1e-15 * found.value[2] * 10)


def test_q_derivative_of_a_jump():
    """E 1{u > 1}: the derivative in q is n(1/s)/(2 s q); the a.e. second derivative gives 0."""
    q = 1.7
    s = np.sqrt(q)
    exact = np.exp(-1 / (2 * q)) / np.sqrt(2 * np.pi) / (2 * s)
    assert Moments([sp.Heaviside(x - 1)], hermite=(0,))(q)[0] == pytest.approx(exact, rel=1e-14)
    assert exact / q == pytest.approx(0.0670614619593, abs=1e-13)  # symbolic engine notes


def test_a_constant_second_moment_has_no_slope():
    assert moments_of(mean_field(sp.sign(x), False)).qdW([1e-3, 1.0, 1e3]).tolist() == [0, 0, 0]


def test_error_bounds_hold():
    expr, (phi, _, kinks) = BY_HAND["gelu"]
    found = Moments([expr**2]).evaluate(1.0)
    exact = reference(lambda t: phi(t) ** 2, kinks, "1")
    assert abs(found.value[0] - float(exact)) <= found.error[0] <= 1e-14


def test_exponential_growth_is_right_until_doubles_overflow():
    moments = Moments([sp.exp(x) ** 2, sp.sinh(x) ** 2])
    for q in (50.0, 200.0, 350.0):
        with mp.workdps(30):
            exact = mp.exp(2 * mp.mpf(q)), (mp.exp(2 * mp.mpf(q)) - 1) / 2
        found = moments.evaluate(q)
        # the value itself changes by 2q times a rounding of q
        assert max(relative_errors(found.value, exact)) < 4 * q * 2.0**-52
        assert np.all(np.abs(found.value - [float(e) for e in exact]) <= found.error)
    assert moments(360.0).tolist() == [np.inf, np.inf]


def test_gaussian_growth_up_to_the_pole():
    moments = Moments([sp.exp(x**2 / 8) ** 2])
    for q in (1.0, 1.9, 1.999):
        assert moments(q)[0] == pytest.approx((1 - q / 2) ** -0.5, rel=1e-12)
    with pytest.raises(
        DivergentExpectationError, match=r"infinite for variances from 2; got 2\.5"
    ):
        moments(2.5)


def test_what_does_not_converge_is_refused():
    with pytest.raises(DivergentExpectationError, match="integrable at 0"):
        Moments([1 / sp.Abs(x)])(1.0)
    with pytest.raises(PrecisionError, match="on the way to a finite value"):
        Moments([sp.sqrt(1 + sp.exp(2 * x))])(500.0)


def test_features_far_from_the_origin_are_found():
    """Two different rules for the same narrow feature: declared and undeclared centre."""
    narrow = Moments([sp.exp(-((100 * (x - R(33, 10))) ** 2))])(1.0)[0]
    variance = 1 / 2e4
    exact = np.sqrt(variance / (1 + variance)) * np.exp(-(3.3**2) / (2 * (1 + variance)))
    assert narrow == pytest.approx(exact, rel=1e-13)


def test_aliases_do_not_fool_the_trapezoid():
    """E sin(x)^2 = 1/2 for large q, also where a step is a multiple of the period."""
    q = (np.pi * np.arange(10, 400) / 7) ** 2
    np.testing.assert_allclose(Moments([sp.sin(x) ** 2])(q)[0], 0.5, rtol=1e-14)


def test_a_mean_shifts_the_variable():
    """E (m + sqrt(q) Z)^2 = m^2 + q; E relu(m + sqrt(q) Z) = m Phi(m/s) + s n(m/s)."""
    mean = np.array([-2.0, 0.0, 3.0])
    found = Moments([x**2, RELU])(4.0, (), mean)
    np.testing.assert_allclose(found[0], mean**2 + 4, rtol=1e-14)
    with mp.workdps(20):
        exact = [m * _normal(mp.mpf(m) / 2) + 2 * _density(mp.mpf(m) / 2) for m in mean.tolist()]
    assert max(relative_errors(found[1], exact)) < 1e-13


def test_parameters_are_runtime_values():
    a = sp.Symbol("a", positive=True)
    clipped = Moments([sp.Max(-a, sp.Min(a, x)) ** 2], (a,))
    for value in (0.5, 1.0, 20.0):
        exact = reference(lambda t, v=value: min(abs(t), v) ** 2, (-value, value), 2)
        assert clipped(2.0, (value,))[0] == pytest.approx(float(exact), rel=1e-14)
    with pytest.raises(InputError, match="must ascend"):
        clipped(2.0, (-1.0,))
    with pytest.raises(InputError, match=r"0 values given for the parameters \(a\)"):
        clipped(2.0)


@pytest.mark.parametrize(
    ("f", "limit"),
    [(sp.cos(x), 1.0), (sp.Heaviside(x), 0.5), (sp.Heaviside(x - 1), 0.0), (1 + RELU, 1.0)],
    ids=str,
)
def test_the_limit_of_vanishing_variance(f, limit):
    assert Moments([f])(0.0)[0] == limit
    assert Moments([f])(1e-12)[0] == pytest.approx(limit, abs=1e-5)


@pytest.mark.parametrize("q", [-1.0, np.nan, np.inf])
def test_impossible_variances_are_refused(q):
    with pytest.raises(InputError, match="finite variance"):
        Moments([x**2])(np.array([1.0, q]))


def test_shapes_and_vectors():
    moments = Moments([x, x**2, x**4])
    q = np.array([[0.5, 1.0, 2.0], [3.0, 0.0, 1e4]])
    found = moments(q)
    assert found.shape == (3, 2, 3)
    np.testing.assert_allclose(found[0], 0.0, atol=1e-13)
    np.testing.assert_allclose(found[1], q, rtol=1e-14)
    np.testing.assert_allclose(found[2], 3 * q**2, rtol=1e-14)
    np.testing.assert_array_equal(moments(2.0)[:, None], moments(np.array([2.0])))


@pytest.mark.parametrize("variance", [1e-8, 0.3, 1.0, 7.0, 1e3, 1e6])
def test_one_variance_is_treated_as_in_an_array(variance):
    for exprs in ([sp.tanh(x) ** 2], [sp.Max(0, x) ** 2, sp.Abs(x)], [sp.tanh(1000 * x) ** 2]):
        moments = Moments(exprs)
        alone, together = moments(variance), moments(np.array([variance, 2 * variance]))
        np.testing.assert_allclose(alone, together[:, 0], rtol=4e-15)
