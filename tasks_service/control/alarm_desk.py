"""The desk of alarms: what went against expectation, now and before."""

from collections.abc import Collection

from tasks_service.control.catalog import Catalog
from tasks_service.core.alarm import Alarm, AlarmKind
from tasks_service.core.stores import AlarmFilter, AlarmStore, Page


class AlarmDesk:
    """Reads of alarms."""

    def __init__(self, *, catalog: Catalog, alarms: AlarmStore) -> None:
        self._catalog = catalog
        self._alarms = alarms

    def alarms(
        self,
        *,
        job_id: str | None = None,
        kinds: Collection[AlarmKind] = (),
        open: bool | None = None,  # noqa: A002 - the word of the query
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Alarm]:
        """Alarms, the newest first; ``NotFound`` where no job has that id."""
        uid = self._catalog.job(job_id).job_uid if job_id else None
        return self._alarms.alarms(
            AlarmFilter(job_uid=uid, kinds=frozenset(kinds), open=open), limit=limit, cursor=cursor
        )
