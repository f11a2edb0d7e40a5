"""Both sides of the critical exponent, against iterations of infinitely wide networks."""

import mpmath
import pytest
import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.errors import AssumptionError
from theory.symbols import V0, n, rho


def test_relu_correlation_tends_to_one():
    regimes = CovarianceSDE("relu").regimes
    assert regimes.correlation_attractor == 1
    assert regimes.norm_attractor is None
    assert "V stays where it is; rho tends to 1" in regimes.supercritical
    flow = (sp.sqrt(1 - rho**2) - rho * sp.acos(rho)) / (2 * sp.pi)
    assert sp.expand(regimes.correlation_flow - flow) == 0


def test_smooth_correlation_tends_to_one_half():
    regimes = CovarianceSDE("x + 0.4*x**2 - 0.8*x**3").regimes
    assert regimes.norm_attractor == 1
    assert regimes.correlation_attractor == sp.S.Half
    assert (
        sp.expand(regimes.correlation_flow - sp.Rational(4, 25) * (1 - rho) * (1 - 2 * rho)) == 0
    )


@pytest.mark.parametrize(("scale", "value"), [(10, 0.42690), (20, 0.47876)])
def test_infinite_width_iteration(scale, value):
    """The map of x + .4 x^2/s - .8 x^3/s^2 from rho = .1 for clock 80 approaches 1/2 as 1/s^2."""
    h = {1: sp.S.One, 2: sp.Rational(2, 5) / scale, 3: -sp.Rational(4, 5) / scale**2}
    x1 = float(h[1]), float(h[2]), float(h[3])

    def kernel(q, c):
        a, b, d = x1
        second = b * b * (q * q + 2 * c * c)
        third = d * d * (9 * q * q * c + 6 * c**3)
        return a * a * c + second + 6 * a * d * q * c + third

    normaliser = 1 / kernel(1, 1)
    q, c = 1.0, 0.1
    for _ in range(80 * scale**2):
        q, c = normaliser * kernel(q, q), normaliser * kernel(q, c)
    assert c / q == pytest.approx(value, abs=2e-5)


def test_odd_shapings_freeze_the_correlation():
    assert CovarianceSDE("tanh").regimes.correlation_flow == 0
    assert CovarianceSDE("tanh").regimes.norm_attractor == 1


def test_blow_up_time():
    time = CovarianceSDE("exp").regimes.blow_up_time
    assert sp.simplify(time + sp.Rational(4, 7) * sp.log(1 - 1 / V0)) == 0
    fifth = CovarianceSDE("x + x**5").regimes.blow_up_time
    with mpmath.workdps(20):
        direct = mpmath.quad(lambda v: 1 / (30 * v**3 - 30 * v), [2, 4, 20, mpmath.inf])
    assert abs(fifth.subs(V0, 2).evalf(20) - direct) < 1e-12


@pytest.mark.parametrize(
    ("shaping", "current"),
    [
        ("x + x**3/n", "critical"),
        ("x + x**3/sqrt(n)", "supercritical"),
        ("x + x**2/n", "subcritical"),
        ("x + n**(-p)*x**2", "undecided"),
        ("(1 + 1/n)*x", "subcritical"),
    ],
)
def test_where_a_given_shaping_stands(shaping, current):
    assert CovarianceSDE(shaping=shaping).regimes.current == current


def test_clock():
    regimes = CovarianceSDE(shaping="x + x**3/sqrt(n)").regimes
    assert regimes.clock == sp.sqrt(n)
    assert CovarianceSDE("linear").regimes.clock is None


def test_residual_networks_have_no_exponent():
    with pytest.raises(AssumptionError, match="not shaped"):
        _ = CovarianceSDE("relu", architecture="residual").regimes


@pytest.mark.parametrize(
    ("name", "words"),
    [("sinh(x)", "grows exponentially"), ("hardswish", "not four times differentiable")],
)
def test_unmet_assumptions(name, words):
    (sentence,) = CovarianceSDE(name).assumptions
    assert words in sentence


@pytest.mark.parametrize("name", ["relu", "silu", "tanh", "linear", "elu", "x + x**4"])
def test_equations(name):
    sde = CovarianceSDE(name)
    rows = {row.name: row for row in sde.equations()}
    assert len(rows) == 14
    for row in rows.values():
        assert row.latex()
        assert row.source
        assert row.value is not None or row.note
    assert r"\begin{aligned}" in sde.latex()


def test_definitions_agree_with_values():
    for row in CovarianceSDE("silu").equations():
        if row.name in ("covariance_drift", "norm_drift", "covariance_diffusion"):
            symbols = sorted(row.value.free_symbols | row.definition.free_symbols, key=str)
            point = dict(zip(symbols, (sp.Rational(7, 5), sp.Rational(1, 3), 2), strict=False))
            difference = (row.definition - row.value).subs(point).evalf(8)
            assert abs(difference) < 1e-6
