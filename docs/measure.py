"""Run the study of students that a page reports: ``python docs/measure.py`` (some minutes).

What it takes minutes to measure is not measured again whenever the pages are built: the table and
the curves are kept beside them, with what they were made by and on.
"""

import json
import os
import platform
import time
from pathlib import Path

import matplotlib as mpl

import initheory as it
from initheory.training import as_json, draw

STATIC = Path(__file__).resolve().parent / "_static"


def measure(stem: Path = STATIC / "teacher_student", level: str = "full") -> None:
    """The full study: its summary as ``stem``.json and its curves as ``stem``.png."""
    mpl.use("agg")
    start = time.process_time()
    study = it.teacher_student("relu", level=level)
    kept = {
        "command": f"initheory teacher --{level}",
        "machine": machine(),
        "processor_seconds": round(time.process_time() - start),
        "study": json.loads(as_json(study)),
    }
    stem.with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    draw(study, stem.with_suffix(".png"))


def machine() -> str:
    """Processor and system, as far as the system tells."""
    name = platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        lines = described.read_text().splitlines()
        models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
        name = models[0].strip() if models else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


if __name__ == "__main__":
    measure()
