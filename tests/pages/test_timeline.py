"""The lanes of the timeline: every mark has a shape, a colour and words."""

from datetime import timedelta

from builders import NOW
from simulations import cron, lasting, played

from tasks_service.control.timeline import BUCKETS, Kind, Mark, Row, Window, rows
from tasks_service.core.past import PastRun
from tasks_service.core.run import RunState
from tasks_service.core.simulation.estimate import Estimate
from tasks_service.pages.lane import Lane, summary

HOUR = timedelta(hours=1)
WINDOW = Window(since=NOW - 6 * HOUR, now=NOW, until=NOW + 24 * HOUR)
LANE = Lane(window=WINDOW, ticks=[(NOW, "12:00"), (WINDOW.since, "06:00")])
KNOWN = Estimate(seconds=60, runs=3, source="p50 of 3 recorded runs")


def mark(kind: Kind, state: str, hours: float, **fields: object) -> Mark:
    begin = NOW + hours * HOUR
    values = {"due_at": begin, "begin": begin, "end": begin + HOUR / 2} | fields
    return Mark(kind=kind, state=state, **values)  # type: ignore[arg-type]


def test_a_lane_shows_each_mark_in_its_own_way_and_tells_it_in_words() -> None:
    row = Row(
        job_id="nightly",
        estimate=KNOWN,
        marks=(
            mark(Kind.RUN, "succeeded", -3, run_id="r1"),
            mark(Kind.RUN, "failed", -2, run_id="r2"),
            mark(Kind.RUNNING, "running", -0.1, run_id="r3"),
            mark(Kind.LEFT_OUT, "skipped_overlap", 1, count=3, reason="an <earlier> run"),
            mark(Kind.UPCOMING, "expected", 5),
        ),
    )

    drawn = str(LANE.draw(row))

    assert [f'href="/runs/r{n}"' in drawn for n in (1, 2, 3)] == [True] * 3
    looks = ("bar ok", "bar bad", "bar running", "hollow idle", "bar coming")
    assert [drawn.count(f'class="{look}"') for look in looks] == [1] * 5
    assert drawn.count('class="glyph"') == 1  # failure is told by a cross, too
    assert "failed · due Mon 10:00:00 UTC · 30 min" in drawn
    assert "3 times until Mon 13:30:00" in drawn and "an &lt;earlier&gt; run" in drawn
    assert summary(row) == "1 succeeded, 1 failed, 1 running, 3 skipped: still running, 1 expected"
    assert "style=" not in drawn
    assert "06:00" not in LANE.axis() and "12:00" in LANE.axis()


def test_marks_outside_the_window_are_drawn_at_its_edge() -> None:
    row = Row(job_id="long", estimate=KNOWN, marks=(mark(Kind.RUN, "succeeded", -20, end=NOW - 5 * HOUR),))

    assert 'x="0.0"' in LANE.draw(row)


def test_too_many_marks_are_counted_and_none_is_lost() -> None:
    job = lasting(1.0, "busy", schedule=cron("*/5 * * * *"))
    past = [
        PastRun(
            run_id=f"r{n}",
            job_id="busy",
            state=RunState.FAILED if n == 7 else RunState.SUCCEEDED,
            due_at=NOW - n * HOUR / 12,
            started_at=NOW - n * HOUR / 12,
            finished_at=NOW - n * HOUR / 12,
        )
        for n in range(1, 72)
    ]

    [row] = rows([job], WINDOW, (past, [], []), played(job))

    counted: dict[str, int] = {}
    for bucket in row.buckets:
        assert bucket.end - bucket.begin == (WINDOW.until - WINDOW.since) / BUCKETS
        for state, count in bucket.states.items():
            counted[state] = counted.get(state, 0) + count
    assert (row.marks, counted) == ((), {"succeeded": 70, "failed": 1, "expected": 288})
    assert str(LANE.draw(row)).count('class="bar bad"') == 1
    assert summary(row) == "70 succeeded, 1 failed, 288 expected"
    assert sum(count for line in LANE.lines(row) for _, count in line.states) == 359
