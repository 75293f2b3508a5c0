"""The two forms of a line: text for people, and a flat JSON object for machines."""

import json
import traceback
from datetime import UTC
from typing import TYPE_CHECKING, Any

from tasks_service.core.masking import Mask

if TYPE_CHECKING:
    from loguru import Record

TEXT_FORMAT = (
    "<green>{time:YYYY-MM-DDTHH:mm:ss.SSSZ}</green> <level>{level:<8}</level> "
    "<cyan>{extra[event]}</cyan> {extra[line]}<dim>{extra[fields]}</dim>"
)


def json_line(record: "Record", mask: Mask) -> str:
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
