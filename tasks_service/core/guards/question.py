"""A question to a person: jobs that a change concerns, and why somebody should look at it first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks_service.core.state import DesiredJob, LiveJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What files make of one job: create it, or change its manifest."""

    job: DesiredJob
    before: LiveJob | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What guards keep back."""

    asked: Mapping[str, str] = field(default_factory=dict)
    """``job_uid`` → why, until a person confirms it."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """``job_uid`` → why, until its time has come: no confirmation helps."""

    @property
    def reasons(self) -> dict[str, str]:
        """All of them; where both concern a job, what no confirmation helps with."""
        return {**self.asked, **self.waiting}


def changes_of_files(desired: Mapping[str, DesiredJob], live: Mapping[str, LiveJob]) -> list[Change]:
    """What files create and change, by name. Jobs of the API were asked for one by one, and are nobody's accident."""
    found = [Change(job=job, before=live.get(uid)) for uid, job in desired.items() if not job.origin.by_api]
    changed = [c for c in found if c.before is None or c.before.manifest.digest != c.job.manifest.digest]
    return sorted(changed, key=lambda c: c.job.manifest.key)
