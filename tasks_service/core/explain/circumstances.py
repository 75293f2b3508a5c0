"""What held around a moment: the manifest in force, overrides, and who led."""

from collections.abc import Iterator
from datetime import timedelta

from tasks_service.core.blame import named
from tasks_service.core.change import field_changes
from tasks_service.core.explain.facts import Facts
from tasks_service.core.history import JobVersion, LeadEnding, Leadership
from tasks_service.core.override import Override, OverrideKind, Reach, scope_words
from tasks_service.core.run import Outcome

RENEWAL = timedelta(seconds=15)
"""A lease that was renewed so short a time ago holds, as far as anybody knows."""
_SAID = 6
_HOW = {
    LeadEnding.RELEASED: "gave the lead back",
    LeadEnding.EXPIRED: "did not renew its lease any more",
    LeadEnding.DIED: "was gone",
}


def manifest_sentences(facts: Facts) -> Iterator[str]:
    """Which version of the manifest was in force, and what replaced it."""
    version, after = facts.versions.present, facts.versions.after
    if version is None:
        return
    tense = "was" if version.ended_at else "is"
    yield f"In force {tense} {named(version)}, applied at {facts.told(version.applied_at)}."
    skipped = facts.row is not None and facts.row.outcome is Outcome.SKIPPED_SUSPENDED
    if version.manifest.suspend and not skipped:
        yield f"It suspends the job: “{version.manifest.suspend_reason}”."
    if version.deleted and version.ended_at:
        yield f"The job was deleted at {facts.told(version.ended_at)}."
    elif version.ended_at and after:
        yield f"It was replaced at {facts.told(version.ended_at)} by {named(after)}: {_changed(version, after)}."


def _changed(old: JobVersion, new: JobVersion) -> str:
    changes = field_changes(old.manifest, new.manifest)
    if not changes:
        return f"the document moved to {new.origin}"
    more = f"; and {len(changes) - _SAID} more" if len(changes) > _SAID else ""
    return "; ".join(map(str, changes[:_SAID])) + more


def override_sentences(facts: Facts) -> Iterator[str]:
    """Who had paused the job, resumed it against its manifest, or kept its manifest from changing."""
    for override in facts.overrides:
        why = f" “{override.reason}”" if override.reason else " without a reason"
        told = f"{override.actor} {_deed(override)} at {facts.told(override.created_at)},{why}"
        yield f"{told}; {_end(facts, override)}."


def _deed(override: Override) -> str:
    whom = "the job" if override.reach is Reach.JOB else scope_words(override.labels)
    return {
        OverrideKind.PAUSE: f"paused {whom}",
        OverrideKind.RESUME: f"had {whom} run against its manifest",
        OverrideKind.HOLD: f"held {whom} as it was applied",
        OverrideKind.PIN: f"pinned {whom} to revision {override.revision}",
    }[override.kind]


def _end(facts: Facts, override: Override) -> str:
    if override.ended_at and override.ended_by == "expiry":
        return f"it ended by itself at {facts.told(override.ended_at)}"
    if override.ended_at:
        return f"{override.ended_by} ended it at {facts.told(override.ended_at)}"
    return f"it ends at {facts.told(override.until)}" if override.until else "it holds until somebody ends it"


def lead_sentences(facts: Facts) -> Iterator[str]:
    """Who led at the moment; or since when nobody did, who was there, and who took over."""
    before, after = facts.lead.before, facts.lead.after
    if before and led_at(facts):
        yield f"The leader was process {before.pid} on {before.node}, since {facts.told(before.since)}."
        return
    if before is None:
        if after:
            yield f"Nobody is known to have led before {facts.told(after.since)}, when {_who(after)} began to."
        return
    lost = f"{_who(before)[0].upper()}{_who(before)[1:]} {_HOW.get(before.ending or LeadEnding.EXPIRED)}"
    until = f"until {facts.told(after.since)}, when {_who(after)} took over" if after else "and nobody has led since"
    yield f"No process led from {facts.told(before.until)} {until}. {lost}."
    yield _presence(facts)


def led_at(facts: Facts) -> bool:
    """Whether the last leader before the moment led at it, as far as anybody knows."""
    before = facts.lead.before
    if before is None:
        return False
    until = max(before.until, facts.now) if _lasts(before, facts) else before.until
    return facts.moment <= until


def _lasts(lead: Leadership, facts: Facts) -> bool:
    return lead.ending is None and facts.now - lead.until < RENEWAL


def _who(lead: Leadership) -> str:
    return f"process {lead.pid} on {lead.node}"


def _presence(facts: Facts) -> str:
    there = [p for p in facts.processes if p.role == "replica"]
    if not there:
        return "No replica of the service gave a sign of life in that time."
    names = ", ".join(f"process {p.pid} on {p.node}" for p in there[:3])
    return f"Signs of life came from {names}{' and others' if len(there) > 3 else ''}, which did not lead."
