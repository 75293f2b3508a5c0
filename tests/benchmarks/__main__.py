"""``make bench``: each comparison in turn, printed and kept in ``results.json`` beside this file."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks import claiming, forking, pushing, reading, running, scraping, starting, storing
from tests.benchmarks.measure import Comparison

GROUPS: dict[str, Callable[[], Iterable[Comparison]]] = {
    "reading": reading.comparisons,
    "claiming": claiming.comparisons,
    "storing": storing.comparisons,
    "running": running.comparisons,
    "forking": forking.comparisons,
    "scraping": scraping.comparisons,
    "starting": starting.comparisons,
    "pushing": pushing.comparisons,
}
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Run the groups that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure beside well-known peers.")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="default: all")
    chosen = parser.parse_args().groups or list(GROUPS)
    found = []
    for group in chosen:
        for comparison in GROUPS[group]():
            sys.stdout.write(f"{comparison}\n")
            sys.stdout.flush()
            found.append({"group": group, **comparison.as_json()})
    machine = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
    RESULTS.write_text(json.dumps({"machine": machine, "comparisons": found}, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
