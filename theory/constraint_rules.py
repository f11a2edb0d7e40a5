r"""The constraints on phi in W phi(X) ~ N(0, 1), one function each.

Every rule takes the activation and |phi(X)| as the known factor of |N|; the docstring of a rule
begins with the name and the title of its constraint.
"""

import sympy as sp

from .activation import Activation
from .constraint import Constraint
from .errors import PrecisionError, UndecidedError
from .laws.certificate_squares import negative_hankel
from .laws.certificates import KurtosisAboveThree, shown
from .laws.function_zeros import flat_probability, zeros
from .laws.known_factor import KnownFactor
from .laws.margins import toeplitz_margin
from .pieces import limit
from .symbols import x

__all__ = ["growth", "kurtosis", "moments", "near_zero", "range_", "transform"]

#: A numeric eigenvalue below this is a violation, above its negative none.
_MARGIN = 1e-7

#: How many even moments of W are shown.
_SHOWN = 4


def range_(phi: Activation, known: KnownFactor) -> Constraint:
    """range|values: phi must not be 0 on a set of positive measure."""
    mass = flat_probability(phi)
    numbers = {"P(phi(X) = 0)": mass}
    if mass.is_zero:
        reason = "phi vanishes at isolated points at most"
        return Constraint("range", "values", "met", reason, numbers)
    reason = (
        f"phi(X) = 0 with probability {shown(mass)}, and so W phi(X) for every W: a Gaussian "
        "variable has no atom"
    )
    return Constraint(
        "range", "values", "violated", reason, numbers, sp.Gt(mass, 0, evaluate=False)
    )


def near_zero(phi: Activation, known: KnownFactor) -> Constraint:
    r"""zero|zeros of phi: each of order at most 1, since E |phi(X)|^s is finite for s > -1.

    If all are of order 1 the density of |phi(X)| at 0 is f, and E |W|^(-1) = sqrt(2/pi)/f.
    """
    title = "zeros of phi"
    if not flat_probability(phi).is_zero:
        return Constraint("zero", title, "violated", "phi is 0 on a whole interval")
    for end, side in ((-sp.oo, phi.growth.left), (sp.oo, phi.growth.right)):
        if (-side.gaussian - sp.S.Half).is_positive:
            order = 1 / (2 * side.gaussian)
            reason = (
                f"phi decays so fast towards {end} that E |phi(X)|^s is infinite at s = {order}"
            )
            return Constraint("zero", title, "violated", reason, {"s": order})
    found = zeros(phi)
    if not found:
        if phi.parameters:
            return Constraint("zero", title, "undecided", "zeros may depend on the parameters")
        return Constraint("zero", title, "met", "phi has no zero")
    highest = max((zero.order for zero in found), key=lambda order: float(order.subs(_ones(phi))))
    worst = next(zero for zero in found if zero.order == highest)
    numbers = {"order": highest}
    if (highest - 1).is_positive:
        reason = (
            f"phi vanishes at x0 = {shown(worst.place)} like |x - x0|^({highest}), so E |phi|^s "
            f"is infinite at s = {-1 / highest}, where E |N|^s is finite"
        )
        return Constraint("zero", title, "violated", reason, numbers)
    if not (1 - highest).is_nonnegative:
        raise UndecidedError(f"whether the order {highest} of a zero exceeds 1 is open")
    if (1 - highest).is_positive:
        reason = (
            f"phi vanishes like |x - x0|^({highest}), to an order below 1: E |W|^(-1) may be oo"
        )
        return Constraint("zero", title, "met", reason, numbers)
    density = sp.simplify(sp.Add(*(zero.density for zero in found)))
    inverse = sp.simplify(sp.sqrt(2 / sp.pi) / density)
    numbers |= {"density of |phi(X)| at 0": density, "E |W|^(-1)": inverse}
    decays = any(_vanishing(rate) for rate in (phi.growth.left, phi.growth.right))
    sign = "at most" if decays else "equal to"
    reason = (
        f"phi has zeros of order 1, so E |W|^(-1) is finite, {sign} {_short(inverse)}; weights "
        "whose density is positive at 0 are excluded"
    )
    relation = sp.Eq(sp.Symbol(r"\mathbb{E}|W|^{-1}"), inverse, evaluate=False)
    return Constraint("zero", title, "met", reason, numbers, None if decays else relation)


def growth(phi: Activation, known: KnownFactor) -> Constraint:
    """growth|growth and tails: |phi(x)| ~ |x|^p needs p <= 1 and a tail index 2/(1 - p) of W."""
    title = "growth and tails"
    ends = ((phi.growth.left, phi.pieces[0].expr, -1), (phi.growth.right, phi.pieces[-1].expr, 1))
    powers = []
    for rate, expr, side in ends:
        gaussian, exponential, power, logarithm = rate.key
        if gaussian.is_zero and exponential.is_zero:
            powers.append(sp.Max(power, 0))
            faster = (power - 1).is_positive or (power == 1 and logarithm.is_positive)
        else:
            first = gaussian if not gaussian.is_zero else exponential
            powers.append(sp.oo if first.is_positive else sp.S.Zero)
            faster = first.is_positive
        if faster:
            t = sp.Dummy("t", positive=True)
            if limit(sp.Abs(expr.subs(x, side * t)) / t, t, sp.oo, "-") is not sp.oo:
                raise UndecidedError(f"whether {expr} is superlinear at infinity is open")
            reason = "|phi(x)|/|x| tends to oo, so W phi(X) has heavier tails than X for every W"
            return Constraint("growth", title, "violated", reason, {"power": powers[-1]})
    p = sp.Max(*powers)
    index = sp.oo if p == 1 else 2 / (1 - p)
    numbers = {"power": p, "tail index of W": index}
    if p == 1:
        slope = _slope_at_infinity(ends)
        reason = "phi is linear at infinity, so |W| is bounded"
        if slope is not None:
            numbers["ess sup |W|"] = 1 / slope
            reason += f", by {_short(1 / slope)}"
    elif p == 0:
        reason = "phi grows slower than any power of x, so -log P(|W| > w) grows like w^2, up to "
        reason += "smaller factors"
    else:
        reason = f"|phi(x)| grows like |x|^({p}), so -log P(|W| > w) grows like w^({index})"
    return Constraint("growth", title, "met", reason, numbers)


def kurtosis(phi: Activation, known: KnownFactor) -> Constraint:
    """kurtosis|kurtosis: E phi^4/(E phi^2)^2 times that of W is 3, and each is at least 1."""
    certificate = KurtosisAboveThree(known)
    value = certificate.kurtosis
    if value is not sp.oo:
        value = value.doit()
    number = value if value is sp.oo else sp.N(value.subs(_ones(phi)), 15)
    numbers = {"kurtosis of phi(X)": value}
    relation = sp.Le(value, 3, evaluate=False) if value is not sp.oo else None
    if phi.parameters:
        reason = "the kurtosis of phi(X) must be at most 3, a condition on the parameters"
        return Constraint("kurtosis", "kurtosis", "undecided", reason, numbers, relation)
    if value is sp.oo or certificate.verify():
        reason = f"the kurtosis of phi(X) is {_short(value)}, above 3, and that of W at least 1"
        return Constraint("kurtosis", "kurtosis", "violated", reason, numbers, relation)
    if number > 3 + _MARGIN:
        raise UndecidedError(f"the kurtosis of phi(X) is {number}, not seen with certainty")
    numbers["kurtosis of W"] = 3 / value
    other = _short(sp.simplify(3 / value))
    reason = f"the kurtosis of phi(X) is {_short(value)}, so that of W is {other}"
    return Constraint("kurtosis", "kurtosis", "met", reason, numbers, relation)


def moments(phi: Activation, known: KnownFactor) -> Constraint:
    """moments|required moments of W: E W^(2k) = (2k - 1)!!/E phi^(2k) are moments of a law."""
    title = "required moments of W"
    required = {f"E W^{2 * k}": known.required(2 * k).doit() for k in range(1, _SHOWN + 1)}
    if phi.parameters:
        reason = "their Hankel matrices must be positive, a condition on the parameters"
        return Constraint("moments", title, "undecided", reason, required)
    found = negative_hankel(known)
    relation = sp.Eq(sp.Symbol(r"\mathbb{E}W^{2}"), required["E W^2"], evaluate=False)
    if found is not None:
        reason = f"{found.matrix}, for Y = |W|, has a negative eigenvalue"
        return Constraint("moments", title, "violated", reason, required, relation)
    reason = "their Hankel matrices are positive as far as they were looked at"
    return Constraint("moments", title, "met", reason, required, relation)


def transform(phi: Activation, known: KnownFactor) -> Constraint:
    """transform|required E |W|^(it): must be positive definite in t."""
    title = "required E |W|^(it)"
    if phi.parameters:
        reason = "its Toeplitz matrices must be positive, a condition on the parameters"
        return Constraint("transform", title, "undecided", reason)
    try:
        least = toeplitz_margin(known)
    except PrecisionError as error:
        return Constraint("transform", title, "undecided", str(error))
    numbers = {"least eigenvalue": sp.Float(least, 3)}
    status = "met" if least > -_MARGIN else "violated"
    sign = "not negative" if status == "met" else "negative"
    reason = f"the 12x12 Toeplitz matrix with step 1 has least eigenvalue {least:.2e}, {sign} "
    reason += "(in double precision)"
    return Constraint("transform", title, status, reason, numbers)


def _slope_at_infinity(ends):
    """The larger of lim |phi(x)|/|x| at both ends, or None if it is not found."""
    slopes = []
    for _, expr, side in ends:
        t = sp.Dummy("t", positive=True)
        ratio = expr.subs(x, side * t) / t
        slope = limit(ratio, t, sp.oo, "-")
        if not slope.is_finite or slope.has(sp.Limit):
            slope = _rounded(ratio, t)
        if slope is None:
            return None
        slopes.append(abs(slope))
    return sp.Max(*slopes)


def _rounded(ratio, t):
    """The limit as a rational of small denominator, if far values tell it."""
    if ratio.free_symbols != {t}:
        return None
    far = ratio.subs(t, 10**10).evalf(30)
    near = sp.Rational(str(far)).limit_denominator(1000) if far.is_Float else sp.nan
    return near if near.is_finite and abs(far - near) < sp.Rational(1, 10**8) else None


def _short(value):
    """Exact if that is short, else six digits."""
    return sp.sstr(value) if len(sp.sstr(value)) <= 16 else sp.sstr(sp.N(value, 6))


def _vanishing(rate):
    return rate.kind == "vanishing"


def _ones(phi):
    return dict.fromkeys(phi.parameters, 1)
