"""compile: activations and expectations as functions of arrays."""

import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from scipy import special

from numerics.compile import compile
from theory.activation import Activation
from theory.errors import InitheoryError, InputError
from theory.gaussian import E2, E
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2, x

VALUES = np.concatenate([np.linspace(-30, 30, 601), [-1e-9, 0.0, 1e-9]])

ACTIVATIONS = {
    "max(x, 0)": lambda t: np.maximum(t, 0),
    "tanh(x)": np.tanh,
    "gelu": lambda t: t * special.ndtr(t),
    "silu": lambda t: t * special.expit(t),
    "max(x, 0) + exp(min(x, 0)) - 1": lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0))),
    "sign(x)*sqrt(abs(x))": lambda t: np.sign(t) * np.sqrt(np.abs(t)),
    "softplus(x)": lambda t: np.logaddexp(0, t),
}


@pytest.mark.parametrize("text", ACTIVATIONS)
def test_an_activation_is_a_function_of_arrays(text):
    # SciPy's normal distribution loses three digits at -30; ours is tested in its own right
    np.testing.assert_allclose(compile(text)(VALUES), ACTIVATIONS[text](VALUES), rtol=2e-13)


def test_shapes_and_types():
    relu = compile("max(x, 0)")
    assert relu(3) == 3.0
    assert type(relu(np.int64(3))) is float
    assert relu(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    integers = relu(np.arange(-2, 4).reshape(2, 3))
    assert integers.dtype == np.float64
    np.testing.assert_array_equal(integers, [[0, 0, 0], [1, 2, 3]])
    np.testing.assert_array_equal(relu(np.array([[1.0, -1.0], [2.0, 3.0]]).T), [[1, 2], [0, 3]])
    assert relu(np.float32(0.5)) == 0.5
    assert np.isnan(relu(np.nan))
    assert relu(np.inf) == np.inf


def test_the_input_is_not_changed():
    values = np.array([-1.0, 2.0])
    compile("max(x, 0)")(values)
    assert values.tolist() == [-1.0, 2.0]


def test_parameters_by_position_and_by_name():
    slope = compile(Activation("max(x, 0) + a*min(x, 0)"))
    assert [str(s) for s in slope.arguments] == ["x", "a"]
    np.testing.assert_array_equal(slope([-2.0, 3.0], 0.5), [-1.0, 3.0])
    np.testing.assert_array_equal(slope(-2.0, a=[0.5, 0.25]), [-1.0, -0.5])
    assert slope([[1.0], [2.0]], [0.1, 0.2, 0.3]).shape == (2, 3)


def test_a_new_parameter_value_compiles_nothing():
    slope = compile(Activation("max(x, 0) + a*min(x, 0)"))
    assert "v1" in slope.source
    assert "0.123" not in slope.source
    assert slope(-1.0, 0.123) == -0.123


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f(1.0), "missing: a"),
        (lambda f: f(1.0, 2.0, 3.0), "3 values"),
        (lambda f: f(1.0, b=2.0), "unknown: b"),
        (lambda f: f(1.0, 2.0, a=2.0), "given twice: a"),
        (lambda f: f(1j, 1.0), "real number"),
        (lambda f: f([None], 1.0), "real number"),
        (lambda f: f(["1"], 1.0), "real number"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call(compile(Activation("max(x, 0) + a*min(x, 0)")))


def test_a_derivative_is_compiled_like_any_activation():
    slope = compile(Activation("tanh(x)").derivative())
    np.testing.assert_allclose(
        slope([0.0, 1.0, 15.0]), np.cosh([0.0, 1.0, 15.0]) ** -2.0, rtol=1e-14
    )


def test_repr_and_source():
    f = compile("tanh(x)")
    assert repr(f) == "<compiled function of x: tanh(x)>"
    assert "def tanh(x)" in f.source


def test_equal_questions_share_one_function():
    assert compile("tanh(x)") is compile(sp.tanh(x))


def test_angles_beyond_the_vector_range():
    values = np.array([0.5, 1e15, 1e300])
    np.testing.assert_allclose(compile("sin(x)")(values), np.sin(values), rtol=1e-15)


def test_removable_singularities_take_their_limit():
    np.testing.assert_allclose(compile("sin(x)/x")([0.0, 1.0]), [1.0, np.sin(1.0)])


def test_places_without_a_real_value_are_refused():
    with pytest.raises(InputError, match="not a real number at rho = 2"):
        compile(sp.sqrt(1 - rho**2), [rho])([0.5, 2.0])


# --- expectations


def test_an_expectation_broadcasts():
    moment = compile(E("tanh(x)**2", q), [q])
    values = np.array([[0.1, 1.0], [10.0, 1e4]])
    z, w = np.polynomial.hermite_e.hermegauss(180)
    assert moment(1.0) == pytest.approx(np.dot(w, np.tanh(z) ** 2) / w.sum(), rel=1e-13)
    assert moment(values).shape == (2, 2)
    assert moment(values)[0, 1] == moment(1.0)
    assert moment(0.0) == 0.0


def test_expressions_around_expectations():
    """sigma_b2 + sigma_w2 E relu^2 = sigma_b2 + sigma_w2 q/2."""
    variance_map = compile(sigma_b2 + sigma_w2 * E("max(x, 0)**2", q), [q, sigma_w2, sigma_b2])
    found = variance_map([[1.0], [4.0]], np.array([1.0, 2.0]), 0.5)
    np.testing.assert_allclose(found, [[1.0, 1.5], [2.5, 4.5]], rtol=1e-14)
    assert variance_map(q=1.0, sigma_b2=0.0, sigma_w2=2.0) == pytest.approx(1.0, rel=1e-15)


def test_arguments_in_the_order_of_names_by_default():
    assert [str(s) for s in compile(sigma_w2 * E("tanh(x)**2", q)).arguments] == ["q", "sigma_w2"]


def test_expectation_with_mean_and_parameter():
    """E relu(a (m + s Z)) = a (m Phi(m/s) + s n(m/s))."""
    a = sp.Symbol("a", positive=True)
    m = sp.Symbol("m", real=True)
    f = compile(E(sp.Max(a * x, 0), q, m), [q, m, a])
    for v, mean, scale in ((1.0, 0.3, 1.0), (4.0, -1.0, 2.5)):
        s = np.sqrt(v)
        density = np.exp(-(mean**2) / (2 * v)) / np.sqrt(2 * np.pi)
        exact = scale * (mean * special.ndtr(mean / s) + s * density)
        assert f(v, mean, scale) == pytest.approx(exact, rel=1e-13)


def test_two_point_expectations_use_their_closed_form():
    """E relu(u) relu(v) at equal variances 1: (sin t + (pi - t) cos t)/(2 pi), t = acos rho."""
    kernel = compile(E2("max(x, 0)", "max(x, 0)", q1, q2, rho), [q1, q2, rho])
    angle = np.array([0.3, 1.0, 2.0])
    exact = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    np.testing.assert_allclose(kernel(1.0, 1.0, np.cos(angle)), exact, rtol=1e-13)
    np.testing.assert_allclose(kernel(4.0, 9.0, np.cos(angle)), 6 * exact, rtol=1e-13)


def test_two_point_expectations_without_closed_form():
    kernel = compile(E2("tanh(x)", "tanh(x)", q, q, rho), [q, rho])
    single = compile(E("tanh(x)**2", q), [q])
    found = kernel(1.0, [0.0, 1.0, -1.0, 0.5])
    np.testing.assert_allclose(found[:3], [0.0, single(1.0), -single(1.0)], atol=1e-14)
    z, w = np.polynomial.hermite_e.hermegauss(100)
    w = w / w.sum()
    y = 0.5 * z[:, None] + np.sqrt(0.75) * z[None, :]
    assert found[3] == pytest.approx(w @ (np.tanh(z)[:, None] * np.tanh(y)) @ w, rel=1e-10)


def test_constant_expectations_keep_their_arguments():
    assert compile(E("sign(x)**2", q), [q])(np.array([1.0, 2.0])).tolist() == [1.0, 1.0]


def test_missing_symbols_are_named():
    with pytest.raises(InputError, match="depends on sigma_w2"):
        compile(sigma_w2 * E("tanh(x)**2", q), [q])
    with pytest.raises(InputError, match="twice"):
        compile(E("tanh(x)**2", q), [q, q])
    with pytest.raises(InputError, match="neither a symbol"):
        compile(E("tanh(x)**2", q), [3])


def test_symbols_are_matched_by_name():
    by_name = compile(E("tanh(x)**2", q), ["q"])
    plain = compile(E("tanh(x)**2", q), [sp.Symbol("q")])
    assert by_name(2.0) == plain(2.0)


def test_negative_variances_are_refused():
    with pytest.raises(InputError, match="q is not negative"):
        compile(E("tanh(x)**2", q), [q])([1.0, -1.0])


@pytest.mark.parametrize("thing", [3, None, object()])
def test_other_objects_are_refused(thing):
    with pytest.raises(InitheoryError, match="cannot compile"):
        compile(thing)


def test_importing_compile_does_not_import_numba():
    script = (
        "import sys, numerics.compile, numerics.moments, numerics.kernels, numerics.codegen\n"
        "numerics.compile.compile('tanh(x)')\n"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("phi", ["x", "tanh(x)"])
def test_a_correlation_beyond_one_is_refused(phi):
    f = compile(E2(phi, phi, q1, q2, rho), ["q1", "q2", "rho"])
    assert f(1, 1, 1 + 1e-13) == pytest.approx(f(1, 1, 1), rel=1e-12)
    for value in (1.5, -1.5, [0.5, 1.001]):
        with pytest.raises(InputError, match="no correlation"):
            f(1, 1, value)


def test_exact_numbers_are_welcome_and_ragged_arrays_are_not():
    assert compile("2*x")(sp.Rational(1, 2)) == 1.0
    assert compile("2*x")([sp.Rational(1, 2), 1]).tolist() == [1.0, 2.0]
    with pytest.raises(InputError):
        compile("2*x")([[1, 2], [3]])
    with pytest.raises(InputError):
        compile("2*x")([q, 1])
    with pytest.raises(InputError, match="broadcast"):
        compile(q1 + q2, ["q1", "q2"])([1, 2], [1, 2, 3])
