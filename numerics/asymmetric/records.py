"""What the verbs on asymmetric initialization return."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result, depth_scale

__all__ = ["AsymmetricGrowth", "AsymmetricState"]


@dataclass(frozen=True, eq=False, repr=False)
class AsymmetricState:
    """A stationary layer: s = E phi(y)^2, m = E phi(y), q = E y^2, ``mean`` = E y, P(y <= 0).

    ``deviation`` is that of the normal part of y; ``rate`` the factor per layer by which
    neighbouring laws approach this one (None in units that move with the layers).  ``places`` and
    ``weights`` represent the law of the asymmetric part: they integrate smooth functions and may
    be negative.
    """

    s: float
    m: float
    q: float
    mean: float
    off: float
    deviation: float
    relative_error: float
    rate: float | None
    places: np.ndarray
    weights: np.ndarray

    @property
    def stable(self):
        """Whether neighbouring laws are attracted; None in units that move with the layers."""
        return None if self.rate is None else self.rate < 1.0

    @property
    def xi(self):
        """The depth scale -1/log(rate)."""
        return None if self.rate is None else depth_scale(self.rate)

    def density(self, y):
        """The density of y."""
        z = (np.asarray(y, dtype=float)[..., None] - self.places) / self.deviation
        normal = np.exp(-z * z / 2) / (self.deviation * np.sqrt(2 * np.pi))
        return normal @ self.weights

    def __repr__(self):
        kind = {None: "", True: ", stable", False: ", unstable"}[self.stable]
        return f"AsymmetricState(s={self.s:.10g}, m={self.m:.10g}, off={self.off:.10g}{kind})"


@dataclass(frozen=True, eq=False, repr=False)
class AsymmetricGrowth(Result):
    """The stationary growth of s = E phi(y)^2 (phi of degree 1), or the fixed points.

    ``growth`` is s_{l+1}/s_l without bias, None if phi is not of degree 1.  ``states`` are the
    stationary layers, ascending in s: with phi of degree 1 and no bias one, in units with s = 1.
    Their tails are P(|y| > x) ~ x^(-``tail_index``), oo for lighter ones.
    """

    activation: str
    weights: str
    sigma_w2: float
    sigma_b2: float
    growth: float | None
    growth_error: float | None
    states: tuple
    tail_index: float
    provenance: Provenance

    @property
    def state(self) -> AsymmetricState:
        """The only state, or the first stable one; InputError if there is none."""
        for state in self.states:
            if state.stable is not False:
                return state
        raise InputError(f"{self!r} has no stationary state: {self.statement}")

    @property
    def s(self):
        """E phi(y)^2 of :attr:`state`."""
        return self.state.s

    @property
    def m(self):
        """E phi(y) of :attr:`state`."""
        return self.state.m

    @property
    def q(self):
        """E y^2 of :attr:`state`."""
        return self.state.q

    @property
    def off(self):
        """P(y <= 0) of :attr:`state`."""
        return self.state.off

    @property
    def statement(self) -> str:
        """What happens with depth, in one sentence."""
        found = f"{len(self.states)} fixed point{'s' * (len(self.states) != 1)} with s > 0"
        if not self.states and self.growth is None:
            found = "no fixed point with s > 0 was found: squares go on changing with depth"
        if self.growth is None:
            return found
        kind = "shrink" if self.growth < 1 else "grow"
        text = f"squares {kind} by {self.growth:.10g} per layer while the bias is negligible"
        if self.sigma_b2 == 0:
            heavy = f", with tails of index {self.tail_index:.4g}"
            return text + heavy * (self.tail_index < np.inf)
        return f"{text}, {found}"

    def __repr__(self):
        bias = f", sigma_b2={self.sigma_b2:g}" if self.sigma_b2 else ""
        growth = "" if self.growth is None else f", growth={self.growth:.10g}"
        return (
            f"AsymmetricGrowth({self.activation}, {self.weights}, sigma_w2={self.sigma_w2:g}{bias}"
            f"{growth}, {len(self.states)} state{'s' * (len(self.states) != 1)})"
        )

    def __str__(self):
        return "\n".join([repr(self), f"  {self.statement}", *(f"  {x}" for x in self.states)])

    def plot(self, ax=None):
        """The density of y in each state beside the normal one of equal moments."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        for state in self.states:
            spread = np.sqrt(max(state.q - state.mean**2, 0.0))
            y = np.linspace(state.mean - 4 * spread, state.mean + 5 * spread, 401)
            (line,) = ax.plot(y, state.density(y), label=f"s = {state.s:.4g}")
            normal = np.exp(-(((y - state.mean) / spread) ** 2) / 2) / (
                spread * np.sqrt(2 * np.pi)
            )
            ax.plot(y, normal, ls=":", color=line.get_color(), label="normal, equal moments")
        ax.set(xlabel="$y$", ylabel="density", title=f"{self.activation}, {self.weights}")
        ax.legend()
        return ax
