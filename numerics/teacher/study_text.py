"""A study of students as text and as a picture: its table, its sentence, its panels."""

import numpy as np

from .study_result import quartiles

__all__ = ["draw", "rows", "statement", "table"]

#: A difference between schemes is named if its corrected p-value is at most this.
FALSE_ALARMS = 0.05


def rows(study):
    """One mapping for each scheme and optimizer."""
    low, median, high = quartiles(study.final, axis=2)
    reached = quartiles(study.steps_to(study.goal), axis=2)[1]
    ends = study.collapsed_interval()
    against = {(c.scheme, c.optimizer): c for c in study.comparisons()}
    found = []
    for j, optimizer in enumerate(study.optimizers):
        for k, scheme in enumerate(study.schemes):
            pair = against.get((scheme, optimizer))
            found.append(
                {
                    "scheme": scheme,
                    "law": study.laws[k],
                    "sigma_w2": float(study.sigma_w2[k]),
                    "sigma_b2": float(study.sigma_b2[k]),
                    "optimizer": optimizer,
                    "loss": float(median[k, j]),
                    "lower_quartile": float(low[k, j]),
                    "upper_quartile": float(high[k, j]),
                    "goal": study.goal,
                    "steps_to_goal": float(reached[k, j]),
                    "runs": study.runs,
                    "diverged": int(study.diverged[k, j]),
                    "collapsed_before": int(study.collapsed[0, k, j]),
                    "collapsed_before_interval": ends[:, 0, k, j].tolist(),
                    "collapsed_after": int(study.collapsed[1, k, j]),
                    "collapsed_after_interval": ends[:, 1, k, j].tolist(),
                    "lower_than_first": None if pair is None else pair.lower,
                    "p_value": None if pair is None else pair.p_value,
                    "adjusted_p_value": None if pair is None else pair.adjusted,
                }
            )
    return found


def table(study):
    """The rows in columns, with what the columns mean."""
    wide = max(len(name) for name in ("scheme", *study.schemes)) + 2
    goal = f"steps to {study.goal:g}"
    heads = ("sigma_w2", "loss", "quartiles", goal, "lower", "p", "constant", "diverged")
    widths = (10, 10, 20, max(len(goal) + 2, 14), 8, 10, 24, 10)
    lines = [repr(study), f"  teacher: {study.teacher}", f"  first layer: {study.first_layer}"]
    for j, optimizer in enumerate(study.optimizers):
        lines.append(f"{optimizer}, learning rate {study.learning_rates[j]:g}")
        titles = "".join(f"{head:>{size}}" for head, size in zip(heads, widths, strict=True))
        lines.append(f"  {'scheme':<{wide}}{titles}")
        for row in rows(study):
            if row["optimizer"] == optimizer:
                cells = zip(_cells(row), widths, strict=True)
                text = "".join(f"{cell:>{size}}" for cell, size in cells)
                lines.append(f"  {row['scheme']:<{wide}}{text}")
    return "\n".join([*lines, *_legend(study), f"  {study.statement}"])


def statement(study):
    """What was measured, without a verdict."""
    first = study.schemes[0]
    medians = quartiles(study.final, axis=2)[1]
    parts = []
    for j, optimizer in enumerate(study.optimizers):
        best = int(np.argmin(medians[:, j]))
        if np.isinf(medians[best, j]):
            parts.append(f"with {optimizer} most runs of every scheme diverged")
            continue
        text = f"with {optimizer} the lowest median loss was {medians[best, j]:.3g}, from "
        text += study.schemes[best]
        parts.append(text if best == 0 else f"{text} ({first} {medians[0, j]:.3g})")
    sentence = f"as measured over {study.runs} tasks, {', '.join(parts)}"
    if len(study.schemes) > 1:
        sentence += f"; {_differences(study)}"
    constant = study.collapsed.sum(axis=(1, 2))
    total = study.final.size
    sentence += f"; {constant[0]} of {total} students were constant before training, "
    sentence += f"{constant[1]} after it, and {int(study.diverged.sum())} diverged"
    return sentence


def draw(study, optimizer, ax):
    """Median and quartiles of each scheme over the steps; returns the axes."""
    j = study.optimizers.index(optimizer)
    at = study.steps + 1
    low, median, high = study.bands[:, :, j]
    for k, name in enumerate(study.schemes):
        (line,) = ax.plot(at, median[k], label=name)
        shown = np.isfinite(high[k])
        ax.fill_between(
            at[shown], low[k][shown], high[k][shown], color=line.get_color(), alpha=0.15, lw=0
        )
    ax.set(
        xlabel="step + 1",
        ylabel="test loss / variance of the teacher",
        title=f"{study.label}, {optimizer} ({study.learning_rates[j]:g})",
        xscale="log",
        yscale="log",
    )
    ax.legend()
    return ax


def _cells(row):
    """The cells of a row; a dash where there is nothing to say."""
    steps = row["steps_to_goal"]
    paired = row["p_value"] is not None
    low, high = row["collapsed_after_interval"]
    return (
        f"{row['sigma_w2']:.5g}",
        f"{row['loss']:.3g}",
        f"{row['lower_quartile']:.3g} .. {row['upper_quartile']:.3g}",
        f"{steps:.0f}" if np.isfinite(steps) else "-",
        f"{row['lower_than_first']}/{row['runs']}" if paired else "-",
        f"{row['adjusted_p_value']:.2g}" if paired else "-",
        f"{row['collapsed_before']}, {row['collapsed_after']} ({low:.2g} .. {high:.2g})",
        f"{row['diverged']}",
    )


def _legend(study):
    count = (len(study.schemes) - 1) * len(study.optimizers)
    return (
        "  loss: mean squared error on inputs held out over the variance of the teacher there, "
        f"median and quartiles over {study.runs} tasks",
        f"  lower, p: in how many tasks below {study.schemes[0]}; two-sided paired Wilcoxon test, "
        f"Holm's correction for {count} comparisons",
        "  constant: students whose outputs vary by at most "
        f"{study.tolerance:g} of their size, before and after (95 % interval of the share)",
    )


def _differences(study):
    """Which schemes a paired test tells from the first."""
    found = [case for case in study.comparisons() if case.adjusted <= FALSE_ALARMS]
    rate = f"a paired test with a family-wise false-alarm rate of {FALSE_ALARMS:g}"
    if not found:
        return f"{rate} tells no scheme from {study.schemes[0]}"
    shown = []
    for optimizer in study.optimizers:
        for side, chosen in (("lower", lambda c: c.ratio < 1), ("higher", lambda c: c.ratio >= 1)):
            names = [c.scheme for c in found if c.optimizer == optimizer and chosen(c)]
            if names:
                shown.append(f"{side} with {optimizer} from {', '.join(names)}")
    return f"{rate} finds the loss, against {study.schemes[0]}, {'; '.join(shown)}"
