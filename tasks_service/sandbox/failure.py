"""A failure of job code, in words for the person who wrote the job."""

import asyncio
import traceback
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

import tasks_service.jobs.base_job
from tasks_service.core.confinement import Enclosure
from tasks_service.core.run import RunError
from tasks_service.sandbox.refusal import explain_refusal

_MESSAGE_LIMIT = 8 * 1024
_TRACEBACK_LIMIT = 64 * 1024
_MACHINERY = (str(Path(__file__).parent), str(Path(asyncio.__file__).parent), tasks_service.jobs.base_job.__file__)


def describe_failure(error: BaseException, enclosure: Enclosure) -> RunError:
    """The error with the job's own frames; what called the job is left out. What the sandbox refused is explained."""
    error.__traceback__ = _from_the_job_on(error.__traceback__)
    refusal = explain_refusal(error, enclosure)
    return RunError(
        type=type(error).__name__,
        message=cut(_message(error), _MESSAGE_LIMIT) + (f" — {refusal}" if refusal else ""),
        traceback=cut(_formatted(error), _TRACEBACK_LIMIT),
    )


def describe_parameters(error: ValidationError) -> RunError:
    """What is wrong with the parameters, without the values: they may hold expanded secrets."""
    findings = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, finding['loc'])) or 'parameters'}: {finding['msg']}" for finding in findings]
    return RunError(type="InvalidParameters", message=cut("; ".join(lines), _MESSAGE_LIMIT))


def cut(text: str, limit: int) -> str:
    """The text, its middle left out where it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - a broken __str__ of a job's own error must not hide the error
        return f"<the error's text cannot be made: {type(broken).__name__}>"


def _formatted(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception as broken:  # noqa: BLE001 - as above: a traceback that cannot be written is no reason to lose the run
        return f"<the traceback cannot be made: {type(broken).__name__}>"


def _from_the_job_on(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_MACHINERY):
        trace = trace.tb_next
    return trace
