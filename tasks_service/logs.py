"""Logging: loguru writes, the standard library's loggers are brought in, secrets are masked."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Collection
from datetime import UTC
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger

if TYPE_CHECKING:
    from loguru import Message, Record

Mask = Callable[[str], str]

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


def set_up(level: str, secrets: Collection[str] = (), stream: TextIO = sys.stderr, *, as_json: bool = False) -> None:
    """Send everything from ``level`` on to ``stream``, with each of ``secrets`` masked: as text for people, or as one
    flat JSON object per line."""
    mask = _mask(secrets)

    def write(message: "Message") -> None:
        stream.write(_json_line(message.record, mask) if as_json else mask(message))
        stream.flush()

    logger.remove()
    logger.configure(extra={"event": "-", "fields": "", "given": {}})
    logger.add(
        write,
        level=level,
        format=_FORMAT,
        colorize=stream.isatty() and not as_json,
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


def _mask(secrets: Collection[str]) -> Mask:
    longest_first = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
    if not longest_first:
        return str
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub("***", text)


def _json_line(record: "Record", mask: Mask) -> str:
    """Masked before it is encoded: JSON may spell a secret in another way."""
    own = {
        "time": record["time"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record["level"].name,
        "event": record["extra"]["event"],
        "logger": record["name"],
        "message": record["message"],
    }
    given = {key: _plain(value) for key, value in record["extra"]["given"].items() if key not in own}
    line = {
        key: mask(value) if isinstance(value, str) else value for key, value in (own | given | _error(record)).items()
    }
    return json.dumps(line, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | None) else str(value)


def _error(record: "Record") -> dict[str, str]:
    """The exception, with a stack that names lines and no values."""
    raised = record["exception"]
    if raised is None or raised.value is None:
        return {}
    stack = "".join(traceback.format_exception(raised.type, raised.value, raised.traceback))
    return {"error_type": type(raised.value).__name__, "error_message": str(raised.value), "stack": stack}


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
        logger.bind(event=event, fields=fields, given=given).patch(as_logged).opt(exception=record.exc_info).log(
            level, "{}", text
        )


_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
