"""Logging: loguru writes, the standard library's loggers are brought in, secrets are masked."""

import logging
import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, TextIO

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

_FORMAT = (
    "<green>{time:YYYY-MM-DDTHH:mm:ss.SSSZ}</green> <level>{level:<8}</level> "
    "<cyan>{extra[event]}</cyan> {message}<dim>{extra[fields]}</dim>"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What every record carries; the rest is what the caller passed in ``extra``."""
_CHATTY = ("apscheduler", "httpx", "slack_sdk", "uvicorn.access", "alembic")
"""Libraries that are heard from WARNING on, unless DEBUG is asked for: then from INFO on."""
_FLOODING = ("sqlalchemy", "httpcore", "watchfiles", "asyncio")
"""Libraries that log every statement, packet or file: from WARNING on, whatever is asked for."""
_SHORTEST_SECRET = 4
"""Shorter texts are not masked: they would blank out ordinary words."""


def set_up(level: str, secrets: Collection[str] = (), stream: TextIO = sys.stderr) -> None:
    """Send everything from ``level`` on to ``stream``, with each of ``secrets`` masked."""
    mask = _mask(secrets)

    def write(message: str) -> None:
        stream.write(mask.sub("***", message) if mask else message)
        stream.flush()

    logger.remove()
    logger.configure(extra={"event": "-", "fields": ""})
    logger.add(
        write,
        level=level,
        format=_FORMAT,
        colorize=stream.isatty(),
        diagnose=False,  # else a traceback prints the values of variables, tokens among them
        backtrace=False,
    )
    logging.basicConfig(handlers=[_ToLoguru()], level=level, force=True)
    talk = logging.INFO if level == "DEBUG" else logging.WARNING
    levels: dict[str, int | str] = {"uvicorn": level, "uvicorn.error": level, **dict.fromkeys(_CHATTY, talk)}
    for name, least in {**levels, **dict.fromkeys(_FLOODING, logging.WARNING)}.items():
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(least)
    logging.captureWarnings(True)


def _mask(secrets: Collection[str]) -> re.Pattern[str] | None:
    longest_first = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


class _ToLoguru(logging.Handler):
    """Hands records of the standard library to loguru, with their ``event`` and other extras."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on under the caller's name."""
        given = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        event = given.pop("event", record.name)
        fields = "".join(f" {key}={value}" for key, value in given.items())

        def as_logged(entry: "Record") -> None:
            entry["name"], entry["function"], entry["line"] = record.name, record.funcName, record.lineno

        level = record.levelname if record.levelname in _LEVELS else record.levelno
        text = record.getMessage()
        logger.bind(event=event, fields=fields).patch(as_logged).opt(exception=record.exc_info).log(level, "{}", text)


_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
