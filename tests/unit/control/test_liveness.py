"""When a restart would help: a loop or the timer is stuck, and the database is not the reason."""

from collections.abc import Iterator
from threading import Event

import pytest
from fakes import FakeClock
from running import wait_for

from tasks_service.control.liveness import Liveness
from tasks_service.control.loop import Loop

LONGEST = 100.0


class Held:
    """A loop whose steps begin when it is woken, and end when the test lets them."""

    def __init__(self) -> None:
        self.began = Event()
        self.go_on = Event()
        self.loop = Loop("reconciler", self._step)

    def _step(self) -> float:
        self.began.set()
        self.go_on.wait(10)
        self.go_on.clear()
        return 3600.0

    def begin(self) -> None:
        """A step is under way when this returns."""
        self.began.clear()
        self.loop.wake()
        assert self.began.wait(10)

    def finish(self) -> None:
        """No step is under way when this returns."""
        self.go_on.set()
        wait_for("the end of the step", lambda: self.loop.step_under_way is None)


class Scene:
    def __init__(self, held: Held) -> None:
        self.clock = FakeClock()
        self.trouble = ""
        self.silence: Event | None = None
        self.tick_age = 0.0
        self.held = held
        self.liveness = Liveness(
            clock=self.clock,
            loops=[held.loop],
            tick_age=lambda: self.tick_age,
            database_trouble=self._ask,
            longest_step=LONGEST,
        )

    def _ask(self) -> str:
        if self.silence:
            self.silence.wait(10)
        return self.trouble

    def stuck(self) -> str:
        """The verdict once the question that the first look asked is answered."""
        self.liveness.stuck()
        question = self.liveness._question
        if question and self.silence is None:
            question.join(10)
        return self.liveness.stuck()


@pytest.fixture
def scene() -> Iterator[Scene]:
    held = Held()
    held.loop.start()
    assert held.began.wait(10)
    yield Scene(held)
    held.go_on.set()
    held.loop.stop()


def test_a_step_that_takes_its_time_is_not_stuck(scene: Scene) -> None:
    assert scene.stuck() == ""
    scene.clock.advance(LONGEST)

    assert scene.stuck() == ""


def test_a_step_that_does_not_end_is_stuck_and_named(scene: Scene) -> None:
    scene.stuck()
    scene.clock.advance(LONGEST + 1)

    assert scene.stuck() == "the reconciler is in one step since 101 s"


def test_many_steps_that_end_are_not_stuck(scene: Scene) -> None:
    for _ in range(3):
        assert scene.stuck() == ""
        scene.clock.advance(LONGEST * 0.9)
        scene.held.finish()
        scene.held.begin()

    assert scene.stuck() == ""


def test_a_loop_that_waits_for_its_next_step_is_not_stuck(scene: Scene) -> None:
    scene.stuck()
    scene.held.finish()
    scene.clock.advance(LONGEST * 50)

    assert scene.stuck() == ""


def test_a_timer_that_stands_still_is_stuck(scene: Scene) -> None:
    scene.held.finish()
    scene.tick_age = LONGEST + 1

    assert scene.stuck() == "the timer stands still since 101 s"


def test_what_waits_for_a_database_that_is_away_is_not_stuck(scene: Scene) -> None:
    scene.stuck()
    scene.clock.advance(LONGEST + 1)
    scene.trouble = "the database does not answer"

    assert scene.stuck() == ""
    scene.trouble = ""
    assert scene.stuck() != ""


def test_what_waits_for_a_silent_database_is_not_stuck_and_the_verdict_does_not_wait(scene: Scene) -> None:
    scene.stuck()
    scene.clock.advance(LONGEST + 1)
    scene.silence = Event()

    assert [scene.stuck() for _ in range(3)] == ["", "", ""]
    scene.silence.set()
    scene.silence = None
    assert scene.stuck() != ""
