"""Laws of settling: every slot gets exactly one verdict, and the right one."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from builders import NOW, make_facts, make_manifest, make_override, make_schedule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tasks_service.core.firing import fires, next_fire, tally
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.run import Outcome, Trigger
from tasks_service.core.settlement import Entry, LedgerFacts, settle_slots
from tasks_service.core.state import Activity, activity

HOURS = 3
moments = st.integers(-HOURS * 3600, 600).map(lambda s: NOW + timedelta(seconds=s))
schedules = st.one_of(
    st.integers(1, 5000).map(lambda n: make_schedule(seconds=n)),
    st.sampled_from(["*/7 * * * *", "0,1,2,30 9-11 * * *", "0 12 * * *"]).map(lambda e: make_schedule(expression=e)),
    moments.map(lambda m: make_schedule(run_date=m)),
)


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    start = draw(moments)
    kind = draw(st.sampled_from(OverrideKind))
    lasts = st.integers(1, 2 * HOURS * 3600).map(lambda s: start + timedelta(seconds=s))
    return make_override(kind, created_at=start, until=draw(st.none() | lasts), ended_at=draw(st.none() | lasts))


@st.composite
def manifests(draw: st.DrawFn) -> JobManifest:
    catch_up = {
        "policy": draw(st.sampled_from(["latest", "all", "none"])),
        "deadline": f"{draw(st.integers(1, HOURS * 3600))}s",
        "max_runs": draw(st.sampled_from([1, 2, 10, 1000])),
    }
    overlap = draw(st.sampled_from(["skip", "queue", "allow", "cancel_previous"]))
    keys: dict[str, Any] = {"policy": {"catch_up": catch_up, "overlap": overlap}}
    if draw(st.integers(0, 3)) == 0:
        keys |= {"suspend": True, "suspend_reason": "not yet"}
    return make_manifest(schedule=draw(schedules), **keys)


@st.composite
def facts(draw: st.DrawFn) -> LedgerFacts:
    return make_facts(
        cursor=draw(moments),
        overrides=tuple(draw(st.lists(overrides(), max_size=3))),
        under_way=(under_way := draw(st.sampled_from([0, 0, 1, 2]))),
        waiting=draw(st.integers(0, under_way)),
    )


def verdicts(entries: tuple[Entry, ...], manifest: JobManifest) -> dict[datetime, Entry]:
    """Each slot and the row that covers it."""
    instant = timedelta(microseconds=1)
    return {slot: e for e in entries for slot in fires(manifest.schedule, e.due_at - instant, e.until)}


@given(known=facts(), manifest=manifests(), up_since=moments)
@settings(max_examples=150, deadline=None)
def test_every_slot_is_covered_by_exactly_one_row(
    known: LedgerFacts, manifest: JobManifest, up_since: datetime
) -> None:
    settlement = settle_slots(known, manifest, NOW, up_since)
    slots = list(fires(manifest.schedule, known.cursor, NOW))
    entries = settlement.entries
    assert list(verdicts(entries, manifest)) == slots
    assert sum(e.count for e in entries) == len(slots)
    assert all(a.until < b.due_at for a, b in pairwise(entries))
    assert all(e.due_at <= e.until for e in entries)
    assert all(e.due_at in slots and e.until in slots for e in entries)
    assert all(e.count == 1 for e in entries if e.outcome is None)
    assert settlement.cursor == (slots[-1] if slots else known.cursor)
    assert settlement.next_due == next_fire(manifest.schedule, max(NOW, known.cursor))


@given(known=facts(), manifest=manifests(), up_since=moments)
@settings(max_examples=150, deadline=None)
def test_each_slot_gets_the_verdict_of_its_own_moment(
    known: LedgerFacts, manifest: JobManifest, up_since: datetime
) -> None:
    catch_up = manifest.policy.catch_up
    rows = verdicts(settle_slots(known, manifest, NOW, up_since).entries, manifest)
    for slot, row in rows.items():
        state = activity(manifest, known.overrides, slot)
        assert (row.outcome is Outcome.SKIPPED_PAUSED) == (state is Activity.PAUSED)
        assert (row.outcome is Outcome.SKIPPED_SUSPENDED) == (state is Activity.SUSPENDED)
        if state is Activity.ACTIVE:
            stale = NOW - slot > catch_up.deadline
            assert (row.outcome is Outcome.MISSED_DEADLINE) == stale
            if not stale:
                down = catch_up.policy == "none" and slot < up_since
                assert (row.outcome is Outcome.MISSED_DOWN) == down


@given(known=facts(), manifest=manifests(), up_since=moments)
@settings(max_examples=150, deadline=None)
def test_the_newest_slots_start_as_many_as_catch_up_allows(
    known: LedgerFacts, manifest: JobManifest, up_since: datetime
) -> None:
    catch_up = manifest.policy.catch_up
    rows = verdicts(settle_slots(known, manifest, NOW, up_since).entries, manifest)
    wanted = [
        slot
        for slot in rows
        if activity(manifest, known.overrides, slot) is Activity.ACTIVE
        and NOW - slot <= catch_up.deadline
        and (catch_up.policy != "none" or slot >= up_since)
    ]
    most = catch_up.max_runs if catch_up.policy == "all" else 1
    started = sum(row.outcome is None for row in rows.values())
    assert started == _admitted(known, manifest.policy.overlap, len(wanted[-most:]))
    chosen = {slot for slot, row in rows.items() if row.outcome in (None, Outcome.SKIPPED_OVERLAP)}
    assert chosen == set(wanted[-most:])
    for slot in chosen:
        row = rows[slot]
        assert row.trigger is (Trigger.CATCH_UP if slot < up_since else Trigger.SCHEDULE)
        assert slot > known.cursor
    assert all(rows[slot].outcome is Outcome.COALESCED for slot in wanted[:-most])


def _admitted(known: LedgerFacts, overlap: str, slots: int) -> int:
    """How many of the slots that catch-up chose start."""
    if overlap == "cancel_previous":
        return min(slots, 1)
    if overlap == "allow" or not known.under_way:
        return slots
    return min(slots, 1) if overlap == "queue" and not known.waiting else 0


@given(known=facts(), schedule=schedules, cut=moments)
@settings(max_examples=150, deadline=None)
def test_a_restart_at_any_point_changes_no_verdict_when_all_are_caught_up(
    known: LedgerFacts, schedule: Any, cut: datetime
) -> None:
    catch_up = {"policy": "all", "deadline": "1d", "max_runs": 1000}
    manifest = make_manifest(schedule=schedule, policy={"catch_up": catch_up, "overlap": "allow"})
    assume(tally(schedule, known.cursor, NOW, 1).count <= 1000)
    at_once = settle_slots(known, manifest, NOW, NOW)
    first = settle_slots(known, manifest, min(cut, NOW), NOW)
    rest = make_facts(cursor=first.cursor, overrides=known.overrides, under_way=known.under_way)
    second = settle_slots(rest, manifest, NOW, NOW)
    before, after = (verdicts(part.entries, manifest) for part in (first, second))
    assert not before.keys() & after.keys()
    whole = verdicts(at_once.entries, manifest)
    assert {slot: e.outcome for slot, e in (before | after).items()} == {slot: e.outcome for slot, e in whole.items()}


@given(known=facts(), manifest=manifests(), jitter=st.floats(0, 1, exclude_max=True))
def test_jitter_and_spread_delay_the_start_and_never_the_due_time(
    known: LedgerFacts, manifest: JobManifest, jitter: float
) -> None:
    delayed = manifest.with_changes(
        schedule=manifest.schedule.with_changes(jitter=60, spread=timedelta(minutes=10)),
    )
    plain = settle_slots(known, manifest, NOW, NOW, jitter)
    late = settle_slots(known, delayed, NOW, NOW, jitter)
    assert [(e.due_at, e.until, e.outcome) for e in plain.entries] == [
        (e.due_at, e.until, e.outcome) for e in late.entries
    ]
    for entry in late.entries:
        if entry.outcome is None:
            assert entry.not_before is not None
            assert timedelta(0) <= entry.not_before - entry.due_at <= timedelta(minutes=11)
        else:
            assert entry.not_before is None
