"""Weights given by a formula for their density: moments, verdicts, and the inverted quotient."""

import mpmath
import pytest
import sympy as sp

from theory.laws.density_panels import transform_by_panels
from theory.laws.existence import existence
from theory.laws.mellin_inversion import invert
from theory.laws.quotient import HALF_NORMAL, quotient
from theory.weights import Density


def integral(law, s):
    """int y^s f(y) dy by mpmath's own quadrature, on the axis of log y."""
    formula, y, bound = law.args
    f = sp.lambdify(y, formula, "mpmath")
    end = mpmath.log(bound) if bound is not sp.oo else mpmath.mpf(3)
    points = [mpmath.mpf(-90), -40, -20, -10, -5, -3, -2, -1, -0.5, 0, end]
    points = sorted({p for p in points if p <= end})
    return mpmath.quad(lambda u: mpmath.exp((s + 1) * u) * f(mpmath.exp(u)), points)


@pytest.mark.parametrize("formula", ["exp(-w**2/2) + exp(-w**2)", "w**2*exp(-w**4) + exp(-w**2)"])
def test_sums_have_closed_transforms(formula):
    law = Density(formula).magnitude
    assert law.closed is not None
    for s in (mpmath.mpf(2), mpmath.mpc("0.3", 4)):
        want = integral(law, s) / integral(law, mpmath.mpf(0))
        assert abs(law.mellin_digits(s) - want) < 1e-13


def test_transform_by_panels_agrees_with_quadrature():
    for formula, bound in (("1 + cos(pi*w)", 1), ("exp(-w**2 - w**4)", None)):
        law = Density(formula, bound=bound).magnitude
        for s in (mpmath.mpf(0), mpmath.mpc(-0.5, 3), mpmath.mpc(2, 12)):
            assert abs(transform_by_panels(law, s) - integral(law, s)) < 1e-13


def test_panels_continue_the_transform_to_the_left():
    # E|W|^s = Gamma((1 + s)/2)/(2 mass) also at s = -2.3, where the integral diverges
    law = Density("exp(-w**2)*cosh(0*w)").magnitude
    gaussian = Density("exp(-w**2 - 0*w**4)").magnitude
    assert law == gaussian
    mixed = Density("exp(-w**2)*(1 + w**2)*cosh(w**2/2)").magnitude
    s = mpmath.mpf("-2.3")
    parts = [mpmath.mpf(1) / 2, mpmath.mpf(3) / 2]
    want = sum(
        (
            b ** (-(a + s) / 2) * mpmath.gamma((a + s) / 2) / 4
            for b in parts
            for a in (mpmath.mpf(1), mpmath.mpf(3))
        ),
        mpmath.mpf(0),
    )
    assert abs(transform_by_panels(mixed, s) - want) < 1e-13


def test_a_mixture_of_normal_laws_is_refuted_by_its_kurtosis():
    verdict = existence(Density("exp(-w**2/2) + exp(-w**2)"))
    assert verdict.exists is False
    assert verdict.certificate.verify()
    # E W^4/(E W^2)^2 of the mixture with weights 1 and 1/sqrt 2 of N(0, 1) and N(0, 1/2)
    share = 1 / (1 + 1 / sp.sqrt(2))
    second = share + (1 - share) / 2
    fourth = 3 * share + 3 * (1 - share) / 4
    assert sp.simplify(verdict.certificate.kurtosis - fourth / second**2) == 0


@pytest.mark.parametrize("formula", ["2 - w**2", "1 + w**2", "(1 - w**2)*(2 + w**2)"])
def test_polynomial_densities_that_have_an_activation(formula):
    verdict = existence(Density(formula, bound=1))
    assert verdict.exists is True
    assert verdict.certificate.verify()


def test_heavy_densities_without_closed_moments_are_refuted():
    verdict = existence(Density("1/cosh(w)**3"))
    assert verdict.exists is False
    assert "E[" not in verdict.reason  # the kurtosis is shown as a number


@pytest.mark.slow
def test_an_oscillating_quotient_is_refuted_by_a_toeplitz_matrix():
    verdict = existence(Density("1 + cos(pi*w)", bound=1))
    assert verdict.exists is False
    assert verdict.certificate.is_toeplitz


def test_inverted_quotient_is_consistent():
    """The density is the slope of the survival function: two integrands on one contour."""
    law = quotient(HALF_NORMAL, Density("exp(-w**2 - w**4)").magnitude)
    with mpmath.workdps(8):
        h = mpmath.mpf("0.002")
        right, left = (invert(law, "survival", 1 + h * k)[0] for k in (1, -1))
        density = invert(law, "density", mpmath.mpf(1))[0]
    assert 0 < right < left < 1
    assert abs((left - right) / (2 * h) - density) < 1e-5 * density


def test_tail_of_a_polynomial_exponent():
    tail = Density("w**2*exp(-w**2 - 3*w**4)").tail
    assert (tail.index, tail.rate) == (4, 3)
