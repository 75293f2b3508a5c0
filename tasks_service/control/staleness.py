"""Whether what is known of the sources still counts, and how far a job is behind. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tasks_service.core.diagnostics import errors
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import Problem, SourceState
from tasks_service.core.wording import in_utc

STALE_INTERVALS = 2
_SLACK = timedelta(seconds=15)
"""``read_at`` is written at most every ten seconds."""
_SHOWN = 12


def stale(source: SourceState, now: datetime, interval: timedelta) -> str:
    """Since when a source was not read, where that is longer than two intervals; empty where it is not."""
    if source.failure or source.read_at is None or now - source.read_at <= STALE_INTERVALS * interval + _SLACK:
        return ""
    trouble = f": {source.trouble}" if source.trouble else ""
    return f"last read at {in_utc(source.read_at)}{trouble}"


def behind(job: InventoryJob, problems: Sequence[Problem], now: datetime) -> str:
    """Which version of a job runs although its file moved on, how far it is behind, and what is wrong in the file."""
    running = f"revision {job.revision[:_SHOWN]} of {in_utc(job.applied_at)} stays in force"
    wrong = [p for p in problems if errors([p.diagnostic])]
    if not wrong:
        return running
    first = min(wrong, key=lambda p: p.since)
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return f"{running}, {_age(now - first.since)} behind; {first.diagnostic.place}: {first.diagnostic.message}{more}"


def _age(span: timedelta) -> str:
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if (count := int(span.total_seconds() // seconds)) >= 1:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "moments"
