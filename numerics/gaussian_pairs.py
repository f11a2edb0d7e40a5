r"""E f(X) g(Y) for correlated Gaussians as a ball, by two certified routes.

With X = m1 + sqrt(q1) U, Y = m2 + sqrt(q2) W and corr(U, W) = rho,

    E f(X) g(Y) = sum_n a_n b_n rho^n,   a_n = E f(X) He_n(U)/sqrt(n!),   b_n alike.

*Hermite.*  By Cauchy and Schwarz what follows the term N is at most
|rho|^(N+1) sqrt((E f^2 - sum a_n^2)(E g^2 - sum b_n^2)); every number here is a certified
one-dimensional integral.  This is fast for smooth functions and |rho| away from 1.
*Nested.*  The inner integral of g against the law of Y given X is an entire function of the value
of X, so ``acb.integral`` may be nested; this is slower and works for any |rho| < 1.
"""

import sympy as sp

from theory.errors import PrecisionError

from .gaussian_balls import gaussian_integral

__all__ = ["hermite_pair", "nested_pair", "pair_ball"]

_S = sp.Dummy("s", positive=True)
_M = sp.Dummy("m", real=True)
_MOST_TERMS = 200
_MOST_NESTED_BITS = 72


def pair_ball(f, g, variable, parameters, means, covariance, values, bits):
    """The ball of E f(X) g(Y); ``bits`` is the relative accuracy that is aimed at.

    ``means`` is (m1, m2) and ``covariance`` (q1, c, q2), all real balls.
    """
    from flint import arb

    q1, c, q2 = covariance
    rho = c / (q1 * q2).sqrt()
    if c == 0:
        return _single(f, variable, parameters, means[0], q1, values) * _single(
            g, variable, parameters, means[1], q2, values
        )
    if c * c == q1 * q2 or abs(rho).lower() >= 1:
        return _degenerate(f, g, variable, parameters, means, (q1, q2), c, values)
    arguments = (f, g, variable, parameters, means, covariance, values)
    found = hermite_pair(*arguments, target=arb(2) ** -bits)
    if found is None:
        found = nested_pair(*arguments, bits=bits)
    return found


def _single(f, variable, parameters, mean, variance, values, degree=0):
    return gaussian_integral(f, variable, parameters)(mean, variance, values, degree)


def _degenerate(f, g, variable, parameters, means, variances, c, values):
    """rho = +-1: one Gaussian variable is left, Y = m2 +- sqrt(q2/q1) (X - m1)."""
    moved = g.subs(variable, _M + _S * (variable - sp.Dummy("m1")))
    shift = next(iter(moved.free_symbols - g.free_symbols - {_M, _S, variable}), None)
    names = (*parameters, _M, _S, *(() if shift is None else (shift,)))
    slope = (variances[1] / variances[0]).sqrt()
    slope = slope if c > 0 else -slope
    extra = [means[1], slope] + ([] if shift is None else [means[0]])
    integral = gaussian_integral(f * moved, variable, names)
    return integral(means[0], variances[0], [*values, *extra])


# ---------------------------------------------------------------- Hermite


def hermite_pair(f, g, variable, parameters, means, covariance, values, target):
    """Partial sum with its remainder, or None if ``target`` stays out of reach."""
    from flint import arb

    q1, c, q2 = covariance
    rho = c / (q1 * q2).sqrt()
    twins = f == g and means[0] == means[1] and q1 == q2
    size = abs(rho).abs_upper()
    left = _single(f**2, variable, parameters, means[0], q1, values)
    right = left if twins else _single(g**2, variable, parameters, means[1], q2, values)
    step = 1
    parity = {_parity(f, variable), _parity(g, variable)} if means == (0, 0) else {None}
    if parity == {"even", "odd"}:
        return arb(0)
    if len(parity) == 1 and None not in parity:
        step = 2
    first = 1 if parity == {"odd"} else 0
    total, power, rests = arb(0), rho**first, []
    for degree in range(first, _MOST_TERMS, step):
        a = _single(f, variable, parameters, means[0], q1, values, degree)
        b = a if twins else _single(g, variable, parameters, means[1], q2, values, degree)
        total += a * b * power
        power *= rho**step
        left, right = left - a * a, right - b * b
        rest = (left.abs_upper() * right.abs_upper()).sqrt() * size ** (degree + step)
        goal = target * abs(total)
        if rest.upper() <= goal.lower():
            return total + arb(0, rest.abs_upper())
        rests.append(rest)
        if len(rests) > 8 and _hopeless(rests, goal, (_MOST_TERMS - degree) // step):
            return None
    return None


def _hopeless(rests, goal, terms_left):
    """Whether the decay over the last eight terms, continued, misses the goal by far."""
    decay = float((rests[-1] / rests[-9]).mid()) ** (terms_left / 8)
    return float((rests[-1] / goal).mid()) * decay > 1e3


def _parity(f, variable):
    mirrored = f.subs(variable, -variable)
    if sp.expand(mirrored - f) == 0:
        return "even"
    return "odd" if sp.expand(mirrored + f) == 0 else None


# ---------------------------------------------------------------- nested integrals


def nested_pair(f, g, variable, parameters, means, covariance, values, bits):
    """E f(X) E[g(Y) | X] by an integral inside an integral, at moderate precision."""
    from flint import acb, arb, ctx

    if bits > _MOST_NESTED_BITS:
        raise PrecisionError(
            f"E[{f} * {g}] has no closed form and is asked for to {bits} bits near correlation "
            f"+-1; ask for at most {int(_MOST_NESTED_BITS / 3.33)} digits or use evalf"
        )
    q1, c, q2 = covariance
    slope, rest = c / q1, q2 - c * c / q1
    with ctx.workprec(bits + 16):
        inner = _Conditional(g, variable, parameters, means, slope, rest, values)
        outer = gaussian_integral(f, variable, parameters)
        spread = q1.sqrt()
        cutoff, _ = outer.tail_bound(means[0], q1.upper(), spread, values)
        second = _single(g**2, variable, parameters, means[1], q2, values)
        beyond = _squared_tail(f, variable, parameters, means[0], q1, cutoff, values)
        tail = (beyond.abs_upper() * second.abs_upper()).sqrt()
        total, fixed = arb(0), [acb(value) for value in values]
        goal = arb(2) ** -bits
        for segment in outer.segments:
            if segment.piece.expr.is_zero:
                continue
            low = segment.standard(segment.lower(values), means[0], spread, -cutoff)
            high = segment.standard(segment.upper(values), means[0], spread, cutoff)
            if low.lower() >= high.upper():
                continue

            def integrand(z, analytic, segment=segment):
                place = acb(means[0]) + acb(spread) * z
                value = segment.program.complex([place, *fixed], analytic)
                return value * (-z * z / 2).exp() * inner(place, goal)

            part = acb.integral(
                integrand, acb(low.mid()), acb(high.mid()), abs_tol=goal, rel_tol=goal
            ).real
            for end in (low, high):
                if not end.is_exact():
                    part += arb(0, end.rad()) * integrand(acb(end), False).real
            total += part
        return total / (2 * arb.pi()).sqrt() + arb(0, tail.abs_upper())


def _squared_tail(f, variable, parameters, mean, variance, cutoff, values):
    """A bound of E f(X)^2 over |Z| > cutoff."""
    integral = gaussian_integral(f**2, variable, parameters)
    spread = variance.sqrt()
    sides = [
        integral.one_tail(sign, mean, variance.upper(), spread, cutoff, values) for sign in (1, -1)
    ]
    if None in sides:
        raise PrecisionError(f"no tail bound for E[({f})**2]; lower the variance")
    return sides[0] + sides[1]


class _Conditional:
    """u -> E[g(Y) | X = u] for complex u: an entire function, integrated piece by piece."""

    def __init__(self, g, variable, parameters, means, slope, variance, values):
        self._integral = gaussian_integral(g, variable, parameters)
        self._means, self._slope, self._variance = means, slope, variance
        self._values = values

    def __call__(self, place, goal):
        from flint import acb, arb

        centre = acb(self._means[1]) + acb(self._slope) * (place - acb(self._means[0]))
        variance, values = self._variance, self._values
        # |exp(-(v - a - ib)^2/2w)| = exp(b^2/2w) exp(-(v - a)^2/2w)
        growth = (centre.imag * centre.imag / (2 * variance)).exp()
        spread = variance.sqrt()
        cutoff, tail = self._integral.tail_bound(centre.real, variance.upper(), spread, values)
        lowest = (centre.real - spread * cutoff).lower()
        highest = (centre.real + spread * cutoff).upper()
        fixed, total = [acb(value) for value in values], acb(0)
        for segment in self._integral.segments:
            low, high = segment.lower(values), segment.upper(values)
            low = lowest if low is None else arb.max(low, lowest)
            high = highest if high is None else arb.min(high, highest)
            if segment.piece.expr.is_zero or low.mid() >= high.mid():
                continue

            def integrand(v, analytic, segment=segment):
                distance = v - centre
                weight = (-distance * distance / (2 * variance)).exp()
                return weight * segment.program.complex([v, *fixed], analytic)

            part = acb.integral(
                integrand, acb(low.mid()), acb(high.mid()), abs_tol=goal, rel_tol=goal
            )
            for end in (low, high):
                if not end.is_exact():
                    part += arb(0, end.rad()) * integrand(acb(end), False)
            total += part
        scale = (2 * arb.pi() * variance).sqrt()
        error = (tail * growth).abs_upper()
        return total / scale + acb(arb(0, error), arb(0, error))
