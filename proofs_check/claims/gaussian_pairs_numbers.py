r"""Claims on Q_theta and its activation as numbers: a sampler, a series, a contour integral.

Source: Weibull weights are those of P. Wolinski and J. Arbel, arXiv:2205.12379, who fit their
activations; the exact forms are derived here.
"""

import sympy as sp

from theory.laws.functions import LawDensity, LawSurvival
from theory.laws.small_argument import density_series
from theory.laws.weibull_factor import WeibullFactor

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import Balls, printed
from .gaussian_pairs_tools import Shown, arb_of, around, contour, series, weibull_pair

__all__ = ["NUMBERS"]

R = sp.Rational


# ---------------------------------------------------------------- the sampler


def _kanter(u, alpha):
    """a(u) with S = (a(U)/E)^{(1 - alpha)/alpha} positive stable."""
    import numpy as np

    ratio = np.sin(alpha * np.pi * u) ** (alpha / (1 - alpha))
    return np.sin((1 - alpha) * np.pi * u) * ratio / np.sin(np.pi * u) ** (1 / (1 - alpha))


def _drawn(theta, power=None):
    """sqrt(2) |cos(pi U_1)| (E/a(U_2))^{1/theta'}."""
    theta = float(theta)
    exponent = (theta - 2) / (2 * theta) if power is None else power

    def sampler(generator, samples):
        import numpy as np

        first, second = generator.random(samples), 1 - generator.random(samples)
        magnitude = generator.exponential(size=samples) / _kanter(second, 2 / theta)
        return np.sqrt(2) * np.abs(np.cos(np.pi * first)) * magnitude**exponent

    return sampler


def _cdf(theta):
    return lambda y: 1 - contour(theta, y)[0]


def _sampler():
    for theta in (R(5, 2), 3, 10):
        # E M = Gamma(2 - a) int a(u)^{a - 1} du = 1/Gamma(1 + a), a = 2/theta
        yield _mean_of_kanter(theta)
        yield Statistical(_drawn(theta), _cdf(theta), 6_000)
        yield Statistical(_toolkit(theta), _cdf(theta), 6_000)
    yield Statistical(_product_with(R(3)), _normal_cdf, 6_000)


def _toolkit(theta):
    def sampler(generator, samples):
        from numerics.law_sampling import sample

        return sample(WeibullFactor(theta), samples, generator)

    return sampler


def _mean_of_kanter(theta):
    import numpy as np

    def mean(_):
        nodes, weights = np.polynomial.legendre.leggauss(120)
        alpha = 2 / float(theta)
        inside = _kanter((1 + nodes) / 2, alpha) ** (alpha - 1)
        return float(weights @ inside) / 2

    alpha = 2 / sp.S(theta)
    return Numeric(mean, 1 / (sp.gamma(1 + alpha) * sp.gamma(2 - alpha)), [{}], digits=5)


def _product_with(theta):
    """W Y with a drawn sign, |W| = E^{1/theta}."""

    def sampler(generator, samples):
        import numpy as np

        y = _drawn(theta)(generator, samples)
        size = generator.exponential(size=samples) ** (1 / float(theta))
        return np.where(generator.random(samples) < 0.5, -1, 1) * size * y

    return sampler


def _normal_cdf(z):
    from scipy.special import ndtr

    return ndtr(z)


SAMPLER = Claim(
    "gp.sampler",
    r"$Y = \sqrt2\,|\cos\pi U_1|\,(E/a_\alpha(U_2))^{1/\theta'}$ with $a_\alpha(u) = "
    r"\sin((1-\alpha)\pi u)\sin(\alpha\pi u)^{\alpha/(1-\alpha)}\sin(\pi u)^{-1/(1-\alpha)}$, "
    r"$\alpha = 2/\theta$, $1/\theta' = 1/2 - 1/\theta$, has the law $Q_\theta$ exactly "
    r"(uniform $U_1, U_2$, exponential $E$); then $\pm E_2^{1/\theta}Y \sim N(0,1)$.",
    "derived here; Kanter's representation of stable variables, Ann. Probab. 3 (1975)",
    _sampler,
    (
        Mutation(
            "exponent 1/theta instead of 1/theta'",
            lambda: Statistical(_drawn(R(3), 1 / 3), _cdf(3), 6_000),
        ),
    ),
)


# ---------------------------------------------------------------- the series


def _series():
    y = sp.Symbol("y", positive=True)
    theta = sp.Symbol("theta", positive=True)
    for k, found in enumerate(density_series(WeibullFactor(theta), 5)):
        yield _coefficient(k, found, theta)
    for value in (R(5, 2), 3, 4, 10):
        for place in (R(1, 3), R(3, 2), 2):
            yield _density(value, place)
            stated = 1 - LawSurvival(WeibullFactor(value), place)
            yield _ball_of(stated, lambda t=value, p=place: series(t, arb_of(p)))
    # term by term the density is the derivative
    k = sp.Symbol("k", integer=True, positive=True)
    yield Symbolic((y ** (2 * k + 1) / (2 * k + 1)).diff(y), y ** (2 * k))
    yield from _table()


def _coefficient(k, found, theta, shift=1):
    stated = sp.sqrt(2 / sp.pi) * R(-1, 2) ** k / sp.factorial(k)
    stated /= sp.gamma(1 - (2 * k + shift) / theta)
    return Symbolic(found, stated, {theta: (R(21, 10), 9)})


def _ball_of(expression, right, digits=28):
    """A number of the toolkit, an interval of one unit in its last digit, against a ball."""
    number = sp.N(expression, digits + 2)
    return Balls(lambda: around(number, digits), right, digits - 2, str(expression))


def _density(theta, place, shift=0):
    return _ball_of(
        LawDensity(WeibullFactor(theta), place),
        lambda: series(theta, arb_of(place), 0, shift),
    )


#: phi_theta at 1/10, 1/2, 1, 2, 3, 5, each to a unit of the last place.
PLACES = ("1/10", "1/2", "1", "2", "3", "5")
TABLE = {
    "5/2": "0.14853168361904697 0.70020035041140670 1.2079203977428238 1.7331741860744990 "
    "1.9911183130367573 2.2820289800275294",
    "3": "0.13518682721485058 0.65092496260547954 1.1820518390548980 1.8759708347649061 "
    "2.3039630422661743 2.8593427738904936",
    "4": "0.12244131534941059 0.60079120189566210 1.1425065722590070 1.9993315621672276 "
    "2.6395547226988574 3.5946361785829391",
    "6": "0.11284327591747470 0.56009554862435524 1.0972083901603472 2.0626261027639210 "
    "2.8933614964585541 4.2904561008571839",
    "10": "0.10685221381672348 0.53300276986114000 1.0586068148085754 2.0685879070930619 "
    "3.0151690311175833 4.7490140032988677",
}


def _table():
    for theta, row in TABLE.items():
        for place, value in zip(PLACES, row.split(), strict=True):
            yield _quantile(theta, place, value)
            shown = weibull_pair(theta).evaluate(R(place), digits=25)
            yield Balls(
                lambda v=shown: arb_of(v),
                lambda v=value: printed(v),
                15,
                f"phi_{theta}({place})",
            )


def _quantile(theta, place, value):
    """F(low) < erf(x/sqrt 2) < F(high) for the ends of the printed value, in balls."""

    def inside():
        from flint import arb, ctx

        with ctx.workprec(240):
            around = printed(value)
            low, high = (series(theta, arb(end.mid())) for end in (around.lower(), around.upper()))
            wanted = (arb_of(place) / arb(2).sqrt()).erf()
            if low < wanted < high:
                return True
            return False if wanted < low or wanted > high else None

    return Shown(inside, f"phi({place}) = {value} for theta = {theta} to a unit of its last place")


SERIES = Claim(
    "gp.density-series",
    r"$f_Y(y) = \sqrt{2/\pi}\sum_k \frac{(-y^2/2)^k}{k!\,\Gamma(1-(2k+1)/\theta)}$, and $F_Y$ by "
    r"integration, entire for $\theta > 2$. So $\varphi_\theta(x) = F_Y^{-1}(\mathrm{erf}"
    r"(x/\sqrt2))$ is known to any number of digits, for instance $\varphi_3(1) = "
    r"1.1820518390548980$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _series,
    (
        Mutation("Gamma(1 - (2k + 2)/theta)", lambda: _density(3, R(3, 2), 1)),
        Mutation(
            "phi_3(1) = 1.1820518390548990", lambda: _quantile("3", "1", "1.1820518390548990")
        ),
    ),
)


# ---------------------------------------------------------------- the contour


def _contour():
    for theta in ("3", "4"):
        yield _loop(theta, R(3, 2), 1)
    for theta, places in (
        ("41/20", (R(1, 10), 1)),
        ("5/2", (R(1, 10), 1, 2)),
        ("3", (R(1, 10), 1, 3, 4)),
        ("10", (R(1, 10), 1, 3, 5)),
    ):
        law = WeibullFactor(R(theta))
        grid = [{"y": place} for place in places]
        toolkit = lambda point, a=law: LawSurvival(a, point["y"]).evalf(25)  # noqa: E731
        floats = lambda point, t=theta: float(contour(R(t), float(point["y"]))[0][0])  # noqa: E731
        yield Numeric(toolkit, floats, grid, digits=11)
        toolkit = lambda point, a=law: LawDensity(a, point["y"]).evalf(25)  # noqa: E731
        floats = lambda point, t=theta: float(contour(R(t), float(point["y"]))[1][0])  # noqa: E731
        yield Numeric(toolkit, floats, grid, digits=10)
    # the path: Im(u - (y^2/2) u^{2/theta}) = 0 on it
    theta, angle = sp.symbols("theta t", positive=True)
    r = (theta / 2 * sp.sin(2 * angle / theta) / sp.sin(angle)) ** (theta / (theta - 2))
    saddle = r ** (2 / theta) * sp.sin(2 * angle / theta) * theta / 2
    phase = r * sp.sin(angle) - saddle
    grid = [{theta: a, angle: b} for a in (R(5, 2), 3, 10) for b in (R(1, 2), 1, 2)]
    yield Numeric(phase, sp.S.Zero, grid, digits=15, absolute=True)


def _loop(theta, y, power):
    """(1/2 pi i) int e^u erfc(y u^{power/theta}/sqrt 2) du/u against the ball series."""
    import mpmath

    root = mpmath.mpf(R(theta).p) / R(theta).q

    def integrand(t):
        # a parabola around the negative axis: u = (1 + i t)^2
        u = 2 * (1 + mpmath.mpc(0, t)) ** 2
        step = 4 * (1 + mpmath.mpc(0, t))
        inside = mpmath.mpf(y.p) / y.q * u ** (power / root) / mpmath.sqrt(2)
        return (mpmath.exp(u) * mpmath.erfc(inside) / u * step).real / (2 * mpmath.pi)

    def integral(_):
        with mpmath.workdps(40):
            step = mpmath.mpf(1) / 16
            return step * mpmath.fsum(integrand(k * step) for k in range(-120, 121))

    def summed(_):
        from flint import ctx

        with ctx.workprec(240):
            return (1 - series(theta, arb_of(y))).mid().str(40, radius=False)

    return Numeric(integral, summed, [{}], digits=24)


CONTOUR = Claim(
    "gp.contour",
    r"$P(Y>y) = \frac1{2\pi i}\int e^u\,\mathrm{erfc}(y u^{1/\theta}/\sqrt2)\,du/u$ around the "
    r"negative axis. On the path of steepest descent $u = \kappa r e^{it}$, $r = [(\theta/2)"
    r"\sin(2t/\theta)/\sin t]^{\theta/(\theta-2)}$, floats and 240 nodes have 12 digits for every "
    r"$\theta > 2$, also where the series has none.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _contour,
    (Mutation("u^{2/theta} inside erfc", lambda: _loop("3", R(3, 2), 2)),),
)

NUMBERS = (SAMPLER, SERIES, CONTOUR)
