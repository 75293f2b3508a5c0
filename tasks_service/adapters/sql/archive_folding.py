"""Folding: rows of a second ledger become copies in the tables. It never goes back, so it may be repeated at will."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from tasks_service.adapters.sql.engine import batches
from tasks_service.adapters.sql.ledger_claims import RANGES
from tasks_service.adapters.sql.ledger_rows import Values, insert_occurrences, lock_jobs
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.run import Occurrence, Outcome, Run, RunState
from tasks_service.core.stores import JobCursor, LedgerRow

_STEPS = {RunState.QUEUED: 0, RunState.RUNNING: 1}
"""How far a run has come; a final state is beyond both."""
_CHANGING = (
    *("state", "started_at", "finished_at", "owner", "node", "cancel_requested_by", "cancel_reason", "result"),
    *("error", "exit_code", "signal", "cpu_seconds", "peak_memory_bytes", "output_bytes", "isolation"),
    *("start_seconds", "seconds"),
)


@dataclass(slots=True)
class _Changes:
    """What a folding is going to write."""

    given_way: list[int] = field(default_factory=list)
    new: list[Values] = field(default_factory=list)
    closed: list[Values] = field(default_factory=list)
    extended: dict[int, Values] = field(default_factory=dict)


def fold(connection: Connection, rows: Sequence[LedgerRow], cursors: Sequence[JobCursor], store: str) -> None:
    """Bring rows, runs and cursors up to date."""
    uids = {row.occurrence.job_uid for row in rows} | {cursor.job_uid for cursor in cursors}
    held = lock_jobs(connection, sorted(uids))
    known = sorted(
        (row for row in rows if row.occurrence.job_uid in held),
        key=lambda row: (row.occurrence.job_uid, row.occurrence.due_at),
    )
    for part in batches(known):
        _fold_rows(connection, part, store)
    _fold_cursors(connection, cursors, held)


def _fold_rows(connection: Connection, rows: Sequence[LedgerRow], store: str) -> None:
    present = _present(connection, rows)
    near = _near(connection, rows)
    changes = _Changes()
    for row in rows:
        occurrence = row.occurrence
        there = present.get((occurrence.job_uid, occurrence.slot))
        around = near.setdefault(occurrence.job_uid, [])
        if there is not None and there["outcome"] is not Outcome.SUPERSEDED:
            _close(there, row, changes)
        elif occurrence.runs or not _covered(occurrence, around):
            changes.given_way += [other["occurrence_id"] for other in around if _superseded(other, occurrence)]
            _add(row, around, changes)
    _write(connection, changes)
    numbers = {key: values["occurrence_id"] for key, values in present.items()}
    numbers |= {(values["job_uid"], values["slot"]): values["occurrence_id"] for values in changes.new}
    _fold_runs(connection, rows, numbers, store)


def _present(connection: Connection, rows: Sequence[LedgerRow]) -> dict[tuple[str, str], Values]:
    """The rows of the same slots."""
    uids = {row.occurrence.job_uid for row in rows}
    slots = {row.occurrence.slot for row in rows}
    wanted = select(occurrences).where(occurrences.c.job_uid.in_(uids), occurrences.c.slot.in_(slots))
    return {(row.job_uid, row.slot): dict(row._mapping) for row in connection.execute(wanted)}


def _near(connection: Connection, rows: Sequence[LedgerRow]) -> dict[str, list[Values]]:
    """The rows, manual ones apart, that end where the new ones begin, or later, by due time."""
    begin = min(row.after or row.occurrence.due_at for row in rows)
    wanted = (
        select(occurrences)
        .where(occurrences.c.job_uid.in_({row.occurrence.job_uid for row in rows}), occurrences.c.until >= begin)
        .where(~occurrences.c.slot.startswith("manual:"))
        .order_by(occurrences.c.due_at)
    )
    found: dict[str, list[Values]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.job_uid, []).append(dict(row._mapping))
    return found


def _covered(occurrence: Occurrence, around: Iterable[Values]) -> bool:
    """Whether a range was folded before, perhaps into a row that was split since."""
    return any(
        other["due_at"] <= occurrence.due_at <= other["until"] and other["outcome"] is not Outcome.SUPERSEDED
        for other in around
    )


def _superseded(other: Values, occurrence: Occurrence) -> bool:
    """Whether a row gives way because its slot was claimed after all."""
    within = occurrence.due_at <= other["due_at"] <= occurrence.until
    return within and other["outcome"] is Outcome.SUPERSEDED and not occurrence.slot.startswith("manual:")


def _close(there: Values, row: LedgerRow, changes: _Changes) -> None:
    if there["outcome"] is None and row.occurrence.outcome is not None:
        changes.closed.append(
            {
                "id": there["occurrence_id"],
                "outcome": row.occurrence.outcome,
                "reason": row.occurrence.reason,
                "closed_at": row.closed_at,
            }
        )


def _add(row: LedgerRow, around: list[Values], changes: _Changes) -> None:
    """A row of its own, or the continuation of the one that ends where it begins."""
    occurrence = row.occurrence
    before = next((other for other in around if _continues(other, row)), None)
    if before is not None:
        before |= {
            "until": occurrence.until,
            "slots": before["slots"] + occurrence.count,
            "closed_at": row.closed_at,
        }
        if "occurrence_id" in before:
            changes.extended[before["occurrence_id"]] = before
        return
    values = {f.name: getattr(occurrence, f.name) for f in fields(Occurrence) if f.name not in ("count", "runs")}
    values |= {"slots": occurrence.count, "closed_at": row.closed_at}
    changes.new.append(values)
    if not occurrence.slot.startswith("manual:"):
        around.append(values)


def _continues(other: Values, row: LedgerRow) -> bool:
    occurrence = row.occurrence
    if occurrence.runs or occurrence.outcome not in RANGES or other["until"] != row.after:
        return False
    alike = (other["outcome"], other["reason"], other["digest"])
    return alike == (occurrence.outcome, occurrence.reason, occurrence.digest)


def _write(connection: Connection, changes: _Changes) -> None:
    if changes.given_way:
        connection.execute(delete(occurrences).where(occurrences.c.occurrence_id.in_(changes.given_way)))
    insert_occurrences(connection, changes.new)
    one = update(occurrences).where(occurrences.c.occurrence_id == bindparam("id"))
    if changes.closed:
        names = ("outcome", "reason", "closed_at")
        connection.execute(one.values({name: bindparam(f"new_{name}") for name in names}), _renamed(changes.closed))
    if changes.extended:
        names = ("until", "slots", "closed_at")
        extended = [{"id": key, **{n: row[n] for n in names}} for key, row in changes.extended.items()]
        connection.execute(one.values({name: bindparam(f"new_{name}") for name in names}), _renamed(extended))


def _renamed(rows: Sequence[Values]) -> list[Values]:
    """A parameter must not have the name of a column that is compared or set."""
    return [{name if name == "id" else f"new_{name}": value for name, value in row.items()} for row in rows]


def _fold_runs(
    connection: Connection, rows: Sequence[LedgerRow], numbers: Mapping[tuple[str, str], int], store: str
) -> None:
    told = {run.run_id: (run, row) for row in rows for run in row.occurrence.runs}
    if not told:
        return
    wanted = select(runs.c.run_id, runs.c.state, runs.c.store).where(runs.c.run_id.in_(told))
    present = {row.run_id: row for row in connection.execute(wanted)}
    new, moved = [], []
    for run_id, (run, row) in told.items():
        there = present.get(run_id)
        if there is None:
            number = numbers[row.occurrence.job_uid, row.occurrence.slot]
            new.append(_values(run) | {"occurrence_id": number, "exclusive": row.exclusive, "store": store})
        elif there.store == store and _STEPS.get(there.state, 2) <= _STEPS.get(run.state, 2) and not there.state.final:
            values = _values(run)
            moved.append({"id": run_id, **{name: values[name] for name in _CHANGING}})
    if new:
        connection.execute(insert(runs), sorted(new, key=lambda v: (v["queued_at"], v["due_at"], v["attempt"])))
    if moved:
        changed = update(runs).where(runs.c.run_id == bindparam("id"))
        connection.execute(changed.values({name: bindparam(f"new_{name}") for name in _CHANGING}), _renamed(moved))


def _values(run: Run) -> Values:
    values = {f.name: getattr(run, f.name) for f in fields(Run)}
    return values | {"error": run.error.model_dump() if run.error else None, "seconds": run.duration_seconds}


def _fold_cursors(connection: Connection, cursors: Sequence[JobCursor], held: Mapping[str, Row[Any]]) -> None:
    """Move cursors, never back; a halted or deleted job publishes no next fire."""
    moved = []
    for told in cursors:
        job = held.get(told.job_uid)
        if job is not None and told.cursor > job.cursor:
            silent = job.halted or job.deleted_at
            moved.append({"uid": told.job_uid, "to": told.cursor, "due": None if silent else told.next_due})
    if moved:
        changed = update(jobs).where(jobs.c.job_uid == bindparam("uid"))
        connection.execute(changed.values(cursor=bindparam("to"), next_due=bindparam("due")), moved)
