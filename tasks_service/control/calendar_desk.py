"""The calendar desk: the calendars that are in force, their entries to come, and who refers to them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice

from tasks_service.control.views import CalendarEntryView, CalendarView
from tasks_service.core.calendar_entries import entries_of
from tasks_service.core.calendar_plan import AppliedCalendar
from tasks_service.core.errors import NotFound
from tasks_service.core.job_calendars import calendar_names
from tasks_service.core.ports import Clock
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import Problem, Stores
from tasks_service.core.suggestion import did_you_mean

AHEAD = timedelta(days=365)
MOST_ENTRIES = 1000


class CalendarDesk:
    """Reads of calendars."""

    def __init__(self, *, clock: Clock, stores: Stores) -> None:
        self._clock = clock
        self._stores = stores

    def calendars(self) -> list[CalendarView]:
        """All calendars, by name."""
        jobs, problems = self._stores.inventory.jobs(), self._stores.syncs.problems()
        kept = self._kept()
        return [self._view(applied, jobs, problems, kept) for applied in self._stores.calendars.all()]

    def calendar(self, calendar_id: str) -> CalendarView:
        """One calendar, ignoring case; raises ``NotFound`` with a "did you mean"."""
        views = self.calendars()
        for view in views:
            if view.calendar_id.lower() == calendar_id.lower():
                return view
        hint = did_you_mean(calendar_id, [view.calendar_id for view in views]) or "GET /api/calendars lists all"
        raise NotFound(f"there is no calendar {calendar_id!r}", hint=hint)

    def _kept(self) -> dict[str, str]:
        """Why the last good version of a calendar stays in force, by key, as the last sync found it."""
        last = next(iter(self._stores.syncs.history(limit=1).items), None)
        return {a.calendar_id.lower(): a.held for a in last.actions if a.held and a.calendar_id} if last else {}

    def _view(
        self,
        applied: AppliedCalendar,
        jobs: Iterable[InventoryJob],
        problems: Iterable[Problem],
        kept: dict[str, str],
    ) -> CalendarView:
        calendar, origin = applied.calendar, applied.origin
        entries = self._entries(applied)
        return CalendarView(
            calendar_id=calendar.calendar_id,
            manifest=calendar.manifest,
            entries=tuple(entries[:MOST_ENTRIES]),
            more_entries=len(entries) > MOST_ENTRIES,
            jobs=tuple(j.manifest.job_id for j in jobs if calendar.key in _keys(j)),
            origin=origin,
            revision=applied.revision,
            applied_at=applied.applied_at,
            kept=kept.get(calendar.key, ""),
            problems=tuple(p for p in problems if p.diagnostic.path == origin.path),
        )

    def _entries(self, applied: AppliedCalendar) -> Sequence[CalendarEntryView]:
        now = self._clock.now()
        known = entries_of(applied.calendar)
        found = islice(known.entries(now, now + AHEAD), MOST_ENTRIES + 1)
        return [
            CalendarEntryView(
                begin=e.begin, end=e.end, label=e.label, whole_days=e.whole_days, words=e.told(known.zone)
            )
            for e in found
        ]


def _keys(job: InventoryJob) -> set[str]:
    return {name.lower() for name in calendar_names(job.manifest.schedule)}
