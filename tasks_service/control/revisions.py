"""The revisions that a pin may name, and what each job was at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks_service.control.views import JobView, SyncState
from tasks_service.core.errors import InvalidInput
from tasks_service.core.history import AppliedRevision, JobVersion
from tasks_service.core.stores import Stores
from tasks_service.core.wording import in_utc

_KNOWN = 500
_SHOWN = 8
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Goal:
    """The revision that a pin is about, and its moment."""

    revision: str = ""
    as_of: datetime | None = None
    version: JobVersion | None = None
    """What a single job was then."""


class Revisions:
    """Reads of what was applied."""

    def __init__(self, stores: Stores) -> None:
        self._history = stores.history
        self._syncs = stores.syncs

    def known(self, job_uid: str = "") -> list[AppliedRevision]:
        """Those that changed a job, or that job; the newest first."""
        return self._history.revisions(_KNOWN, job_uid)

    def goal(self, wanted: str, job: JobView | None) -> Goal:
        """What a pin to a revision, or to one that begins so, is about.

        ``InvalidInput``, with what is known, where it is not known, or where the job did not exist then.
        """
        wanted, known = wanted.strip(), self.known()
        fits = _fitting(wanted, known) or _fitting(wanted, self._without_change())
        own = (self.known(job.job_uid) if job else known)[:_SHOWN]
        hint = f"known are {', '.join(map(_told, own))}" if own else "no file has changed a job yet"
        if len(fits) != 1:
            what = "is not known" if not fits else "may be any of several"
            raise InvalidInput(f"revision {wanted!r} {what}" if wanted else "a pin needs a revision", hint=hint)
        found = fits[0]
        if job is None:
            return Goal(found.revision, found.applied_at)
        version = self._history.applied_at(found.applied_at).get(job.job_uid)
        if version is None:
            raise InvalidInput(f"job {job.job_id!r} was not there at revision {found.revision}", hint=hint)
        return Goal(found.revision, found.applied_at, version)

    def _without_change(self) -> list[AppliedRevision]:
        """Revisions that were applied without rest, whether or not they changed a job."""
        records = self._syncs.history(limit=_KNOWN).items
        first = {r.revision: r.at for r in records if r.status == SyncState.SYNCED}
        return [AppliedRevision(revision=revision, applied_at=at, jobs=0) for revision, at in first.items()]


def _fitting(wanted: str, known: Sequence[AppliedRevision]) -> list[AppliedRevision]:
    """The revision of that name, else those that begin so."""
    exact = [r for r in known if r.revision.lower() == wanted.lower()]
    if exact or len(wanted) < _SHORTEST:
        return exact
    return [r for r in known if r.revision.lower().startswith(wanted.lower())]


def _told(known: AppliedRevision) -> str:
    return f"{known.revision} ({in_utc(known.applied_at)})"
