r"""The excess kurtosis of two layers of a Gaussian pair at finite width.

Pre-activations of a layer share their inputs.  With n_0 independent inputs X_k ~ N(0, 1), hidden
Z_j = n_0^{-1/2} sum_k W_jk phi(X_k) (+ b_j), j <= n_1, and O = n_1^{-1/2} sum_j V_j phi(Z_j),

    kappa_4(O) = 3 (1 - 1/n_1) (E W^2)^2 Cov(phi(Z_1)^2, phi(Z_2)^2)

exactly.  For one input the covariance is Var h(phi(X)), h(y) = E phi(W y + b)^2, by nested
quadrature.  For more it is a sum over Hermite polynomials: with b_k = E phi^2 He_k,

    Cov = sum_{j+k>0} b_j b_k C_jk(n_0),   C_jk(n_0) = E He_j(Z_1) He_k(Z_2)/(j! k!),

where sum_jk C_jk(n_0) s^j t^k is the n_0-th power of that of one input, taken at s/sqrt(n_0) and
t/sqrt(n_0), and C_jk(1) is a polynomial in the moments of W.  What is left out of phi^2 has an L^2
norm r, and conditional means do not increase norms: the error is at most r (2 |phi^2| + r).
"""

import math
from dataclasses import dataclass

import mpmath
import numpy as np
import sympy as sp

from theory.errors import AssumptionError, InputError, PrecisionError

from .compile import compile
from .result import Provenance, Result

__all__ = ["ExcessKurtosis", "excess_kurtosis"]

_TERMS = 64
_HALVINGS = 5


@dataclass(frozen=True, repr=False)
class ExcessKurtosis(Result):
    """E O^4/(E O^2)^2 - 3 of an output without its bias, and a bound or estimate of its error."""

    pair: str
    architecture: tuple
    value: float
    error: float
    provenance: Provenance

    def __float__(self):
        return self.value

    def __repr__(self):
        return f"ExcessKurtosis({self.value:.10g} +- {self.error:.1g}, {list(self.architecture)})"

    def __str__(self):
        return (
            f"{self.pair}, widths {list(self.architecture)}: {self.value:.12g} +- {self.error:.1g}"
        )


def excess_kurtosis(pair, architecture) -> ExcessKurtosis:
    """The excess kurtosis of the output of a Gaussian pair, widths [n_0, n_1, 1], inputs N(0, 1).

    ``architecture`` may also be [n_0, 1], whose output is exactly normal.  Raises InputError for
    more layers, whose law is only to be had by simulation.

    >>> from theory.gaussian_pair import GaussianPair
    >>> found = excess_kurtosis(GaussianPair(theta=2), [1, 2, 1])
    >>> round(found.value, 10), found.error < 1e-12
    (0.368889331, True)
    """
    widths = _widths(architecture)
    weights = pair.weights
    if weights.kurtosis is sp.oo:
        raise AssumptionError(f"{pair}: the weights have no fourth moment")
    value = error = 0.0
    if len(widths) == 3 and widths[1] > 1:
        covariance, error = _covariance(pair, widths[0])
        factor = 3 * (1 - 1 / widths[1]) * float(weights.variance) ** 2
        # in units of the variance of the output without its bias
        factor /= (1 - float(pair.sigma_b2)) ** 2
        value, error = factor * covariance, factor * error
    return ExcessKurtosis(
        str(pair),
        widths,
        value,
        error,
        Provenance.of("excess_kurtosis", str(pair), architecture=str(list(widths))),
    )


def _widths(architecture):
    try:
        widths = tuple(architecture)
    except TypeError:
        widths = ()
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in widths)
    if not widths or not whole or min(widths) < 1:
        raise InputError(
            f"excess_kurtosis: {architecture!r} is no list of widths; pass one such as [1, 2, 1]"
        )
    if len(widths) not in (2, 3):
        raise InputError(
            f"excess_kurtosis: {list(widths)} has {len(widths) - 1} layers; it is exact for at "
            "most two, [n_0, n_1, 1]; measure deeper networks with preactivation_study"
        )
    return tuple(int(n) for n in widths)


def _covariance(pair, inputs):
    """(Cov(phi(Z_1)^2, phi(Z_2)^2), its error)."""
    phi = compile(pair.activation)
    share = 1.0 - float(pair.sigma_b2)
    goal = share / float(pair.weights.variance)
    if inputs == 1:
        values = [_one_input(pair, phi, step) for step in (0.09, 0.06)]
        return values[-1], abs(values[-1] - values[0]) + 1e-14
    x, mass = _normal_points(0.06)
    square = phi(x) ** 2
    if abs(mass @ square / goal - 1.0) > 1e-9:
        raise PrecisionError(f"excess_kurtosis: the moments of {pair} did not settle")
    return _hermite_sum(pair, x, mass, square, inputs, share)


def _one_input(pair, phi, step):
    x, mass = _normal_points(step)
    w, chance = _weight_points(pair.weights, step)
    y = phi(x)
    means = np.zeros_like(y)
    bias, bias_mass = np.zeros(1), np.ones(1)
    if pair.sigma_b2 != 0:
        bias, bias_mass = _normal_points(2 * step)
        bias = bias * math.sqrt(float(pair.sigma_b2))
    for b, share in zip(bias, bias_mass, strict=True):
        for sign in (1.0, -1.0):
            values = phi(sign * np.outer(y, w) + b) ** 2
            means += 0.5 * share * (values @ chance)
    centre = mass @ means
    return float(mass @ (means - centre) ** 2)


def _normal_points(step):
    """Points and weights for N(0, 1): x = +-e^{s - e^{-s}}, whose ends bear any power at 0."""
    s = np.arange(math.floor(-3.7 / step), math.ceil(2.3 / step) + 1) * step
    x = np.exp(s - np.exp(-s))
    mass = x * (1.0 + np.exp(-s)) * step * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    keep = mass > 1e-20
    x, mass = x[keep], mass[keep]
    return np.concatenate([-x[::-1], x]), np.concatenate([mass[::-1], mass])


def _weight_points(law, step):
    """Points and weights for |W|, refined until E W^2 and E W^4 are right."""
    if law.atoms:
        if not law.zero.is_zero or sum(p for _, p in law.atoms) != 1:
            raise AssumptionError(f"excess_kurtosis: {law} has an atom and a density")
        atoms = [(float(place), float(p)) for place, p in law.atoms if place > 0]
        return np.array([a for a, _ in atoms]), 2 * np.array([p for _, p in atoms])
    exact = [float(law.abs_moment(k)) for k in (2, 4)]
    for _ in range(_HALVINGS):
        points = _density_points(law.magnitude, step)
        found = [points[1] @ points[0] ** k for k in (2, 4)]
        if np.allclose(found, exact, rtol=1e-12, atol=0):
            return points
        step /= 2
    raise PrecisionError(f"excess_kurtosis: the moments of {law} did not settle")


def _density_points(law, step):
    low, high = law.support
    places, weights = [], []
    with mpmath.workdps(20):
        scale = mpmath.mpf(float(sp.sqrt(law.moment(2))))
        if high is sp.oo:
            for k in range(math.floor(-3.7 / step), math.ceil(4.0 / step) + 1):
                s = mpmath.mpf(k) * step
                size = scale * mpmath.exp(s - mpmath.exp(-s))
                places.append(float(low) + size)
                weights.append(size * (1 + mpmath.exp(-s)) * step)
        else:
            first, last = mpmath.mpf(float(low)), mpmath.mpmathify(sp.N(high, 20))
            for k in range(-math.ceil(3.3 / step), math.ceil(3.3 / step) + 1):
                wave = mpmath.pi / 2 * mpmath.sinh(mpmath.mpf(k) * step)
                place = (first + last) / 2 + (last - first) / 2 * mpmath.tanh(wave)
                if first < place < last:
                    places.append(place)
                    width = mpmath.pi / 2 * mpmath.cosh(k * step) / mpmath.cosh(wave) ** 2
                    weights.append((last - first) / 2 * width * step)
        chance = [w * law.density_digits(y) for w, y in zip(weights, places, strict=True)]
    places, chance = np.array(places, float), np.array(chance, float)
    keep = chance > 1e-22
    return places[keep], chance[keep]


def _hermite_sum(pair, x, mass, square, inputs, share):
    norm = mass @ ((square + square[::-1]) / 2) ** 2
    table = _power(_one_input_table(pair, _TERMS), inputs)
    coefficients = np.empty(_TERMS + 1)
    before, now = np.zeros_like(x), np.ones_like(x)
    for n in range(2 * _TERMS + 1):  # He_n/sqrt(n!)
        if n % 2 == 0:
            coefficients[n // 2] = mass @ (square * now)
        before, now = now, (x * now - math.sqrt(n) * before) / math.sqrt(n + 1)
    rest = math.sqrt(max(norm - coefficients @ coefficients, 0.0) + 1e-15 * norm)
    sizes = np.array([math.lgamma(2 * k + 1) / 2 for k in range(_TERMS + 1)])
    weighted = coefficients * np.exp(sizes) * share ** np.arange(_TERMS + 1)
    terms = weighted[:, None] * table * weighted[None, :]
    value = terms.sum() - terms[0, 0]
    return float(value), float(rest * (2 * math.sqrt(norm) + rest))


def _one_input_table(pair, terms):
    """C_{2j,2k} for one input, from exact moments of W with the digits that cancel."""
    law = pair.weights.scaled(1 / sp.sqrt(1 - pair.sigma_b2)) if pair.sigma_b2 else pair.weights
    size = range(terms + 1)
    with mpmath.workdps(30 + 3 * terms):
        moment = [
            mpmath.mpmathify(sp.N(law.abs_moment(2 * i), mpmath.mp.dps))
            for i in range(2 * terms + 1)
        ]
        # E He_2j(W y)/(2j)! = sum_i rows[j][i] y^(2i)
        rows = mpmath.matrix(terms + 1)
        for j in size:
            for i in range(j + 1):
                below = mpmath.mpf(-2) ** (j - i) * mpmath.factorial(j - i)
                rows[j, i] = moment[i] / (below * mpmath.factorial(2 * i))
        # E Y^(2i) = E N^(2i)/E W^(2i)
        hankel = mpmath.matrix(terms + 1)
        for i in size:
            for k in size:
                hankel[i, k] = mpmath.fac2(2 * (i + k) - 1) / moment[i + k]
        table = rows * hankel * rows.T
        return np.array([[float(table[j, k]) for k in size] for j in size])


def _power(table, inputs):
    """The coefficients of the n_0-th power at (s, t)/sqrt(n_0), by repeated squaring."""
    orders = np.arange(len(table))
    base = table * float(inputs) ** -(orders[:, None] + orders[None, :])
    result, rest = None, inputs
    while rest:
        if rest % 2:
            result = base if result is None else _product(result, base)
        rest //= 2
        base = _product(base, base) if rest else base
    return result


def _product(first, second):
    total = np.zeros_like(first)
    size = len(first)
    for a in range(size):
        for b in range(size):
            if first[a, b]:
                total[a:, b:] += first[a, b] * second[: size - a, : size - b]
    return total
