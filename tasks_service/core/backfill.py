"""Backfill: which slots of the past nothing has run for, and when such a run may begin. Pure decisions."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.document import canonical
from tasks_service.core.firing import fires, next_fire, tally
from tasks_service.core.job_calendars import ALWAYS_OPEN, JobCalendars
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind, in_force
from tasks_service.core.run import Occurrence, Outcome, Run, Trigger
from tasks_service.core.schedule import Schedule
from tasks_service.core.state import Activity, activity

MOST_RUNS = 1000
"""The most runs that one request may queue."""
MOST_SLOTS = 10_000
"""The most slots that one request may look at."""
LONGEST = timedelta(days=366)
"""The longest stretch that one request may look at."""
GAPS = frozenset(
    {
        *(Outcome.MISSED_DOWN, Outcome.MISSED_DEADLINE, Outcome.COALESCED, Outcome.SUPERSEDED),
        *(Outcome.SKIPPED_OVERLAP, Outcome.SKIPPED_PAUSED, Outcome.SKIPPED_SUSPENDED),
    }
)
"""What may be filled. A slot that a calendar skips was never meant to run, and one that ran is not run again."""
UNRECORDED = "the ledger holds no row: it is older than the job, or than the history that is kept"
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A slot of the schedule that no run was made for, and what the ledger says of it."""

    due_at: datetime
    outcome: Outcome | None
    """None where the ledger holds no row."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclaim:
    """For which slots runs are queued although their time is over, and how these are recorded."""

    trigger: Trigger
    outcomes: frozenset[Outcome]
    """What may have become of the slots so far."""
    reason: str
    actor: str = ""
    exact: bool = False
    """Slots that have no row are taken, too; and unless all can be had, nothing is written: ``Conflict``."""


AFTER_PAUSE = Reclaim(
    trigger=Trigger.CATCH_UP,
    outcomes=frozenset({Outcome.SKIPPED_PAUSED}),
    reason="skipped while the job was paused, caught up on request",
)


def backfill_of(actor: str, reason: str) -> Reclaim:
    """A backfill that ``actor`` asks for."""
    told = f"backfill by {actor}" + (f": {reason}" if reason else "")
    return Reclaim(trigger=Trigger.BACKFILL, outcomes=GAPS, reason=told, actor=actor, exact=True)


def gaps(
    schedule: Schedule,
    rows: Iterable[Occurrence],
    since: datetime,
    until: datetime,
    calendars: JobCalendars = ALWAYS_OPEN,
) -> list[Gap]:
    """The slots in ``(since, until]`` that may be filled, ascending: of those that no calendar leaves out.

    ``rows`` are those that reach into the stretch, by due time.
    """
    found = []
    ahead = iter(rows)
    row = next(ahead, None)
    for slot in fires(schedule, since, until):
        while row is not None and row.until < slot:
            row = next(ahead, None)
        if calendars.why_closed(slot):
            continue
        if row is None or slot < row.due_at:
            found.append(Gap(due_at=slot, outcome=None, reason=UNRECORDED))
        elif row.outcome in GAPS and follows(schedule, row.due_at, row.until, row.count):
            found.append(Gap(due_at=slot, outcome=row.outcome, reason=row.reason))
    return found


def follows(schedule: Schedule, first: datetime, until: datetime, count: int) -> bool:
    """Whether a row's slots are those of this schedule. A range of another one does not say which slots lie in it."""
    return count == 1 or tally(schedule, first - _INSTANT, until, keep=1).count == count


def plan_token(job_uid: str, digest: str, slots: Sequence[Gap]) -> str:
    """Names a plan: another job, another definition or another state of a slot gives another token."""
    told = [job_uid, digest, [[gap.due_at.isoformat(), gap.outcome] for gap in slots]]
    return hashlib.sha256(canonical(told).encode()).hexdigest()[:32]


def may_begin(run: Run, manifest: JobManifest, overrides: Sequence[Override], usual: timedelta, now: datetime) -> bool:
    """Whether a backfill run may begin at this moment. ``usual`` is how long runs of the job last.

    A pause or suspension that came after the request holds it back. So does a fire that would find it under way, unless
    the fires are so close together that there is never room between two of them.
    """
    if _held_since(run, manifest, overrides, now):
        return False
    fire = next_fire(manifest.schedule, now)
    if fire is None or now + usual <= fire:
        return True
    following = next_fire(manifest.schedule, fire)
    return following is not None and following - fire <= usual


def _held_since(run: Run, manifest: JobManifest, overrides: Sequence[Override], now: datetime) -> bool:
    if activity(manifest, overrides, now) is Activity.ACTIVE:
        return False
    pause = in_force(overrides, OverrideKind.PAUSE, now)
    if pause:
        return pause.created_at > run.queued_at
    return run.digest != manifest.digest
