"""Tests of job types, without the service: ``run_job`` runs one as a run would."""

import asyncio
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import BotApi, Limits, RunRequest
from tasks_service.jobs.base_job import BaseJob
from tasks_service.jobs.context import TellProgress, tell_nobody
from tasks_service.jobs.preparing import prepared

_LIMITS = Limits(wall_seconds=600, cpu_seconds=300, memory_bytes=2**29, processes=64, output_bytes=2**20)


def run_job(
    cls: type[BaseJob],
    parameters: Mapping[str, Any],
    *,
    secrets: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    due_at: datetime | None = None,
    attempt: int = 1,
    dry_run: bool = False,
    previous_success: PreviousSuccess | None = None,
    bot_api_url: str = "",
    progress: TellProgress = tell_nobody,
    workdir: Path | None = None,
) -> dict[str, Any]:
    """Run a job of that type in this process; returns its result, and raises what it raises.

    Parameters are validated as those of a manifest: pydantic's ``ValidationError`` says what is wrong with them. As in
    the service, a job gets the ``secrets`` that its type declares. It works in ``workdir``, or in a directory that is
    removed afterwards. Limits and sandbox are the service's, and not in force here.
    """
    request = RunRequest(
        run_id="test",
        job_id="test",
        job_type=cls.__module__.rpartition(".")[2],
        parameters=dict(parameters),
        due_at=due_at or datetime.now(UTC),
        attempt=attempt,
        dry_run=dry_run,
        limits=_LIMITS,
        secrets=dict(secrets or {}),
        settings=dict(settings or {}),
        previous_success=previous_success,
        bot_api=BotApi(url=bot_api_url),
    )
    with tempfile.TemporaryDirectory() as folder:
        job = prepared(cls, request, workdir or Path(folder), progress=progress)
        return asyncio.run(job.execute())
