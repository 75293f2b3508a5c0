"""What is kept in Redis: JSON behind a stamp that changes with every write, so that a write can compare stamps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

from tasks_service.core.run import Occurrence, Outcome, Run, RunError, RunState, Trigger
from tasks_service.core.stores import LedgerRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
_TIMES = frozenset(
    {
        *("due_at", "until", "recorded_at", "queued_at", "not_before", "started_at", "finished_at"),
        *("after", "closed_at", "cursor", "next_due"),
    }
)
_WORDS = {"trigger": Trigger, "outcome": Outcome, "state": RunState}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A job's place here: how far it is settled. A closed one is claimed by nobody."""

    cursor: datetime
    next_due: datetime | None = None
    closed: bool = False


def dump(record: LedgerRow | Seat) -> str:
    """A record as text, with a new stamp."""
    return f"{uuid4().hex} {json.dumps(record, default=_plain, separators=(',', ':'))}"


def stamp_of(text: str | None) -> str:
    """The stamp of a record; empty for none."""
    return text.partition(" ")[0] if text else ""


def load_row(text: str) -> LedgerRow:
    """A row from its text."""
    data = json.loads(text.partition(" ")[2])
    occurrence = data["occurrence"]
    attempts = tuple(_run(run) for run in occurrence.pop("runs"))
    row = _typed({name: value for name, value in data.items() if name != "occurrence"})
    return LedgerRow(occurrence=Occurrence(**_typed(occurrence), runs=attempts), **row)


def load_seat(text: str) -> Seat:
    """A seat from its text."""
    return Seat(**_typed(json.loads(text.partition(" ")[2])))


def row_key(occurrence: Occurrence) -> str:
    """The name of a row, unique as the occurrence is."""
    return f"{occurrence.job_uid} {occurrence.slot}"


FILLING = "b"
"""The mark of a backfill."""


def place(run: Run, *, exclusive: bool) -> str:
    """A queued run as a member of the queue: members sort as the runs are to start.

    Its mark says what it waits for: ``x`` for the job's other runs, ``r`` too, but it holds later ones back even before
    its time has come (a further attempt), ``b`` for all that is no backfill, ``-`` for nothing, ``m`` for nothing
    either (no scheduled run in its first attempt).
    """
    if run.trigger is Trigger.BACKFILL:
        flag = FILLING
    elif exclusive:
        flag = "r" if run.attempt > 1 else "x"
    else:
        flag = "m" if run.attempt > 1 or run.trigger is Trigger.MANUAL else "-"
    return f"{micros(run.due_at):020d} {micros(run.queued_at):020d} {flag} {run.job_uid} {run.run_id}"


def micros(moment: datetime) -> int:
    """Microseconds since 1970: exact in a score, which is a double."""
    return (moment - _EPOCH) // _MOMENT


def moment(score: float) -> datetime:
    """The time of a score."""
    return _EPOCH + int(score) * _MOMENT


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump()
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is no part of a record")


def _run(data: dict[str, Any]) -> Run:
    values = _typed(data)
    return Run(**{**values, "error": RunError(**values["error"]) if values["error"] else None})


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in data.items()}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return _WORDS[name](value) if name in _WORDS else value
