"""Alarms in SQL. An alarm and the event that tells of it are written together."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, insert, select, update

from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.journal import add_events
from tasks_service.adapters.sql.paging import Keyset
from tasks_service.adapters.sql.tables import alarms
from tasks_service.core.alarm import Alarm, AlarmKind
from tasks_service.core.stores import AlarmChanges, AlarmFilter, Happening, Page

_ALARMS = Keyset(name="alarms", columns=(alarms.c.alarm_id,))
_NEW = ("job_uid", "job_id", "kind", "since", "raised_at", "reason", "run_id", "failures")
_OPEN = alarms.c.until.is_(None)


class SqlAlarms:
    """Implements ``AlarmStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, changes: AlarmChanges) -> None:
        """Write the changes and their events; the ends first, so that a kind may end and begin anew."""
        if not changes:
            return
        with write(self._engine) as connection:
            over = [alarm for alarm in changes.cleared if _clear(connection, alarm)]
            if changes.updated:
                connection.execute(_UPDATE, [_told(alarm) for alarm in changes.updated])
            if changes.raised:
                connection.execute(insert(alarms), [{n: getattr(a, n) for n in _NEW} for a in changes.raised])
            add_events(connection, [*map(_cleared, over), *map(_raised, changes.raised)])

    def open(self, job_uids: Sequence[str] | None = None) -> list[Alarm]:
        """The open alarms, of all or of these jobs, the oldest first."""
        wanted = select(alarms).where(_OPEN)
        with read(self._engine) as connection:
            if job_uids is None:
                found = [_alarm(row) for row in connection.execute(wanted)]
            else:
                found = list(_of_jobs(connection, wanted, job_uids))
        return sorted(found, key=lambda alarm: (alarm.since, alarm.alarm_id))

    def alarms(self, which: AlarmFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Alarm]:
        """Alarms, the newest first."""
        wanted = select(alarms).where(*_conditions(which))
        with read(self._engine) as connection:
            return _ALARMS.page(connection, wanted, limit, cursor, _alarm)

    def standing(self) -> dict[AlarmKind, int]:
        """How many alarms are open, by kind; a kind without any is left out."""
        wanted = select(alarms.c.kind, func.count().label("number")).where(_OPEN).group_by(alarms.c.kind)
        with read(self._engine) as connection:
            return {row.kind: row.number for row in connection.execute(wanted)}

    def forget(self, before: datetime) -> None:
        """Drop those that were over before that moment."""
        with write(self._engine) as connection:
            connection.execute(delete(alarms).where(alarms.c.until < before))


_UPDATE = (
    update(alarms)
    .where(alarms.c.alarm_id == bindparam("id"), _OPEN)
    .values(reason=bindparam("told"), run_id=bindparam("run"), failures=bindparam("times"))
)


def _told(alarm: Alarm) -> dict[str, Any]:
    return {"id": alarm.alarm_id, "told": alarm.reason, "run": alarm.run_id, "times": alarm.failures}


def _clear(connection: Connection, alarm: Alarm) -> bool:
    """Compare-and-set: an alarm ends once."""
    ended = update(alarms).where(alarms.c.alarm_id == alarm.alarm_id, _OPEN)
    return connection.execute(ended.values(until=alarm.until, cleared_by=alarm.cleared_by)).rowcount == 1


def _of_jobs(connection: Connection, wanted: Any, job_uids: Sequence[str]) -> Iterator[Alarm]:
    for part in batches(list(job_uids)):
        for row in connection.execute(wanted.where(alarms.c.job_uid.in_(part))):
            yield _alarm(row)


def _conditions(which: AlarmFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.job_uid is not None:
        conditions.append(alarms.c.job_uid == which.job_uid)
    if which.kinds:
        conditions.append(alarms.c.kind.in_(sorted(which.kinds)))
    if which.open is not None:
        conditions.append(_OPEN if which.open else alarms.c.until.is_not(None))
    return conditions


def _raised(alarm: Alarm) -> Happening:
    data = {"kind": alarm.kind.value, "since": alarm.since.isoformat(), "reason": alarm.reason}
    return Happening(
        at=alarm.raised_at,
        kind="alarm.raised",
        job_id=alarm.job_id,
        run_id=alarm.run_id,
        data={**data, "failures": alarm.failures} if alarm.failures else data,
    )


def _cleared(alarm: Alarm) -> Happening:
    data = {"kind": alarm.kind.value, "since": alarm.since.isoformat(), "reason": alarm.cleared_by}
    return Happening(
        at=alarm.until or alarm.raised_at,
        kind="alarm.cleared",
        job_id=alarm.job_id,
        run_id=alarm.run_id,
        data=data,
    )


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(**row._mapping)
