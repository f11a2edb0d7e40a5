"""Sphinx configuration; the pages of ``_generated`` are written by the toolkit at build time."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import figures  # noqa: E402  lies beside this file
import generate  # noqa: E402
import tables  # noqa: E402

from initheory import __version__  # noqa: E402

project = "initheory"
author = "The initheory developers"
copyright = "The initheory developers"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_generated/parts"]
html_theme = "furo"
html_title = f"initheory {version}"
html_static_path = ["_static"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_use_rtype = False
add_module_names = False
nitpicky = False

generate.write_pages(HERE / "_generated")
tables.write_parts(HERE / "_generated/parts")
figures.draw_figures(HERE / "_generated")


def escape_docstring(app, what, name, obj, options, lines):
    """Docstrings are plain text with ``code``; what looks like markup elsewhere is mathematics."""
    for number, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...")):
            continue
        parts = line.split("``")
        parts[::2] = [re.sub(r"[|*]|(?<=\w)_(?=\W|$)", r"\\\g<0>", part) for part in parts[::2]]
        lines[number] = "``".join(parts)


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", escape_docstring, priority=100)
