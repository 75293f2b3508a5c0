"""JSON Pointer (RFC 6901): one value out of a JSON document."""

from typing import Any

PATTERN = r"^(?:/(?:[^~]|~[01])*)?$"


def resolve(document: Any, pointer: str) -> Any:
    """The value that a pointer such as ``/items/0/name`` means; raises ``LookupError`` that says where it ends."""
    value = document
    walked = ""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = _step(value, name, walked or "the document")
        walked += f"/{token}"
    return value


def _step(value: Any, name: str, where: str) -> Any:
    if isinstance(value, dict):
        if name in value:
            return value[name]
        raise LookupError(f"{where} has no {name!r}; it has {', '.join(map(repr, list(value)[:20])) or 'no keys'}")
    if isinstance(value, list):
        if name.isascii() and name.isdigit() and int(name) < len(value):
            return value[int(name)]
        raise LookupError(f"{where} has {len(value)} items and no item {name!r}")
    raise LookupError(f"{where} is no object and no list, so it has no {name!r}")
