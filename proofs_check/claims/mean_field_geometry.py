r"""Claims on geometry: curvature of propagated curves, singular values of the Jacobian.

Sources: B. Poole et al., NeurIPS 2016, arXiv:1606.05340, for curvature; J. Pennington,
S. Schoenholz and S. Ganguli, "Resurrecting the sigmoid in deep learning through dynamical
isometry", NeurIPS 2017, arXiv:1711.04735, and "The emergence of spectral universality in deep
networks", AISTATS 2018, arXiv:1802.09979, for the spectrum.
"""

import sympy as sp

from theory.curvature import Curvature
from theory.gaussian import E
from theory.spectrum import JacobianSpectrum
from theory.symbols import l, q, rho, sigma_w2, x

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .moments import curvature, function, kernel, slope

__all__ = ["GEOMETRY"]

R = sp.Rational
Z = sp.Symbol("z", positive=True)
DEPTH = sp.Symbol("L", positive=True, integer=True)


# ---------------------------------------------------------------- curvature


T = sp.Symbol("t", real=True)
METRIC, FOURTH, CHI_1, CHI_2 = sp.symbols("g k_4 chi_1 chi_2", positive=True)
SQUARED = sp.Symbol("kappa2", positive=True)


def _layer():
    """(metric, squared curvature) after a layer, from the covariance of points on a curve.

    The covariance of two points t apart is K(t) = q - g t^2/2 + k_4 t^4/24 + ..., where g is the
    squared speed and k_4 the squared acceleration, orthogonal to the velocity; the squared
    curvature is k_4/g^2.  A layer maps K to F(K), where F'(q) = chi_1 and F''(q) = chi_2.
    """
    change = -METRIC * T**2 / 2 + FOURTH * T**4 / 24
    image = CHI_1 * change + CHI_2 * change**2 / 2
    metric = -image.diff(T, 2).subs(T, 0)
    return metric, sp.expand(image.diff(T, 4).subs(T, 0) / metric**2)


def _stated(coefficient=3):
    return SQUARED / CHI_1 + coefficient * CHI_2 / CHI_1**2


def _curvature():
    metric, squared = _layer()
    yield Symbolic(metric, CHI_1 * METRIC)
    yield Symbolic(squared, _stated().subs(SQUARED, FOURTH / METRIC**2))
    limit = 3 * CHI_2 / (CHI_1 * (CHI_1 - 1))
    yield Symbolic(_stated().subs(SQUARED, limit), limit, {CHI_1: (R(11, 10), 3)})
    yield Symbolic((_stated() - SQUARED).subs(CHI_1, 1), 3 * CHI_2)
    yield from _toolkit_curvature()
    # F'' = sigma_w2 E phi''^2 in the covariance c = q rho, by Price's theorem
    for text in ("erf", "sin", "gelu"):
        bent = kernel(text).doit().diff(rho, 2).subs(rho, 1) / q**2
        yield Symbolic(bent, curvature(text).doit())


def _toolkit_curvature():
    """The recursion of the toolkit is that of the curve, and its solution solves it."""
    metric, squared = _layer()
    for text in ("erf", "tanh"):
        theory = Curvature(text)
        values = {CHI_1: theory.chi_1, CHI_2: theory.chi_2}
        speed, curved = theory.next_layer(METRIC, SQUARED)
        yield Symbolic(speed, metric.subs(values))
        yield Symbolic(curved, squared.subs(FOURTH, SQUARED * METRIC**2).subs(values))
    theory = Curvature("erf")
    _, moved = theory.next_layer(METRIC, theory.curvature)
    yield Symbolic(sp.simplify(moved - theory.curvature.subs(l, l + 1)), 0)
    yield Symbolic(theory.critical_curvature.diff(l), 3 * theory.chi_2)


def _curvature_mutation(**changes):
    _, squared = _layer()
    wrong = _stated(**changes).subs(SQUARED, FOURTH / METRIC**2)
    return Symbolic(squared, wrong)


CURVATURE = Claim(
    "mf.curvature",
    r"At a fixed point, curves propagate with metric $g^l = \chi_1 g^{l-1}$ and squared extrinsic "
    r"curvature $\bar\kappa_l^2 = \bar\kappa_{l-1}^2/\chi_1 + 3\chi_2/\chi_1^2$, "
    r"$\chi_2 = \sigma_w^2 E\phi''^2$: limit $3\chi_2/(\chi_1(\chi_1-1))$ in the chaotic phase, "
    r"linear growth on the edge of chaos.",
    "Poole et al. 2016, arXiv:1606.05340",
    _curvature,
    (
        Mutation("coefficient 1 instead of 3", lambda: _curvature_mutation(coefficient=1)),
        Mutation(
            "the same recursion for the curvature, unsquared",
            lambda: Symbolic(
                sp.sqrt(_layer()[1]), _stated().subs(SQUARED, sp.sqrt(FOURTH) / METRIC)
            ),
        ),
    ),
)


# ---------------------------------------------------------------- singular values


def _s_transform(moments):
    """S(z) = (1 + z)/z chi(z) to first order, chi the inverse of m_1 w + m_2 w^2 + ..."""
    first, second = moments
    inverse = Z / first - second / first**3 * Z**2
    return sp.series((1 + Z) / Z * inverse, Z, 0, 2).removeO()


def _second_moment(slope_coefficient):
    """m_2/m_1^2 of the product of DEPTH factors D^2 W W^T, from S-transforms."""
    mu_1, mu_2, weight = sp.symbols("mu_1 mu_2 sigma_w2", positive=True)
    diagonal = _s_transform((mu_1, mu_2))
    weights = (1 + slope_coefficient * Z) / weight
    logarithm = DEPTH * (sp.log(diagonal) + sp.log(weights))
    slope_of_s = logarithm.diff(Z).subs(Z, 0)  # S = S(0) (1 + s_1 z), s_1 = 1 - m_2/m_1^2
    return sp.simplify(1 - slope_of_s), mu_2 / mu_1**2


def _isometry():
    for coefficient in (-1, 0):
        derived, ratio = _second_moment(coefficient)
        yield Symbolic(derived, 1 + DEPTH * (ratio - 1 - coefficient))
    # Gaussian weights: W W^T has moments 1 and 2 (Marchenko-Pastur), hence s_1 = -1
    yield Symbolic(_s_transform((sp.S.One, sp.Integer(2))), 1 - Z)
    yield Symbolic(_s_transform((sp.S.One, sp.S.One)), 1)
    yield from _toolkit_spectrum()
    yield from _activations()
    yield from _linear_gaussian()
    yield from _bernoulli()
    # at width 64 the ratio differs from its limit by less than ``bias``
    yield Statistical(_gaussian_relu, 1 + 4 * (2 - 1 + 1), samples=100, bias=0.6)
    yield Statistical(_orthogonal_relu, 1 + 4 * (2 - 1), samples=100, bias=0.3)


def _toolkit_spectrum():
    """The moments of the toolkit against S-transforms to first order."""
    for weights, coefficient in (("gaussian", -1), ("orthogonal", 0)):
        derived, ratio = _second_moment(coefficient)
        for text, spread in (("relu", 2), ("erf", (1 + 4 * q) / sp.sqrt(1 + 8 * q))):
            spectrum = JacobianSpectrum(text, weights)
            chi = sigma_w2 * slope(text).doit()
            yield Symbolic(spectrum.m1, chi**DEPTH)
            stated = derived.subs(ratio, spread)
            yield Symbolic(sp.powsimp(spectrum.m2 / spectrum.m1**2), stated)
    largest = JacobianSpectrum("x", "gaussian").largest.subs({DEPTH: 8, sigma_w2: 1})
    yield Symbolic(largest, R(9**9, 8**8))


def _activations():
    """mu_k = E phi'^2k for erf; mu_2 = mu_1^2 iff |phi'| is constant."""
    steep = function("erf").diff(x)
    for k in (1, 2, 3):
        stated = (4 / sp.pi) ** k / sp.sqrt(1 + 4 * k * q)
        yield Symbolic(E(steep ** (2 * k), q).doit(), stated)
    spread = E(steep**4, q).doit() / slope("erf").doit() ** 2
    yield Symbolic(spread, (1 + 4 * q) / sp.sqrt(1 + 8 * q))
    yield Symbolic(sp.series(spread, q, 0, 3).removeO(), 1 + 8 * q**2)
    step = sp.Heaviside(x, 0)
    yield Symbolic(E(step, q).doit() / E(step, q).doit() ** 2, 2)
    yield Symbolic(E(sp.sign(x) ** 4, q).doit(), E(sp.sign(x) ** 2, q).doit() ** 2)


def _linear_gaussian():
    """chi(z) = z/(1 + z)^(L+1): Fuss-Catalan moments and the largest squared singular value."""
    for depth in (1, 2, 3):
        for k in (1, 2, 3, 4):
            lagrange = sp.series((1 + Z) ** ((depth + 1) * k), Z, 0, k).removeO()
            moment = sp.Poly(lagrange, Z).coeff_monomial(Z ** (k - 1)) / k
            yield Symbolic(moment, sp.binomial((depth + 1) * k, k) / (k * depth + 1))
    chi = Z / (1 + Z) ** (DEPTH + 1)
    yield Symbolic(sp.log(chi).diff(Z).subs(Z, 1 / DEPTH), 0)
    edge = (DEPTH + 1) ** (DEPTH + 1) / DEPTH**DEPTH
    yield Numeric(1 / chi.subs(Z, 1 / DEPTH), edge, [{DEPTH: n} for n in (1, 2, 8, 30)], digits=15)


def _bernoulli():
    """Orthogonal weights, |phi'| in {0, 1}: S of D^2 is (1 + z)/(p + z), sigma_w2 p = 1."""
    p = sp.Symbol("p", positive=True)
    moments = (p, p)
    expansion = sp.series((1 + Z) / (p + Z), Z, 0, 2).removeO()
    yield Symbolic(_s_transform(moments), expansion, {p: (R(1, 2), R(9, 10))})
    chi = Z / (1 + Z) * (p * (1 + Z) / (p + Z)) ** DEPTH
    place = p / (DEPTH * (1 - p) - 1)
    values = {p: R(9, 10), DEPTH: 20}
    yield Symbolic(sp.log(chi).diff(Z).subs(Z, place).subs(values), 0)
    stated = (1 + place) ** (1 - DEPTH) * (p + place) ** DEPTH / (place * p**DEPTH)
    yield Numeric(1 / chi.subs(Z, place).subs(values), stated.subs(values), [{}], digits=15)


def _moment_ratio(weights, gates):
    """m_2/m_1^2 of one product of ``gate * weight``."""
    import numpy as np

    jacobian = np.eye(weights[0].shape[0])
    for weight, gate in zip(weights, gates, strict=True):
        jacobian = gate[:, None] * (weight @ jacobian)
    gram = jacobian @ jacobian.T
    return float(np.sum(gram * gram) * gram.shape[0] / np.trace(gram) ** 2)


def _gaussian_relu(generator, samples, width=64, depth=4):
    """Gaussian weights of variance 2/n with independent gates, one half open."""
    import numpy as np

    def one():
        shape = (depth, width, width)
        weights = generator.normal(size=shape) * np.sqrt(2 / width)
        return _moment_ratio(weights, generator.random((depth, width)) < 0.5)

    return np.array([one() for _ in range(samples)])


def _orthogonal_relu(generator, samples, width=64, depth=4):
    """The same with orthogonal weights of scale sqrt(2)."""
    import numpy as np

    def one():
        normal = generator.normal(size=(depth, width, width))
        weights = [np.sqrt(2) * np.linalg.qr(matrix)[0] for matrix in normal]
        return _moment_ratio(weights, generator.random((depth, width)) < 0.5)

    return np.array([one() for _ in range(samples)])


def _isometry_mutation(stated):
    return Statistical(_gaussian_relu, stated, samples=100, bias=0.6)


ISOMETRY = Claim(
    "mf.isometry",
    r"$J = \prod D^l W^l$: $m_1 = \chi_1^L$ and $m_2/m_1^2 = 1 + L(\mu_2/\mu_1^2 - 1 - s_1)$ with "
    r"$s_1 = -1$ for Gaussian and $0$ for orthogonal weights; Gaussian weights are never "
    r"isometric, orthogonal ones only where $|\phi'|$ is constant. erf: "
    r"$\mu_2/\mu_1^2 = (1+4q)/\sqrt{1+8q}$. Linear Gaussian: Fuss-Catalan moments, largest "
    r"squared singular value $(L+1)^{L+1}/L^L$.",
    "Pennington et al. 2017, arXiv:1711.04735; 2018, arXiv:1802.09979",
    _isometry,
    (
        Mutation(
            "s_1 = +1 for Gaussian weights",
            lambda: Symbolic(_s_transform((sp.S.One, sp.Integer(2))), 1 + Z),
        ),
        Mutation("m_2/m_1^2 = (mu_2/mu_1^2)^L (simulated)", lambda: _isometry_mutation(2**4)),
    ),
)

GEOMETRY = (CURVATURE, ISOMETRY)
