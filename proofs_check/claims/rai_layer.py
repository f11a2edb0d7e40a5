r"""The claim on one layer of weights with one positive entry in every row.

The weights are those of L. Lu, Y. Shin, Y. Su and G. E. Karniadakis, arXiv:1903.06733, with the
normal entries of D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here.
"""

import math

import mpmath
import sympy as sp

from theory.asymmetric.maps import AsymmetricMaps, a, m, s, t
from theory.matrix_laws.asymmetric import Asymmetric
from theory.special import Phi
from theory.symbols import sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .rai_tools import drawn_units, law_after, normal_part

__all__ = ["RAI_LAYER"]

R = sp.Rational
_K = sp.Symbol("kappa", real=True)
_V, _Z, _F = sp.symbols("v z f", real=True)
_N = sp.Symbol("N", positive=True)


def _moment(power):
    """E v^power of Beta(2, 1): an elementary integral of 2 v."""
    v = sp.Symbol("v", nonnegative=True)
    return sp.integrate(2 * v**power * v, (v, 0, 1))


def _squared_mean(power):
    """The mutation: E v^2 = (E v)^2 = 4/9."""
    return _moment(1) ** power


def maps(kappa=_K, slot=True):
    """The toolkit's side."""
    return AsymmetricMaps("relu", Asymmetric(correlation=kappa, bias_slot=slot))


# ---------------------------------------------------------------- moments


def _entry(moment=_moment):
    """2/3, 1/2 and 1/18."""
    law = maps()
    yield Symbolic(law.entry_mean, moment(1))
    yield Symbolic(law.entry_second_moment, moment(2))
    yield Symbolic(law.entry_variance, moment(2) - moment(1) ** 2)
    yield Symbolic(moment(1), R(2, 3))
    yield Symbolic(moment(2), R(1, 2))
    yield Symbolic(moment(2) - moment(1) ** 2, R(1, 18))


def _average(expr, moment):
    """E over Z ~ N(0, 1), v and f = phi(y_below), whose moments are m, s, …; independent."""
    total = 0
    for (i, j, k), coefficient in sp.Poly(expr, _Z, _V, _F).terms():
        if i % 2 == 0:
            of_f = {0: 1, 1: m, 2: s}.get(k, sp.Symbol(f"s_{k}"))
            total += coefficient * sp.factorial2(i - 1) * moment(j) * of_f
    return sp.expand(total)


def _second_moment(moment=_moment):
    """E y and E y^2 of y = a Z + v f with a^2 = sigma_b2 + sigma_w2 (s - kappa m^2)."""
    y = a * _Z + _V * _F
    spread = sigma_b2 + sigma_w2 * (s - _K * m**2)
    yield Symbolic(_average(y, moment), maps().mean)
    square = _average(y**2, moment).subs(a, sp.sqrt(spread))
    yield Symbolic(square, maps().second_moment)
    stated = (sigma_w2 * (1 - _K * m**2 / s) + R(1, 2)) * s
    yield Symbolic(square.subs(sigma_b2, 0), stated)


def _over_places(moment=_moment):
    """E y^2 at N = 2 and 3, place by place, given the values h below; the limit N -> oo."""
    for size in (2, 3):
        h = sp.symbols(f"h_0:{size}", nonnegative=True)
        means = {s: sum(v**2 for v in h) / sp.Integer(size), m: sum(h) / sp.Integer(size)}

        def normal(places, h=h, size=size):
            lost = _K / size * sum(h[i] for i in places) ** 2
            return sigma_w2 / size * (sum(h[i] ** 2 for i in places) - lost)

        total = sum(
            sigma_b2 + normal([i for i in range(size) if i != j]) + moment(2) * h[j] ** 2
            for j in range(size)
        )
        found = maps(slot=False).finite_second_moment(size).subs(means)
        yield Symbolic(sp.expand(found), sp.expand(total / size))
        total += normal(range(size)) + moment(2)  # v in the slot of the bias
        found = maps().finite_second_moment(size).subs(means)
        yield Symbolic(sp.expand(found), sp.expand(total / (size + 1)))
    wide = sp.limit(maps().finite_second_moment(_N), _N, sp.oo)
    yield Symbolic(wide, maps().second_moment.subs(R(1, 2), moment(2)))


_VALUES = (0.3, 0.0, 1.7, 0.9, 0.0, 0.6)


def _drawn_squares(moment=_moment, samples=60_000):
    """Rows of six weights on fixed values: E y^2 is known exactly."""
    size = len(_VALUES)
    means = {s: sum(v * v for v in _VALUES) / size, m: sum(_VALUES) / size}
    for kappa, weight in ((0, 0.25), (1, 0.25), (R(1, 2), 1.0)):
        found = maps(kappa, slot=False).finite_second_moment(size)
        stated = found.subs({**means, sigma_w2: weight, sigma_b2: 0})
        stated += (moment(2) - R(1, 2)) * means[s]
        yield _drawn(lambda y: y**2, kappa, weight, stated, _VALUES, samples)
        yield _drawn(lambda y: y, kappa, weight, moment(1) * means[m], _VALUES, samples)


def _drawn(function, kappa, weight, expected, values, samples, bias=0.0):
    def sampler(generator, count):
        return function(drawn_units(generator, count, float(kappa), weight, values))

    expected = expected if callable(expected) else float(expected)
    return Statistical(sampler, expected, samples, bias=bias)


# ---------------------------------------------------------------- y is not normal


def _fourth(normal=False):
    """E y^4 = 3 a^4 + 6 a^2 E t^2 + E t^4 exceeds that of a normal variable after y ~ N(0, 1)."""
    y = a * _Z + _V * _F
    law = {m: 1 / sp.sqrt(2 * sp.pi), s: R(1, 2), sp.Symbol("s_4"): R(3, 2)}
    fourth = _average(y**4, _moment).subs(law)
    third, square, mean = (_average(y**k, _moment) for k in (3, 2, 1))
    third = third.subs(sp.Symbol("s_3"), sp.sqrt(2 / sp.pi)).subs(law)
    square, mean = square.subs(law), mean.subs(law)
    stated = 3 * a**4 + 6 * a**2 * R(1, 4) + R(1, 3) * R(3, 2)
    if normal:
        var = square - mean**2
        stated = mean**4 + 6 * mean**2 * var + 3 * var**2
    yield Symbolic(fourth, sp.expand(stated))
    if not normal:
        skew = third - 3 * mean * square + 2 * mean**3
        yield Symbolic(sp.expand(skew).diff(a), 0)  # the third cumulant is that of t
        yield Certified(skew > 0, subs={a: R(1, 2)})


def _distribution(normal=False, samples=12_000):
    """Kolmogorov-Smirnov: rows of 300 weights after normal values; false alarms below 1e-9."""
    for kappa, weight in ((0, 0.25), (1, 0.25)):
        cdf, _, _ = law_after(kappa, weight)
        if normal:
            cdf = _normal_cdf(kappa, weight)
        yield _drawn(lambda y: y, kappa, weight, cdf, 300, samples)


def _normal_cdf(kappa, weight):
    """The normal law with the mean and the variance of y."""
    from scipy import stats

    mean = 2 / 3 / math.sqrt(2 * math.pi)
    spread = math.sqrt(normal_part(kappa, weight) ** 2 + 0.25 - mean**2)
    return stats.norm(mean, spread).cdf


def _next_s(normal=False, samples=20_000):
    """E relu(y)^2 of the next layer: from the law of y, not from its first two moments."""
    for kappa, weight in ((0, 0.25), (1, 0.25)):
        second = law_after(kappa, weight)[1]
        if normal:  # relu^2 of a normal variable of mean 0
            second = (normal_part(kappa, weight) ** 2 + 0.25) / 2
        yield _drawn(lambda y: (y * (y > 0)) ** 2, kappa, weight, second, 300, samples, 2e-3)


# ---------------------------------------------------------------- given t


def _conditional(cross=1):
    """F(t) = E relu(a Z + t)^2 has F'' = 2 P(a Z + t > 0), F(0) = a^2/2 and F'(0) = 2 a E Z_+."""
    bell = sp.exp(-(t**2) / (2 * a**2)) / sp.sqrt(2 * sp.pi)
    stated = (a**2 + t**2) * Phi(t / a) + cross * a * t * bell
    yield Symbolic(stated.diff(t, 2), 2 * Phi(t / a))
    yield Symbolic(stated.subs(t, 0), a**2 * Phi(0))
    yield Symbolic(stated.diff(t).subs(t, 0), 2 * a / sp.sqrt(2 * sp.pi))
    yield Symbolic(maps().conditional_second_moment, stated)
    yield Numeric(stated, _integral, [{a: R(1, 2), t: R(7, 10)}, {a: R(3), t: R(-1)}], digits=18)


def _integral(point):
    deviation, shift = (mpmath.mpf(point[key].p) / point[key].q for key in (a, t))
    edge = -shift / deviation
    return mpmath.quad(
        lambda z: (deviation * z + shift) ** 2 * mpmath.npdf(z), [edge, 0, edge + 3, edge + 20]
    )


def _positive(lower=False):
    """P(y <= 0) = E Phi(-t/a) < 1/2, as t >= 0 is not always 0."""
    yield Symbolic(maps().conditional_off, Phi(-t / a))
    yield Certified(Phi(-t) < R(1, 2), {t: (R(1, 1000), 8)})
    yield maps().favours_positive is True
    yield AsymmetricMaps("tanh").favours_positive is False
    for kappa, weight in ((0, 0.25), (1, 2.0)):
        off = 0.5 if lower else float(law_after(kappa, weight)[0](0.0))
        what = f"kappa = {kappa}, sigma_w2 = {weight}"
        if not lower:
            yield Between(off, 0, 0.4999, what)
        yield _drawn(lambda y: y <= 0, kappa, weight, off, 300, 12_000, bias=2e-3)


def _layer():
    yield from _entry()
    yield from _second_moment()
    yield from _over_places()
    yield from _drawn_squares()
    yield from _fourth()
    yield from _distribution()
    yield from _next_s()
    yield from _conditional()
    yield from _positive()


LAYER = Claim(
    "rai.layer",
    r"One entry of each row of normal weights is replaced by $v \sim$ Beta(2, 1), $Ev = "
    r"\frac23$, $Ev^2 = \frac12$: wide layers have $Ey^2 = (\sigma^2(1 - \kappa m^2/s) + "
    r"\frac12)s$ and $Ey = \frac23m$ with $s = E\phi^2$, $m = E\phi$ below, but $y = "
    r"\sigma\sqrt{s - \kappa m^2}\,Z + v\phi(y_{\mathrm{below}})$ is not normal, $P(y \le 0) < "
    r"\frac12$ for $\phi \ge 0$, and $E(aZ + t)_+^2 = (a^2 + t^2)\Phi(t/a) + at\varphi(t/a)$.",
    "derived here, for the weights of Lu et al. 2019, arXiv:1903.06733",
    _layer,
    (
        Mutation("E v^2 = 4/9", lambda: list(_entry(_squared_mean))),
        Mutation("E v^2 = 4/9 in E y^2", lambda: list(_second_moment(_squared_mean))),
        Mutation("E v^2 = 4/9, place by place", lambda: list(_over_places(_squared_mean))),
        Mutation("E v^2 = 4/9, drawn", lambda: list(_drawn_squares(_squared_mean))),
        Mutation("y is normal: E y^4", lambda: list(_fourth(normal=True))),
        Mutation("y is normal: its distribution", lambda: list(_distribution(normal=True))),
        Mutation("y is normal of mean 0: the next s", lambda: list(_next_s(normal=True))),
        Mutation("-a t phi(t/a) given t", lambda: list(_conditional(-1))),
        Mutation("P(y <= 0) = 1/2", lambda: list(_positive(lower=True))),
    ),
    full=lambda: list(_distribution(samples=60_000)),
)

RAI_LAYER = (LAYER,)
