"""Why an occurrence ended as it did: one function for each outcome, all in one table."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from tasks_service.core.change import field_changes
from tasks_service.core.durations import format_duration
from tasks_service.core.explain.facts import Facts, span
from tasks_service.core.override import OverrideKind, in_force
from tasks_service.core.run import Occurrence, Outcome, Run, RunState, Trigger

Sentences = Iterator[str]
_NOTICEABLE = timedelta(seconds=0.1)


def outcome_sentences(facts: Facts, row: Occurrence) -> Sentences:
    """What became of an occurrence, and why. A run that is under way has no outcome yet."""
    if row.outcome is None:
        yield from _open(facts, row)
    else:
        yield from _TABLE[row.outcome](facts, row)
    if row.count > 1:
        yield (f"The row stands for {row.count} fires alike, from {facts.told(row.due_at)} to {facts.told(row.until)}.")


def _succeeded(facts: Facts, row: Occurrence) -> Sentences:
    last = row.runs[-1] if row.runs else None
    took = f" after {span(last.finished_at - last.started_at)}" if last and last.started_at and last.finished_at else ""
    yield f"It ran and succeeded{took}."
    yield from _caught_up(row)
    yield from _attempts(facts, row)


def _failed(facts: Facts, row: Occurrence) -> Sentences:
    yield f"It ran and failed{_error(row)}."
    yield from _caught_up(row)
    yield from _attempts(facts, row)
    yield from _no_retry(facts, row)


def _timed_out(facts: Facts, row: Occurrence) -> Sentences:
    version = facts.versions.present
    limit = f", {format_duration(version.manifest.policy.timeout)}" if version else ""
    yield f"It ran longer than policy.timeout allows{limit}, and was ended{_error(row)}."
    yield from _attempts(facts, row)
    yield from _no_retry(facts, row)


def _lost(facts: Facts, row: Occurrence) -> Sentences:
    last = row.runs[-1] if row.runs else None
    where = f" on {last.node}" if last and last.node else ""
    since = f" at {facts.told(last.started_at)}" if last and last.started_at else ""
    yield f"It was started{since}{where}, and nobody knows how it ended{_error(row)}."
    taken = facts.settling.before
    if last and last.finished_at and taken:
        yield (
            f"It was found so at {facts.told(last.finished_at)} by the leader, process {taken.pid} on {taken.node}, "
            f"which led since {facts.told(taken.since)}."
        )
    yield from _attempts(facts, row)
    yield from _no_retry(facts, row)


def _cancelled(facts: Facts, row: Occurrence) -> Sentences:
    last = row.runs[-1] if row.runs else None
    who = f" by {last.cancel_requested_by}" if last and last.cancel_requested_by else ""
    why = (last.cancel_reason if last else "") or row.reason
    when = f" at {facts.told(last.finished_at)}" if last and last.finished_at else ""
    begun = "It was cancelled while it ran" if last and last.started_at else "It was cancelled before it began"
    yield f"{begun}{who}{when}{f': {why}' if why else ''}."
    yield from _attempts(facts, row)


def _skipped_overlap(facts: Facts, row: Occurrence) -> Sentences:
    yield f"It did not start: {row.reason}."
    for run in facts.in_the_way[:3]:
        yield f"In the way was {_under_way(facts, run)}."


def _skipped_calendar(facts: Facts, row: Occurrence) -> Sentences:
    yield f"A calendar skipped it: {row.reason}."


def _skipped_paused(facts: Facts, row: Occurrence) -> Sentences:
    pause = in_force(facts.overrides, OverrideKind.PAUSE, facts.moment)
    if pause is None:
        yield f"It was skipped: {row.reason}; the pause itself is not known any more."
    else:
        yield f"It was skipped, because {pause.actor} had paused the job."


def _skipped_suspended(facts: Facts, row: Occurrence) -> Sentences:
    version = facts.versions.present
    why = f" ({version.origin}): “{version.manifest.suspend_reason}”" if version and version.manifest.suspend else ""
    yield f"It was skipped, because the manifest suspended the job{why}."


def _missed_deadline(facts: Facts, row: Occurrence) -> Sentences:
    yield (
        f"It was not run: when the service could have run it, at {facts.told(row.recorded_at)}, it was older than "
        f"policy.catch_up.deadline{_catch_up(facts, 'deadline')}."
    )


def _missed_down(facts: Facts, row: Occurrence) -> Sentences:
    yield (
        f"It was not run: no process of the service watched the clock, and policy.catch_up is none, so that it was not "
        f"made up for at {facts.told(row.recorded_at)}, when one did again."
    )


def _coalesced(facts: Facts, row: Occurrence) -> Sentences:
    yield f"It was folded into a later fire, as policy.catch_up says: {row.reason}."
    heir = facts.ledger.after
    if heir and heir.runs:
        yield f"The fire of {facts.told(heir.due_at)} stood for it: {_brief(heir)}."


def _superseded(facts: Facts, row: Occurrence) -> Sentences:
    yield f"It was dropped: {row.reason}, at {facts.told(row.recorded_at)}."
    old, new = facts.versions.before, facts.versions.present
    if old and new and old.manifest.digest == row.digest != new.manifest.digest:
        schedule = [c for c in field_changes(old.manifest, new.manifest) if c.field.startswith("schedule")]
        yield f"What changed: {'; '.join(map(str, schedule))}."


_TABLE: Mapping[Outcome, Callable[[Facts, Occurrence], Sentences]] = {
    Outcome.SUCCEEDED: _succeeded,
    Outcome.FAILED: _failed,
    Outcome.TIMED_OUT: _timed_out,
    Outcome.LOST: _lost,
    Outcome.CANCELLED: _cancelled,
    Outcome.SKIPPED_OVERLAP: _skipped_overlap,
    Outcome.SKIPPED_CALENDAR: _skipped_calendar,
    Outcome.SKIPPED_PAUSED: _skipped_paused,
    Outcome.SKIPPED_SUSPENDED: _skipped_suspended,
    Outcome.MISSED_DEADLINE: _missed_deadline,
    Outcome.MISSED_DOWN: _missed_down,
    Outcome.COALESCED: _coalesced,
    Outcome.SUPERSEDED: _superseded,
}


def _open(facts: Facts, row: Occurrence) -> Sentences:
    last = row.runs[-1] if row.runs else None
    if last is None:
        yield "It is claimed, and its run is not known yet."
    elif last.state is RunState.RUNNING and last.started_at:
        yield f"It is running since {facts.told(last.started_at)}{f' on {last.node}' if last.node else ''}."
    elif last.not_before > facts.now:
        yield f"It waits, and may start at {facts.told(last.not_before)}."
    else:
        yield f"It is queued since {facts.told(last.queued_at)}, and may start as soon as there is room."
        for run in facts.in_the_way[:3]:
            yield f"Also under way is {_under_way(facts, run)}."
    yield from _caught_up(row)
    yield from _attempts(facts, row)


def _caught_up(row: Occurrence) -> Sentences:
    if row.trigger is Trigger.CATCH_UP and row.reason:
        yield f"It was caught up: {row.reason}."


def _attempts(facts: Facts, row: Occurrence) -> Sentences:
    """When it started and why not earlier, and what came of each try but the last."""
    if row.runs and (first := row.runs[0]).started_at:
        late, delay = first.started_at - first.due_at, first.not_before - first.due_at
        punctual = f"{span(late)} after it was due" if late >= _NOTICEABLE else "as soon as it was due"
        meant = f", {span(delay)} of them by jitter and spread" if delay and row.trigger is Trigger.SCHEDULE else ""
        yield f"It started at {facts.told(first.started_at)}, {punctual}{meant}."
    for run, after in zip(row.runs, row.runs[1:], strict=False):
        yield (
            f"Attempt {run.attempt} ended as {run.state.value.replace('_', ' ')}{_because(run)}; policy.retry had the "
            f"next one start at {facts.told(after.not_before)}."
        )


def _no_retry(facts: Facts, row: Occurrence) -> Sentences:
    """Why it was not tried again."""
    version = facts.versions.present
    if not version or not row.runs:
        return
    retry, tries = version.manifest.policy.retry, row.runs[-1].attempt
    if row.outcome is Outcome.LOST and not retry.on_lost:
        yield "It was not tried again: policy.retry.on_lost is false."
    elif tries > retry.attempts:
        yield f"It was not tried again: policy.retry.attempts is {retry.attempts}."
    elif row.reason and not (row.runs[-1].error and row.reason == row.runs[-1].error.message):
        yield f"It was not tried again: {row.reason}."


def _catch_up(facts: Facts, field: str) -> str:
    version = facts.versions.present
    return f" ({format_duration(getattr(version.manifest.policy.catch_up, field))})" if version else ""


def _under_way(facts: Facts, run: Run) -> str:
    begun = f"from {facts.told(run.started_at)}" if run.started_at else f"queued since {facts.told(run.queued_at)}"
    end = f"until {facts.told(run.finished_at)}" if run.finished_at else "and has not ended yet"
    return f"run {run.run_id}, due {facts.told(run.due_at)}, {begun} {end}"


def _brief(row: Occurrence) -> str:
    return (row.outcome or row.runs[-1].state).value.replace("_", " ")


def _error(row: Occurrence) -> str:
    return _because(row.runs[-1]) if row.runs else (f": {row.reason}" if row.reason else "")


def _because(run: Run) -> str:
    if not run.error:
        return ""
    message = next(iter(run.error.message.splitlines()), "")
    return f": {run.error.type}: {message}".rstrip(".: ")
