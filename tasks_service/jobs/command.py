"""The job type that runs a program."""

import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.document import Document
from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.base_job import BaseJob, JobFailed

SECRET_REFERENCE = "${TASKS_SECRET_"  # noqa: S105 - how a reference begins, no secret

ExitCode = Annotated[int, Field(ge=0, le=255)]
ExitCodes = Annotated[
    Annotated[list[ExitCode], Field(min_length=1)],
    BeforeValidator(
        lambda value: [value] if isinstance(value, int) and not isinstance(value, bool) else value,
        json_schema_input_type=Annotated[list[ExitCode], Field(min_length=1)] | ExitCode,
    ),
]
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


class CommandFailed(JobFailed):
    """The program could not be started, or it ended otherwise than expected."""


class Command(BaseJob):
    """The program writes to the run's own output, so what it prints is captured line by line."""

    JOB_NAME = "Command"
    JOB_DESCRIPTION = "Runs a program; its exit code decides whether the run succeeded."
    NETWORK = True
    PREVIOUS_SUCCESS = True

    class Params(Document):
        """The program and its surroundings."""

        argv: (
            Annotated[list[Word], Field(min_length=1)]
            | Annotated[Word, StringConstraints(min_length=1, max_length=65536)]
        ) = Field(examples=[["find", "/tmp/reports", "-mtime", "+7", "-delete"]])  # noqa: S108 - an example
        """The program and its arguments as a list. No shell reads them, unless shell is true."""
        shell: bool = False
        """Whether argv is one text for /bin/sh instead of a list."""
        env: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Word] = Field(
            default_factory=dict, examples=[{"API_TOKEN": "${TASKS_SECRET_EXAMPLE}"}]
        )
        """Further environment variables. This is the place for secrets, written as references. The program also finds
        TASKS_JOB_ID, TASKS_RUN_ID, TASKS_DUE_AT, TASKS_ATTEMPT, TASKS_ARTIFACTS: a directory of which the files are
        kept with the run, and TASKS_PREVIOUS_SUCCESS: when the last run that succeeded was due, empty without one."""
        working_directory: Word = ""
        """Where the program starts; without it, in the run's own directory, which a relative path begins at."""
        expected_exit_codes: ExitCodes = Field(default=[0], examples=[[0, 1]])
        """Any other exit code fails the run."""

        @model_validator(mode="after")
        def _shell_or_list(self) -> Self:
            if self.shell != isinstance(self.argv, str):
                advice = "argv must be one text where shell is true" if self.shell else "argv must be a list of words"
                raise PydanticCustomError("argv_form", "{advice}; text is only for shell: true", {"advice": advice})
            if not self.shell and not self.argv[0]:
                raise PydanticCustomError("argv_empty", "the first word of argv must name a program")
            words = [self.argv] if isinstance(self.argv, str) else self.argv
            if any(SECRET_REFERENCE in word for word in words):
                raise PydanticCustomError(
                    "secret_in_argv",
                    "a command line can be read by others on the machine: put the secret into env instead",
                )
            return self

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        started = time.monotonic()
        process = await self._start()
        code = await process.wait()
        result: dict[str, Any] = {"exit_code": code, "duration_seconds": round(time.monotonic() - started, 3)}
        if code < 0:
            result |= {"exit_code": None, "signal": _signal_name(-code)}
            raise CommandFailed(f"{self._program} was ended by the signal {result['signal']}", result)
        if code not in self.params.expected_exit_codes:
            wanted = ", ".join(map(str, self.params.expected_exit_codes))
            raise CommandFailed(f"{self._program} ended with exit code {code}; expected is {wanted}", result)
        return result

    async def _preflight(self) -> list[PreflightFinding]:
        directory = self._directory
        if not directory.is_dir():
            return [
                PreflightFinding(
                    what=f"the working_directory {directory} does not exist or is no directory",
                    why="a run fails before the program begins",
                    remedy="make the directory where the service runs, or correct working_directory",
                )
            ]
        return await self._unreadable() if self.params.shell else self._unstartable(directory)

    async def _unreadable(self) -> list[PreflightFinding]:
        """What the shell says where it only reads the text: ``-n`` has it carry nothing out."""
        shell, option, text = self._argv
        reader = await asyncio.create_subprocess_exec(
            *(shell, "-n", option, text),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await reader.communicate()
        if reader.returncode == 0:
            return []
        words = said.decode(errors="replace").strip()[:500]
        return [
            PreflightFinding(
                what=f"{shell} cannot read the command: {words}",
                why="a run fails at that place",
                remedy="correct argv in the manifest",
            )
        ]

    def _unstartable(self, directory: Path) -> list[PreflightFinding]:
        path = self.params.env.get("PATH", os.environ.get("PATH", ""))
        name = self._argv[0]
        place = directory / name if "/" in name else None
        if place is None:
            found = shutil.which(name, path=path)
            remedy = f"install it where the service runs, or give its full path; the PATH is {path!r}"
            return [] if found else [_no_program(f"there is no program {name!r}", remedy)]
        if not place.is_file():
            return [_no_program(f"there is no program {name!r}", "install it where the service runs, or correct argv")]
        if not os.access(place, os.X_OK):
            return [_no_program(f"{name} may not be executed", f"allow it with `chmod +x {place}`")]
        return []

    @property
    def _directory(self) -> Path:
        return Path(self.context.workdir, self.params.working_directory)

    @property
    def _argv(self) -> list[str]:
        argv = self.params.argv
        return ["/bin/sh", "-c", argv] if isinstance(argv, str) else argv

    @property
    def _program(self) -> str:
        return "the shell command" if self.params.shell else self._argv[0]

    @property
    def _told(self) -> dict[str, str]:
        """What a program may want to know of its run, such as a key under which to do its work only once."""
        previous = self.context.previous_success
        return {
            "TASKS_JOB_ID": self.context.job_id,
            "TASKS_RUN_ID": self.context.run_id,
            "TASKS_DUE_AT": self.context.due_at.isoformat(),
            "TASKS_ATTEMPT": str(self.context.attempt),
            "TASKS_ARTIFACTS": str(self.context.artifacts.absolute()),
            "TASKS_PREVIOUS_SUCCESS": previous.due_at.isoformat() if previous else "",
        }

    async def _start(self) -> asyncio.subprocess.Process:
        directory = self._directory
        if not directory.is_dir():
            raise CommandFailed(f"the working_directory {directory} does not exist or is no directory")
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            return await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                cwd=directory,
                env={**os.environ, **self._told, **self.params.env},
            )
        except FileNotFoundError:
            raise CommandFailed(
                f"there is no program {self._program!r}: give its full path, or a name that stands on the PATH "
                f"{os.environ.get('PATH', '')!r}"
            ) from None
        except OSError as error:
            raise CommandFailed(f"{self._program} cannot be started: {error.strerror}") from None


def _no_program(what: str, remedy: str) -> PreflightFinding:
    return PreflightFinding(what=what, why="a run cannot begin its program", remedy=remedy)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # Most real-time signals have no name.
        return f"SIG{number}"
