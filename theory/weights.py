r"""Laws of weights: of one weight W, all symmetric, such as ``it.weights.Weibull(3)``, and of
whole matrices, such as ``it.weights.Correlated(kappa)`` or ``it.weights.Orthogonal()``.

Parameters are numbers (decimals are taken as written), formulas as text, or SymPy expressions with
symbols.  A law has variance ``law.variance``, not 1, unless ``law.standardised`` is taken.
"""

import sympy as sp

from .errors import InputError
from .laws.beta_power import BetaPower
from .laws.beta_prime_power import BetaPrimePower
from .laws.closed_law import (
    HyperbolicSecantMagnitude,
    LogisticMagnitude,
    TruncatedHalfNormal,
)
from .laws.closed_law import LogNormal as LogNormalMagnitude
from .laws.discrete import Constant, Discrete
from .laws.generalized_gamma import GeneralizedGamma
from .laws.law_formulas import density_magnitude, mellin_magnitude
from .laws.law_reader import as_weight_law
from .laws.weight_law import WeightLaw
from .matrix_laws.asymmetric import Asymmetric
from .matrix_laws.correlated import Correlated, GaussianWeights
from .matrix_laws.custom import Custom
from .matrix_laws.orthogonal import Orthogonal
from .matrix_laws.reader import as_matrix_law
from .matrix_laws.row_covariance import RowCovariance
from .parser import exact

__all__ = [
    "Asymmetric",
    "Beta",
    "Cauchy",
    "Chi",
    "Correlated",
    "Custom",
    "Density",
    "Gaussian",
    "GaussianWeights",
    "HyperbolicSecant",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Maxwell",
    "Mellin",
    "Orthogonal",
    "Rademacher",
    "Rayleigh",
    "RowCovariance",
    "Sparse",
    "Student",
    "Subbotin",
    "TruncatedGaussian",
    "TwoPoint",
    "Uniform",
    "Weibull",
    "WeightLaw",
    "as_matrix_law",
    "as_weight_law",
]

#: The names of this module that make a law of whole matrices; a text may be any of them.
MATRIX_FACTORIES = (
    "Asymmetric",
    "Correlated",
    "Custom",
    "GaussianWeights",
    "Orthogonal",
    "RowCovariance",
)

#: The names of the functions of this module that make a law of independent weights.
FACTORIES = tuple(
    name
    for name in __all__
    if name not in (*MATRIX_FACTORIES, "WeightLaw", "as_matrix_law", "as_weight_law")
)

_HALF = sp.Rational(1, 2)


def Weibull(theta, scale=1) -> WeightLaw:
    r"""P(\|W\| > w) = exp(-(w/scale)^theta), E|W|^s = scale^s Gamma(1 + s/theta).

    theta = oo is the limit, a random sign times ``scale``.  InputError unless both are positive.

    >>> Weibull(2).variance, Weibull(2).abs_moment(-1)
    (1, sqrt(pi))
    """
    scale = _positive(scale, "scale", "Weibull")
    if _infinite(theta):
        return Rademacher().scaled(scale)
    theta = _positive(theta, "theta", "Weibull")
    shown = (("", theta),) if scale == 1 else (("", theta), ("scale", scale))
    return WeightLaw("Weibull", shown, GeneralizedGamma(1, theta, scale))


def Rademacher() -> WeightLaw:
    """W = 1 or -1, each with probability 1/2."""
    return WeightLaw("Rademacher", (), Constant(1))


def Gaussian(sigma2=1) -> WeightLaw:
    """N(0, sigma2).

    >>> Gaussian(2).kurtosis
    3
    """
    sigma2 = _positive(sigma2, "sigma2", "Gaussian")
    shown = () if sigma2 == 1 else (("", sigma2),)
    return WeightLaw("Gaussian", shown, GeneralizedGamma(_HALF, 2, sp.sqrt(2 * sigma2)))


def Uniform(bound=1) -> WeightLaw:
    """Uniform on (-bound, bound).

    >>> Uniform().variance
    1/3
    """
    bound = _positive(bound, "bound", "Uniform")
    return WeightLaw("Uniform", () if bound == 1 else (("", bound),), BetaPower(1, 1, 1, bound))


def Laplace(scale=1) -> WeightLaw:
    r"""Density e^(-\|w\|/scale)/(2 scale).

    >>> Laplace().kurtosis
    6
    """
    scale = _positive(scale, "scale", "Laplace")
    return WeightLaw(
        "Laplace", () if scale == 1 else (("", scale),), GeneralizedGamma(1, 1, scale)
    )


def Student(nu) -> WeightLaw:
    """Student's law with ``nu`` degrees of freedom.

    >>> Student(5).variance, Student(4).kurtosis
    (5/3, oo)
    """
    nu = _positive(nu, "nu", "Student")
    return WeightLaw("Student", (("", nu),), BetaPrimePower(_HALF, nu / 2, _HALF, sp.sqrt(nu)))


def Cauchy() -> WeightLaw:
    """Density 1/(pi (1 + w^2)): Student's law with one degree of freedom."""
    return WeightLaw("Cauchy", (), BetaPrimePower(_HALF, _HALF, _HALF))


def Chi(k) -> WeightLaw:
    r"""\|W\| of the law chi_k, real k > 0: the norm of k standard normals if k is whole.

    >>> Chi(5).variance
    5
    """
    k = _positive(k, "k", "Chi")
    return WeightLaw("Chi", (("", k),), GeneralizedGamma(k / 2, 2, sp.sqrt(2)))


def Maxwell() -> WeightLaw:
    """Density w^2 exp(-w^2/2)/sqrt(2 pi): a sign times chi_3."""
    return WeightLaw("Maxwell", (), GeneralizedGamma(3 * _HALF, 2, sp.sqrt(2)))


def Rayleigh() -> WeightLaw:
    r"""Density \|w\| exp(-w^2/2)/2: a sign times chi_2."""
    return WeightLaw("Rayleigh", (), GeneralizedGamma(1, 2, sp.sqrt(2)))


def Subbotin(theta) -> WeightLaw:
    r"""Density proportional to exp(-\|w\|^theta), the generalised normal law; oo is uniform.

    >>> Subbotin(2).variance, Subbotin(1) == Laplace()
    (1/2, False)
    """
    if _infinite(theta):
        return Uniform()
    theta = _positive(theta, "theta", "Subbotin")
    return WeightLaw("Subbotin", (("", theta),), GeneralizedGamma(1 / theta, theta))


def Beta(a, b, power=1) -> WeightLaw:
    r"""\|W\| = B^power with B of the law Beta(a, b).

    >>> Beta(2, 2).variance
    3/10
    """
    a, b, power = (
        _positive(value, name, "Beta") for value, name in ((a, "a"), (b, "b"), (power, "power"))
    )
    shown = (("", a), ("", b)) if power == 1 else (("", a), ("", b), ("power", power))
    return WeightLaw("Beta", shown, BetaPower(a, b, power))


def Logistic() -> WeightLaw:
    """Density e^-w/(1 + e^-w)^2.

    >>> Logistic().variance, Logistic().kurtosis
    (pi**2/3, 21/5)
    """
    return WeightLaw("Logistic", (), LogisticMagnitude())


def HyperbolicSecant() -> WeightLaw:
    """Density 1/(pi cosh w).

    >>> HyperbolicSecant().kurtosis
    5
    """
    return WeightLaw("HyperbolicSecant", (), HyperbolicSecantMagnitude())


def TruncatedGaussian(bound=2) -> WeightLaw:
    r"""N(0, 1) given \|W\| < bound.

    >>> TruncatedGaussian(2).variance.evalf(10)
    0.7737413036
    """
    bound = _positive(bound, "bound", "TruncatedGaussian")
    return WeightLaw("TruncatedGaussian", (("", bound),), TruncatedHalfNormal(bound))


def LogNormal(sigma=1) -> WeightLaw:
    r"""\|W\| = exp(sigma N), N standard normal."""
    sigma = _positive(sigma, "sigma", "LogNormal")
    return WeightLaw("LogNormal", (("", sigma),), LogNormalMagnitude(sigma))


def TwoPoint(a, b, p=_HALF) -> WeightLaw:
    r"""\|W\| = a with probability p, else b, for a, b > 0.

    >>> TwoPoint(1, 2).variance
    5/2
    """
    a, b = _positive(a, "a", "TwoPoint"), _positive(b, "b", "TwoPoint")
    p = _probability(p, "p", "TwoPoint")
    shown = (("", a), ("", b)) if p == _HALF else (("", a), ("", b), ("p", p))
    magnitude = Constant(a) if a == b else Discrete((a, b), (p, 1 - p))
    return WeightLaw("TwoPoint", shown, magnitude)


def Sparse(law, p) -> WeightLaw:
    """W = 0 with probability ``p``, otherwise of ``law``, which may be a text.

    >>> Sparse(Gaussian(), 0.25).variance
    3/4
    """
    law, p = as_weight_law(law), _probability(p, "p", "Sparse")
    zero = law.zero + (1 - law.zero) * p
    return WeightLaw("Sparse", (("", law), ("", p)), law.magnitude, zero)


def Density(formula, bound=None) -> WeightLaw:
    r"""The symmetric law with a density proportional to ``formula`` in w, for \|w\| < bound.

    InputError if the formula is not an even function of w.

    >>> Density("w^2*exp(-w^2/2)").magnitude == Maxwell().magnitude
    True
    >>> Density("1 - abs(w)", bound=1).variance
    1/6
    """
    return WeightLaw("Density", *density_magnitude(formula, bound))


def Mellin(formula) -> WeightLaw:
    r"""The symmetric law with E\|W\|^s = ``formula`` in s; whether it exists is not checked.

    >>> Mellin("2^(s/2)*gamma((1 + s)/2)/sqrt(pi)").magnitude == Gaussian().magnitude
    True
    """
    return WeightLaw("Mellin", *mellin_magnitude(formula))


def _infinite(value):
    return value is sp.oo or (isinstance(value, float) and value == float("inf")) or value == "oo"


def _positive(value, name, law):
    """An exact parameter; a name in a text is a positive symbol."""
    number = exact(value, f"{law}: {name}")
    if isinstance(value, str):
        fresh = {s: sp.Symbol(s.name, positive=True) for s in number.free_symbols}
        number = number.xreplace(fresh)
    if number.is_positive is False or (number.is_number and not number.is_positive):
        raise InputError(f"{law}: {name} = {number} must be positive")
    return number


def _probability(value, name, law):
    number = exact(value, f"{law}: {name}")
    if number.is_number and not 0 < number < 1:
        raise InputError(f"{law}: {name} = {number} must lie strictly between 0 and 1")
    return number
