r"""One-point Gaussian moments E f_i(m + s Z), s = sqrt(q), of several expressions at once.

``Moments`` compiles the expressions once, as one jet per smooth piece, and sums them over nodes
that ``rule_selection`` chooses for each variance.

With the weight (Z**2 - 1)/2 the moment is q d/dq E f(sqrt(q) Z), for any f, jumps included:
integrate the heat equation d/dq N(0, q) = (1/2) d^2/dx^2 N(0, q) by parts twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp

from theory.bends import bend_finder
from theory.errors import DivergentExpectationError, InputError, PrecisionError
from theory.growth import growth
from theory.pieces import Piece, jumps, pieces
from theory.symbols import x

from .laws.nodes import tabulated
from .moment_kernel import hides_exponentials, moment_source
from .rule_selection import Integrator

__all__ = ["MeanFieldMoments", "MomentValues", "Moments", "moments_of"]

_EPS = np.finfo(float).eps


@dataclass(frozen=True)
class MomentValues:
    """Moments and bounds of their errors, both of shape (number of expressions, *q.shape)."""

    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of ``exprs`` in x and ``parameters``; call it with variances and values.

    ``hermite`` lists the indices of expressions that are weighted by (Z**2 - 1)/2.

    >>> second = Moments([x**2, sp.Max(0, x) ** 2])
    >>> second(3.0)
    array([3. , 1.5])
    """

    exprs: tuple[sp.Expr, ...]
    parameters: tuple[sp.Symbol, ...] = ()
    hermite: tuple[int, ...] = ()
    splits: tuple[tuple[sp.Expr, sp.Expr, tuple[sp.Expr, ...]], ...] = field(
        default=None, repr=False
    )

    def __post_init__(self):
        object.__setattr__(self, "exprs", tuple(sp.sympify(e, strict=True) for e in self.exprs))
        object.__setattr__(self, "parameters", tuple(self.parameters))
        if self.splits is None:
            object.__setattr__(self, "splits", _common_pieces(self.exprs))

    def __call__(self, q, values: Sequence[float] = (), mean=0.0) -> np.ndarray:
        """E f_i(mean + sqrt(q) Z), an array of shape (len(exprs), *q.shape).

        ``q`` >= 0 and ``mean`` broadcast; ``values`` are those of the parameters.  A moment that
        exceeds the largest double is inf.  At q = 0 the limit from above is returned.  Raises
        DivergentExpectationError where the integral is infinite, PrecisionError if 13 digits are
        not reached, InputError for a negative or non-finite variance.
        """
        return self.evaluate(q, values, mean).value

    def evaluate(self, q, values: Sequence[float] = (), mean=0.0) -> MomentValues:
        """As a call, with error bounds."""
        if type(mean) is float and mean == 0.0 and np.ndim(q) == 0 and 0.0 < q < np.inf:
            found = self._centred(tuple(map(float, values))).single(float(q) ** 0.5)
            if found is not None:
                return MomentValues(*found)
        q, mean = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(mean, dtype=float))
        shape = (len(self.exprs), *q.shape)
        q, mean = q.ravel(), mean.ravel()
        wrong = ~((q >= 0) & (q < np.inf) & np.isfinite(mean))
        if wrong.any():
            raise InputError(
                f"a Gaussian expectation needs a finite variance >= 0 and a finite mean; got "
                f"variance {q[wrong][0]:g} and mean {mean[wrong][0]:g}"
            )
        values = tuple(float(v) for v in values)
        job = self._integrator(values)
        value, error = np.empty((q.size, shape[0])), np.empty((q.size, shape[0]))
        still = q == 0
        if still.any():
            value[still], error[still] = job.at_rest(mean[still])
        if not still.all():
            value[~still], error[~still], rows = job.run(np.sqrt(q[~still]), mean[~still])
            if len(rows):
                self._explain_overflow(q[~still][rows], values, value[~still][rows])
        return MomentValues(
            np.ascontiguousarray(value.T).reshape(shape),
            np.ascontiguousarray(error.T).reshape(shape),
        )

    def _integrator(self, values):
        if len(values) != len(self.parameters):
            names = ", ".join(map(str, self.parameters)) or "none"
            raise InputError(f"{len(values)} values given for the parameters ({names})")
        places = np.array(self._places(*values), dtype=float)
        if np.any(np.diff(places) <= 0) or not np.all(np.isfinite(places)):
            raise InputError(
                f"the breakpoints {places.tolist()} must ascend; check the parameter values"
            )
        return Integrator(
            self._label,
            len(self.exprs),
            places,
            (*values, *self._laws.values),
            self._kernel,
            self.hermite,
            self._bends(values),
        )

    @cached_property
    def _centred(self):
        """The integrator of given parameter values, kept: a single variance is asked for often."""
        return lru_cache(maxsize=64)(self._integrator)

    @cached_property
    def _label(self):
        return str(self.exprs[0])

    def _kernel(self, exponential):
        return self._exponential_module if exponential else self._module

    @cached_property
    def _module(self):
        return self._compiled(exponential=False)

    @cached_property
    def _exponential_module(self):
        return self._compiled(exponential=True)

    def _compiled(self, exponential):
        from .kernels import load_module

        flat, count = self._laws.expressions, len(self.exprs)
        splits = [flat[i : i + count] for i in range(0, len(flat), count)]
        parameters = (*self.parameters, *self._laws.symbols)
        source = moment_source(splits, parameters, self.hermite, exponential)
        return load_module(source, f"the moments of {self.exprs[0]}")

    @cached_property
    def _laws(self):
        """The integrands, piece after piece, with tables for the functions of laws."""
        return tabulated([expr for _, _, exprs in self.splits for expr in exprs])

    @cached_property
    def _places(self):
        inner = [lower for lower, _, _ in self.splits[1:]]
        return sp.lambdify(self.parameters, inner, "math")

    @cached_property
    def _bends(self):
        every = dict.fromkeys(expr for _, _, exprs in self.splits for expr in exprs)
        return bend_finder(tuple(every), x, self.parameters)

    def _explain_overflow(self, q, values, found):
        """Sums overflowed: the integral diverges, the moment exceeds double range, or we fail."""
        at = dict(zip(self.parameters, map(sp.Rational, values), strict=True))
        for expr, exprs in zip(
            self.exprs, zip(*(e for _, _, e in self.splits), strict=True), strict=True
        ):
            rate = growth(exprs[0].subs(at), exprs[-1].subs(at)).largest.gaussian
            beyond = q[2 * float(rate) * q >= 1] if rate.is_positive else ()
            if len(beyond):
                raise DivergentExpectationError(
                    f"E {expr} is infinite for variances from {1 / (2 * rate)}; got {beyond[0]:g}"
                )
        if np.isnan(found).any() or hides_exponentials(
            [e for _, _, es in self.splits for e in es]
        ):
            raise PrecisionError(
                f"the Gaussian expectation of {self.exprs[0]} at variance {q[0]:g} overflows on "
                "the way to a finite value; use a smaller variance"
            )


@dataclass(frozen=True, eq=False)
class MeanFieldMoments:
    """W(q) = E phi^2, D(q) = E phi'^2 and qdW(q) = q W'(q), phi at sqrt(q) Z, over arrays of q.

    D is inf everywhere if phi jumps (its weak derivative is not a function).
    """

    moments: Moments
    values: tuple[float, ...]
    smooth: bool
    corners: tuple[tuple[float, float], ...] = ()
    _last: dict = field(default_factory=dict, repr=False)

    def evaluate(self, q) -> MomentValues:
        """W, D and qdW with error bounds, arrays of shape (3, *q.shape)."""
        q = np.asarray(q, dtype=float)
        key = q.shape, q.tobytes()
        if key not in self._last:
            self._last.clear()  # the three moments of one array are usually asked in turn
            self._last[key] = self._evaluate(q)
        return self._last[key]

    def W(self, q):
        """E phi^2."""
        return self.evaluate(q).value[0]

    def D(self, q):
        """E phi'^2."""
        return self.evaluate(q).value[1]

    def qdW(self, q):
        """q d/dq E phi^2 = d/dlog q E phi^2."""
        return self.evaluate(q).value[2]

    def _evaluate(self, q):
        found = self.moments.evaluate(q, self.values)
        value, error = found.value, found.error
        if not self.smooth:
            infinite = np.full_like(value[0], np.inf)
            # W is constant for sign(x): do not let a slope of 1e-17 have a sign
            value[1] = np.where(np.abs(value[1]) <= error[1], 0.0, value[1])
            return MomentValues(
                np.stack([value[0], infinite, value[1]]), np.stack([error[0], infinite, error[1]])
            )
        if len(value) == 3:
            return found
        with np.errstate(invalid="ignore"):
            curved = q * (value[1] + value[3])
            doubt = q * (error[1] + error[3])
            for place, weight in self.corners:
                at = np.where(q > 0, q, 1.0)
                density = np.sqrt(q / (2 * np.pi)) * np.exp(-(place**2) / (2 * at))
                curved, doubt = curved + weight * density, doubt + _EPS * abs(weight) * density
            better = doubt < error[2]
        return MomentValues(
            np.stack([value[0], value[1], np.where(better, curved, value[2])]),
            np.stack([error[0], error[1], np.where(better, doubt, error[2])]),
        )


def moments_of(mean_field, values: Sequence[float] = ()) -> MeanFieldMoments:
    """The moments behind the mean-field maps of ``mean_field``, compiled once per activation.

    ``values`` are those of ``mean_field.activation.parameters``, in that order.
    """
    phi, parameters = mean_field.activation.expr, tuple(mean_field.activation.parameters)
    values = tuple(float(v) for v in values)
    smooth = mean_field.slope_moment is not sp.oo
    moments = _mean_field_moments(phi, parameters, smooth)
    at = dict(zip(parameters, values, strict=False))
    corners = []
    if len(moments.exprs) == 4:
        for place, size in jumps(phi, 1):
            weight = size * phi.subs(x, place)
            corners.append((float(place.subs(at)), float(weight.subs(at))))
    return MeanFieldMoments(moments, values, smooth, tuple(corners))


@lru_cache(maxsize=128)
def _mean_field_moments(phi, parameters, smooth):
    r"""E phi^2, E phi'^2, E x phi phi' (= q W' for continuous phi, by Stein's lemma).

    If phi(0) is not 0, the last one cancels for small q; then E phi phi'' comes with them for
    q W' = q (E phi'^2 + E phi phi'').  If phi jumps, there is no E phi'^2, and
    q W' = E (Z^2 - 1)/2 phi^2.
    """
    parts = pieces(phi)
    if not smooth or jumps(phi):
        splits = tuple((part.lower, part.upper, (part.expr**2,) * 2) for part in parts)
        return Moments((phi**2, phi**2), parameters, hermite=(1,), splits=splits)
    curved = not phi.subs(x, 0).is_zero and all(size.is_finite for _, size in jumps(phi, 1))
    slope, curvature = sp.Function("dphi")(x), sp.Function("ddphi")(x)
    names = (phi**2, slope**2, x * phi * slope, phi * curvature)[: 3 + curved]
    splits = []
    for part in parts:
        first, second = sp.diff(part.expr, x), sp.diff(part.expr, x, 2)
        exprs = (part.expr**2, first**2, x * part.expr * first, part.expr * second)
        splits.append((part.lower, part.upper, exprs[: 3 + curved]))
    return Moments(names, parameters, splits=tuple(splits))


def _common_pieces(exprs):
    """One partition of the line on each interval of which all expressions are smooth."""
    parts = [pieces(expr) for expr in exprs]
    if all(len(p) == 1 for p in parts):
        return ((-sp.oo, sp.oo, tuple(p[0].expr for p in parts)),)
    bounds = pieces(sum(sp.Dummy() * sp.Abs(x - b.lower) for p in parts for b in p[1:]))
    splits = []
    for interval in bounds:
        exprs_here = tuple(_at(p, interval) for p in parts)
        splits.append((interval.lower, interval.upper, exprs_here))
    return tuple(splits)


def _at(parts: Sequence[Piece], interval):
    from theory.pieces import compare

    for part in parts:
        if compare(part.lower, interval.lower) <= 0 <= compare(part.upper, interval.upper):
            return part.expr
    raise AssertionError(f"{interval} is inside no piece")
