"""Validation: from a plain document to a manifest, or to findings with the place of each.

Pure, and the same for files, for the API and for CI: whoever has a document asks here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from tasks_service.core.calendar import KIND, CalendarManifest
from tasks_service.core.calendar_rules import calendar_findings
from tasks_service.core.clear_secrets import clear_secrets
from tasks_service.core.diagnostics import Finding, Loc, errors
from tasks_service.core.document import Document
from tasks_service.core.document_findings import contradictions, empty_keys, unused, with_right_place, without
from tasks_service.core.jobtype import JobType, JobTypes
from tasks_service.core.manifest import JobManifest
from tasks_service.core.mend import mend_of_word
from tasks_service.core.pydantic_findings import findings_of
from tasks_service.core.schedule import Schedule
from tasks_service.core.schedule_doubts import schedule_doubts, timeout_doubts
from tasks_service.core.schedule_rules import schedule_findings
from tasks_service.core.shape import keys_of
from tasks_service.core.suggestion import did_you_mean

_SCHEDULE: TypeAdapter[Schedule] = TypeAdapter(Schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A manifest if there was no error, and all findings."""

    manifest: JobManifest | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSchedule:
    """A schedule if there was no error, and all findings, with places relative to it."""

    schedule: Schedule | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCalendar:
    """A calendar if there was no error, and all findings."""

    manifest: CalendarManifest | None
    findings: tuple[Finding, ...]


class _OnlySchedule(Document):
    schedule: Schedule


_Scheduled = TypeVar("_Scheduled", JobManifest, _OnlySchedule)
_Model = TypeVar("_Model", bound=Document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What validation needs to know of this installation."""

    types: JobTypes
    timezone: str = "UTC"
    """Filled in where a schedule names none."""

    def check(self, document: Mapping[str, Any], now: datetime, *, by_api: bool = False) -> Checked:
        """Validate a document: all findings in one pass. ``by_api`` makes a numeric weekday a warning."""
        name = document.get("job_type")
        job_type = self.types.get(name) if isinstance(name, str) else None
        manifest, findings = self._judge(document, JobManifest, job_type, now, by_api=by_api)
        secrets = list(clear_secrets(document))
        if errors(secrets):
            manifest = None
        doubts = timeout_doubts(manifest) if manifest else ()
        return Checked(manifest=manifest, findings=(*findings, *secrets, *doubts, *unused(document)))

    def check_calendar(self, document: Mapping[str, Any], now: datetime) -> CheckedCalendar:
        """Validate a calendar as far as it can be without its iCalendar files."""
        text, refused = _as_json(document)
        if refused:
            return CheckedCalendar(manifest=None, findings=(refused,))
        empty = empty_keys(document, frozenset(), CalendarManifest) if "null" in text else []
        emptied = {f.loc for f in empty}
        draft = {"timezone": self.timezone} | without(document, emptied)
        manifest, structural = _structure(draft, CalendarManifest)
        found = [*empty, *(f for f in structural if f.loc not in emptied)]
        if manifest:
            found += calendar_findings(manifest, now)
        sound = not any(f.severity == "error" for f in found)
        return CheckedCalendar(manifest=manifest if sound else None, findings=tuple(found))

    def check_schedule(self, schedule: Mapping[str, Any], now: datetime, *, by_api: bool = False) -> CheckedSchedule:
        """Validate a schedule by itself, as ``check`` does within a manifest."""
        whole, findings = self._judge({"schedule": dict(schedule)}, _OnlySchedule, None, now, by_api=by_api)
        return CheckedSchedule(
            schedule=whole.schedule if whole else None, findings=tuple(replace(f, loc=f.loc[1:]) for f in findings)
        )

    def _judge(
        self,
        document: Mapping[str, Any],
        model: type[_Scheduled],
        job_type: JobType | None,
        now: datetime,
        *,
        by_api: bool,
    ) -> tuple[_Scheduled | None, list[Finding]]:
        text, refused = _as_json(document)
        if refused:
            return None, [refused]
        empty: list[Finding] = empty_keys(document, _closed_parameters(job_type)) if "null" in text else []
        emptied: set[Loc] = {f.loc for f in empty}
        draft: dict[str, Any] = self._completed(without(document, emptied))
        found: list[Finding] = [*contradictions(draft), *self._type_findings(draft.get("job_type"), job_type)]
        if job_type:
            found += _canonicalise_parameters(draft, job_type)
        valid, structural = _structure(draft, model)
        found += structural
        found += _semantics(draft, valid.schedule if valid else None, found, now, by_api=by_api)
        findings = [*empty, *(with_right_place(f, job_type) for f in found if f.loc not in emptied)]
        if any(f.severity == "error" for f in findings):
            valid = None
        return valid, findings

    def _completed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the installation's time zone, so that digests compare what is meant."""
        schedule = document.get("schedule")
        if isinstance(schedule, dict):
            return document | {"schedule": {"timezone": self.timezone} | schedule}
        return document

    def _type_findings(self, name: object, job_type: JobType | None) -> Iterable[Finding]:
        if isinstance(name, str) and job_type is None:
            known = ", ".join(sorted(self.types)) or "none"
            yield Finding(
                rule="JM020",
                message=f"job_type {name[:100]!r} is not known",
                hint=did_you_mean(name, self.types) or f"known job types: {known}",
                loc=("job_type",),
                mend=mend_of_word(name, self.types),
            )


def kind_findings(document: Mapping[str, Any]) -> list[Finding]:
    """Whether ``kind`` names something that is known: without one a document is a job."""
    kind = document.get("kind", KIND)
    if kind == KIND:
        return []
    return [
        Finding(
            rule="JM050",
            message=f"kind {str(kind)[:60]!r} is not known",
            hint=did_you_mean(str(kind), [KIND]) or f"a calendar has kind: {KIND}, and a job has no kind",
            loc=("kind",),
            mend=mend_of_word(str(kind), [KIND]),
        )
    ]


def is_calendar(document: Mapping[str, Any]) -> bool:
    """Whether a document is meant as a calendar, also where it forgot to say so."""
    return "kind" in document or ("calendar_id" in document and "job_id" not in document)


def _as_json(document: Mapping[str, Any]) -> tuple[str, Finding | None]:
    try:
        return json.dumps(dict(document), allow_nan=False), None
    except (TypeError, ValueError, RecursionError) as error:
        return "", _not_json(error)


def _not_json(error: Exception) -> Finding:
    if isinstance(error, RecursionError):
        return Finding(rule="JM003", message="the document is nested too deeply", hint="flatten it")
    return Finding(
        rule="JM012",
        message="the document holds a value that JSON cannot express, such as infinity",
        hint="use numbers, text, true, false, lists and mappings",
    )


def _closed_parameters(job_type: JobType | None) -> frozenset[str]:
    """The parameters that may not be null: all of a ``Document``; other models decide for themselves."""
    if job_type and issubclass(job_type.params, Document):
        return frozenset(keys_of(job_type.params))
    return frozenset()


def _canonicalise_parameters(draft: dict[str, Any], job_type: JobType) -> list[Finding]:
    """Put the parameters with their defaults into the draft, or say what is wrong with them."""
    given = draft.get("parameters", {})
    if not isinstance(given, dict):
        return []  # the manifest's own structure says so
    try:
        draft["parameters"] = job_type.canonical(json.dumps(given))
    except ValidationError as error:
        return findings_of(error, given, job_type.params, ("parameters",))
    except Exception as error:  # noqa: BLE001 - a validator of a job type is foreign code: it may raise anything
        told = f"the validation of {job_type.name} itself failed: {type(error).__name__}"
        return [Finding(rule="JM012", message=f"parameters: {told}", loc=("parameters",))]
    return []


def _structure(draft: Mapping[str, Any], model: type[_Model]) -> tuple[_Model | None, list[Finding]]:
    try:
        return model.model_validate_json(json.dumps(draft), strict=True), []
    except ValidationError as error:
        return None, findings_of(error, draft, model)


def _semantics(
    draft: Mapping[str, Any], schedule: Schedule | None, found: Sequence[Finding], now: datetime, *, by_api: bool
) -> list[Finding]:
    """What is wrong with the schedule as a schedule, also where another part of the document is broken."""
    if schedule is None:
        refused = {f.loc for f in found}
        given = draft.get("schedule")
        sound = {k: v for k, v in given.items() if ("schedule", k) not in refused} if isinstance(given, dict) else {}
        try:
            schedule = _SCHEDULE.validate_json(json.dumps(sound), strict=True)
        except ValidationError:
            return []
    findings = schedule_findings(schedule, now, by_api=by_api)
    doubts = [] if findings else schedule_doubts(schedule, now)
    return [replace(f, loc=("schedule", *f.loc)) for f in (*findings, *doubts)]
