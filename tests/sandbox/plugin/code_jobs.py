"""A job type for tests, installed like anybody's plug-in: its parameter is the code that it runs."""

import ast
import inspect
from typing import Any

from tasks_service.core.document import Document
from tasks_service.jobs.base_job import BaseJob


class Code(BaseJob):
    JOB_NAME = "Code"
    JOB_DESCRIPTION = "Runs what it is given; await works, and `result` is the result."
    SECRETS = ("PLUGIN_SECRET",)

    class Params(Document):
        code: str
        """The program."""
        note: str = ""
        """Anything."""

    async def _execute_job(self) -> dict[str, Any]:
        names: dict[str, Any] = {"job": self, "result": {}}
        program = compile(self.params.code, "program.py", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if inspect.iscoroutine(waiting := eval(program, names)):
            await waiting
        return names["result"]


class PatientCode(Code):
    JOB_NAME = "Patient code"
    JOB_DESCRIPTION = "The same, but it ends by itself when it is asked to."
    HANDLES_ENDING = True
