r"""Results as LaTeX and HTML: points as a table, everything else as names and values."""

import dataclasses
import html

import numpy as np

__all__ = ["html_text", "latex_table"]


def latex_table(result) -> str:
    r"""A ``tabular``: one row per point of a sequence, else one per field.

    >>> from numerics.edge_of_chaos import edge_of_chaos
    >>> print(latex_table(edge_of_chaos("erf", q=1)).splitlines()[2][:24])
    1 & 1.7562036827602 & 0.
    """
    points = getattr(result, "points", None)
    if points:
        names = [field.name for field in dataclasses.fields(points[0])]
        rows = [[_text(getattr(point, name)) for name in names] for point in points]
        return _tabular("r" * len(names), [_name(n) for n in names], rows)
    shown = [f for f in dataclasses.fields(result) if f.name not in ("provenance", "points")]
    rows = [[_name(f.name), _text(getattr(result, f.name))] for f in shown]
    return _tabular("ll", ["quantity", "value"], rows)


def html_text(result) -> str:
    """The readable text of a result, for a notebook."""
    return f"<pre>{html.escape(str(result))}</pre>"


def _tabular(columns, head, rows):
    lines = [" & ".join(row) + r" \\" for row in (head, *rows)]
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", *lines, r"\end{tabular}"])


def _name(name):
    return name.replace("_", r"\_")


def _text(value):
    if isinstance(value, np.ndarray):
        shape = r" \times ".join(map(str, value.shape))
        if value.dtype.kind != "f" or not value.size:
            return rf"${shape}$"
        return rf"${shape}$, from {_text(float(np.min(value)))} to {_text(float(np.max(value)))}"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.14g}".replace("inf", r"$\infty$")
    return _name(str(value)) if value is not None else "--"
