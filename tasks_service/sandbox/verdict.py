"""The verdict: how a run ended, from what its supervisor saw."""

import os
import signal
from dataclasses import dataclass

from tasks_service.core.run import RunError, RunRequest, RunResult, RunState
from tasks_service.core.sizes import about
from tasks_service.sandbox.answer import Answer
from tasks_service.sandbox.rlimits import FILE_BYTES
from tasks_service.sandbox.watchdog import cpu_limit_exceeded, memory_limit_exceeded, memory_refused, waited_cpu_seconds


@dataclass(slots=True)
class Ending:
    """What is known so far of the end of a run."""

    reason: tuple[RunState, RunError] | None = None
    """Why the supervisor ended it; None where the job ended by itself."""
    answer: Answer | None = None
    unreadable: bool = False
    """The job process wrote something that is no answer."""
    status: int | None = None
    """The wait status of the job process."""
    out_of_memory: bool = False
    """The kernel killed something of the run for the memory of its control group."""

    @property
    def open(self) -> bool:
        """Whether the outcome can still be decided by the supervisor."""
        return self.reason is None and self.answer is None and not self.unreadable and self.status is None


def verdict(request: RunRequest, ending: Ending, peak_bytes: int) -> RunResult:
    """The result of a run that is over, of which no process is left."""
    used = waited_cpu_seconds()
    code = None if ending.status is None else os.waitstatus_to_exitcode(ending.status)
    state, error = _outcome(request, ending, code, used, peak_bytes)
    return RunResult(
        run_id=request.run_id,
        state=state,
        result=ending.answer.result if ending.answer else None,
        error=error,
        exit_code=code if code is not None and code >= 0 else None,
        signal=_signal_name(-code) if code is not None and code < 0 else None,
        cpu_seconds=round(used, 3),
        peak_memory_bytes=peak_bytes,
    )


def _outcome(
    request: RunRequest, ending: Ending, code: int | None, used: float, peak_bytes: int
) -> tuple[RunState, RunError | None]:
    if ending.reason is not None:
        return ending.reason
    error = ending.answer.error if ending.answer else None
    if ending.out_of_memory:  # Whatever the job made of it: one of its processes may be gone, and the job alive.
        return RunState.FAILED, memory_limit_exceeded(request.limits, peak_bytes, error.traceback if error else "")
    if ending.unreadable:
        return _failed("InvalidAnswer", "the job process answered with something that is no result")
    if ending.answer is None:
        return _ended_silently(request, code, used)
    if error is None:
        return RunState.SUCCEEDED, None
    if error.type == "MemoryError":
        error = memory_refused(request.limits, peak_bytes, error.traceback)
    return RunState.FAILED, error


def _ended_silently(request: RunRequest, code: int | None, used: float) -> tuple[RunState, RunError]:
    if code is None or code >= 0:
        return _failed("Exited", f"the job process exited with code {code} before it returned a result")
    if -code == signal.SIGXCPU or (-code == signal.SIGKILL and used >= request.limits.cpu_seconds):
        return RunState.FAILED, cpu_limit_exceeded(request.limits, used)
    if -code == signal.SIGXFSZ:
        return _failed("FileSizeLimitExceeded", f"killed: a file of more than {about(FILE_BYTES)}")
    return _failed("KilledBySignal", f"the job process was killed by {_signal_name(-code)}")


def _failed(kind: str, message: str) -> tuple[RunState, RunError]:
    return RunState.FAILED, RunError(type=kind, message=message)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
