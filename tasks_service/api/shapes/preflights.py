"""Preflights as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.core.preflight import Preflight, PreflightFinding, PreflightState


class PreflightFindingShape(Shape):
    """One thing that a preflight found."""

    what: str
    why: str
    """What it does to a run."""
    remedy: str
    """What to do."""
    fatal: bool
    """Whether a run would fail; if not, it would do less than it should."""

    @classmethod
    def of(cls, finding: PreflightFinding) -> Self:
        """A finding of the store."""
        return cls(what=finding.what, why=finding.why, remedy=finding.remedy, fatal=finding.fatal)


class PreflightShape(Shape):
    """Whether a run of the job would be able to work, as it was found last."""

    state: PreflightState
    reason: str
    """Why none was made, where none was."""
    findings: list[PreflightFindingShape]
    at: Moment | None
    """When it was made; null where none was yet."""
    seconds: float | None
    digest: str
    """The definition it was for."""
    current: bool
    """Whether that is still the job's definition."""
    asked_at: Moment | None
    """When somebody asked for another one; null where none is on its way."""
    asked_by: str

    @classmethod
    def of(cls, made: Preflight, digest: str) -> Self:
        """The newest preflight of a job that has this digest now."""
        return cls(
            state=made.state,
            reason=made.reason,
            findings=[PreflightFindingShape.of(finding) for finding in made.findings],
            at=made.at,
            seconds=made.seconds,
            digest=made.digest,
            current=made.digest == digest,
            asked_at=made.asked_at,
            asked_by=made.asked_by,
        )
