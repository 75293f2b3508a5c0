"""Whether this process still does its work, as whoever might restart it wants to know.

A restart helps where something of this process is stuck, and only there. A loop is stuck that has been in one step for
longer than any step may take; a timer, that has not looked at its jobs. What waits for a database that does not answer
is not stuck: the next process would wait as well, and the runs under way would be lost.
"""

from collections.abc import Callable, Sequence
from threading import Thread

from tasks_service.control.loop import Loop
from tasks_service.core.ports import Clock

LONGEST_STEP_SECONDS = 120.0
"""No step of a loop takes longer, the time to drain apart."""


class Liveness:
    """Watches loops and timer from outside; asks the database only where one of them seems stuck."""

    def __init__(
        self,
        *,
        clock: Clock,
        loops: Sequence[Loop],
        tick_age: Callable[[], float],
        database_trouble: Callable[[], str],
        longest_step: float,
    ) -> None:
        self._clock = clock
        self._loops = tuple(loops)
        self._tick_age = tick_age
        self._database_trouble = database_trouble
        self._longest_step = longest_step
        self._seen: dict[str, tuple[int, float]] = {}
        self._question: _Question | None = None

    def stuck(self) -> str:
        """What is stuck, in words; empty where nothing is. Returns at once; to be asked again every few seconds."""
        found = [
            f"the {loop.name} is in one step since {age:.0f} s" for loop in self._loops if (age := self._age(loop))
        ]
        if (age := self._tick_age()) > self._longest_step:
            found.append(f"the timer stands still since {age:.0f} s")
        if not found:
            self._question = None
            return ""
        return ", ".join(found) if self._database_answers() else ""

    def _age(self, loop: Loop) -> float:
        """Seconds in the present step, where they are too many; else 0."""
        step, now = loop.step_under_way, self._clock.monotonic()
        if step is None:
            self._seen.pop(loop.name, None)
            return 0.0
        if step != self._seen.get(loop.name, (None, 0.0))[0]:
            self._seen[loop.name] = (step, now)
        age = now - self._seen[loop.name][1]
        return age if age > self._longest_step else 0.0

    def _database_answers(self) -> bool:
        """What the previous question brought; a silent database may hold its thread for long."""
        last = self._question
        if last is None or not last.is_alive():
            self._question = _Question(self._database_trouble)
            self._question.start()
        return last is not None and not last.is_alive() and last.answered


class _Question(Thread):
    """Asks the database once, out of everybody's way."""

    def __init__(self, trouble: Callable[[], str]) -> None:
        super().__init__(name="liveness", daemon=True)
        self._trouble = trouble
        self.answered = False

    def run(self) -> None:
        """Ask."""
        self.answered = not self._trouble()
