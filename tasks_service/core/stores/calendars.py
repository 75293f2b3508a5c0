"""The calendars as they were last applied."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tasks_service.core.calendar import Calendar
from tasks_service.core.calendar_plan import AppliedCalendar, CalendarChange


class CalendarStore(Protocol):
    """The calendars as they were last applied."""

    def all(self) -> list[AppliedCalendar]:
        """All of them, by name."""
        ...

    def in_force(self) -> dict[str, Calendar]:
        """The calendars alone, by their key."""
        ...

    def apply(self, changes: Sequence[CalendarChange], at: datetime) -> None:
        """Record changes that take effect at ``at``; the caller has settled the slots of the jobs they concern."""
        ...
