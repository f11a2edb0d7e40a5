r"""Closed forms of Gaussian expectations, derived: tilt, condition, reduce to an orthant.

An expectation of factors f(X) g(Y), each a sum of terms on half-lines (:mod:`theory.terms`), is a
sum over one term per factor.  For each: the exponentials tilt the Gaussian measure (new covariance
Sigma (I + G Sigma)^{-1}, a mean and a prefactor), half-lines and Phi factors become constraints on
jointly Gaussian variables, and :mod:`theory.orthant` reduces what remains.  No rule knows an
activation; sympy.integrate is never called.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import sympy as sp

from .absolute_moments import half_line_moment
from .errors import UndecidedError
from .existence import require_existence
from .laws.moment_rule import law_moment
from .normal_form import normal_form, positive_root
from .orthant import OrthantMoments
from .pieces import pieces, sign_of
from .symbols import x
from .terms import NoClosedForm, Terms, expand_terms

__all__ = ["closed_form", "closed_form_reason"]


@dataclass(frozen=True)
class _HalfLine:
    """The indicator of direction * u > direction * place."""

    direction: int
    place: sp.Expr


@dataclass(frozen=True)
class _Part:
    """sign * (sum of terms) * (indicator of a half-line, or 1)."""

    terms: Terms
    half_line: _HalfLine | None
    sign: int = 1


def closed_form(factors, means, covariance, u) -> sp.Expr | None:
    """E of the product of ``factors`` (functions of ``u``), or None if no rule applies.

    ``factors``, ``means`` are tuples of length d = 1 or 2, ``covariance`` a d×d SymPy matrix.
    Raises DivergentExpectationError where the expectation is infinite.
    """
    return _derivation(factors, means, covariance, u)[0]


def closed_form_reason(factors, means, covariance, u) -> str | None:
    """Why ``closed_form`` returns None, in words; None if it does not.

    >>> from .symbols import q, x
    >>> closed_form_reason((sp.tanh(x),), (0,), sp.ImmutableDenseMatrix([[q]]), x)
    'tanh(x) is not a polynomial, exponential, sin, cos, erf or Phi of x'
    """
    return _derivation(factors, means, covariance, u)[1]


@lru_cache(maxsize=4096)
def _derivation(factors, means, covariance, u):
    """(the closed form, None) or (None, the reason why there is none)."""
    require_existence(factors, covariance, u)
    if len(factors) == 1:
        moment = law_moment(factors[0], means[0], covariance[0, 0], u)
        if moment is not None:
            return moment, None
    covariance, unroot = _rationalise(covariance)
    try:
        parts = [_parts(f.subs(u, u + m), u) for f, m in zip(factors, means, strict=True)]
        combined = [_expect_parts(combination, covariance, u) for combination in product(*parts)]
    except (NoClosedForm, UndecidedError) as obstacle:
        return None, str(obstacle).replace(str(u), str(x))
    value = normal_form(sp.Add(*combined))
    if value.has(sp.I):
        value = normal_form(sp.expand_complex(value))
        if value.has(sp.I):
            return None, "what the rules give is not written without the imaginary unit"
    return value.subs(unroot), None


def _rationalise(covariance):
    """Write every positive symbol q that occurs under a root as s**2, so entries are rational."""
    rooted = {
        power.base
        for entry in covariance
        for power in entry.atoms(sp.Pow)
        if power.exp.is_Rational and power.exp.q == 2 and power.base.is_Symbol
    }
    roots = {q: sp.Dummy(f"s_{q.name}", positive=True) for q in sorted(rooted, key=str)}
    squared = covariance.subs({q: s**2 for q, s in roots.items()})
    return squared, {s: sp.sqrt(q) for q, s in roots.items()}


def _parts(expr, u):
    """Half-line decomposition: unbounded pieces end on one side, bounded ones are differences."""
    found = []
    for piece in pieces(expr, u):
        terms = expand_terms(piece.expr, u)
        if not terms:
            continue
        for half_line, sign in _indicators(piece.lower, piece.upper):
            found.append(_Part(terms, half_line, sign))
    return found


def _indicators(lower, upper):
    """1 on (lower, upper) as a signed sum of half-line indicators that stay small in the tails."""
    if lower is -sp.oo and upper is sp.oo:
        return [(None, 1)]
    if upper is sp.oo:
        return [(_HalfLine(1, lower), 1)]
    if lower is -sp.oo:
        return [(_HalfLine(-1, upper), 1)]
    if sign_of(lower) >= 0:
        return [(_HalfLine(1, lower), 1), (_HalfLine(1, upper), -1)]
    if sign_of(upper) <= 0:
        return [(_HalfLine(-1, upper), 1), (_HalfLine(-1, lower), -1)]
    return [(None, 1), (_HalfLine(-1, lower), -1), (_HalfLine(1, upper), -1)]


def _expect_parts(parts, covariance, u):
    total = []
    engine = _Engine(covariance, tuple(part.half_line for part in parts))
    sign = sp.prod(part.sign for part in parts)
    for shapes in product(*(part.terms.items() for part in parts)):
        coefficient = sp.Mul(sign, *(c for _, c in shapes))
        total.append(coefficient * engine.expect(tuple(shape for shape, _ in shapes)))
    return sp.Add(*total)


class _Engine:
    """E prod_i u_i^{n_i} e^{a_i u_i - g_i u_i²/2} 1{half-line_i} prod_j Phi(alpha u_i + beta).

    Terms that differ only in their powers share the tilted measure and its orthant moments.
    """

    def __init__(self, covariance, half_lines):
        self.covariance = covariance
        self.half_lines = half_lines
        self._tilted = {}

    def expect(self, shapes):
        if any(s.fraction != 0 for s in shapes):
            return self._absolute_moment(shapes)
        key = tuple((s.linear, s.quadratic, s.factors) for s in shapes)
        if key not in self._tilted:
            self._tilted[key] = self._tilt(shapes)
        prefactor, mean, moments = self._tilted[key]
        return prefactor * moments.shifted_moment(tuple(s.power for s in shapes), mean)

    def _absolute_moment(self, shapes):
        """E prod u_i^{n_i} |u_i|^{r_i} e^{-g_i u_i²/2} 1{±u_i > 0}: Gamma and Gauss functions."""
        plain = all(s.linear == 0 and not s.factors for s in shapes)
        if not plain or any(h is None or h.place != 0 for h in self.half_lines):
            raise NoClosedForm(
                "a real power of x has a rule only with exp(-g*x**2), on half-lines from 0"
            )
        orders = tuple(s.power + s.fraction for s in shapes)
        if any((order + 1).is_positive is not True for order in orders):
            raise NoClosedForm(
                "a power of x is not known to exceed -1; give its exponent positive=True"
            )
        prefactor, covariance = self._tilted_covariance(shapes)
        signs = [h.direction for h in self.half_lines]
        odd = sp.prod(d**s.power for d, s in zip(signs, shapes, strict=True))
        return prefactor * odd * half_line_moment(orders, signs, covariance)

    def _tilt(self, shapes):
        linear = sp.Matrix([s.linear for s in shapes])
        prefactor, tilted = self._tilted_covariance(shapes)
        mean = (tilted * linear).applyfunc(sp.cancel)
        exponent = sp.cancel((linear.T * tilted * linear)[0] / 2)
        prefactor *= sp.exp(sp.expand(exponent))
        return prefactor, tuple(mean), self._constrained(shapes, tilted, mean)

    def _tilted_covariance(self, shapes):
        """(det(I + G Sigma)^(-1/2), Sigma (I + G Sigma)^(-1)) for the quadratic rates G."""
        sigma = self.covariance
        gram = sp.diag(*(s.quadratic for s in shapes))
        if gram.is_zero_matrix:
            return sp.S.One, sigma
        inverse_factor = sp.eye(len(shapes)) + gram * sigma
        determinant = sp.factor(inverse_factor.det())
        if determinant.is_nonpositive:
            # the product decays on each quadrant, but not on the whole plane
            raise NoClosedForm(
                "the product exists, but the exponentials of x**2 and y**2 leave no Gaussian law"
            )
        tilted = (sigma * inverse_factor.adjugate() / determinant).applyfunc(sp.cancel)
        return 1 / positive_root(determinant), tilted

    def _constrained(self, shapes, sigma, mean):
        """Add one latent constraint per half-line and per Phi factor."""
        directions, noises, thresholds = [], [], []
        for i, (shape, half_line) in enumerate(zip(shapes, self.half_lines, strict=True)):
            unit = [sp.S.Zero] * len(shapes)
            if half_line is not None:
                unit[i] = sp.Integer(half_line.direction)
                directions.append(list(unit))
                noises.append(sp.S.Zero)
                thresholds.append(half_line.direction * (half_line.place - mean[i]))
            for slope, offset in shape.factors:
                unit[i] = slope
                directions.append(list(unit))
                noises.append(sp.S.One)
                thresholds.append(-(offset + slope * mean[i]))
        d, m = len(shapes), len(directions)
        if m == 0:
            return OrthantMoments(tuple(map(tuple, sigma.tolist())), d, ())
        project = sp.Matrix(directions)
        joint = sp.BlockMatrix(
            [
                [sigma, sigma * project.T],
                [project * sigma, project * sigma * project.T + sp.diag(*noises)],
            ]
        ).as_explicit()
        joint = joint.applyfunc(sp.expand)
        lines_only = d == m == 2 and not any(noises)
        joint = tuple(map(tuple, joint.tolist()))
        return OrthantMoments(joint, d, tuple(thresholds), exact=lines_only)
