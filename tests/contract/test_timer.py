"""The contract of ``Timer``: one suite for the fake and for APScheduler, then what only real time can show."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue
from threading import current_thread
from typing import Any, Protocol

import pytest
from builders import make_live, make_manifest
from fakes import FakeClock, FakeTimer
from house import wait_for

from tasks_service.adapters.apscheduler_timer import ApschedulerTimer
from tasks_service.core.firing import next_fire
from tasks_service.core.ports import Timer
from tasks_service.core.state import LiveJob

EVERY_SECOND = {"trigger": "interval", "seconds": 1}
HOURLY = {"trigger": "cron", "expression": "0 * * * *"}
DAILY = {"trigger": "cron", "expression": "0 2 * * *"}


class Watch(Protocol):
    """A timer, the time it goes by, and what it announced."""

    timer: Timer
    due: "Queue[str]"

    def now(self) -> datetime: ...

    def first_due(self) -> str:
        """Let time pass until a job is announced."""
        ...

    def silent(self) -> bool:
        """Let a little more than a second pass; whether no job was announced."""
        ...


class FakeWatch:
    def __init__(self) -> None:
        self._clock = FakeClock()
        self.timer = FakeTimer(self._clock)
        self.due: Queue[str] = Queue()
        self.now = self._clock.now

    def first_due(self) -> str:
        while self.due.empty():
            self._clock.advance(0.1)
            self.timer.tick()
        return self.due.get()

    def silent(self) -> bool:
        self._clock.advance(1.2)
        self.timer.tick()
        return self.due.empty()


class RealWatch:
    def __init__(self) -> None:
        self.timer = ApschedulerTimer()
        self.due: Queue[str] = Queue()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def first_due(self) -> str:
        return self.due.get(timeout=10)

    def silent(self) -> bool:
        try:
            self.due.get(timeout=1.2)
        except Empty:
            return True
        return False


@pytest.fixture(params=[FakeWatch, RealWatch], ids=["fake", "apscheduler"])
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    made: Watch = request.param()
    made.timer.start(made.due.put)
    yield made
    made.timer.stop()


def job(schedule: dict[str, Any], job_id: str = "nightly", **fields: Any) -> LiveJob:
    description = fields.pop("description", "")
    return make_live(job_id, manifest=make_manifest(job_id, schedule=schedule, description=description), **fields)


def once(moment: datetime) -> dict[str, Any]:
    return {"trigger": "date", "run_date": moment.isoformat()}


def test_a_job_is_held_with_its_first_fire_after_now(watch: Watch) -> None:
    now = watch.now()
    watch.timer.put(job(HOURLY), now)

    (held,) = watch.timer.live().values()

    assert (held.job_uid, held.manifest.job_id, held.halted) == ("uid-nightly", "nightly", False)
    assert held.next_due == next_fire(held.manifest.schedule, now)
    assert held.next_due is not None and held.next_due.tzinfo is UTC


def test_a_fire_exactly_now_is_not_the_next_one(watch: Watch) -> None:
    hour = watch.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    watch.timer.put(job(HOURLY), hour)

    assert watch.timer.live()["uid-nightly"].next_due == hour + timedelta(hours=1)


def test_a_due_job_is_announced_by_its_uid_and_again_at_its_next_fire(watch: Watch) -> None:
    before = watch.now()
    watch.timer.put(job(EVERY_SECOND), before)
    first = watch.timer.live()["uid-nightly"].next_due

    assert watch.first_due() == "uid-nightly"
    assert first is not None and watch.now() >= first
    assert watch.first_due() == "uid-nightly"


def test_a_halted_job_is_held_but_does_not_fire(watch: Watch) -> None:
    watch.timer.put(job(EVERY_SECOND, halted=True), watch.now())

    assert watch.timer.live()["uid-nightly"].next_due is None
    assert watch.silent()


def test_a_job_that_is_halted_stops_and_goes_on_with_the_first_fire_after_it_is_released(watch: Watch) -> None:
    watch.timer.put(job(HOURLY), watch.now())
    watch.timer.put(job(HOURLY, halted=True), watch.now())
    assert watch.timer.live()["uid-nightly"].next_due is None
    later = watch.now() + timedelta(days=1)

    watch.timer.put(job(HOURLY), later)

    assert watch.timer.live()["uid-nightly"].next_due == next_fire(make_manifest(schedule=HOURLY).schedule, later)


def test_an_edit_beside_the_schedule_does_not_touch_the_next_fire(watch: Watch) -> None:
    watch.timer.put(job(HOURLY), watch.now())
    before = watch.timer.live()["uid-nightly"].next_due

    watch.timer.put(job(HOURLY, description="edited"), watch.now() + timedelta(days=1))

    held = watch.timer.live()["uid-nightly"]
    assert (held.next_due, held.manifest.description) == (before, "edited")


def test_another_schedule_begins_strictly_after_now(watch: Watch) -> None:
    watch.timer.put(job(HOURLY), watch.now())
    later = watch.now() + timedelta(days=3)

    watch.timer.put(job(DAILY), later)

    assert watch.timer.live()["uid-nightly"].next_due == next_fire(make_manifest(schedule=DAILY).schedule, later)


def test_a_removed_job_is_gone_and_an_unknown_one_is_no_error(watch: Watch) -> None:
    watch.timer.put(job(EVERY_SECOND), watch.now())
    watch.timer.put(job(HOURLY, "other"), watch.now())

    watch.timer.remove("uid-nightly")
    watch.timer.remove("uid-nightly")
    watch.timer.remove("never held")

    assert watch.timer.live().keys() == {"uid-other"}
    assert watch.silent()


def test_a_date_fires_once_and_its_job_stays_exhausted(watch: Watch) -> None:
    watch.timer.put(job(once(watch.now() + timedelta(seconds=0.5))), watch.now())

    assert watch.first_due() == "uid-nightly"

    wait_for("its exhaustion", lambda: watch.timer.live()["uid-nightly"].next_due is None)
    watch.timer.put(job(once(watch.now()), description="again"), watch.now())
    assert watch.silent()


def test_a_date_that_has_passed_never_fires(watch: Watch) -> None:
    watch.timer.put(job(once(watch.now() - timedelta(days=1))), watch.now())

    assert watch.timer.live()["uid-nightly"].next_due is None


def test_a_put_of_a_due_that_lies_back_fires_once_and_not_for_each_fire_that_was_missed(watch: Watch) -> None:
    watch.timer.put(job(EVERY_SECOND), watch.now() - timedelta(hours=1))

    assert watch.first_due() == "uid-nightly"

    upcoming = watch.timer.live()["uid-nightly"].next_due
    assert upcoming is not None and upcoming > watch.now() - timedelta(seconds=1)
    assert watch.due.empty()


def test_a_stopped_timer_forgets_all_jobs_and_can_be_started_again(watch: Watch) -> None:
    watch.timer.put(job(EVERY_SECOND), watch.now())

    watch.timer.stop()
    assert watch.timer.live() == {}
    watch.timer.start(watch.due.put)

    assert watch.silent()
    watch.timer.put(job(EVERY_SECOND), watch.now())
    assert watch.first_due() == "uid-nightly"


def test_jobs_that_are_put_before_the_start_fire_after_it(watch: Watch) -> None:
    watch.timer.stop()
    watch.timer.put(job(EVERY_SECOND), watch.now())
    watch.timer.start(watch.due.put)

    assert watch.first_due() == "uid-nightly"


def test_the_age_of_the_last_look_stays_small_while_the_timer_looks(watch: Watch) -> None:
    assert watch.silent()

    wait_for("a look", lambda: watch.timer.tick_age() < 1)


def started(due: Callable[[str], None]) -> ApschedulerTimer:
    timer = ApschedulerTimer()
    timer.start(due)
    return timer


def test_jobs_are_announced_from_a_thread_of_the_timer() -> None:
    threads: Queue[str] = Queue()
    timer = started(lambda _: threads.put(current_thread().name))
    timer.put(job(EVERY_SECOND), datetime.now(UTC))

    assert threads.get(timeout=10) != current_thread().name
    timer.stop()


def test_a_call_that_fails_does_not_stop_the_timer(caplog: pytest.LogCaptureFixture) -> None:
    calls: Queue[str] = Queue()

    def failing(job_uid: str) -> None:
        calls.put(job_uid)
        raise OSError("the queue is full")

    timer = started(failing)
    timer.put(job(EVERY_SECOND), datetime.now(UTC))

    assert [calls.get(timeout=10) for _ in range(3)] == ["uid-nightly"] * 3
    timer.stop()


def test_a_timer_that_is_stuck_shows_its_age() -> None:
    calls: Queue[str] = Queue()
    release: Queue[None] = Queue()

    def stuck(job_uid: str) -> None:
        calls.put(job_uid)
        release.get(timeout=30)

    timer = started(stuck)
    timer.put(job(EVERY_SECOND), datetime.now(UTC))
    calls.get(timeout=10)

    wait_for("the age of a stuck timer", lambda: timer.tick_age() > 1.5)

    release.put(None)
    timer.stop()


def test_a_fire_that_a_stuck_timer_comes_to_seconds_late_is_still_announced() -> None:
    """APScheduler itself drops what it comes to more than a second late."""
    calls: Queue[str] = Queue()
    release: Queue[None] = Queue()

    def stuck_at_first(job_uid: str) -> None:
        calls.put(job_uid)
        if job_uid == "uid-first":
            release.get(timeout=30)

    timer = started(stuck_at_first)
    now = datetime.now(UTC)
    timer.put(job(once(now + timedelta(seconds=0.3)), "first"), now)
    timer.put(job(once(now + timedelta(seconds=0.5)), "late"), now)
    assert calls.get(timeout=10) == "uid-first"

    wait_for("a delay beyond APScheduler's grace", lambda: datetime.now(UTC) > now + timedelta(seconds=2))
    release.put(None)

    assert calls.get(timeout=10) == "uid-late"
    timer.stop()
