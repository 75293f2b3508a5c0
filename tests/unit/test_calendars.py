"""Calendars: what an entry covers, what a reason says, and how fast much is settled."""

import time
from datetime import timedelta

import pytest
from builders import at, make_facts, make_manifest, make_override, make_schedule
from calendar_builders import CHRISTMAS, judged_by, make_calendar

from tasks_service.core.coming import coming, next_run
from tasks_service.core.run import Outcome
from tasks_service.core.settlement import Settlement, settle_slots

BERLIN = {"timezone": "Europe/Berlin"}
FREEZE = {"from": "2026-12-24", "to": "2026-12-26", "label": "Freeze"}
EVENING = {"from": "2026-12-31T18:00:00", "to": "2026-12-31T22:00:00", "label": "Fireworks"}
NIGHT = {"expression": "0 22 * * *", "duration": "8h", "label": "Night"}


@pytest.mark.parametrize(
    ("keys", "moment", "reason"),
    [
        ({"dates": [CHRISTMAS]}, "2026-12-24 23:59:59", ""),
        ({"dates": [CHRISTMAS]}, "2026-12-25 00:00", "holidays: Christmas Day, 2026-12-25"),
        ({"dates": [CHRISTMAS]}, "2026-12-25 23:59:59", "holidays: Christmas Day, 2026-12-25"),
        ({"dates": [CHRISTMAS]}, "2026-12-26 00:00", ""),
        ({"dates": [CHRISTMAS], **BERLIN}, "2026-12-24 22:59:59", ""),
        ({"dates": [CHRISTMAS], **BERLIN}, "2026-12-24 23:00", "holidays: Christmas Day, 2026-12-25"),
        ({"ranges": [FREEZE]}, "2026-12-26 23:59", "holidays: Freeze, 2026-12-24 to 2026-12-26"),
        ({"ranges": [FREEZE]}, "2026-12-27 00:00", ""),
        (
            {"ranges": [EVENING], **BERLIN},
            "2026-12-31 17:00",
            "holidays: Fireworks, 2026-12-31 18:00 to 22:00 (Europe/Berlin)",
        ),
        ({"ranges": [EVENING], **BERLIN}, "2026-12-31 21:00", ""),
        (
            {"windows": [NIGHT]},
            "2026-12-31 03:00",
            "holidays: Night, 2026-12-30 22:00 to 2026-12-31 06:00 (UTC)",
        ),
        ({"windows": [NIGHT]}, "2026-12-31 06:00", ""),
        # The clocks go forward in this night: eight hours later it is 07:00 on the wall, which is 05:00 UTC.
        ({"windows": [NIGHT], **BERLIN}, "2026-03-29 04:59", "holidays: Night, 2026-03-28 22:00 to 2026-03-29 07:00 "),
        ({"windows": [NIGHT], **BERLIN}, "2026-03-29 05:00", ""),
        # This day has 25 hours.
        ({"dates": [{"date": "2026-10-25", "label": "Long"}], **BERLIN}, "2026-10-25 22:59", "holidays: Long"),
        ({"dates": [{"date": "2026-10-25", "label": "Long"}], **BERLIN}, "2026-10-25 23:00", ""),
    ],
)
def test_an_entry_holds_from_its_beginning_up_to_its_end(keys: dict[str, object], moment: str, reason: str) -> None:
    found = judged_by(skip=[make_calendar(**keys)]).why_closed(at(moment))

    assert found == reason or (reason and found.startswith(reason))


def test_only_during_names_the_calendars_that_would_admit() -> None:
    calendars = judged_by(only=[make_calendar("days", dates=[CHRISTMAS]), make_calendar("nights", windows=[NIGHT])])

    assert calendars.why_closed(at("2026-12-25 12:00")) == ""
    assert calendars.why_closed(at("2026-12-27 23:00")) == ""
    assert calendars.why_closed(at("2026-12-27 12:00")) == "outside days and nights (only_during)"


def test_skip_during_goes_before_only_during() -> None:
    calendars = judged_by(skip=[make_calendar(dates=[CHRISTMAS])], only=[make_calendar("nights", windows=[NIGHT])])

    assert calendars.why_closed(at("2026-12-25 23:00")) == "holidays: Christmas Day, 2026-12-25"


def settled(policy: str = "latest", **keys: object) -> Settlement:
    """A job at 02:00 was down from the 23rd to the 26th of December, at noon."""
    manifest = make_manifest(policy={"catch_up": {"policy": policy, "deadline": "7d"}})
    calendars = judged_by(skip=[make_calendar(**(keys or {"dates": [CHRISTMAS]}))])
    now = at("2026-12-26 12:00")
    return settle_slots(make_facts(cursor=at("2026-12-22 12:00")), manifest, now, now, calendars=calendars)


def told(settlement: Settlement) -> list[tuple[str, str, int]]:
    return [(f"{e.due_at:%d}", e.outcome.value if e.outcome else "starts", e.count) for e in settlement.entries]


def test_what_is_skipped_is_not_caught_up() -> None:
    only_freeze = settled(ranges=[{"from": "2026-12-25", "to": "2026-12-26", "label": "Freeze"}])

    assert told(settled()) == [("23", "coalesced", 2), ("25", "skipped_calendar", 1), ("26", "starts", 1)]
    assert told(settled("all")) == [
        ("23", "starts", 1),
        ("24", "starts", 1),
        ("25", "skipped_calendar", 1),
        ("26", "starts", 1),
    ]
    assert told(settled("none")) == [("23", "missed_down", 2), ("25", "skipped_calendar", 1), ("26", "missed_down", 1)]
    assert told(only_freeze) == [("23", "coalesced", 1), ("24", "starts", 1), ("25", "skipped_calendar", 2)]


def test_a_calendar_goes_before_a_pause_so_that_a_resume_catches_nothing_of_it_up() -> None:
    calendars = judged_by(skip=[make_calendar(dates=[CHRISTMAS])])
    facts = make_facts(cursor=at("2026-12-23 12:00"), overrides=[make_override(created_at=at("2026-12-23 12:00"))])
    now = at("2026-12-26 12:00")

    found = settle_slots(facts, make_manifest(), now, now, calendars=calendars)

    assert told(found) == [("24", "skipped_paused", 1), ("25", "skipped_calendar", 1), ("26", "skipped_paused", 1)]


@pytest.mark.parametrize("schedule", [{"seconds": 1}, {"second": "*"}])
@pytest.mark.parametrize(
    "keys",
    [
        {"dates": [{"date": "2026-11-22", "label": "Off"}]},
        {"windows": [{"expression": "0 9 * * *", "duration": "8h", "label": "Office"}]},
        {"windows": [{"expression": "*/2 * * * *", "duration": "1m", "label": "Every other minute"}]},
    ],
)
def test_three_days_of_a_job_of_every_second_are_settled_within_two_seconds(
    schedule: dict[str, object], keys: dict[str, object]
) -> None:
    manifest = make_manifest(schedule=make_schedule(**schedule))
    begin, now = at("2026-11-20 12:00"), at("2026-11-23 12:00")
    calendars = judged_by(skip=[make_calendar(**keys)])
    clock = time.process_time()

    found = settle_slots(make_facts(cursor=begin), manifest, now, now, calendars=calendars)

    assert time.process_time() - clock < 2
    assert sum(e.count for e in found.entries) == 3 * 86400
    skipped = [e for e in found.entries if e.outcome is Outcome.SKIPPED_CALENDAR]
    assert skipped and len(skipped) == len({e.reason for e in skipped})


def test_the_next_run_jumps_over_a_freeze_and_a_calendar_that_never_opens_gives_none() -> None:
    freeze = make_calendar(ranges=[{"from": "2026-11-23", "to": "2027-11-23", "label": "Freeze"}])
    every_second = make_schedule(seconds=1)
    now = at("2026-11-23 12:00")

    assert next_run(every_second, judged_by(skip=[freeze]), now) == at("2027-11-24 00:00")
    assert next_run(every_second, judged_by(only=[make_calendar("past", dates=[])]), now) is None
    assert (
        next_run(
            make_schedule(expression="0 2 * * sat"),
            judged_by(
                skip=[make_calendar(windows=[{"expression": "0 0 * * sat", "duration": "24h", "label": "Saturday"}])]
            ),
            now,
        )
        is None
    )


def test_the_coming_fires_say_what_is_left_out_and_why() -> None:
    found = coming(
        make_schedule(expression="0 2 * * *"),
        judged_by(skip=[make_calendar(dates=[CHRISTMAS])]),
        at("2026-12-24 12:00"),
        2,
    )

    assert found.runs == (at("2026-12-26 02:00"), at("2026-12-27 02:00"))
    assert [(s.first, s.count, s.reason) for s in found.skipped] == [
        (at("2026-12-25 02:00"), 1, "holidays: Christmas Day, 2026-12-25")
    ]


def test_calendars_that_mean_the_same_are_equal() -> None:
    one, other = make_calendar(dates=[CHRISTMAS]), make_calendar(dates=[CHRISTMAS])

    assert one == other and hash(one) == hash(other)
    assert one != make_calendar(dates=[CHRISTMAS | {"label": "Xmas"}])


def test_a_window_that_spans_many_days_is_seen_at_its_end() -> None:
    long = make_calendar(windows=[{"expression": "0 0 1 1 *", "duration": "31d", "label": "January"}])

    assert judged_by(skip=[long]).why_closed(at("2026-01-31 23:59")).startswith("holidays: January")
    assert judged_by(skip=[long]).why_closed(at("2026-01-31 23:59") + timedelta(minutes=1)) == ""
