"""What a change does to today: a job that was moved may run twice, or not at all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from tasks_service.core.plan_report.side import Side

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """A day on which a job runs more or less often than either version of it alone would."""

    runs: int
    """How often it runs, all in all."""
    before: int
    """How often it would by the old version alone."""
    after: int
    """How often it would by the new one alone."""
    times: tuple[datetime, ...]
    """The first few of these runs."""
    zone: str
    """By whose clock today is."""

    @property
    def skipped(self) -> bool:
        """Whether runs fall through; else some are doubled."""
        return self.runs < min(self.before, self.after)


def today(before: Side | None, after: Side | None, now: datetime) -> Today | None:
    """What becomes of the day that ``now`` lies in, by the clock of the new schedule; None where nothing is odd.

    What was due up to now is taken as run by the old version.
    """
    if before is None or after is None or before.runs_like(after):
        return None
    zone = after.manifest.schedule.zone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    tomorrow = (midnight + timedelta(days=1)).astimezone(UTC) - _INSTANT
    begin = midnight.astimezone(UTC) - _INSTANT
    done, coming = before.count(begin, now), after.count(now, tomorrow)
    old, new = done + before.count(now, tomorrow), after.count(begin, now) + coming
    if min(old, new) <= done + coming <= max(old, new):
        return None
    times = islice(chain(before.runs(begin, now), after.runs(now, tomorrow)), _SHOWN)
    return Today(runs=done + coming, before=old, after=new, times=tuple(times), zone=zone.key)


_INSTANT = timedelta(microseconds=1)
