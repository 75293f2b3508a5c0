"""From a request to a job that can be executed: in a run, and in a test of a job type."""

import json
import logging
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks_service.core.run import RunRequest
from tasks_service.core.secret import expand
from tasks_service.jobs.base_job import BaseJob
from tasks_service.jobs.context import JobContext, TellProgress, tell_nobody


class SecretMissing(LookupError):
    """The parameters refer to a secret that the run was not given; the text says which, and what to do."""


def prepared(
    cls: type[BaseJob],
    request: RunRequest,
    workdir: Path,
    *,
    relay: socket.socket | None = None,
    progress: TellProgress = tell_nobody,
) -> BaseJob:
    """The job, its parameters validated as in a manifest.

    Raises ``SecretMissing``, pydantic's ``ValidationError``, and whatever the constructor of the job raises.
    """
    params = cls.Params.model_validate_json(_expanded_parameters(request), strict=True)
    context = JobContext(
        run_id=request.run_id,
        job_id=request.job_id,
        job_type=request.job_type,
        due_at=request.due_at,
        attempt=request.attempt,
        deadline=datetime.now(UTC) + timedelta(seconds=request.limits.wall_seconds),
        workdir=workdir,
        secrets={name: request.secrets[name] for name in cls.SECRETS if name in request.secrets},
        settings={name: request.settings[name] for name in cls.SETTINGS if name in request.settings},
        bot_api=request.bot_api,
        relay=relay,
        logger=logging.getLogger(request.job_type),
        progress=progress,
        previous_success=request.previous_success,
        dry_run=request.dry_run,
    )
    return cls(params, context)


def _expanded_parameters(request: RunRequest) -> str:
    try:
        return json.dumps(expand(request.parameters, request.secrets))
    except KeyError as error:
        message = f"the parameters refer to {error.args[0]}, which is not set: set it where the service runs"
        raise SecretMissing(message) from error
