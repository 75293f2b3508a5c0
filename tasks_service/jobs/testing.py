"""Tests of job types, without the service: ``run_job`` runs one as a run would."""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import chdir
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
    the service, a job gets of ``secrets`` and ``settings`` what its type declares, and ``previous_success`` where it
    asks for it. Its directory is ``workdir``, or one that is removed afterwards, and it is the current one meanwhile.
    Limits and sandbox are the service's, and not in force here. Raises ``ValueError`` for what no run can be: a
    ``dry_run`` of a type that has none, a ``due_at`` without an offset.
    """
    with tempfile.TemporaryDirectory() as folder, chdir(workdir or folder):
        request = RunRequest(
            run_id="test",
            job_id="test",
            job_type=cls.__module__.rpartition(".")[2],
            parameters=dict(parameters),
            due_at=_due_at(due_at),
            attempt=attempt,
            dry_run=_possible(cls, dry_run),
            limits=_LIMITS,
            secrets=dict(secrets or {}),
            settings=dict(settings or {}),
            previous_success=previous_success if cls.PREVIOUS_SUCCESS else None,
            bot_api=BotApi(url=bot_api_url),
        )
        return asyncio.run(prepared(cls, request, Path.cwd(), progress=progress).execute())


def _due_at(given: datetime | None) -> datetime:
    if given is None:
        return datetime.now(UTC)
    if given.tzinfo is None:
        raise ValueError(f"due_at {given.isoformat()} has no offset: write datetime(…, tzinfo=UTC)")
    return given.astimezone(UTC)


def _possible(cls: type[BaseJob], dry_run: bool) -> bool:
    if dry_run and not cls.DRY_RUN:
        raise ValueError(f"{cls.__name__} has no dry run: set DRY_RUN = True, and heed context.dry_run")
    return dry_run
