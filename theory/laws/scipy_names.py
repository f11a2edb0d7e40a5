"""SciPy's names of distributions as laws of weights: loc and scale in SciPy's sense."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

__all__ = ["SCIPY_LAWS", "SKEWED", "SciPyLaw"]

#: Distributions on the line that are never symmetric.
SKEWED = frozenset(
    (
        *("crystalball", "exponnorm", "genhyperbolic", "genlogistic", "gumbel_l", "gumbel_r"),
        *("jf_skew_t", "johnsonsu", "laplace_asymmetric", "levy_stable", "loggamma", "moyal"),
        *("nct", "norminvgauss", "skewcauchy", "skewnorm"),
    )
)


@dataclass(frozen=True)
class SciPyLaw:
    """``build(*shapes, loc, scale)`` gives the WeightLaw, or None if W is not symmetric."""

    shapes: tuple[str, ...]
    build: Callable
    any_sign: bool = False


def _weights():
    from .. import weights

    return weights


def _symmetric(make, *names, centre=0):
    """Symmetric about ``centre``: allowed is the loc that moves this to 0."""

    def build(*arguments):
        *shapes, loc, scale = arguments
        if sp.expand(loc + centre * scale) != 0:
            return None
        return _scaled(make(*shapes), scale)

    return SciPyLaw(names, build)


def _half_line(make, *names):
    """A law of positive variables, given a random sign."""

    def build(*arguments):
        *shapes, loc, scale = arguments
        return _scaled(make(*shapes), scale) if loc == 0 else None

    return SciPyLaw(names, build)


def _scaled(law, scale):
    return law if scale == 1 else law.scaled(scale)


def _uniform(loc, scale):
    if loc == 0:
        return _weights().Uniform(scale)
    return _weights().Uniform(scale / 2) if sp.expand(loc + scale / 2) == 0 else None


def _truncated(a, b, loc, scale):
    if sp.expand(a + b) == 0 and loc == 0 and b.is_positive:
        return _scaled(_weights().TruncatedGaussian(b), scale)
    if a == 0 and loc == 0 and b.is_positive:
        return _scaled(_weights().TruncatedGaussian(b), scale)
    return None


def _gamma(a, c=1):
    from .generalized_gamma import GeneralizedGamma
    from .weight_law import WeightLaw

    shown = (("", a),) if c == 1 else (("", a), ("", c))
    return WeightLaw("Gamma", shown, GeneralizedGamma(a, c))


def _beta_prime(a, b, power=1, scale=1):
    from .beta_prime_power import BetaPrimePower
    from .weight_law import WeightLaw

    return WeightLaw("BetaPrime", (("", a), ("", b)), BetaPrimePower(a, b, power, scale))


_HALF = sp.Rational(1, 2)

SCIPY_LAWS = {
    "norm": _symmetric(lambda: _weights().Gaussian()),
    "halfnorm": _half_line(lambda: _weights().Gaussian()),
    "uniform": SciPyLaw((), _uniform),
    "laplace": _symmetric(lambda: _weights().Laplace()),
    "expon": _half_line(lambda: _weights().Laplace()),
    "logistic": _symmetric(lambda: _weights().Logistic()),
    "halflogistic": _half_line(lambda: _weights().Logistic()),
    "hypsecant": _symmetric(lambda: _weights().HyperbolicSecant()),
    "cauchy": _symmetric(lambda: _weights().Cauchy()),
    "halfcauchy": _half_line(lambda: _weights().Cauchy()),
    "t": _symmetric(lambda df: _weights().Student(df), "df"),
    "gennorm": _symmetric(lambda beta: _weights().Subbotin(beta), "beta"),
    "halfgennorm": _half_line(lambda beta: _weights().Subbotin(beta), "beta"),
    "dweibull": _symmetric(lambda c: _weights().Weibull(c), "c"),
    "weibull_min": _half_line(lambda c: _weights().Weibull(c), "c"),
    "dgamma": _symmetric(_gamma, "a"),
    "gamma": _half_line(_gamma, "a"),
    "erlang": _half_line(_gamma, "a"),
    "gengamma": _half_line(_gamma, "a", "c"),
    "chi": _half_line(lambda df: _weights().Chi(df), "df"),
    "chi2": _half_line(lambda df: _gamma(df / 2).scaled(2), "df"),
    "maxwell": _half_line(lambda: _weights().Maxwell()),
    "rayleigh": _half_line(lambda: _weights().Rayleigh()),
    "nakagami": _half_line(lambda nu: _gamma(nu, 2).scaled(1 / sp.sqrt(nu)), "nu"),
    "beta": _half_line(lambda a, b: _weights().Beta(a, b), "a", "b"),
    "powerlaw": _half_line(lambda a: _weights().Beta(a, 1), "a"),
    "arcsine": _half_line(lambda: _weights().Beta(_HALF, _HALF)),
    "semicircular": _symmetric(lambda: _weights().Beta(_HALF, 3 * _HALF, _HALF)),
    "rdist": _symmetric(lambda c: _weights().Beta(_HALF, c / 2, _HALF), "c"),
    "truncnorm": SciPyLaw(("a", "b"), _truncated, any_sign=True),
    "betaprime": _half_line(_beta_prime, "a", "b"),
    "lomax": _half_line(lambda c: _beta_prime(sp.S.One, c), "c"),
    "fisk": _half_line(lambda c: _beta_prime(sp.S.One, sp.S.One, 1 / c), "c"),
    "f": _half_line(lambda a, b: _beta_prime(a / 2, b / 2, 1, b / a), "dfn", "dfd"),
    "lognorm": _half_line(lambda s: _weights().LogNormal(s), "s"),
}
