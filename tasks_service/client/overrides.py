"""Overrides as the API tells them: whose they are, and which scope they are for."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks_service.client.connection import Connection
from tasks_service.client.listing import items_of
from tasks_service.client.runs import job_path


def override_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The override in a row of ``/api/overrides``, which tells its job beside it."""
    inner = row.get("override")
    return inner if isinstance(inner, Mapping) else row


def scope_of(row: Mapping[str, Any]) -> str:
    """What it is for, in words: a job, ``all jobs``, or labels."""
    scope = row.get("scope")
    return _words(scope if isinstance(scope, Mapping) else row)


def _words(scope: Mapping[str, Any]) -> str:
    if scope.get("labels"):
        return ",".join(f"{key}={value}" for key, value in sorted(scope["labels"].items()))
    return str(scope.get("job_id") or "all jobs")


def put(connection: Connection, kind: str, scope: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Put an override in force for a job, for all jobs or for those with labels."""
    if "job_id" in scope:
        return connection.post(job_path(scope["job_id"], kind), dict(body))
    return connection.post("/api/overrides", {"kind": kind, "scope": dict(scope), **body})


def in_force(
    connection: Connection, kinds: Iterable[str], scope: Mapping[str, Any]
) -> list[tuple[int, Mapping[str, Any]]]:
    """The overrides of these kinds that are for just this scope, each with its number."""
    wanted, known = set(kinds), _words(scope).lower()
    found = items_of(connection.get("/api/overrides"))
    return [
        (int(override_of(row).get("override_id", 0)), override_of(row))
        for row in found
        if override_of(row).get("kind") in wanted and scope_of(row).lower() == known
    ]
