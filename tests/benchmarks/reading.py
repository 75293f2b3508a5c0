"""10,000 manifests: reading them cold, and looking again when nothing has changed."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from tasks_service.adapters.system_clock import SystemClock
from tests.benchmarks.house import House, directory_source
from tests.benchmarks.measure import Comparison, fastest

FILES = 10_000
MANIFEST = """\
# yaml-language-server: $schema=../schemas/job.schema.json
job_id: job_{n:05}
job_type: command
description: Number {n} of many.
owner: benchmark
labels: {{team: data, tier: "3"}}
schedule:
  trigger: cron
  expression: "{minute} {hour} * * mon-fri"
  timezone: Europe/Berlin
parameters:
  argv: ["true"]
policy:
  timeout: 10m
  retry: {{attempts: 2, delay: 30s}}
"""


def comparisons() -> Iterable[Comparison]:
    """Cold load beside PyYAML's C loader, no-op sync beside scandir and stat."""
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder) / "manifests"
        _write(manifests)
        yield Comparison(
            name=f"cold load of {FILES:,} files",
            ours="read, parse with places, validate",
            seconds=fastest(lambda: directory_source(Path(folder), SystemClock()).snapshot()),
            peer="read and parse with PyYAML's CSafeLoader",
            peer_seconds=fastest(lambda: _load(manifests)),
        )
        house = House(Path(folder))
        house.reconciler.sync()
        yield Comparison(
            name=f"sync of {FILES:,} unchanged files",
            ours="look, plan nothing, write nothing",
            seconds=fastest(house.reconciler.sync),
            peer="scandir and stat of the same files",
            peer_seconds=fastest(lambda: _stat(manifests)),
        )
        house.close()


def _write(folder: Path) -> None:
    for n in range(FILES):
        file = folder / f"group{n // 100:03}" / f"job_{n:05}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(MANIFEST.format(n=n, minute=n % 60, hour=n % 24), "utf-8")


def _load(folder: Path) -> None:
    for file in folder.rglob("*.yaml"):
        yaml.load(file.read_bytes(), yaml.CSafeLoader)


def _stat(folder: Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _stat(Path(entry.path))
            else:
                entry.stat(follow_symlinks=False)
