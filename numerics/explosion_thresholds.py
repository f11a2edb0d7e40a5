r"""Certified thresholds of explosion: at which centre, or parameter, does a network explode.

The condition of :class:`theory.explosion.Explosion` is the sign of one expression in the
parameter, (3/4) phi''^2 + phi' phi''' > 0 at the centre for smooth shapings; its zeros are
enclosed by ball arithmetic, each proved to exist and to be the only one in its enclosure.
"""

import itertools
from dataclasses import dataclass

import sympy as sp

from theory.covariance_sde import CovarianceSDE
from theory.errors import InputError
from theory.explosion_thresholds import deciding_expression

from .certified import certified_roots
from .enclosure import Enclosure

__all__ = ["ExplosionThresholds", "explosion_thresholds"]


@dataclass(frozen=True)
class ExplosionThresholds:
    """Every threshold in the interval, ascending, and where the network explodes.

    ``explodes[i]`` tells whether V explodes between threshold i - 1 and threshold i (the ends of
    the interval taken as thresholds).
    """

    symbol: sp.Symbol
    interval: tuple[sp.Expr, sp.Expr]
    roots: tuple[Enclosure, ...]
    explodes: tuple[bool, ...]

    def __len__(self):
        return len(self.roots)

    def __iter__(self):
        return iter(self.roots)

    def __getitem__(self, index):
        return self.roots[index]

    def __str__(self):
        ends = [str(self.interval[0]), *(str(root) for root in self.roots), str(self.interval[1])]
        words = ["explodes" if flag else "does not explode" for flag in self.explodes]
        parts = [
            f"{word} for {low} < {self.symbol} < {high}"
            for word, low, high in zip(words, ends[:-1], ends[1:], strict=True)
        ]
        return "; ".join(parts)


def explosion_thresholds(
    sde: CovarianceSDE, symbol=None, *, lower=-8, upper=8, digits: int = 15
) -> ExplosionThresholds:
    """The values of a parameter in [lower, upper] at which explosion begins or ends, certified.

    Parameters
    ----------
    sde
        A CovarianceSDE with one symbolic parameter (a centre, say), or several and ``symbol``.
    symbol
        The parameter, a SymPy symbol or its name.
    lower, upper, digits
        Where to look, and to how many digits.

    Raises InputError if nothing depends on the parameter, PrecisionError at a double zero.

    >>> thresholds = explosion_thresholds(CovarianceSDE("softplus", centre="x0"))
    >>> [round(float(root.midpoint), 12) for root in thresholds], thresholds.explodes
    ([0.559615787935], (True, False))
    """
    if not isinstance(sde, CovarianceSDE):
        raise InputError(f"explosion_thresholds takes a CovarianceSDE; got {type(sde).__name__}")
    condition = sde.explosion.condition
    expr, symbol = deciding_expression(condition, symbol)
    others = expr.free_symbols - {symbol}
    if others:
        raise InputError(f"give values to {', '.join(sorted(map(str, others)))} first")
    lower, upper = sp.nsimplify(lower), sp.nsimplify(upper)
    if not lower < upper:
        raise InputError(f"an interval has lower < upper; got {lower} and {upper}")
    roots = certified_roots(sp.numer(sp.together(expr)), symbol, lower, upper, digits=digits)
    ends = [lower, *(sp.Rational(str(root.midpoint)) for root in roots), upper]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(ends)]
    explodes = tuple(bool(expr.subs(symbol, point).evalf(30) > 0) for point in middles)
    return ExplosionThresholds(symbol, (lower, upper), tuple(roots), explodes)
