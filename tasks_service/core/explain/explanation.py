"""The explanation: the verdict on a moment, in sentences, the answer first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.change import FieldChange, field_changes
from tasks_service.core.durations import format_duration
from tasks_service.core.explain.circumstances import lead_sentences, manifest_sentences, override_sentences
from tasks_service.core.explain.clock_sentences import clock_sentences
from tasks_service.core.explain.facts import Facts
from tasks_service.core.explain.outcomes import outcome_sentences
from tasks_service.core.explain.verdict import Verdict, fire_before, is_fire, verdict_of
from tasks_service.core.firing import next_fire
from tasks_service.core.run import Outcome, Trigger
from tasks_service.core.wording import describe

_FAILED = frozenset({Outcome.FAILED, Outcome.TIMED_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a job did or did not run at a moment."""

    verdict: Verdict
    sentences: tuple[str, ...]
    facts: Facts
    slot: datetime | None
    """The fire that the moment is, if it is one."""
    previous_fire: datetime | None
    """The last before the moment, by the manifest in force then."""
    next_fire: datetime | None
    replaced: tuple[FieldChange, ...]
    """What the version that replaced the one in force changed."""


def explain(facts: Facts) -> Explanation:
    """Explain a moment."""
    verdict = verdict_of(facts)
    version, after = facts.versions.present, facts.versions.after
    schedule = version.manifest.schedule if version else None
    fires = facts.row.trigger is not Trigger.MANUAL if facts.row else schedule and is_fire(schedule, facts.moment)
    return Explanation(
        verdict=verdict,
        sentences=tuple(_sentences(facts, verdict)),
        facts=facts,
        slot=facts.moment if fires else None,
        previous_fire=fire_before(schedule, version.applied_at, facts.moment) if schedule and version else None,
        next_fire=next_fire(schedule, facts.moment) if schedule else None,
        replaced=field_changes(version.manifest, after.manifest) if version and version.ended_at and after else (),
    )


def _sentences(facts: Facts, verdict: Verdict) -> Iterator[str]:
    yield from _HEADLINES[verdict](facts)
    yield from clock_sentences(facts)
    yield from _asked_by_people(facts)
    yield from override_sentences(facts)
    yield from manifest_sentences(facts)
    if verdict in (Verdict.OUTCOME, Verdict.OPEN, Verdict.DUE, Verdict.UNKNOWN) and facts.moment <= facts.now:
        yield from lead_sentences(facts)
    if facts.blame and facts.row and facts.row.outcome in _FAILED:
        yield f"It fails {facts.blame.sentence}."


def _outcome(facts: Facts) -> Iterator[str]:
    if facts.row:
        yield from outcome_sentences(facts, facts.row)


def _due(facts: Facts) -> Iterator[str]:
    yield "It is due, and no leader has claimed it yet."


def _upcoming(facts: Facts) -> Iterator[str]:
    entry = facts.prospect
    if entry is None:
        yield "It is still to come."
    elif entry.outcome is None:
        delay = (entry.not_before or entry.due_at) - entry.due_at
        start = f"at {facts.told(entry.not_before)}" if entry.not_before and delay else "then"
        yield f"It is still to come. As things stand, it will start {start}."
        version = facts.versions.present
        if version and (jitter := version.manifest.schedule.jitter):
            yield f"Jitter may delay it by up to {format_duration(timedelta(seconds=jitter))}."
    else:
        yield f"It is still to come. As things stand, it will not start: {entry.reason}."


def _no_fire(facts: Facts) -> Iterator[str]:
    version = facts.versions.present
    if version is None:
        return
    schedule = version.manifest.schedule
    tense = "asks" if facts.moment > facts.now else "asked"
    yield f"The schedule {tense} for nothing at {facts.told(facts.moment)}: {describe(schedule)}."
    before = fire_before(schedule, version.applied_at, facts.moment)
    after = next_fire(schedule, facts.moment)
    if before:
        yield f"The fire before was at {facts.told(before)}{_fate(facts, before)}."
    else:
        yield f"There was no fire before it since the manifest came into force, at {facts.told(version.applied_at)}."
    if after and (version.ended_at is None or after <= version.ended_at):
        yield f"The next one is at {facts.told(after)}{_fate(facts, after)}."
    elif after is None:
        yield "No fire is left."


def _fate(facts: Facts, fire: datetime) -> str:
    """What became of a neighbouring fire, if the ledger says."""
    ledger = facts.ledger
    rows = [row for row in (ledger.before, ledger.row, ledger.after) if row and row.due_at <= fire <= row.until]
    if not rows:
        return ""
    outcome = rows[0].outcome
    return f" ({outcome.value.replace('_', ' ')})" if outcome else " (under way)"


def _no_job(facts: Facts) -> Iterator[str]:
    before, after = facts.versions.before, facts.versions.after
    if before and before.ended_at:
        back = f", and came back at {facts.told(after.applied_at)}" if after else ""
        yield f"The job was not there: it was deleted at {facts.told(before.ended_at)}{back}."
    elif after:
        yield f"The job was not there yet: it was first applied at {facts.told(after.applied_at)}, from {after.origin}."
    else:
        yield "The job was created a moment ago, and is not applied yet."


def _unknown(facts: Facts) -> Iterator[str]:
    version, after = facts.versions.present, facts.versions.after
    if facts.moment <= facts.kept_since:
        yield f"Nothing is known of it any more: rows from before {facts.told(facts.kept_since)} need not be kept."
    elif version is None:
        yield "The ledger has no row for it."
    elif facts.cursor is None:
        yield "The job was deleted before anybody had claimed this fire."
    else:
        yield (
            f"The ledger has no row for this fire, although all up to {facts.told(facts.cursor)} is settled; of old "
            "rows only the newest are kept."
        )
    if version is None and after:
        yield f"The manifest in force then is not known: the history begins at {facts.told(after.applied_at)}."


_HEADLINES: Mapping[Verdict, Callable[[Facts], Iterator[str]]] = {
    Verdict.OUTCOME: _outcome,
    Verdict.OPEN: _outcome,
    Verdict.DUE: _due,
    Verdict.UPCOMING: _upcoming,
    Verdict.NO_FIRE: _no_fire,
    Verdict.NO_JOB: _no_job,
    Verdict.UNKNOWN: _unknown,
}


def _asked_by_people(facts: Facts) -> Iterator[str]:
    for row in facts.ledger.by_hand:
        run = row.runs[-1] if row.runs else None
        who = run.actor if run and run.actor else "Somebody"
        spoken = row.reason and row.outcome in (None, Outcome.SUCCEEDED)  # any other outcome brings its own reason
        why = f": “{row.reason}”" if spoken else ""
        state = row.outcome or (run and run.state)
        ended = f" It is {state.value.replace('_', ' ')}." if state and row != facts.row else ""
        yield f"{who} asked for a run at {facts.told(row.due_at)}{why}.{ended}"
