"""A manifest to begin with: what must be given, with a value that is valid, and what may be given, switched off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tasks_service.core.document import SchemaWriter
from tasks_service.core.durations import format_duration
from tasks_service.core.jobtype import JobType
from tasks_service.core.manifest import Policy
from tasks_service.core.placeholder import placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping, and what is said above it."""

    key: str
    value: Any = None
    within: tuple["Entry", ...] = ()
    """The entries of a mapping; then ``value`` is not looked at."""
    comment: str = ""
    off: bool = False
    """Written as a comment, for people to switch on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """A manifest with comments."""

    comment: str
    entries: tuple[Entry, ...]


def scaffold(job_type: JobType, job_id: str) -> Scaffold:
    """The beginning of a job of this type."""
    return Scaffold(
        comment=f"{job_type.title}: {job_type.description}",
        entries=(
            Entry(key="job_id", value=job_id),
            Entry(key="job_type", value=job_type.name),
            Entry(key="description", value="What it is for.", off=True),
            Entry(key="owner", value="data-platform", off=True),
            Entry(key="labels", value={"team": "data"}, off=True),
            _schedule(),
            *_parameters(job_type),
            _policy(),
        ),
    )


def _schedule() -> Entry:
    return Entry(
        key="schedule",
        within=(
            Entry(
                key="trigger",
                value="cron",
                comment="At times of the clock: minute, hour, day of month, month, day of week; or @daily.",
            ),
            Entry(key="expression", value="0 2 * * *"),
            Entry(
                key="timezone",
                value="Europe/Berlin",
                comment="Without it, the zone of the installation (TASKS_TIMEZONE), else UTC.",
                off=True,
            ),
            Entry(
                key="trigger",
                value="interval",
                comment="Instead, at a steady pace, counted from the Unix epoch; also weeks, days, hours and seconds.",
                off=True,
            ),
            Entry(key="minutes", value=15, off=True),
            Entry(key="trigger", value="date", comment="Instead, once.", off=True),
            Entry(key="run_date", value="2030-12-24T18:00:00", off=True),
        ),
    )


def _parameters(job_type: JobType) -> Iterator[Entry]:
    schema = job_type.params.model_json_schema(schema_generator=SchemaWriter)
    definitions = schema.get("$defs", {})
    schema = definitions.get(schema.get("$ref", "").rpartition("/")[2], schema)  # a model that holds itself
    parts = schema.get("properties", {})
    required = {name: placeholder(parts.get(name, {}), definitions) for name in schema.get("required", [])}
    defaults = _defaults(job_type, required)
    entries = [_parameter(name, parts.get(name, {}), value) for name, value in required.items()]
    for name in parts:
        if name not in required:
            value = defaults.get(name, parts[name].get("default"))
            if value in (None, "", [], {}):
                value = placeholder({**parts[name], "default": None}, definitions)
            entries.append(replace(_parameter(name, parts[name], value), off=True))
    secrets = ", ".join(job_type.secrets)
    told = f"Its runs are given {secrets} from the settings of the service: no secret stands here." if secrets else ""
    if entries:
        yield Entry(key="parameters", within=tuple(entries), comment=told, off=not required)


def _defaults(job_type: JobType, required: dict[str, Any]) -> dict[str, Any]:
    """What validation fills in, as people write it; nothing where the placeholders are refused."""
    try:
        return job_type.canonical(json.dumps(required))
    except Exception:  # noqa: BLE001 - a validator of a job type is foreign code: it may raise anything
        return {}


def _parameter(name: str, schema: dict[str, Any], value: Any) -> Entry:
    return Entry(key=name, value=value, comment=" ".join(str(schema.get("description", "")).split()))


def _policy() -> Entry:
    policy = Policy()
    return Entry(
        key="policy",
        comment="How runs are carried out; these are the defaults.",
        within=(
            Entry(key="timeout", value=format_duration(policy.timeout)),
            Entry(key="retry", value=policy.retry.model_dump(mode="json", include={"attempts", "delay"})),
            Entry(key="overlap", value=policy.overlap),
            Entry(key="catch_up", value=policy.catch_up.model_dump(mode="json", include={"policy", "deadline"})),
        ),
        off=True,
    )
