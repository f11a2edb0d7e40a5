r"""The tangent kernel to any number of digits: the recursion in ball arithmetic.

Balls are propagated in the mean-value form

    f(B) in f(mid B) + [-1, 1] sup |f'(B)| rad B,

with f' the exact slope of the map, because plain ball arithmetic counts an argument once for
each of its occurrences and loses digits in every layer.  A fixed point is enclosed by the interval
Newton method.  The enclosures are theorems up to defects of Arb and of this package.
"""

import math
from dataclasses import dataclass
from functools import partial
from numbers import Integral

from theory.equation import closed
from theory.errors import InputError, PrecisionError
from theory.symbols import q as q_symbol
from theory.symbols import rho

from ..balls import BallProgram, as_ball
from ..enclosure import Enclosure, exact_number, expectation_nodes, from_ball, tenth
from ..input import variance_pair
from ..numeric_activation import numeric_activation
from ..propagate_input import depth_of, layers_of, start_of
from .rule import layer_rule, options

__all__ = ["TangentDigits", "ntk_digits"]

_ATTEMPTS = 5


@dataclass(frozen=True)
class TangentDigits:
    """Certified numbers at ``layers``: tuples of :class:`Enclosure` (midpoint, radius).

    ``c`` and ``ntk`` are None without a correlation.
    """

    layers: tuple[int, ...]
    q: tuple[Enclosure, ...]
    c: tuple[Enclosure, ...] | None
    ntk: tuple[Enclosure, ...] | None
    ntk_diagonal: tuple[Enclosure, ...]

    def __str__(self):
        lines = []
        for row, layer in enumerate(self.layers):
            names = [name for name in ("q", "c", "ntk", "ntk_diagonal") if getattr(self, name)]
            parts = [f"{name} = {getattr(self, name)[row]}" for name in names]
            lines.append(f"layer {layer}: " + ", ".join(parts))
        return "\n".join(lines)


def ntk_digits(
    ntk, sigma_w2, sigma_b2=0, depth=10, q0=None, c0=None, digits=20, layers=None,
    input_dimension=None,
):  # fmt: skip
    """K(x, x') and K(x, x) of an ``NTK`` to ``digits`` certified digits.

    Arguments and layers are those of ``propagate`` for one pair of inputs; ``q0``, ``c0`` and the
    variances count as exact: SymPy numbers, fractions or texts such as "0.1" (a float is the
    binary number that it is).  Row l is the kernel after l maps, K^(l+1) of the literature.

    Returns a :class:`TangentDigits`.  Raises ``InputError`` for what ``propagate`` refuses and
    ``PrecisionError`` if the digits cannot be had.

    >>> from theory.tangent import NTK
    >>> found = ntk_digits(NTK("relu"), 2, depth=2, q0=1, c0=0, digits=18)
    >>> print(found.ntk[2].midpoint.n(18))
    0.685708636282942492
    """
    if isinstance(digits, bool) or not isinstance(digits, Integral) or digits < 1:
        raise InputError(f"ntk_digits: digits = {digits!r} must be a whole number, at least 1")
    sigma_w2, sigma_b2 = (_if_exact(value) for value in (sigma_w2, sigma_b2))
    variances = variance_pair(sigma_w2, sigma_b2, "ntk_digits")
    depth = depth_of(depth)
    rows = layers_of(layers, depth).tolist()
    rule = layer_rule(ntk, *variances, depth, "ntk_digits", input_dimension)
    skip, kappa = options(ntk, "ntk_digits", number=exact_number)
    numbers = [*(exact_number(v) for v in (sigma_w2, sigma_b2)), skip**2, kappa]
    start = _start(ntk, rule, variances, q0)
    pair = None if c0 is None else _correlation(c0)
    bits = int(3.33 * digits) + 64 + 3 * depth.bit_length()
    for _ in range(_ATTEMPTS):
        found = _run(ntk, rule, numbers, start, pair, rows, bits, input_dimension)
        if all(_good(ball, digits) for row in found for ball in row):
            return _result(rows, found, pair)
        bits = 2 * bits + 40
    raise PrecisionError(
        f"ntk_digits: {digits} digits at layer {depth} were not reached with {bits // 2} bits; "
        "ask for fewer digits or layers"
    )


def _if_exact(value):
    """The exact number that ``value`` stands for; what stands for none is refused later."""
    exact = exact_number(value)
    return value if exact is None else exact


def _start(ntk, rule, variances, q0):
    """q0 as an exact number, or a float near the fixed point to be enclosed."""
    if q0 is not None:
        exact = exact_number(q0)
        if exact is None or not exact > 0:
            raise InputError(f"ntk_digits: q0 = {q0!r} must be a positive number")
        return exact
    if not rule.settles:
        raise InputError("ntk_digits: a residual network has no fixed variance; pass q0=1, say")
    return float(start_of(numeric_activation(ntk.mean_field), *variances, None, None)[0])


def _correlation(c0):
    exact = exact_number(c0)
    if exact is None or not -1 <= exact <= 1:
        raise InputError(f"ntk_digits: c0 = {c0!r} must be one number in [-1, 1]")
    return exact


def _good(ball, digits):
    return ball.is_finite() and (
        ball.rad() <= abs(ball) * tenth(digits)
        or (ball.contains(0) and ball.rad() <= tenth(digits))
    )


def _result(rows, found, pair):
    q, diagonal, c, k = (
        tuple(from_ball(ball) for ball in row) for row in zip(*found, strict=True)
    )
    known = pair is not None
    return TangentDigits(tuple(rows), q, c if known else None, k if known else None, diagonal)


class _Maps:
    """W, W', D at q and G, E phi'phi' at (q, c), as ball programs; m and m' for correlation."""

    def __init__(self, mean_field, bits):
        nodes = expectation_nodes(bits - 20)
        one, two = (q_symbol,), (q_symbol, rho)
        second = mean_field.second_moment

        def program(expr, symbols):
            run = BallProgram(closed(expr), symbols, nodes)
            return lambda *values: run.real(list(values))

        self.W = program(second, one)
        self.S = program(second.diff(q_symbol), one)
        self.D = program(mean_field.slope_moment, one)
        self.G = program(mean_field.kernel_at_q, two)
        self.P = program(mean_field.slope_kernel, two)
        odd = mean_field.activation.parity == "odd"
        self.correlated = mean_field.weight_correlation != 0 and not odd
        if self.correlated:
            self.M = program(mean_field.mean, one)
            self.M_slope = program(mean_field.mean.diff(q_symbol), one)

    def second(self, q):
        """W on a ball of variances."""
        return _mean_value(self.W, self.S, q)

    def lost(self, kappa, q):
        """kappa m^2 on a ball of variances, or 0."""
        return kappa * _mean_value(self.M, self.M_slope, q) ** 2 if self.correlated else 0

    def branch(self, kappa, q):
        """W - kappa m^2 on a ball of variances."""
        if not self.correlated:
            return self.second(q)
        return _mean_value(
            lambda q: self.W(q) - kappa * self.M(q) ** 2, partial(self.branch_slope, kappa), q
        )

    def branch_slope(self, kappa, q):
        """Its derivative in q."""
        if not self.correlated:
            return self.S(q)
        return self.S(q) - 2 * kappa * self.M(q) * self.M_slope(q)

    def product(self, q, c):
        """G and E phi'phi' on a ball of correlations."""
        slope = self.P(q, c)
        return self.G(q, _middle(c)) + _plus_minus(q * slope, c), slope


def _mean_value(f, slope, ball):
    return f(_middle(ball)) + _plus_minus(slope(ball), ball)


def _plus_minus(slope, ball):
    from flint import arb

    return arb(0) if ball.rad() == 0 else arb(0, (slope.abs_upper() * ball.rad()).upper())


def _middle(ball):
    return ball.mid()


def _run(ntk, rule, numbers, start, pair, rows, bits, input_dimension):
    """(q, K(x, x), c, K(x, x')) at the rows, balls at one working precision."""
    from flint import arb, ctx

    with ctx.workprec(bits):
        maps = _Maps(ntk.mean_field, bits)
        numbers = [as_ball(v) for v in numbers]
        weight, bias, *_ = numbers
        settled = isinstance(start, float)
        q = _fixed_point(maps, numbers, start) if settled else as_ball(start)
        c = arb(1) if pair is None else as_ball(pair)
        same = pair is None or pair == 1
        first = rule.first_fan_in
        one, two = (_first(first, weight, bias, v) for v in (q, q * c))
        found = []
        for layer in range(rows[-1] + 1):
            if layer in rows:
                found.append((q, one, c, one if same else two))
            if layer == rows[-1]:
                break
            q, c, one, two = _layer(
                maps, rule, numbers, layer + 1, (q, c, one, two), same, settled
            )
        return found


def _first(fan_in, weight, bias, covariance):
    return covariance if fan_in is None else int(fan_in) * (covariance - bias) / weight + 1


def _layer(maps, rule, numbers, index, state, same, settled):
    from flint import arb

    weight, bias, keep, kappa = numbers
    q, c, one, two = state
    g = arb(1)
    if rule.kind != "plain":
        g = arb(1) / (index if rule.kind == "scaled" else rule.depth)
    branch, lost = g * (bias + weight * maps.branch(kappa, q)), maps.lost(kappa, q)
    new = q if settled else keep * q + branch
    source = branch if rule.fan_in is None else g * (int(rule.fan_in) * maps.second(q) + 1)
    one = (keep + g * weight * maps.D(q)) * one + source
    if same:
        return new, c, one, one
    product, slope = maps.product(q, c)
    covariance = branch = g * (bias + weight * (product - lost))
    if rule.keep:  # one occurrence of the ball of c, as in the product itself
        middle = _middle(c)
        exact = maps.G(q, middle)
        rate = keep * q + g * weight * q * slope
        covariance = keep * q * middle + g * (bias + weight * (exact - lost))
        covariance += _plus_minus(rate, c)
    source = branch if rule.fan_in is None else g * (int(rule.fan_in) * product + 1)
    two = (keep + g * weight * slope) * two + source
    return new, covariance / new, one, two


def _fixed_point(maps, numbers, near):
    """The fixed point of V next to ``near``, enclosed by the interval Newton method."""
    from flint import arb

    weight, bias, keep, kappa = numbers
    rest = 1 - keep

    def step(ball):
        middle = _middle(ball)
        residual = bias + weight * maps.branch(kappa, middle) - rest * middle
        return middle - residual / (weight * maps.branch_slope(kappa, ball) - rest)

    ball = arb(near)
    for _ in range(int(math.log2(max(53, ball.rad().bits() if ball.rad() else 53))) + 12):
        ball = _middle(step(_middle(ball)))
    for exponent in range(20, 400, 12):
        trial = ball + arb(0, abs(ball) * arb(2) ** (exponent - _precision()))
        image = step(trial)
        if image.is_finite() and trial.contains_interior(image):
            for _ in range(3):
                image = step(image).intersection(image)
            return image
    raise PrecisionError(
        f"no fixed point of the variance near {near:g} could be certified; pass q0"
    )


def _precision():
    from flint import ctx

    return ctx.prec
