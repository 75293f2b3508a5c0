"""Laws of calendars: a slot is closed where the clock on the wall says so, and settling gives it just that verdict."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from builders import make_facts, make_manifest, make_schedule
from calendar_builders import WallCalendar, closed, judged_by
from hypothesis import given, settings
from hypothesis import strategies as st
from wall_oracle import crontab

from tasks_service.core.coming import coming, newest_runs
from tasks_service.core.firing import fires, tally
from tasks_service.core.run import Outcome
from tasks_service.core.settlement import settle_slots

_WINDOWS = tuple((crontab(text), text) for text in ("30 2 * * *", "0 0,22 * * *", "15 * * * *", "0 1 * * sun"))
_TURNS = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),  # midnight is left out
    ("America/Santiago", date(2026, 4, 5)),  # the hour before midnight comes twice
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # half an hour
    ("UTC", date(2026, 11, 23)),
)
"""Days on which clocks change; a look begins the day before."""


@st.composite
def wall_calendars(draw: st.DrawFn, zone: str, turn: date) -> WallCalendar:
    days = st.integers(-1, 2).map(lambda n: turn + timedelta(days=n))
    midnight = datetime(turn.year, turn.month, turn.day, tzinfo=UTC)
    moments = st.integers(-1500, 3000).map(lambda n: midnight + timedelta(minutes=n))
    return WallCalendar(
        zone=ZoneInfo(zone),
        days=draw(st.frozensets(days, max_size=1)),
        spans=tuple((min(pair), max(pair)) for pair in draw(st.lists(st.tuples(days, days), max_size=1))),
        moments=tuple(
            (min(pair), max(pair))
            for pair in draw(st.lists(st.tuples(moments, moments), max_size=2))
            if pair[0] != pair[1]
        ),
        windows=tuple(
            (*draw(st.sampled_from(_WINDOWS)), timedelta(minutes=draw(st.integers(1, 200))))
            for _ in range(draw(st.integers(0, 2)))
        ),
    )


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[WallCalendar], list[WallCalendar], datetime]:
    """Calendars to skip, calendars of which one must hold, and the moment a look of two days begins."""
    zone, turn = draw(st.sampled_from(_TURNS))
    calendars = st.lists(wall_calendars(zone, turn), max_size=2)
    return draw(calendars), draw(calendars), datetime(turn.year, turn.month, turn.day, tzinfo=UTC) - timedelta(hours=20)


@settings(max_examples=60, deadline=None)
@given(scene=scenes(), minutes=st.sampled_from([17, 45, 60]))
def test_a_slot_is_closed_just_where_the_wall_says_so(
    scene: tuple[list[WallCalendar], list[WallCalendar], datetime], minutes: int
) -> None:
    skip, only, begin = scene
    calendars = judged_by(
        skip=[c.built(f"skip{n}") for n, c in enumerate(skip)], only=[c.built(f"only{n}") for n, c in enumerate(only)]
    )
    end = begin + timedelta(days=2)
    closures = calendars.closures(begin, end)

    for slot in fires(make_schedule(minutes=minutes), begin, end - timedelta(minutes=1)):
        wanted = closed(slot, skip, only)
        covering = [c.reason for c in closures if c.begin <= slot < c.end]
        assert bool(calendars.why_closed(slot)) == wanted, slot
        assert covering == ([calendars.why_closed(slot)] if wanted else []), slot


@settings(max_examples=40, deadline=None)
@given(
    scene=scenes(),
    minutes=st.sampled_from([20, 45]),
    policy=st.sampled_from(["latest", "all", "none"]),
    up=st.integers(0, 48),
)
def test_each_slot_is_settled_once_and_runs_only_where_it_is_open(
    scene: tuple[list[WallCalendar], list[WallCalendar], datetime], minutes: int, policy: str, up: int
) -> None:
    skip, only, begin = scene
    calendars = judged_by(
        skip=[c.built(f"skip{n}") for n, c in enumerate(skip)], only=[c.built(f"only{n}") for n, c in enumerate(only)]
    )
    schedule = make_schedule(minutes=minutes)
    manifest = make_manifest(schedule=schedule, policy={"catch_up": {"policy": policy, "deadline": "30h"}})
    now = begin + timedelta(days=2)
    settled = settle_slots(make_facts(cursor=begin), manifest, now, begin + timedelta(hours=up), calendars=calendars)

    for slot in fires(schedule, begin, now):
        (entry,) = [e for e in settled.entries if e.due_at <= slot <= e.until]
        assert (entry.outcome is Outcome.SKIPPED_CALENDAR) == closed(slot, skip, only), slot
        assert entry.outcome is not Outcome.SKIPPED_CALENDAR or entry.reason == calendars.why_closed(slot)
    for entry in settled.entries:
        assert entry.count == tally(schedule, entry.due_at - timedelta(seconds=1), entry.until, keep=1).count
    newest = newest_runs(schedule, calendars, begin, now, 3)
    assert list(newest) == [s for s in fires(schedule, begin, now) if not closed(s, skip, only)][-3:]


@settings(max_examples=15, deadline=None)
@given(scene=scenes(), minutes=st.sampled_from([45, 60]))
def test_the_coming_fires_are_the_open_ones_and_the_rest_is_told(
    scene: tuple[list[WallCalendar], list[WallCalendar], datetime], minutes: int
) -> None:
    skip, only, begin = scene
    calendars = judged_by(
        skip=[c.built(f"skip{n}") for n, c in enumerate(skip)], only=[c.built(f"only{n}") for n, c in enumerate(only)]
    )
    schedule = make_schedule(minutes=minutes)
    found = coming(schedule, calendars, begin, 10)
    end = min(found.runs[-1], begin + timedelta(days=3)) if found.runs else begin + timedelta(days=3)
    within = list(fires(schedule, begin, end))

    assert [f for f in found.runs if f <= end] == [s for s in within if not closed(s, skip, only)][:10]
    for slot in within:
        told = [s for s in found.skipped if s.first <= slot <= s.until]
        assert len(told) <= 1
        if len(found.skipped) < 100:
            assert bool(told) == closed(slot, skip, only), slot
