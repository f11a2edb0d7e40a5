r"""What becomes of the tangent kernel as the depth grows: the law of one phase, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from ..errors import InputError, UnknownNameError
from .matched import Correction
from .symbols import N

__all__ = ["DepthLaw", "DepthLaws", "absent", "positive_count"]


@dataclass(frozen=True)
class DepthLaw:
    r"""The tangent kernel of two different inputs and of one input at large depth, in one phase.

    Attributes
    ----------
    phase
        'ordered', 'critical' or 'chaotic'.
    exists
        Whether the phase occurs; if not ``statement`` says why and the rest is None.
    ratio
        The limit of K^L(x, x') / K^L(x, x); None where it depends on the inputs.
    power, coefficient
        1 - c^l ~ coefficient * l^(-power) at criticality.
    corrections, correlation
        The universal corrections of the ratio, and the relative ones of 1 - c^l, as
        :class:`Correction`, in decreasing order.  In a scaled residual network L stands for tau.
    scale, limit
        K^L(x, x') / scale tends to ``limit``; in q, sigma_w2, sigma_b2, c_star and L.
    diagonal
        K^L(x, x) for inputs that start at the variance q.
    rate
        |K^L(x, x') - limit| = O(L rate^L) in the ordered and the chaotic phase.
    error
        The order of what the corrections leave out.
    predictor
        The kernel predictor changes by predictor * sum_i (y_i - f_0(x_i)) at a test input.
    maps
        For stable residual networks, the limiting differential equations: the derivatives of
        variance, correlation and kernels in t = l/L, by name.
    """

    phase: str
    exists: bool
    statement: str
    ratio: sp.Expr | None = None
    power: sp.Expr | None = None
    coefficient: sp.Expr | None = None
    corrections: tuple[Correction, ...] = ()
    correlation: tuple[Correction, ...] = ()
    scale: sp.Expr | None = None
    limit: sp.Expr | None = None
    diagonal: sp.Expr | None = None
    rate: sp.Expr | None = None
    error: str = ""
    maps: Mapping[str, sp.Expr] | None = None

    def __str__(self):
        return f"{self.phase}: {self.statement}"

    @property
    def next_order(self) -> Correction | None:
        """The first correction of the ratio; None where the next term is not universal."""
        return self.corrections[0] if self.corrections else None

    @property
    def log_coefficient(self) -> sp.Expr | None:
        """The coefficient of log(L)/L where that is the next order of the ratio.

        Zero where the next order is 1/L without a logarithm; None where a slower term comes first.
        """
        if self.phase != "critical" or self.power is None:
            return None
        first = self.next_order
        if first is None:
            return sp.S.Zero
        return first.coefficient if (first.exponent, first.logarithm) == (1, 1) else None

    def condition_number(self, inputs=N) -> sp.Expr | None:
        """The condition number of the kernel matrix of ``inputs`` distinct inputs, in the limit.

        1 + N ratio / (1 - ratio) for one variance: infinite in the ordered phase, 1 in the
        chaotic one.

        >>> DepthLaw("critical", True, "", ratio=sp.Rational(1, 4)).condition_number(6)
        3
        """
        inputs = _count(inputs)
        if self.ratio is None:
            return None
        if self.ratio == 1:
            return sp.oo
        return sp.expand(1 + inputs * self.ratio / (1 - self.ratio))

    @property
    def predictor(self) -> sp.Expr | None:
        """See the class; for N training inputs."""
        return self.predictor_for(N)

    def predictor_for(self, inputs) -> sp.Expr | None:
        """ratio / (1 + (inputs - 1) ratio): what gradient flow adds per unit of total residual.

        >>> DepthLaw("critical", True, "", ratio=sp.Rational(1, 4)).predictor
        1/(N + 3)
        """
        if self.ratio is None:
            return None
        return sp.cancel(self.ratio / (1 + (_count(inputs) - 1) * self.ratio))

    def approximation(self, depth) -> sp.Expr | None:
        """ratio + corrections at a depth (at tau for a scaled residual network)."""
        if self.ratio is None:
            return None
        return self.ratio + sp.Add(*(term.at(depth) for term in self.corrections))


def absent(phase: str, statement: str) -> DepthLaw:
    """The law of a phase that does not occur."""
    return DepthLaw(phase, False, statement)


def positive_count(value) -> sp.Expr | None:
    """A positive integer or a symbolic expression as a SymPy one; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        number = sp.sympify(value, strict=True)
    except sp.SympifyError:
        return None
    if not isinstance(number, sp.Expr):
        return None
    if number.is_number and not (number.is_Integer and number > 0):
        return None
    return number


def _count(inputs):
    number = positive_count(inputs)
    if number is None:
        raise InputError(f"the number of inputs is a positive integer; got {inputs!r}")
    return number


class DepthLaws(Mapping):
    """The laws by phase; a name that is no phase is answered with one sentence."""

    def __init__(self, laws):
        self._laws = dict(laws)

    def __getitem__(self, phase):
        try:
            return self._laws[phase]
        except (KeyError, TypeError):
            known = ", ".join(map(repr, self._laws))
            raise UnknownNameError(f"depth_law has no {phase!r}; its phases are {known}") from None

    def get(self, phase, default=None):
        """The law of a phase, or ``default``."""
        return self._laws.get(phase, default)

    def __contains__(self, phase):
        return phase in self._laws

    def __iter__(self):
        return iter(self._laws)

    def __len__(self):
        return len(self._laws)

    def __repr__(self):
        return "\n".join(map(str, self._laws.values()))
