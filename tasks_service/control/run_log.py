"""The life of runs in the log: one line when a run starts, one when it ends, with what it took."""

import logging
from typing import Any

from tasks_service.core.run import Run, RunState

log = logging.getLogger(__name__)


def log_started(run: Run) -> None:
    """It begins now."""
    told = {"event": "run.started", **_ids(run), "trigger": run.trigger.value, "late_seconds": run.lateness_seconds}
    log.info("Starting %s", _named(run), extra=_known(told))


def log_finished(run: Run) -> None:
    """It ended, and the ledger has it."""
    well = run.state is RunState.SUCCEEDED or run.dry_run
    level = logging.INFO if well else logging.WARNING
    why = f": {run.error.type}: {run.error.message}" if run.error else ""
    told = {
        "event": "run.finished",
        **_ids(run),
        "state": run.state.value,
        "seconds": run.duration_seconds,
        "late_seconds": run.lateness_seconds,
        "cpu_seconds": run.cpu_seconds,
        "peak_memory_bytes": run.peak_memory_bytes,
        "exit_code": run.exit_code,
        "signal": run.signal,
    }
    log.log(level, "%s %s%s", _named(run), run.state.value, why, extra=_known(told))


def log_lost(run: Run) -> None:
    """Nobody knows how it ended."""
    told = {"event": "run.lost", **_ids(run), "node": run.node}
    log.warning("Run %s of %s is lost", run.run_id, run.job_id, extra=told)


def _named(run: Run) -> str:
    return f"the dry run of {run.job_id}" if run.dry_run else run.job_id


def _ids(run: Run) -> dict[str, Any]:
    ids = {"job": run.job_id, "run": run.run_id, "attempt": run.attempt, "type": run.job_type}
    return ids | ({"dry_run": True} if run.dry_run else {})


def _known(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}
