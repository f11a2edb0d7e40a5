r"""Claims on the correlation of two inputs under shaped slopes: drift, SDE, end points.

The kernel of ReLU is taken from E|u||v| alone: with slopes s_+, s_- the activation is m x +
delta |x|, and E u |v| = 0.

Source: M. Li, M. Nica and D. Roy, NeurIPS 2022, arXiv:2206.02768; the angle, the constant-noise
form and the exact map of finite width are derived here.
"""

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.finite_width import at_width, kappa
from theory.gaussian import E2
from theory.symbols import n, rho, theta, u, x

from ..checks import Certified, CertifiedRoots, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .covariance_sde_tools import COVARIANCE, PAIRS, arccosines, in_correlation, ito, nu, sigma

__all__ = ["CORRELATION"]

R = sp.Rational
V11, V12, V22 = COVARIANCE
CP, CM = sp.symbols("c_plus c_minus", real=True)
KAPPA = sp.Symbol("kappa", positive=True)
ROOTS = sp.sqrt(V11) * sp.sqrt(V22)
STATED = (CP - CM) ** 2 / (2 * sp.pi)
MU = -rho * (1 - rho**2) / 2
SHORT = R(1, 10**5)  # a time


def _sde():
    return CovarianceSDE("relu", c_plus=CP, c_minus=CM)


# ---------------------------------------------------------------- the drift


def _drift():
    sde = _sde()
    yield _cross(nu(STATED))
    yield Symbolic(sde.norm.drift, 0)
    yield from _exact_map()
    yield from _shape_of_nu()
    yield from _table()


def _cross(stated):
    return Symbolic(arccosines(_sde().cross_drift), ROOTS * stated)


def _exact_map():
    """E V'^12 = sqrt(V11 V22) K_n(rho) by m^2 E uv + delta^2 E|u||v| and by integration."""
    up, down = 1 + CP / sp.sqrt(n), 1 + CM / sp.sqrt(n)
    mean, half = (up + down) / 2, (up - down) / 2
    absolute = 2 / sp.pi * (sp.sqrt(1 - rho**2) + rho * sp.asin(rho))
    gain = 2 / (up**2 + down**2)
    share = (up - down) ** 2 / (up**2 + down**2)
    stated = rho + share / sp.pi * nu(1)
    yield Symbolic(arccosines(gain * (mean**2 * rho + half**2 * absolute)), stated)
    yield Symbolic(E2(sp.Abs(x), sp.Abs(x), 1, 1, rho).doit(), absolute)
    yield Symbolic(kappa(_sde()), n * share / sp.pi)
    yield Symbolic(sp.limit(n * share / sp.pi, n, sp.oo), STATED)
    finite = at_width(CovarianceSDE("relu", c_plus=1, c_minus=R(-1, 2)), 50)
    phi, place = finite.shaping.at(50), {rho: R(3, 10)}
    numbers = {CP: 1, CM: R(-1, 2), n: 50}
    drift = finite.kernel.cross.subs({V11: 1, V22: 1})
    yield CertifiedValue(drift, 50 * (stated.subs(numbers) - rho), place)
    integral = gain.subs(numbers) * E2(phi, phi, 1, 1, rho)
    yield CertifiedValue(integral, stated.subs(numbers), place, digits=12)


def _shape_of_nu():
    velocity = nu(KAPPA)
    yield Symbolic(velocity.subs(rho, 1), 0)
    yield Symbolic(velocity.subs(rho, -1), sp.pi * KAPPA)
    yield Symbolic(velocity.diff(rho), -KAPPA * sp.acos(rho))
    yield Symbolic(velocity.diff(rho, 2), KAPPA / sp.sqrt(1 - rho**2))
    box = {rho: (R(-999, 1000), R(999, 1000))}
    yield Certified(velocity.subs(KAPPA, 1) > 0, box)
    yield Certified(velocity.subs(KAPPA, 1).diff(rho) < 0, box)


_TABLE = {
    "-0.9": "0.454769199422336",
    "-0.5": "0.3044988905221147",
    "0": "0.1591549430918953",
    "0.3": "0.09137214191774381",
    "0.5": "0.05449889052211468",
    "0.9": "0.004769199422336038",
    "0.99": "0.0001501278665771709",
}
_ZEROS = {1: "0.2252290907213136", 2: "0.5409371215859476", 3: "0.7603930984851619"}


def _table():
    unit = _sde().correlation.drift - MU
    for place, value in _TABLE.items():
        at = unit.subs({CP: 1, CM: 0, rho: R(place)})
        yield Numeric(at, R(value), [{}], digits=13)
    for gap, value in _ZEROS.items():
        total = nu(gap**2 / (2 * sp.pi)) + MU
        yield CertifiedRoots(total, rho, R(1, 100), R(99, 100), 1)
        near = R(value)
        for side in (-1, 1):
            at = total.subs(rho, near + side * R(1, 10**12))
            yield Certified(sp.Lt(side * at, 0, evaluate=False), bits=120)


DRIFT = Claim(
    "ncsde.drift-relu",
    r"Slopes $1 + c_\pm/\sqrt n$: $b^{ab} = \nu(\rho)\sqrt{V^{aa}V^{bb}}$ with $\nu(\rho) = "
    r"\kappa(\sqrt{1-\rho^2} - \rho\arccos\rho)$, $\kappa = (c_+ - c_-)^2/(2\pi)$, so $b^{aa} = "
    r"0$. At width $n$ exactly $E[V'^{ab}|V] = \sqrt{V^{aa}V^{bb}}(\rho + \Delta_n "
    r"(\sqrt{1-\rho^2} - \rho\arccos\rho)/\pi)$, $\Delta_n = (s_+-s_-)^2/(s_+^2+s_-^2)$. "
    r"$\nu$ is convex and decreases from $\pi\kappa$ at $-1$ to 0 at 1.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; map of finite width derived here",
    _drift,
    (
        Mutation("1/pi instead of 1/(2 pi)", lambda: _cross(nu(2 * STATED))),
        Mutation(
            "pi - arccos instead of arccos",
            lambda: _cross(nu(STATED).subs(sp.acos(rho), sp.pi - sp.acos(rho))),
        ),
        Mutation(
            "(c_+ + c_-)^2", lambda: _cross(nu((CP + CM) ** 2 / (2 * sp.pi)))
        ),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- the SDE of the correlation


def _by_ito(kappa_value=KAPPA):
    """(drift, squared noise) of rho = V12/sqrt(V11 V22) from the matrix equation."""
    entry = V12 / (sp.sqrt(V11) * sp.sqrt(V22))
    drift = [0, ROOTS * nu(kappa_value).subs(rho, entry), 0]
    noise = lambda i, j: sigma(PAIRS[i], PAIRS[j])  # noqa: E731
    moved = ito(entry, COVARIANCE, drift, noise)
    squared = ito(entry**2, COVARIANCE, drift, noise) - 2 * entry * moved
    return in_correlation(moved), in_correlation(squared)


def _correlation():
    moved, squared = _by_ito(STATED)
    stated = _sde().correlation
    yield Symbolic(moved, nu(STATED) + MU)
    yield Symbolic(squared, (1 - rho**2) ** 2)
    yield Symbolic(arccosines(stated.drift), nu(STATED) + MU)
    yield Symbolic(stated.diffusion, 1 - rho**2)
    yield from _other_variables()
    yield from _short_time(MU, 1 - rho**2)


def _other_variables():
    """theta = arccos rho and u = log tan(theta/2) by Itô on dW."""
    sde = _sde()
    slope = -STATED * (1 - theta * sp.cot(theta))
    yield Symbolic(sde.angle.drift, slope.rewrite(sp.cos), {theta: (R(1, 5), 3)})
    yield Symbolic(sde.angle.diffusion, sp.sin(theta))
    # d(arccos rho) = -(m + rho s^2/(2 (1 - rho^2))) dt/sin(theta) + … for drho = m dt + s dB
    yield Symbolic(MU + rho * (1 - rho**2) / 2, 0)
    log_tangent, sine = sp.log(sp.tan(theta / 2)), sp.sin(theta)
    yield Symbolic(sp.trigsimp(sine * log_tangent.diff(theta)), 1)
    curved = sp.trigsimp(sine**2 * log_tangent.diff(theta, 2) / 2)
    yield Symbolic(curved, -sp.cos(theta) / 2)  # tanh(u)/2, as rho = -tanh u
    angle = 2 * sp.atan(sp.exp(u))
    push = -(1 - angle * sp.cot(angle)) / sp.sin(angle) / (2 * sp.pi)
    derived = CovarianceSDE("relu").lamperti.drift
    places = [{u: place} for place in (R(-3, 2), R(1, 3), sp.S.One)]
    yield Numeric(derived, sp.tanh(u) / 2 + push, places, digits=14)


def _short_time(mean, noise, time=SHORT):
    """From the law after a short time: its mean and variance are those of the coefficients."""
    from numerics.law import law

    for start in (R(-1, 2), R(3, 10)):
        at = law(CovarianceSDE("relu"), "rho", rho0=start, T=time)
        drift = (nu(1 / (2 * sp.pi)) + mean).subs(rho, start)
        yield Numeric((at.mean - float(start)) / float(time), drift, [{}], digits=3)
        squared = (noise**2).subs(rho, start)
        yield Numeric(at.variance / float(time), squared, [{}], digits=3)


def _mean_drift(mean):
    return Symbolic(_by_ito()[0], nu(KAPPA) + mean)


PAIR = Claim(
    "ncsde.corr-sde",
    r"Two slopes: the correlation is a diffusion of its own, $d\rho = [\nu(\rho) - "
    r"\frac12\rho(1-\rho^2)]dt + (1-\rho^2)dB$; the angle obeys $d\theta = -\kappa(1 - "
    r"\theta\cot\theta)dt + \sin\theta\,dB$ and $u = \log\tan(\theta/2)$, $\rho = -\tanh u$, "
    r"has constant noise, $du = [\frac12\tanh u - \kappa(1-\theta\cot\theta)/\sin\theta]dt + dB$.",
    "Li, Nica & Roy 2022, arXiv:2206.02768; angle and constant-noise form derived here",
    _correlation,
    (
        Mutation("mu = +rho (1 - rho^2)/2", lambda: _mean_drift(-MU)),
        Mutation("mu = -rho (1 - rho^2)", lambda: _mean_drift(2 * MU)),
        Mutation(
            "sigma = sqrt(1 - rho^2)", lambda: Symbolic(_by_ito()[1], 1 - rho**2)
        ),
        Mutation(
            "sigma = sqrt(1 - rho^2), by the law after a short time",
            lambda: _short_time(MU, sp.sqrt(1 - rho**2)),
        ),
    ),
)  # fmt: skip

CORRELATION = (DRIFT, PAIR)
