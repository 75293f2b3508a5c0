"""How far a job is behind its source, as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.control.staleness import Lag


class BehindShape(Shape):
    """What runs of a job, and what its source shows instead."""

    running: str
    """The revision whose version of the job runs."""
    applied_at: Moment
    observed: str
    """The revision that its source shows; empty where none was seen."""
    since: Moment
    """When a newer version was first seen and not applied."""
    seconds: float
    """How long ago that was."""
    cause: str
    """What is wrong in its file, with file and line; empty where nothing is."""

    @classmethod
    def of(cls, lag: Lag) -> Self:
        """The lag of a job."""
        return cls(
            running=lag.running,
            applied_at=lag.applied_at,
            observed=lag.observed,
            since=lag.since,
            seconds=(lag.at - lag.since).total_seconds(),
            cause=lag.cause,
        )
