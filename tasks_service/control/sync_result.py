"""The result of a sync as it is kept: its status, what was done and what waits, and the state of each source. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tasks_service.control.calendar_records import applied_calendars, waiting_calendars
from tasks_service.control.planner import Outlook, Reading
from tasks_service.control.views import SyncState
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.plan import Action, Delete, Held, Rename, Update
from tasks_service.core.state import LiveJob, SourceFailure
from tasks_service.core.stores import PlannedAction, Problem, SourceState, SyncRecord

Find = Callable[[str], LiveJob | None]
"""The live job of a uid."""


def record_of(outlook: Outlook, last: SyncRecord | None, known: Sequence[SourceState], find: Find) -> SyncRecord:
    """What becomes of an outlook once it is applied. ``last`` and ``known`` are what the sync before it left."""
    status, reason = _verdict(outlook, last)
    return SyncRecord(
        at=outlook.at,
        last_at=outlook.at,
        revision=outlook.reading.revision,
        status=status.value,
        reason=reason,
        plan_id=outlook.plan.plan_id,
        summary=outlook.plan.summary,
        actions=(
            *applied_calendars(outlook.plan.calendars),
            *(_action(action) for action in outlook.plan.actions),
            *_waiting(outlook, last, known, find),
        ),
        commits=outlook.reading.commits,
    )


def same_result(last: SyncRecord, record: SyncRecord) -> bool:
    """Whether a sync that had nothing to apply found the world as the last one left it."""
    waiting = tuple(a for a in last.actions if a.held)
    return (last.revision, last.status, last.reason, last.plan_id, waiting) == (
        record.revision,
        record.status,
        record.reason,
        record.plan_id,
        record.actions,
    )


def problems_of(outlook: Outlook, standing: Sequence[Problem]) -> list[tuple[str, Diagnostic]]:
    """The findings by source. Those of a source that could not be read stay as they were."""
    read = (*outlook.reading.snapshots, *outlook.reading.refused)
    found = [(s.source, d) for s in read for d in s.problems]
    unread = {f.source for f in outlook.reading.failures if not f.held}
    found += [(p.source, p.diagnostic) for p in standing if p.source in unread]
    return found + [("", d) for d in sorted(_between_files(outlook), key=str)]


def sources_of(outlook: Outlook, find: Find) -> list[SourceState]:
    """The state of each source; what it does not say stays as it was."""
    rest = set(_sources_with_rest(outlook, find))
    read = [
        SourceState(
            name=s.source,
            observed=s.revision,
            attempted=s.revision,
            applied="" if s.source in rest else s.revision,
            commits=(s.commit,) if s.commit else (),
            read_at=s.read_at,
            trouble=s.trouble,
            files=s.files,
        )
        for s in outlook.reading.snapshots
    ]
    return read + [_failed(f, outlook.reading) for f in outlook.reading.failures]


def _verdict(outlook: Outlook, last: SyncRecord | None) -> tuple[SyncState, str]:
    """A source that cannot be read is told at once, and leaves the status as it was: whether that still counts is told
    by the age of the last reading."""
    state, reason = _verdict_of_the_rest(outlook)
    unread = [f for f in outlook.reading.failures if not f.held]
    if unread and state is SyncState.SYNCED:
        state = SyncState(last.status) if last else SyncState.UNKNOWN
    return state, "; ".join([*map(_told, unread), *([reason] if reason else [])])


def _verdict_of_the_rest(outlook: Outlook) -> tuple[SyncState, str]:
    """That of the sources that were read."""
    plan = outlook.plan
    if refused := [f for f in outlook.reading.failures if f.held]:
        return SyncState.BLOCKED, "; ".join(map(_told, refused))
    orphans = [h.action.job_id for h in plan.held if _orphaned(h)]
    held = [*(h.reason for h in plan.held if not _orphaned(h)), *(c.held for c in plan.calendars if c.held)]
    if held:
        return SyncState.BLOCKED, f"{len(held)} change(s) held: {'; '.join(sorted(set(held)))}"
    if broken := errors(outlook.settled.problems):
        return SyncState.INVALID, f"{len(broken)} error(s), the first: {broken[0]}"
    if orphans:
        return SyncState.ORPHANED, f"policy.prune keeps what no file defines: {', '.join(orphans)}"
    return SyncState.SYNCED, ""


def _orphaned(held: Held) -> bool:
    """Whether a job stays for good although its manifest is gone."""
    return isinstance(held.action, Delete) and held.action.job.manifest.policy.prune == "never"


def _told(failure: SourceFailure) -> str:
    return f"{failure.source}: {failure.reason}"


def _between_files(outlook: Outlook) -> set[Diagnostic]:
    """The findings that no single file has: two of them claim one name."""
    read = (*outlook.reading.snapshots, *outlook.reading.refused)
    return set(outlook.settled.problems) - {d for s in read for d in s.problems}


def _waiting(
    outlook: Outlook, last: SyncRecord | None, known: Sequence[SourceState], find: Find
) -> Iterator[PlannedAction]:
    """What waits, each since when. What waited when a source was read last still does while it cannot be read."""
    unread_before = {s.failure for s in known if s.failure and not s.held}
    unread_now = {f.reason for f in outlook.reading.failures if not f.held}
    before = {_key(a): a for a in (last.actions if last else ()) if a.held}
    for action in _held_and_kept(outlook, find):
        earlier = before.get(_key(action))
        if earlier is None:
            yield replace(action, since=outlook.at)
        elif action.held in unread_now and earlier.held not in unread_before:
            yield replace(earlier, asks=False)
        else:
            goes_on = (action.held in unread_now) == (earlier.held in unread_before)
            yield replace(action, since=(earlier.since if goes_on else None) or outlook.at)


def _held_and_kept(outlook: Outlook, find: Find) -> Iterator[PlannedAction]:
    """What guards keep back, and the jobs and calendars whose last good version stays in force.

    The verb is ``keep`` for those of broken files, and ``wait`` for those of a source that is held.
    """
    refused = {f.reason for f in outlook.reading.failures if f.held}
    for held in outlook.plan.held:
        yield replace(_action(held.action), held=held.reason, asks=held.asks)
    for uid, reason in sorted(outlook.settled.kept.items()):
        if job := find(uid):
            verb = "wait" if reason in refused else "keep"
            yield PlannedAction(verb=verb, job_id=job.manifest.job_id, origin=str(job.origin), held=reason)
    yield from waiting_calendars(outlook.plan.calendars, outlook.calendars)


def _key(action: PlannedAction) -> tuple[str, str]:
    """What an action is about: a calendar or a job, by the name under which it lives."""
    return action.calendar_id.lower(), (action.before or action.job_id).lower()


def _action(action: Action) -> PlannedAction:
    return PlannedAction(
        verb=action.verb,
        job_id=action.job_id,
        origin=str(action.job.origin),
        changed=action.changed if isinstance(action, Update) else (),
        before=action.before.manifest.job_id if isinstance(action, Rename) else "",
    )


def _sources_with_rest(outlook: Outlook, find: Find) -> Iterator[str]:
    """The sources of which something is not applied."""
    yield from (h.action.job.origin.source for h in outlook.plan.held)
    yield from (c.origin.source for c in outlook.plan.calendars if c.held)
    yield from (job.origin.source for uid in outlook.settled.kept if (job := find(uid)))
    yield from (outlook.calendars.wanted[key].origin.source for key in outlook.calendars.kept)
    disputed = {d.path for d in errors(_between_files(outlook))}
    for snapshot in outlook.reading.snapshots:
        if errors(snapshot.problems) or any(m.origin.path in disputed for m in snapshot.manifests):
            yield snapshot.source


def _failed(failure: SourceFailure, reading: Reading) -> SourceState:
    """A source that could not be read; one that is held was."""
    seen = next((s for s in reading.refused if s.source == failure.source), None)
    return SourceState(
        name=failure.source,
        observed=failure.observed,
        commits=(failure.commit,) if failure.commit else (),
        read_at=seen.read_at if seen else None,
        failure=failure.reason,
        held=failure.held,
        trouble=seen.trouble if seen else "",
        files=seen.files if seen else 0,
    )
