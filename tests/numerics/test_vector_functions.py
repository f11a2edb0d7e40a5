"""Vector functions against 40-digit values, at extreme arguments, and for speed."""

import time

import mpmath as mp
import numpy as np
import pytest

from numerics.kernels import load_module
from numerics.vector_functions import VECTOR_FUNCTIONS, source

REFERENCE = {
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "tanh": mp.tanh,
    "sech2": lambda x: mp.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "Phi": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
}
DOMAIN = {"log": (0, 8), "log1p": (-1, 8), "asin": (-1, 1), "acos": (-1, 1)}
ULPS = {"erfc": 8, "Phi": 8}

INF, NAN = np.inf, np.nan
#: argument: value, where a double cannot tell the value from its limit
LIMITS = {
    "exp": {-INF: 0, -750: 0, 0: 1, 710: INF, 1e308: INF, INF: INF},
    "expm1": {-INF: -1, -750: -1, -0.0: 0, 710: INF, INF: INF},
    "log": {0: -INF, INF: INF, -1: NAN, 1: 0},
    "log1p": {-1: -INF, INF: INF, -2: NAN, 0: 0},
    "tanh": {-INF: -1, -1e308: -1, -750: -1, 0: 0, 750: 1, INF: 1},
    "sech2": {-INF: 0, 750: 0, 0: 1},
    "sigmoid": {-INF: 0, -750: 0, 0: 0.5, 750: 1, INF: 1},
    "softplus": {-INF: 0, -750: 0, 750: 750, 1e308: 1e308, INF: INF},
    "sinh": {-INF: -INF, 750: INF, 0: 0},
    "cosh": {-INF: INF, 750: INF, 0: 1},
    "sin": {0: 0, INF: NAN},
    "cos": {0: 1, INF: NAN},
    "tan": {0: 0, INF: NAN},
    "asin": {2: NAN, 0: 0},
    "acos": {2: NAN, 1: 0},
    "atan": {-INF: -np.pi / 2, 1e308: np.pi / 2, INF: np.pi / 2},
    "erf": {-INF: -1, -750: -1, 0: 0, 1e308: 1, INF: 1},
    "erfc": {-INF: 2, 0: 1, 30: 0, 1e308: 0, INF: 0},
    "Phi": {-INF: 0, -1e308: 0, 0: 0.5, 750: 1, INF: 1},
}


@pytest.fixture(scope="module")
def apply():
    """Evaluate a vector function on an array."""
    drivers = "\n".join(
        '@njit("void(float64[::1], float64[::1])", cache=True, fastmath=FLAGS, '
        'error_model="numpy")\n'
        f"def map_{name}(a, out):\n"
        "    for i in range(a.size):\n"
        f"        out[i] = {name}(a[i])\n\n"
        for name in sorted(VECTOR_FUNCTIONS)
    )
    module = load_module(f"{source(sorted(VECTOR_FUNCTIONS))}\n\n\n{drivers}", "vector functions")

    def evaluate(name, values):
        values = np.ascontiguousarray(values, dtype=float)
        out = np.empty_like(values)
        getattr(module, f"map_{name}")(values, out)
        return out

    return evaluate


def sample(name):
    low, high = DOMAIN.get(name, (-8, 8))
    random = np.random.default_rng(0).uniform(low, high, 300)
    small = np.concatenate([np.logspace(-8, 0, 40), -np.logspace(-8, 0, 40)])
    values = np.concatenate([np.linspace(low, high, 201)[1:-1], random, small])
    return values[(values > low) & (values < high) & (values != 0)]


def ulps(name, values, results):
    with mp.workdps(40):
        exact = [REFERENCE[name](mp.mpf(v)) for v in values.tolist()]
        errors = [abs(mp.mpf(r) - e) for r, e in zip(results.tolist(), exact, strict=True)]
        return max(
            float(d) / np.spacing(abs(float(e))) for d, e in zip(errors, exact, strict=True)
        )


def test_every_function_has_a_reference():
    assert REFERENCE.keys() == VECTOR_FUNCTIONS == LIMITS.keys()


@pytest.mark.parametrize("name", sorted(VECTOR_FUNCTIONS))
def test_a_few_units_in_the_last_place(apply, name):
    values = sample(name)
    results = apply(name, values)
    assert ulps(name, values, results) <= ULPS.get(name, 4)
    assert ulps(name, values, results * (1 + 4e-15)) > ULPS.get(name, 4)  # the check has power


@pytest.mark.parametrize("name", sorted(VECTOR_FUNCTIONS))
def test_limits(apply, name):
    arguments = [*LIMITS[name], np.nan]
    expected = [*LIMITS[name].values(), np.nan]
    np.testing.assert_array_equal(apply(name, arguments), expected)


@pytest.mark.parametrize("name", ["tanh", "erf", "sinh", "atan"])
def test_odd_functions_keep_the_sign_of_zero(apply, name):
    assert np.signbit(apply(name, [-0.0, 0.0])).tolist() == [True, False]


def test_gradual_underflow_and_subnormal_arguments(apply):
    assert apply("exp", [-745.0])[0] == 5e-324
    assert apply("log", [5e-324])[0] == pytest.approx(-744.4400719213812, rel=1e-15)


def test_large_angles_keep_all_digits(apply):
    values = np.array([1e5, 1e9, 355.0, 4e14])  # 355 = 113 pi + 3e-5
    assert ulps("sin", values, apply("sin", values)) <= 4
    assert np.isnan(apply("sin", [1e300])[0])  # left to the C library by the callers


def test_loops_are_vectorised(apply):
    """tanh costs a small multiple of NumPy's: a scalar call in a loop costs twenty times more."""
    values = np.random.default_rng(0).normal(size=20000)

    def best(function):
        times = []
        for _ in range(30):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
        return min(times)

    assert best(lambda: apply("tanh", values)) < 6 * best(lambda: np.tanh(values))


@pytest.mark.parametrize(
    ("inlining", "right"), [("forceinline=True", True), ('inline="always"', False)]
)
def test_reassociation_must_not_reach_the_argument_reduction(inlining, right):
    """E tanh(Z)^2 under ``reassoc``: inlined before LLVM, tanh is silently 10 % wrong."""
    driver = """
@njit("float64(float64[::1], float64[::1])", cache=True,
      fastmath={"contract", "nsz", "reassoc"}, error_model="numpy")
def mean(z, w):
    total = 0.0
    for i in range(z.size):
        t = tanh(z[i])
        total += w[i] * t * t
    return total
"""
    text = source(["tanh"]).replace("forceinline=True", inlining) + driver
    z, w = np.polynomial.hermite_e.hermegauss(100)
    found = load_module(text, "a negative control").mean(z, w / w.sum())
    assert (abs(found - 0.394294490397841) < 1e-10) is right


def test_source_brings_dependencies_and_nothing_else():
    text = source(["sigmoid"])
    assert "def exp(x)" in text
    assert "def erfc_sum" not in text
    assert text == source(["sigmoid"])
