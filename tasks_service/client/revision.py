"""What has become of one revision, as the sync status tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tasks_service.client.overrides import override_of, scope_of

SHORTEST = 4
"""Characters of a shortened revision, as git has it."""
_STAGES = ("applied", "attempted", "observed")
_KEEPING = ("pin", "hold")
"""The kinds of overrides that keep an older manifest in force."""


class Verdict(IntEnum):
    """How the wait for a revision ends; the values are exit codes."""

    APPLIED = 0
    APPLIED_WITH_INVALID_FILES = 10
    BLOCKED = 11
    PINNED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    words: str


def revision_of(told: Any) -> str:
    """The revision of ``observed``, ``attempted`` or ``applied``: a text, or an object that says more of it."""
    return str(told.get("revision") or "") if isinstance(told, Mapping) else str(told or "")


def judge(
    sync: Mapping[str, Any], history: Sequence[Mapping[str, Any]], overrides: Sequence[Mapping[str, Any]], wanted: str
) -> Reached | None:
    """What became of the revision that begins with ``wanted``; None while it is not carried out.

    ``history`` are recent results of syncs, the newest first: they tell of a revision that others have followed.
    """
    for source in sync.get("sources", ()):
        stage = next((s for s in _STAGES if _is(revision_of(source.get(s)), wanted)), None)
        if stage:
            what = f"{revision_of(source[stage])} of {source.get('name', '')}"
            return _at_stage(stage, "attempted" in source, sync, what, overrides)
    for record in history:
        if _is(str(record.get("revision", "")), wanted):
            what = f"{record['revision']}, which others have followed,"
            return _ended(str(record.get("status", "")), what, str(record.get("reason", "")), ())
    return None


def _at_stage(
    stage: str, takes_apart: bool, sync: Mapping[str, Any], what: str, overrides: Sequence[Mapping[str, Any]]
) -> Reached | None:
    """Applied is applied, whatever else is wrong; what was only seen is carried out by the next sync, or blocked."""
    status = "Synced" if stage == "applied" else str(sync.get("status", ""))
    if stage == "observed" and takes_apart and status != "Blocked":
        return None
    return _ended(status, what, str(sync.get("reason", "")), overrides)


def _ended(status: str, what: str, reason: str, overrides: Sequence[Mapping[str, Any]]) -> Reached | None:
    if status == "Blocked":
        return Reached(verdict=Verdict.BLOCKED, words=f"{what} is blocked: {reason}")
    if status not in ("Synced", "Invalid", "Orphaned"):
        return None
    kept = sorted({scope_of(row) for row in overrides if override_of(row).get("kind") in _KEEPING})
    if kept:
        return Reached(verdict=Verdict.PINNED, words=f"{what} is read, but pinned or held: {', '.join(kept)}")
    if status == "Invalid":
        return Reached(verdict=Verdict.APPLIED_WITH_INVALID_FILES, words=f"{what} is applied but for a rest: {reason}")
    return Reached(verdict=Verdict.APPLIED, words=f"{what} is applied")


def _is(revision: str, wanted: str) -> bool:
    return len(wanted) >= SHORTEST and revision.lower().startswith(wanted.lower())
