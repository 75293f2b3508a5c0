"""The desk of preflights: a person asks for one. Whoever leads makes it."""

from collections.abc import Callable

from tasks_service.control.catalog import Catalog
from tasks_service.control.views import JobView
from tasks_service.core.errors import Conflict
from tasks_service.core.ports import Clock
from tasks_service.core.stores import AuditEntry, Stores


class PreflightDesk:
    """The one request a person may make."""

    def __init__(self, *, clock: Clock, catalog: Catalog, stores: Stores, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._wake = wake

    def ask(self, job_id: str, actor: str) -> JobView:
        """Wish for a preflight of a job; returns the job, which tells of the wish. ``NotFound``; ``Conflict`` where the
        job is not applied yet."""
        view = self._catalog.job(job_id)
        if not view.job_uid:
            raise Conflict(
                f"job {view.job_id!r} was created a moment ago and is not applied yet", hint="try again in a second"
            )
        now = self._clock.now()
        self._stores.preflights.ask(view.job_uid, actor, now)
        entry = AuditEntry(at=now, actor=actor, action="job.preflight", object=view.job_id)
        self._stores.journal.audit(entry)
        self._wake()
        return self._catalog.job(view.job_id)
