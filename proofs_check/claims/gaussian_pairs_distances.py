r"""Kolmogorov–Smirnov distances of outputs of two-layer networks to N(0, 1), with their noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..context import Context
from ..finding import Finding
from ..verdict import Verdict
from .gaussian_pairs_tools import weibull_pair

__all__ = ["BASELINES", "Distance", "baseline", "output", "table"]

#: Outputs drawn at a time.
_BLOCK = 100_000
#: (inputs, hidden) for n = 1, 2, 3, 5, 10 by the name of the panel.
_PANELS = {
    "1,n": lambda n: (1, n),
    "n,2": lambda n: (n, 2),
    "n,n": lambda n: (n, n),
}
_WIDTHS = (1, 2, 3, 5, 10)
_TABLE = {
    ("1,n", "odd", 3): (0.0006, 0.0724, 0.0585, 0.0639, 0.0662),
    ("1,n", "odd", 10): (0.0005, 0.1581, 0.0730, 0.0909, 0.1017),
    ("1,n", "positive", 3): (0.0005, 0.0224, 0.0040, 0.0039, 0.0053),
    ("1,n", "positive", 10): (0.0004, 0.0706, 0.0207, 0.0202, 0.0209),
    ("n,2", "odd", 3): (0.0729, 0.0272, 0.0137, 0.0065, 0.0034),
    ("n,2", "odd", 10): (0.1581, 0.0782, 0.0417, 0.0173, 0.0074),
    ("n,n", "odd", 3): (0.0006, 0.0277, 0.0143, 0.0080, 0.0044),
    ("n,n", "odd", 10): (0.0006, 0.0785, 0.0319, 0.0214, 0.0116),
}
#: Gaussian weights: (sigma_w2, sigma_b2, distances for widths [1, n, 1]).
BASELINES = {
    "relu": (2.0, 0.0, (0.3786, 0.3250, 0.2994, 0.2754, 0.2617)),
    "tanh": (1.46, 0.013, (0.1680, 0.1466, 0.1396, 0.1347, 0.1311)),
}


@dataclass(frozen=True)
class Distance:
    """The KS distance of a law to N(0, 1) is ``stated``, itself known to ``spread``.

    An empirical distribution function of N values is further than d from the true one with
    probability at most 2 exp(-2 N d^2) (Dvoretzky, Kiefer, Wolfowitz, Massart): a true statement
    is REFUTED with probability below ``refute``.
    """

    sampler: Callable
    stated: float
    samples: int
    spread: float = 0.002
    doubt: float = 1e-3
    refute: float = 1e-9

    def run(self, context: Context) -> Finding:
        """The distance of a sample, against bands around the stated one."""
        import numpy as np
        from scipy import stats

        generator, blocks, left = context.generator(), [], self.samples
        while left > 0:
            blocks.append(self.sampler(generator, min(_BLOCK, left)))
            left -= _BLOCK
        found = float(stats.kstest(np.concatenate(blocks), "norm").statistic)
        gap = abs(found - self.stated) - self.spread
        bands = [
            math.sqrt(math.log(2 / p) / (2 * self.samples)) for p in (self.doubt, self.refute)
        ]
        verdict = Verdict.INCONCLUSIVE
        if gap <= bands[0]:
            verdict = Verdict.SUPPORTED
        elif gap > bands[1]:
            verdict = Verdict.REFUTED
        evidence = f"{self.samples} networks, distance {found:.4f}, stated {self.stated:.4f}"
        evidence += (
            f" +- {self.spread:g}, noise {bands[0]:.2g}, false alarms below {self.refute:g}"
        )
        data = {"distance": found, "stated": self.stated, "samples": self.samples}
        return Finding(verdict, "statistical", evidence, data)


def output(theta, inputs, hidden, kind="odd") -> Callable:
    """A sampler of outputs of widths [inputs, hidden, 1] of an exact Weibull pair."""
    from numerics.compile import compile

    phi, power = compile(weibull_pair(theta, kind)), 1 / float(theta)

    def weights(generator, shape):
        import numpy as np

        sign = np.where(generator.random(shape) < 0.5, -1.0, 1.0)
        return sign * generator.exponential(size=shape) ** power

    return _two_layers(phi, weights, inputs, hidden, 0.0)


def baseline(name, hidden) -> Callable:
    """The same for Gaussian weights and one input."""
    from numerics.compile import compile

    gain, bias, _ = BASELINES[name]
    weights = lambda generator, shape: math.sqrt(gain) * generator.standard_normal(shape)  # noqa: E731
    return _two_layers(compile(name), weights, 1, hidden, math.sqrt(bias))


def _two_layers(phi, weights, inputs, hidden, bias):
    def sampler(generator, count):
        first = phi(generator.standard_normal((count, inputs)))
        z = (weights(generator, (count, hidden, inputs)) * first[:, None]).sum(axis=2)
        z = z / math.sqrt(inputs) + bias * generator.standard_normal((count, hidden))
        out = (weights(generator, (count, hidden)) * phi(z)).sum(axis=1) / math.sqrt(hidden)
        return out + bias * generator.standard_normal(count)

    return sampler


def table(samples=1_000_000):
    """Every entry, by a million networks each."""
    for (panel, kind, theta), row in _TABLE.items():
        for n, stated in zip(_WIDTHS, row, strict=True):
            inputs, hidden = _PANELS[panel](n)
            yield Distance(output(theta, inputs, hidden, kind), stated, samples)
    for name, (_, _, row) in BASELINES.items():
        for n, stated in zip(_WIDTHS, row, strict=True):
            yield Distance(baseline(name, n), stated, samples)
