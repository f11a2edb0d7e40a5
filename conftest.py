"""Settings of the whole test run: one folder of kernels for all workers, reproducible examples."""

import os
from pathlib import Path

from hypothesis import settings

# Kernels compiled by one worker, or by an earlier run, serve all others.
os.environ.setdefault(
    "INITHEORY_CACHE", str(Path(__file__).resolve().parent / ".pytest_cache" / "kernels")
)
os.environ.setdefault("MPLBACKEND", "agg")

settings.register_profile("default", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
