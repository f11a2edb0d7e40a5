r"""Claims on the mean-field theory of exact pairs: the fixed point q = 1, phases, biases.

The second route to every number is an integral over the law of |phi(X)|, whose density comes from
a contour in floats.

Source: pairs of P. Wolinski and J. Arbel, arXiv:2205.12379; what is stated here is derived here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.hermite import hermite
from theory.special import Phi
from theory.symbols import q, rho, x

from ..checks import Certified, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .gaussian_pairs_tools import law_mean, weibull_pair

__all__ = ["PAIR_MEAN_FIELD"]

R = sp.Rational
DIGITS = 12
#: theta: (chi_1, V'(1), C'(0)) of the odd and (C(0), C'(0), chi_1, V'(1)) of the positive pair.
ODD = {
    "41/20": ("1.242252986901", "0.404841204202", "0.911617925749"),
    "5/2": ("1.096995589577", "0.583792217668", "0.961044037666"),
    "3": ("1.046430187664", "0.693128028930", "0.980196713847"),
    "4": ("1.015583334249", "0.809710566679", "0.992942167920"),
    "5": ("1.006842798664", "0.869332012547", "0.996808438518"),
    "7": ("1.001995717677", "0.926837136598", "0.999042475229"),
    "10": ("1.000536809439", "0.961153884319", "0.999737871873"),
}
POSITIVE = {
    "41/20": ("0.80301108791", "0.18221523201", "0.22896439984", "0.02697077280"),
    "5/2": ("0.75318774730", "0.23918174486", "0.26425610592", "0.17071324441"),
    "3": ("0.72071301760", "0.27067642087", "0.29488839474", "0.26162642683"),
    "4": ("0.68672506039", "0.30011644123", "0.33093575227", "0.36119322936"),
    "7": ("0.65459246980", "0.32467921419", "0.36853135939", "0.46379220831"),
    "10": ("0.64583455632", "0.33076794416", "0.37941814226", "0.49435882629"),
}


def _numbers(theta, kind="odd"):
    return weibull_pair(theta, kind).mean_field.numbers(DIGITS)


def _gain(theta):
    return sp.gamma(1 + 2 / R(theta))


def _mean(theta, function, kind="odd"):
    return float(_gain(theta)) * law_mean(R(theta), function, kind)


def _value(found, stated, digits=9):
    return Numeric(lambda _: found(), R(stated), [{}], digits=digits)


def _square(x, y, slope):
    return (x * y) ** 2


def _gradient(x, y, slope):
    return slope**2


def _linear(x, y, slope):
    return x * y


# ---------------------------------------------------------------- the fixed point


def _fixed():
    # in closed form: Maxwell weights, V = 3 E erf^2
    theory = GaussianPair(weights=laws.Chi(3)).mean_field
    yield Symbolic(theory.variance_map, 6 / sp.pi * sp.asin(q / (1 + q)))
    yield Symbolic(theory.variance_map.subs(q, 1), 1)
    yield Symbolic(theory.variance_map.diff(q).subs(q, 1), theory.chi_q)
    # the bounds: E Z^2 phi^2 <= sqrt(E Z^4 E phi^4), E phi^4 = 3/E W^4
    theta = sp.Symbol("theta", positive=True)
    pair = GaussianPair(theta=theta)
    largest = pair.weights.variance * sp.sqrt(3 * 3 / pair.weights.abs_moment(4))
    lower, upper = pair.mean_field.chi_q_bounds
    bound = sp.gamma(1 + 2 / theta) / sp.sqrt(sp.gamma(1 + 4 / theta))
    yield Symbolic(upper, (3 * bound - 1) / 2)
    yield Symbolic(largest**2, 9 * bound**2)
    yield Symbolic(lower, -R(1, 2))
    for value in (2, R(41, 20), 3, 10):
        numbers = sp.gamma(1 + 2 / sp.S(value)), sp.gamma(1 + 4 / sp.S(value))
        yield Certified(sp.Lt(numbers[0] ** 2, numbers[1], evaluate=False))  # so it is below 1
    yield from _stable(["2.05", "2.5", "3", "4", "7", "10"])
    yield from _at("3")


_BOUNDS = (
    "0.573627402",
    "0.668446751",
    "0.740984554",
    "0.829340388",
    "0.930098932",
    "0.962134677",
)


def _stable(thetas):
    for theta, bound in zip(thetas, _BOUNDS, strict=True):
        value = R(theta)
        found = weibull_pair(value).mean_field.chi_q_bounds[1]
        yield Numeric(found, R(bound), [{}], digits=8)
        yield (_mean(value, _square) - 1) / 2 < float(bound)


def _at(theta, subtract=1):
    """V(1) = 1 and V'(1), by the toolkit and by the law of |phi(X)|."""
    numbers = _numbers(theta)
    yield _value(lambda: numbers.variance(1), 1)
    yield _value(lambda: numbers.chi_q, ODD[theta][1])
    yield _value(lambda: (_mean(R(theta), _square) - subtract) / 2, ODD[theta][1], 8)


FIXED = Claim(
    "gp.v-fixed",
    r"For every exact pair without biases $V(1) = 1$, and $V'(1) = \frac12(EW^2\,E[Z^2\varphi^2] "
    r"- 1)$ lies between $-\frac12$ and $\frac12(3/\sqrt{\kappa_W} - 1) < 1$, $\kappa_W = "
    r"EW^4/(EW^2)^2$: $q = 1$ attracts. For $\theta = 3$ $V'(1) = 0.693128028930$, the bound is "
    r"$0.740984554$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _fixed,
    (
        Mutation("V'(1) = E W^2 E Z^2 phi^2/2", lambda: _at("3", 0)),
        Mutation(
            "V'(1) >= 3/4 for theta = 3",
            lambda: Certified(
                sp.Gt(weibull_pair("3").mean_field.chi_q_bounds[1], R(3, 4), evaluate=False)
            ),
        ),
    ),
    full=lambda: [_at(theta) for theta in ODD],
)


# ---------------------------------------------------------------- odd pairs are chaotic


def _chaotic():
    # chi_1 - 1 = sum (k - 1) a_k^2, a_0 = 0: in closed form for erf
    theory = GaussianPair(weights=laws.Chi(3)).mean_field
    curve = 6 / sp.pi * sp.asin(rho / 2)
    yield Symbolic(theory.correlation_map, curve)
    yield Symbolic(theory.chi_1, curve.diff(rho).subs(rho, 1))
    for k in (0, 1, 2, 3, 5):
        found = theory.coefficient(k) ** 2
        yield Symbolic(found, sp.series(curve, rho, 0, 6).removeO().coeff(rho, k))
    yield Certified(sp.Gt(2 * sp.sqrt(3) / sp.pi, 1, evaluate=False))
    yield Certified(curve < rho, {rho: (R(1, 100), R(99, 100))})
    yield Symbolic(hermite("x", 1, 1) ** 2, 1)
    for theta in ("5/2", "3"):
        yield _larger_than_one(theta)
    yield from _odd_row("3")
    for theta, row in ODD.items():
        yield from _by_law(theta, row)
    yield Certified(sp.Gt(weibull_pair("2").mean_field.chi_1, 1, evaluate=False))
    for weights in (laws.Chi(3), laws.Weibull(3), laws.Uniform(), laws.Gaussian()):
        yield GaussianPair(weights=weights).mean_field.phase == "chaotic"


def _by_law(theta, row):
    yield _value(lambda: _mean(R(theta), _gradient), row[0])
    yield _value(lambda: _mean(R(theta), _linear) ** 2, _scaled_linear(theta, row[2]))


def _scaled_linear(theta, energy):
    """(m E Z phi)^2 for a_1^2 = m (E Z phi)^2."""
    return sp.Rational(str(sp.N(R(energy) * _gain(theta), 25)))


def _odd_row(theta):
    numbers, row = _numbers(theta), ODD[theta]
    yield _value(lambda: numbers.chi_1, row[0])
    yield _value(lambda: numbers.correlation_slope(0), row[2])
    # the sum over Hermite coefficients, from the table of the toolkit
    yield _value(lambda: sum(k * a for k, a in enumerate(numbers.coefficients)), row[0], 7)


def _larger_than_one(theta, sign=1):
    """chi_1 against 1 by the law of |phi(X)|, whose quadrature has ten digits."""
    return sign * (_mean(R(theta), _gradient) - 1) > 1e-9


CHAOTIC = Claim(
    "gp.chaotic",
    r"For every exact pair with $E\varphi = 0$ and no biases $\chi_1 = \sum_k k\hat a_k^2 \ge "
    r"\sum_k \hat a_k^2 = 1$ with equality only for linear $\varphi$ (Gaussian Poincaré "
    r"inequality): nonlinear odd pairs are chaotic, $C(c) < c$ on $(0,1)$. $\chi_1 = "
    r"1.046430187664$ and $\hat a_1^2 = 0.980196713847$ for $\theta = 3$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _chaotic,
    (
        Mutation(
            "chi_1 = 1 for theta = 3", lambda: _value(lambda: _mean(R(3), _gradient), 1)
        ),
        Mutation("chi_1 < 1 for theta = 5/2", lambda: _larger_than_one("5/2", -1)),
        Mutation(
            "C(c) > c for Maxwell weights",
            lambda: Certified(
                6 / sp.pi * sp.asin(rho / 2) > rho, {rho: (R(1, 100), R(99, 100))}
            ),
        ),
    ),
    full=lambda: [_odd_row(theta) for theta in ODD],
)  # fmt: skip


# ---------------------------------------------------------------- positive pairs are ordered


def _ordered():
    yield from _reset()
    two = weibull_pair("2", "positive").mean_field
    yield CertifiedValue(two.coefficient(0) ** 2, 8 / sp.pi**2)
    for theta in ("5/2", "3", "10"):
        yield from _positive_by_law(theta)
    yield from _positive_row("3")
    yield weibull_pair("3", "positive").mean_field.phase == "ordered"


def _reset(variance=1):
    """theta = 2: phi^2 = 1 - cos(pi Phi) with an odd cosine, so V(q) = 1 for every q."""
    phi = weibull_pair("2", "positive").activation.expr
    yield Symbolic(sp.expand(phi**2).rewrite(sp.cos), 1 - sp.cos(sp.pi * Phi(x)))
    half = sp.Symbol("h", real=True)  # Phi(x) = 1/2 + h(x), h odd
    yield Symbolic(sp.cos(sp.pi * (R(1, 2) + half)), -sp.cos(sp.pi * (R(1, 2) - half)))
    curve = weibull_pair("2", "positive").mean_field.variance_map
    for place in (R(1, 3), 2):
        yield CertifiedValue(curve, variance, {q: place}, digits=15)


def _positive_by_law(theta):
    row = POSITIVE[theta]
    gain = _gain(theta)
    for function, energy in ((lambda x, y, slope: y, row[0]), (_linear, row[1])):
        stated = sp.Rational(str(sp.N(R(energy) * gain, 25)))
        found = lambda f=function: _mean(R(theta), f, "positive") ** 2  # noqa: E731
        yield _value(found, stated, 8)
    yield _value(lambda: _mean(R(theta), _gradient, "positive"), row[2], 8)
    yield _value(lambda: (_mean(R(theta), _square, "positive") - 1) / 2, row[3], 8)


def _positive_row(theta):
    numbers, row = _numbers(theta, "positive"), POSITIVE[theta]
    yield _value(lambda: numbers.correlation(0), row[0], 8)
    yield _value(lambda: numbers.correlation_slope(0), row[1], 8)
    yield _value(lambda: numbers.chi_1, row[2], 8)
    yield _value(lambda: numbers.chi_q, row[3], 8)


ORDERED = Claim(
    "gp.phip-ordered",
    r"The positive activation of the same law is ordered for the exponents of the table, $\theta "
    r"= 2$ to 10: $\chi_1 < 1$, for instance $0.29488839474$ for $\theta = 3$, and correlations "
    r"tend to 1. For $\theta = 2$ $V(q) = 1$ for every $q$, and $C(0) = 8/\pi^2$.",
    "derived here, for the pairs of Wolinski & Arbel, arXiv:2205.12379",
    _ordered,
    (
        Mutation("V(2) = 1.1 for theta = 2", lambda: _reset(R(11, 10))),
        Mutation(
            "chi_1 of the odd activation",
            lambda: _value(lambda: _mean(R(3), _gradient, "positive"), ODD["3"][0]),
        ),
    ),
    full=lambda: [_positive_row(theta) for theta in POSITIVE],
)

PAIR_MEAN_FIELD = (FIXED, CHAOTIC, ORDERED)
