"""Lists of the API, part after part, as if they came at once."""

from typing import Any

from tasks_service.client.connection import Connection, ServerProblem

_LARGEST_PART = 500


def listing(connection: Connection, path: str, *, limit: int | None = None, **query: Any) -> dict[str, Any]:
    """``{"items": […], "total": n, "next_cursor": …}`` with up to ``limit`` items; all of them without a limit."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        wanted = None if limit is None else min(limit - len(items), _LARGEST_PART)
        part = connection.get(path, limit=wanted, cursor=cursor, **query)
        items += items_of(part)
        cursor = part.get("next_cursor")
        if not cursor or (limit is not None and len(items) >= limit):
            return {"items": items, "total": part.get("total", len(items)), "next_cursor": cursor}


def items_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a list; ``ServerProblem`` where the answer is none."""
    items = document.get("items")
    if not isinstance(items, list):
        raise ServerProblem("the server's answer is no list", hint="is TASKS_URL the address of this service?")
    return items
