"""Settling: what becomes of the slots between the cursor and now. A pure decision, taken inside the transaction."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise, takewhile

from tasks_service.core.firing import next_fire, tally
from tasks_service.core.job_calendars import ALWAYS_OPEN, Closure, JobCalendars
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override
from tasks_service.core.run import Outcome, Trigger
from tasks_service.core.state import Activity, activity

OVERLAP = "policy.overlap"
"""Who asks for the end of a run whose place another occurrence takes."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """What the ledger knows of a job at the moment of the claim, read inside the transaction."""

    job_uid: str
    cursor: datetime
    overrides: Sequence[Override]
    under_way: int
    """Runs of the job that are queued or running, those of a backfill apart: they give way to regular ones."""
    waiting: int = 0
    """Those of them that are queued and that no person asked for, in their first attempt."""


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
    cancels: str = ""
    """Why the job's runs that are under way are asked to end, and those that are queued are cancelled; empty where
    nothing happens to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The rows to write and the new cursor; committed together."""

    cursor: datetime
    entries: tuple[Entry, ...] = ()
    next_due: datetime | None = None


def settle_slots(
    facts: LedgerFacts,
    manifest: JobManifest,
    now: datetime,
    up_since: datetime,
    jitter: float = 0.0,
    calendars: JobCalendars = ALWAYS_OPEN,
) -> Settlement:
    """Decide on every slot in ``(cursor, now]``.

    ``up_since`` is when this process began to watch the clock: earlier slots were missed by downtime. ``jitter`` is a
    random number in [0, 1) that the caller drew. ``calendars`` are those that the schedule refers to.
    """
    catch_up = manifest.policy.catch_up
    stale_before = now - catch_up.deadline
    spans = _spans(manifest, facts, now, (stale_before, up_since), calendars)
    starts = _starts(spans, manifest, stale_before, up_since)
    entries = [_start(slot, slot < up_since) for slot in starts]
    entries = [_delayed(entry, manifest, jitter) for entry in _admitted(entries, manifest, facts)]
    for span in spans:
        # The slots that start are the newest open ones: whatever else is open lies before the first of them.
        end = min(span.end, starts[0] - _INSTANT) if span.open and starts else span.end
        found = tally(manifest.schedule, span.begin, end, keep=1)
        if found.count:
            outcome, reason = _why_not(found.first, span, manifest, stale_before, up_since)
            entries.append(
                Entry(due_at=found.first, until=found.newest[-1], count=found.count, outcome=outcome, reason=reason)
            )
    entries = _joined(sorted(entries, key=lambda e: e.due_at))
    cursor = max([facts.cursor, *(e.until for e in entries)])
    return Settlement(cursor=cursor, entries=tuple(entries), next_due=next_fire(manifest.schedule, max(cursor, now)))


@dataclass(frozen=True, slots=True)
class _Span:
    """The time ``(begin, end]``, in which one verdict holds for all slots that do not start."""

    begin: datetime
    end: datetime
    state: Activity
    closed: str
    """Which entry of a calendar closes it; empty where none does."""

    @property
    def open(self) -> bool:
        """Whether the job is meant to run."""
        return self.state is Activity.ACTIVE and not self.closed


def _spans(
    manifest: JobManifest,
    facts: LedgerFacts,
    now: datetime,
    borders: Iterable[datetime],
    calendars: JobCalendars,
) -> list[_Span]:
    """Cut ``(cursor, now]`` wherever an override or an entry of a calendar begins or ends, and at the borders.

    A slot at the very moment of a cut belongs to what follows, so the cut lies just before it.
    """
    turns = (moment for o in facts.overrides for moment in (o.created_at, o.end) if moment)
    closures = calendars.closures(facts.cursor + _INSTANT, now + _INSTANT)
    shuts = (moment for c in closures for moment in (c.begin, c.end))
    cuts = {moment - _INSTANT for moment in (*turns, *borders, *shuts)}
    edges = [facts.cursor, *sorted(cut for cut in cuts if facts.cursor < cut < now), now]
    return [
        _Span(a, b, activity(manifest, facts.overrides, b), _reason(closures, b)) for a, b in pairwise(edges) if a < b
    ]


def _reason(closures: Sequence[Closure], moment: datetime) -> str:
    """Why it is closed at a moment; empty where it is not."""
    position = bisect_right(closures, moment, key=lambda c: c.begin) - 1
    inside = position >= 0 and moment < closures[position].end
    return closures[position].reason if inside else ""


def _starts(
    spans: Sequence[_Span], manifest: JobManifest, stale_before: datetime, up_since: datetime
) -> list[datetime]:
    """The slots to start, ascending: of those at which the job was meant to run the newest, as catch_up allows."""
    catch_up = manifest.policy.catch_up
    most = catch_up.max_runs if catch_up.policy == "all" else 1
    earliest = max(stale_before, up_since) if catch_up.policy == "none" else stale_before
    newest_first = (
        slot
        for span in reversed(spans)
        if span.open
        for slot in reversed(tally(manifest.schedule, span.begin, span.end, keep=most).newest)
    )
    return list(islice(takewhile(lambda slot: slot >= earliest, newest_first), most))[::-1]


def _start(slot: datetime, missed: bool) -> Entry:
    if missed:
        reason = "missed while the service was down, caught up"
        return Entry(due_at=slot, until=slot, trigger=Trigger.CATCH_UP, reason=reason)
    return Entry(due_at=slot, until=slot)


def _why_not(
    slot: datetime, span: _Span, manifest: JobManifest, stale_before: datetime, up_since: datetime
) -> tuple[Outcome, str]:
    """What became of a slot that does not start, and why.

    A calendar goes first: a slot that it closes is never caught up, whatever else held the job.
    """
    if span.closed:
        return Outcome.SKIPPED_CALENDAR, span.closed
    if span.state is Activity.PAUSED:
        return Outcome.SKIPPED_PAUSED, "paused by an override"
    if span.state is Activity.SUSPENDED:
        return Outcome.SKIPPED_SUSPENDED, "suspended by the manifest"
    if slot < stale_before:
        return Outcome.MISSED_DEADLINE, "older than policy.catch_up.deadline when the service could run it"
    policy = manifest.policy.catch_up
    if policy.policy == "none" and slot < up_since:
        return Outcome.MISSED_DOWN, "the service was down, and policy.catch_up is none"
    if policy.policy == "all":
        return Outcome.COALESCED, f"more than policy.catch_up.max_runs ({policy.max_runs}) occurrences were due"
    return Outcome.COALESCED, "coalesced into a later occurrence"


def _admitted(starts: Sequence[Entry], manifest: JobManifest, facts: LedgerFacts) -> list[Entry]:
    """What ``policy.overlap`` lets start of ``starts``, which are ascending.

    Several at once are slots that are caught up. Where nothing else is under way they run one after another; only a
    job whose newest run replaces the older ones leaves all but the newest out.
    """
    overlap = manifest.policy.overlap
    if overlap == "cancel_previous":
        return _replacing(starts, facts)
    if overlap == "allow" or not facts.under_way:
        return list(starts)
    if overlap == "queue":
        room = 0 if facts.waiting else 1
        reason = "an earlier occurrence waited already for the run under way, and policy.overlap: queue holds one"
    else:
        room, reason = 0, "an earlier run was still under way, and policy.overlap is skip"
    return [*starts[:room], *(_skipped(entry, reason) for entry in starts[room:])]


def _replacing(starts: Sequence[Entry], facts: LedgerFacts) -> list[Entry]:
    """The newest, which ends all others of its job."""
    if not starts:
        return []
    *older, newest = starts
    if facts.under_way:
        due = f"{newest.due_at:%Y-%m-%d %H:%M:%S} UTC"
        newest = replace(
            newest, cancels=f"the occurrence due at {due} takes its place (policy.overlap: cancel_previous)"
        )
    reason = "a later occurrence took its place, and policy.overlap is cancel_previous"
    return [*(_skipped(entry, reason) for entry in older), newest]


def _skipped(entry: Entry, reason: str) -> Entry:
    return replace(entry, outcome=Outcome.SKIPPED_OVERLAP, reason=reason)


def _delayed(entry: Entry, manifest: JobManifest, jitter: float) -> Entry:
    """Delay the start by jitter and spread; the due time stays exact."""
    if entry.outcome is not None:
        return entry
    delay = timedelta(seconds=(manifest.schedule.jitter or 0) * jitter) + spread_of(manifest)
    return replace(entry, not_before=entry.due_at + delay)


def _joined(entries: Iterable[Entry]) -> list[Entry]:
    """Neighbours of which nothing comes for the same reason share a row."""
    rows: list[Entry] = []
    for entry in entries:
        last = rows[-1] if rows else None
        alike = last and last.outcome and (last.outcome, last.reason) == (entry.outcome, entry.reason)
        if last and alike and last.trigger == entry.trigger:
            rows[-1] = replace(last, until=entry.until, count=last.count + entry.count)
        else:
            rows.append(entry)
    return rows


def spread_of(manifest: JobManifest) -> timedelta:
    """The stable share of ``spread`` that this job waits: a hash of its oldest name."""
    if not manifest.schedule.spread:
        return timedelta(0)
    name = (manifest.previous_ids or [manifest.job_id])[0].lower()
    share = int.from_bytes(sha256(name.encode()).digest()[:8], "big") / 2**64
    return manifest.schedule.spread * share
