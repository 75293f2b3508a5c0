"""The outlet: one stream for everything, from one level on."""

import logging
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from loguru import logger

from tasks_service.core.masking import prose_mask
from tasks_service.logs.bridge import Bridge
from tasks_service.logs.lines import TEXT_FORMAT, json_line

if TYPE_CHECKING:
    from loguru import Message

log = logging.getLogger(__name__)

_CHATTY = ("apscheduler", "httpx", "slack_sdk", "uvicorn.access", "alembic", "kombu", "celery", "amqp", "redis")
"""Libraries that are heard from WARNING on, unless DEBUG is asked for: then from INFO on."""
_FLOODING = ("sqlalchemy", "httpcore", "watchfiles", "asyncio")
"""Libraries that log every statement, packet or file: from WARNING on, whatever is asked for."""
_STATEMENTS = "sqlalchemy.engine"


def set_up(
    level: str,
    secrets: Collection[str] = (),
    stream: TextIO = sys.stderr,
    *,
    as_json: bool = False,
    statements: bool = False,
    surroundings: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Send everything from ``level`` on to ``stream``, with each of ``secrets`` masked: as text for people, or as one
    flat JSON object per line.

    ``surroundings`` gives what every line must carry at the moment, such as the request that is being served. With
    ``statements``, ``DEBUG`` has each SQL statement, without its parameters.
    """
    mask = prose_mask(secrets)

    def write(message: "Message") -> None:
        stream.write(json_line(message.record, mask) if as_json else mask(message))
        stream.flush()

    logger.remove()
    logger.configure(extra={"event": "-", "fields": "", "line": "", "given": {}})
    logger.add(
        write,
        level=level,
        format=TEXT_FORMAT,
        colorize=stream.isatty() and not as_json,
        diagnose=False,  # else a traceback prints the values of variables, tokens among them
        backtrace=False,
    )
    logging.basicConfig(handlers=[Bridge(surroundings)], level=level, force=True)
    for name, least in _levels(level, statements=statements).items():
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(least)
    logging.captureWarnings(True)
    sys.excepthook = _process_failed
    threading.excepthook = _thread_failed


def _levels(level: str, *, statements: bool) -> dict[str, int | str]:
    talk = logging.INFO if level == "DEBUG" else logging.WARNING
    return {
        "uvicorn": level,
        "uvicorn.error": level,
        **dict.fromkeys(_CHATTY, talk),
        **dict.fromkeys(_FLOODING, logging.WARNING),
        _STATEMENTS: talk if statements else logging.WARNING,
    }


def _process_failed(kind: type[BaseException], error: BaseException, stack: TracebackType | None) -> None:
    """The interpreter would print the secrets in it as they are."""
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("The process ends with an error", exc_info=(kind, error, stack), extra={"event": "process.failed"})


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is None or issubclass(failed.exc_type, SystemExit):
        return
    name = failed.thread.name if failed.thread else "?"
    stack = (failed.exc_type, failed.exc_value, failed.exc_traceback)
    log.error("The thread %s ended with an error", name, exc_info=stack, extra={"event": "thread.failed"})
