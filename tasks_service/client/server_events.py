"""Server-sent events: from the lines of a stream to events."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event: its id to resume after, its name, and its JSON data."""

    id: str
    name: str
    data: dict[str, Any]


def server_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """The events as they come; heartbeats, which are comments, are left out."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        elif "data" in fields:
            yield _event(fields)
            fields = {}


def _event(fields: dict[str, list[str]]) -> ServerEvent:
    newest = {name: values[-1] for name, values in fields.items()}
    return ServerEvent(
        id=newest.get("id", ""), name=newest.get("event", "message"), data=json.loads("\n".join(fields["data"]))
    )
