"""Occurrences that a person asks for: runs now, and slots of a pause that are caught up."""

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
)
from tasks_service.adapters.sql.tables import occurrences, runs
from tasks_service.core.errors import Conflict, NotFound
from tasks_service.core.firing import tally
from tasks_service.core.run import Outcome, Run, Trigger, slot_of
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

    def record_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> tuple[Run, bool]:
        """The run, and whether it is new."""
        with write(self._engine) as connection:
            held = lock_jobs(connection, [job.job_uid]).get(job.job_uid)
            present = connection.execute(select(runs).where(runs.c.run_id == run_id)).one_or_none()
            if present:
                return load_run(present), False
            if held is None or held.deleted_at:
                raise NotFound(f"job {job.manifest.job_id!r} is gone", hint="it was deleted a moment ago")
            if held.store != self._store:
                raise Conflict(
                    f"the runs of job {job.manifest.job_id!r} are kept in the store {held.store!r}",
                    hint="is REDIS_URL set? If it is, the job is just moving: try again in a second",
                )
            row = occurrence_values(
                held, slot=f"manual:{run_id}", due_at=at, trigger=Trigger.MANUAL, reason=reason, at=at
            )
            insert_occurrences(connection, [row])
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
            return insert_runs(connection, [first])[0], True

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], at: datetime) -> list[Run]:
        """Queue catch-up runs for slots that were recorded ``skipped_paused``; their range rows shrink or split."""
        if not slots:
            return []
        with write(self._engine) as connection:
            held = lock_jobs(connection, [job.job_uid]).get(job.job_uid)
            if held is None or held.deleted_at or held.store != self._store:
                return []
            rows = []
            for skipped in _skipped(connection, job.job_uid, min(slots), max(slots)):
                taken = _taken(skipped, slots, job.manifest.schedule)
                if taken:
                    _replace(connection, skipped, taken, job.manifest.schedule)
                    rows += [_caught_up(held, slot, at) for slot in taken]
            insert_occurrences(connection, rows)
            return insert_runs(connection, [_first(job, row, at, self._store) for row in rows])


def _skipped(connection: Connection, job_uid: str, first: datetime, last: datetime) -> Sequence[Row[Any]]:
    return connection.execute(
        select(occurrences)
        .where(
            occurrences.c.job_uid == job_uid,
            occurrences.c.outcome == Outcome.SKIPPED_PAUSED,
            occurrences.c.due_at <= last,
            occurrences.c.until >= first,
        )
        .order_by(occurrences.c.due_at)
    ).all()


def _taken(row: Row[Any], slots: Sequence[datetime], schedule: Schedule) -> list[datetime]:
    """The slots that the row really holds. A range of another schedule does not say which slots lie in it."""
    if row.slots == 1:
        return [row.due_at] if row.due_at in slots else []
    inside = tally(schedule, row.due_at - _INSTANT, row.until, keep=1)
    if inside.count != row.slots:
        return []
    wanted = {slot for slot in slots if row.due_at <= slot <= row.until}
    return sorted(slot for slot in wanted if tally(schedule, slot - _INSTANT, slot, keep=1).count)


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


def _caught_up(held: Row[Any], slot: datetime, at: datetime) -> Values:
    return occurrence_values(
        held,
        slot=slot_of(slot),
        due_at=slot,
        trigger=Trigger.CATCH_UP,
        reason="skipped while the job was paused, caught up on request",
        at=at,
    )


def _first(job: InventoryJob, row: Values, at: datetime, store: str) -> Values:
    manifest = job.manifest
    return first_attempt(
        uuid4().hex,
        row,
        manifest.job_type,
        manifest.parameters,
        exclusive=manifest.policy.overlap != "allow",
        not_before=at,
        store=store,
    )
