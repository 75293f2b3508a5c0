"""Alarms as they are recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tasks_service.core.alarm import Alarm, AlarmKind
from tasks_service.core.stores.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which alarms to list; an empty filter lists all."""

    job_uid: str | None = None
    kinds: frozenset[AlarmKind] = frozenset()
    open: bool | None = None
    """Only those that are open, or only those that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChanges:
    """What one look at the jobs found."""

    raised: tuple[Alarm, ...] = ()
    updated: tuple[Alarm, ...] = ()
    """Open alarms that tell something else now, such as one more failure."""
    cleared: tuple[Alarm, ...] = ()
    """Alarms that are over: their ``until`` and ``cleared_by`` are set."""

    def __bool__(self) -> bool:
        return bool(self.raised or self.updated or self.cleared)


class AlarmStore(Protocol):
    """Alarms, open and past."""

    def record(self, changes: AlarmChanges) -> None:
        """Write the changes, and an event ``alarm.raised`` or ``alarm.cleared`` for each beginning and end, all in one
        transaction.

        ``Conflict`` where an alarm of that kind is open already. What is over already is not cleared again.
        """
        ...

    def open(self, job_uids: Sequence[str] | None = None) -> list[Alarm]:
        """The open alarms, of all or of these jobs, the oldest first."""
        ...

    def alarms(self, which: AlarmFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Alarm]:
        """Alarms, the newest first."""
        ...

    def standing(self) -> dict[AlarmKind, int]:
        """How many alarms are open, by kind; a kind without any is left out."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop those that were over before that moment."""
        ...
