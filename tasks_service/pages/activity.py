"""Recent activity: rows of the event table as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.stores import Happening
from tasks_service.pages.words import alarm, chip

UNTOLD = frozenset({"run.queued", "run.started", "job.paused", "job.resumed"})
"""Steps on the way to something that is told itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One line of the stream: the job's name is a link that stands before ``words``."""

    at: datetime
    icon: str
    tone: str
    words: str
    job_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class _Kind:
    icon: str
    tone: str
    words: str


KINDS: Mapping[str, _Kind] = {
    "job.created": _Kind("plus", "info", "was added"),
    "job.updated": _Kind("edit", "info", "was changed"),
    "job.renamed": _Kind("edit", "info", "was renamed"),
    "job.deleted": _Kind("trash", "idle", "was removed"),
    "clock.stepped": _Kind("clock", "warn", ""),
    "calendar.created": _Kind("plus", "info", "calendar added"),
    "calendar.updated": _Kind("edit", "info", "calendar changed"),
    "calendar.deleted": _Kind("trash", "idle", "calendar removed"),
    "override.pause": _Kind("pause", "warn", "was paused"),
    "override.resume": _Kind("play", "warn", "runs against its manifest"),
    "override.hold": _Kind("hold", "warn", "is held as it is"),
    "override.pin": _Kind("flag", "warn", "is pinned to an older revision"),
    "override.ended": _Kind("play", "ok", "was resumed"),
    "override.released": _Kind("play", "ok", "follows git again"),
    "job.adopted": _Kind("file", "info", "moved from the API into a file"),
    "alarm.cleared": _Kind("check", "ok", "is as expected again"),
    "override.expired": _Kind("clock", "info", "has reached the end of its override"),
}
_SYNC = _Kind("sync", "info", "")
_TOLD_BY_RUNS = frozenset({"failing", "lost"})
"""Alarms whose beginning and end are ends of runs, which stand in the stream themselves."""


def sentences(happenings: Sequence[Happening], limit: int) -> list[Sentence]:
    """The newest lines that are worth a reader's time."""
    told = [h for h in happenings if _worth_telling(h)]
    return [_sentence(h) for h in told[:limit]]


def _worth_telling(happening: Happening) -> bool:
    if happening.kind.startswith("alarm."):
        return happening.data.get("kind") not in _TOLD_BY_RUNS
    return happening.kind not in UNTOLD and not happening.kind.endswith("_requested")


def _sentence(happening: Happening) -> Sentence:
    kind = _kind(happening)
    detail = _detail(happening)
    return Sentence(
        at=happening.at,
        icon=kind.icon,
        tone=kind.tone,
        words=f"{kind.words}{': ' if kind.words and detail else ''}{detail}",
        job_id=happening.job_id,
        run_id=happening.run_id,
    )


def _kind(happening: Happening) -> _Kind:
    if happening.kind == "run.finished":
        outcome = chip(str(happening.data.get("state", "")))
        return _Kind(outcome.icon, outcome.tone, outcome.word)
    if happening.kind == "alarm.raised":
        kind = str(happening.data.get("kind", ""))
        return _Kind(chip(kind).icon, chip(kind).tone, alarm(kind))
    if happening.kind == "preflight.finished":
        well = happening.data.get("state") == "ok"
        return _Kind("check", "ok", "would work") if well else _Kind("broken", "warn", "would fail")
    if happening.kind.startswith("sync."):
        return _SYNC
    return KINDS.get(happening.kind, _Kind("dot", "idle", happening.kind.replace(".", " ")))


def _detail(happening: Happening) -> str:
    data = happening.data
    if happening.kind == "run.finished":
        parts = [str(data["trigger"]).replace("_", " ")] if data.get("trigger") not in (None, "schedule") else []
        parts += ["dry run"] if data.get("dry_run") else []
        return ", ".join([*parts, *([f"attempt {data['attempt']}"] if data.get("attempt", 1) != 1 else [])])
    if happening.kind.startswith("calendar."):
        jobs = ", ".join(str(job_id) for job_id in data["jobs"])
        return f"{data['calendar_id']}, for {jobs}" if jobs else str(data["calendar_id"])
    if happening.kind.startswith("alarm."):
        return str(data.get("reason", ""))
    if happening.kind == "preflight.finished":
        return "; ".join(str(finding) for finding in data.get("findings") or ())
    if before := data.get("before"):
        return f"it was {before}"
    if changed := data.get("changed"):
        return ", ".join(str(name) for name in changed)
    who = f"by {data['actor']}" if data.get("actor") else ""
    who = f"{data['scope']}, {who}" if data.get("scope") else who
    why = (
        f"“{data['reason']}”"
        if data.get("reason")
        else str(data.get("file") or data.get("summary") or data.get("words") or "")
    )
    return " — ".join(part for part in (who, why) if part)
