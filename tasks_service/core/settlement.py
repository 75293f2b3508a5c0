"""Settling: what becomes of the slots between the cursor and now. A pure decision, taken inside the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby, pairwise

from tasks_service.core.firing import Tally, next_fire, tally
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override
from tasks_service.core.run import Outcome, Trigger
from tasks_service.core.state import Activity, activity


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """What the ledger knows of a job at the moment of the claim, read inside the transaction."""

    job_uid: str
    cursor: datetime
    overrides: Sequence[Override]
    under_way: int
    """Runs of the job that are queued or running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row to write: an occurrence that starts (``outcome`` None), or slots that nothing comes of."""

    due_at: datetime
    until: datetime
    count: int = 1
    trigger: Trigger = Trigger.SCHEDULE
    outcome: Outcome | None = None
    reason: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The rows to write and the new cursor; committed together."""

    cursor: datetime
    entries: tuple[Entry, ...] = ()
    next_due: datetime | None = None


def settle_slots(
    facts: LedgerFacts, manifest: JobManifest, now: datetime, up_since: datetime, jitter: float = 0.0
) -> Settlement:
    """Decide on every slot in ``(cursor, now]``.

    ``up_since`` is when this process began to watch the clock: earlier slots were missed by downtime. ``jitter`` is a
    random number in [0, 1) that the caller drew.
    """
    verdicts: list[Entry] = []
    active: list[Tally] = []
    for start, end in _stretches(facts, now):
        found = tally(manifest.schedule, start, end, keep=_most_starts(manifest))
        if not found.count:
            continue
        state = activity(manifest, facts.overrides, found.newest[-1])
        if state is Activity.ACTIVE:
            active.append(found)
        else:
            verdicts.append(_skipped(found, state))
    verdicts += _caught_up(active, manifest, now, up_since)
    verdicts = [_admitted(e, manifest, facts) for e in verdicts]
    delayed = [_delayed(e, manifest, jitter) for e in sorted(verdicts, key=lambda e: e.due_at)]
    cursor = max([facts.cursor, *(e.until for e in delayed)])
    return Settlement(cursor=cursor, entries=tuple(delayed), next_due=next_fire(manifest.schedule, max(cursor, now)))


def _most_starts(manifest: JobManifest) -> int:
    catch_up = manifest.policy.catch_up
    return catch_up.max_runs if catch_up.policy == "all" else 1


def _stretches(facts: LedgerFacts, now: datetime) -> list[tuple[datetime, datetime]]:
    """Cut ``(cursor, now]`` wherever an override begins or ends: within a stretch the activity does not change.

    An override holds from its start on, a slot at that very moment included, so the cut lies just before it.
    """
    instant = timedelta(microseconds=1)
    moments = [m - instant for o in facts.overrides for m in (o.created_at, o.end) if m]
    cuts = sorted({m for m in moments if facts.cursor < m < now})
    edges = [facts.cursor, *cuts, now]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def _skipped(found: Tally, state: Activity) -> Entry:
    paused = state is Activity.PAUSED
    return Entry(
        due_at=found.first,
        until=found.newest[-1],
        count=found.count,
        outcome=Outcome.SKIPPED_PAUSED if paused else Outcome.SKIPPED_SUSPENDED,
        reason="paused by an override" if paused else "suspended by the manifest",
    )


def _caught_up(active: Sequence[Tally], manifest: JobManifest, now: datetime, up_since: datetime) -> list[Entry]:
    """Apply ``catch_up`` to the slots at which the job was meant to run."""
    policy = manifest.policy.catch_up
    newest = [slot for found in active for slot in found.newest][-_most_starts(manifest) :]
    starts = {slot for slot in newest if _may_start(slot, policy.policy, policy.deadline, now, up_since)}
    entries = [_start(slot, up_since) for slot in sorted(starts)]
    for found in active:
        entries += _not_started(found, starts, manifest, now, up_since)
    return entries


def _may_start(slot: datetime, policy: str, deadline: timedelta, now: datetime, up_since: datetime) -> bool:
    if now - slot > deadline:
        return False
    return policy != "none" or slot >= up_since


def _start(slot: datetime, up_since: datetime) -> Entry:
    caught_up = slot < up_since
    return Entry(
        due_at=slot,
        until=slot,
        trigger=Trigger.CATCH_UP if caught_up else Trigger.SCHEDULE,
        reason="missed while the service was down, caught up" if caught_up else "",
    )


def _not_started(
    found: Tally, starts: set[datetime], manifest: JobManifest, now: datetime, up_since: datetime
) -> Iterable[Entry]:
    """The slots of a stretch that do not start, one row for each run of equal verdicts."""
    schedule, end = manifest.schedule, found.newest[-1]
    begin = found.first - timedelta(microseconds=1)
    stale = now - manifest.policy.catch_up.deadline - timedelta(microseconds=1)
    edges = {begin, end}
    edges |= {m for m in (stale, up_since - timedelta(microseconds=1)) if begin < m < end}
    edges |= {m for slot in starts for m in (slot - timedelta(microseconds=1), slot) if begin < m < end}
    ordered = sorted(edges)
    verdicts = []
    for start, stop in pairwise(ordered):
        part = tally(schedule, start, stop, keep=1)
        if part.count and part.newest[-1] not in starts:
            verdicts.append((_verdict(part.newest[-1], manifest, now, up_since), part))
    for (outcome, reason), group in groupby(verdicts, key=lambda v: v[0]):
        parts = [part for _, part in group]
        yield from _merged(parts, outcome, reason, starts)


def _merged(parts: Sequence[Tally], outcome: Outcome, reason: str, starts: set[datetime]) -> Iterable[Entry]:
    """Join neighbouring parts unless a started slot lies between them: rows never overlap."""
    row: Entry | None = None
    for part in parts:
        if row and not any(row.until < slot < part.first for slot in starts):
            row = Entry(
                due_at=row.due_at,
                until=part.newest[-1],
                count=row.count + part.count,
                outcome=outcome,
                reason=reason,
            )
            continue
        if row:
            yield row
        row = Entry(due_at=part.first, until=part.newest[-1], count=part.count, outcome=outcome, reason=reason)
    if row:
        yield row


def _verdict(slot: datetime, manifest: JobManifest, now: datetime, up_since: datetime) -> tuple[Outcome, str]:
    policy = manifest.policy.catch_up
    if now - slot > policy.deadline:
        return Outcome.MISSED_DEADLINE, "older than policy.catch_up.deadline when the service could run it"
    if policy.policy == "none" and slot < up_since:
        return Outcome.MISSED_DOWN, "the service was down, and policy.catch_up is none"
    return Outcome.COALESCED, "a later occurrence ran for it"


def _admitted(entry: Entry, manifest: JobManifest, facts: LedgerFacts) -> Entry:
    """Skip a start while another run of the job is under way, unless overlap is allowed."""
    if entry.outcome is not None or manifest.policy.overlap == "allow" or not facts.under_way:
        return entry
    return Entry(
        due_at=entry.due_at,
        until=entry.until,
        trigger=entry.trigger,
        outcome=Outcome.SKIPPED_OVERLAP,
        reason=f"{facts.under_way} earlier run(s) still under way, and policy.overlap is {manifest.policy.overlap}",
    )


def _delayed(entry: Entry, manifest: JobManifest, jitter: float) -> Entry:
    """Delay the start by jitter and spread; the due time stays exact."""
    if entry.outcome is not None:
        return entry
    delay = timedelta(seconds=(manifest.schedule.jitter or 0) * jitter) + spread_of(manifest)
    return Entry(
        due_at=entry.due_at,
        until=entry.until,
        trigger=entry.trigger,
        reason=entry.reason,
        not_before=entry.due_at + delay,
    )


def spread_of(manifest: JobManifest) -> timedelta:
    """The stable share of ``spread`` that this job waits: a hash of its oldest name."""
    if not manifest.schedule.spread:
        return timedelta(0)
    name = (manifest.previous_ids or [manifest.job_id])[0].lower()
    share = int.from_bytes(sha256(name.encode()).digest()[:8], "big") / 2**64
    return manifest.schedule.spread * share
