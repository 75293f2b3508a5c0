"""The server that a command asks: which one, with which key, and how a command ends where it cannot."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.remote.screen import patience
from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.settings import Settings


@contextmanager
def connected(server: str | None) -> Iterator[Connection]:
    """A connection to the server; its refusals and failures end the command with a sentence and exit code 2."""
    settings = settings_or_fail()
    try:
        with Connection(server or settings.asked_url, key_of(settings)) as connection:
            yield connection
    except ServerProblem as problem:
        fail(problem.message, problem.hint)


@contextmanager
def asking(server: str | None) -> Iterator[Connection]:
    """A connection for a few questions: where the answers take long, the terminal is told. Print only afterwards."""
    with connected(server) as connection, patience(f"asking {connection.url}"):
        yield connection


def key_of(settings: Settings) -> str:
    """The key that the server is shown; empty without one."""
    return settings.api_key.get_secret_value() if settings.api_key else ""


def actor() -> str:
    """Who asks, where no key tells: the name at the machine."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "command line"
