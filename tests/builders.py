"""Builders of the core's values for tests: sensible defaults, every field by keyword."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.document import Document
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.run import Run, RunState, Trigger
from tasks_service.core.schedule import Schedule
from tasks_service.core.settlement import LedgerFacts
from tasks_service.core.state import DesiredJob, InventoryJob, LiveJob, Origin, Snapshot, Sourced, SourcedCalendar
from tasks_service.core.tally import Measure, Tally

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday at noon; nothing about it is special."""

_store: ContextVar[str | None] = ContextVar("store", default=None)

_SCHEDULE: TypeAdapter[Schedule] = TypeAdapter(Schedule)


def at(text: str) -> datetime:
    """``at("2026-11-23 12:00")``: a moment in UTC unless the text has an offset."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def make_schedule(**keys: Any) -> Schedule:
    """A schedule from the keys of its document; ``trigger`` follows from them where it is not given."""
    if "trigger" not in keys:
        if "run_date" in keys:
            keys["trigger"] = "date"
        elif keys.keys() & {"weeks", "days", "hours", "minutes", "seconds"}:
            keys["trigger"] = "interval"
        else:
            keys["trigger"] = "cron"
    return _SCHEDULE.validate_python(keys)


@contextmanager
def jobs_stored_in(store: str) -> Iterator[None]:
    """Every document that is made inside says so, unless it says otherwise."""
    token = _store.set(store)
    try:
        yield
    finally:
        _store.reset(token)


def make_document(job_id: str = "nightly", **keys: Any) -> dict[str, Any]:
    """A valid plain document, as YAML or JSON would give it."""
    store = _store.get()
    return {
        "job_id": job_id,
        "job_type": "command",
        "schedule": {"trigger": "cron", "expression": "0 2 * * *"},
        "parameters": {"argv": ["true"]},
        **({"store": store} if store else {}),
        **keys,
    }


def make_manifest(job_id: str = "nightly", **keys: Any) -> JobManifest:
    """A manifest; nested parts as in a document (``policy={"overlap": "allow"}``), the schedule also as a value."""
    if isinstance(keys.get("schedule"), Document):
        keys["schedule"] = keys["schedule"].given()
    return JobManifest.model_validate(make_document(job_id, **keys))


def make_origin(path: str = "jobs.yaml", *, source: str = "directory", line: int = 1) -> Origin:
    return Origin(source=source, path=path, line=line)


def make_sourced(job_id: str = "nightly", *, origin: Origin | None = None, **keys: Any) -> Sourced:
    """A manifest in a file of its own, ``<job_id>.yaml``, unless an origin is given."""
    return Sourced(manifest=make_manifest(job_id, **keys), origin=origin or make_origin(f"{job_id}.yaml"))


def make_snapshot(
    *manifests: Sourced,
    source: str = "directory",
    revision: str = "r1",
    read_at: datetime = NOW,
    problems: tuple[Diagnostic, ...] = (),
    unreadable: Mapping[str, str] | None = None,
    calendars: tuple[SourcedCalendar, ...] = (),
) -> Snapshot:
    return Snapshot(
        source=source,
        revision=revision,
        read_at=read_at,
        manifests=manifests,
        calendars=calendars,
        problems=problems,
        unreadable=unreadable or {},
        files=len(
            {s.origin.path for s in (*manifests, *calendars)} | {p.path for p in problems} | set(unreadable or {})
        ),
    )


def make_inventory_job(
    job_id: str = "nightly",
    *,
    job_uid: str | None = None,
    manifest: JobManifest | None = None,
    origin: Origin | None = None,
    **fields: Any,
) -> InventoryJob:
    """A job as it was applied; its uid is ``uid-<job_id>`` and its file ``<job_id>.yaml``."""
    defaults: dict[str, Any] = {"revision": "r1", "applied_at": NOW, "cursor": NOW}
    return InventoryJob(
        job_uid=job_uid or f"uid-{job_id}",
        manifest=manifest or make_manifest(job_id),
        origin=origin or make_origin(f"{job_id}.yaml"),
        **(defaults | fields),
    )


def make_desired(
    job_id: str = "nightly", *, job_uid: str | None = None, manifest: JobManifest | None = None, **fields: Any
) -> DesiredJob:
    defaults: dict[str, Any] = {"origin": make_origin(f"{job_id}.yaml"), "revision": "r1", "halted": False}
    return DesiredJob(
        job_uid=job_uid or f"uid-{job_id}", manifest=manifest or make_manifest(job_id), **(defaults | fields)
    )


def make_live(
    job_id: str = "nightly", *, job_uid: str | None = None, manifest: JobManifest | None = None, **fields: Any
) -> LiveJob:
    defaults: dict[str, Any] = {"origin": make_origin(f"{job_id}.yaml"), "halted": False}
    return LiveJob(
        job_uid=job_uid or f"uid-{job_id}", manifest=manifest or make_manifest(job_id), **(defaults | fields)
    )


def make_override(kind: OverrideKind = OverrideKind.PAUSE, **fields: Any) -> Override:
    defaults: dict[str, Any] = {
        "override_id": 1,
        "job_uid": "uid-nightly",
        "actor": "ann",
        "reason": "maintenance",
        "created_at": NOW,
    }
    return Override(kind=kind, **(defaults | fields))


def make_facts(**fields: Any) -> LedgerFacts:
    defaults: dict[str, Any] = {"job_uid": "uid-nightly", "cursor": NOW, "overrides": (), "under_way": 0}
    return LedgerFacts(**(defaults | fields))


def make_run(run_id: str = "run-1", **fields: Any) -> Run:
    """A run that is queued for its due time."""
    due_at = fields.get("due_at", NOW)
    defaults: dict[str, Any] = {
        "job_uid": "uid-nightly",
        "job_id": "nightly",
        "job_type": "command",
        "slot": due_at.isoformat(),
        "due_at": due_at,
        "attempt": 1,
        "trigger": Trigger.SCHEDULE,
        "state": RunState.QUEUED,
        "digest": "d1",
        "revision": "r1",
        "parameters": {"argv": ["true"]},
        "queued_at": due_at,
        "not_before": due_at,
    }
    return Run(run_id=run_id, **(defaults | fields))


def make_tally(**fields: Any) -> Tally:
    """One short run that succeeded."""
    defaults: dict[str, Any] = {
        "measure": Measure.DURATION,
        "job_type": "command",
        "facet": "succeeded",
        "le": 0.5,
        "times": 1,
        "total": 0.3,
    }
    return Tally(**(defaults | fields))
