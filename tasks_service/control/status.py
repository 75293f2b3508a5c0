"""The state of the whole: scheduler, health, sync, statistics, and what needs a person."""

from tasks_service.control.views import Attention, HealthView, SchedulerView, Statistics, SyncView
from tasks_service.core.stores import Page, SyncRecord


class Status:
    """Reads that concern no single job."""

    def scheduler(self) -> SchedulerView:
        """For ``/api/scheduler/info``."""
        raise NotImplementedError

    def health(self) -> HealthView:
        """For ``/health``; never raises."""
        raise NotImplementedError

    def sync(self) -> SyncView:
        """For ``/api/sync``."""
        raise NotImplementedError

    def sync_history(self, *, limit: int = 50, cursor: str | None = None) -> Page[SyncRecord]:
        """Distinct sync results, newest first."""
        raise NotImplementedError

    def request_sync(self, actor: str, confirm: str = "") -> None:
        """Wake the reconciler, and allow the held plan of that id if one is named."""
        raise NotImplementedError

    def statistics(self) -> Statistics:
        """The figures of the dashboard."""
        raise NotImplementedError

    def attention(self) -> list[Attention]:
        """What needs a person, worst first."""
        raise NotImplementedError
