"""For which weight laws an activation exists, and for which activations a weight law."""

import mpmath
import pytest
import sympy as sp

import initheory as it
from theory import weights
from theory.laws.existence import existence
from theory.laws.recovery import weights_for

R = sp.Rational
theta, k, p = sp.symbols("theta k p", positive=True)


@pytest.mark.parametrize(
    "law",
    [
        weights.Weibull(2),
        weights.Weibull(R(41, 20)),
        weights.Weibull(1000),
        weights.Rademacher(),
        weights.Gaussian(),
        weights.Gaussian(3),
        weights.Uniform(),
        weights.Maxwell(),
        weights.Chi(1),
        weights.Chi(R(13, 10)),
        weights.Chi(7),
        weights.Subbotin(3),
        weights.Beta(R(1, 2), R(1, 2), R(1, 2)),  # the arcsine law on the line
        weights.Beta(2, 2),
        weights.TwoPoint(1, 2, R(1, 3)),
        weights.TwoPoint(4, 1, R(9, 10)),
    ],
    ids=str,
)
def test_laws_with_an_activation(law):
    verdict = existence(law)
    assert verdict.exists is True
    assert verdict.certificate.verify()


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (weights.Weibull(R(9, 5)), "3x3 shifted Hankel"),
        (weights.Weibull(R(1999, 1000)), "exceed 1"),
        (weights.Laplace(), "kurtosis of W is 6"),
        (weights.Logistic(), "kurtosis of W is 21/5"),
        (weights.TruncatedGaussian(2), "7x7 Hankel"),
        (weights.Student(5), "infinite at s = 5"),
        (weights.Cauchy(), "infinite at s = 1"),
        (weights.Sparse(weights.Gaussian(), R(1, 4)), "0 with probability 1/4"),
        (weights.TwoPoint(1, 2), "vanishes near s = 4.53236 i"),
        (weights.TwoPoint(1, 2, R(9, 25)), "vanishes near"),
        (weights.Beta(1, 2), "negative at u"),
        (weights.Beta(1, R(11, 10)), "Hankel|Toeplitz"),
        (weights.Beta(R(1, 2), R(1, 2)), "infinite at s = -1/2"),
        (weights.Chi(R(1, 2)), "infinite at s = -1/2"),
        (weights.Subbotin(R(3, 2)), "kurtosis"),
    ],
    ids=str,
)
def test_laws_without_an_activation(law, words):
    import re

    verdict = existence(law)
    assert verdict.exists is False
    assert re.search(words, verdict.reason), verdict.reason
    assert verdict.certificate.verify()
    assert "\n" not in verdict.reason


@pytest.mark.parametrize(
    ("law", "condition"),
    [
        (weights.Weibull(theta), sp.Ge(theta, 2)),
        (weights.Subbotin(theta), sp.Ge(theta, 2)),
        (weights.Chi(k), sp.Ge(k, 1)),
        (weights.Weibull(theta, k), sp.Ge(theta, 2)),
    ],
    ids=str,
)
def test_conditions_on_parameters(law, condition):
    verdict = existence(law)
    assert verdict.exists is None
    assert verdict.condition == condition


def test_student_never_and_gaussian_always():
    assert existence(weights.Student(k)).exists is False
    assert existence(weights.Gaussian(k)).exists is True


def test_the_condition_on_two_atoms_is_the_boundary_of_the_numeric_verdicts():
    condition = existence(weights.TwoPoint(1, 3, p)).condition
    for value in (R(1, 10), R(6, 25), R(1, 4), R(13, 50), R(1, 2)):
        verdict = existence(weights.TwoPoint(1, 3, value))
        assert verdict.exists is bool(condition.subs(p, value))


@pytest.mark.parametrize(
    ("phi", "law"),
    [
        ("erf(x/sqrt(2))", weights.Maxwell()),
        ("sin(pi*erf(x/sqrt(2))/2)", weights.Rayleigh()),
        ("2*sin(asin(erf(x/sqrt(2)))/3)", weights.Chi(5)),
        ("x", weights.Rademacher()),
        ("abs(x)", weights.Rademacher()),
        ("sign(x)", weights.Gaussian()),
        ("sqrt(2)*sin(pi*erf(x/sqrt(2))/2)", weights.Weibull(2)),
        ("sqrt(2)*sin(pi*Phi(x)/2)", weights.Weibull(2)),
        ("weibull_activation(x, 3)", weights.Weibull(3)),
    ],
)
def test_recovered_laws(phi, law):
    found = weights_for(phi)
    assert found.exists is True
    assert found.certificate.verify()
    assert found.law.magnitude == law.magnitude


def test_the_dual_of_a_weibull_law():
    found = weights_for("(-log(erfc(abs(x)/sqrt(2))))**(1/3)")
    assert found.exists is True
    for s in (R(1, 2), 2, 5):
        required = 2 ** (R(s) / 2) * sp.gamma((1 + R(s)) / 2) / sp.sqrt(sp.pi)
        required /= sp.gamma(1 + R(s) / 3)
        assert abs(sp.N(found.moment(s) / required - 1, 20)) < 1e-15


@pytest.mark.parametrize(
    ("phi", "words"),
    [
        ("relu", "0 with probability 1/2"),
        ("gelu", "kurtosis"),
        ("silu", "kurtosis"),
        ("x**3", "infinite at s = -1/3"),
        ("hardtanh", "9x9 Hankel"),
        ("x*exp(x**2/8)", "kurtosis of phi.X. is oo"),
        ("exp(-x**2)", "decays"),
        ("(x - 1)**2", "order 2"),
        ("softplus", "shifted Hankel"),
        ("exp(x)", "kurtosis"),
    ],
)
def test_activations_without_weights(phi, words):
    import re

    found = weights_for(phi)
    assert found.exists is False
    assert re.search(words, found.reason), found.reason
    assert found.certificate.verify()


@pytest.mark.parametrize("phi", ["tanh", "softsign"])
def test_undecided_activations_have_positive_margins(phi):
    found = weights_for(phi)
    assert found.exists is None
    assert found.certificate is None
    assert found.law is None
    assert len(found.verdict.numbers) == 3
    assert all(value > 0 for _, value in found.verdict.numbers)


def test_hankel_determinants_of_a_recovered_law():
    # E W^(2k) for erf(x/sqrt 2) are those of chi_3 squared: determinants 1, 6, 720, 3628800
    found = weights_for("erf(x/sqrt(2))")
    determinants = [
        sp.Matrix(n, n, lambda i, j: found.moment(2 * (i + j))).det() for n in range(1, 5)
    ]
    assert determinants == [1, 6, 720, 3628800]
    sine = weights_for("sin(pi*erf(x/sqrt(2))/2)")
    determinants = [
        sp.Matrix(n, n, lambda i, j: sine.moment(2 * (i + j))).det() for n in range(1, 5)
    ]
    assert determinants == [1, 4, 256, 589824]


def test_required_moments_by_quadrature():
    found = weights_for("tanh")
    with mpmath.workdps(20):
        mean = mpmath.quad(lambda t: mpmath.tanh(t) ** 2 * mpmath.npdf(t), [-12, -3, 0, 3, 12])
        assert abs(mpmath.mpf(1) / mean - mpmath.mpf(found.moment(2).evalf(20)._mpf_)) < 1e-15


def test_bad_input_is_one_sentence():
    with pytest.raises(it.InitheoryError):
        weights_for("tanhh")
    with pytest.raises(it.InitheoryError):
        weights_for("sqrt(x)")
