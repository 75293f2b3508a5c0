"""Previews: the next fires of a job, or of a schedule that has no job yet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tasks_service.control.views import JobView
from tasks_service.core.calendar import Calendar
from tasks_service.core.calendar_rules import unknown_calendars
from tasks_service.core.diagnostics import placed
from tasks_service.core.document import Document
from tasks_service.core.errors import InvalidInput
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.jobtype import JobType
from tasks_service.core.ports import Clock
from tasks_service.core.preview import Preview, preview
from tasks_service.core.schedule import Schedule
from tasks_service.core.stores import Stores
from tasks_service.core.validation import Rulebook

_DRAFT = JobType(name="draft", title="", description="", params=Document)
"""A type without parameters, for a schedule that has no job yet."""


class Previews:
    """Words and fires to come, with the calendars in force."""

    def __init__(self, *, clock: Clock, stores: Stores, rulebook: Rulebook) -> None:
        self._clock = clock
        self._stores = stores
        self._rulebook = rulebook

    def of_draft(self, schedule: Mapping[str, Any], count: int, after: datetime | None = None) -> Preview:
        """A draft's words and next fires; raises ``InvalidInput`` with the findings."""
        known = self._stores.calendars.in_force()
        return self._preview(self._judged(schedule, known), known, count, after)

    def of_job(self, job: JobView, count: int, after: datetime | None = None) -> Preview:
        """The same of a job's schedule, whether or not something holds the job back."""
        return self._preview(job.manifest.schedule, self._stores.calendars.in_force(), count, after)

    def _preview(
        self, schedule: Schedule, known: Mapping[str, Calendar], count: int, after: datetime | None
    ) -> Preview:
        return preview(schedule, calendars_of(schedule, known), after or self._clock.now(), count)

    def _judged(self, schedule: Mapping[str, Any], known: Mapping[str, Calendar]) -> Schedule:
        """A draft's schedule, judged as that of a whole job would be."""
        draft = {"job_id": "draft", "job_type": _DRAFT.name, "schedule": schedule}
        rules = Rulebook(types={_DRAFT.name: _DRAFT}, timezone=self._rulebook.timezone)
        checked = rules.check(draft, self._clock.now(), by_api=True)
        if checked.manifest is None:
            raise InvalidInput("the schedule is not valid", diagnostics=[placed(f) for f in checked.findings])
        unknown = unknown_calendars(checked.manifest.schedule, {key: c.calendar_id for key, c in known.items()})
        if unknown:
            found = [placed(replace(f, loc=("schedule", *f.loc))) for f in unknown]
            raise InvalidInput(f"the schedule is not valid: {unknown[0].message}", diagnostics=found)
        return checked.manifest.schedule
