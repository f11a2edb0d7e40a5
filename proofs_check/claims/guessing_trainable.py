r"""Claims on which initialisations are biased: odd activations, table 1, proposition 4.1.

Source: A. Bassi et al., arXiv:2505.12096; the hypotheses that the table and the proposition need
are derived here.  The second route is Mehler's series, in balls and in floats.
"""

from functools import lru_cache
from itertools import pairwise

import sympy as sp

from theory.guessing import GuessingBias
from theory.symbols import q, rho, sigma_b2, sigma_w2

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed
from .guessing_regimes import diagram, float_of, trajectory
from .guessing_relu import path, relu
from .guessing_tanh import Tanh, critical, limit, neutral, odd_path, ratios, stationary

__all__ = ["TRAINABLE"]

R = sp.Rational
BASSI = "Bassi et al. 2025, arXiv:2505.12096"
INSIDE = (R(1, 10), R(9, 10))


PHASES = ("deep prejudice, ordered", "deep prejudice, critical", "deep prejudice, chaotic")
OTHERS = ("prejudice, chaotic", "neutrality, chaotic")


@lru_cache(maxsize=1)
def _critical_tanh():
    """The toolkit on the edge of chaos at sigma_b2 = 0.1; it keeps its decision."""
    return GuessingBias("tanh", float_of(critical("0.1")[1]), 0.1)


# ---------------------------------------------------------------- odd activations


#: sigma_w2: c after 400 layers of tanh from q = 1, c = 0.6 without biases.
SETTLED = {"0.8": "0.55584351607", "1": "0.537229170"}


def _shrinking(reverse=False):
    """C(c)/C(1) against c for erf, from the toolkit's map at any q: r = 2q/(1 + 2q)."""
    r = sp.Symbol("r", positive=True)
    mean_field = GuessingBias("erf", sigma_b2=0).mean_field
    ratio = (mean_field.correlation_map * q / mean_field.variance_map).subs(sigma_b2, 0)
    stated = sp.asin(r * rho) / sp.asin(r)
    yield Symbolic(ratio, stated.subs(r, 2 * q / (1 + 2 * q)), {rho: (0, 1)})
    box = {rho: INSIDE, r: (R(3, 10), R(99, 100))}
    yield Certified(stated > rho if reverse else stated < rho, box)


def _series():
    """Shares a_k^2 of odd degree only, so that E tanh tanh' < c E tanh^2 inside (0, 1)."""
    from flint import ctx

    for place in (R(1, 3), 1, 3):
        with ctx.workprec(200):
            at = Tanh(place)
            for c in (R(1, 10), R(1, 2), R(9, 10)):
                yield bool(at.kernel(ball(c)) < ball(c) * at.second)


def _odd_values():
    for weight, text in SETTLED.items():
        found = float(_from_odd(weight).c[-1, 0])
        where = [{"sigma_w2": weight}]
        yield Numeric(found, R(text), where, digits=len(text) - 3)
        yield Numeric(found, float(odd_path(float(weight), 400)), where, digits=11)
    yield Balls(lambda: stationary("1.5", "0")[0], lambda: printed("0.28689"), 4, "q*")
    star = float_of(stationary("1.5", "0")[0])
    yield Numeric(float(diagram((1.5,), 0).q[0, 0]), star, [{}], digits=11)
    end = float(_from_odd("1.5", 1200).c[-1, 0])
    yield Numeric(end, 0, [{"sigma_w2": "1.5"}], digits=8, absolute=True)
    for weight, depth in (("0.8", 400), ("1", 400), ("1.5", 1200), ("4", 50)):
        gamma = _from_odd(weight, depth).gamma
        yield bool((gamma[1:] <= gamma[:-1] * (1 + 1e-13)).all())
        yield bool((gamma[:, 1] == 0).all())
    for name in ("ordered", "critical", "chaotic"):
        yield Symbolic(GuessingBias("tanh", sigma_b2=0).growth_laws[name].power, 0)


def _from_odd(weight, depth=400):
    """The toolkit from q = 1 without biases, columns c = 0.6 and c = 0."""
    return trajectory(weight, 0, depth, (0.6, 0.0), 1.0)


def _needs_chaos():
    """1 - C(1/2) = sum p_k (1 - 2^-k) <= sum p_k k/2 = chi_1/2."""
    # for k >= 2 the left side is below 1 <= k/2
    yield all(1 - R(1, 2) ** k <= R(k, 2) for k in range(3))
    for weight in ("1.5", "2.48", "4.97"):
        place, chi_1, at = stationary(weight, "0.1")
        half = (ball(R("0.1")) + ball(R(weight)) * at.kernel(ball(R(1, 2)))) / place
        yield bool(1 - half <= chi_1 / 2)
    yield all(bool(neutral(bias)[2] > 1) for bias in ("0.05", "0.1", "0.2"))


def _edge_is_biased():
    weight = float_of(critical("0.1")[1])
    yield _critical_tanh().phase == PHASES[1]
    yield _at_the_edge() > 1
    yield float(trajectory(weight, "0.1", 200).gamma[-1]) > 47


def _at_the_edge():
    """A certified lower bound of gamma after 10 maps; gamma increases, as C(c) > c."""
    return R(ratios("0.1", 200)[10].lower().str(15, radius=False))


def _trainable():
    yield from _shrinking()
    yield from _series()
    yield from _odd_values()
    yield from _needs_chaos()
    yield from _edge_is_biased()


BIASED = Claim(
    "igb.trainable-is-biased",
    r"If $\sigma_b > 0$ or $E\varphi \ne 0$, the edge of chaos is deep prejudice, and neutrality "
    r"($C(\frac12) < \frac12$) needs $\chi_1 > 1$. For odd $\varphi$ with $\sigma_b = 0$, "
    r"$C(c) \le c$ at every $q$ and $\sigma_w$, so $\gamma_{l+1} \le \gamma_l$. tanh from $q = "
    r"1$, $c = 0.6$: $c \to 0.55584351607$ at $\sigma_w^2 = 0.8$, $c_{400} = 0.537229170$ at $1$, "
    r"$c \to 0$ at $1.5$.",
    f"{BASSI}, proposition 4.1; the exception and its proof are derived here",
    _trainable,
    (
        Mutation(
            "tanh, sigma_b = 0, sigma_w2 = 0.8 is ordered deep prejudice: c -> 1",
            lambda: Numeric(float(_from_odd("0.8").c[-1, 0]), 1, [{}]),
        ),
        Mutation("the edge of chaos of tanh has gamma* < 1", lambda: _at_the_edge() < 1),
        Mutation("C(c) > c for odd phi without biases", lambda: _shrinking(reverse=True)),
    ),
)


# ---------------------------------------------------------------- table 1


def _table():
    # tanh at sigma_b2 = 0.1: 0.8, 1.25 and 2.5 times the critical weight variance
    found = diagram((1.59, 2.48, 4.97), 0.1).phase[0]
    yield list(found) == [PHASES[0], *OTHERS]
    for weight, phase in (("1.59", PHASES[0]), ("2.48", OTHERS[0]), ("4.97", OTHERS[1])):
        yield _by_balls(weight) == phase
    yield _critical_tanh().phase == PHASES[1]
    for weight, phase in zip((R(3, 2), 2, 3), PHASES, strict=True):
        yield relu(weight, 0).phase == phase
        yield relu(weight, R(1, 10)).phase == phase
    yield from _slope_at_one()
    yield from _column_gamma()
    # neither row: the border, and odd phi without biases at any chi_1
    for weight in (0.8, 1.5, 4.0):
        yield float(trajectory(weight, 0, 50, 0.0, 1.0).gamma[-1]) == 0.0
        yield diagram((weight,), 0).regime[0, 0] == "neutrality"


def _by_balls(weight):
    """The row of the table from chi_1, C(1/2) and convexity."""
    place, chi_1, at = stationary(weight, "0.1")
    if chi_1 < 1:
        return PHASES[0]
    half = (ball(R("0.1")) + ball(R(weight)) * at.kernel(ball(R(1, 2)))) / place
    return OTHERS[0] if half > ball(R(1, 2)) else OTHERS[1]


def _slope_at_one():
    """C'_l(1) = tilde chi_1 q_l/q_(l+1): 1 for ReLU without biases; tilde chi_1 if q stays."""
    mean_field = relu().mean_field
    slope = sigma_w2 / 2 * q / mean_field.variance_map
    yield Symbolic(slope.subs(sigma_b2, 0), 1)
    yield Symbolic(mean_field.chi_1, sigma_w2 / 2)
    for weight, bias in ((R(3, 2), 0), (3, 0), (3, R(1, 10))):
        yield Symbolic(relu(weight, bias).correlation_slope, 1)
    yield Symbolic(relu(R(3, 2), R(1, 10)).correlation_slope, R(3, 4))


def _column_gamma():
    gammas = diagram((1.59, 2.48, 4.97), 0.1).gamma[0]
    yield bool(gammas[0] == float("inf")) and 1 < gammas[1] < float("inf") and gammas[2] < 1
    for weight, number in (("2.48", gammas[1]), ("4.97", gammas[2])):
        c = limit(weight, "0.1")
        yield Numeric(float(number), float_of(c / (1 - c)), [{"sigma_w2": weight}], digits=11)
    yield float(path(3, R(1, 10), 999).gamma[-1]) > 10**4


def _ordered_means_biased():
    """tanh, sigma_w2 = 0.8, sigma_b = 0 from c = 0.6: chi_1 = 0.8 at q* = 0."""
    yield diagram((0.8,), 0).dynamics[0, 0] == "ordered"
    yield float(_from_odd("0.8").gamma[-1, 0]) > 10


TABLE = Claim(
    "igb.table1",
    r"With $\tilde\chi_1 = \sigma_w^2E\varphi'^2$, equal to $C'(1)$ where $q$ is stationary and "
    r"$C_l'(1) = \tilde\chi_1q_l/q_{l+1}$ otherwise: $\gamma^* = \infty$ for $\tilde\chi_1 < 1$ "
    r"(finite $q^* > 0$; $\sigma_b > 0$ or $E\varphi \ne 0$) and $\tilde\chi_1 = 1$; for "
    r"$\tilde\chi_1 > 1$ deep prejudice if $q \to \infty$ (ReLU), else prejudice for $c^* > "
    r"\frac12$ and neutrality for $c^* < \frac12$. The border $\gamma^* = 1$ is in no row.",
    f"{BASSI}, table 1, with the hypotheses it needs",
    _table,
    (
        Mutation("chi_1 < 1 implies gamma -> oo without hypotheses", _ordered_means_biased),
        Mutation(
            "chi_1 > 1 with a finite q* can be deep prejudice: tanh, sigma_w2 = 2.48",
            lambda: _by_balls("2.48") == PHASES[2],
        ),
        Mutation(
            "C'(1) of ReLU without biases is sigma_w2/2",
            lambda: Symbolic(relu(3, 0).correlation_slope, R(3, 2)),
        ),
    ),
)


# ---------------------------------------------------------------- proposition 4.1


def _proposition():
    # erf: C(c) > c on [0, 1) and C'(1) = 1 on its edge of chaos
    theory = GuessingBias("erf").mean_field
    edge = theory.edge_of_chaos
    curve = theory.correlation_map.subs({sigma_w2: edge.sigma_w2, sigma_b2: edge.sigma_b2})
    for place in (R(1, 4), R(1, 2), 2):
        here = curve.subs(q, place)
        yield Symbolic(here.subs(rho, 1), 1)
        yield Symbolic(here.diff(rho).subs(rho, 1), 1)
        yield Certified(here > rho, {rho: (0, R(9, 10))})
        yield Certified(here.diff(rho, 2) > 0, {rho: (R(1, 100), 1)})
    yield from _critical_networks()
    yield from _attracting()
    yield from _exception("neutrality")


def _critical_networks():
    for theory in (relu(2, 0), relu(2, R(1, 10)), _critical_tanh()):
        yield theory.phase == PHASES[1]
        yield theory.gamma_star == sp.oo
        yield Numeric(float(theory.chi_1), 1, [{"activation": theory.activation.name}])


def _attracting():
    """gamma of tanh on its edge of chaos increases, from balls; every start is attracted."""
    found = ratios("0.1", 200)
    yield all(bool(a < b) for a, b in pairwise(found))
    weight = float_of(critical("0.1")[1])
    path_ = trajectory(weight, "0.1", 20_000, (0.0, 0.5, 0.99))
    yield bool((path_.gamma[-1] > 4000).all())
    yield Numeric(float(path_.gamma[200, 0]), float_of(found[200]), [{}], digits=10)


def _exception(regime):
    """tanh at (sigma_w2, sigma_b) = (1, 0), where chi_1 = 1 at q* = 0."""
    yield GuessingBias("tanh", 1, 0).phase == f"{regime}, critical"
    gamma = _from_odd("1").gamma[:, 0]
    yield bool(gamma[-1] < gamma[0]) == (regime == "neutrality")


PROPOSITION = Claim(
    "igb.prop41",
    r"On the edge of chaos $C'(1) = \tilde\chi_1 = 1$ and, $C$ being a power series with "
    r"non-negative coefficients, $C(c) > c$ on $[0, 1)$ unless $\varphi$ is linear: $c^* = 1$ "
    r"attracts every start, $\gamma_l \to \infty$; not neutral. Odd $\varphi$ with $\sigma_b = 0$ "
    r"($q^* = 0$) is the exception. 'Transient', 'persistent' and 'trainable' are not claimed.",
    f"{BASSI}, proposition 4.1, with the hypotheses it needs",
    _proposition,
    (
        Mutation(
            "the edge of chaos is neutral: gamma stays below 1",
            lambda: bool(ratios("0.1", 200)[200] < 1),
        ),
        Mutation(
            "without exception: tanh at sigma_w2 = 1, sigma_b = 0 is deep prejudice",
            lambda: list(_exception("deep prejudice")),
        ),
        Mutation(
            "neutrality of tanh at sigma_w2 = 4.97 has chi_1 = 1",
            lambda: Numeric(float_of(stationary("4.97", "0.1")[1]), 1, [{}]),
        ),
    ),
)

TRAINABLE = (BIASED, TABLE, PROPOSITION)
