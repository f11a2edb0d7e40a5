r"""Cancellation between gamma functions of arguments linear in s.

Used are Gamma(z + 1) = z Gamma(z), which turns a quotient whose arguments differ by a whole number
into linear factors s + p, and Gauss's multiplication

    Gamma(n z) = (2 pi)^((1 - n)/2) n^(n z - 1/2) prod_{k < n} Gamma(z + k/n).
"""

from collections import Counter
from itertools import product

import sympy as sp

__all__ = ["common_slope", "normalised", "split"]

#: Gauss's formula is not used to split one gamma function into more than this many.
MOST_PARTS = 12


def normalised(constant, base, upper, lower):
    """(constant, base, upper, lower) of the same function with as few factors as are found."""
    best = _cancelled(constant, base, upper, lower)
    if best[2] and best[3] and (step := common_slope(best[2] + best[3])) is not None:
        divided = _cancelled(*_merged(*_cancelled(*split(*best, step))))
        if len(divided[2] + divided[3]) < len(best[2] + best[3]):
            return divided
    merged = _merged(*best)
    return _cancelled(*merged) if len(merged[2] + merged[3]) < len(best[2] + best[3]) else best


def common_slope(factors):
    """The largest d of which every slope is a whole multiple >= 1 up to MOST_PARTS, or None."""
    slopes = [alpha for _, alpha in factors]
    first = slopes[0]
    ratios = [sp.cancel(alpha / first) for alpha in slopes]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    divisor = sp.Rational(sp.igcd(*(r.p for r in ratios)), sp.ilcm(*(r.q for r in ratios)))
    if any(abs(ratio / divisor) > MOST_PARTS for ratio in ratios):
        return None
    step = first * divisor
    return -step if step.is_negative else step


def split(constant, base, upper, lower, step):
    """The same function with every slope equal to ``step`` or -``step``, by Gauss's formula."""
    parts = ([], [])
    for side, factors in enumerate((upper, lower)):
        for a, alpha in factors:
            n = abs(sp.cancel(alpha / step))
            sign = 1 - 2 * side
            front = (2 * sp.pi) ** ((1 - n) / 2) * n ** (a - sp.Rational(1, 2))
            constant *= front**sign
            base *= n ** (alpha * sign)
            parts[side].extend((sp.expand((a + k) / n), alpha / n) for k in range(n))
    return constant, base, tuple(parts[0]), tuple(parts[1])


def _cancelled(constant, base, upper, lower):
    """Arguments that differ by whole numbers cancelled, linear factors absorbed where possible."""
    upper, lower = list(upper), list(lower)
    linear = Counter()  # p -> multiplicity of (s + p)
    for top, below in product(list(upper), list(lower)):
        if top not in upper or below not in lower:
            continue
        shift = _whole_shift(top, below)
        if shift is None:
            continue
        upper.remove(top)
        lower.remove(below)
        a, alpha = below if shift > 0 else top
        power = 1 if shift > 0 else -1
        for j in range(abs(shift)):
            linear[sp.cancel((a + j) / alpha)] += power
            constant *= alpha**power
    constant = _absorb(linear, constant, upper, lower)
    constant, base = _write_linear(linear, constant, base, upper, lower)
    return sp.powsimp(constant), sp.powsimp(base), tuple(upper), tuple(lower)


def _whole_shift(top, below):
    """n if top = below + n with a whole number |n| <= 100."""
    if sp.expand(top[1] - below[1]) != 0:
        return None
    shift = sp.cancel(top[0] - below[0])
    return int(shift) if shift.is_Integer and abs(shift) <= 100 else None


def _absorb(linear, constant, upper, lower):
    """Take factors s + p into gamma functions that they raise or lower by one."""
    changed = True
    while changed:
        changed = False
        for place, power in list(linear.items()):
            for factors, sign in ((upper, 1), (lower, -1)):
                for position, (a, alpha) in enumerate(factors):
                    if power == 0:
                        break
                    raises = power * sign > 0
                    pole = a / alpha if raises else (a - 1) / alpha
                    if sp.cancel(pole - place) != 0:
                        continue
                    factors[position] = (sp.expand(a + 1 if raises else a - 1), alpha)
                    step = 1 if power > 0 else -1
                    constant *= alpha ** (-step)
                    power -= step
                    linear[place] = power
                    changed = True
    return constant


def _write_linear(linear, constant, base, upper, lower):
    """Write the factors s + p that are left as quotients of gamma functions."""
    for power in (1, -1):
        places = sorted(
            (p for p, m in linear.items() for _ in range(max(0, m * power))),
            key=sp.default_sort_key,
        )
        top, below = (upper, lower) if power > 0 else (lower, upper)
        for first, step, count in _progressions(places):
            # prod_j (s + p + j d) = d^n Gamma((s + p)/d + n)/Gamma((s + p)/d)
            top.append((sp.expand(first / step + count), 1 / step))
            below.append((sp.expand(first / step), 1 / step))
            constant *= step ** (count * power)
    return constant, base


def _progressions(places):
    """Arithmetic progressions (first, step, length) that make up a list of places."""
    numbers = all(place.is_number for place in places)
    places = sorted(places) if numbers else list(places)
    while places:
        first = places.pop(0)
        step, count = sp.S.One, 1
        if places:
            gap = sp.cancel(places[0] - first)
            if gap.is_positive:
                step = gap
            elif gap.is_negative:
                first, places[0], step = places[0], first, -gap
            while (following := sp.cancel(first + count * step)) in places:
                places.remove(following)
                count += 1
        yield first, (step if count > 1 else sp.S.One), count


def _merged(constant, base, upper, lower):
    """Complete sets a + k/n, k < n, of equal slope joined by Gauss's formula."""
    for side in (0, 1):
        factors = list((upper, lower)[side])
        joined = True
        while joined:
            joined = False
            for n in range(min(len(factors), MOST_PARTS), 1, -1):
                if found := _complete_set(factors, n):
                    a, alpha = found[0]
                    for factor in found:
                        factors.remove(factor)
                    factors.append((sp.expand(n * a), n * alpha))
                    sign = 1 - 2 * side
                    front = (2 * sp.pi) ** sp.Rational(1 - n, 2)
                    front *= n ** (n * a - sp.Rational(1, 2))
                    constant *= front ** (-sign)
                    base *= sp.Integer(n) ** (-n * alpha * sign)
                    joined = True
                    break
        upper, lower = (tuple(factors), lower) if side == 0 else (upper, tuple(factors))
    return constant, base, upper, lower


def _complete_set(factors, n):
    for a, alpha in factors:
        wanted = [(sp.expand(a + sp.Rational(k, n)), alpha) for k in range(n)]
        if not Counter(wanted) - Counter(factors):
            return wanted
    return None
