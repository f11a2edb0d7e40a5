"""The neutral line against published roots, and where there is none."""

import mpmath
import pytest
import sympy as sp

import initheory  # noqa: F401  loads the fast integrator of expectations
from theory.guessing import GuessingBias
from theory.guessing.neutral_line import neutral_line
from theory.mean_field import MeanField
from theory.symbols import q, rho, sigma_b2, sigma_w2


def test_published_line_of_tanh():
    line = neutral_line(MeanField("tanh"))

    def at(expr, place):
        return mpmath.mpf(str(expr.subs(q, sp.Float(place, 15)).evalf(13)))

    found = mpmath.findroot(
        lambda place: at(line.sigma_b2, place) - 0.1, (1.4, 1.5), solver="secant", tol=1e-22
    )
    assert abs(at(line.sigma_w2, found) - mpmath.mpf("2.924765745162")) < 1e-11


def test_both_conditions_hold_on_the_line():
    mf = MeanField("erf")
    line = neutral_line(mf)
    place = {q: sp.Rational(7, 3)}
    sigmas = {sigma_w2: line.sigma_w2.subs(place), sigma_b2: line.sigma_b2.subs(place)}
    assert abs((mf.variance_map.subs(sigmas | place) - sp.Rational(7, 3)).evalf(30)) < 1e-25
    half = mf.correlation_map.subs(rho, sp.S.Half).subs(sigmas).subs(place)
    assert abs((half - sp.S.Half).evalf(30)) < 1e-25
    # convexity: the line lies in the chaotic phase
    assert mf.chi_1.subs(sigmas).subs(place).evalf() > 1


def test_the_line_is_not_the_edge_of_chaos():
    mf = MeanField("erf")
    line, edge = neutral_line(mf), mf.edge_of_chaos
    difference = (line.sigma_w2 - edge.sigma_w2).subs(q, 1).evalf()
    assert difference > 0.1


@pytest.mark.parametrize("text", ["relu", "leaky_relu", "abs(x)"])
def test_kinked_homogeneous_activations_have_no_line(text):
    line = GuessingBias(text).neutral_line
    assert not line.exists
    assert line.sigma_w2 is None
    assert line.admissible == sp.false
    assert "< 0 for every q" in line.statement


def test_the_line_of_a_jump_is_explicit():
    # C(1/2) = (sigma_b2 + sigma_w2/3)/q and q = sigma_b2 + sigma_w2
    line = GuessingBias("sign(x)").neutral_line
    assert (line.sigma_w2, line.sigma_b2, line.stability) == (3 * q / 4, q / 4, 0)
