"""What ``gradient_growth`` measured: squared norms going up and gradients coming down."""

import math
from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from ..result import Provenance, Result

__all__ = ["GradientGrowth"]


@dataclass(frozen=True, eq=False, repr=False)
class GradientGrowth(Result):
    """Factors of |z|^2 and of the squared gradient |delta|^2 in each layer of random networks.

    Layer 0 is the first layer of pre-activations, map l leads from layer l to layer l + 1.  Of
    each network there are ``q_samples`` [network, layer], |z|^2/n; ``gradient_samples`` [network,
    map], |delta_l|^2/|delta_{l+1}|^2; and ``share_samples`` [network, layer], the ratio of
    (1^T delta)^2 to |delta|^2, which is 1 on the average if delta has no preferred direction.
    ``forward``, ``gradient`` and ``share`` are their means with standard errors ``..._error``, and
    ``..._theory`` what infinite width gives (None for weights without variance maps, and of the
    share with skip connections).
    ``lost`` networks are left out, in which a norm vanished or overflowed.
    """

    label: str
    weights: str
    width: int
    sigma_w2: float
    sigma_b2: float
    start: str
    q_samples: np.ndarray
    gradient_samples: np.ndarray
    share_samples: np.ndarray
    q_theory: np.ndarray | None
    gradient_theory: np.ndarray | None
    share_theory: np.ndarray | None
    lost: int
    provenance: Provenance

    @property
    def depth(self) -> int:
        """The number of maps."""
        return self.gradient_samples.shape[1]

    @property
    def samples(self) -> int:
        """The number of networks that entered."""
        return len(self.gradient_samples)

    @property
    def q(self):
        """The mean of |z|^2/n in layers 0, ..., depth."""
        return self.q_samples.mean(axis=0)

    @property
    def q_error(self):
        """The standard error of ``q``."""
        return _error(self.q_samples)

    @property
    def forward_samples(self):
        """|z_{l+1}|^2/|z_l|^2, [network, map]."""
        return self.q_samples[:, 1:] / self.q_samples[:, :-1]

    @property
    def forward(self):
        """The mean factor of |z|^2 of each map."""
        return self.forward_samples.mean(axis=0)

    @property
    def forward_error(self):
        """The standard error of ``forward``."""
        return _error(self.forward_samples)

    @property
    def forward_theory(self):
        """V(q)/q along the layers, or None."""
        return None if self.q_theory is None else self.q_theory[1:] / self.q_theory[:-1]

    @property
    def gradient(self):
        """The mean factor of |delta|^2 of each map; at infinite width chi_1 at the layer's q."""
        return self.gradient_samples.mean(axis=0)

    @property
    def gradient_error(self):
        """The standard error of ``gradient``."""
        return _error(self.gradient_samples)

    @property
    def share(self):
        """The mean of (1^T delta)^2/|delta|^2 in layers 0, ..., depth - 1."""
        return self.share_samples.mean(axis=0)

    @property
    def share_error(self):
        """The standard error of ``share``."""
        return _error(self.share_samples)

    @property
    def forward_rate(self) -> tuple[float, float]:
        """(factor of |z|^2 per layer over the whole depth, standard error)."""
        return _rate(self.q_samples[:, -1] / self.q_samples[:, 0], self.depth)

    @property
    def gradient_rate(self) -> tuple[float, float]:
        """(factor of |delta|^2 per layer over the whole depth, standard error)."""
        return _rate(np.exp(np.log(self.gradient_samples).sum(axis=1)), self.depth)

    @property
    def statement(self) -> str:
        """Both rates beside those of infinite width, in one sentence."""
        text = []
        theories = self.forward_theory, self.gradient_theory
        rates = self.forward_rate, self.gradient_rate
        for name, (value, error), limit in zip(
            ("|z|^2", "|delta|^2"), rates, theories, strict=True
        ):
            beside = "" if limit is None else f" (infinite width {_mean(limit):.4f})"
            text.append(f"{name} is multiplied by {value:.4f} ± {error:.4f}{beside}")
        lost = f"; {self.lost} networks were lost to zero or infinity" if self.lost else ""
        return f"per layer {text[0]} going up and {text[1]} coming down{lost}"

    def __repr__(self):
        return (
            f"GradientGrowth({self.label}, weights={self.weights}, width={self.width}, "
            f"depth={self.depth}, samples={self.samples})"
        )

    def __str__(self):
        heads = ("q", "forward", "limit", "gradient", "limit", "share of 1", "limit")
        lines = [f"{self!r}, sigma_w2 = {self.sigma_w2:g}, sigma_b2 = {self.sigma_b2:g}"]
        lines += [f"  {self.statement}", "  map" + "".join(f"{head:>20}" for head in heads)]
        for k in range(self.depth):
            cells = [f"{self.q[k]:.5g}"]
            for name in ("forward", "gradient", "share"):
                value, error = getattr(self, name)[k], getattr(self, f"{name}_error")[k]
                limit = getattr(self, f"{name}_theory")
                cells += [
                    f"{value:.4f} ± {error:.4f}",
                    "-" if limit is None else f"{limit[k]:.5g}",
                ]
            lines.append(f"  {k:>3}" + "".join(f"{cell:>20}" for cell in cells))
        return "\n".join(lines)

    def plot(self, ax=None):
        """Both factors by layer with two standard errors, and their limits; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        maps = np.arange(self.depth)
        for name, text in (("forward", r"$|z|^2$, upwards"), ("gradient", r"$|\delta|^2$, down")):
            error = 2 * getattr(self, f"{name}_error")
            bars = ax.errorbar(maps, getattr(self, name), error, fmt=".", label=text)
            if self.q_theory is not None:
                limit = getattr(self, f"{name}_theory")
                ax.plot(maps, limit, color=bars.lines[0].get_color(), lw=0.8)
        ax.axhline(1.0, color="k", ls=":", lw=0.6)
        ax.set(xlabel=r"map $\ell$", ylabel="factor", title=f"{self.label}, {self.weights}")
        ax.legend()
        return ax

    def to_xarray(self):
        """An xarray Dataset of the means and standard errors over the maps."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray: xarray is not installed; pip install xarray") from None
        names = [f"{name}{end}" for name in ("forward", "gradient", "share") for end in _ENDS]
        data = {name: ("map", getattr(self, name)) for name in names}
        known = {name: entry for name, entry in data.items() if entry[1] is not None}
        return xarray.Dataset(known, coords={"map": np.arange(self.depth)})


_ENDS = ("", "_error", "_theory")


def _error(samples):
    """Of the mean over the first axis; infinite for one network."""
    if len(samples) < 2:
        return np.full(samples.shape[1:], np.inf)
    return samples.std(axis=0, ddof=1) / math.sqrt(len(samples))


def _rate(totals, depth):
    """The depth-th root of the mean, with the error that the mean's gives it."""
    mean = float(totals.mean())
    rate = mean ** (1.0 / depth)
    return rate, float(_error(totals)) * rate / (depth * mean)


def _mean(factors):
    """The geometric mean."""
    with np.errstate(divide="ignore"):
        return math.exp(np.log(factors).mean())
