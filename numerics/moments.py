r"""One-point Gaussian moments E f_i(m + s Z), s = sqrt(q), of several expressions at once.

``Moments`` compiles the expressions once, as one jet per smooth piece, and sums them over the nodes
of ``quadrature``.  The rule is chosen for each variance by what the integrands do, never by their
names: double exponential half lines, or graded panels if there are breakpoints away from 0; if their
error estimate is too large, the trapezoid for smooth integrands; at last adaptive bisection.

With the weight (Z**2 - 1)/2 the moment is q d/dq E f(sqrt(q) Z), for any f, jumps included:
integrate the heat equation d/dq N(0, q) = (1/2) d^2/dx^2 N(0, q) by parts twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp

from theory.errors import DivergentExpectationError, InputError, PrecisionError
from theory.growth import growth
from theory.pieces import Piece, jumps, pieces
from theory.symbols import x

from . import quadrature
from .codegen import jet_source, module_source

__all__ = ["MeanFieldMoments", "MomentValues", "Moments", "moments_of"]

_ACCEPT = 2e-14
_TAIL = 1e-17
_WIDEN = 1.35
_WIDENINGS = 14
_EPS = np.finfo(float).eps
_TRAPEZOID_LEVELS = 12
_BISECTIONS = 64
_MOST_PANELS = 200_000

_KERNEL = """@njit(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], float64[:, ::1])",
    cache=True, fastmath={{"contract", "nsz", "reassoc"}}, error_model="numpy", nogil=True,
)
def sums_{place}(start, mean, scale, z, w, p, out):
{parameters}    for j in range(scale.size):
        m, s = mean[j], scale[j]
{zeros}
        for k in range(start[j], start[j + 1]):
            y = z[k]
            {values} = {call}
            g = w[k]{density}
{accumulate}
{store}
"""


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
        object.__setattr__(self, "exprs", tuple(sp.sympify(e) for e in self.exprs))
        object.__setattr__(self, "parameters", tuple(self.parameters))
        if self.splits is None:
            object.__setattr__(self, "splits", _common_pieces(self.exprs))

    def __call__(self, q, values: Sequence[float] = (), mean=0.0) -> np.ndarray:
        """E f_i(mean + sqrt(q) Z), an array of shape (len(exprs), *q.shape).

        ``q`` >= 0 and ``mean`` broadcast; ``values`` are those of the parameters.  A moment that exceeds
        the largest double is inf.  At q = 0 the limit from above is returned.  Raises
        DivergentExpectationError where the integral is infinite, PrecisionError if 13 digits are not
        reached, InputError for a negative or non-finite variance.
        """
        return self.evaluate(q, values, mean).value

    def evaluate(self, q, values: Sequence[float] = (), mean=0.0) -> MomentValues:
        """As a call, with error bounds."""
        q, mean = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(mean, dtype=float))
        shape = (len(self.exprs), *q.shape)
        q, mean = q.ravel(), mean.ravel()
        wrong = ~((q >= 0) & (q < np.inf) & np.isfinite(mean))
        if wrong.any():
            raise InputError(
                f"a Gaussian expectation needs a finite variance >= 0 and a finite mean; got "
                f"variance {q[wrong][0]:g} and mean {mean[wrong][0]:g}"
            )
        job = _Job(self, tuple(float(v) for v in values))
        value, error = np.empty((q.size, shape[0])), np.empty((q.size, shape[0]))
        still = q == 0
        if still.any():
            value[still], error[still] = job.at_rest(mean[still])
        if not still.all():
            value[~still], error[~still] = job.run(np.sqrt(q[~still]), mean[~still])
        return MomentValues(
            np.ascontiguousarray(value.T).reshape(shape),
            np.ascontiguousarray(error.T).reshape(shape),
        )

    @cached_property
    def kernel(self):
        """The compiled module that sums integrands times weights."""
        return self._compiled(_plain)

    @cached_property
    def exponential_kernel(self):
        """The same with the Gaussian inside the exponentials: no overflow before the moment's."""
        return self._compiled(_exponential)

    def _compiled(self, make):
        from .kernels import load_module

        jets, drivers = [], []
        for place, (_, _, exprs) in enumerate(self.splits):
            jet, driver = make(place, exprs, self.parameters, self.hermite)
            jets.append(jet)
            drivers.append(driver)
        return load_module(
            module_source(jets, *drivers, needs=["exp"]), f"the moments of {self.exprs[0]}"
        )

    @cached_property
    def _places(self):
        inner = [lower for lower, _, _ in self.splits[1:]]
        return sp.lambdify(self.parameters, inner, "math")


class _Job:
    """One evaluation: fixed parameter values, a choice of rule for each variance."""

    def __init__(self, moments, values):
        if len(values) != len(moments.parameters):
            names = ", ".join(map(str, moments.parameters)) or "none"
            raise InputError(f"{len(values)} values given for the parameters ({names})")
        self.moments = moments
        self.values = values
        self.p = np.array(values, dtype=float)
        self.places = np.array(moments._places(*values), dtype=float)
        if np.any(np.diff(self.places) <= 0) or not np.all(np.isfinite(self.places)):
            raise InputError(
                f"the breakpoints {self.places.tolist()} must ascend; check the parameter values"
            )
        self.module = moments.kernel
        self.size = len(moments.exprs)

    def at_rest(self, mean):
        """The limits q -> 0: the mean of both one-sided values, 0 with the Hermite weight."""
        total = np.zeros((len(mean), self.size))
        for side in (-1.0, 1.0):
            at = np.where(mean == 0, side * 1e-300, np.nextafter(mean, side * np.inf))
            piece = np.searchsorted(self.places, at)
            for place in np.unique(piece):
                here = np.flatnonzero(piece == place)
                start = np.arange(len(here) + 1)
                node = quadrature.Nodes(0, place, start, np.zeros(len(here)), np.ones(len(here)))
                total[here] += 0.5 * self._sums(node, place, at[here], np.zeros(len(here)))[0]
        total[:, list(self.moments.hermite)] = 0.0
        return total, _EPS * np.abs(total)

    def run(self, s, mean):
        """Values and errors, shape (len(s), size)."""
        value = np.full((len(s), self.size), np.nan)
        error = np.full((len(s), self.size), np.inf)
        waiting = np.arange(len(s))
        for exponential in (False, True):
            if exponential:
                self.module = self.moments.exponential_kernel
            overflow = self._run_finite(waiting, s, mean, value, error)
            if not len(overflow):
                return value, error
            waiting = overflow
        self._explain_overflow(waiting, s, value, error)
        return value, error

    def _run_finite(self, waiting, s, mean, value, error):
        """Fill rows ``waiting``; return those whose sums overflow."""
        reach = np.full(len(s), quadrature.REACH)
        ends = np.zeros(len(s), dtype=int)
        overflow = []
        for _ in range(_WIDENINGS):
            sums, sizes, cut = self._first_rule(
                s[waiting], mean[waiting], reach[waiting], ends[waiting]
            )
            estimate, doubt = _judge(sums)
            scale = sizes + np.finfo(float).tiny
            value[waiting], error[waiting] = estimate, doubt + 2 * _EPS * sizes
            finite = np.isfinite(sums).all(axis=(0, 2)) & np.isfinite(sizes).all(axis=1)
            overflow.append(waiting[~finite])
            far = finite & (cut[1] > _TAIL * scale).any(axis=1)
            near = finite & (cut[0] > _TAIL * scale).any(axis=1) & (ends[waiting] == 0)
            poor = finite & ~far & ~near & (doubt > _ACCEPT * scale).any(axis=1)
            reach[waiting[far]] *= _WIDEN
            ends[waiting[near]] = 1
            if poor.any():
                overflow.append(self._refine(waiting[poor], s, mean, reach, value, error))
            waiting = waiting[far | near]
            if not len(waiting):
                break
        else:
            self._refuse_tail(s[waiting[0]])
        return np.concatenate(overflow)

    def _first_rule(self, s, mean, reach, ends):
        """Three nested values, absolute sums and the integrand at the cuts, for all rows."""
        centred = not mean.any() and (len(self.places) == 0 or self.places.tolist() == [0.0])
        if not centred:
            rule = quadrature.panels(mean, s, self.places, reach)
            a, size, cut = self._collect(rule, lambda place: place, s, mean, 2)
            return a, size[1], (np.zeros_like(cut[0]), np.maximum(cut[0], cut[1]))
        total = [np.empty((4, len(s), self.size)), np.empty((4, len(s), self.size))]
        tips = np.empty((2, len(s), self.size))
        for kind, name in enumerate(("regular", "singular")):
            rows = np.flatnonzero(ends == kind)
            if len(rows):
                rule = quadrature.half_lines(s[rows], reach[rows], name)
                piece = lambda side: len(self.places) if side > 0 else 0  # noqa: E731
                a, size, cut = self._collect(rule, piece, s[rows], mean[rows], 3)
                total[0][:3, rows], total[1][:3, rows], tips[:, rows] = a, size, cut
        a = total[0]
        nested = np.stack([4 * a[0], 2 * (a[0] + a[1]), a[0] + a[1] + a[2]])
        return nested, total[1][:3].sum(axis=0), tips

    def _collect(self, rule, piece, s, mean, groups):
        """Sums and absolute sums by group, and the sizes at the two kinds of cut."""
        total = np.zeros((groups, len(s), self.size))
        sizes = np.zeros((groups, len(s), self.size))
        cut = np.zeros((2, len(s), self.size))
        for nodes in rule:
            if nodes.group < 3:
                a, size = self._sums(nodes, piece(nodes.place), mean, s)
                total[nodes.group] += a
                sizes[nodes.group] += size
            else:
                self._cuts(nodes, piece(nodes.place), mean, s, cut)
        return total, sizes, cut

    def _cuts(self, nodes, place, mean, s, cut):
        """Single nodes: the first of an integral goes to cut[0], the second to cut[1]."""
        count = np.diff(nodes.start)
        owner = np.repeat(np.arange(len(s)), count)
        order = np.arange(len(owner)) - np.repeat(nodes.start[:-1], count)
        single = quadrature.Nodes(3, place, np.arange(len(owner) + 1), nodes.z, nodes.w)
        _, size = self._sums(single, place, mean[owner], s[owner])
        np.maximum.at(cut, (order, owner), size)

    def _sums(self, nodes, place, mean, s):
        out = np.empty((len(s), 2 * self.size))
        kernel = getattr(self.module, f"sums_{place}")
        kernel(nodes.start, mean, s, nodes.z, nodes.w, self.p, out)
        return out[:, : self.size], out[:, self.size :]

    def _refine(self, rows, s, mean, reach, value, error):
        """Rows the first rule is not good enough for; returns those whose sums overflow."""
        if len(self.places) == 0:
            rows = self._trapezoid(rows, s, mean, reach, value, error)
        lost = [row for row in rows if not self._adaptive(row, s, mean, reach, value, error)]
        return np.array(lost, dtype=int)

    def _trapezoid(self, rows, s, mean, reach, value, error):
        """Halve the step until two values agree; returns the rows where they never do."""
        total = size = 0.0
        rough, roughness = value[rows].copy(), error[rows].copy()
        before = now = np.inf
        for level in range(_TRAPEZOID_LEVELS):
            if not len(rows):
                break
            rule = quadrature.trapezoid(level, reach[rows])[0]
            added, added_size = self._sums(rule, 0, mean[rows], s[rows])
            new, size = total / 2 + added, size / 2 + added_size
            change = np.abs(new - total)
            total = new
            # a period that divides the step fools two steps, but not the uneven nodes before
            plausible = np.abs(total - rough) <= 20 * roughness + _ACCEPT * size
            before, now = now, change
            doubt = now * np.minimum(now / (before + _EPS * size), 1.0)
            done = ((doubt <= _ACCEPT * size) & plausible).all(axis=1) if level > 1 else None
            if done is None or not done.any():
                continue
            value[rows[done]] = total[done]
            error[rows[done]] = (doubt + 2 * _EPS * size)[done]
            rows, total, size, now = rows[~done], total[~done], size[~done], now[~done]
            before = before[~done]
            rough, roughness = rough[~done], roughness[~done]
        return rows

    def _adaptive(self, row, s, mean, reach, value, error):
        """Bisect panels until each is accurate; False if an integrand overflows."""
        one = slice(row, row + 1)
        every = quadrature.edges(mean[one], s[one], self.places, reach[one])[0]
        every = np.unique(every)
        lower, upper = every[:-1], every[1:]
        total, doubt, size, panels = (np.zeros(self.size) for _ in range(3)), None, None, 0
        total, doubt, size = np.zeros(self.size), np.zeros(self.size), np.zeros(self.size)
        for _ in range(_BISECTIONS):
            panels += len(lower)
            coarse, fine, fine_size = self._panel_sums(lower, upper, s[row], mean[row])
            if not np.isfinite(fine).all():
                return False
            difference = np.abs(fine - coarse)
            whole = size + fine_size.sum(axis=0)
            rough = (difference > 0.05 * _ACCEPT * whole + _EPS * 0).any(axis=1)
            total = total + fine[~rough].sum(axis=0)
            doubt = doubt + difference[~rough].sum(axis=0)
            size = size + fine_size[~rough].sum(axis=0)
            if not rough.any():
                value[row], error[row] = total, 0.1 * doubt + 2 * _EPS * size
                return True
            if panels > _MOST_PANELS:
                break
            low, high = lower[rough], upper[rough]
            middle = (low + high) / 2
            lower, upper = np.concatenate([low, middle]), np.concatenate([middle, high])
        worst = np.max((difference[rough].sum(axis=0) + doubt) / whole)
        raise PrecisionError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance {s[row] ** 2:g} reached "
            f"only a relative accuracy of {worst:.1e}; write its kinks as Piecewise, Abs or Max"
        )

    def _panel_sums(self, lower, upper, s, mean):
        middle = mean + s * (lower + upper) / 2
        piece = np.searchsorted(self.places, middle)
        coarse = np.empty((len(lower), self.size))
        fine, size = np.empty_like(coarse), np.empty_like(coarse)
        for place in np.unique(piece):
            here = np.flatnonzero(piece == place)
            ones = np.ones(len(here))
            for n in (12, 20):
                z, w = quadrature.panel_nodes(lower[here], upper[here], n)
                start = np.arange(len(here) + 1) * n
                nodes = quadrature.Nodes(0, int(place), start, z.ravel(), w.ravel())
                a, sizes = self._sums(nodes, int(place), mean * ones, s * ones)
                if n == 12:
                    coarse[here] = a
                else:
                    fine[here], size[here] = a, sizes
        return coarse, fine, size

    def _explain_overflow(self, rows, s, value, error):
        """The sums overflowed: a divergent integral, a moment beyond double range, or our limit."""
        for i, exprs in enumerate(zip(*(e for _, _, e in self.moments.splits), strict=True)):
            at = dict(zip(self.moments.parameters, map(sp.Rational, self.values), strict=True))
            rate = growth(exprs[0].subs(at), exprs[-1].subs(at)).largest.gaussian
            bad = [row for row in rows if rate.is_positive and 2 * rate * s[row] ** 2 >= 1]
            if bad:
                raise DivergentExpectationError(
                    f"E {self.moments.exprs[i]} is infinite for variances from {1 / (2 * rate)}; "
                    f"got {s[bad[0]] ** 2:g}"
                )
        if not np.isnan(value[rows]).any():
            error[rows] = np.where(np.isinf(value[rows]), np.inf, error[rows])
            return
        raise PrecisionError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance {s[rows[0]] ** 2:g} "
            "overflows on the way to a finite value; use a smaller variance"
        )

    def _refuse_tail(self, s):
        raise DivergentExpectationError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance {s * s:g} does not "
            "converge: the integrand outgrows the Gaussian, or is not integrable at 0"
        )


@dataclass(frozen=True, eq=False)
class MeanFieldMoments:
    """W(q) = E phi^2, D(q) = E phi'^2 and qdW(q) = q W'(q), phi at sqrt(q) Z, over arrays of q.

    D is inf everywhere if phi jumps (its weak derivative is not a function).
    """

    moments: Moments
    values: tuple[float, ...]
    smooth: bool

    def all(self, q):
        """W, D and qdW at once, an array of shape (3, *q.shape)."""
        value = self.moments(q, self.values)
        if not self.smooth:
            value = np.stack([value[0], np.full_like(value[0], np.inf), value[1]])
        return value

    def W(self, q):
        """E phi^2."""
        return self.all(q)[0]

    def D(self, q):
        """E phi'^2."""
        return self.all(q)[1]

    def qdW(self, q):
        """q d/dq E phi^2 = d/dlog q E phi^2."""
        return self.all(q)[2]


def moments_of(mean_field, values: Sequence[float] = ()) -> MeanFieldMoments:
    """The moments behind the mean-field maps of ``mean_field``, compiled once per activation."""
    activation = mean_field.activation
    finite = mean_field.slope_moment is not sp.oo
    moments = _mean_field_moments(activation.expr, tuple(activation.parameters), finite)
    return MeanFieldMoments(moments, tuple(float(v) for v in values), finite)


@lru_cache(maxsize=128)
def _mean_field_moments(phi, parameters, smooth):
    r"""E phi^2, E phi'^2, E x phi phi' (= q W' for continuous phi, by Stein's lemma).

    If phi jumps, q W' = E (Z^2 - 1)/2 phi^2 instead, and there is no E phi'^2.
    """
    splits = []
    for piece in pieces(phi):
        slope = sp.diff(piece.expr, x)
        three = (piece.expr**2, slope**2, x * piece.expr * slope)
        splits.append((piece.lower, piece.upper, three if smooth else (piece.expr**2,) * 2))
    if smooth and not jumps(phi):
        slope = sp.diff(phi, x) if len(splits) == 1 else sp.Function("phi'")(x)
        return Moments((phi**2, slope**2, x * phi * slope), parameters, splits=tuple(splits))
    return Moments((phi**2, phi**2), parameters, hermite=(1,), splits=tuple(splits))


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


def _plain(place, exprs, parameters, hermite):
    jet = jet_source(f"jet_{place}", exprs, (x, *parameters))
    call = f"jet_{place}({', '.join(['m + s * y', *_names(parameters)])})"
    return jet, _driver(place, len(exprs), parameters, hermite, call, " * exp(-0.5 * y * y)")


def _exponential(place, exprs, parameters, hermite):
    log_density = sp.Symbol("log_density", real=True)
    merged = [_with_density(expr, log_density) for expr in exprs]
    jet = jet_source(f"jet_{place}", merged, (x, log_density, *parameters))
    call = f"jet_{place}({', '.join(['m + s * y', '-0.5 * y * y', *_names(parameters)])})"
    return jet, _driver(place, len(exprs), parameters, hermite, call, "")


def _with_density(expr, log_density):
    """expr * exp(log_density), with one exponential per term."""
    terms = sp.Add.make_args(sp.expand(expr.rewrite([sp.sinh, sp.cosh], sp.exp)))
    total = []
    for term in terms:
        exponent, rest = log_density, []
        for factor in sp.Mul.make_args(term):
            if isinstance(factor, sp.exp):
                exponent += factor.args[0]
            else:
                rest.append(factor)
        total.append(sp.Mul(*rest, sp.exp(exponent)))
    return sp.Add(*total)


def _names(parameters):
    return [f"p{i}" for i in range(len(parameters))]


def _driver(place, size, parameters, hermite, call, density):
    indent = " " * 12
    h = indent + "h = 0.5 * (y * y - 1.0) * g\n" if hermite else ""
    weight = ["h" if i in hermite else "g" for i in range(size)]
    accumulate = h + "\n".join(
        f"{indent}f{i} *= {weight[i]}\n{indent}a{i} += f{i}\n{indent}b{i} += abs(f{i})"
        for i in range(size)
    )
    return _KERNEL.format(
        place=place,
        parameters="".join(f"    {n} = p[{i}]\n" for i, n in enumerate(_names(parameters))),
        zeros="\n".join(f"        a{i} = 0.0\n        b{i} = 0.0" for i in range(size)),
        values=", ".join(f"f{i}" for i in range(size)) + ("," if size == 1 else ""),
        call=call,
        density=density,
        accumulate=accumulate,
        store="\n".join(
            f"        out[j, {i}] = a{i}\n        out[j, {size + i}] = b{i}" for i in range(size)
        ),
    )


def _judge(sums):
    """The finest of two or three nested values and a bound of its error.

    Of three, the last difference times its ratio to the one before: true for geometric convergence,
    far too cautious for the double exponential kind, where digits double.  Of two Gauss--Legendre
    values, the difference itself is the error of the coarser one; the finer squares it.
    """
    if len(sums) == 2:
        return sums[1], np.abs(sums[1] - sums[0]) * 1e-2
    last, before = np.abs(sums[2] - sums[1]), np.abs(sums[1] - sums[0])
    ratio = last / np.maximum(before, np.finfo(float).tiny)
    return sums[2], last * np.minimum(ratio, 1.0)
