"""A study of students and teachers for the command line, and its summary as JSON."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.activation import Activation

from .derivation import read_parameters, require_values
from .pictures import require_matplotlib

if TYPE_CHECKING:
    from numerics.teacher.study_result import TeacherStudy

__all__ = ["as_json", "draw", "study_of"]


def study_of(
    activation: str,
    parameters: Mapping[str, str],
    options: Mapping[str, Any],
    picture: bool = False,
    bar: bool = False,
) -> "TeacherStudy":
    """Run the study that the options of the command describe.

    InputError before the work if a ``picture`` is wanted that could not be drawn after it.
    """
    from numerics.teacher.study import teacher_student

    if picture:
        require_matplotlib()
    phi = Activation(activation, **read_parameters(parameters))
    require_values(phi)
    return teacher_student(phi, progress=True if bar else None, **options)


def as_json(study: "TeacherStudy") -> str:
    """The table: a row for each scheme and optimizer; an infinite number is "inf"."""
    summary = {
        "activation": study.label,
        "teacher": study.teacher,
        "first_layer": study.first_layer,
        "sizes": list(study.sizes),
        "steps": int(study.steps[-1]),
        "learning_rates": dict(zip(study.optimizers, study.learning_rates.tolist(), strict=True)),
        "tolerance": study.tolerance,
        "rows": [{name: _plain(value) for name, value in row.items()} for row in study.rows()],
        "statement": study.statement,
        "inputs": study.provenance.inputs,
        "seed": study.provenance.seed,
        "versions": study.provenance.versions,
    }
    return json.dumps(summary, indent=2)


def draw(study: "TeacherStudy", path: Path) -> None:
    """The curves as a picture, a panel for each optimizer."""
    from matplotlib.figure import Figure

    count = len(study.optimizers)
    figure = Figure(figsize=(5.2 * count, 4.2), layout="constrained")
    panels = figure.subplots(1, count, sharey=True, squeeze=False)[0]
    for name, panel in zip(study.optimizers, panels, strict=True):
        study.plot(ax=panel, optimizer=name)
    figure.savefig(path, dpi=150)


def _plain(value):
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
