"""Failure blamed on a change: the version with which a job that had succeeded began to fail. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks_service.core.change import FieldChange, field_changes
from tasks_service.core.history import JobVersion
from tasks_service.core.run import Run, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """A change after which a job failed and has not succeeded since."""

    version: JobVersion
    """The version that the first failure ran with."""
    changes: tuple[FieldChange, ...]
    """What differs from the version that last succeeded."""
    failure: Run
    """The first failure."""
    success: Run
    """The last success before it."""

    @property
    def sentence(self) -> str:
        """The change, who made it, and what it changed: ``since r2 by ann (jobs.yaml:1): schedule.hour: 2 → 3``."""
        fields = "; ".join(map(str, self.changes[:_SAID]))
        more = f"; and {len(self.changes) - _SAID} more" if len(self.changes) > _SAID else ""
        return f"since {named(self.version)}, which changed {fields}{more}"


_SAID = 4
"""How many changed fields a sentence names."""


def blame_of(success: Run, failure: Run, versions: Sequence[JobVersion]) -> Blame | None:
    """The change to blame for the first failure after a success; None where the manifest did not change in between.

    ``versions`` are those with the digests of the two runs, oldest first. A run with parameters of its own says
    nothing about its version.
    """
    if success.digest == failure.digest:
        return None
    good, bad = _version_of(success, versions), _version_of(failure, versions)
    if good is None or bad is None or bad.applied_at < good.applied_at or _told_otherwise(failure, bad):
        return None
    return Blame(version=bad, changes=field_changes(good.manifest, bad.manifest), failure=failure, success=success)


def named(version: JobVersion) -> str:
    """A version as a sentence names it: revision, author and place, as far as they are known."""
    revision = f"revision {version.revision}" if version.revision and not version.origin.by_api else "the version"
    author = f" by {version.author}" if version.author else ""
    return f"{revision}{author} ({version.origin})"


def _version_of(run: Run, versions: Sequence[JobVersion]) -> JobVersion | None:
    """The newest version of the run's digest that was applied before it was queued."""
    fitting = [v for v in versions if v.manifest.digest == run.digest and v.applied_at <= run.queued_at]
    return fitting[-1] if fitting else None


def _told_otherwise(run: Run, version: JobVersion) -> bool:
    return run.trigger is Trigger.MANUAL and run.parameters != version.manifest.parameters
