"""Progress of a long computation: a bar on a terminal, a function of (done, total), or nothing."""

import sys
from contextlib import contextmanager

from theory.errors import InputError

__all__ = ["reporting"]


@contextmanager
def reporting(progress, what):
    """A function (done, total) that shows ``what`` is under way; None or False shows nothing."""
    if progress is None or progress is False:
        yield lambda done, total: None
    elif callable(progress):
        yield progress
    elif progress is True:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(file=sys.stderr), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        raise InputError(
            f"progress = {progress!r}; pass None, True or a function of (done, total)"
        )
