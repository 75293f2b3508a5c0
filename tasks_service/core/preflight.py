"""Preflights: whether a run of a job would be able to work, found without doing its work. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from pydantic import TypeAdapter, ValidationError

from tasks_service.core.run import Message, RunResult, RunState

WALL_SECONDS = 30.0
"""How long one may take; a job whose ``policy.timeout`` is shorter gets that."""
MOST_FINDINGS = 50
_DAY = timedelta(days=1)
_REMEDY = "see that the job can run: start it once with `tasks run`, and read its output"


class PreflightState(StrEnum):
    """What came of the newest preflight of a job."""

    WAITING = "waiting"
    """It was asked for, and none has been made yet."""
    OK = "ok"
    """A run would be able to work, as far as can be told."""
    FAILED = "failed"
    """A run would fail."""
    NOT_SUPPORTED = "not_supported"
    """The job's type has none."""
    SKIPPED = "skipped"
    """This installation cannot make one; the reason says why."""


class PreflightFinding(Message):
    """One thing that a preflight found, in sentences."""

    what: str
    """What is not as it should be."""
    why: str
    """What that does to a run."""
    remedy: str
    """What to do."""
    fatal: bool = True
    """Whether a run would fail; without, it would do less than it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The newest preflight of a job, and the wish for another one. All times are UTC."""

    job_uid: str
    state: PreflightState
    reason: str = ""
    """Why none was made, where none was."""
    findings: tuple[PreflightFinding, ...] = field(default=())
    digest: str = ""
    """The manifest it was for."""
    at: datetime | None = None
    """When it began; None where none has been made."""
    seconds: float | None = None
    asked_at: datetime | None = None
    """When somebody asked for another one, which has not been made yet."""
    asked_by: str = ""

    @property
    def summary(self) -> str:
        """All that it found, in one line."""
        told = (self.reason, *(f"{finding.what}: {finding.remedy}" for finding in self.findings))
        return "; ".join(words for words in told if words)


_FINDINGS: TypeAdapter[tuple[PreflightFinding, ...]] = TypeAdapter(tuple[PreflightFinding, ...])


def judged(result: RunResult) -> tuple[PreflightState, tuple[PreflightFinding, ...]]:
    """What a child's answer means: its findings, or that it could not even be asked."""
    if result.state is not RunState.SUCCEEDED:
        return PreflightState.FAILED, (_not_finished(result),)
    try:
        told = (result.result or {}).get("findings")
        findings = _FINDINGS.validate_python(told)[:MOST_FINDINGS]
    except ValidationError:
        message = "its answer is no list of findings"
        return PreflightState.FAILED, (_broken(message),)
    fatal = any(finding.fatal for finding in findings)
    return PreflightState.FAILED if fatal else PreflightState.OK, findings


def _not_finished(result: RunResult) -> PreflightFinding:
    if result.state is RunState.TIMED_OUT:
        return PreflightFinding(
            what="the preflight was not done in time",
            why="what it asked does not answer, or answers so slowly that a run would wait for it, too",
            remedy="see that what the job speaks to answers",
        )
    if result.error and result.error.type in ("InvalidParameters", "SecretMissing"):
        return PreflightFinding(
            what=result.error.message,
            why="a run fails before it begins",
            remedy="correct the parameters in the manifest, or set what they refer to where the service runs",
        )
    error = result.error
    return _broken(f"{error.type}: {error.message}" if error else f"it ended as {result.state.value}")


def _broken(reason: str) -> PreflightFinding:
    return PreflightFinding(
        what=f"the preflight itself failed: {reason}",
        why="nobody knows whether a run would work",
        remedy=_REMEDY,
    )


def is_due(job_uid: str, last: datetime, now: datetime) -> bool:
    """Whether the daily preflight of a job has its time: once after its own moment of the day, in UTC.

    The moments of all jobs are spread over the day by their uids.
    """
    return last < _moment(job_uid, now)


def _moment(job_uid: str, now: datetime) -> datetime:
    """The newest moment of this job that has come."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(seconds=crc32(job_uid.encode()) % _DAY.total_seconds())
    return moment if moment <= now else moment - _DAY
