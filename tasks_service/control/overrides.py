"""Overrides: pause and resume, by whom, why, and until when."""

from datetime import datetime

from tasks_service.control.views import OverrideAnswer


class Overrides:
    """Writes of overrides. Repeating one changes nothing and answers the same."""

    def pause(
        self, job_id: str, actor: str, *, reason: str = "", until: datetime | None = None, dry_run: bool = False
    ) -> OverrideAnswer:
        """Pause a job. ``NotFound``; ``InvalidInput`` where a reason is required or ``until`` is past."""
        raise NotImplementedError

    def resume(
        self,
        job_id: str,
        actor: str,
        *,
        reason: str = "",
        force: bool = False,
        until: datetime | None = None,
        catch_up: str = "none",
        dry_run: bool = False,
    ) -> OverrideAnswer:
        """Resume a job. A job that its manifest suspends is a ``Conflict`` unless forced with reason and until."""
        raise NotImplementedError
