"""The answer of a job process: what it alone can know of its run."""

import os
import sys
from typing import Any, Self

from pydantic import model_validator

from tasks_service.core.framing import frame
from tasks_service.core.run import Message, RunError

RESULT_LIMIT = 1024 * 1024
"""The largest result, in bytes of JSON."""
ANSWER_LIMIT = RESULT_LIMIT + 512 * 1024
"""The largest answer: a result, and an error whose texts are cut far below the rest."""


class Answer(Message):
    """A result, an error, or an error beside the result of what was done before it."""

    result: dict[str, Any] | None = None
    error: RunError | None = None
    began: float | None = None
    """When the first line of job code was reached, on the monotonic clock that all processes share."""

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if self.result is None and self.error is None:
            raise ValueError("an answer holds a result or an error")
        return self


def send_answer(descriptor: int, said: bytes) -> None:
    """Write an answer, as JSON, after all that the job has printed."""
    sys.stdout.flush()
    sys.stderr.flush()
    view = memoryview(frame(said))
    while view:
        view = view[os.write(descriptor, view) :]
