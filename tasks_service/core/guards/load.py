"""The guard against load: a slip in a schedule that lets a job run every minute instead of every day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tasks_service.core.firing import tally
from tasks_service.core.guards.question import Change
from tasks_service.core.manifest import JobManifest
from tasks_service.core.state import LiveJob

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLimit:
    """How much more a change may let run: it is questioned where it exceeds both."""

    factor: float = 10.0
    """Runs per day afterwards, over those before."""
    runs: int = 2880
    """Runs per day that a change may add in any case: two jobs that run every minute."""


@dataclass(slots=True)
class Rates:
    """The memory of how often schedules fire: counted once a day for each of them."""

    _day: datetime | None = None
    _known: dict[str, float] = field(default_factory=dict)

    def per_day(self, manifest: JobManifest, now: datetime) -> float:
        """Fires per day, over the week from the beginning of this day (UTC) on."""
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day:
            self._day, self._known = day, {}
        known = self._known.get(manifest.schedule_digest)
        if known is None:
            known = tally(manifest.schedule, day, day + _WEEK, 1).count / 7
            self._known[manifest.schedule_digest] = known
        return known


def excessive(
    changes: Sequence[Change],
    live: Mapping[str, LiveJob],
    limit: LoadLimit,
    rates: Rates,
    now: datetime,
) -> dict[str, str]:
    """``job_uid`` → why, of the changes that let more run, where all changes together let much more run than before.

    The first jobs of an empty inventory are no change of anything, and never questioned.
    """
    growing = [c for c in changes if _rate(c, rates, now) > _rate_before(c, rates, now)]
    if not live or not growing:
        return {}
    before = sum(rates.per_day(job.manifest, now) for job in live.values() if not job.halted)
    after = before + sum(_rate(c, rates, now) - _rate_before(c, rates, now) for c in changes)
    if after - before <= limit.runs or after <= before * limit.factor:
        return {}
    reason = f"this change raises runs per day from {_number(before)} to {_number(after)}"
    return {c.job.job_uid: f"{reason}: {_own(c, rates, now)}" for c in growing}


def _own(change: Change, rates: Rates, now: datetime) -> str:
    before, after = _rate_before(change, rates, now), _rate(change, rates, now)
    return f"{change.job.manifest.job_id} from {_number(before)} to {_number(after)}"


def _rate(change: Change, rates: Rates, now: datetime) -> float:
    return 0 if change.job.halted else rates.per_day(change.job.manifest, now)


def _rate_before(change: Change, rates: Rates, now: datetime) -> float:
    before = change.before
    return 0 if before is None or before.halted else rates.per_day(before.manifest, now)


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 or rate == int(rate) else f"{rate:.1f}"
