"""Names as documents write them: of jobs, queues and calendars, and lists of words."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

JOB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
JOB_ID_FORM = "letters, digits, '_', '.' and '-', at most 100 of them, and a letter or digit first"
JobId = Annotated[
    str,
    StringConstraints(pattern=JOB_ID_PATTERN),
    Field(json_schema_extra={"patternErrorMessage": f"A job_id is made of {JOB_ID_FORM}."}),
]
QueueName = Annotated[
    str,
    StringConstraints(pattern=JOB_ID_PATTERN),
    Field(json_schema_extra={"patternErrorMessage": "A queue's name has the form of a job_id."}),
]
CalendarId = Annotated[
    str,
    StringConstraints(pattern=JOB_ID_PATTERN),
    Field(json_schema_extra={"patternErrorMessage": "A calendar_id has the form of a job_id."}),
]


def split_commas(value: Any) -> Any:
    """``"a, b"`` where a list is expected means ``["a", "b"]``."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _split_into_tuple(value: Any) -> Any:
    parts = split_commas(value)
    return tuple(parts) if isinstance(parts, list) else parts


Names = Annotated[list[str], BeforeValidator(split_commas, json_schema_input_type=list[str] | str)]
JobIds = Annotated[list[JobId], BeforeValidator(split_commas, json_schema_input_type=list[JobId] | str)]
CalendarIds = Annotated[
    tuple[CalendarId, ...],
    BeforeValidator(_split_into_tuple, json_schema_input_type=list[CalendarId] | str),
]
"""A tuple, so that schedules can be kept in sets and caches."""
