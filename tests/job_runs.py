"""Runs of job types in this process, as a child would run them."""

import asyncio
import json
import logging
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import BotApi
from tasks_service.jobs.base_job import BaseJob
from tasks_service.jobs.context import JobContext
from tasks_service.jobs.job_registry import job_class


def context(
    *,
    job_type: str = "test",
    seconds: float = 30.0,
    workdir: Path = Path(),
    secrets: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    bot_url: str = "",
    bot_key: str = "",
    relay: socket.socket | None = None,
    previous_success: PreviousSuccess | None = None,
) -> JobContext:
    """What a run is told, with little time so that giving up is quick."""
    now = datetime.now(UTC)
    return JobContext(
        run_id="run-1",
        job_id="nightly",
        job_type=job_type,
        due_at=now,
        attempt=1,
        deadline=now + timedelta(seconds=seconds),
        workdir=workdir,
        secrets=secrets or {},
        settings=settings or {},
        bot_api=BotApi(url=bot_url, key=bot_key),
        relay=relay,
        logger=logging.getLogger(job_type),
        previous_success=previous_success,
    )


def execute(cls: type[BaseJob], parameters: Mapping[str, Any], around: JobContext) -> dict[str, Any]:
    """The result of one run."""
    params = cls.Params.model_validate_json(json.dumps(parameters), strict=True)
    return asyncio.run(cls(params, around).execute())


def run(job_type: str, parameters: Mapping[str, Any], **told: Any) -> dict[str, Any]:
    """The result of one run of a registered job type."""
    return execute(job_class(job_type), parameters, context(job_type=job_type, **told))
