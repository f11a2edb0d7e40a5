"""Verifying many claims, in one process or several, with the same result for any number."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager

from theory.errors import ClaimError, InputError

from .claim_files import load_claims
from .outcome import Outcome, verify_claim
from .registry import built_in, select
from .statement import Claim
from .verification_report import VerificationReport

__all__ = ["verify"]

LEVELS = ("quick", "full")


def verify(
    *what: str | Claim | Iterable,
    files: Iterable[str] = (),
    level: str = "quick",
    seed: int = 0,
    jobs: int = 1,
    progress: bool | Callable | None = None,
) -> VerificationReport:
    """Verify claims: ids, globs such as "mf.*", :class:`Claim` objects, files; all by default.

    ``level`` "full" adds the slow checks.  ``seed`` fixes every random number; the report is the
    same for any number of ``jobs`` (processes), up to seconds.  ``progress`` is True for a line
    per claim on standard error, or a function (done, total, outcome).  An interrupt (Ctrl-C)
    gives a report of what was finished, which is not ok.

    >>> report = verify(Claim("my.two", "$1 + 1 = 2$", "", check=lambda: 1 + 1 == 2))
    >>> report.ok, len(report.outcomes)
    (True, 1)
    """
    _check_arguments(level, seed, jobs)
    files = (files,) if isinstance(files, str) else tuple(files)
    chosen = select(what, files)
    say = _reporter(progress, len(chosen))
    done: dict[str, Outcome] = {}
    begin, interrupted = time.perf_counter(), False
    try:
        for outcome in _outcomes(chosen, files, level, seed, jobs):
            done[outcome.id] = outcome
            say(len(done), len(chosen), outcome)
    except KeyboardInterrupt:
        interrupted = True
    outcomes = tuple(done[claim.id] for claim in chosen if claim.id in done)
    seconds = time.perf_counter() - begin
    return VerificationReport(outcomes, level, seed, seconds, interrupted)


def _check_arguments(level, seed, jobs):
    if level not in LEVELS:
        raise InputError(f"there is no level {level!r}; the levels are 'quick' and 'full'")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"a seed is a whole number of at least 0; got {seed!r}")
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError(f"the number of jobs is a whole number of at least 1; got {jobs!r}")


def _outcomes(chosen, files, level, seed, jobs):
    """Outcomes as they are finished.

    Only a claim that another process can find by its id goes there; one that was defined in this
    session stays here.
    """
    places = {claim.id: place for claim in chosen if (place := _place(claim, files)) is not None}
    if jobs == 1 or len(places) < 2:
        for claim in chosen:
            yield verify_claim(claim, seed, level)
        return
    executor = ProcessPoolExecutor(
        min(jobs, len(places), 4 * (os.cpu_count() or 1)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_ignore_interrupts,
    )
    try:
        with _interrupts_held():
            waiting = {
                executor.submit(_verify_elsewhere, claim_id, place, seed, level)
                for claim_id, place in places.items()
            }
        for claim in chosen:
            if claim.id not in places:
                yield verify_claim(claim, seed, level)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except KeyboardInterrupt:
        for process in list((getattr(executor, "_processes", None) or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _ignore_interrupts():
    """In a worker process: Ctrl-C reaches every process of a terminal; the first one decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold interrupts back; processes started inside inherit this while they are still loading."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _place(claim, files):
    """ "" for a built-in claim, the file of a claim of a file, None for any other."""
    if any(claim is known for known in built_in()):
        return ""
    for path in files:
        if any(claim is known for known in load_claims(path)):
            return os.path.abspath(path)
    return None


def _verify_elsewhere(claim_id, place, seed, level):
    """In a worker process: find the claim again and verify it."""
    candidates = load_claims(place) if place else built_in()
    for claim in candidates:
        if claim.id == claim_id:
            return verify_claim(claim, seed, level)
    raise ClaimError(f"claim {claim_id!r} has vanished from {place or 'the built-in claims'}")


def _reporter(progress, total):
    if progress is None or progress is False:
        return lambda done, total, outcome: None
    if callable(progress):
        return progress
    if progress is True:
        return lambda done, total, outcome: print(
            f"[{done}/{total}] {outcome} {outcome.seconds:.1f} s", file=sys.stderr, flush=True
        )
    raise InputError(f"progress is True, None or a function; got {progress!r}")
