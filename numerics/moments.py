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
_TRAPEZOID_LEVELS = 18
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
        object.__setattr__(self, "exprs", tuple(sp.sympify(e, strict=True) for e in self.exprs))
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

    @cached_property
    def _hides_exponentials(self):
        """Whether an exponential is inside another function, where its overflow is not the moment's."""
        merged = (_with_density(e, sp.S.Zero) for _, _, exprs in self.splits for e in exprs)
        for term in (term for total in merged for term in sp.Add.make_args(total)):
            outer = sp.Mul(*(f for f in sp.Mul.make_args(term) if not isinstance(f, sp.exp)))
            if any(growth(e, e).largest.kind == "exponential" for e in outer.atoms(sp.exp)):
                return True
        return False

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
            with np.errstate(invalid="ignore", over="ignore"):  # overflows are looked at below
                estimate, doubt = _judge(sums)
            scale = sizes + np.finfo(float).tiny
            value[waiting], error[waiting] = estimate, doubt + 2 * _EPS * sizes
            finite = np.isfinite(sums).all(axis=(0, 2)) & np.isfinite(sizes).all(axis=1)
            overflow.append(waiting[~finite])
            far = finite & (cut[1] > _TAIL * scale).any(axis=1)
            near = finite & (cut[0] > _TAIL * scale).any(axis=1)
            if (near & (ends[waiting] == 1)).any():
                self._refuse_tail(s[waiting[near][0]])
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
        with np.errstate(over="ignore", invalid="ignore"):
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
        return self._adaptive(rows, s, mean, reach, value, error) if len(rows) else rows

    def _trapezoid(self, rows, s, mean, reach, value, error):
        """Shrink the step until two values agree; returns the rows where they never do."""
        last = np.full((len(rows), self.size), np.inf)
        for level in range(_TRAPEZOID_LEVELS):
            rule = quadrature.trapezoid(level, reach[rows])
            total, size = self._sums(rule, 0, mean[rows], s[rows])
            doubt = np.abs(total - last)
            done = (doubt <= _ACCEPT * size).all(axis=1)
            value[rows[done]] = total[done]
            error[rows[done]] = (doubt + 2 * _EPS * size)[done]
            rows, last = rows[~done], total[~done]
            if not len(rows):
                break
        return rows

    def _adaptive(self, rows, s, mean, reach, value, error):
        """Bisect the panels of all rows until each is accurate; returns the rows that overflow."""
        every = quadrature.edges(mean[rows], s[rows], self.places, reach[rows])
        lower, upper = every[:, :-1].ravel(), every[:, 1:].ravel()
        owner = np.repeat(np.arange(len(rows)), every.shape[1] - 1)[upper > lower]
        lower, upper = lower[upper > lower], upper[upper > lower]
        total, doubt, size = (np.zeros((len(rows), self.size)) for _ in range(3))
        lost = np.zeros(len(rows), dtype=bool)
        for _ in range(_BISECTIONS):
            coarse, fine, sizes = self._panel_sums(lower, upper, s[rows[owner]], mean[rows[owner]])
            lost[owner[~np.isfinite(fine).all(axis=1)]] = True
            with np.errstate(invalid="ignore"):
                difference = np.abs(fine - coarse)
            whole = size + _by_owner(sizes, owner, len(rows))
            rough = (difference > 0.05 * _ACCEPT * whole[owner]).any(axis=1) & ~lost[owner]
            done = ~rough & ~lost[owner]
            total += _by_owner(fine[done], owner[done], len(rows))
            doubt += _by_owner(difference[done], owner[done], len(rows))
            size += _by_owner(sizes[done], owner[done], len(rows))
            if not rough.any():
                value[rows], error[rows] = total, 0.1 * doubt + 2 * _EPS * size
                return rows[lost]
            low, high, owner = lower[rough], upper[rough], owner[rough]
            if np.bincount(owner).max() > _MOST_PANELS:
                break
            middle = (low + high) / 2
            lower, upper = np.concatenate([low, middle]), np.concatenate([middle, high])
            owner = np.concatenate([owner, owner])
        worst = int(owner[0])
        missing = difference[rough][owner[: len(low)] == worst].sum(axis=0) + doubt[worst]
        raise PrecisionError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance "
            f"{s[rows[worst]] ** 2:g} reached only a relative accuracy of "
            f"{np.max(missing / whole[worst]):.1e}; write its kinks as Piecewise, Abs or Max"
        )

    def _panel_sums(self, lower, upper, s, mean):
        """12-point and 20-point sums and the absolute sum of each panel."""
        piece = np.searchsorted(self.places, mean + s * (lower + upper) / 2)
        coarse = np.empty((len(lower), self.size))
        fine, size = np.empty_like(coarse), np.empty_like(coarse)
        for place in np.unique(piece):
            here = np.flatnonzero(piece == place)
            for n, into in ((12, coarse), (20, fine)):
                z, w = quadrature.panel_nodes(lower[here], upper[here], n)
                start = np.arange(len(here) + 1) * n
                nodes = quadrature.Nodes(0, int(place), start, z.ravel(), w.ravel())
                into[here], size[here] = self._sums(nodes, int(place), mean[here], s[here])
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
        if not np.isnan(value[rows]).any() and not self.moments._hides_exponentials:
            error[rows] = np.where(np.isinf(value[rows]), np.inf, error[rows])
            return
        raise PrecisionError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance {s[rows[0]] ** 2:g} "
            "overflows on the way to a finite value; use a smaller variance"
        )

    def _refuse_tail(self, s):
        raise DivergentExpectationError(
            f"the Gaussian expectation of {self.moments.exprs[0]} at variance {s * s:g} does not "
            "converge: the integrand outgrows the Gaussian, or is not (or hardly) integrable at 0"
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


def _by_owner(rows, owner, count):
    """The sums of the rows that belong to each owner."""
    columns = [np.bincount(owner, weights=c, minlength=count) for c in rows.T]
    return np.stack(columns, axis=1)


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
