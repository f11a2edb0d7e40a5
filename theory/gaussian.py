r"""GaussianExpectation: the mean of f(X) or f(X) g(Y) under a Gaussian law, as a SymPy object.

    E f(X),       X ~ N(m, q)
    E f(X) g(Y),  X ~ N(m_1, q_1), Y ~ N(m_2, q_2), Cov(X, Y) = c

A node keeps its integrand, so it can be differentiated (heat equation, Price's and Bonnet's
theorems, with the boundary terms of kinks and jumps), evaluated to any precision, typeset, turned
into a closed form where one exists, and compiled.  Bound variables are canonical, so equal
expectations compare equal.
"""

import sympy as sp

from .bound import BOUND
from .closed_forms import closed_form, closed_form_reason
from .errors import InputError, UndecidedError
from .expectation_methods import ExpectationMethods
from .integrand import content, half_reflection, is_even, law_key
from .normal_form import normal_form
from .symbols import q as q_symbol
from .symbols import x

__all__ = ["BOUND", "E2", "E", "GaussianExpectation"]


class GaussianExpectation(ExpectationMethods, sp.Expr):
    r"""E of a product of one or two functions of jointly Gaussian variables.

    Build it with :func:`E` or :func:`E2`.  ``args`` are the factors (functions of ``BOUND``), the
    means and the covariance matrix.

    Construction simplifies only what is always simpler: constants are pulled out, a degenerate
    variable is replaced by its value, uncorrelated factors separate, correlation ±1 collapses to
    one variable, and a function of a centred variable that is odd up to a constant is replaced by
    the constant.  Sums are not split (1 - tanh^2 would cancel) and the scale is kept: tanh(2x) at
    q is another node than tanh(x) at 4q.

    Nodes compare equal if their integrands are the same function almost everywhere as far as
    :mod:`theory.integrand` can tell, up to reflections of the variables.

    >>> from theory.symbols import q, rho
    >>> e = E("tanh(x)**2", q)
    >>> e.evalf(15, subs={q: 1})
    0.394294490397841
    >>> E2("relu(x)", "relu(x)", q, q, rho).doit()
    q*(rho*(asin(rho) + pi/2) + sqrt(1 - rho**2))/(2*pi)
    """

    is_commutative = True

    def __new__(cls, factors, means, covariance):
        factors, means = tuple(factors), tuple(sp.S(m) for m in means)
        covariance = sp.ImmutableDenseMatrix(covariance)
        coefficient = sp.S.One
        stripped = []
        for factor in factors:
            constant, rest = factor.as_independent(BOUND, as_Add=False)
            number = content(rest)
            coefficient *= constant * number
            stripped.append(rest / number)
        if coefficient.is_zero:
            return sp.S.Zero
        reduced = _reduce(stripped, means, covariance)
        if reduced is not None:
            return ScaledExpectation(coefficient, reduced)
        if len(stripped) == 2:
            stripped, means, covariance = _ordered(stripped, means, covariance)
        node = super().__new__(cls, sp.Tuple(*stripped), sp.Tuple(*means), covariance)
        return node if coefficient == 1 else ScaledExpectation(coefficient, node)

    def _hashable_content(self):
        if "_key" not in self.__dict__:
            self._key = law_key(self.factors, self.means, self.covariance)
        return self._key

    @property
    def factors(self) -> tuple[sp.Expr, ...]:
        """The integrand as factors, one per variable, each in ``BOUND``."""
        return tuple(self.args[0])

    @property
    def means(self) -> tuple[sp.Expr, ...]:
        """The means of the variables."""
        return tuple(self.args[1])

    @property
    def covariance(self) -> sp.ImmutableDenseMatrix:
        """The covariance matrix of the variables."""
        return self.args[2]

    @property
    def conditions(self) -> sp.Basic:
        """What the variances must satisfy for the expectation to exist.

        Raises UndecidedError where the growth of the integrand is not known.

        >>> from theory.symbols import q
        >>> E("exp(x**2 / 4)", q).conditions, E("1/x", q).conditions, E("tanh(x)", q, 1).conditions
        (q < 2, False, True)
        """
        from .existence import existence

        return existence(self.factors, self.covariance, BOUND)

    @property
    def integrand(self) -> sp.Expr:
        """The integrand in ``x`` (one variable), or in u and v (two)."""
        if len(self.factors) == 1:
            return self.factors[0].xreplace({BOUND: x})
        u, v = sp.symbols("u v", real=True)
        first, second = self.factors
        return first.xreplace({BOUND: u}) * second.xreplace({BOUND: v})

    @property
    def free_symbols(self):
        return set().union(*(a.free_symbols for a in self.args)) - {BOUND}

    @property
    def bound_symbols(self):
        return [BOUND]

    def doit(self, **hints) -> sp.Expr:
        """The closed form where one exists, otherwise this node (see ``closed_form_reason``).

        It is the expectation where ``conditions`` hold; beyond, it is a number without meaning
        (1/sqrt(1 - 2*a*q) turns complex), which evaluating or compiling the node would refuse.

        >>> from theory.symbols import q
        >>> E("erf(x)**2", q).doit()
        2*asin(2*q/(2*q + 1))/pi
        >>> E("tanh(x)", q, 1).doit() == E("tanh(x)", q, 1)
        True
        """
        closed = closed_form(self.factors, self.means, self.covariance, BOUND)
        return self if closed is None else closed

    @property
    def closed_form_reason(self) -> str | None:
        """Why :meth:`doit` leaves this expectation as it is; None if there is a closed form.

        >>> from theory.symbols import q
        >>> E("sigmoid(x)**2", q).closed_form_reason
        'sigmoid(x) is not a polynomial, exponential, sin, cos, erf or Phi of x'
        """
        return closed_form_reason(self.factors, self.means, self.covariance, BOUND)

    def _latex(self, printer, exp=None):
        names = ("u",) if len(self.factors) == 1 else ("u", "v")
        parts = []
        for factor, name in zip(self.factors, names, strict=True):
            body = printer.doprint(factor.xreplace({BOUND: sp.Symbol(name, real=True)}))
            if factor.is_Add and len(self.factors) > 1:
                body = rf"\left({body}\right)"
            parts.append(body)
        power = f"^{{{exp}}}" if exp is not None else ""
        law = self._latex_law(printer, names)
        return rf"\mathbb{{E}}_{{{law}}}{power}\left[{' '.join(parts)}\right]"

    def _latex_law(self, printer, names):
        if len(names) == 1:
            mean, variance = printer.doprint(self.means[0]), printer.doprint(self.covariance[0, 0])
            return rf"u \sim \mathcal{{N}}({mean}, {variance})"
        mean = ", ".join(printer.doprint(m) for m in self.means)
        mean = "0" if all(m.is_zero for m in self.means) else rf"({mean})"
        entries = [printer.doprint(self.covariance[i, j]) for i in (0, 1) for j in (0, 1)]
        matrix = rf"\begin{{smallmatrix}}{entries[0]} & {entries[1]}\\ {entries[2]} & "
        matrix += rf"{entries[3]}\end{{smallmatrix}}"
        return rf"(u, v) \sim \mathcal{{N}}\left({mean}, {matrix}\right)"

    def _sympystr(self, printer):
        names = ("u",) if len(self.factors) == 1 else ("u", "v")
        body = [
            printer.parenthesize(
                factor.xreplace({BOUND: sp.Symbol(name, real=True)}), 50 if len(names) > 1 else 0
            )
            for factor, name in zip(self.factors, names, strict=True)
        ]
        if len(names) == 1:
            mean = self.means[0]
            law = f"u ~ N({printer.doprint(mean)}, {printer.doprint(self.covariance[0, 0])})"
        else:
            centre = "" if all(m.is_zero for m in self.means) else f"{list(self.means)}, "
            law = f"(u, v) ~ N({centre}{self.covariance.tolist()})"
        return f"E[{'*'.join(body)}; {law}]"

    def _sympyrepr(self, printer):
        factors, means = (
            "(" + "".join(f"{printer.doprint(e)}, " for e in group).rstrip() + ")"
            for group in (self.factors, self.means)
        )
        return f"GaussianExpectation({factors}, {means}, {self.covariance.tolist()})"

    def _eval_derivative(self, symbol):
        from .weak_derivative import derivative

        return _scaled(derivative(self, symbol))

    def _eval_evalf(self, prec):
        from .evaluation import evaluate
        from .existence import require_existence

        if self.free_symbols:
            return None
        require_existence(self.factors, self.covariance, BOUND)
        return evaluate(self, prec)

    def _eval_is_real(self):
        return True

    def _eval_is_polynomial(self, syms):
        # SymPy takes what it does not know for a polynomial, and then looks for roots
        return None if self.free_symbols & set(syms) else True

    def _eval_is_nonnegative(self):
        if len(self.factors) == 1 and self.factors[0].is_nonnegative:
            return True
        return None


class ScaledExpectation(ExpectationMethods, sp.Mul):
    """A constant times one expectation: a product that keeps the methods of the expectation.

    It equals the plain SymPy product of the same factors, in either order of comparison.

    >>> e = E("2*tanh(x)**2")
    >>> e == 2 * E("tanh(x)**2"), (e - 2 * E("tanh(x)**2")), e.conditions
    (True, 0, True)
    """

    def __new__(cls, *factors):
        return _scaled(sp.Mul(*factors))

    @classmethod
    def _from_args(cls, args, is_commutative=None):
        # SymPy splits products through this method; a part without the node is a plain product
        return _scaled(sp.Mul._from_args(args, is_commutative))

    def __eq__(self, other):
        return sp.Mul._from_args(self.args) == other

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(sp.Mul._from_args(self.args))

    @property
    def node(self) -> GaussianExpectation:
        """The expectation that is multiplied."""
        return next(a for a in self.args if isinstance(a, GaussianExpectation))

    @property
    def conditions(self) -> sp.Basic:
        """What the variances must satisfy for the expectation to exist."""
        return self.node.conditions

    @property
    def closed_form_reason(self) -> str | None:
        """Why the expectation inside has no closed form; None if it has one."""
        return self.node.closed_form_reason

    def doit(self, **hints) -> sp.Expr:
        """The closed form where one exists, otherwise this product."""
        value = sp.Mul(*(a.doit(**hints) for a in self.args))
        return self if value.has(GaussianExpectation) else normal_form(value)

    def _sympystr(self, printer):
        return printer._print(self._shown())

    def _latex(self, printer):
        return printer._print(self._shown())

    def _shown(self):
        """The same product, with the numbers that stand before the integrand moved out of it."""
        numbers, factors = zip(*(f.as_coeff_Mul() for f in self.node.factors), strict=True)
        node = sp.Expr.__new__(GaussianExpectation, sp.Tuple(*factors), *self.node.args[1:])
        constants = sp.Mul(*numbers, *(a for a in self.args if a is not self.node))
        return node if constants == 1 else sp.Mul._from_args((*sp.Mul.make_args(constants), node))


def _scaled(product):
    """``product`` with the methods of its expectation, if it is a multiple of just one."""
    nodes = [a for a in product.args if a.has(GaussianExpectation)] if product.is_Mul else []
    if len(nodes) != 1 or not isinstance(nodes[0], GaussianExpectation):
        return product
    made = sp.Expr.__new__(ScaledExpectation, *product.args)
    made.is_commutative = True
    return made


def E(f, variance=q_symbol, mean=0) -> sp.Expr:
    r"""E f(m + sqrt(q) Z), Z standard normal.

    Parameters
    ----------
    f
        A function of ``x``: text, SymPy expression or Activation.
    variance, mean
        The variance q >= 0 and the mean m, numbers or expressions.

    Raises DivergentExpectationError on evaluation where the expectation is infinite.

    >>> from theory.symbols import q
    >>> E("max(x, 0)**2", q).doit(), E("cos(x)", q).doit()
    (q/2, exp(-q/2))
    """
    return GaussianExpectation(
        (_function(f),), (_number(mean),), [[_variance(variance, "the variance")]]
    )


def E2(f, g, variance_1, variance_2, correlation) -> sp.Expr:
    r"""E f(sqrt(q_1) Z_1) g(sqrt(q_2) Z_2) with standard normal Z_1, Z_2 of the given correlation.

    >>> from theory.symbols import q1, q2, rho
    >>> E2("x**2", "x**2", q1, q2, rho).doit()
    q1*q2*(2*rho**2 + 1)
    """
    first, second = _variance(variance_1, "q1"), _variance(variance_2, "q2")
    rho = _number(correlation)
    if rho.is_number and (abs(rho) > 1) == True:  # noqa: E712  SymPy truth values
        raise InputError(f"a correlation lies in [-1, 1]; got {rho}")
    cross = rho * sp.sqrt(first) * sp.sqrt(second)
    return GaussianExpectation(
        (_function(f), _function(g)), (0, 0), [[first, cross], [cross, second]]
    )


def _function(f):
    """A function of x given as text, expression or Activation, rewritten in BOUND."""
    from .canonical import canonical
    from .catalogue import build, find
    from .parser import parse
    from .vocabulary import exact_numbers, require_known_functions

    expr = getattr(f, "expr", f)
    if isinstance(expr, str):
        entry = find(expr)
        expr = canonical(parse(expr) if entry is None else build(entry))
    expr = sp.S(expr) if isinstance(expr, (int, float)) else expr
    if not isinstance(expr, sp.Expr):
        raise InputError(
            f"an integrand is a formula in x, a SymPy expression or an Activation; got {f!r}"
        )
    require_known_functions(expr)
    named_x = [s for s in expr.free_symbols if s.name == "x"]
    return exact_numbers(expr.xreplace(dict.fromkeys(named_x, BOUND)))


def _number(value):
    from .parser import exact

    return exact(value)


def _variance(value, label):
    value = _number(value)
    if value.is_negative or value.is_extended_real is False or value.is_finite is False:
        raise InputError(f"{label} must be a finite number >= 0; got {value}")
    return value


def _reduce(factors, means, covariance):
    """A simpler equal expression, or None."""
    d = len(factors)
    for i in range(d):
        if not factors[i].has(BOUND):
            rest = [j for j in range(d) if j != i]
            return factors[i] * _marginal(factors, means, covariance, rest)
        if covariance[i, i].is_zero:
            rest = [j for j in range(d) if j != i]
            value = _value_at(factors[i], means[i])
            return value * _marginal(factors, means, covariance, rest)
    if d == 1:
        constant = half_reflection(factors[0]) if means[0].is_zero else None
        return constant if constant is not None and _exists(factors, covariance) else None
    if _is_odd_in_all(factors, means) and _exists(factors, covariance):
        return sp.S.Zero
    if covariance[0, 1].is_zero:
        return _marginal(factors, means, covariance, [0]) * _marginal(
            factors, means, covariance, [1]
        )
    slope = covariance[0, 1] / covariance[0, 0]
    residual = covariance[1, 1] - slope * covariance[0, 1]
    if (sp.expand(residual) if residual.free_symbols else sp.simplify(residual)).is_zero:
        # Y is an affine function of X
        second = factors[1].subs(BOUND, means[1] + slope * (BOUND - means[0]))
        return GaussianExpectation((factors[0] * second,), means[:1], [[covariance[0, 0]]])
    return None


def _marginal(factors, means, covariance, kept):
    if not kept:
        return sp.S.One
    (i,) = kept
    return GaussianExpectation((factors[i],), (means[i],), [[covariance[i, i]]])


def _value_at(factor, place):
    from .pieces import one_sided, pieces

    for piece in pieces(factor, BOUND):
        if place == piece.lower:
            return one_sided(piece.expr, BOUND, place, "+")
    return factor.subs(BOUND, place)


def _is_odd_in_all(factors, means):
    """Whether (X, Y) -> (-X, -Y) changes the sign of the integrand and not the law."""
    if not all(m.is_zero for m in means):
        return False
    even = [f for f in factors if is_even(f)]
    return len(even) == 1 and any(half_reflection(f) == 0 for f in factors)


def _exists(factors, covariance):
    """Whether an integral exists for every value of its symbols, so that its symmetry decides."""
    from .existence import existence

    try:
        return existence(tuple(factors), covariance, BOUND) == sp.true
    except UndecidedError:
        return False


def _ordered(factors, means, covariance):
    """One canonical order of the two variables."""
    key = [
        tuple(map(sp.default_sort_key, (factors[i], means[i], covariance[i, i]))) for i in (0, 1)
    ]
    if key[1] < key[0]:
        swapped = [[covariance[1, 1], covariance[1, 0]], [covariance[0, 1], covariance[0, 0]]]
        return factors[::-1], means[::-1], sp.ImmutableDenseMatrix(swapped)
    return factors, means, covariance
