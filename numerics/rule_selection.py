"""Which quadrature rule for which variance: decided by error estimates, never by names.

Double exponential half lines come first, or graded panels if the integrands break away from 0.
What they do not resolve goes to the trapezoid rule, which is exponentially accurate for smooth
oscillating integrands, and at last to adaptive bisection, which resolves anything piecewise
smooth. The range of z is widened until the integrand at its ends is negligible; if sums overflow,
the caller supplies a kernel that keeps the density inside the exponentials.
"""

import numpy as np

from theory.errors import DivergentExpectationError, PrecisionError

from . import quadrature

__all__ = ["Integrator"]

#: A rule is accepted if its error estimate, relative to the integral of |f|, is below this.
ACCEPT = 2e-14
_TAIL = 1e-17
_WIDEN = 1.35
_WIDENINGS = 14
_TRAPEZOID_LEVELS = 18
_BISECTIONS = 64
_MOST_PANELS = 200_000
_EPS = np.finfo(float).eps
_TINY = np.finfo(float).tiny


class Integrator:
    """Gaussian expectations of ``size`` integrands that are smooth between ``places``.

    ``kernel(exponential)`` returns a module of ``moment_kernel``, ``p`` holds the parameter
    values, ``hermite`` the indices of integrands weighted by (Z**2 - 1)/2; ``label`` is for
    messages.  ``bends`` lists (place, width) where the integrands vary fast.
    """

    def __init__(self, label, size, places, p, kernel, hermite=(), bends=()):
        self.label = label
        self.size = size
        self.places = np.asarray(places, dtype=float)
        self.p = np.asarray(p, dtype=float)
        self.kernel = kernel
        self.hermite = list(hermite)
        self.bends = tuple(bends)
        self.far_bends = np.array([b.place for b in self.bends if not b.at_origin])
        self.module = kernel(False)

    def single(self, s):
        """(value, error) for one centred variance by the first rule; None if it does not settle.

        What :meth:`run` does for an array takes ten times as long as the sums of one variance.
        """
        if len(self.far_bends) or len(self.places) > 1 or (self.places != 0).any():
            return None
        nodes = quadrature.half_line(s)
        module, zero, scale = self.kernel(False), np.zeros(5), np.full(5, s)
        total, out = np.zeros((5, 2 * self.size)), np.empty((5, 2 * self.size))
        for place, z in ((len(self.places), nodes.z), (0, -nodes.z)):
            kernel = getattr(module, f"sums_{place}")
            kernel(nodes.start, zero, scale, z, nodes.w, self.p, out)
            total += out
        a, size = total[:, : self.size], total[:3, self.size :].sum(axis=0)
        if not np.isfinite(total).all() or (total[3:, self.size :] > _TAIL * size).any():
            return None
        value, doubt = _judge((4 * a[0], 2 * (a[0] + a[1]), a[0] + a[1] + a[2]))
        if (size == 0).any() or (doubt > ACCEPT * size).any():
            return None
        return value, doubt + _rounding(size)

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
        total[:, self.hermite] = 0.0
        return total, _EPS * np.abs(total)

    def run(self, s, mean):
        """Values, errors, both of shape (len(s), size), and the rows whose sums overflow."""
        value = np.full((len(s), self.size), np.nan)
        error = np.full((len(s), self.size), np.inf)
        waiting = np.arange(len(s))
        for exponential in (False, True):
            self.module = self.kernel(exponential)
            waiting = self._run_finite(waiting, s, mean, value, error)
            if not len(waiting):
                break
        return value, error, waiting

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
            scale = sizes + _TINY
            value[waiting], error[waiting] = estimate, doubt + _rounding(sizes)
            finite = np.isfinite(sums).all(axis=(0, 2)) & np.isfinite(sizes).all(axis=1)
            overflow.append(waiting[~finite])
            far = finite & (cut[1] > _TAIL * scale).any(axis=1)
            near = finite & (cut[0] > _TAIL * scale).any(axis=1)
            if (near & (ends[waiting] == 1)).any():
                self._refuse_tail(s[waiting[near][0]])
            blind = finite & (sizes == 0).any(axis=1)
            blind &= self._look_further(waiting, blind, s, mean, reach)
            poor = finite & ~far & ~near & ~blind & (doubt > ACCEPT * scale).any(axis=1)
            reach[waiting[far]] *= _WIDEN
            ends[waiting[near]] = 1
            if poor.any():
                last = np.abs(sums[-1, poor] - sums[-2, poor])
                overflow.append(self._refine(waiting[poor], s, mean, reach, value, error, last))
            waiting = waiting[far | near | blind]
            if not len(waiting):
                break
        else:
            self._refuse_tail(s[waiting[0]])
        return np.concatenate(overflow)

    def _look_further(self, waiting, blind, s, mean, reach):
        """Widen the range of rows that vanish on all of it up to their nearest breakpoint or bend.

        A dead zone (softshrink at a small variance) leaves only the far tail; past 37 standard
        deviations that underflows.
        """
        widened = np.zeros(len(waiting), dtype=bool)
        places = np.append(self.places, self.far_bends)
        if not len(places):
            return widened
        for i in np.flatnonzero(blind):
            row = waiting[i]
            distance = np.min(np.abs((places - mean[row]) / s[row]))
            if reach[row] < distance < 37.0:
                reach[row], widened[i] = distance + 4.0, True
        return widened

    def _first_rule(self, s, mean, reach, ends):
        """Three nested values, absolute sums and the integrand at the cuts, for all rows."""
        centred = not mean.any() and not len(self.far_bends)
        if not (centred and (len(self.places) == 0 or self.places.tolist() == [0.0])):
            rule = quadrature.panels(mean, s, self.places, reach, self._scales)
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

    @property
    def _scales(self):
        """(place, width) of the bends; those of width one near the origin are expected there."""
        return [(b.place, b.width) for b in self.bends if b.width < 0.5 or not b.at_origin]

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

    def _refine(self, rows, s, mean, reach, value, error, last):
        """Rows the first rule is not good enough for; returns those whose sums overflow.

        ``last`` is by how much the values of the first rule still changed.
        """
        if len(self.places) == 0 and not len(self.far_bends):
            rows = self._trapezoid(rows, s, mean, reach, value, error, last)
        return self._adaptive(rows, s, mean, reach, value, error) if len(rows) else rows

    def _trapezoid(self, rows, s, mean, reach, value, error, change):
        """Shrink the step until two values agree; returns the rows where they never do.

        Steps wider than a narrow feature agree without it, so the value must also be within ten
        times the last ``change`` of the first rule.
        """
        first, bound = value[rows], 10 * change + error[rows]
        last, missed = np.full((len(rows), self.size), np.inf), []
        for level in range(_TRAPEZOID_LEVELS):
            rule = quadrature.trapezoid(level, reach[rows])
            total, size = self._sums(rule, 0, mean[rows], s[rows])
            doubt = np.abs(total - last)
            done = (doubt <= 0.1 * ACCEPT * size).all(axis=1)
            good = done & (np.abs(total - first) <= bound).all(axis=1)
            value[rows[good]] = total[good]
            error[rows[good]] = (doubt + _rounding(size))[good]
            missed.append(rows[done & ~good])
            rows, last, first, bound = (a[~done] for a in (rows, total, first, bound))
            if not len(rows):
                break
        return np.concatenate([rows, *missed])

    def _adaptive(self, rows, s, mean, reach, value, error):
        """Bisect the panels of all rows until each is accurate; returns the rows that overflow."""
        every = quadrature.edges(mean[rows], s[rows], self.places, reach[rows], self._scales)
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
            rough = (difference > 0.05 * ACCEPT * whole[owner]).any(axis=1) & ~lost[owner]
            done = ~rough & ~lost[owner]
            total += _by_owner(fine[done], owner[done], len(rows))
            doubt += _by_owner(difference[done], owner[done], len(rows))
            size += _by_owner(sizes[done], owner[done], len(rows))
            if not rough.any():
                value[rows], error[rows] = total, 0.1 * doubt + _rounding(size)
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
            f"the Gaussian expectation of {self.label} at variance "
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

    def _refuse_tail(self, s):
        raise DivergentExpectationError(
            f"the Gaussian expectation of {self.label} at variance {s * s:g} does not "
            "converge: the integrand outgrows the Gaussian, or is not (or hardly) integrable at 0"
        )


def _rounding(sizes):
    """The rounding error of sums of that absolute size, whose exponents were rounded before."""
    with np.errstate(invalid="ignore"):
        return 2 * _EPS * sizes * (1.0 + np.log(np.maximum(sizes, 1.0)))


def _by_owner(rows, owner, count):
    """The sums of the rows that belong to each owner."""
    columns = [np.bincount(owner, weights=c, minlength=count) for c in rows.T]
    return np.stack(columns, axis=1)


def _judge(sums):
    """The finest of two or three nested values and a bound of its error.

    Of three, the last difference times its ratio to the one before: true for geometric
    convergence, far too cautious for the double exponential kind, where digits double.  Of two
    Gauss--Legendre values, the difference itself is the error of the coarser one; the finer
    squares it.
    """
    if len(sums) == 2:
        return sums[1], np.abs(sums[1] - sums[0]) * 1e-2
    last, before = np.abs(sums[2] - sums[1]), np.abs(sums[1] - sums[0])
    ratio = last / np.maximum(before, _TINY)
    return sums[2], last * np.minimum(ratio, 1.0)
