"""The report of a plan as JSON, and back: a command line prints what a server planned."""

from datetime import date
from typing import Any, Self

from pydantic import ConfigDict, TypeAdapter

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.api.shapes.findings import FindingShape
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.plan_report.sentences import time_sentences

_REPORT = TypeAdapter(PlanReport)


class _Part(Shape):
    """Read from the fields of the same name."""

    model_config = ConfigDict(from_attributes=True)


class FieldChangeShape(_Part):
    """A field of a manifest that differs; the values are JSON for reading, masked where they may be secret."""

    field: str
    before: str
    after: str


class FireChangeShape(_Part):
    """Fires gained and lost in the next seven days; counts are exact up to ``compared_until``."""

    before: int
    after: int
    gained: int
    lost: int
    first_gained: list[Moment]
    first_lost: list[Moment]
    compared_until: Moment
    until: Moment


class TodayShape(_Part):
    """A day on which a job runs more or less often than either version of it alone would."""

    runs: int
    before: int
    after: int
    times: list[Moment]
    zone: str


class ClockDateShape(_Part):
    """A day on which a change of the clocks concerns the job."""

    day: date
    effect: str
    """``moved``, ``left_out``, ``once`` or ``twice``."""
    times: int
    zone: str


class SkippedFiresShape(_Part):
    """Consecutive fires that a calendar leaves out."""

    first: Moment
    until: Moment
    count: int
    reason: str


class JobChangeShape(_Part):
    """A job, what becomes of it, why, and what that means in time."""

    job_id: str
    verbs: list[str]
    """``create``, ``update``, ``rename``, ``pause``, ``resume``, ``delete``, or ``calendar`` where only one of its
    calendars changes."""
    sign: str
    origin: str
    reasons: list[str]
    held: str
    """Why a guard keeps it back; empty where it is carried out."""
    fields: list[FieldChangeShape]
    schedule_before: str
    schedule_after: str
    halted: bool
    """Whether it is paused or suspended afterwards."""
    fires: FireChangeShape
    today: TodayShape | None
    clock_dates: list[ClockDateShape]
    skips: list[SkippedFiresShape]
    skips_left_out: int
    sentences: list[str]
    """What it means in time, in words."""


class CalendarLineShape(_Part):
    """What becomes of a calendar."""

    verb: str
    calendar_id: str
    origin: str
    jobs: list[str]
    held: str


class BusyMinuteShape(_Part):
    """The minute of the next day in which the most runs are due."""

    at: Moment
    runs: int
    unseen: int
    """Jobs that were not looked at, because they run too often."""


class PlanLoadShape(_Part):
    """What all jobs together ask for."""

    runs: int
    """In the next seven days."""
    per_day: float
    busiest: BusyMinuteShape | None


class PlanReportShape(Shape):
    """What a sync would do, field by field, and what that means in time."""

    at: Moment
    summary: str
    plan_id: str
    """What ``POST /api/sync`` confirms where something is held."""
    fingerprint: str
    """Equal for plans that do the same."""
    compared_with: str
    revision: str
    base: dict[str, str]
    """A digest of every job and calendar that the change starts from."""
    result: dict[str, str]
    """The same when everything is carried out that is not held."""
    jobs: list[JobChangeShape]
    calendars: list[CalendarLineShape]
    problems: list[FindingShape]
    failures: list[str]
    load_before: PlanLoadShape
    load_after: PlanLoadShape

    @classmethod
    def of(cls, report: PlanReport) -> Self:
        """A report of the control room."""
        parts = {name: getattr(report, name) for name in cls.model_fields if name not in ("jobs", "problems")}
        jobs = [{**_attributes(job), "sentences": list(time_sentences(job))} for job in report.jobs]
        return cls.model_validate(
            {**parts, "jobs": jobs, "problems": [FindingShape.of(p) for p in report.problems]}, from_attributes=True
        )

    def report(self) -> PlanReport:
        """The report again."""
        document = self.model_dump()
        for problem in document["problems"]:
            problem["path"] = problem.pop("file")
        return _REPORT.validate_python(document)


def _attributes(job: Any) -> dict[str, Any]:
    return {name: getattr(job, name) for name in JobChangeShape.model_fields if name != "sentences"}
