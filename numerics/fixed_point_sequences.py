r"""Certified extrema of M, and sequences of fixed points of V(q) = sigma_w2 q M(log(q)/2).

The Fourier coefficients of M are balls (Arb); what is left out of the series is bounded by
|h_n| <= h_0 and |m(nu)|^2 = (1 + nu^2)/cosh(pi nu/2).  All zeros of M' (for the extrema) or of
M - 1/sigma_w2 (for the fixed points) on a period are found by bisection with the mean value form:
a piece without a zero is dropped, one on which the derivative keeps its sign holds the zero that
its ends enclose.  See :mod:`theory.fixed_point_family`.
"""

import math
from dataclasses import dataclass

import sympy as sp

from theory.errors import InputError, PrecisionError
from theory.fixed_point_family import FixedPointFamily
from theory.parser import exact
from theory.symbols import u

from .balls import BallProgram, as_ball
from .enclosure import Enclosure, from_ball
from .presentation import html_text, latex_table
from .result import Provenance

__all__ = ["FixedPointSequence", "FixedPointSequences", "fixed_point_sequences"]

#: How often an interval may be halved before its zero counts as multiple.
_DEPTH = 60
_MOST_DIGITS = 200


@dataclass(frozen=True)
class FixedPointSequence:
    """The fixed points ``q`` ratio^k for all whole k, of one kind.

    ``q`` is the member in [1, ratio), an enclosure; ``chi_q`` encloses V' at all of them.
    """

    q: Enclosure
    chi_q: Enclosure
    stable: bool

    def __str__(self):
        kind = "attracting" if self.stable else "repelling"
        return f"q = {self.q}: {kind}, V' = {float(self.chi_q):.12g}"


@dataclass(frozen=True, repr=False)
class FixedPointSequences:
    """The extrema of M, certified, and the sequences of fixed points at ``sigma_w2``.

    ``minimum`` and ``maximum`` enclose the extrema of M; sigma_w2 between 1/maximum and 1/minimum
    gives infinitely many fixed points.  ``points`` holds one :class:`FixedPointSequence` for each
    zero of V(q) - q in a period, empty without ``sigma_w2`` or outside that window.
    """

    activation: str
    ratio: float
    minimum: Enclosure
    maximum: Enclosure
    sigma_w2: object
    points: tuple
    statement: str
    provenance: Provenance

    def __repr__(self):
        return (
            f"FixedPointSequences({self.activation}: {float(self.minimum):.10g} <= M <= "
            f"{float(self.maximum):.10g}, {len(self.points)} sequences)"
        )

    def __str__(self):
        return "\n".join([self.statement, *(f"  {point}" for point in self.points)])

    def latex(self):
        """A LaTeX table: a row for each sequence, or the extrema if there is none."""
        return latex_table(self)

    def _repr_html_(self):
        return html_text(self)

    def within(self, lower, upper) -> list[float]:
        """Every fixed point q with lower <= q <= upper, ascending; 0 < lower."""
        if not 0 < lower <= upper < math.inf:
            raise InputError(f"within: 0 < lower <= upper is needed; got {lower}, {upper}")
        found = []
        for point in self.points:
            start, step = math.log(float(point.q)), math.log(self.ratio)
            first = math.ceil((math.log(lower) - start) / step)
            last = math.floor((math.log(upper) - start) / step)
            found += [math.exp(start + k * step) for k in range(first, last + 1)]
        return sorted(found)


def fixed_point_sequences(model, sigma_w2=None, digits=15) -> FixedPointSequences:
    """Extrema of M and fixed points of an activation x g(log|x|) with periodic g, without biases.

    Parameters
    ----------
    model
        A FixedPointFamily, or the activation.
    sigma_w2
        The scaled weight variance; without it only the extrema of M are found.
    digits
        Digits of the enclosures.

    Raises AssumptionError for other activations, PrecisionError where a zero is (nearly) double:
    sigma_w2 is then (nearly) 1 over an extremum of M and the fixed points there are semi-stable.

    >>> found = fixed_point_sequences("x*exp(sin(2*log(abs(x)))/2)", sigma_w2=1)
    >>> print(sp.N(found.minimum.midpoint, 12), sp.N(found.maximum.midpoint, 12))
    0.582583077762 2.07382046042
    >>> [point.stable for point in found.points]
    [True, False]
    """
    from flint import ctx

    family = model if isinstance(model, FixedPointFamily) else FixedPointFamily(model)
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= _MOST_DIGITS:
        raise InputError(
            f"fixed_point_sequences: digits = {digits!r} must be a whole number, 1 to "
            f"{_MOST_DIGITS}"
        )
    family.require_numbers()
    gain = None if sigma_w2 is None else _gain(sigma_w2)
    # the amplitude of M is about e^(-pi omega/4): that many digits cancel
    lost = 1.14 * float(family.frequency)
    with ctx.workprec(int(3.33 * digits + 2 * lost) + 64):
        wave = _Wave(family)
        turns = wave.zeros(order=1, level=as_ball(0))
        values = [wave(turn, 0) for turn in turns]
        minimum = min(values, key=lambda value: value.mid())
        maximum = max(values, key=lambda value: value.mid())
        points, statement = _sequences(wave, gain, minimum, maximum, family)
        return FixedPointSequences(
            family.activation.name,
            float(family.ratio),
            from_ball(minimum),
            from_ball(maximum),
            gain,
            points,
            statement,
            Provenance.of(
                "fixed_point_sequences",
                family.activation.name,
                "certified enclosures",
                sigma_w2=None if gain is None else str(gain),
                digits=digits,
            ),
        )


def _sequences(wave, gain, minimum, maximum, family):
    window = f"1/sigma_w2 in ({minimum.str(12, radius=False)}, {maximum.str(12, radius=False)})"
    if gain is None:
        return (), f"infinitely many fixed points for {window}"
    level = 1 / as_ball(gain)
    if level < minimum or level > maximum:
        fate = "grows without bound" if level < minimum else "shrinks to 0"
        return (), f"no fixed point q > 0 outside {window}: every q_l {fate}"
    points = [_sequence(wave, turn, as_ball(gain)) for turn in wave.zeros(order=0, level=level)]
    statement = (
        f"{len(points)} sequences of fixed points of ratio {family.ratio} = "
        f"{float(family.ratio):.12g}, one member each:"
    )
    return tuple(sorted(points, key=lambda point: float(point.q))), statement


def _sequence(wave, turn, gain):
    """The sequence through u = ``turn``/omega."""
    chi = 1 + gain * wave(turn, 1) / 2
    stable = bool(abs(chi) < 1)
    if not stable and not abs(chi) > 1:
        raise PrecisionError("fixed_point_sequences: |V'| is 1 to all digits; ask for more digits")
    return FixedPointSequence(from_ball((2 * turn / wave.omega).exp()), from_ball(chi), stable)


class _Wave:
    """M and its derivatives as functions of the turn v = omega u, in balls."""

    def __init__(self, family):
        from flint import arb, ctx

        self.omega = as_ball(family.frequency)
        self.terms, self.scales = [], []
        mean = _coefficient(family, 0).real
        while True:
            n = len(self.terms)
            self.terms.append(_coefficient(family, n) * _moment(n * self.omega))
            tails = [mean * _tail(n, self.omega, order) for order in range(4)]
            size = abs(self.terms[1].real) + abs(self.terms[1].imag) if n else arb(0)
            # M' must be resolved against its own amplitude
            if (n and tails[2] < size * arb(2) ** -(ctx.prec // 2)) or n > 4000:
                break
        self.tails = tails

    def __call__(self, turn, order):
        """The derivative of M of this order in u."""
        return self.by_turn(turn, order) * self.omega**order

    def by_turn(self, turn, order):
        """The derivative in the turn."""
        from flint import acb, arb

        total, factor = arb(0), acb(0, 1)
        for n in range(len(self.terms) - 1, 0, -1):
            phase = acb(0, n * turn).exp() * (n * factor) ** order
            total += 2 * (self.terms[n] * phase).real
        total += arb(0, self.tails[order].upper())
        return total if order else total + self.terms[0].real

    def zeros(self, order, level):
        """All turns in [0, 2 pi) where the derivative of this order equals ``level``."""
        from flint import arb

        circle, pieces = 2 * arb.pi(), 16
        found, stack = [], []
        for k in range(pieces):
            stack.append((circle * k / pieces, circle * (k + 1) / pieces, 0))
        while stack:
            left, right, depth = stack.pop()
            whole = left.union(right)
            middle = whole.mid()
            slope = self.by_turn(whole, order + 1)
            value = self.by_turn(middle, order) - level + slope * (whole - middle)
            if value > 0 or value < 0:
                continue
            if slope > 0 or slope < 0:
                ends = [self.by_turn(end, order) - level for end in (left, right)]
                if ends[0] * ends[1] < 0:
                    found.append(self._polished(whole, order, level))
                    continue
                if ends[0] * ends[1] > 0:
                    continue
            if depth == _DEPTH:
                raise PrecisionError(
                    "fixed_point_sequences: 1/sigma_w2 is an extremum of M to all digits, where "
                    "two fixed points meet; move sigma_w2 or ask for more digits"
                )
            # an uneven cut keeps zeros off the ends
            cut = (left + (right - left) * arb("0.4871")).mid()
            stack += [(left, cut, depth + 1), (cut, right, depth + 1)]
        return sorted(found, key=lambda turn: turn.mid())

    def _polished(self, whole, order, level):
        """The zero in ``whole``, on which the derivative keeps its sign, by Newton's operator."""
        while True:
            middle = whole.mid()
            step = (self.by_turn(middle, order) - level) / self.by_turn(whole, order + 1)
            narrower = (middle - step).intersection(whole)
            if not narrower.rad() < whole.rad() / 2:
                return narrower
            whole = narrower


def _moment(nu):
    """m(nu) = E|Z|^(2 + i nu)."""
    from flint import acb, arb

    half = acb(0, nu / 2)
    return 2 * (half * arb(2).log()).exp() * (half + 1.5).gamma() / arb.pi().sqrt()


def _tail(n, omega, order):
    """A bound of 2 sum_{k>n} k^order |m(k omega)|."""
    from flint import arb

    # |m(k omega)| <= sqrt(2)(1 + k omega) e^(-pi k omega/4); k^j r^k is summed by its ratio
    rate = (-arb.pi() * omega / 4).exp()
    first = n + 1
    growth = rate * (arb(first + 1) / first) ** (order + 1)
    if not growth < 1:
        return arb("inf")
    head = arb(first) ** order * (1 + first * omega) * rate**first
    return 2 * arb(2).sqrt() * head / (1 - growth)


def _coefficient(family, n):
    """The ball of h_n."""
    from flint import acb, arb

    value = family.coefficient(n)
    if value.has(sp.Integral):
        period = as_ball(family.period)
        parts = []
        for wave in (sp.cos, sp.sin):
            program = BallProgram(family.profile * wave(n * family.frequency * u), (u,))
            integral = acb.integral(lambda z, a, p=program: acb(p.complex([z], a)), 0, period)
            parts.append(integral.real / period)
        return acb(parts[0], -parts[1])
    bessel = sorted(value.atoms(sp.besseli), key=sp.default_sort_key)
    names = {node: sp.Dummy(real=True) for node in bessel}
    balls = {
        names[node]: as_ball(node.args[1]).bessel_i(arb(int(node.args[0]))) for node in bessel
    }
    parts = value.xreplace(names).as_real_imag()
    return acb(
        *(BallProgram(sp.S(part), tuple(balls)).real(list(balls.values())) for part in parts)
    )


def _gain(sigma_w2):
    value = exact(sigma_w2, "sigma_w2")
    if not (value.is_number and value.is_positive and value.is_finite):
        raise InputError(
            f"fixed_point_sequences: sigma_w2 = {sigma_w2} is a variance and must be positive"
        )
    return value
