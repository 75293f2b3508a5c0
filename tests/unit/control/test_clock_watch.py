"""A wall clock that is set: what is noticed, what is said, and what never fires twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from builders import NOW, at, make_sourced
from fakes import FakeClock
from workbench import Workbench, at_hour

from tasks_service.control.clock_watch import ClockWatch

HOURLY = {"trigger": "interval", "hours": 1}
TWO_HOURS = timedelta(hours=2)


class SetClock(FakeClock):
    """A clock whose wall hand alone can be set, forward too."""

    def put(self, by: timedelta) -> None:
        with self._lock:
            self._now += by


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def watch(bench: Workbench, clock: SetClock) -> Iterator[ClockWatch]:
    yield ClockWatch(clock=clock, journal=bench.stores.journal, node="bench")


def told(bench: Workbench) -> list[float]:
    """By how much the clock was set, as the events say."""
    events = bench.stores.journal.newest(50)[::-1]
    return [float(event.data["by_seconds"]) for event in events if event.kind == "clock.stepped"]


def pass_seconds(clock: SetClock, watch: ClockWatch, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(1)
        watch.step()


def test_time_that_passes_and_small_corrections_are_nothing_to_tell(
    bench: Workbench, watch: ClockWatch, clock: SetClock
) -> None:
    for _ in range(20):
        clock.put(timedelta(seconds=0.5))
        pass_seconds(clock, watch, 1)
    clock.advance(3600)
    watch.step()

    assert told(bench) == []
    assert watch.back is None


def test_a_clock_that_is_put_back_is_told_until_it_has_passed_what_is_settled(
    bench: Workbench, watch: ClockWatch, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.put(-TWO_HOURS)
    pass_seconds(clock, watch, 1)

    assert watch.back is not None
    assert watch.back.settled_until == NOW + timedelta(seconds=1)
    assert watch.back.words == (
        "the clock was put back by 2h at 2026-11-23 10:00 UTC: what was due up to 2026-11-23 12:00 UTC is settled"
        " already and does not fire again, so schedules go on after that"
    )
    assert told(bench) == [-7200]
    assert "was put back by 2h" in caplog.text
    clock.advance(7200)
    watch.step()
    assert watch.back is None


def test_a_clock_that_is_put_forward_is_told_once_and_leaves_nothing_behind(
    bench: Workbench, watch: ClockWatch, clock: SetClock
) -> None:
    clock.put(TWO_HOURS)
    pass_seconds(clock, watch, 3)

    assert told(bench) == [7200]
    assert watch.back is None


def test_steps_back_in_turn_do_not_forget_how_far_slots_are_settled(
    bench: Workbench, watch: ClockWatch, clock: SetClock
) -> None:
    for _ in range(2):
        clock.put(-TWO_HOURS)
        pass_seconds(clock, watch, 1)

    assert told(bench) == [-7200, -7200]
    assert watch.back is not None
    assert watch.back.settled_until == NOW + timedelta(seconds=1)


def test_a_process_that_starts_behind_its_ledger_says_so(bench: Workbench, watch: ClockWatch, clock: SetClock) -> None:
    watch.compare(None)
    watch.compare(NOW)
    assert watch.back is None

    watch.compare(NOW + TWO_HOURS)

    assert watch.back is not None
    assert watch.back.settled_until == NOW + TWO_HOURS
    assert told(bench) == [-7200]


def slots(bench: Workbench, job_id: str = "nightly") -> list[datetime]:
    return [row.due_at for row in bench.rows(job_id)]


def test_after_a_step_back_no_slot_fires_again_not_even_after_a_restart(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule=HOURLY))
    bench.pass_time("2026-11-23 15:30")
    bench.finish_all()
    before = slots(bench)
    bench.clock.set(at("2026-11-23 13:30"))

    bench.step()
    bench = bench.restart()
    bench.pass_time("2026-11-23 15:59")
    assert slots(bench) == before
    assert bench.job().next_run_time == at("2026-11-23 16:00")
    bench.pass_time("2026-11-23 16:00")
    bench.finish_all()

    assert slots(bench) == [*before, at("2026-11-23 16:00")]


def test_an_edit_after_a_step_back_publishes_a_fire_that_is_still_to_come(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule=HOURLY))
    bench.pass_time("2026-11-23 15:30")
    bench.finish_all()
    bench.clock.set(at("2026-11-23 13:30"))

    bench.commit(make_sourced(schedule={"trigger": "interval", "minutes": 20}))
    assert bench.job().next_run_time == at("2026-11-23 15:20")
    bench.pass_time("2026-11-23 15:10")
    assert len(bench.all_runs()) == 1
    bench.pass_time("2026-11-23 15:20")

    assert len(bench.all_runs()) == 2


def test_a_job_that_is_new_after_a_step_back_fires_as_if_nothing_had_been(bench: Workbench) -> None:
    bench.commit(at_hour("old", hour=13))
    bench.pass_time("2026-11-23 15:30")
    bench.clock.set(at("2026-11-23 13:30"))

    bench.commit(at_hour("old", hour=13), at_hour("new", hour=14))
    bench.pass_time("2026-11-23 14:00")

    assert slots(bench, "new") == [at("2026-11-23 14:00")]
