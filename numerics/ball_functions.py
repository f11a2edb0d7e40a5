r"""What each operation of a :class:`numerics.balls.BallProgram` does to real balls.

Every entry of ``REAL`` is a function (payload, arguments, analytic) -> ball; ``analytic`` plays no
part on the real line.  Wide balls go through monotone functions by their end points, which is the
tightest enclosure there is.  sqrt, asin and acos take their argument to lie in their domain: a
ball that sticks out of it is cut, because rounding does that at sqrt(0) and asin(1).
"""

from functools import reduce

from flint import acb, arb, fmpq

__all__ = ["ARITHMETIC", "REAL"]

#: Real balls wider than this are worth two evaluations at their end points.
WIDE = 1e-9


# ---------------------------------------------------------------- numbers


def _rational(payload, arguments, analytic):
    return arb(fmpq(*payload))


def _binary(payload, arguments, analytic):
    from .balls import binary_ball as exact

    return exact(payload)


# ---------------------------------------------------------------- real balls


def _hull(function, ball, decreasing=False):
    """The enclosure of a monotone function on a real ball."""
    if ball.rad() < WIDE or not ball.is_finite():
        return function(ball)
    lower, upper = function(ball.lower()), function(ball.upper())
    return lower.union(upper)


def _monotone(function):
    return lambda payload, arguments, analytic: _hull(function, arguments[0])


def _plain(name):
    return lambda payload, arguments, analytic: getattr(arguments[0], name)()


def _softplus(ball):
    if ball > 0:
        return ball + (-ball).exp().log1p()
    return ball.exp().log1p()


def _sigmoid(ball):
    if ball > 0:
        return 1 / (1 + (-ball).exp())
    return ball.exp() / (1 + ball.exp())


def _phi(ball):
    return (-ball / arb(2).sqrt()).erfc() / 2


def _clip(ball, lower, upper):
    """The part of a ball inside [lower, upper], for functions of that domain only.

    A ball that lies outside altogether stays, and the function answers nan.
    """
    if ball >= lower and ball <= upper:
        return ball
    if ball < lower or ball > upper or not ball.is_finite():
        return ball
    return arb.max(arb(lower), ball.lower()).union(arb.min(arb(upper), ball.upper()))


def _inside(function, ball):
    """A monotone function of [-1, 1], by its values at exact ends where the ball sticks out."""
    if (ball >= -1 and ball <= 1) or ball < -1 or ball > 1 or not ball.is_finite():
        return _hull(function, ball)
    lower, upper = arb.max(arb(-1), ball.lower()), arb.min(arb(1), ball.upper())
    return function(lower).union(function(upper))


def _sqrt(ball):
    return _hull(lambda b: b.sqrt(), ball.nonnegative_part() if ball.contains(0) else ball)


def _integer_power(payload, arguments, analytic):
    base = arguments[0]
    if payload % 2 == 0 and base.rad() >= WIDE and base.is_finite():
        lower, upper = base.abs_lower(), base.abs_upper()
        return _power(lower, payload).union(_power(upper, payload))
    return _power(base, payload)


def _power(base, exponent):
    """Through acb: the integer power of an arb around 0 is not a number in python-flint 0.9."""
    return (acb(base) ** exponent).real


def _real_power(payload, arguments, analytic):
    base, exponent = arguments
    if base > 0:
        return (exponent * base.log()).exp()
    if exponent > 0 and base.contains(0) and base.is_finite():
        top = base.abs_upper()
        return arb(0) if top == 0 else arb(0).union((exponent * top.log()).exp())
    return arb.nan()


def _absolute(ball):
    return abs(ball) if ball.rad() < WIDE else ball.abs_lower().union(ball.abs_upper())


def _heaviside(payload, arguments, analytic):
    ball = arguments[0]
    if ball > 0:
        return arb(1)
    if ball < 0:
        return arb(0)
    if ball == 0 and len(arguments) > 1:
        return arguments[1]
    return arb(0).union(arb(1))


def _phi2(payload, arguments, analytic):
    r"""\Phi_2(h, k; r), which increases in each of its arguments."""
    h, k, r = arguments
    r = _clip(r, -1, 1)
    if all(a.is_exact() for a in (h, k, r)):
        return _plackett(h, k, r)
    lower = _plackett(h.lower(), k.lower(), arb.max(arb(-1), r.lower()))
    upper = _plackett(h.upper(), k.upper(), arb.min(arb(1), r.upper()))
    return lower.union(upper)


def _plackett(h, k, r):
    r"""\Phi(h)\Phi(k) + (1/2pi) \int_0^{asin r} exp(-(h^2+k^2-2hk sin u)/(2 cos^2 u)) du.

    With e the sign of r the exponent is (h - e k)^2/(2 cos^2 u) + e h k/(1 + e sin u), which has
    no 0/0 at the end e pi/2 where h = e k.
    """
    if r >= 1:
        return _phi(arb.min(h, k))
    if r <= -1:
        return arb.max(arb(0), _phi(h) + _phi(k) - 1)
    sign = -1 if r < 0 else 1
    gap, product = acb((h - sign * k) ** 2 / 2), acb(sign * h * k)

    def density(angle, _):
        exponent = product / (1 + sign * angle.sin())
        if gap != 0:
            exponent += gap / angle.cos() ** 2
        return (-exponent).exp()

    angle = r.asin()
    area = acb.integral(density, 0, acb(angle.mid())).real
    # the rest of the way, inside the ball of asin r: width times a bound of the density, 1
    area += arb(0, angle.rad())
    return _phi(h) * _phi(k) + area / (2 * arb.pi())


def _phi_given(payload, arguments, analytic):
    r"""\Phi((h - r k)/\sqrt{1 - r^2}), the step at r = +-1."""
    h, k, r = arguments
    spread, gap = (1 - r) * (1 + r), h - r * k
    if spread > 0:
        return _hull(_phi, gap / spread.sqrt())
    if r.is_exact() and spread == 0 and gap == 0:
        return arb(1) / 2
    if gap > 0 and r.is_exact():
        return arb(1)
    if gap < 0 and r.is_exact():
        return arb(0)
    return arb(0).union(arb(1))


def _wave_below(part):
    r"""The real or imaginary part of exp(-y^2/2) \Phi(h - iy), of modulus at most 1."""

    def evaluate(payload, arguments, analytic):
        h, y = arguments
        value = (-(y**2) / 2).exp() * (acb(-h, y) / arb(2).sqrt()).erfc() / 2
        value = getattr(value, part)
        return value if value.is_finite() else arb(-1).union(arb(1))

    return evaluate


def _binormal_exp(payload, arguments, analytic):
    r"""exp(-(h - e k)^2/(2(1 - r^2)) - e h k/(1 + |r|)) with e the sign of r."""
    h, k, r = arguments
    spread = (1 - r) * (1 + r)
    if r > 0 or r < 0:
        sign = 1 if r > 0 else -1
        gap, smooth = h - sign * k, sign * h * k / (1 + abs(r))
        if gap == 0:
            return (-smooth).exp()
        exponent = gap**2 / (2 * spread) + smooth
    else:
        exponent = (h**2 - 2 * r * h * k + k**2) / (2 * spread)
    value = (-exponent).exp() if spread > 0 else arb.nan()
    return value if value.is_finite() else arb(0).union(arb(1))


def _owens_t(payload, arguments, analytic):
    """T(h, a), which is odd and increases in a, even in h and decreases in its modulus."""
    h, a = abs(arguments[0]), arguments[1]
    if h.is_exact() and a.is_exact():
        return _owens_integral(h, a)
    ends = [
        _owens_integral(place, slope)
        for place in (arguments[0].abs_lower(), arguments[0].abs_upper())
        for slope in (a.lower(), a.upper())
    ]
    return reduce(lambda one, other: one.union(other), ends)


def _owens_integral(h, a):
    if not a.is_finite() or not h.is_finite():
        return arb.nan()
    if a < 0:
        return -_owens_integral(h, -a)
    if a > 1:
        first, second = _phi(-h), _phi(-h * a)
        return (first + second) / 2 - first * second - _owens_integral(h * a, 1 / a)
    exponent = acb(h * h / 2)

    def integrand(x, _):
        square = 1 + x * x
        return (-exponent * square).exp() / square

    area = acb.integral(integrand, 0, acb(a.mid())).real + arb(0, a.rad())
    return area / (2 * arb.pi())


def _hyper(payload, arguments, analytic):
    a, b, c, z = (acb(argument) for argument in arguments)
    return z.hypgeom_2f1(a, b, c).real


def _holds(condition, sides):
    """True, False, or None where the balls do not decide."""
    kind, *rest = condition
    if kind == "constant":
        return rest[0]
    if kind == "compare":
        return _compare(rest[0], sides[rest[1]])
    parts = [_holds(part, sides) for part in rest]
    if kind == "Not":
        return None if parts[0] is None else not parts[0]
    decisive = kind == "Or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compare(operator, ball):
    zero, never = ball == 0, not ball.contains(0)
    true, false = {
        ">": (ball > 0, ball <= 0),
        ">=": (ball >= 0, ball < 0),
        "<": (ball < 0, ball >= 0),
        "<=": (ball <= 0, ball > 0),
        "==": (zero, never),
        "!=": (never, zero),
    }[operator]
    return True if true else False if false else None


def _piecewise(payload, arguments, analytic):
    """The union of the branches that the balls do not rule out, up to the first certain one."""
    count, conditions = payload
    values, sides = arguments[:count], arguments[count:]
    found = None
    for value, condition in zip(values, conditions, strict=True):
        holds = _holds(condition, sides)
        if holds is False:
            continue
        found = value if found is None else found.union(value)
        if holds:
            return found
    return arb.nan()  # some point may be in no branch


def _node(payload, arguments, analytic):
    evaluate, symbols = payload
    return evaluate(dict(zip(symbols, arguments, strict=True)))


ARITHMETIC = {
    "rational": _rational,
    "binary": _binary,
    "pi": lambda payload, arguments, analytic: arb.pi(),
    "e": lambda payload, arguments, analytic: arb(1).exp(),
    "euler": lambda payload, arguments, analytic: arb.const_euler(),
    "add": lambda payload, arguments, analytic: reduce(lambda a, b: a + b, arguments),
    "mul": lambda payload, arguments, analytic: reduce(lambda a, b: a * b, arguments),
}

REAL = ARITHMETIC | {
    "integer power": _integer_power,
    "sqrt": lambda payload, arguments, analytic: _sqrt(arguments[0]),
    "rsqrt": lambda payload, arguments, analytic: 1 / _sqrt(arguments[0]),
    "power": _real_power,
    "sigmoid": _monotone(_sigmoid),
    "softplus": _monotone(_softplus),
    "Phi": _monotone(_phi),
    "Phi2": _phi2,
    "PhiGiven": _phi_given,
    "BinormalExp": _binormal_exp,
    "OwenT": _owens_t,
    "CosBelow": _wave_below("real"),
    "SinBelow": _wave_below("imag"),
    "asin": lambda payload, arguments, analytic: _inside(arb.asin, arguments[0]),
    "acos": lambda payload, arguments, analytic: _inside(arb.acos, arguments[0]),
    "Abs": lambda payload, arguments, analytic: _absolute(arguments[0]),
    "sign": lambda payload, arguments, analytic: arguments[0].sgn(),
    "Max": lambda payload, arguments, analytic: reduce(arb.max, arguments),
    "Min": lambda payload, arguments, analytic: reduce(arb.min, arguments),
    "Heaviside": _heaviside,
    "loggamma": _plain("lgamma"),
    "piecewise": _piecewise,
    "hyper": _hyper,
    "node": _node,
}
_INCREASING = ("exp", "log", "sinh", "tanh", "atan", "asinh", "atanh", "acosh", "erf", "erfi")
for _name in (*_INCREASING, "erfc"):
    REAL[_name] = _monotone(lambda ball, name=_name: getattr(ball, name)())
for _name in ("sin", "cos", "tan", "cosh", "gamma", "sech", "csch", "sec", "csc", "cot", "coth"):
    REAL[_name] = _plain(_name)
