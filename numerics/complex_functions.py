r"""What each operation of a :class:`numerics.balls.BallProgram` does to complex balls.

Every entry of ``COMPLEX`` is a function (payload, arguments, analytic) -> ball.  ``analytic`` asks
for a non-finite result wherever the function is not analytic on the whole ball.  At poles this
happens by itself; at branch cuts the functions below look, with Arb's own flag where there is one.
"""

from functools import reduce

from flint import acb, arb

from theory.errors import PrecisionError

from .ball_functions import ARITHMETIC

__all__ = ["COMPLEX"]


def _plain(name):
    return lambda payload, arguments, analytic: getattr(arguments[0], name)()


def _flagged(name):
    """A method of ``acb`` that looks at its branch cut or at the imaginary axis itself."""
    return lambda payload, arguments, analytic: getattr(arguments[0], name)(
        analytic=bool(analytic)
    )


def _folded(name):
    """A binary method of ``acb`` with a flag, for any number of arguments."""

    def fold(payload, arguments, analytic):
        return reduce(lambda a, b: getattr(a, name)(b, analytic=bool(analytic)), arguments)

    return fold


def _off_cut(name, meets_cut):
    """A method of ``acb`` without a flag, non-finite on balls that meet its cut."""

    def guarded(payload, arguments, analytic):
        if analytic and meets_cut(arguments[0]):
            return _indeterminate()
        return getattr(arguments[0], name)()

    return guarded


def _indeterminate():
    return acb(arb.nan(), arb.nan())


def _negative_axis(z):
    """z may be on (-oo, 0]."""
    return z.imag.contains(0) and not z.real > 0


def _outside_interval(z):
    """z may be real with |z| >= 1: the cut of asin, acos and atanh."""
    return z.imag.contains(0) and not abs(z.real) < 1


def _outside_imaginary(z):
    """z may be imaginary with |z| >= 1: the cut of atan and asinh."""
    return z.real.contains(0) and not abs(z.imag) < 1


def _below_one(z):
    """z may be on (-oo, 1]: the cut of acosh."""
    return z.imag.contains(0) and not z.real > 1


def _phi(payload, arguments, analytic):
    return (-arguments[0] / arb(2).sqrt()).erfc() / 2


def _sigmoid(payload, arguments, analytic):
    z = arguments[0]
    if z.real > 0:
        return 1 / (1 + (-z).exp())
    power = z.exp()
    return power / (1 + power)


def _softplus(payload, arguments, analytic):
    z = arguments[0]
    # log(1 + e^z) = z + log(1 + e^-z) as long as |Im z| < pi
    if z.real > 0 and abs(z.imag) < 3:
        shift, power = z, (-z).exp()
    else:
        shift, power = acb(0), z.exp()
    if analytic and _negative_axis(1 + power):
        return _indeterminate()
    return shift + power.log1p()


def _rsqrt(payload, arguments, analytic):
    return 1 / arguments[0].sqrt(analytic=bool(analytic))


def _no_extension(payload, arguments, analytic):
    raise PrecisionError(
        "cannot enclose an integral whose integrand holds Phi2, a Piecewise, a hypergeometric "
        "function or an expectation: split it into pieces or integrate that part in closed form"
    )


COMPLEX = ARITHMETIC | {
    "number": lambda payload, arguments, analytic: acb(payload),
    "integer power": lambda payload, arguments, analytic: arguments[0] ** payload,
    "rsqrt": _rsqrt,
    "power": _folded("pow"),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "Phi": _phi,
    "asin": _off_cut("asin", _outside_interval),
    "acos": _off_cut("acos", _outside_interval),
    "atanh": _off_cut("atanh", _outside_interval),
    "atan": _off_cut("atan", _outside_imaginary),
    "asinh": _off_cut("asinh", _outside_imaginary),
    "acosh": _off_cut("acosh", _below_one),
    "loggamma": _off_cut("lgamma", _negative_axis),
    "log": _flagged("log"),
    "sqrt": _flagged("sqrt"),
    "Abs": _flagged("real_abs"),
    "sign": _flagged("real_sgn"),
    "Heaviside": _flagged("real_heaviside"),
    "Max": _folded("real_max"),
    "Min": _folded("real_min"),
    "Phi2": _no_extension,
    "CosBelow": _no_extension,
    "SinBelow": _no_extension,
    "PhiGiven": _no_extension,
    "BinormalExp": _no_extension,
    "OwenT": _no_extension,
    "hyper": _no_extension,
    "piecewise": _no_extension,
    "node": _no_extension,
}
_ENTIRE = ("exp", "sin", "cos", "sinh", "cosh", "erf", "erfc", "erfi")
_MEROMORPHIC = ("tan", "tanh", "gamma", "sech", "csch", "sec", "csc", "cot", "coth")
for _name in _ENTIRE + _MEROMORPHIC:
    COMPLEX[_name] = _plain(_name)
