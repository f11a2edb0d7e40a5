"""A phase diagram for the command line: computed, summed up in words, or as a table."""

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from theory.activation import Activation
from theory.errors import InputError

from .derivation import read_parameters, require_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerics.phase_diagram import PhaseDiagram

__all__ = ["csv_text", "diagram_of", "summary_text"]

#: The quantities of a diagram that go into a table, in this order.
COLUMNS = ("q", "chi_1", "c_star", "xi_q", "xi_c")


def diagram_of(
    activation: str,
    axes: "Sequence[ArrayLike]",
    parameters: Mapping[str, str],
    bias: bool = False,
    layer: Mapping[str, str | None] = MappingProxyType({}),
) -> "PhaseDiagram":
    """The phase diagram of a formula with parameter values given as text.

    ``axes`` are sigma_w2 and sigma_b2, or sigma_w2, one sigma_b2 and weight correlations.  With
    ``bias`` it is that of the guessing bias, whose phases name a regime too.  ``layer`` holds the
    options of ``MeanField``.

    >>> diagram_of("erf", ([1.0, 4.0], [0.05]), {}).q.shape
    (1, 2)
    """
    from numerics.phase_diagram import phase_diagram
    from theory.guessing import GuessingBias
    from theory.mean_field import MeanField

    phi = Activation(activation, **read_parameters(parameters))
    require_values(phi)
    theory = MeanField(phi, **layer)
    model: MeanField | GuessingBias = theory
    if symbols := theory.weight_correlation.free_symbols | theory.skip.free_symbols:
        raise InputError(f"{min(map(str, symbols))} has no value; give a number in its place")
    if bias:
        if theory.skip != 0:
            raise InputError("--bias is for layers without a skip connection: leave out --skip")
        if len(axes) > 2:
            raise InputError(
                "--bias has the axes --sigma-w2 and --sigma-b2: leave out ranges of "
                "--weight-correlation"
            )
        model = GuessingBias(theory)
    sigma_w2, sigma_b2, *correlation = axes
    return phase_diagram(
        model, sigma_w2, sigma_b2, weight_correlation=next(iter(correlation), None)
    )


def csv_text(diagram: "PhaseDiagram") -> str:
    """One line for each grid point, numbers in full precision, the phase as a word."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = (*COLUMNS, "gamma") if hasattr(diagram, "gamma") else COLUMNS
    row, column = diagram.AXES
    writer.writerow([column, row, *names, "phase"])
    for i, down in enumerate(getattr(diagram, row).tolist()):
        columns = [getattr(diagram, name)[i].tolist() for name in names]
        phases = [str(phase) for phase in diagram.phase[i]]
        across = getattr(diagram, column).tolist()
        for at, *values, phase in zip(across, *columns, phases, strict=True):
            writer.writerow([repr(at), repr(down), *map(repr, values), phase])
    return out.getvalue()


def summary_text(diagram: "PhaseDiagram") -> str:
    """How many grid points are in which phase, and the ranges."""
    from collections import Counter

    counts = Counter(str(phase) for phase in diagram.phase.ravel())
    total = diagram.q.size
    lines, width = [str(diagram), ""], max(16, *map(len, counts))
    for phase, count in counts.most_common():
        lines.append(f"{phase or 'no fixed point':<{width}}{count:>9}  {count / total:6.1%}")
    lines += ["", "write it with -o phase.png, phase.npz or phase.csv"]
    return "\n".join(lines)
