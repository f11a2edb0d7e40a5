"""The rows on dead units in the mean-field section: how likely a unit and a network are off."""

from collections.abc import Callable, Iterator

from theory.dead_units import DeadUnits
from theory.equation import Equation
from theory.errors import UndecidedError
from theory.mean_field import MeanField

from .report import Row

__all__ = ["dead_rows"]


def dead_rows(theory: MeanField, row_of: Callable[[Equation], Row]) -> Iterator[Row]:
    """One row, made by ``row_of``, for each equation of ``DeadUnits`` of this theory."""
    try:
        equations = DeadUnits(theory).equations()
    except UndecidedError as error:
        yield Row("mean-field", "dead_unit", "probability that a unit is off", note=str(error))
        return
    for equation in equations:
        yield row_of(equation)
