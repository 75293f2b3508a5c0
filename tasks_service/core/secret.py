"""References to secrets in parameters: ``${TASKS_SECRET_NAME}``. Only the child that runs the job sees the value."""

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = re.compile(r"\$\{(TASKS_SECRET_[A-Z0-9_]+)\}")


def references(value: Any) -> set[str]:
    """The names that a parameter, or anything in it, refers to."""
    if isinstance(value, str):
        return set(REFERENCE.findall(value))
    if isinstance(value, Mapping):
        return {name for item in value.values() for name in references(item)}
    if isinstance(value, list | tuple):
        return {name for item in value for name in references(item)}
    return set()


def expand(value: Any, secrets: Mapping[str, str]) -> Any:
    """The same value with every reference replaced; raises ``KeyError`` with the name of one that is not set."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: secrets[found.group(1)], value)
    if isinstance(value, Mapping):
        return {key: expand(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [expand(item, secrets) for item in value]
    return value
