"""What ``guessing_study`` found: gamma by layer, fractions of guesses, the verdict on a law."""

from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result
from .finite_sample import ks_against

__all__ = ["GuessingStudy"]

#: From this depth/width on networks differ enough for the limit law to be a first approximation.
_DEEP = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class GuessingStudy(Result):
    """Measured fractions of guesses and gamma, beside the law of infinite width.

    ``gamma`` is that of infinite width in layers 1, 2, …, ``gamma_law`` that of the law of
    fractions (the same unless ``data`` of unequal correlations were given), ``gamma_finite`` what
    an estimate on these inputs is on average, with which ``gamma_hat`` (standard error
    ``gamma_error``, by the jackknife over networks) compares.  ``gamma_networks`` [network, layer]
    is that of each network.  ``fractions`` [network, readout, class]; ``variance`` and
    ``largest`` are E (G - 1/K)^2 and E max G with standard errors, beside the limit law's for as
    many inputs.  ``ks`` is the distance in law of G_0 (of the largest fraction if there are more
    than two classes) to ``reference``, and ``p_value`` the probability of a larger one under the
    limit law, at most.
    """

    label: str
    width: int
    networks: int
    inputs: int
    classes: int
    gamma: np.ndarray
    gamma_finite: np.ndarray
    gamma_law: float
    gamma_hat: np.ndarray
    gamma_error: np.ndarray
    gamma_networks: np.ndarray
    fractions: np.ndarray
    variance: float
    variance_error: float
    variance_limit: float
    largest: float
    largest_error: float
    largest_limit: float
    ks: float
    p_value: float
    reference: str
    false_alarm: float
    fresh: bool
    provenance: Provenance

    @property
    def depth(self):
        """Layers of weights."""
        return len(self.gamma)

    @property
    def accepted(self):
        """Whether the fractions have the limit law, at the false-alarm rate."""
        return bool(self.p_value >= self.false_alarm)

    @property
    def gamma_spread(self):
        """The standard deviation over networks of gamma, by layer."""
        return self.gamma_networks.std(axis=0, ddof=1)

    @property
    def statement(self) -> str:
        """The verdict and how far infinite width can be trusted, in one or two sentences."""
        verdict = "have" if self.accepted else "do not have"
        text = (
            f"the fractions {verdict} the law of {self.reference} (KS = {self.ks:.4f},"
            f" p = {self.p_value:.2g}, false-alarm rate {self.false_alarm:g}); depth/width = "
            f"{self.depth / self.width:.3g}, gamma differs between networks by "
            f"{self.gamma_spread[-1] / self.gamma_networks[:, -1].mean():.1%}"
        )
        if self.depth / self.width > _DEEP:
            text += (
                "; that is not small: the law is a mixture over networks and infinite width a "
                "first approximation"
            )
        return text

    def compare(self, gamma):
        """(KS distance, p-value) of the fractions to the law of another ``gamma``, two classes."""
        if self.classes != 2:
            raise InputError(f"compare: {self.classes} classes; the law is known for two")
        if not isinstance(gamma, int | float | np.number) or not gamma >= 0:
            raise InputError(f"compare: gamma = {gamma!r} must be a number >= 0")
        counts = np.rint(self.fractions[..., 0] * self.inputs).astype(int)
        return ks_against(counts, float(gamma), self.inputs)

    def quantiles(self, p=(0.05, 0.25, 0.5, 0.75, 0.95)):
        """Quantiles over networks of the fraction of class 0."""
        return np.quantile(self.fractions[..., 0], p)

    def __repr__(self):
        return (
            f"GuessingStudy({self.label}, width={self.width}, depth={self.depth}, "
            f"networks={self.networks}, "
            f"readouts={self.fractions.shape[1]}, p={self.p_value:.3g})"
        )

    def __str__(self):
        kind = "fresh N(0, 1) inputs" if self.fresh else "inputs given"
        lines = [f"{self!r}, {self.inputs} {kind}", f"  {self.statement}"]
        for name, value, error, limit in (
            ("E (G - 1/K)^2", self.variance, self.variance_error, self.variance_limit),
            ("E max G", self.largest, self.largest_error, self.largest_limit),
        ):
            lines.append(f"  {name} = {value:.4f} ± {error:.4f}, limit law {limit:.4f}")
        lines.append(f"  {'layer':>7}{'gamma hat':>13}{'error':>11}{'limit':>13}{'spread':>11}")
        for k in range(self.depth):
            if self.depth <= 12 or k in (0, 1, 3, 7) or k % 10 == 9 or k == self.depth - 1:
                lines.append(
                    f"  {k + 1:>7}{self.gamma_hat[k]:>13.5g}{self.gamma_error[k]:>11.2g}"
                    f"{self.gamma_finite[k]:>13.5g}{self.gamma_spread[k]:>11.2g}"
                )
        return "\n".join(lines)

    def plot(self, ax=None, quantity="fractions"):
        """The fractions of class 0 and their limit density, or ``quantity="gamma"`` by layer."""
        if quantity not in ("fractions", "gamma"):
            raise InputError(f"plot: quantity = {quantity!r}; use 'fractions' or 'gamma'")
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        return self._plot_gamma(ax) if quantity == "gamma" else self._plot_fractions(ax)

    def _plot_gamma(self, ax):
        layers = np.arange(1, self.depth + 1)
        ax.errorbar(
            layers, self.gamma_hat, 2 * self.gamma_error, fmt=".", label=f"width {self.width}"
        )
        ax.plot(layers, self.gamma_finite, color="k", lw=0.8, label="infinite width")
        ax.set(xlabel=r"layer $\ell$", ylabel=r"$\gamma_\ell$", title=self.label)
        ax.legend()
        return ax

    def _plot_fractions(self, ax):
        ax.hist(
            self.fractions[..., 0].ravel(), bins=np.linspace(0, 1, 21), density=True, alpha=0.5
        )
        gamma = self.gamma_law
        if self.classes == 2 and 0 < gamma < np.inf:
            from scipy.special import ndtri

            g = np.linspace(0.005, 0.995, 199)
            density = np.exp(-(1 - gamma) / (2 * gamma) * ndtri(g) ** 2) / np.sqrt(gamma)
            ax.plot(g, density, color="k", lw=0.8, label=rf"$\gamma$ = {gamma:.4g}")
            ax.legend()
        ax.set(xlabel="fraction of guesses of class 0", ylabel="density", title=self.label)
        return ax
