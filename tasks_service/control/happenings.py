"""Events about runs, as the journal keeps them."""

from datetime import datetime
from typing import Any

from tasks_service.core.run import Run
from tasks_service.core.stores import Happening


def run_happening(kind: str, run: Run, at: datetime) -> Happening:
    """What happened to a run."""
    data: dict[str, Any] = {"state": run.state.value, "trigger": run.trigger.value, "attempt": run.attempt}
    data |= {"dry_run": True} if run.dry_run else {}
    return Happening(at=at, kind=kind, job_id=run.job_id, run_id=run.run_id, data=data)
