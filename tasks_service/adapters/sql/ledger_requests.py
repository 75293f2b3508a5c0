"""Occurrences that a person asks for: runs now, and slots of the past."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, select

from tasks_service.adapters.sql.engine import write
from tasks_service.adapters.sql.ledger_rows import (
    LedgerPart,
    Values,
    first_attempt,
    insert_occurrences,
    insert_runs,
    load_run,
    lock_jobs,
    occurrence_values,
    reaching_into,
)
from tasks_service.adapters.sql.tables import occurrences, runs
from tasks_service.core.backfill import Reclaim, follows
from tasks_service.core.errors import Conflict, NotFound
from tasks_service.core.firing import tally
from tasks_service.core.run import Run, Trigger, slot_of
from tasks_service.core.schedule import Schedule
from tasks_service.core.state import InventoryJob

_INSTANT = timedelta(microseconds=1)


class LedgerRequests(LedgerPart):
    """The part of the ledger that queues what no schedule asks for."""

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a run that a person asked for; repeating a run_id returns that run."""
        return self.record_manual(job, run_id, parameters, actor, reason, at)[0]

    def enqueue_dry_run(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a dry run, whatever the job's store."""
        return self.record_manual(job, run_id, parameters, actor, reason, at, dry_run=True)[0]

    def record_manual(
        self,
        job: InventoryJob,
        run_id: str,
        parameters: Mapping[str, Any],
        actor: str,
        reason: str,
        at: datetime,
        *,
        dry_run: bool = False,
    ) -> tuple[Run, bool]:
        """The run, and whether it is new."""
        with write(self._engine) as connection:
            held = lock_jobs(connection, [job.job_uid]).get(job.job_uid)
            present = connection.execute(select(runs).where(runs.c.run_id == run_id)).one_or_none()
            if present:
                return load_run(present), False
            if held is None or held.deleted_at:
                raise NotFound(f"job {job.manifest.job_id!r} is gone", hint="it was deleted a moment ago")
            if held.store != self._store and not dry_run:
                raise Conflict(
                    f"the runs of job {job.manifest.job_id!r} are kept in the store {held.store!r}",
                    hint="is REDIS_URL set? If it is, the job is just moving: try again in a second",
                )
            row = occurrence_values(
                held, slot=f"manual:{run_id}", due_at=at, trigger=Trigger.MANUAL, reason=reason, at=at
            )
            marked: Values = {"dry_run": True, "counted": None} if dry_run else {}
            insert_occurrences(connection, [row := row | marked])
            first = first_attempt(
                run_id,
                row,
                held.job_type,
                parameters,
                exclusive=False,
                not_before=at,
                actor=actor,
                store=self._store,
            )
            return insert_runs(connection, [first | marked])[0], True

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[Run]:
        """Queue runs for slots whose time is over, as ``how`` says; their range rows shrink or split."""
        if not slots:
            return []
        with write(self._engine) as connection:
            held = lock_jobs(connection, [job.job_uid]).get(job.job_uid)
            if held is None or held.deleted_at or held.store != self._store:
                if how.exact:
                    raise _moved()
                return []
            there = reaching_into(connection, job.job_uid, min(slots) - _INSTANT, max(slots))
            free = _unrecorded(there, slots, job.manifest.schedule, held.cursor) if how.exact else []
            rows = [row for row in there if row.outcome in how.outcomes]
            parts = [_taken(row, slots, job.manifest.schedule) for row in rows]
            taken = sorted([*free, *(slot for part in parts for slot in part)])
            if how.exact and (taken != sorted(slots) or held.digest != job.manifest.digest):
                raise _moved()
            for row, part in zip(rows, parts, strict=True):
                if part:
                    _replace(connection, row, part, job.manifest.schedule)
            fresh = [_asked_for(held, slot, how, at) for slot in taken]
            insert_occurrences(connection, fresh)
            return insert_runs(connection, [_first(job, row, how, at, self._store) for row in fresh])


def _moved() -> Conflict:
    return Conflict("the ledger or the job has changed meanwhile", hint="look at it again")


def _unrecorded(
    there: Sequence[Row[Any]], slots: Sequence[datetime], schedule: Schedule, cursor: datetime
) -> list[datetime]:
    """The slots that no row holds. Beyond the cursor they are still the schedule's."""
    begins = [row.due_at for row in there]

    def covered(slot: datetime) -> bool:
        place = bisect_right(begins, slot)
        return place > 0 and slot <= there[place - 1].until

    return [slot for slot in slots if slot <= cursor and not covered(slot) and _fires_at(schedule, slot)]


def _taken(row: Row[Any], slots: Sequence[datetime], schedule: Schedule) -> list[datetime]:
    """The slots that the row really holds."""
    if row.slots == 1:
        return [row.due_at] if row.due_at in slots else []
    if not follows(schedule, row.due_at, row.until, row.slots):
        return []
    wanted = {slot for slot in slots if row.due_at <= slot <= row.until}
    return sorted(slot for slot in wanted if _fires_at(schedule, slot))


def _fires_at(schedule: Schedule, slot: datetime) -> bool:
    return tally(schedule, slot - _INSTANT, slot, keep=1).count == 1


def _replace(connection: Connection, row: Row[Any], taken: Sequence[datetime], schedule: Schedule) -> None:
    """Leave of a range what was not taken from it."""
    connection.execute(delete(occurrences).where(occurrences.c.occurrence_id == row.occurrence_id))
    kept = {name: value for name, value in row._mapping.items() if name != "occurrence_id"}
    edges = [row.due_at - _INSTANT, *taken, row.until + _INSTANT]
    counted, pieces = row.counted, []
    for start, stop in pairwise(edges):
        rest = tally(schedule, start, stop - _INSTANT, keep=1)
        if rest.count:
            place = {"slot": slot_of(rest.first), "due_at": rest.first, "until": rest.newest[-1]}
            pieces.append(kept | place | {"slots": rest.count, "counted": _of_these(counted, rest.count)})
        counted = None if counted is None else counted - rest.count - 1  # the slot that is taken was counted, too
    insert_occurrences(connection, pieces)


def _of_these(counted: int | None, slots: int) -> int | None:
    """How many of a piece's slots the tallies hold, of the first ``counted`` of what is left of the range."""
    return None if counted is None else min(max(counted, 0), slots)


def _asked_for(held: Row[Any], slot: datetime, how: Reclaim, at: datetime) -> Values:
    return occurrence_values(held, slot=slot_of(slot), due_at=slot, trigger=how.trigger, reason=how.reason, at=at)


def _first(job: InventoryJob, row: Values, how: Reclaim, at: datetime, store: str) -> Values:
    manifest = job.manifest
    return first_attempt(
        uuid4().hex,
        row,
        manifest.job_type,
        manifest.parameters,
        exclusive=manifest.policy.overlap != "allow",
        not_before=at,
        actor=how.actor,
        store=store,
    )
