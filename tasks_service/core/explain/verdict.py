"""The verdict: what a moment is to a job."""

from datetime import datetime, timedelta
from enum import StrEnum

from tasks_service.core.explain.facts import Facts
from tasks_service.core.firing import next_fire, tally
from tasks_service.core.history import JobVersion
from tasks_service.core.run import Occurrence
from tasks_service.core.schedule import Schedule
from tasks_service.core.stores import Neighbourhood

_INSTANT = timedelta(microseconds=1)
_DISTANCES = (timedelta(days=2), timedelta(days=40), timedelta(days=800))
"""How far back the previous fire is looked for, a little first."""


class Verdict(StrEnum):
    """What a moment is to a job, where the ledger has no outcome for it."""

    OUTCOME = "outcome"
    """A fire that has its outcome."""
    OPEN = "open"
    """A fire of which a run is queued or running."""
    DUE = "due"
    """A fire that was due and that nobody has settled yet."""
    UPCOMING = "upcoming"
    """A fire that is still to come."""
    NO_FIRE = "no_fire"
    """The schedule asks for nothing."""
    NO_JOB = "no_job"
    """The job was not there."""
    UNKNOWN = "unknown"
    """A fire, or perhaps one, of which nothing is kept any more."""


def verdict_of(facts: Facts) -> Verdict:
    """What the moment is."""
    version = facts.versions.present
    if facts.row is not None:
        return Verdict.OPEN if facts.row.outcome is None else Verdict.OUTCOME
    if version is None:
        return Verdict.NO_JOB if _surely_absent(facts) else Verdict.UNKNOWN
    if not is_fire(version.manifest.schedule, facts.moment):
        return Verdict.NO_FIRE
    if facts.moment > facts.now:
        return Verdict.UPCOMING
    return Verdict.DUE if facts.cursor is not None and facts.moment > facts.cursor else Verdict.UNKNOWN


def _surely_absent(facts: Facts) -> bool:
    """Whether it is known that the job was not there: it was deleted, or is created later."""
    before, after = facts.versions.before, facts.versions.after
    if before is not None:
        return before.deleted
    return after is None or after.created


def row_of(ledger: Neighbourhood, version: JobVersion | None, moment: datetime) -> Occurrence | None:
    """The row that a moment is about. A range that the moment lies in is so only if the schedule fires then."""
    row = ledger.row
    if row and (row.due_at == moment or version is None or is_fire(version.manifest.schedule, moment)):
        return row
    return next((asked for asked in ledger.by_hand if asked.due_at == moment), None)


def is_fire(schedule: Schedule, moment: datetime) -> bool:
    """Whether the schedule fires at that very moment."""
    return next_fire(schedule, moment - _INSTANT) == moment


def fire_before(schedule: Schedule, begin: datetime, moment: datetime) -> datetime | None:
    """The last fire in ``(begin, moment)``, as far back as anybody looks."""
    for distance in _DISTANCES:
        since = max(begin, moment - distance)
        if since < moment and (newest := tally(schedule, since, moment - _INSTANT, keep=1).newest):
            return newest[-1]
    return None
