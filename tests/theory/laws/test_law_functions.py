"""Functions of a law as SymPy expressions: calculus, symmetry, closed forms, expectations."""

import mpmath
import pytest
import sympy as sp

from theory.activation import Activation
from theory.errors import ActivationSyntaxError, InputError, UndecidedError
from theory.gaussian import E
from theory.growth import Rate
from theory.laws.functions import LawActivation, LawDensity, LawSurvival
from theory.laws.weibull_factor import WeibullFactor
from theory.local_series import local_series
from theory.parser import parse
from theory.symbols import x
from theory.weights import Chi, Weibull

THREE = WeibullFactor(3)


def test_the_derivatives_match_differences():
    phi = LawActivation(THREE, x)
    for order in (1, 2, 3):
        exact = phi.diff(x, order).subs(x, sp.Rational(7, 5)).evalf(20)
        with mpmath.workdps(40):
            numeric = mpmath.diff(
                lambda t: THREE.quantile_digits(p=mpmath.erf(t / mpmath.sqrt(2))),
                mpmath.mpf("1.4"),
                order,
            )
        assert abs(exact - sp.Float(numeric, 20)) < 1e-12


def test_density_and_survival_are_derivatives_of_each_other():
    y = sp.Symbol("y", positive=True)
    assert LawSurvival(THREE, y).diff(y) == -LawDensity(THREE, y)
    with mpmath.workdps(25):
        tail = mpmath.quad(THREE.density_digits, [1, 2, 3, 5])
    assert abs(LawSurvival(THREE, 1).evalf(20) - sp.Float(tail, 20)) < 1e-17


def test_signs_and_special_places():
    assert LawActivation(THREE, -x) == -LawActivation(THREE, x)
    assert LawActivation(THREE, 0) == 0
    assert LawActivation(THREE, sp.oo) is sp.oo
    assert LawDensity(THREE, -x) == LawDensity(THREE, x)
    assert LawDensity(THREE, -x, 1) == -LawDensity(THREE, x, 1)
    assert LawActivation(THREE, x, "positive").is_positive
    with pytest.raises(InputError, match="'odd' or 'positive'"):
        LawActivation(THREE, x, "even")


def test_a_parameter_takes_values():
    theta = sp.Symbol("theta", positive=True)
    phi = LawActivation(WeibullFactor(theta), x)
    assert phi.subs(theta, 3) == LawActivation(THREE, x)
    assert phi.subs(theta, 2) == sp.sqrt(2) * sp.sin(sp.pi * sp.erf(x / sp.sqrt(2)) / 2)
    with pytest.raises(UndecidedError, match="parameter"):
        phi.diff(theta)
    assert sp.latex(phi) == r"\varphi_{\theta}\left(x\right)"


def test_the_parser_knows_both_activations():
    assert parse("weibull_activation(x, 3)") == LawActivation(THREE, x)
    assert parse("weibull_activation_positive(x, 3)") == LawActivation(THREE, x, "positive")
    with pytest.raises(ActivationSyntaxError, match="theta >= 2"):
        parse("weibull_activation(x, 1.5)")


def test_it_is_an_activation():
    phi = Activation("weibull_activation(x, 4)")
    assert phi.parity == "odd"
    assert phi.breakpoints == ()
    assert phi.growth.right == Rate(power=sp.Rational(1, 2))
    assert phi.derivative().growth.right == Rate(power=sp.Rational(-1, 2))
    assert Activation("weibull_activation(x, beta)").parameters == (sp.Symbol("beta", real=True),)


def test_an_even_power_has_the_moment_of_the_law():
    phi = LawActivation(THREE, x)
    assert E(phi**4, 1).doit() == 3 / sp.gamma(sp.Rational(7, 3))
    assert E(phi**3, 1).doit() == 0
    assert E(LawActivation(THREE, x / 2) ** 2, 4).doit() == 1 / sp.gamma(sp.Rational(5, 3))
    assert abs(E(phi**4, 1).evalf(15) - (3 / sp.gamma(sp.Rational(7, 3))).evalf(15)) < 1e-13


def test_the_expansion_at_zero_is_the_taylor_series():
    found = local_series(LawActivation(THREE, x) ** 2, x, sp.S(0), "+", 5).terms
    g = sp.gamma(sp.Rational(2, 3))
    assert sp.simplify(found[(2, 0)] - g**2) == 0
    assert sp.simplify(found[(4, 0)] + g**2 / 3) == 0


@pytest.mark.parametrize(
    ("law", "formula"),
    [
        (Chi(2), sp.sin(sp.pi * sp.erf(x / sp.sqrt(2)) / 2)),
        (Chi(3), sp.erf(x / sp.sqrt(2))),
        (Chi(5), 2 * sp.sin(sp.asin(sp.erf(x / sp.sqrt(2))) / 3)),
        (Weibull(2).scaled(3), sp.sqrt(2) / 3 * sp.sin(sp.pi * sp.erf(x / sp.sqrt(2)) / 2)),
    ],
)
def test_elementary_quantiles_give_elementary_activations(law, formula):
    from theory.laws.quotient import HALF_NORMAL, quotient

    factor = quotient(HALF_NORMAL, law.magnitude)
    assert sp.simplify(LawActivation(factor, x) - formula) == 0
