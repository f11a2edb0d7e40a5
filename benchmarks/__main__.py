"""Run the benchmarks: ``python -m benchmarks [NAME ...] [--json FILE]``.

Exit status 1 if a bar is missed.  A comparison whose other side is not installed is not run.
"""

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

CASES = (
    *("correlation", "erf_phase", "kernels", "tanh_phase", "startup", "memory"),
    *("sde_paths", "finite_networks", "derivation", "tangent", "gaussian_pairs"),
    *("guessing", "correlated"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen cases and print one line for each comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the details")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(CASES)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)[0]!r}; there are {', '.join(CASES)}")
    results = []
    for name in options.names or CASES:
        print(f"{name}", flush=True)
        for result in importlib.import_module(f".{name}", __package__).run():
            results.append(result)
            print(f"  {result.line()}", flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))
    return 1 if any(result.met is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
