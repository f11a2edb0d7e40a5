"""Matched asymptotics against recursions of 10^5 to 10^6 layers, Richardson-extrapolated."""

import itertools
import math

import pytest
import sympy as sp

from theory.tangent import matched_law
from theory.tangent.asymptotic_series import integral, inverse, multiply, power, substitute
from theory.tangent.expansion import Term

R = sp.Rational
DEPTHS = (12_500, 50_000, 200_000)


def terms(*parts):
    """Terms from (coefficient, exponent[, power of the logarithm])."""
    return [Term(R(s), R(e), *j) for s, e, *j in parts]


def followed(found, rate=1.0, u=0.4):
    """{depth: (1 - c, K/(L rate q))} of u' = u - rate f(u), from the recursion itself."""
    numbers = [(float(t.coefficient), float(t.exponent), t.logarithm) for t in found]
    kernel, seen = 1 - u, {}
    for layer in range(1, DEPTHS[-1] + 1):
        if layer in DEPTHS:
            seen[layer] = u, kernel / layer / rate
        log, drop, slope = -math.log(u), 0.0, 0.0
        for s, e, j in numbers:
            part = s * u ** (e - 1)
            drop += part * u * log**j
            slope += part * (e * log**j - j * log ** max(j - 1, 0))
        u -= rate * drop
        kernel = (1 - rate * slope) * kernel + rate * (1 - u)
    return seen


def logarithmic_slope(values, order):
    """d value / d log(depth), with the error depth^-order removed."""
    step = math.log(DEPTHS[1] / DEPTHS[0])
    first, second = ((values[b] - values[a]) / step for a, b in itertools.pairwise(DEPTHS))
    return second + (second - first) / (math.exp(step * order) - 1)


CASES = {
    "one kink": (terms(("3/10", "3/2")), 1, 1e-4),
    "a kink and curvature": (terms(("3/10", "3/2"), ("1/5", 2)), 1, 2e-2),
    "smooth": (terms(("1/6", 2), ("-1/9", 3)), 1, 1e-3),
    "smooth with a jump of the second derivative": (
        terms(("1/5", 2), ("-1/10", "5/2"), ("1/20", 3)),
        R(1, 2),
        2e-2,
    ),
    "power 6/5": (terms(("3/10", "17/10"), ("-1/10", 2)), R(3, 7), 5e-2),
    "power 3/4": (terms(("1/2", "5/4")), 1, 1e-2),
}


@pytest.mark.parametrize(("found", "order", "tolerance"), CASES.values(), ids=CASES)
def test_coefficient_of_the_logarithm(found, order, tolerance):
    law = matched_law(found)
    seen = followed(found)

    def left_over(index, limit, corrections, scale):
        slower = [t for t in corrections if t.exponent < 1]
        return {
            d: d * (seen[d][index] * scale(d) - limit - sum(float(t.at(d)) for t in slower))
            for d in DEPTHS
        }

    expected = next(t.coefficient for t in law.terms if t.exponent == 1)
    slope = logarithmic_slope(left_over(1, float(law.ratio), law.terms, lambda d: 1), float(order))
    assert abs(slope - expected) < tolerance * max(1, abs(expected))
    kappa, a = float(law.coefficient), float(law.power)
    gap = left_over(0, 1, law.correlation, lambda d: d**a / kappa)
    expected = next(t.coefficient for t in law.correlation if t.exponent == 1)
    slope = logarithmic_slope(gap, float(order))
    assert abs(slope - expected) < 20 * tolerance * max(1, abs(expected))


def test_formulas_in_the_coefficients():
    s_1, s_2 = sp.symbols("s_1 s_2", positive=True)
    smooth = matched_law(terms(("1/6", 2), ("-1/9", 3)))
    assert sp.simplify(smooth.terms[0].formula - (1 + s_2 / s_1**2) / 3) == 0
    assert smooth.terms[0].coefficient == -1  # gamma/3 with gamma = -3
    bent = matched_law(terms(("1/5", 2), ("-1/10", "5/2")))
    assert sp.simplify(bent.terms[0].formula - s_2 / (5 * s_1 ** R(3, 2))) == 0


@pytest.mark.parametrize("exponent", ["5/4", "3/2", "7/4", "2", "9/5"])
def test_the_leading_term_alone_gives_a_universal_logarithm(exponent):
    law = matched_law(terms(("2/7", exponent)))
    a = 1 / (R(exponent) - 1)
    assert law.ratio == 1 / (a + 2)
    assert law.terms[-1].coefficient == (a + 1) / (2 * (a + 2))
    assert law.correlation[-1].coefficient == -a * (a + 1) / 2
    assert sp.simplify(law.coefficient - (a / R(2, 7)) ** a) == 0


def test_no_logarithm_where_the_terms_cancel():
    found = terms(("1/5", 2), ("-1/25", 3))
    law = matched_law(found)
    assert law.terms == ()
    assert law.correlation == ()
    seen = {d: d * (k - 1 / 3) for d, (_, k) in followed(found).items()}
    assert abs(logarithmic_slope(seen, 1)) < 1e-5


def test_colliding_exponents_converge_like_one_over_the_logarithm():
    found = terms(("1/10", 2, 1), ("1/5", 2))
    law = matched_law(found)
    assert (law.power, law.logarithm, law.ratio) == (1, 1, R(1, 3))
    assert str(law.terms[0]) == "-1/(9*log(L))"
    seen = {d: (k - 1 / 3) * math.log(d) for d, (_, k) in followed(found).items()}
    gaps = [abs(seen[d] + 1 / 9) for d in DEPTHS]
    assert gaps[2] < gaps[1] < gaps[0] < 0.02


def test_a_squared_logarithm_from_a_subleading_collision():
    found = terms(("3/10", "3/2"), ("1/20", 2, 1))
    law = matched_law(found)
    double, single = law.terms
    assert (double.exponent, double.logarithm, single.logarithm) == (1, 2, 1)
    seen = {d: d * (k - 1 / 4) for d, (_, k) in followed(found).items()}
    for low, high in ((DEPTHS[0], DEPTHS[1]), (DEPTHS[1], DEPTHS[2])):
        slope = (seen[high] - seen[low]) / math.log(high / low)
        middle = math.log(low * high) / 2
        expected = 2 * float(double.coefficient) * middle + float(single.coefficient)
        assert abs(slope / expected - 1) < 0.01


def test_a_residual_branch_rescales_the_expansion():
    found = terms(("3/10", "3/2"), ("1/5", 2))
    law = matched_law(found, R(1, 2))
    (term,) = law.terms
    assert term.coefficient == R(187, 72)
    seen = {d: d * (k - 1 / 4) for d, (_, k) in followed(found, 0.5).items()}
    assert abs(logarithmic_slope(seen, 1) - 187 / 72) < 0.05


def test_a_flow_has_no_logarithm_of_its_own():
    assert matched_law(terms(("3/10", "3/2")), continuous=True).terms == ()
    assert matched_law(terms(("3/10", "3/2"))).terms[0].coefficient == R(3, 8)


def test_series_arithmetic():
    half = R(1, 2)
    y = {(sp.S.Zero, 0): sp.S.One, (half, 0): sp.Integer(2), (sp.S.One, 1): sp.Integer(3)}
    square = multiply(y, y)
    assert square == power(y, 2)
    assert square[sp.S.One, 0] == 4
    assert integral({(sp.S.One, 0): sp.S.One}, sp.S.Zero) == {(sp.S.One, 1): 1}
    # the inverse of X = y ratio(y) composed with it is the identity
    back = inverse(y)
    identity = multiply(back, substitute(y, back))
    assert {k: sp.simplify(v) for k, v in identity.items() if sp.simplify(v) != 0} == {(0, 0): 1}
