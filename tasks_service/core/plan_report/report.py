"""The report of a plan, as people read it and as a saved plan keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.plan_report.job_change import JobChange
from tasks_service.core.plan_report.load import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLine:
    """What a plan does to one calendar."""

    verb: str
    calendar_id: str
    origin: str
    jobs: tuple[str, ...]
    """The jobs that refer to it."""
    held: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """All that is told of a plan."""

    at: datetime
    """The moment that everything is looked at from."""
    summary: str
    """``Plan: 1 to add, 2 to change, 0 to delete, 1 held.``"""
    plan_id: str
    """What confirms what is held."""
    fingerprint: str
    """Equal for plans that do the same."""
    compared_with: str
    """What the change starts from, in words."""
    revision: str
    """What is wanted: the revision of the manifests."""
    base: Mapping[str, str]
    """A digest of every job and calendar that the change starts from."""
    result: Mapping[str, str]
    """The same when everything is carried out that is not held."""
    jobs: tuple[JobChange, ...]
    calendars: tuple[CalendarLine, ...]
    problems: tuple[Diagnostic, ...]
    failures: tuple[str, ...]
    """Sources that could not be read, and why."""
    load_before: Load
    load_after: Load
    """With everything that is not held."""

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done, and nothing held."""
        return not (self.jobs or self.calendars)
