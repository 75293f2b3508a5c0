"""Laws of firing: as a minute oracle says, as APScheduler says where no clock changes, and free of contradictions."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from builders import at, make_schedule
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wall_oracle import clock_changes, crontab, expected_fires

from tasks_service.core.firing import fires, next_fire, tally
from tasks_service.core.schedule import Schedule

CHANGES = [
    ("Europe/Berlin", 2026),
    ("America/New_York", 2026),
    ("Australia/Lord_Howe", 2026),  # half an hour
    ("America/Sao_Paulo", 2018),  # at midnight
    ("Asia/Tehran", 2021),  # at midnight
    ("Africa/Casablanca", 2026),  # around Ramadan
    ("Africa/Cairo", 2026),
    ("America/St_Johns", 2010),  # one minute past midnight, back into the day before
    ("America/Nuuk", 2024),  # a gap that ends at midnight
    ("America/Havana", 2026),
    ("Antarctica/Troll", 2026),  # two hours
    ("Asia/Gaza", 2026),
    ("Europe/Dublin", 2026),  # winter time is the exception
    ("Pacific/Apia", 2011),  # a day left out
    ("Pacific/Kwajalein", 1993),  # a day left out
    ("Pacific/Chatham", 2026),
    ("America/Caracas", 2016),  # for good, by half an hour
    ("Asia/Pyongyang", 2015),
    ("UTC", 2026),
]


@cache
def changes(name: str, year: int) -> tuple[datetime, ...]:
    return tuple(clock_changes(ZoneInfo(name), year)) or (datetime(year, 3, 1, tzinfo=UTC),)


def moments(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Moments in UTC, to the second."""
    seconds = st.integers(int(at(first).timestamp()), int(at(last).timestamp()))
    return seconds.map(lambda second: datetime.fromtimestamp(second, UTC))


def local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def numbers(low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=1, max_size=4, unique=True).map(sorted)


def listed(values: list[int]) -> str:
    return ",".join(map(str, values))


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """A crontab expression."""
    minute_step = draw(st.sampled_from([0, 0, 1, 5, 15, 20, 30]))
    hour_step = draw(st.sampled_from([0, 0, 1, 2, 3]))
    minutes = draw(numbers(0, 59))
    early = st.lists(st.sampled_from([0, 1, 2, 3, 22, 23]), min_size=1, max_size=4, unique=True).map(sorted)
    hours = draw(early | numbers(0, 23))
    weekdays = draw(st.none() | numbers(1, 7))
    months = draw(st.none() | st.just(list(range(1, 13))))
    return " ".join(
        [
            f"*/{minute_step}" if minute_step else listed(minutes),
            f"*/{hour_step}" if hour_step else listed(hours),
            "*",
            listed(months) if months else "*",
            listed(weekdays) if weekdays else "*",
        ]
    )


@given(
    expression=expressions(),
    place=st.sampled_from(CHANGES),
    which=st.integers(0, 9),
    before=st.integers(0, 40 * 60),
    length=st.integers(0, 40 * 60),
    gap=st.sampled_from(["after", "skip"]),
    fold=st.sampled_from(["first", "both"]),
)
@settings(max_examples=400, deadline=None)
def test_cron_fires_as_the_minute_oracle_says_across_changes_of_the_clock(
    expression: str, place: tuple[str, int], which: int, before: int, length: int, gap: str, fold: str
) -> None:
    moments = changes(*place)
    after = moments[which % len(moments)] - timedelta(minutes=before)
    until = after + timedelta(minutes=length)
    schedule = make_schedule(expression=expression, timezone=place[0], dst={"gap": gap, "fold": fold})
    expected = expected_fires(crontab(expression), ZoneInfo(place[0]), after, until, gap=gap, fold=fold)
    assert list(fires(schedule, after, until)) == expected


def test_the_oracle_meets_gaps_folds_and_lost_days() -> None:
    found = {name: len(changes(name, year)) for name, year in CHANGES}
    assert found["Europe/Berlin"] == 2
    assert found["Pacific/Apia"] == 3
    assert found["Pacific/Kwajalein"] == 1


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    zone = draw(st.sampled_from([name for name, _ in CHANGES]))
    kind = draw(st.sampled_from(["crontab", "fields", "interval", "date"]))
    moment = moments("2026-01-01", "2026-12-31").map(local)
    bounds = {"start_date": draw(st.none() | moment), "end_date": draw(st.none() | moment), "timezone": zone}
    bounds = {key: value for key, value in bounds.items() if value is not None}
    if kind == "crontab":
        return make_schedule(expression=draw(expressions()), **bounds)
    if kind == "interval":
        return make_schedule(seconds=draw(st.integers(1, 10) | st.integers(1, 1_000_000)), **bounds)
    if kind == "date":
        return make_schedule(run_date=draw(moment), **bounds)
    return make_schedule(
        hour=draw(st.sampled_from(["2", "*", "*/5"])), second=draw(st.sampled_from(["0", "*/7"])), **bounds
    )


@given(schedule=schedules(), after=moments("2026-01-01", "2026-12-01"), data=st.data())
@settings(max_examples=100, deadline=None)
def test_fires_next_fire_and_tally_tell_the_same_story(
    schedule: Schedule, after: datetime, data: st.DataObject
) -> None:
    length = timedelta(seconds=data.draw(st.integers(0, 3600)) if schedule.trigger == "interval" else 3 * 86400)
    until = after + length
    keep = data.draw(st.integers(1, 5))
    found = list(fires(schedule, after, until))
    assert found == sorted(set(found))
    assert all(after < fire <= until and fire.tzinfo is UTC for fire in found)

    walked, moment = [], next_fire(schedule, after)
    while moment is not None and moment <= until and len(walked) < 500:
        walked.append(moment)
        moment = next_fire(schedule, moment)
    assert walked == found[:500]

    counted = tally(schedule, after, until, keep)
    assert (counted.count, counted.newest) == (len(found), tuple(found[-keep:]))
    assert not found or counted.first == found[0]


@given(schedule=schedules(), after=moments("2026-01-01", "2026-12-01"), share=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_tally_is_the_sum_of_its_parts(schedule: Schedule, after: datetime, share: float) -> None:
    until = after + timedelta(days=30)
    middle = after + (until - after) * share
    whole, left, right = (tally(schedule, a, b, 1).count for a, b in ((after, until), (after, middle), (middle, until)))
    assert whole == left + right


@given(period=st.integers(1, 10_000_000), first=st.integers(0, 2 * 10**9), second=st.integers(0, 2 * 10**9))
def test_the_phase_of_an_interval_does_not_depend_on_where_one_begins(period: int, first: int, second: int) -> None:
    schedule = make_schedule(seconds=period)
    one, other = (next_fire(schedule, datetime.fromtimestamp(start, UTC)) for start in (first, second))
    assert one is not None
    assert other is not None
    assert one.timestamp() % period == other.timestamp() % period == 0


@given(
    period=st.integers(1, 10**6),
    start=moments("2000-01-01", "2030-01-01"),
    later=st.timedeltas(timedelta(0), timedelta(days=900)),
)
def test_an_interval_with_a_start_date_counts_from_it(period: int, start: datetime, later: timedelta) -> None:
    schedule = make_schedule(seconds=period, start_date=local(start))
    assert next_fire(schedule, start - timedelta(days=1)) == start
    fire = next_fire(schedule, start + later)
    assert fire is not None
    assert (fire - start) % timedelta(seconds=period) == timedelta(0)
    assert timedelta(0) < fire - (start + later) <= timedelta(seconds=period)


def terms(low: int, high: int) -> st.SearchStrategy[str]:
    """One term of an APScheduler field."""
    pair = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    return st.one_of(
        st.just("*"),
        st.integers(low, high).map(str),
        pair.map(lambda p: f"{p[0]}-{p[1]}"),
        st.tuples(pair.filter(lambda p: p[0] < p[1]), st.integers(1, 20)).map(lambda p: f"{p[0][0]}-{p[0][1]}/{p[1]}"),
        st.tuples(st.integers(low, high), st.integers(1, 20)).map(lambda p: f"{p[0]}/{p[1]}"),
        st.integers(1, 12).map(lambda step: f"*/{step}"),
    )


def joined(term: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(term, min_size=1, max_size=3).map(",".join)


places = st.tuples(
    st.sampled_from(["1st", "2nd", "3rd", "4th", "5th", "last"]), st.sampled_from(["mon", "wed", "Sun"])
).map(" ".join)
FIELDS = {
    "year": st.sampled_from(["*", "2026-2028", "2027", "*/2"]),
    "month": joined(terms(1, 12) | st.sampled_from(["jan-mar", "feb", "Jun-dec"])),
    "day": joined(terms(1, 31) | st.just("last") | places),
    "week": joined(terms(1, 53)),
    "day_of_week": joined(terms(0, 6) | st.sampled_from(["mon-fri", "sat", "sun"])),
    "hour": joined(terms(0, 23)),
    "minute": joined(terms(0, 59)),
    "second": joined(terms(0, 59)),
}


@given(
    fields=st.fixed_dictionaries({}, optional=FIELDS).filter(bool),
    after=moments("2026-01-01", "2027-12-01"),
)
@settings(max_examples=300, deadline=None)
def test_fields_mean_what_they_mean_to_apscheduler(fields: dict[str, str], after: datetime) -> None:
    end = datetime(2029, 1, 1, tzinfo=UTC)
    try:
        trigger = CronTrigger(**fields, timezone=UTC, end_date=end)
    except ValueError:
        assume(False)
    schedule = make_schedule(**fields, end_date=end)
    theirs, moment = [], trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while moment is not None and len(theirs) < 8:
        theirs.append(moment)
        moment = trigger.get_next_fire_time(moment, moment)
    ours = []
    while len(ours) < 8 and (fire := next_fire(schedule, ours[-1] if ours else after)):
        ours.append(fire)
    assert ours == theirs


@pytest.mark.parametrize(
    "expression",
    [
        "0 9 L * *",
        "30 6 * * 5#3",
        "0 0 LW * *",
        "0 0 * * 5L",
        "0 0 13 * 5",
        "*/7 1-3,20-23 */2 feb-jun 1,3",
        "0 0 29 2 *",
    ],
)
def test_crontab_expressions_mean_what_they_mean_to_cronsim(expression: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    theirs = CronSim(expression, start)
    moment: datetime | None = start
    for _ in range(60):
        assert moment is not None
        moment = next_fire(make_schedule(expression=expression), moment)
        assert moment == next(theirs)
