"""The job process: it carries one request out and answers once."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from pydantic import ValidationError

from tasks_service.core.confinement import Enclosure
from tasks_service.core.errors import NotFound
from tasks_service.core.run import Purpose, RunError, RunRequest
from tasks_service.jobs.base_job import BaseJob, JobFailed
from tasks_service.jobs.context import TellProgress
from tasks_service.jobs.job_registry import job_class
from tasks_service.jobs.preparing import SecretMissing, prepared
from tasks_service.sandbox.answer import RESULT_LIMIT, Answer
from tasks_service.sandbox.failure import describe_failure, describe_parameters
from tasks_service.sandbox.job_log import set_up_job_log


class _Refused(Exception):
    """The job cannot even be made; the reason is for the person who wrote the manifest."""

    def __init__(self, error: RunError) -> None:
        super().__init__(error.message)
        self.error = error


def answer_of(
    request: RunRequest, workdir: Path, enclosure: Enclosure, relay: socket.socket | None, progress: TellProgress
) -> tuple[bytes, int]:
    """Run the job; its answer as JSON, and the exit code that goes with it. Ends the process where the job ends it."""
    set_up_job_log()
    try:
        job = _prepare(request, workdir, relay, progress)
    except _Refused as refusal:
        return _failed(refusal.error)
    except Exception as error:  # noqa: BLE001 - the constructor of a job is job code too
        return _failed(describe_failure(error, enclosure))
    began = time.monotonic()
    said, code = _run(job, request.purpose, enclosure)
    return b'{"began":%.6f,' % began + said[1:], code


def not_confined(error: OSError, enclosure: Enclosure) -> bytes:
    """The answer of a process that could not be confined as it must be; no job code has run."""
    message = f"the run could not be confined to level {enclosure.level}: {error}"
    return _failed(RunError(type="SandboxError", message=message))[0]


def _prepare(request: RunRequest, workdir: Path, relay: socket.socket | None, progress: TellProgress) -> BaseJob:
    try:
        return prepared(job_class(request.job_type), request, workdir, relay=relay, progress=progress)
    except NotFound as error:
        raise _Refused(RunError(type="UnknownJobType", message=error.message)) from error
    except SecretMissing as error:
        raise _Refused(RunError(type="SecretMissing", message=str(error))) from error
    except ValidationError as error:
        raise _Refused(describe_parameters(error)) from error


def _run(job: BaseJob, purpose: Purpose, enclosure: Enclosure) -> tuple[bytes, int]:
    ending = job.context.ending

    async def execute() -> dict[str, Any]:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def end(_number: int, _frame: FrameType | None) -> None:
            ending.begin(loop)
            if task is not None and not job.HANDLES_ENDING:
                loop.call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGTERM, end)
        try:
            return await (job.preflight() if purpose is Purpose.PREFLIGHT else job.execute())
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # The loop is about to close.

    try:
        return _succeeded(asyncio.run(execute()))
    except SystemExit as error:
        _leave(error.code)
    except BaseException as error:  # noqa: BLE001 - whatever job code raises is the outcome of its run
        if ending.is_set() and not job.HANDLES_ENDING:
            _die_of(signal.SIGTERM)
        return _failed(describe_failure(error, enclosure), error.result if isinstance(error, JobFailed) else None)


def _succeeded(result: dict[str, Any]) -> tuple[bytes, int]:
    text = _json(result)
    if len(text) > RESULT_LIMIT:
        message = f"the result has {len(text)} bytes of JSON, {RESULT_LIMIT} are allowed: store it and return where"
        return _failed(RunError(type="ResultTooLarge", message=message))
    return b'{"result":' + text + b"}", 0


def _failed(error: RunError, result: dict[str, Any] | None = None) -> tuple[bytes, int]:
    readable = {key: text.encode(errors="replace").decode() for key, text in error.model_dump().items()}
    answer = Answer(error=RunError(**readable)).model_dump_json(exclude={"result", "began"}).encode()
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
