"""The job process: it carries one request out and answers once."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from tasks_service.core.errors import NotFound
from tasks_service.core.run import Purpose, RunError, RunRequest
from tasks_service.core.secret import expand
from tasks_service.jobs.base_job import BaseJob, JobFailed
from tasks_service.jobs.context import JobContext
from tasks_service.jobs.job_registry import job_class
from tasks_service.sandbox.answer import RESULT_LIMIT, Answer
from tasks_service.sandbox.failure import describe_failure, describe_parameters
from tasks_service.sandbox.job_log import set_up_job_log


class _Refused(Exception):
    """The job cannot even be made; the reason is for the person who wrote the manifest."""

    def __init__(self, error: RunError) -> None:
        super().__init__(error.message)
        self.error = error


def answer_of(request: RunRequest, workdir: Path, relay: socket.socket | None) -> tuple[bytes, int]:
    """Run the job; its answer as JSON, and the exit code that goes with it. Ends the process where the job ends it."""
    set_up_job_log()
    try:
        job = _prepare(request, workdir, relay)
    except _Refused as refusal:
        return _failed(refusal.error)
    except Exception as error:  # noqa: BLE001 - the constructor of a job is job code too
        return _failed(describe_failure(error))
    return _run(job, request.purpose)


def _prepare(request: RunRequest, workdir: Path, relay: socket.socket | None) -> BaseJob:
    try:
        cls = job_class(request.job_type)
        params = cls.Params.model_validate_json(_expanded_parameters(request), strict=True)
    except NotFound as error:
        raise _Refused(RunError(type="UnknownJobType", message=error.message)) from error
    except ValidationError as error:
        raise _Refused(describe_parameters(error)) from error
    context = JobContext(
        run_id=request.run_id,
        job_id=request.job_id,
        job_type=request.job_type,
        due_at=request.due_at,
        attempt=request.attempt,
        deadline=datetime.now(UTC) + timedelta(seconds=request.limits.wall_seconds),
        workdir=workdir,
        secrets={name: request.secrets[name] for name in cls.SECRETS if name in request.secrets},
        settings=request.settings,
        bot_api=request.bot_api,
        relay=relay,
        logger=logging.getLogger(request.job_type),
        dry_run=request.dry_run,
    )
    return cls(params, context)


def _expanded_parameters(request: RunRequest) -> str:
    try:
        return json.dumps(expand(request.parameters, request.secrets))
    except KeyError as error:
        message = f"the parameters refer to {error.args[0]}, which is not set: set it where the service runs"
        raise _Refused(RunError(type="SecretMissing", message=message)) from error


def _run(job: BaseJob, purpose: Purpose) -> tuple[bytes, int]:
    ended_by_signal = False

    async def execute() -> dict[str, Any]:
        task = asyncio.current_task()

        def end() -> None:
            nonlocal ended_by_signal
            ended_by_signal = True
            if task is not None:
                task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
        return await (job.preflight() if purpose is Purpose.PREFLIGHT else job.execute())

    try:
        return _succeeded(asyncio.run(execute()))
    except SystemExit as error:
        _leave(error.code)
    except BaseException as error:  # noqa: BLE001 - whatever job code raises is the outcome of its run
        if ended_by_signal:
            _die_of(signal.SIGTERM)
        return _failed(describe_failure(error), error.result if isinstance(error, JobFailed) else None)


def _succeeded(result: dict[str, Any]) -> tuple[bytes, int]:
    text = _json(result)
    if len(text) > RESULT_LIMIT:
        message = f"the result has {len(text)} bytes of JSON, {RESULT_LIMIT} are allowed: store it and return where"
        return _failed(RunError(type="ResultTooLarge", message=message))
    return b'{"result":' + text + b"}", 0


def _failed(error: RunError, result: dict[str, Any] | None = None) -> tuple[bytes, int]:
    readable = {key: text.encode(errors="replace").decode() for key, text in error.model_dump().items()}
    answer = Answer(error=RunError(**readable)).model_dump_json(exclude={"result"}).encode()
    text = b"" if result is None else _json(result)
    if 0 < len(text) <= RESULT_LIMIT:  # The error is what counts: a result that is too large is left out.
        answer = b'{"result":' + text + b"," + answer[1:]
    return answer, 1


def _json(result: dict[str, Any]) -> bytes:
    return json.dumps(result, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def _leave(code: object) -> NoReturn:
    """End the process as ``sys.exit`` would; asyncio is done by then."""
    if not (code is None or isinstance(code, int)):
        print(code, file=sys.stderr)  # noqa: T201 - what the interpreter itself does with a text
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit((code or 0) & 0xFF)


def _die_of(number: signal.Signals) -> NoReturn:
    """Let the exit status say which signal ended the job."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # Not reached: a signal to oneself arrives at once.
