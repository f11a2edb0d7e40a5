"""Results that know where they come from: provenance, saving, loading, exporting.

A result is a frozen dataclass of arrays, numbers, texts and records of these.  ``save`` writes
one .npz file (arrays plus a JSON header) under a temporary name and renames it, so that a file is
whole or absent; ``load`` restores the same class.  Nothing is pickled.
"""

import csv
import dataclasses
import json
import math
import os
import platform
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np

from theory.errors import InputError

from .presentation import html_text, latex_table

__all__ = ["PointSequence", "Provenance", "Result", "depth_scale", "load"]

_FORMAT = "initheory-result-1"

#: The classes that a file may name, with the module that defines each.
_CLASSES = {
    "FixedPoints": "fixed_point_record",
    "FixedPoint": "fixed_point_record",
    "EdgeOfChaos": "edge_of_chaos",
    "EdgeOfChaosPoint": "edge_of_chaos",
    "EdgeOfChaosRange": "edge_range",
    "PhaseDiagram": "phase_diagram",
    "CorrelationPlane": "correlation_plane",
    "Trajectory": "trajectory",
    "TangentTrajectory": "tangent.trajectory",
    "KernelMatrix": "tangent.matrix",
    "EmpiricalKernel": "tangent.empirical",
    "Initialization": "initialization",
    "Sample": "sample",
    "Law": "law",
    "Jacobian": "spectrum.jacobian",
    "KernelTraining": "kernel_training",
    "SpectrumSample": "spectrum.sampled",
    "Provenance": "result",
    "ExcessKurtosis": "pair_kurtosis",
    "MatrixCheck": "matrix_check",
    "PreactivationStudy": "preactivation_study",
    "BinaryClassFraction": "guessing.binary_fraction",
    "BinaryLargest": "guessing.binary_fraction",
    "ClassFraction": "guessing.many_fractions",
    "LargestFraction": "guessing.many_fractions",
    "BiasTrajectory": "guessing.trajectory",
    "BiasDiagram": "guessing.diagram",
    "NeutralLine": "guessing.neutral_line",
    "NeutralPoint": "guessing.neutral_line",
    "DataStatistics": "guessing.data",
    "BiasPrediction": "guessing.prediction",
    "GuessingStudy": "guessing.study",
    "GradientGrowth": "gradient_growth.record",
    "BiasTraining": "guessing.training_course",
    "DeadStudy": "dead_units.study",
    "DeadUnitsPath": "dead_units.by_layer",
    "AsymmetricGrowth": "asymmetric.records",
    "AsymmetricState": "asymmetric.records",
    "AsymmetricLayers": "asymmetric.layers",
    "TeacherStudy": "teacher.study_result",
    "PairedComparison": "teacher.comparison",
}


#: What reading a file from elsewhere may run into.
_DAMAGES = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError),
    *(RecursionError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


def depth_scale(chi):
    """-1/log|chi|, elementwise: infinite at |chi| = 1, negative beyond, 0 at chi = 0 and infinity.

    >>> depth_scale(math.exp(-0.5)), depth_scale(1.0), depth_scale(0.0)
    (2.0, inf, 0.0)
    """
    with np.errstate(divide="ignore"):
        rate = np.log(np.abs(chi))
        scale = np.where(rate == 0.0, np.inf, -1.0 / rate) + 0.0
    return float(scale) if scale.ndim == 0 else scale


@dataclass(frozen=True)
class Provenance:
    """What was asked, of which activation, with which versions, to which accuracy."""

    verb: str
    activation: str
    inputs: dict = field(default_factory=dict)
    accuracy: str = ""
    seed: int | None = None
    versions: dict = field(default_factory=dict)

    @classmethod
    def of(cls, verb, activation, accuracy="", seed=None, **inputs):
        """Record a call made now."""
        versions = {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "initheory": _own_version(),
        }
        return cls(
            verb, activation, {k: _plain(v) for k, v in inputs.items()}, accuracy, seed, versions
        )


class Result:
    """Mixin of the result classes: ``save``, ``to_dict`` and ``to_csv``."""

    def to_dict(self):
        """Fields as plain Python values, arrays as nested lists."""
        return _jsonable(self, None)

    def latex(self):
        """A LaTeX table of the result."""
        return latex_table(self)

    def _repr_html_(self):
        return html_text(self)

    def save(self, path):
        """Write to ``path`` (.npz); ``load`` gives an equal object back."""
        path = _path(path, "save")
        if path.suffix != ".npz":
            raise InputError(f"save: {path.name!r} is not an .npz file; name it {path.stem}.npz")
        arrays: dict[str, np.ndarray] = {}
        header = json.dumps({"format": _FORMAT, "value": _jsonable(self, arrays)})
        write_atomically(path, lambda stream: np.savez(stream, _header=np.array(header), **arrays))
        return path


class PointSequence(Result):
    """A result that is a sequence of its ``points``, in ascending order, with a ``statement``."""

    def __str__(self):
        return "\n".join([self.statement, *(f"  {point}" for point in self.points)])

    def __len__(self):
        return len(self.points)

    def __iter__(self):
        return iter(self.points)

    def __getitem__(self, index):
        return self.points[index]


def load(path):
    """The result saved at ``path``; ``InputError`` if the file is not one of ours.

    Only arrays and JSON are read: a file from elsewhere cannot run code.

    >>> from numerics.fixed_point import fixed_points
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = fixed_points("relu", 1.0, 0.5).save(Path(folder) / "relu.npz")
    ...     print(load(path).points[0].q)
    1.0
    """
    path = _path(path, "load")
    try:
        with np.load(path, allow_pickle=False) as archive:
            header = json.loads(str(archive["_header"]))
            arrays = {name: archive[name] for name in archive.files if name != "_header"}
        if header["format"] != _FORMAT:
            raise KeyError(header["format"])
        result = _restore(header["value"], arrays)
        if not isinstance(result, Result):
            raise TypeError(result)
        return result
    except FileNotFoundError:
        raise InputError(f"load: there is no file {str(path)!r}") from None
    except _DAMAGES as error:
        raise InputError(
            f"load: {str(path)!r} is damaged or was not written by save ({type(error).__name__})"
        ) from None


def _path(path, verb):
    try:
        return Path(path)
    except TypeError:
        raise InputError(f"{verb}: {path!r} is not the name of a file") from None


def write_atomically(path, write):
    """Let ``write`` fill a temporary file beside ``path``, then rename it."""
    path = _path(path, "save")
    if path.is_dir():
        raise InputError(f"save: {str(path)!r} is a directory; give the name of a file")
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    except OSError as error:
        raise InputError(f"save: cannot write to {str(path.parent)!r}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            write(stream)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_csv(path, columns):
    """Write a mapping of names to equally long columns as CSV, floats in full precision."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"columns of different lengths: {lengths}")

    def write(stream):
        text = os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", newline="")
        with text:
            writer = csv.writer(text)
            writer.writerow(columns)
            writer.writerows(zip(*(_listed(column) for column in columns.values()), strict=True))

    write_atomically(path, write)


def _listed(column):
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


@lru_cache(maxsize=1)
def _own_version():
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("initheory")
    except PackageNotFoundError:
        return "unknown"


def _plain(value):
    """A value as JSON can hold it; long arrays are summarised, exact numbers kept as text."""
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    array = np.asarray(value)
    if array.dtype == object:
        return str(value)
    if array.ndim == 0:
        return float(array)
    if array.size <= 8:
        return tuple(array.ravel().tolist())
    return f"{array.shape} array from {array.flat[0]:.17g} to {array.flat[-1]:.17g}"


def _jsonable(value, arrays):
    """Nested plain values; arrays go into ``arrays`` by name, or inline if that is None."""
    if isinstance(value, np.ndarray):
        if arrays is None:
            return _jsonable(value.tolist(), None)
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if dataclasses.is_dataclass(value):
        fields = {
            f.name: _jsonable(getattr(value, f.name), arrays)
            for f in dataclasses.fields(value)
            if f.metadata.get("saved", True)
        }
        return fields if arrays is None else {"class": type(value).__name__, "fields": fields}
    if isinstance(value, dict):
        items = {str(k): _jsonable(v, arrays) for k, v in value.items()}
        return items if arrays is None else {"dict": items}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v, arrays) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)} if arrays is not None else repr(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _restore(value, arrays):
    if isinstance(value, list):
        return tuple(_restore(v, arrays) for v in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "float" in value:
        return float(value["float"])
    if "dict" in value:
        return {k: _restore(v, arrays) for k, v in value["dict"].items()}
    module = import_module(f".{_CLASSES[value['class']]}", __package__)
    fields = {k: _restore(v, arrays) for k, v in value["fields"].items()}
    return getattr(module, value["class"])(**fields)
