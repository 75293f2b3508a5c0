"""Settling by example: what becomes of the slots of a downtime, a pause, a busy job."""

import time
from datetime import timedelta

import pytest
from builders import NOW, at, make_facts, make_manifest, make_override, make_schedule

from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import OverrideKind
from tasks_service.core.run import Outcome, Trigger
from tasks_service.core.settlement import Settlement, settle_slots, spread_of

HOURLY = make_schedule(expression="0 * * * *")
MORNING = at("2026-11-23 06:30")


def job(schedule=HOURLY, catch_up=None, **keys) -> JobManifest:
    policy = keys.pop("policy", {}) | {"catch_up": catch_up or {}}
    return make_manifest(schedule=schedule, policy=policy, **keys)


def rows(settlement: Settlement) -> list[tuple[str, str, int, Outcome | None]]:
    return [(f"{e.due_at:%H:%M}", f"{e.until:%H:%M}", e.count, e.outcome) for e in settlement.entries]


def test_a_slot_that_is_due_now_starts() -> None:
    settlement = settle_slots(make_facts(cursor=at("2026-11-23 11:00")), job(), NOW, up_since=MORNING)
    (entry,) = settlement.entries
    assert (entry.due_at, entry.outcome, entry.trigger, entry.reason) == (NOW, None, Trigger.SCHEDULE, "")
    assert entry.not_before == NOW
    assert settlement.cursor == NOW
    assert settlement.next_due == at("2026-11-23 13:00")


def test_without_a_slot_nothing_moves() -> None:
    known = make_facts(cursor=NOW)
    settlement = settle_slots(known, job(), NOW + timedelta(minutes=59), up_since=MORNING)
    assert settlement.entries == ()
    assert settlement.cursor == NOW


def test_a_clock_that_was_set_back_settles_nothing_twice() -> None:
    settlement = settle_slots(make_facts(cursor=NOW), job(), MORNING, up_since=MORNING)
    assert settlement.entries == ()
    assert settlement.cursor == NOW
    assert settlement.next_due == at("2026-11-23 13:00")


def test_after_a_downtime_the_latest_slot_stands_for_the_others() -> None:
    settlement = settle_slots(make_facts(cursor=MORNING), job(), NOW, up_since=NOW + timedelta(seconds=1))
    assert rows(settlement) == [("07:00", "11:00", 5, Outcome.COALESCED), ("12:00", "12:00", 1, None)]
    assert settlement.entries[-1].trigger is Trigger.CATCH_UP


def test_all_starts_the_newest_and_says_why_the_others_do_not() -> None:
    manifest = job(catch_up={"policy": "all", "max_runs": 2})
    settlement = settle_slots(make_facts(cursor=MORNING), manifest, NOW, up_since=NOW)
    assert rows(settlement) == [
        ("07:00", "10:00", 4, Outcome.COALESCED),
        ("11:00", "11:00", 1, None),
        ("12:00", "12:00", 1, None),
    ]
    assert "max_runs (2)" in settlement.entries[0].reason


def test_none_records_what_the_downtime_swallowed_and_starts_what_came_after() -> None:
    manifest = job(catch_up={"policy": "none"})
    settlement = settle_slots(make_facts(cursor=MORNING), manifest, NOW, up_since=at("2026-11-23 09:30"))
    assert rows(settlement) == [
        ("07:00", "09:00", 3, Outcome.MISSED_DOWN),
        ("10:00", "11:00", 2, Outcome.COALESCED),
        ("12:00", "12:00", 1, None),
    ]


def test_slots_older_than_the_deadline_are_missed() -> None:
    manifest = job(catch_up={"deadline": "90m"})
    settlement = settle_slots(make_facts(cursor=MORNING), manifest, NOW, up_since=NOW)
    assert rows(settlement) == [
        ("07:00", "10:00", 4, Outcome.MISSED_DEADLINE),
        ("11:00", "11:00", 1, Outcome.COALESCED),
        ("12:00", "12:00", 1, None),
    ]


def test_a_slot_exactly_as_old_as_the_deadline_still_starts() -> None:
    manifest = job(catch_up={"deadline": "1h"})
    known = make_facts(cursor=at("2026-11-23 10:30"))
    assert rows(settle_slots(known, manifest, NOW - timedelta(seconds=1), NOW))[-1][3] is None
    assert rows(settle_slots(known, manifest, at("2026-11-23 12:00"), NOW))[0][:1] == ("11:00",)


def test_a_pause_in_the_middle_splits_the_rows() -> None:
    pause = make_override(created_at=at("2026-11-23 08:00"), ended_at=at("2026-11-23 10:00"))
    known = make_facts(cursor=MORNING, overrides=(pause,))
    assert rows(settle_slots(known, job(catch_up={"policy": "all"}), NOW, up_since=NOW)) == [
        ("07:00", "07:00", 1, None),
        ("08:00", "09:00", 2, Outcome.SKIPPED_PAUSED),
        ("10:00", "10:00", 1, None),
        ("11:00", "11:00", 1, None),
        ("12:00", "12:00", 1, None),
    ]


def test_pauses_that_touch_share_one_row() -> None:
    first = make_override(created_at=MORNING, until=at("2026-11-23 09:30"))
    second = make_override(created_at=at("2026-11-23 09:00"))
    known = make_facts(cursor=MORNING, overrides=(first, second))
    assert rows(settle_slots(known, job(), NOW, up_since=NOW)) == [("07:00", "12:00", 6, Outcome.SKIPPED_PAUSED)]


def test_a_suspended_job_is_skipped_unless_a_resume_was_forced() -> None:
    resume = make_override(OverrideKind.RESUME, created_at=at("2026-11-23 11:30"), until=NOW + timedelta(days=1))
    manifest = job(suspend=True, suspend_reason="no token yet")
    known = make_facts(cursor=MORNING, overrides=(resume,))
    assert rows(settle_slots(known, manifest, NOW, up_since=MORNING)) == [
        ("07:00", "11:00", 5, Outcome.SKIPPED_SUSPENDED),
        ("12:00", "12:00", 1, None),
    ]


def test_a_busy_job_skips_its_slot_unless_overlap_is_allowed() -> None:
    known = make_facts(cursor=at("2026-11-23 11:00"), under_way=1)
    (skipped,) = settle_slots(known, job(), NOW, up_since=MORNING).entries
    assert skipped.outcome is Outcome.SKIPPED_OVERLAP
    assert "policy.overlap is skip" in skipped.reason
    (started,) = settle_slots(known, job(policy={"overlap": "allow"}), NOW, up_since=MORNING).entries
    assert started.outcome is None


@pytest.mark.parametrize(
    ("overlap", "under_way", "waiting", "outcomes", "cancels"),
    [
        ("skip", 0, 0, [None, None], False),
        ("skip", 1, 0, ["skipped", "skipped"], False),
        ("allow", 3, 1, [None, None], False),
        ("queue", 0, 0, [None, None], False),
        ("queue", 1, 0, [None, "skipped"], False),
        ("queue", 2, 1, ["skipped", "skipped"], False),
        ("queue", 2, 0, [None, "skipped"], False),
        ("cancel_previous", 0, 0, ["skipped", None], False),
        ("cancel_previous", 2, 1, ["skipped", None], True),
    ],
)
def test_overlap_decides_which_of_two_slots_start(
    overlap: str, under_way: int, waiting: int, outcomes: list[str | None], cancels: bool
) -> None:
    known = make_facts(cursor=at("2026-11-23 10:00"), under_way=under_way, waiting=waiting)
    manifest = job(catch_up={"policy": "all"}, policy={"overlap": overlap})

    entries = settle_slots(known, manifest, NOW, up_since=NOW).entries

    found = [None if e.outcome is None else "skipped" for e in entries for _ in range(e.count)]
    assert found == outcomes
    assert all(e.outcome in (None, Outcome.SKIPPED_OVERLAP) for e in entries)
    assert all(overlap in e.reason for e in entries if e.outcome)
    assert bool(entries[-1].cancels) == cancels
    if cancels:
        assert "due at 2026-11-23 12:00:00 UTC takes its place" in entries[-1].cancels


def test_catch_up_runs_that_a_busy_job_cannot_take_share_one_row() -> None:
    known = make_facts(cursor=MORNING, under_way=1)
    settlement = settle_slots(known, job(catch_up={"policy": "all"}), NOW, up_since=NOW + timedelta(seconds=1))
    assert rows(settlement) == [("07:00", "12:00", 6, Outcome.SKIPPED_OVERLAP)]


def test_three_days_of_a_one_second_job_settle_at_once() -> None:
    manifest = job(make_schedule(seconds=1))
    begun = time.perf_counter()
    settlement = settle_slots(make_facts(cursor=NOW - timedelta(days=3)), manifest, NOW, up_since=NOW)
    assert time.perf_counter() - begun < 0.1
    assert [e.count for e in settlement.entries] == [2 * 86400 - 1, 86400, 1]


def test_spread_is_stable_and_hangs_on_the_oldest_name() -> None:
    schedule = make_schedule(expression="0 2 * * *", spread="10m")
    named = make_manifest("nightly", schedule=schedule)
    renamed = make_manifest("daily", schedule=schedule, previous_ids=["Nightly", "evening"])
    assert spread_of(named) == spread_of(renamed)
    assert timedelta(0) < spread_of(named) < timedelta(minutes=10)
    assert spread_of(make_manifest("other", schedule=schedule)) != spread_of(named)
    assert spread_of(make_manifest("nightly")) == timedelta(0)
