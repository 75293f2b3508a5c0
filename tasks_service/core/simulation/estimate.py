"""How long a run to come will take: as its job's runs took before, or by a stated assumption."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tasks_service.core.durations import format_duration
from tasks_service.core.manifest import JobManifest
from tasks_service.core.run_durations import Durations

Measure = Literal["p50", "p95"]
HISTORY = timedelta(days=90)
"""Older runs say nothing about how long the next one takes."""
_SHARE_OF_TIMEOUT = 10
"""A timeout is set generously: a job without history is taken to need a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one run of a job is taken to last."""

    seconds: float
    runs: int = 0
    """From how many recorded runs it is known; 0 where it is assumed."""
    source: str
    """In words: the measure and its runs, or the assumption."""

    @property
    def assumed(self) -> bool:
        """Whether no recorded run stands behind it."""
        return not self.runs


def estimate(manifest: JobManifest, recorded: Durations | None, measure: Measure) -> Estimate:
    """The recorded duration; else ``expect.max_runtime``; else a tenth of ``policy.timeout``, which bounds them all."""
    timeout = manifest.policy.timeout.total_seconds()
    if recorded:
        seconds = recorded.p95 if measure == "p95" else recorded.p50
        source = f"{measure} of {recorded.count} recorded run{'' if recorded.count == 1 else 's'}"
        if seconds > timeout:
            source += ", ended by policy.timeout"
        return Estimate(seconds=min(seconds, timeout), runs=recorded.count, source=source)
    longest = manifest.expect.max_runtime
    if longest is not None:
        source = f"assumed: expect.max_runtime ({format_duration(longest)})"
        return Estimate(seconds=min(longest.total_seconds(), timeout), source=source)
    source = f"assumed: a tenth of policy.timeout ({format_duration(manifest.policy.timeout)})"
    return Estimate(seconds=timeout / _SHARE_OF_TIMEOUT, source=source)
