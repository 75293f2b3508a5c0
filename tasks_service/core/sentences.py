"""What pydantic found, said in a sentence that a person understands, with a hint where one can be given.

The refused value itself stays unsaid unless it can hold no secret.
"""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from tasks_service.core.mend import Mend, mend_of_value, mend_of_word
from tasks_service.core.names import JOB_ID_FORM, JOB_ID_PATTERN
from tasks_service.core.schedule import zones
from tasks_service.core.suggestion import did_you_mean

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "set_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
"""Kinds of errors that say only that the value is of another JSON type, and the type that was wanted."""

_PREDICATES = {
    "extra_forbidden": "is no known key",
    "missing": "is missing",
    "null_value": "has no value",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "has a form that is not allowed",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
}
_BOOLEANS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_QUOTED = re.compile(r"'([^']*)'")


def sentence(details: Sequence[ErrorDetails], field: str) -> tuple[str, str]:
    """The sentence and the hint for the errors at one place; several are the members of a union, tried in turn."""
    detail = next((d for d in details if d["type"] not in EXPECTED), details[0])
    kind, context = detail["type"], detail.get("ctx", {})
    subject = field or "the document"
    if kind in EXPECTED:
        return _wrong_type(details, subject)
    if kind in ("literal_error", "enum"):
        return _choice(subject, detail["input"], _QUOTED.findall(str(context["expected"])))
    if kind == "union_tag_invalid":
        return _choice(subject, context["tag"], _QUOTED.findall(str(context["expected_tags"])))
    if kind == "timezone":
        return f"{subject}: {detail['msg']}", _zone_hint(str(detail["input"]))
    if kind == "json_invalid":
        return f"{subject} cannot be read as JSON: {str(context['error']).partition(' at line')[0]}", ""
    if kind in _PREDICATES:
        hint = context.get("pattern", "")
        hint = JOB_ID_FORM if hint == JOB_ID_PATTERN else f"it must match {hint}" if hint else ""
        return f"{subject} {_PREDICATES[kind].format(**context)}", hint
    return f"{subject}: {detail['msg'].removeprefix('Value error, ').removeprefix('Assertion failed, ')}", ""


def meant(details: Sequence[ErrorDetails]) -> Mend | None:
    """What was certainly meant by the value of these errors."""
    detail = details[0]
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in EXPECTED:
        return mend_of_value(details, [EXPECTED[kind]], given)
    if kind == "union_tag_invalid":
        return mend_of_word(str(context["tag"]), _QUOTED.findall(str(context["expected_tags"])))
    if kind in ("literal_error", "enum") and isinstance(given, str):
        return mend_of_word(given, _QUOTED.findall(str(context["expected"])))
    return mend_of_word(str(given), zones()) if kind == "timezone" else None


def _wrong_type(details: Sequence[ErrorDetails], subject: str) -> tuple[str, str]:
    wanted = list(dict.fromkeys(EXPECTED[d["type"]] for d in details if d["type"] in EXPECTED))
    given = details[0]["input"]
    message = f"{subject} must be {' or '.join(wanted)}, not {_kind_of(given)}"
    return message, _type_hint(wanted, given, subject)


def _type_hint(wanted: Sequence[str], given: Any, subject: str) -> str:
    if subject == "schedule":
        return 'write a mapping such as {trigger: cron, expression: "0 2 * * *"}'
    if isinstance(given, str):
        if "true or false" in wanted and given.lower() in _BOOLEANS:
            return f"write {_BOOLEANS[given.lower()]}, without quotes"
        if wanted[0].endswith("number") and re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", given):
            return f"write {given}, without quotes"
    return "put it in quotes" if wanted == ["text"] and isinstance(given, (bool, int, float)) else ""


def _choice(subject: str, given: Any, known: Sequence[str]) -> tuple[str, str]:
    message = f"{subject} must be one of {', '.join(known)}" if len(known) > 1 else f"{subject} must be {known[0]}"
    if not isinstance(given, str):
        return f"{message}, not {_kind_of(given)}", ""
    return f"{message}, not {given[:60]!r}", did_you_mean(given, known)


def _zone_hint(given: str) -> str:
    """Whole names first, then cities: ``Berlin`` means ``Europe/Berlin``."""
    city = given.replace(" ", "_").casefold()
    by_city = {name.rpartition("/")[2].casefold(): name for name in sorted(zones(), reverse=True)}
    if city in by_city:
        return f"did you mean {by_city[city]!r}?"
    return did_you_mean(given, zones()) or "write an IANA name such as Europe/Berlin or UTC"


def _kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "a whole number", float: "a fraction", list: "a list", dict: "a mapping"}
    return names.get(type(value), "nothing")
