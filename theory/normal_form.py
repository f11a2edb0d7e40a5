r"""The form in which closed expressions are returned: collected, factored, one way to write each.

A closed expectation is a sum of (algebraic coefficient) x (transcendental atom).  Terms with the
same atom (an arcsine, an exponential, a Phi) are added, and their coefficient is written as a
rational function times a product of square roots, each rational function factored.  This is a
normal form for the expressions that :mod:`theory.orthant` makes, and costs polynomial arithmetic
only; no general simplifier is called.
"""

import sympy as sp

from .special import Phi
from .symbols import rho

__all__ = ["normal_form", "plain_signs", "positive_root"]


def positive_root(value: sp.Expr) -> sp.Expr:
    """The square root of a positive rational function, with known-positive factors taken apart.

    >>> from theory.symbols import q, rho
    >>> positive_root((2*q + 1)**2 * (1 - rho**2) / q)
    sqrt(1 - rho**2)*(2*q + 1)/sqrt(q)
    """
    numerator, denominator = sp.fraction(sp.factor(value))
    return _root_of_polynomial(numerator) / _root_of_polynomial(denominator)


def _root_of_polynomial(value):
    coefficient, factors = sp.factor_list(value)
    outside, inside = sp.S.One, coefficient
    for factor, power in factors:
        if factor.is_positive:
            outside *= factor ** sp.Rational(power, 2)
        else:
            outside *= sp.Abs(factor) ** (power // 2)
            inside *= factor ** (power % 2)
    return outside * sp.sqrt(sp.expand(inside))


def normal_form(expr: sp.Expr) -> sp.Expr:
    """Collect ``expr`` on its transcendental atoms and factor the coefficients.

    >>> from theory.symbols import q
    >>> normal_form(q*sp.asin(q)/2 + 1/(1 + q) + q*sp.asin(q)/2 - 1/(1 + q)**2)
    q*asin(q) + q/(q + 1)**2
    """
    expr = _expand_numerators(_expand_numerators(expr).replace(Phi, _left_tail))
    groups: dict = {}
    for term in sp.Add.make_args(expr):
        atom, algebraic = _separate(term)
        groups.setdefault(atom, []).append(algebraic)
    parts = _hyperbolic([(atom, _algebraic(terms)) for atom, terms in groups.items()])
    return sp.Add(*(sp.Mul(coefficient, atom) for atom, coefficient in parts))


def _expand_numerators(expr):
    """Expand products and positive powers of sums; SymPy's expand also multiplies denominators."""
    negative = [p for p in expr.atoms(sp.Pow) if p.exp.could_extract_minus_sign()]
    hidden = {power: sp.Dummy(positive=True) for power in negative}
    expanded = sp.expand(
        expr.xreplace(hidden), power_base=False, power_exp=False, log=False, trig=False
    )
    return expanded.xreplace({dummy: power for power, dummy in hidden.items()})


def _hyperbolic(parts):
    """Pairs k e^{a+b} ± k e^{a-b} become 2k e^a cosh(b) or 2k e^a sinh(b)."""
    done: list = []
    waiting = list(parts)
    while waiting:
        atom, coefficient = waiting.pop(0)
        for partner in waiting:
            odd_part = _odd_part(atom, partner[0])
            equal = sp.expand(coefficient - partner[1]).is_zero
            if odd_part is None or not (equal or sp.expand(coefficient + partner[1]).is_zero):
                continue
            waiting.remove(partner)
            even_part = _short(_expand_numerators(atom.args[0] - odd_part))
            odd_part = _short(odd_part)
            if odd_part.could_extract_minus_sign():
                odd_part, coefficient = -odd_part, partner[1]
            wave = sp.cosh(odd_part) if equal else sp.sinh(odd_part)
            atom, coefficient = sp.exp(even_part) * wave, 2 * coefficient
            break
        done.append((atom, coefficient))
    return done


def _odd_part(first, second):
    """b if the atoms are e^{a+b} and e^{a-b} with no term in common between a and b."""
    if not (isinstance(first, sp.exp) and isinstance(second, sp.exp)):
        return None
    terms, others = (set(sp.Add.make_args(_expand_numerators(e.args[0]))) for e in (first, second))
    flipped = terms - others
    if not flipped or {-term for term in flipped} != others - terms:
        return None
    return sp.Add(*flipped)


def _left_tail(argument):
    """Phi written with an argument that carries a minus sign: small numbers, no 1 - (1 - eps)."""
    if argument.could_extract_minus_sign():
        return Phi(argument)
    return 1 - Phi(-argument)


def _separate(term):
    """(transcendental factor, algebraic factor) of one product."""
    atoms, algebraic, exponents = [], [], []
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            exponents.append(factor.args[0])
        elif (factor.is_number and not factor.has(sp.Function)) or (
            exponent.is_number and exponent.is_Rational and _is_algebraic(base)
        ):
            algebraic.append(factor)
        else:
            atoms.append(factor)
    if exponents:
        atoms.append(sp.exp(_short(sp.Add(*exponents))))
    return sp.Mul(*atoms), sp.Mul(*algebraic)


def _short(expr):
    """The shorter of the expanded and the factored form."""
    return min(_expand_numerators(expr), plain_signs(sp.factor(expr)), key=sp.count_ops)


def _is_algebraic(base):
    return not base.has(sp.Function, sp.exp)


def _algebraic(terms):
    """A sum of products of rational functions and square roots, collected on the roots."""
    groups: dict = {}
    for term in terms:
        radicals, rational = _radicals(term)
        groups.setdefault(radicals, []).append(rational)
    total = []
    for radicals, rationals in groups.items():
        rational = sp.factor(sp.together(sp.Add(*rationals)))
        for radicand in radicals:
            rational = _times_root(rational, radicand)
        total.append(rational)
    return sp.Add(*total)


def _times_root(rational: sp.Expr, radicand: sp.Expr) -> sp.Expr:
    """rational * sqrt(radicand), written as (rational * radicand) / sqrt(radicand) if shorter.

    >>> from theory.symbols import rho
    >>> _times_root(rho/(rho**2 - 1), 1 - rho**2)
    -rho/sqrt(1 - rho**2)
    """
    if radicand.is_number:
        return rational * sp.sqrt(radicand)
    absorbed = sp.factor(rational * radicand)
    if sp.count_ops(absorbed) < sp.count_ops(rational):
        return plain_signs(absorbed) / sp.sqrt(radicand)
    return plain_signs(rational) * sp.sqrt(radicand)


def plain_signs(expr):
    """Factors that are mostly negative, or negative at rho = 0, change their sign.

    >>> from theory.symbols import q, rho
    >>> plain_signs((-q - 1) / (rho - 1))
    (q + 1)/(1 - rho)
    """
    sign, factors = sp.S.One, []
    for factor in sp.Mul.make_args(expr):
        base, exponent = factor.as_base_exp()
        if base.is_Add and exponent.is_Integer:
            minus = sum(term.could_extract_minus_sign() for term in base.args)
            if 2 * minus > len(base.args) or base.subs(rho, 0).is_negative:
                sign *= (-1) ** exponent
                factor = sp.Mul(*[(-base) ** exponent])
        factors.append(factor)
    return sp.Mul(sign, *factors)


def _radicals(term):
    """(the square roots in a product, sorted; the rational function that remains)."""
    found, rational = [], []
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent.q == 2:
            found.append(base)
            rational.append(base ** (exponent - sp.S.Half))
        else:
            rational.append(factor)
    return tuple(sorted(found, key=sp.default_sort_key)), sp.Mul(*rational)
