"""Runs of a study: several at a time, in the order of a plan, kept in a folder if one is given."""

import hashlib
import json
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from theory.errors import InputError

from .blas_threads import one_blas_thread
from .progress import reporting
from .result import write_atomically

__all__ = ["folder_of", "in_order", "recorded_steps", "stored"]


def in_order(plan, work, jobs, progress, what, stop=None):
    """[work(item) for item in plan] on ``jobs`` threads, each with one thread for its products.

    ``progress`` hears of finished runs; an exception or an interrupt cancels those not begun, and
    sets the event ``stop``, if given, for those under way to see.
    """
    found = []
    with (
        reporting(progress, what) as report,
        one_blas_thread(),
        ThreadPoolExecutor(jobs) as pool,
    ):
        futures = [pool.submit(work, item) for item in plan]
        try:
            for future in futures:
                found.append(future.result())
                report(len(found), len(plan))
        finally:
            for future in futures:
                future.cancel()
            if stop is not None:
                stop.set()
    return found


def stored(folder, settings, shape, compute):
    """The array that ``compute()`` gives, read from ``folder`` if it is there, else saved there.

    ``settings`` is a mapping that JSON can hold and determines the run; a file that is not whole,
    or does not hold an array of this shape, is replaced.
    """
    if folder is None:
        return compute()
    name = json.dumps(settings, sort_keys=True)
    path = Path(folder) / f"run-{hashlib.sha256(name.encode()).hexdigest()[:24]}.npz"
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = archive["found"]
        if found.shape == shape:
            return found
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass  # absent, or not whole: computed anew
    found = compute()
    write_atomically(path, lambda stream: np.savez(stream, found=found, settings=np.array(name)))
    return found


def folder_of(path, verb):
    """The folder of a resumable study, made if it is not there; None for None."""
    if path is None:
        return None
    try:
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
    except (TypeError, OSError) as error:
        raise InputError(f"{verb}: path = {path!r} is no folder: {error}") from None
    return folder


def recorded_steps(steps, count):
    """About ``count`` steps from 0 to the last, first dense, then geometric."""
    return tuple(sorted({0, *(round(v) for v in np.geomspace(1, steps, count - 1)), steps}))
