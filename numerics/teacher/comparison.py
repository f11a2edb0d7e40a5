"""Paired comparisons of final losses: Wilcoxon's signed-rank test, corrected by Holm's rule."""

from dataclasses import dataclass

import numpy as np

from ..result import Result

__all__ = ["PairedComparison", "compared"]

#: Losses beyond these, also of runs that diverged, count as equal.
_LOG_RANGE = (-700.0, 700.0)


@dataclass(frozen=True, repr=False)
class PairedComparison(Result):
    """One scheme against another on the same ``pairs`` of tasks.

    ``lower`` is in how many of them the loss of ``scheme`` was lower, ``ratio`` the median ratio
    of the losses, ``p_value`` that of the two-sided signed-rank test on the logarithms, and
    ``adjusted`` the same after Holm's correction over all comparisons of the study.
    """

    scheme: str
    reference: str
    optimizer: str
    pairs: int
    lower: int
    ratio: float
    p_value: float
    adjusted: float

    def __repr__(self):
        return (
            f"PairedComparison({self.scheme!r} against {self.reference!r}, {self.optimizer}: "
            f"lower in {self.lower} of {self.pairs}, median ratio {self.ratio:.3g}, "
            f"p = {self.adjusted:.2g})"
        )


def compared(names, optimizers, losses, reference=0) -> tuple[PairedComparison, ...]:
    """Every scheme against ``names[reference]``; ``losses`` [scheme, optimizer, run].

    An infinite loss is above every finite one and ties with others of its kind.
    """
    others = [k for k in range(len(names)) if k != reference]
    cases = [(k, j) for j in range(len(optimizers)) for k in others]
    gaps = [_log(losses[k, j]) - _log(losses[reference, j]) for k, j in cases]
    p_values = [_signed_rank(gap) for gap in gaps]
    adjusted = holm(p_values)
    return tuple(
        PairedComparison(
            scheme=names[k],
            reference=names[reference],
            optimizer=optimizers[j],
            pairs=gap.size,
            lower=int((gap < 0).sum()),
            ratio=_ratio(float(np.median(gap))),
            p_value=p,
            adjusted=corrected,
        )
        for (k, j), gap, p, corrected in zip(cases, gaps, p_values, adjusted, strict=True)
    )


def holm(p_values):
    """Holm's step-down correction: rejecting those <= alpha errs at all with probability alpha.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    count, largest, found = len(p_values), 0.0, [0.0] * len(p_values)
    for rank, index in enumerate(sorted(range(count), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (count - rank) * p_values[index]))
        found[index] = largest
    return found


def _signed_rank(gap):
    """The two-sided p-value; 1 if all pairs are equal."""
    from scipy.stats import wilcoxon

    gap = gap[gap != 0]
    return float(wilcoxon(gap).pvalue) if gap.size else 1.0


def _log(losses):
    with np.errstate(divide="ignore"):
        return np.clip(np.log(losses), *_LOG_RANGE)


def _ratio(log):
    """exp, with the differences that only a diverged run makes as 0 or infinity."""
    half = _LOG_RANGE[1] / 2
    return 0.0 if log < -half else float("inf") if log > half else float(np.exp(log))
