"""Alarms as JSON, and what they are judged by."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.control.views import JobHealth
from tasks_service.core.alarm import Alarm, AlarmKind
from tasks_service.core.expectation import Basis, Expectation


class AlarmShape(Shape):
    """Something that went against expectation, from when to when."""

    id: int
    job_id: str
    kind: AlarmKind
    open: bool
    since: Moment
    """When it began, such as the due time of a fire that is late."""
    raised_at: Moment
    """When it was noticed."""
    until: Moment | None
    """When it was seen to be over; null while it is open."""
    reason: str
    cleared_by: str
    """What ended it."""
    run_id: str
    failures: int
    """How many runs in a row did not succeed, where that is what it tells; counted up to 20."""

    @classmethod
    def of(cls, alarm: Alarm) -> Self:
        """An alarm of the store."""
        return cls(
            id=alarm.alarm_id,
            job_id=alarm.job_id,
            kind=alarm.kind,
            open=alarm.until is None,
            since=alarm.since,
            raised_at=alarm.raised_at,
            until=alarm.until,
            reason=alarm.reason,
            cleared_by=alarm.cleared_by,
            run_id=alarm.run_id,
            failures=alarm.failures,
        )


class HealthDetailShape(Shape):
    """The health of a job as data."""

    state: str
    reason: str
    since: Moment | None
    """When it began."""
    run_id: str
    """The run that it is about, if it is about one."""
    failures: int
    """How many of the newest runs did not succeed, one for each fire; counted up to 20."""

    @classmethod
    def of(cls, health: JobHealth) -> Self:
        """The health of a job of the catalog."""
        return cls(
            state=health.state,
            reason=health.reason,
            since=health.since,
            run_id=health.run_id,
            failures=health.failures,
        )


class ExpectedShape(Shape):
    """How late a run may start and how long it may last, and where that comes from."""

    grace_seconds: float
    grace_from: Basis
    max_runtime_seconds: float
    max_runtime_from: Basis

    @classmethod
    def of(cls, expected: Expectation) -> Self:
        """What is expected of a job of the catalog."""
        return cls(
            grace_seconds=expected.grace.total_seconds(),
            grace_from=expected.grace_from,
            max_runtime_seconds=expected.max_runtime.total_seconds(),
            max_runtime_from=expected.max_runtime_from,
        )
