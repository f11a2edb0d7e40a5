"""How a closed expression is written: short factors, common ones in front, hyperbolic pairs.

The input is canonical (:mod:`theory.transcendental`), and every choice here is the shortest of a
few ways of writing the same thing, so equal expressions are also written equally.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from .symbols import rho

__all__ = ["Layout"]

_LONGEST_SUM = 12
_LONGEST_POLYNOMIAL = 16


@dataclass(frozen=True)
class Product:
    """number * prod base^power * atom, the bases being polynomials, primes and -1."""

    number: sp.Rational
    powers: dict
    atom: sp.Expr = sp.S.One


class Layout:
    """Writes elements over a field as expressions."""

    def __init__(self, field, roots):
        self.field = field
        self.roots = roots
        self._written = {}

    def __call__(self, element: dict) -> sp.Expr:
        """The element as an expression."""
        key = frozenset(element.items())
        if key not in self._written:
            self._written[key] = self._sum(element)
        return self._written[key]

    def _sum(self, element):
        groups: dict = {}
        for (atoms, exponent, radicals), value in element.items():
            groups.setdefault((atoms, exponent), {})[radicals] = value
        terms = [
            self._product(value, radicals, atom)
            for atom, coefficient in self._hyperbolic(groups)
            for radicals, value in coefficient.items()
        ]
        if len(terms) <= 1:
            return self._written_out(terms[0]) if terms else sp.S.Zero
        forms = [self._plain_sum(terms), *self._with_common_factor(terms)]
        if len(forms) == 1:
            return forms[0]
        return min(forms, key=lambda form: sp.count_ops(form.xreplace(self.roots)))

    # pairs of exponentials

    def _hyperbolic(self, groups):
        """(atom, coefficient) pairs; k e^(a+b) ± k e^(a-b) become 2k e^a cosh b, 2k e^a sinh b."""
        waiting = sorted(
            ((self._atom(*key), key, part) for key, part in groups.items()),
            key=lambda item: sp.default_sort_key(item[0]),
        )
        done = []
        while waiting:
            atom, (atoms, exponent), coefficient = waiting.pop(0)
            for other in waiting:
                wave = self._wave((atoms, exponent), coefficient, *other[1:])
                if wave is not None:
                    waiting.remove(other)
                    atom, coefficient = wave
                    break
            done.append((atom, coefficient))
        return done

    def _atom(self, atoms, exponent):
        powers = sorted(atoms, key=lambda item: sp.default_sort_key(item[0]))
        return sp.Mul(*(base**power for base, power in powers), self._exponential(exponent))

    def _exponential(self, exponent):
        return sp.exp(self(dict(exponent))) if exponent else sp.S.One

    def _wave(self, key, coefficient, other_key, other):
        if key[0] != other_key[0] or coefficient.keys() != other.keys():
            return None
        equal = all(other[r] == value for r, value in coefficient.items())
        if not equal and not all(other[r] == -value for r, value in coefficient.items()):
            return None
        parts = self._even_and_odd(dict(key[1]), dict(other_key[1]))
        if parts is None:
            return None
        even, odd = parts
        if self.field.is_negative(next(iter(odd.values()))):
            odd = {k: -value for k, value in odd.items()}
            coefficient = other
        wave = (sp.cosh if equal else sp.sinh)(self(odd))
        rest = self._atom(key[0], frozenset(even.items()))
        return rest * wave, {r: 2 * value for r, value in coefficient.items()}

    def _even_and_odd(self, first, second):
        """(a, b) with first = a + b, second = a - b and no monomial in common, or None."""
        even, odd = {}, {}
        for key in first.keys() | second.keys():
            one, two = first.get(key, self.field.zero), second.get(key, self.field.zero)
            if one and two and one.denom != two.denom:
                return None
            monomials, others = dict(one.numer.terms()), dict(two.numer.terms())
            if monomials.keys() != others.keys():
                return None
            if any(abs(monomials[m]) != abs(others[m]) for m in monomials):
                return None
            for part, value in ((even, (one + two) / 2), (odd, (one - two) / 2)):
                if value != 0:
                    part[key] = value
        return (even, odd) if odd else None

    # one product

    def _product(self, value, radicals, atom=sp.S.One):
        number, found = self.field.factors(value)
        powers = {base: sp.Integer(power) for base, power in found.items()}
        for base in radicals:
            powers[base] = powers.get(base, sp.S.Zero) + sp.S.Half
        return Product(number, self._conjugates_joined(powers), atom)

    def _conjugates_joined(self, powers):
        """f(g) f(-g) as one factor where both have the same power: 1 - rho^2, not two factors."""
        polynomials = [b for b in powers if not isinstance(b, int) and len(b) > 1]
        for i, f in enumerate(polynomials):
            for g in polynomials[:i]:
                if (
                    f in powers
                    and g in powers
                    and powers[f] == powers[g]
                    and self._conjugate(f, g)
                ):
                    power = powers.pop(f)
                    powers.pop(g)
                    return self._conjugates_joined({**powers, f * g: power})
        return powers

    def _conjugate(self, f, g):
        first, second = dict(f.terms()), dict(g.terms())
        if first.keys() != second.keys():
            return False
        for i in range(len(self.field.generators)):
            if not any(powers[i] for powers in first):
                continue
            mirrored = {p: c * (-1) ** p[i] for p, c in first.items()}
            if mirrored == second or {p: -c for p, c in mirrored.items()} == second:
                return True
        return False

    def _base(self, base):
        if isinstance(base, int):
            return sp.Integer(base)
        return _shortest(self.field.polynomial(base))

    def _written_out(self, term):
        plain = self._plain(term)
        split = self._split_in_rho(term)
        return plain if split is None or sp.count_ops(split) >= sp.count_ops(plain) else split

    def _plain(self, term):
        return sp.Mul(
            term.number, *(self._base(b) ** p for b, p in term.powers.items()), term.atom
        )

    def _split_in_rho(self, term):
        """(N0 + rho^2 N2)/d written as N0/d + rho^2 N2/d, if d is free of rho."""
        long = [b for b in term.powers if self._is_long(b)]
        tops = [b for b in long if term.powers[b] == 1]
        tops = [b for b in tops if rho in self.field.polynomial(b).free_symbols]
        below = [b for b in long if term.powers[b] < 0 and term.powers[b].is_Integer]
        below = [b for b in below if rho not in self.field.polynomial(b).free_symbols]
        if len(tops) != 1 or not below:
            return None
        scale = self.field.one
        for b in below:
            scale *= self.field.fractions(b) ** int(term.powers[b])
        kept = {b: p for b, p in term.powers.items() if b not in (tops[0], *below)}
        position = self.field.index[rho]
        orders: dict = {}
        for powers, coefficient in tops[0].terms():
            part = orders.setdefault(powers[position], tops[0].ring.zero)
            part[powers] = coefficient
        inner = [self._plain(self._product(part * scale, ())) for part in orders.values()]
        return self._plain(Product(term.number, kept, term.atom * sp.Add(*inner)))

    def _spread(self, term):
        """A polynomial that stands alone in a sum is written as its monomials."""
        long = [b for b in term.powers if self._is_long(b)]
        alone = len(long) == 1 and term.powers[long[0]] == 1 and term.atom == 1
        if alone and all(p.is_Integer and p > 0 for p in term.powers.values()):
            plain = self._plain(term)
            if not plain.atoms(sp.Function):
                return sp.expand(plain)
        return self._written_out(term)

    # sums

    def _with_common_factor(self, terms):
        common = _common_powers(terms)
        outer = {b: p for b, p in common.items() if self._varies(b) or self._is_long(b)}
        if not outer:
            return
        contents = [(sp.S.One, outer)]
        if len(terms) <= _LONGEST_SUM:
            constants = {
                b: min(t.powers.get(b, sp.S.Zero) for t in terms) for b in self._constants(terms)
            }
            contents += [(number, {**constants, **outer}) for number in _contents(terms)]
        for number, powers in contents:
            rest = [_divided(t, number, powers) for t in terms]
            outside = Product(number, powers)
            for inside in (self._plain_sum(rest), self._angles(rest)):
                if inside is not None:
                    yield sp.Mul(self._plain(outside), inside)

    def _varies(self, base):
        return not isinstance(base, int) and bool(self.field.polynomial(base).free_symbols)

    def _is_long(self, base):
        return not isinstance(base, int) and len(base) > 1

    def _constants(self, terms):
        return sorted(
            {
                b
                for t in terms
                for b in t.powers
                if not self._varies(b) and not self._is_long(b) and b != -1
            },
            key=str,
        )

    def _plain_sum(self, terms):
        return sp.Add(*(self._spread(t) for t in terms))

    def _angles(self, terms):
        """a asin(z) ± a pi/2 as a (asin(z) ± pi/2), or None if there is nothing to join."""
        terms = list(terms)
        for arc in [t for t in terms if isinstance(t.atom, sp.asin)]:
            for term in [t for t in terms if t.atom == 1]:
                ratio = self._ratio_to_pi(term, arc)
                if ratio is not None and 2 % ratio.q == 0 and arc.powers:
                    rest = [self._spread(t) for t in terms if t not in (arc, term)]
                    angle = arc.atom + ratio * sp.pi
                    return sp.Add(self._plain(Product(arc.number, arc.powers, angle)), *rest)
        return None

    def _ratio_to_pi(self, term, arc):
        pi = self.field.generator(sp.pi).numer
        powers = dict(term.powers)
        powers[pi] = powers.get(pi, sp.S.Zero) - 1
        powers = {b: p for b, p in powers.items() if p != 0}
        return term.number / arc.number if powers == arc.powers else None


def _common_powers(terms):
    common = {}
    for base in terms[0].powers:
        powers = [t.powers.get(base, sp.S.Zero) for t in terms]
        if all(p > 0 for p in powers):
            common[base] = min(powers)
        elif all(p < 0 for p in powers):
            common[base] = max(powers)
    return common


def _contents(terms):
    """Numbers to be put in front: those of the terms, with the sign they all have."""
    sign = -1 if all(t.number < 0 for t in terms) else 1
    numbers = sorted({abs(t.number) for t in terms}, key=lambda n: (n.q, n.p))
    return [sign * n for n in numbers[:3]]


def _divided(term, number, powers):
    left = {b: term.powers.get(b, sp.S.Zero) - powers.get(b, 0) for b in {*term.powers, *powers}}
    return Product(term.number / number, {b: p for b, p in left.items() if p != 0}, term.atom)


@lru_cache(maxsize=4096)
def _shortest(poly):
    """A polynomial expanded, or by powers of one symbol with factored coefficients.

    >>> from theory.symbols import q1, q2
    >>> _shortest(sp.expand((1 + q1)*(1 + q2) - q1*q2*rho**2))
    -q1*q2*rho**2 + (q1 + 1)*(q2 + 1)
    """
    if not 3 <= len(poly.args) <= _LONGEST_POLYNOMIAL or not poly.is_Add:
        return poly
    forms = [poly]
    for symbol in sorted(poly.free_symbols, key=lambda s: (s != rho, str(s))):
        collected = sp.collect(poly, symbol, evaluate=False)
        forms.append(sp.Add(*(power * sp.factor(part) for power, part in collected.items())))
    return min(forms, key=sp.count_ops)
