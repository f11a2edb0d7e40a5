"""Statements about random quantities: a test with a stated rate of false alarms."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from theory.errors import ClaimError

from .context import Context
from .finding import Finding
from .verdict import Verdict

__all__ = ["Statistical"]


@dataclass(frozen=True)
class Statistical:
    """Samples agree with an expectation (z-test) or a distribution function (Kolmogorov-Smirnov).

    ``sampler(generator, samples)`` returns independent observations; ``expected`` is their mean, a
    number, or their distribution function, a function of an array.  A true statement is REFUTED
    with probability below ``refute``; it is SUPPORTED at once with probability 1 - ``doubt``.
    For p-values in between, four times as many fresh samples are drawn, once; what is still in
    between then is INCONCLUSIVE.  ``bias`` is a known bound of the difference that a correct
    sampler has (finite width, time step) and widens the z-test.
    """

    sampler: Callable
    expected: Any
    samples: int = 10_000
    doubt: float = 1e-3
    refute: float = 1e-9
    bias: float = 0.0

    def run(self, context: Context) -> Finding:
        """One test, repeated once with more samples if it is in doubt."""
        if not 0 < self.refute < self.doubt < 1:
            raise ClaimError("a statistical check needs 0 < refute < doubt < 1")
        if not 0 <= self.bias < math.inf:
            raise ClaimError(f"the bias of a statistical check is at least 0; got {self.bias}")
        generator, count = context.generator(), self.samples
        p_value, data, evidence = self._test(generator, count)
        if self.refute <= p_value < self.doubt:
            count *= 4
            p_value, data, evidence = self._test(generator, count)
        data |= {"samples": count, "p_value": p_value, "false_alarm": self.refute}
        verdict = Verdict.INCONCLUSIVE
        if p_value >= self.doubt:
            verdict = Verdict.SUPPORTED
        elif p_value < self.refute:
            verdict = Verdict.REFUTED
        evidence = f"{count} samples, {evidence}, p = {p_value:.2g}"
        return Finding(verdict, "statistical", evidence, data)

    def _test(self, generator, count):
        import numpy as np

        values = np.asarray(self.sampler(generator, count), dtype=float)
        if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
            raise ClaimError(
                "a sampler must return a one-dimensional array of at least two finite numbers"
            )
        return self._ks(values) if callable(self.expected) else self._z(values)

    def _z(self, values):
        mean = float(values.mean())
        error = float(values.std(ddof=1)) / math.sqrt(values.size)
        expected = float(self.expected)
        if not math.isfinite(expected):
            raise ClaimError(f"the expected mean must be a finite number; got {expected}")
        excess = max(0.0, abs(mean - expected) - self.bias)
        z = excess / error if error > 0 else (0.0 if excess == 0 else math.inf)
        allowed = f" beyond a bias of {self.bias:g}" if self.bias else ""
        evidence = f"mean {mean:.6g} +- {error:.2g}, expected {expected:.6g}"
        evidence += f", |z| = {z:.2f}{allowed}"
        data = {"mean": mean, "standard_error": error, "expected": expected, "z": z}
        return math.erfc(z / math.sqrt(2)), data, evidence

    def _ks(self, values):
        from scipy import stats

        found = stats.kstest(values, self.expected)
        if not math.isfinite(found.pvalue):
            raise ClaimError("the expected distribution function is not finite at some sample")
        evidence = f"Kolmogorov-Smirnov distance {found.statistic:.4g}"
        return float(found.pvalue), {"distance": float(found.statistic)}, evidence
