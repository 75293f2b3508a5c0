"""Claims: from slots that are due to rows that say what becomes of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, exists, func, or_, select, update

from tasks_service.adapters.sql.engine import batches, write
from tasks_service.adapters.sql.ledger_rows import (
    LedgerPart,
    Values,
    first_attempt,
    insert_occurrences,
    insert_runs,
    lock_jobs,
    occurrence_values,
)
from tasks_service.adapters.sql.overrides import load_override
from tasks_service.adapters.sql.tables import jobs, occurrences, overrides, runs
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.run import Outcome, Run, RunState, Trigger, slot_of
from tasks_service.core.settlement import OVERLAP, Entry, LedgerFacts, Settlement

RANGES = tuple(o for o in Outcome if o.startswith(("skipped_", "missed_")))
"""The outcomes whose neighbouring slots share a row."""


@dataclass(slots=True)
class _Batch:
    """What a transaction is going to write."""

    rows: list[Values] = field(default_factory=list)
    extended: dict[int, Values] = field(default_factory=dict)
    given_way: list[int] = field(default_factory=list)
    cancels: dict[str, str] = field(default_factory=dict)
    """Jobs whose open runs are to end, each with the reason."""
    cursors: list[Values] = field(default_factory=list)


class LedgerClaims(LedgerPart):
    """The part of the ledger that settles."""

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim: for each job read the facts, decide, and write rows and cursor, all in one transaction."""
        queued: list[Run] = []
        with write(self._engine) as connection:
            held = lock_jobs(connection, job_uids)
            alive = [row for row in held.values() if row.deleted_at is None and row.store == self._store]
            for part in batches(alive):
                queued += _settle(connection, part, decide, at, self._store)
        return queued


def _settle(
    connection: Connection,
    alive: Sequence[Row[Any]],
    decide: Callable[[LedgerFacts], Settlement],
    at: datetime,
    store: str,
) -> list[Run]:
    uids = [job.job_uid for job in alive]
    current, open_runs = overrides_in_question(connection, alive), under_way(connection, uids)
    newest, ahead = _newest(connection, uids), ahead_of_cursors(connection, uids)
    batch = _Batch()
    entries: dict[tuple[str, str], Entry] = {}
    for job in alive:
        open_here = open_runs.get(job.job_uid, NOTHING_OPEN)
        facts = LedgerFacts(
            job_uid=job.job_uid,
            cursor=job.cursor,
            overrides=current.get(job.job_uid, []),
            under_way=open_here.runs,
            waiting=open_here.waiting,
        )
        settlement = decide(facts)
        fresh = _claimable(settlement, job, ahead.get(job.job_uid, []), batch)
        entries |= _record(fresh, job, newest.get(job.job_uid), batch, at)
        _advance(settlement, job, batch)
    _cancel_open(connection, batch.cancels, store, at)
    return _write(connection, batch, entries, {job.job_uid: job for job in alive})


def overrides_in_question(connection: Connection, held: Sequence[Row[Any]]) -> dict[str, list[Override]]:
    """Of these jobs: what keeps them from firing or forces them to, and what ended after their cursors."""
    if not held:
        return {}
    earliest = min(job.cursor for job in held)
    wanted = select(overrides).where(
        or_(overrides.c.job_uid.in_([job.job_uid for job in held]), overrides.c.job_uid.is_(None)),
        overrides.c.kind.in_((OverrideKind.PAUSE, OverrideKind.RESUME)),
        or_(overrides.c.ended_at.is_(None), overrides.c.ended_at > earliest),
    )
    found = [load_override(row) for row in connection.execute(wanted.order_by(overrides.c.override_id))]
    own: dict[str, list[Override]] = {}
    for override in found:
        own.setdefault(override.job_uid, []).append(override)
    return {job.job_uid: _concerning(job, own.get(job.job_uid, []), own.get("", [])) for job in held}


def _concerning(job: Row[Any], own: Sequence[Override], wide: Sequence[Override]) -> list[Override]:
    """A job's own and those of the far-reaching ones that cover it, as far as its cursor has not passed them."""
    labels = json.loads(job.manifest).get("labels", {}) if wide else {}
    found = [*own, *(override for override in wide if override.covers(job.job_uid, labels))]
    return [override for override in found if override.ended_at is None or override.ended_at > job.cursor]


class Open(NamedTuple):
    """How many runs of a job are under way, and how many of them wait, as ``LedgerFacts`` has it."""

    runs: int
    waiting: int


NOTHING_OPEN = Open(0, 0)


def under_way(connection: Connection, uids: Sequence[str], store: str | None = None) -> dict[str, Open]:
    """The runs of each job that are queued or running, backfills and dry runs apart; of one store alone if it is
    named."""
    open_here = runs.c.state.in_((RunState.QUEUED, RunState.RUNNING))
    regular = (open_here, runs.c.trigger != Trigger.BACKFILL, ~runs.c.dry_run)
    waits = and_(runs.c.state == RunState.QUEUED, runs.c.attempt == 1, runs.c.trigger != Trigger.MANUAL)
    wanted = (
        select(runs.c.job_uid, func.count().label("runs"), func.sum(case((waits, 1), else_=0)).label("waiting"))
        .where(runs.c.job_uid.in_(uids), *regular)
        .group_by(runs.c.job_uid)
    )
    if store is not None:
        wanted = wanted.where(runs.c.store == store)
    return {row.job_uid: Open(row.runs, row.waiting) for row in connection.execute(wanted)}


def _cancel_open(connection: Connection, cancels: Mapping[str, str], store: str, at: datetime) -> None:
    """End what is queued of these jobs, and ask for the end of what is running; backfills and dry runs go on."""
    for job_uid, reason in cancels.items():
        own = (runs.c.job_uid == job_uid, runs.c.store == store)
        regular = (*own, runs.c.trigger != Trigger.BACKFILL, ~runs.c.dry_run)
        asked = {"cancel_requested_by": OVERLAP, "cancel_reason": reason}
        dropped = connection.scalars(
            update(runs)
            .where(*regular, runs.c.state == RunState.QUEUED)
            .values(state=RunState.CANCELLED, finished_at=at, **asked)
            .returning(runs.c.occurrence_id)
        ).all()
        connection.execute(
            update(occurrences)
            .where(occurrences.c.occurrence_id.in_(dropped))
            .values(outcome=Outcome.CANCELLED, reason=reason, closed_at=at)
        )
        connection.execute(
            update(runs)
            .where(*regular, runs.c.state == RunState.RUNNING, runs.c.cancel_requested_by == "")
            .values(**asked)
        )


def _newest(connection: Connection, uids: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows that end at the cursor and may be extended."""
    wanted = (
        select(occurrences)
        .join(jobs, (jobs.c.job_uid == occurrences.c.job_uid) & (jobs.c.cursor == occurrences.c.until))
        .where(
            jobs.c.job_uid.in_(uids),
            occurrences.c.outcome.in_(RANGES),
            ~exists().where(runs.c.occurrence_id == occurrences.c.occurrence_id),
        )
    )
    return {row.job_uid: row for row in connection.execute(wanted)}


def ahead_of_cursors(connection: Connection, uids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Rows of slots that lie beyond the cursor: superseded ones, and manual runs, which take no slot."""
    wanted = (
        select(occurrences.c.occurrence_id, occurrences.c.job_uid, occurrences.c.slot, occurrences.c.outcome)
        .add_columns(occurrences.c.due_at)
        .join(jobs, (jobs.c.job_uid == occurrences.c.job_uid) & (jobs.c.cursor < occurrences.c.due_at))
        .where(jobs.c.job_uid.in_(uids), ~occurrences.c.slot.startswith("manual:"))
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.job_uid, []).append(row)
    return found


def _claimable(settlement: Settlement, job: Row[Any], ahead: Sequence[Row[Any]], batch: _Batch) -> list[Entry]:
    """The entries that are still free; a superseded row gives way, any other keeps its slot."""
    free = []
    for entry in sorted(settlement.entries, key=lambda e: e.due_at):
        within = [row for row in ahead if entry.due_at <= row.due_at <= entry.until]
        if entry.due_at <= job.cursor or any(row.outcome is not Outcome.SUPERSEDED for row in within):
            continue
        batch.given_way += [row.occurrence_id for row in within]
        free.append(entry)
    return free


def _record(
    entries: Sequence[Entry], job: Row[Any], newest: Row[Any] | None, batch: _Batch, at: datetime
) -> dict[tuple[str, str], Entry]:
    """Put the entries into the batch, each as a row of its own or as the continuation of the one before."""
    last = dict(newest._mapping) if newest else None
    started = {}
    for entry in entries:
        if last and entry.outcome in RANGES and _continues(last, entry, job):
            last |= {"until": entry.until, "slots": last["slots"] + entry.count, "closed_at": at}
            if "occurrence_id" in last:
                batch.extended[last["occurrence_id"]] = last
            continue
        last = occurrence_values(
            job,
            slot=slot_of(entry.due_at),
            due_at=entry.due_at,
            until=entry.until,
            slots=entry.count,
            trigger=entry.trigger,
            outcome=entry.outcome,
            reason=entry.reason,
            at=at,
        )
        batch.rows.append(last)
        if entry.outcome is None:
            started[last["job_uid"], last["slot"]] = entry
            if entry.cancels:
                batch.cancels[job.job_uid] = entry.cancels
    return started


def _continues(last: Mapping[str, Any], entry: Entry, job: Row[Any]) -> bool:
    return (last["outcome"], last["reason"], last["digest"]) == (entry.outcome, entry.reason, job.digest)


def _advance(settlement: Settlement, job: Row[Any], batch: _Batch) -> None:
    """Move the cursor, never back; where nothing was due, nothing moves. A halted job publishes no next fire."""
    cursor = max(job.cursor, settlement.cursor)
    if cursor == job.cursor and not settlement.entries:
        return
    next_due = None if job.halted else settlement.next_due
    batch.cursors.append({"uid": job.job_uid, "cursor": cursor, "next_due": next_due})


def _write(
    connection: Connection,
    batch: _Batch,
    entries: Mapping[tuple[str, str], Entry],
    held: Mapping[str, Row[Any]],
) -> list[Run]:
    if batch.given_way:
        connection.execute(delete(occurrences).where(occurrences.c.occurrence_id.in_(batch.given_way)))
    insert_occurrences(connection, batch.rows)
    if batch.extended:
        connection.execute(
            update(occurrences)
            .where(occurrences.c.occurrence_id == bindparam("id"))
            .values(until=bindparam("until"), slots=bindparam("slots"), closed_at=bindparam("closed_at")),
            [
                {"id": key, "until": row["until"], "slots": row["slots"], "closed_at": row["closed_at"]}
                for key, row in batch.extended.items()
            ],
        )
    if batch.cursors:
        connection.execute(
            update(jobs)
            .where(jobs.c.job_uid == bindparam("uid"))
            .values(cursor=bindparam("cursor"), next_due=bindparam("next_due")),
            batch.cursors,
        )
    return insert_runs(connection, _first_attempts(batch, entries, held))


def _first_attempts(
    batch: _Batch, entries: Mapping[tuple[str, str], Entry], held: Mapping[str, Row[Any]]
) -> list[Values]:
    queued = []
    for row in batch.rows:
        entry = entries.get((row["job_uid"], row["slot"]))
        if entry is None:
            continue
        job = held[row["job_uid"]]
        manifest = json.loads(job.manifest)
        queued.append(
            first_attempt(
                uuid4().hex,
                row,
                job.job_type,
                manifest["parameters"],
                exclusive=manifest["policy"]["overlap"] != "allow",
                not_before=entry.not_before or entry.due_at,
            )
        )
    return queued
