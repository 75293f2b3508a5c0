"""Findings about a document as a whole, which a model of its parts cannot give: empty keys, keys that exclude each
other, keys without effect, and keys at the wrong place."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from tasks_service.core.diagnostics import Finding, Loc, dotted
from tasks_service.core.jobtype import JobType
from tasks_service.core.manifest import UNUSED_KEYS, JobManifest
from tasks_service.core.schedule import CRON_FIELDS
from tasks_service.core.shape import keys_of, models_at, places_of, tags_of

_DEEPEST_KEY = 4
"""No key of the manifest lies deeper; below there are only values."""


def empty_keys(
    document: Mapping[str, Any], closed: frozenset[str], model: type[BaseModel] = JobManifest
) -> list[Finding]:
    """The keys without a value. In ``parameters`` only the ``closed`` ones count: elsewhere null may be meant."""
    return [
        Finding(
            rule="JM015",
            message=f"{dotted(loc)} has no value",
            hint="give one, or leave the key out",
            loc=loc,
            on_key=True,
        )
        for loc in _nulls(document, (), closed, model)
    ]


def _nulls(value: Mapping[str, Any], at: Loc, closed: frozenset[str], model: type[BaseModel]) -> Iterator[Loc]:
    in_parameters = at == ("parameters",)
    known = closed if in_parameters else {key for m in models_at(model, at) for key in keys_of(m)}
    for key, inner in value.items():
        if inner is None and key in known:
            yield (*at, key)
        elif isinstance(inner, dict) and len(at) < _DEEPEST_KEY and not in_parameters:
            yield from _nulls(inner, (*at, key), closed, model)


def without(document: Mapping[str, Any], locs: set[Loc], at: Loc = ()) -> dict[str, Any]:
    """A copy of a document that lacks the keys at ``locs``."""
    return {
        key: without(value, locs, (*at, key)) if isinstance(value, dict) and len(at) < _DEEPEST_KEY else value
        for key, value in document.items()
        if (*at, key) not in locs
    }


def contradictions(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Keys that exclude or need each other. Looked for here so that no other error hides them."""
    reason = document.get("suspend_reason", "")
    if document.get("suspend") is True and isinstance(reason, str) and not reason.strip():
        yield Finding(
            rule="JM022",
            message="suspend: true needs a suspend_reason",
            hint="say for whom or for what the job waits",
            loc=("suspend",),
            on_key=True,
        )
    schedule = document.get("schedule")
    if isinstance(schedule, dict) and schedule.get("trigger") == "cron" and "expression" in schedule:
        fields = [name for name in CRON_FIELDS if name in schedule]
        if fields:
            yield Finding(
                rule="JM013",
                message=f"schedule.expression and {', '.join(fields)} exclude each other",
                hint="keep the expression or the fields",
                loc=("schedule", "expression"),
                on_key=True,
            )


def unused(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Warnings for keys that were given and do nothing yet."""
    for spec, consequence in UNUSED_KEYS.items():
        name, _, wanted = spec.partition("=")
        value: Any = document
        for key in (loc := tuple(name.split("."))):
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None and (not wanted or value == wanted):
            told = f"{name}: {wanted}" if wanted else name
            yield Finding(
                rule="JM014",
                message=f"{told} has no effect yet: {consequence}",
                severity="warning",
                loc=loc,
                on_key=not wanted,
            )


def with_right_place(finding: Finding, job_type: JobType | None) -> Finding:
    """An unknown key that exists elsewhere in the manifest: the hint says where."""
    if finding.rule != "JM010":
        return finding
    key, places = str(finding.loc[-1]), list(places_of(str(finding.loc[-1]), JobManifest))
    if finding.loc in places:
        triggers = [t for m in models_at(JobManifest, ("schedule",)) if key in keys_of(m) for t in tags_of(m)]
        hint = f"{key} belongs to trigger: {' or '.join(triggers)}"
    elif places:
        hint = f"it belongs to {dotted(places[0])}"
    elif job_type and len(finding.loc) == 1 and key in keys_of(job_type.params):
        hint = f"it belongs to parameters.{key}"
    else:
        return finding
    nearest = f"{finding.hint} Or: " if finding.hint.startswith("did you mean") else ""
    return replace(finding, hint=nearest + hint, mend=None)
