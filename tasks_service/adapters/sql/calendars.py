"""The calendar store: calendars as they were last applied."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select

from tasks_service.adapters.sql.documents import dump_calendar, load_calendar
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import calendars
from tasks_service.core.calendar import Calendar, by_key
from tasks_service.core.calendar_plan import AppliedCalendar, CalendarChange
from tasks_service.core.state import Origin


class SqlCalendars:
    """Implements ``CalendarStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[AppliedCalendar]:
        """All of them, by name."""
        with read(self._engine) as connection:
            return [_applied(row) for row in connection.execute(select(calendars).order_by(calendars.c.calendar_key))]

    def in_force(self) -> dict[str, Calendar]:
        """The calendars alone, by their key."""
        return by_key([applied.calendar for applied in self.all()])

    def apply(self, changes: Sequence[CalendarChange], at: datetime) -> None:
        """Record changes that take effect at ``at``, all in one transaction."""
        if not changes:
            return
        with write(self._engine) as connection:
            keys = [change.calendar.key for change in changes]
            connection.execute(delete(calendars).where(calendars.c.calendar_key.in_(keys)))
            rows = [_values(change, at) for change in changes if change.verb != "delete"]
            if rows:
                connection.execute(insert(calendars), rows)


def _values(change: CalendarChange, at: datetime) -> dict[str, Any]:
    return {
        "calendar_key": change.calendar.key,
        "calendar": dump_calendar(change.calendar),
        "source": change.origin.source,
        "path": change.origin.path,
        "line": change.origin.line,
        "revision": change.revision,
        "applied_at": at,
    }


def _applied(row: Row[Any]) -> AppliedCalendar:
    return AppliedCalendar(
        calendar=load_calendar(row.calendar),
        origin=Origin(source=row.source, path=row.path, line=row.line),
        revision=row.revision,
        applied_at=row.applied_at,
    )
