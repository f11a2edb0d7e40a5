"""Certificates: each verifies where it is true, and its mutated twin does not."""

from dataclasses import replace

import mpmath
import pytest
import sympy as sp

import initheory as it
from theory import weights
from theory.laws.certificate_density import DensityPolynomial, density_polynomial
from theory.laws.certificate_factors import Factorisation, factorisation
from theory.laws.certificate_functions import FastDecay, FlatZero, ZeroOnInterval
from theory.laws.certificate_squares import LargeTransform, NegativeSquare, negative_hankel
from theory.laws.certificate_zeros import DominantAtom, DoublePole, ZeroOfTransform
from theory.laws.certificates import AtomAtZero, FallingNorm, KurtosisAboveThree, MissingMoment
from theory.laws.intervals import interval, sign_of
from theory.laws.known_factor import KnownFactor, S
from theory.symbols import x

R = sp.Rational


def weibull(theta):
    return KnownFactor(sp.gamma(1 + S / sp.sympify(theta)))


@pytest.mark.parametrize(
    ("theta", "size"), [("3/2", 2), ("9/5", 3), ("19/10", 4), ("199/100", 13)]
)
def test_the_smallest_shifted_hankel_matrix_that_refutes_a_weibull_law(theta, size):
    found = negative_hankel(weibull(R(theta)))
    assert found.exponents == tuple(range(1, 2 * size, 2))
    assert found.verify()
    # the same sum in floating point, from the moments written out
    with mpmath.workdps(120):
        total = mpmath.mpf(0)
        for z, c in zip(found.exponents, found.coefficients, strict=True):
            for w, d in zip(found.exponents, found.coefficients, strict=True):
                s = int(z + w)
                moment = mpmath.fac2(s - 1) / mpmath.gamma(1 + s / mpmath.mpf(R(theta)))
                total += int(c) * int(d) * moment
        assert total < 0


def test_the_same_square_does_not_refute_an_existing_law():
    found = negative_hankel(weibull(R(9, 5)))
    assert not replace(found, known=weibull(R(11, 5))).verify()
    assert not replace(found, coefficients=(1, 1, 1)).verify()


@pytest.mark.parametrize(("theta", "drop"), [("3/2", 3), ("9/5", 14), ("19/10", 37)])
def test_where_the_norms_first_fall(theta, drop):
    known = weibull(R(theta))
    assert FallingNorm(known, sp.Integer(2 * drop - 2), sp.Integer(2 * drop)).verify()
    assert not FallingNorm(known, sp.Integer(2 * drop - 4), sp.Integer(2 * drop - 2)).verify()


def test_large_transform_close_to_two():
    assert LargeTransform(weibull(R(19999, 10000)), sp.Integer(2**18)).verify()
    assert not LargeTransform(weibull(R(20001, 10000)), sp.Integer(2**18)).verify()
    assert not LargeTransform(weibull(R(9, 5)), sp.I).verify()


def test_kurtosis():
    laplace = KurtosisAboveThree(KnownFactor(sp.gamma(1 + S)))
    assert laplace.verify()
    assert laplace.kurtosis == 6
    assert not KurtosisAboveThree(weibull(2)).verify()  # kurtosis 2
    assert not KurtosisAboveThree(KnownFactor(weights.Gaussian().mellin(S))).verify()  # exactly 3


def test_zero_of_a_two_point_law():
    equal = KnownFactor((1 + 2**S) / 2)
    centre = sp.I * R(str(sp.N(sp.pi / sp.log(2), 20)))
    assert ZeroOfTransform(equal, centre).verify()
    assert not ZeroOfTransform(equal, centre + R(1, 10)).verify()
    assert not ZeroOfTransform(KnownFactor((1 + 3 * 2**S) / 4), centre).verify()
    # a zero that lies left of -1 refutes nothing
    left = sp.log(R(1, 3)) / sp.log(2)
    place = R(str(sp.N(left, 20))) + centre
    assert not ZeroOfTransform(KnownFactor((1 + 3 * 2**S) / 4), place).verify()


def test_dominant_atom():
    atoms = ((sp.S(1), R(1, 3)), (sp.S(2), R(2, 3)))
    known = KnownFactor(R(1, 3) + R(2, 3) * 2**S)
    assert DominantAtom(known, atoms).verify()  # the boundary
    lighter = ((sp.S(1), R(2, 5)), (sp.S(2), R(3, 5)))
    assert not DominantAtom(KnownFactor(R(2, 5) + R(3, 5) * 2**S), lighter).verify()
    assert not DominantAtom(known, lighter).verify()  # atoms of another law


def test_the_alternating_series_is_the_density_of_y():
    # density of |N| = sum of p_i f(y/w_i)/w_i with f the series for atoms 1 and 3
    p, q, a, b = 0.25, 0.75, 1.0, 3.0

    def normal(y):
        return mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-y * y / 2)

    def f(y):
        c, r = (p / a) / (q / b), b / a
        return (b / q) * mpmath.nsum(lambda k: (-c) ** k * normal(b * r**k * y), [0, 12])

    for y in (0.3, 1.0, 2.2):
        assert mpmath.almosteq(p * f(y / a) / a + q * f(y / b) / b, normal(y), 1e-12)
        assert f(y) > 0


def test_moments_that_are_missing():
    student = KnownFactor(weights.Student(5).mellin(S))
    assert MissingMoment(student, sp.Integer(5)).verify()
    assert MissingMoment(student, sp.Integer(6)).verify()
    assert not MissingMoment(student, sp.Integer(4)).verify()
    chi = KnownFactor(weights.Chi(R(1, 2)).mellin(S))
    assert MissingMoment(chi, R(-1, 2)).verify()
    assert not MissingMoment(chi, R(-2, 5)).verify()
    assert not MissingMoment(chi, sp.Integer(-1)).verify()


def test_double_pole():
    product = KnownFactor(sp.gamma((1 + S) / 2) ** 2 / sp.pi)  # |W| = |N N'|/2
    assert DoublePole(product).verify()
    assert not DoublePole(KnownFactor(1 / (1 + S))).verify()


@pytest.mark.parametrize(
    "law",
    [
        weights.Weibull(3),
        weights.Weibull(sp.sqrt(7)),
        weights.Chi(R(13, 10)),
        weights.Subbotin(4),
        weights.Beta(3, R(1, 2)),
        weights.Uniform(),
        weights.Rademacher(),
    ],
    ids=str,
)
def test_factors_multiply_to_the_required_law(law):
    known = KnownFactor(law.mellin(S))
    found = factorisation(known)
    assert found.exists
    assert found.verify()
    for s in (R(1, 3), sp.Integer(2), R(17, 5)):
        product = found.base**s
        for a, alpha, *rest in found.parts:
            product *= sp.gamma(a + alpha * s) / sp.gamma(a)
            if rest:
                product *= sp.gamma(rest[0]) / sp.gamma(rest[0] + rest[1] * s)
        normal = 2 ** (s / 2) * sp.gamma((1 + s) / 2) / sp.sqrt(sp.pi)
        assert abs(sp.N(product * law.abs_moment(s) / normal - 1, 20)) < 1e-18


def test_mutated_factors_are_refused():
    found = factorisation(weibull(3))
    assert not replace(found, base=sp.sqrt(3)).verify()
    assert not replace(found, known=weibull(4)).verify()
    a, alpha, b, _ = found.parts[0]
    assert not replace(found, parts=((a, alpha, b, R(3, 5)),)).verify()
    assert factorisation(weibull(R(9, 5))) is None
    slope = Factorisation(weibull(R(9, 5)), sp.sqrt(2), ((a, alpha, b, R(5, 9)),))
    assert not slope.verify()  # the identity is right, the factor does not exist


def test_the_density_of_a_polynomial_transform():
    triangular = density_polynomial(KnownFactor(2 / ((1 + S) * (2 + S))))
    assert triangular.exists is False
    assert triangular.verify()
    beta = density_polynomial(KnownFactor(weights.Beta(2, 2).mellin(S)))
    assert beta.exists is True
    assert beta.verify()
    # E Y^s of the density y^4 + y^2 + 2 against exp(-y^2/2)
    total = mpmath.quad(lambda y: (y**4 + y**2 + 2) * mpmath.exp(-y * y / 2), [0, mpmath.inf])
    for s in (1, 2, 5):
        seen = mpmath.quad(
            lambda y, s=s: y**s * (y**4 + y**2 + 2) * mpmath.exp(-y * y / 2), [0, mpmath.inf]
        )
        required = sp.N(beta.known.required(s), 15)
        assert abs(seen / total - required) < 1e-12 * required
    u = next(iter(beta.polynomial.free_symbols))
    assert not replace(beta, polynomial=beta.polynomial + u).verify()
    assert isinstance(beta, DensityPolynomial)


def test_certificates_about_functions():
    relu = KnownFactor(phi=sp.Max(0, x), name="|phi(X)|", other="|W|")
    assert ZeroOnInterval(relu, R(1, 2)).verify()
    assert not ZeroOnInterval(relu, R(1, 3)).verify()
    cube = KnownFactor(phi=x**3)
    assert FlatZero(cube, sp.S.Zero, "+", sp.Integer(3)).verify()
    assert not FlatZero(cube, sp.S.Zero, "+", sp.Integer(2)).verify()
    assert not FlatZero(KnownFactor(phi=sp.tanh(x)), sp.S.Zero, "+", sp.S.One).verify()
    assert FastDecay(KnownFactor(phi=sp.exp(-(x**2))), sp.oo, sp.S.One).verify()
    assert not FastDecay(KnownFactor(phi=sp.exp(-(x**2) / 2)), sp.oo, sp.S.Half).verify()


def test_an_atom_at_zero():
    known = KnownFactor(S * 0 + 1)
    assert AtomAtZero(known, R(1, 4)).verify()
    assert not AtomAtZero(known, sp.S.Zero).verify()


def test_certificates_are_written_out():
    text = negative_hankel(weibull(R(3, 2))).text()
    assert text.startswith("kind: NegativeSquare\nstatement: ")
    assert "exponents: (1, 3)" in text
    assert "E |W|^s: gamma(2*s/3 + 1)" in text


@pytest.mark.parametrize(
    "expr",
    [
        sp.gamma(R(-7, 2)),
        sp.exp(sp.pi) - sp.sqrt(2) ** sp.pi,
        sp.gamma(R(1, 3)) ** R(2, 7) * sp.log(3) / sp.sin(2),
        sp.cos(sp.Integer(10)) + sp.EulerGamma,
    ],
)
def test_intervals_contain_the_value(expr):
    with mpmath.workdps(60):
        value = expr.evalf(50)._to_mpmath(190)
        found = interval(expr, 30)
        assert mpmath.mpf(found.a) <= value <= mpmath.mpf(found.b)
        assert found.delta < mpmath.mpf(10) ** -20
    assert sign_of(expr) == sp.sign(expr.evalf(30))


def test_complex_intervals_contain_the_value():
    value = interval(sp.gamma(R(1, 2) + 40 * sp.I), 30)
    with mpmath.workdps(40):
        seen = mpmath.gamma(mpmath.mpc(0.5, 40))
        assert mpmath.mpf(value.real.a) <= seen.real <= mpmath.mpf(value.real.b)
        assert mpmath.mpf(value.imag.a) <= seen.imag <= mpmath.mpf(value.imag.b)


def test_a_square_of_one_exponent_is_no_refutation():
    assert not NegativeSquare(weibull(3), (sp.S.One,), (sp.S.One,)).verify()


@pytest.mark.parametrize("order", [R(3, 4), R(1, 2) + 3 * sp.I])
def test_incomplete_gamma_functions_are_enclosed(order):
    assert it.__version__  # the front door lends Arb to the certificates
    value = interval(sp.lowergamma(order, R(1, 2)), 30)
    with mpmath.workdps(50):
        seen = mpmath.gammainc(order._to_mpmath(200), 0, mpmath.mpf(1) / 2)
        for part, number in ((value.real, mpmath.re(seen)), (value.imag, mpmath.im(seen))):
            assert mpmath.mpf(part.a) <= number <= mpmath.mpf(part.b)
            assert part.delta < mpmath.mpf(10) ** -25
