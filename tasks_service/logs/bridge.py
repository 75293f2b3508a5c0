"""The bridge: records of the standard library go to loguru, with their event and all that was said beside it."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What every record carries; the rest is what the caller passed in ``extra``."""
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


class Bridge(logging.Handler):
    """Hands each record on under its caller's name. A record without an event has that of its logger's name."""

    def __init__(self, surroundings: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._surroundings = surroundings

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        given = {**self._surroundings(), **_said_beside(record)}
        event = given.pop("event", record.name)
        text = record.getMessage()

        def as_logged(entry: "Record") -> None:
            entry["name"], entry["function"], entry["line"] = record.name, record.funcName, record.lineno

        level = record.levelname if record.levelname in _LEVELS else record.levelno
        fields = "".join(f" {key}={_on_one_line(value)}" for key, value in given.items())
        logger.bind(event=event, fields=fields, line=_on_one_line(text), given=given).patch(as_logged).opt(
            exception=record.exc_info
        ).log(level, "{}", text)


def _said_beside(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _on_one_line(value: object) -> str:
    """Nobody whose text is logged may make a line of the log look like another."""
    return str(value).replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
