"""The watch over the wall clock: notices when it is set, and says what that means for the schedules.

The clock that is never set tells how much time passed. Put forward, the clock makes slots due that are settled as after
any delay. Put back, it shows times again whose slots are settled already: none of them fires a second time, and until
the clock has passed them nothing is due. That is right, and it must not look like silence.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.durations import format_duration
from tasks_service.core.ports import Clock
from tasks_service.core.stores import Happening, Journal
from tasks_service.core.wording import in_utc

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_TOLERANCE = timedelta(seconds=2)
"""What the clock may drift between two looks: NTP slews it by far less."""
_LONGEST_READING = 0.1
"""Seconds within which both clocks are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """The clock was set: when (as it shows since then), by how much, and until when slots are settled already."""

    at: datetime
    by: timedelta
    """Positive where it was put forward."""
    settled_until: datetime

    @property
    def words(self) -> str:
        """What happened and what it means, as a sentence."""
        amount = format_duration(timedelta(seconds=round(abs(self.by).total_seconds())))
        if self.by > timedelta(0):
            return (
                f"the clock was put forward by {amount} at {in_utc(self.at)}, or the machine slept: what became due"
                " meanwhile is settled as policy.catch_up says"
            )
        return (
            f"the clock was put back by {amount} at {in_utc(self.at)}: what was due up to {in_utc(self.settled_until)}"
            " is settled already and does not fire again, so schedules go on after that"
        )


class ClockWatch:
    """Looks at both clocks every second. Its loop belongs to the process, whether or not it leads."""

    def __init__(self, *, clock: Clock, journal: Journal, node: str) -> None:
        self._clock = clock
        self._journal = journal
        self._node = node
        self._seen = self._read()
        self._last: ClockStep | None = None

    @property
    def back(self) -> ClockStep | None:
        """The step that put the clock back, as long as slots are settled beyond what it shows."""
        last = self._last
        return last if last and last.by < timedelta(0) and self._clock.now() < last.settled_until else None

    def step(self) -> float:
        """Compare what both clocks say with the last look; in how many seconds to look again."""
        before, (now, ticks) = self._seen, self._read()
        self._seen = now, ticks
        by = (now - before[0]) - timedelta(seconds=ticks - before[1])
        if abs(by) > _TOLERANCE:
            self._tell(now, by, now - by)
        return LOOK_SECONDS

    def compare(self, cursor: datetime | None) -> None:
        """Whether slots are settled beyond what the clock shows: it was put back while nobody watched it."""
        now = self._clock.now()
        if cursor is not None and cursor - now > _TOLERANCE and self.back is None:
            self._tell(now, now - cursor, cursor)

    def _tell(self, at: datetime, by: timedelta, reached: datetime) -> None:
        settled_until = max(reached, self.back.settled_until) if self.back else reached
        step = self._last = ClockStep(at=at, by=by, settled_until=settled_until)
        told = {"node": self._node, "by_seconds": round(by.total_seconds(), 1)}
        log.warning("%s", step.words[:1].upper() + step.words[1:], extra={"event": "clock.stepped", **told})
        self._journal.publish([Happening(at=at, kind="clock.stepped", data={**told, "words": step.words})])

    def _read(self) -> tuple[datetime, float]:
        """Both clocks at one moment: a process that was stopped between the two readings reads again."""
        while True:
            ticks = self._clock.monotonic()
            now = self._clock.now()
            if self._clock.monotonic() - ticks < _LONGEST_READING:
                return now, ticks
