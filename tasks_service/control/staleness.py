"""Whether what is known of the sources still counts, and how far a job is behind. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.diagnostics import errors
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import PlannedAction, Problem, SourceState
from tasks_service.core.wording import in_utc

STALE_INTERVALS = 2
_SLACK = timedelta(seconds=15)
"""``read_at`` is written at most every ten seconds."""
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far what runs of a job is behind what its source shows."""

    running: str
    """The revision whose version of the job runs."""
    applied_at: datetime
    observed: str
    """The revision that its source shows; empty where none was seen."""
    since: datetime
    """When a newer version was first seen and not applied."""
    at: datetime
    """The moment that it tells of."""
    cause: str = ""
    """What is wrong in its file, with file and line."""

    @property
    def words(self) -> str:
        """One sentence, without its full stop."""
        newer = f" revision {self.observed[:_SHOWN]}" if self.observed not in ("", self.running) else ""
        behind = f"{_age(self.at - self.since)} behind{newer}"
        told = f"revision {self.running[:_SHOWN]} of {in_utc(self.applied_at)} stays in force, {behind}"
        return f"{told}; {self.cause}" if self.cause else told


def stale(source: SourceState, now: datetime, interval: timedelta) -> str:
    """Since when a source was not read, where that is longer than two intervals; empty where it is not."""
    unread = "" if source.held else source.failure
    trouble = source.trouble or unread
    told = f": {trouble}" if trouble else ""
    if source.read_at is None:
        return f"never read{told}" if unread else ""
    if now - source.read_at <= STALE_INTERVALS * interval + _SLACK:
        return ""
    return f"last read at {in_utc(source.read_at)}{told}"


def lag_of(
    job: InventoryJob,
    source: SourceState | None,
    waiting: PlannedAction | None,
    problems: Sequence[Problem],
    now: datetime,
) -> Lag | None:
    """How far a job is behind for which something waits; None where that is not known."""
    wrong = [p for p in problems if errors([p.diagnostic])]
    first = min(wrong, key=lambda p: p.since, default=None)
    begun = [at for at in (waiting.since if waiting else None, first.since if first else None) if at]
    if not begun:
        return None
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Lag(
        running=job.revision,
        applied_at=job.applied_at,
        observed=source.observed if source else "",
        since=min(begun),
        at=now,
        cause=f"{first.diagnostic.place}: {first.diagnostic.message}{more}" if first else "",
    )


def _age(span: timedelta) -> str:
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if (count := int(span.total_seconds() // seconds)) >= 1:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "moments"
