r"""Closed expressions as polynomials in transcendental atoms, each in one way.

An element is a dictionary: (atoms, exponent, radicals) -> fraction, for the sum of

    fraction * prod sqrt(radicand) * e^exponent * prod atom^power,

where an atom is Phi, Phi2, asin, Gamma or any other function, written with the sign that makes it
unique: Phi and Phi2 with negative arguments, asin with a positive one.  Equal combinations of
these atoms become equal dictionaries.
"""

import sympy as sp

from .radicals import Field, Radicals
from .special import BinormalExp, CosBelow, Phi, Phi2, PhiGiven, SinBelow

__all__ = ["UNIT", "Elements", "generators_of"]

#: The key of an algebraic term: no atoms, exponent 0, no square roots.
UNIT = (frozenset(), frozenset(), Radicals())

_HIGHEST_POWER = 256


def generators_of(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """The symbols and constants in which the fractions of ``expr`` are taken."""
    found = set(expr.free_symbols) | (expr.atoms(sp.NumberSymbol) - {sp.E}) | {sp.pi}
    for node in expr.atoms(sp.Function):
        if not node.free_symbols and not isinstance(node, sp.exp):
            found |= _constant(node).atoms(sp.Function) - set(node.atoms(sp.exp))
    exponents = [e.exp for e in expr.atoms(sp.exp) if e.exp.is_Rational]
    if exponents or expr.has(sp.E):
        step = sp.Rational(1, sp.ilcm(1, 1, *(e.q for e in exponents)))
        if all(abs(e) <= _HIGHEST_POWER * step for e in exponents):
            found.add(sp.exp(step))
    found = {g for g in found if g.is_Symbol or g.is_real}
    return tuple(sorted(found, key=lambda g: (not g.is_Symbol, str(g), sp.default_sort_key(g))))


def _constant(node):
    """A function of numbers in terms of Phi at a negative number, where it is one."""
    argument = node.args[0]
    if isinstance(node, sp.erf):
        return 2 * _constant(Phi(sp.sqrt(2) * argument)) - 1
    if isinstance(node, sp.erfc):
        return 2 * _constant(Phi(-sp.sqrt(2) * argument))
    if isinstance(node, Phi) and argument.is_positive:
        return 1 - Phi(-argument)
    if isinstance(node, sp.gamma) and argument.is_Rational:
        return sp.expand_func(node)
    return node


def _invertible(element):
    """Whether the inverse is an element again: a monomial, or a + b sqrt(r)."""
    if len(element) == 1:
        return True
    return len(element) == 2 and UNIT in element and all(k[:2] == UNIT[:2] for k in element)


class Elements:
    """Conversion of expressions to elements over one field, and the arithmetic of elements."""

    def __init__(self, field: Field, show):
        self.field = field
        self.show = show
        self._known = {}
        self._bases = set()
        roots_of_e = [g for g in field.generators if isinstance(g, sp.exp) or g is sp.E]
        self._root_of_e = roots_of_e[0] if roots_of_e else None
        self._step = self._root_of_e.as_base_exp()[1] if roots_of_e else None
        self._functions = {
            Phi: self._phi,
            Phi2: self._phi2,
            PhiGiven: self._phi_given,
            BinormalExp: self._binormal_exp,
            CosBelow: self._wave_below,
            SinBelow: self._wave_below,
            sp.asin: self._asin,
            sp.acos: lambda e: self(sp.pi / 2 - sp.asin(*e.args)),
            sp.erf: lambda e: self(2 * Phi(sp.sqrt(2) * e.args[0]) - 1),
            sp.erfc: lambda e: self(2 * Phi(-sp.sqrt(2) * e.args[0])),
            sp.cosh: lambda e: self((sp.exp(e.args[0]) + sp.exp(-e.args[0])) / 2),
            sp.sinh: lambda e: self((sp.exp(e.args[0]) - sp.exp(-e.args[0])) / 2),
            sp.gamma: self._gamma,
        }

    def __call__(self, expr: sp.Expr) -> dict:
        """The element of an expression."""
        if expr not in self._known:
            self._known[expr] = self._convert(expr)
        return self._known[expr]

    def _convert(self, expr):
        if expr in self.field.index:
            return {UNIT: self.field.generator(expr)}
        if expr.is_Rational:
            return _clean({UNIT: self.field.rational(expr)})
        if expr is sp.I:
            return {(*UNIT[:2], Radicals({-1})): self.field.one}
        if expr.is_Add:
            return self.total(map(self, expr.args))
        if expr.is_Mul:
            product = {UNIT: self.field.one}
            for factor in expr.args:
                product = self.product(product, self(factor))
            return product
        if isinstance(expr, sp.exp) or expr is sp.E:
            return self._exponential(expr.as_base_exp()[1])
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        return self._function(expr)

    def total(self, elements) -> dict:
        """The sum of elements."""
        result: dict = {}
        for element in elements:
            for key, value in element.items():
                result[key] = result[key] + value if key in result else value
        return _clean(result)

    def scaled(self, element, factor) -> dict:
        """A fraction times an element."""
        return {key: value * factor for key, value in element.items()}

    def product(self, first, second) -> dict:
        """The product of two elements."""
        if len(first) > len(second):
            first, second = second, first
        parts = [
            self._times(key, other, value * factor)
            for key, value in first.items()
            for other, factor in second.items()
        ]
        return parts[0] if len(parts) == 1 else self.total(parts)

    def _times(self, key, other, value):
        if key == UNIT:
            return {other: value}
        if other == UNIT:
            return {key: value}
        common = key[2] & other[2]
        if common:
            value = value * self.field.square(common)
        exponent = key[1] or other[1]
        if key[1] and other[1]:
            exponent = frozenset(self.total([dict(key[1]), dict(other[1])]).items())
        atoms, extra = self._join(key[0], other[0])
        result = {(atoms, exponent, key[2] ^ other[2]): value}
        for element in extra:
            result = self.product(result, element)
        return result

    def _join(self, first, second):
        """(powers of atoms, whole powers of algebraic bases that the product completes)."""
        if not first or not second:
            return first | second, ()
        powers, extra = dict(first), []
        for base, power in second:
            power = sp.expand(powers.pop(base, sp.S.Zero) + power)
            if base in self._bases:
                element = self(base)
                whole = self._whole_part(base, element, power)
                if whole:
                    extra.append(self._whole_power(element, whole))
                    power -= whole
            if power != 0:
                powers[base] = power
        return frozenset(powers.items()), extra

    def _exponential(self, argument):
        element = dict(self(argument))
        factor = self.field.one
        constant = element.get(UNIT)
        if constant is not None and self._step is not None and constant.denom.is_ground:
            number = sp.Rational(int(constant.numer.coeff(1)), int(constant.denom.LC))
            steps = number / self._step
            if steps.is_Integer and abs(steps) <= _HIGHEST_POWER:
                factor = self.field.generator(self._root_of_e) ** int(steps)
                element[UNIT] = constant - self.field.rational(number)
        return {(frozenset(), frozenset(_clean(element).items()), Radicals()): factor}

    def _power(self, base, exponent):
        if exponent.is_Integer and abs(exponent) <= _HIGHEST_POWER:
            return self._whole_power(self(base), int(exponent))
        element = self(base)
        if exponent.is_Rational and exponent.q == 2 and element.keys() == {UNIT}:
            radicals, outside = self.field.root(element[UNIT])
            root = {(*UNIT[:2], radicals): outside}
            return self._whole_power(root, int(exponent.p))
        base = self.show(element)
        self._bases.add(base)
        whole = self._whole_part(base, element, exponent)
        rest = {(frozenset({(base, exponent - whole)}), *UNIT[1:]): self.field.one}
        return self.product(self._whole_power(element, whole), rest) if whole else rest

    def _whole_part(self, base, element, exponent):
        """The whole power of ``base`` that becomes an element of its own."""
        whole = int(sp.floor(exponent.as_coeff_Add()[0]))
        if element == self._atom(base) or (whole < 0 and not _invertible(element)):
            return 0
        return whole

    def _whole_power(self, element, n):
        if n < 0:
            element, n = self._inverse(element), -n
        result = {UNIT: self.field.one}
        for _ in range(n):
            result = self.product(result, element)
        return result

    def _inverse(self, element):
        if len(element) == 1:
            ((atoms, exponent, radicals), value) = next(iter(element.items()))
            atoms = frozenset((base, -power) for base, power in atoms)
            exponent = frozenset((key, -part) for key, part in exponent)
            return {(atoms, exponent, radicals): 1 / (value * self.field.square(radicals))}
        if _invertible(element):
            # 1/(a + sqrt(r) b) = (a - sqrt(r) b)/(a^2 - r b^2)
            (key,) = element.keys() - {UNIT}
            norm = element[UNIT] ** 2 - self.field.square(key[2]) * element[key] ** 2
            conjugate = {UNIT: element[UNIT], key: -element[key]}
            return self.scaled(conjugate, 1 / norm)
        return self._atom(self.show(element), sp.S.NegativeOne)

    def _atom(self, expr, power=sp.S.One):
        return {(frozenset({(expr, power)}), *UNIT[1:]): self.field.one}

    def _function(self, expr):
        if (
            not expr.is_Function
            or not expr.args
            or not all(isinstance(a, sp.Expr) for a in expr.args)
        ):
            return self._atom(expr)
        if not expr.free_symbols:
            constant = _constant(expr)
            if constant != expr:
                return self(constant)
        if expr.func in self._functions:
            return self._functions[expr.func](expr)
        rebuilt = expr.func(*(self.show(self(a)) for a in expr.args))
        if isinstance(rebuilt, expr.func):
            return self._atom(rebuilt)
        # a function that moves a sign out of its argument may find it there again and again
        return self._atom(expr) if rebuilt.has(expr.func) else self(rebuilt)

    def _made(self, made, kind):
        """The atom of a function of arguments in their final form, if it did not evaluate."""
        return self._atom(made) if isinstance(made, kind) else self(made)

    def _signed(self, argument):
        """(negated?, the argument with a positive sign) of an expression."""
        element = self(argument)
        if not self._is_negative(element):
            return False, element
        return True, self.scaled(element, -self.field.one)

    def _is_negative(self, element):
        """The sign of an element at a generic point (square roots count as themselves)."""
        total = 0.0
        for (atoms, exponent, radicals), value in element.items():
            if atoms or exponent:
                return self.show(element).could_extract_minus_sign()
            size = float(self.field.at_sample(value.numer) / self.field.at_sample(value.denom))
            for radicand in radicals:
                inside = self.field.at_sample(self.field.fractions(radicand).numer)
                size *= abs(float(inside)) ** 0.5
            total += size
        return total < 0

    def _phi(self, expr):
        negative, size = self._signed(expr.args[0])
        tail = self._made(Phi(self.show(self.scaled(size, -self.field.one))), Phi)
        return tail if negative else self._complement({UNIT: self.field.one}, tail)

    def _complement(self, whole, part):
        return self.total([whole, self.scaled(part, -self.field.one)])

    def _asin(self, expr):
        negative, size = self._signed(expr.args[0])
        value = self._made(sp.asin(self.show(size)), sp.asin)
        return self.scaled(value, -self.field.one) if negative else value

    def _phi2(self, expr):
        """Phi2(h, k; r) = Phi(k) - Phi2(-h, k; -r) until no threshold is positive."""
        h, k, r = expr.args
        for first, second in ((h, k), (k, h)):
            negative, size = self._signed(first)
            if size and not negative:
                return self._reflected(first, second, r)
        if (not self(h) or not self(k)) and self._signed(r)[0]:
            return self._reflected(h, k, r) if not self(h) else self._reflected(k, h, r)
        return self._made(Phi2(*(self.show(self(a)) for a in (h, k, r))), Phi2)

    def _reflected(self, first, second, r):
        return self._complement(self(Phi(second)), self(Phi2(-first, second, -r)))

    def _phi_given(self, expr):
        """P(U <= h | W = k) with h negative and k positive."""
        h, k, r = expr.args
        slope = self._regular_slope(h, k, r)
        if slope is not None:
            spread = self(sp.sqrt(1 - r**2))
            return self(Phi(self.show(self.product(slope, spread))))
        if self._signed(k)[0]:
            k, r = -k, -r
        negative, size = self._signed(h)
        if size and not negative:
            other = self(PhiGiven(-h, k, -r))
            return self._complement({UNIT: self.field.one}, other)
        return self._made(PhiGiven(*(self.show(self(a)) for a in (h, k, r))), PhiGiven)

    def _regular_slope(self, h, k, r):
        """(h - r k)/(1 - r^2) where the numerator contains the denominator, or None."""
        gap = self(h - r * k)
        quotient = self.product(gap, self._inverse(self(1 - r**2)))
        for key, value in quotient.items():
            if key not in gap or gap[key].denom.rem(value.denom):
                return None
        return quotient

    def _binormal_exp(self, expr):
        """exp of minus a quadratic form with both arguments positive."""
        h, k, r = expr.args
        for flip in (self._signed(h)[0], self._signed(k)[0]):
            r = -r if flip else r
        h, k = (self.show(self._signed(a)[1]) for a in (h, k))
        return self._made(BinormalExp(h, k, self.show(self(r))), BinormalExp)

    def _wave_below(self, expr):
        """CosBelow and SinBelow with h negative and y positive."""
        even, one = expr.func is CosBelow, self.field.one
        (upper, h), (backward, y) = map(self._signed, expr.args)
        tail = expr.func(self.show(self.scaled(h, -one)), self.show(y))
        value = self._made(tail, expr.func)
        if even and h and not upper:
            return self._complement(self(sp.exp(-(expr.args[1] ** 2) / 2)), value)
        return self.scaled(value, -one) if backward and not even else value

    def _gamma(self, expr):
        """Gamma(a + n) = a (a + 1) ... (a + n - 1) Gamma(a), 0 < a <= 1 for a number."""
        argument = self.show(self(expr.args[0]))
        steps = int(sp.ceiling(argument.as_coeff_Add()[0])) - 1
        if steps < 1 or steps > _HIGHEST_POWER:
            return self._made(sp.gamma(argument), sp.gamma)
        least = argument - steps
        product = self._made(sp.gamma(least), sp.gamma)
        for k in range(steps):
            product = self.product(product, self(least + k))
        return product


def _clean(element):
    return {key: value for key, value in element.items() if value != 0}
