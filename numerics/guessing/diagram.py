"""``phase_diagram`` for a guessing bias: regimes of the bias over the plane of variances."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from theory.guessing import GuessingBias

from ..numeric_activation import numeric_activation
from ..phase_diagram import PhaseDiagram, phase_diagram
from ..result import Provenance
from .half_table import table_around
from .regimes import DYNAMICS, REGIMES, dynamics_of, regimes_of, sides_of, special_gaps

__all__ = ["BiasDiagram", "bias_diagram"]


@dataclass(frozen=True, eq=False, repr=False)
class BiasDiagram(PhaseDiagram):
    """A :class:`PhaseDiagram` with the regime of the bias at each point [i_sigma_b2, j_sigma_w2].

    ``regime`` is 'neutrality', 'prejudice' or 'deep prejudice' ('undecided' where the theory
    leaves it open: see :mod:`numerics.guessing.regimes`), ``dynamics`` is 'ordered', 'critical' or
    'chaotic', and ``phase`` is both.  ``gamma``, ``c_star`` and ``one_minus_c_star`` are computed
    when first asked for; gamma is infinite in deep prejudice and NaN where undecided.
    """

    special: np.ndarray = None
    special_gap: np.ndarray = None
    limit_chi_1: np.ndarray = None

    @cached_property
    def _theory(self):
        options = {"pooling": self.pooling, "pool_size": int(self.pool_size)}
        kappa = self.weight_correlation
        return GuessingBias(self.formula, weight_correlation=kappa, **options).mean_field

    @cached_property
    def _numbers(self):
        return numeric_activation(self._theory)

    @cached_property
    def dynamics_code(self):
        """0 ordered, 1 critical, 2 chaotic, 3 undecided, as int8: chi_1 against 1."""
        return dynamics_of(self.limit_chi_1)

    @cached_property
    def dynamics(self):
        """What squared gradients do: 'ordered', 'critical' or 'chaotic'."""
        return np.array(DYNAMICS)[self.dynamics_code]

    @cached_property
    def c_half(self):
        """C(1/2) where chi_1 > 1 at a fixed point, else NaN: c* is on the same side of 1/2."""
        values = np.full(self.q.shape, np.nan)
        here = (self.q > 0.0) & np.isfinite(self.q) & (self.dynamics_code == 2)
        weight = np.broadcast_to(self.sigma_w2, self.q.shape)[here]
        if weight.size:
            q, degree = self.q[here], self._numbers.homogeneity
            if degree is None:
                loss = np.exp(table_around(self._numbers, q).log(np.log(q)))
            else:
                loss = np.exp(table_around(self._numbers, np.ones(1)).log(0.0))
                loss = loss * q ** (degree - 1.0)
            values[here] = 1.0 - weight * loss
        return values

    @cached_property
    def regime_code(self):
        """Indices into :data:`numerics.guessing.regimes.REGIMES`, as int8."""
        code = regimes_of(np.where(self.special, self.special_gap, 0.0))
        open_ = ~self.special & (self.dynamics_code == 2)
        code[open_] = sides_of(0.5 - self.c_half[open_])
        return code

    @cached_property
    def regime(self):
        """'neutrality', 'prejudice', 'deep prejudice' or 'undecided'."""
        return np.array(REGIMES)[self.regime_code]

    @cached_property
    def phase(self):
        """Regime and dynamics, as in 'deep prejudice, critical'."""
        names = np.array([[f"{regime}, {kind}" for kind in DYNAMICS] for regime in REGIMES])
        return names[self.regime_code, self.dynamics_code]

    @cached_property
    def _correlation(self):
        gap, slope = (a.copy() for a in PhaseDiagram._correlation.func(self))
        gap[self.special] = self.special_gap[self.special]
        gap[~self.special & (self.dynamics_code < 2)] = 0.0
        return gap, slope

    @cached_property
    def gamma(self):
        """gamma* = c*/(1 - c*): infinite in deep prejudice."""
        with np.errstate(divide="ignore", over="ignore"):
            return 1.0 / self.one_minus_c_star - 1.0

    @property
    def expected_largest(self):
        """E max(G, 1 - G) of two classes: 1/2 + arctan(sqrt(gamma*))/pi."""
        return 0.5 + np.arctan(np.sqrt(self.gamma)) / np.pi

    def __repr__(self):
        return super().__repr__().replace("Phase", "Bias", 1)

    def __str__(self):
        names, counts = np.unique(self.phase, return_counts=True)
        shares = [
            f"{name} {count / self.q.size:.1%}" for name, count in zip(names, counts, strict=True)
        ]
        return f"{self!r}\n  {'; '.join(shares)} (branch: {self.branch})"

    def plot(self, ax=None, quantity=None):
        """The regimes in colours with the lines chi_1 = 1 and gamma* = 1, or one ``quantity``."""
        if quantity is not None:
            return super().plot(ax, quantity)
        from .figures import plot_regimes

        return plot_regimes(self, ax)

    def to_xarray(self):
        """An xarray Dataset over sigma_b2 and sigma_w2 (needs the extra ``xarray``)."""
        data = super().to_xarray()
        axes = ("sigma_b2", "sigma_w2")
        more = {name: (axes, getattr(self, name)) for name in ("gamma", "regime", "dynamics")}
        return data.assign(more)


def bias_diagram(gb, sigma_w2, sigma_b2, branch="lowest", threads=2) -> BiasDiagram:
    """See :func:`numerics.phase_diagram.phase_diagram`; the axes replace the variances of ``gb``.

    >>> found = bias_diagram(GuessingBias("tanh"), [1.0, 2.48, 4.97], 0.1)
    >>> found.phase[0].tolist()
    ['deep prejudice, ordered', 'prejudice, chaotic', 'neutrality, chaotic']
    """
    theory = gb.mean_field
    plain = phase_diagram(theory, sigma_w2, sigma_b2, branch, threads)
    special, gap, chi_1 = special_gaps(theory, plain)
    options = {
        name: str(getattr(gb, name))
        for name in ("pooling", "pool_size", "weight_correlation")
        if getattr(gb, name) not in (None, 0) and (name != "pool_size" or gb.pooling)
    }
    provenance = Provenance.of(
        "phase_diagram",
        plain.activation,
        theory="guessing bias",
        branch=plain.branch,
        sigma_w2=plain.sigma_w2,
        sigma_b2=plain.sigma_b2,
        **options,
    )
    known = {field.name: getattr(plain, field.name) for field in fields(plain)}
    known |= {"provenance": provenance, "weight_correlation": str(gb.weight_correlation)}
    known |= {"formula": str(gb.activation.expr), "pooling": gb.pooling, "pool_size": gb.pool_size}
    return BiasDiagram(
        **known,
        special=special,
        special_gap=gap,
        limit_chi_1=chi_1,
    )
