"""What the guards of an installation know, and what they have to say of one change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tasks_service.core.guards.load import LoadLimit, Rates, excessive
from tasks_service.core.guards.question import Change, Withheld
from tasks_service.core.guards.suspensions import mass_suspension
from tasks_service.core.guards.windows import Closures, SyncWindow
from tasks_service.core.state import LiveJob


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """The limits and windows of an installation."""

    load: LoadLimit = field(default_factory=LoadLimit)
    windows: tuple[SyncWindow, ...] = ()
    rates: Rates = field(default_factory=Rates)

    def withheld(
        self, changes: Sequence[Change], live: Mapping[str, LiveJob], inventory: int, closures: Closures, now: datetime
    ) -> Withheld:
        """What is kept back of what files create and change; ``inventory`` is the number of jobs once it is applied."""
        asked, waiting = dict[str, str](), dict[str, str]()
        for change in changes:
            reason, manual = _closed(change, closures)
            if reason:
                (asked if manual else waiting)[change.job.job_uid] = reason
        asked |= mass_suspension(changes, inventory)
        asked |= excessive(changes, live, self.load, self.rates, now)
        return Withheld(asked=asked, waiting=waiting)

    def closures(self, now: datetime) -> Closures:
        """What the windows have to say of each job at this moment."""
        return Closures(windows=self.windows, moment=now)

    def opens(self, now: datetime) -> datetime | None:
        """When a window lets changes through next that wait for it now."""
        return min((at for window in self.windows if (at := window.opens(now))), default=None)


def _closed(change: Change, closures: Closures) -> tuple[str, bool]:
    """By the labels from before and by the new ones: an edit does not lead a job out of a window."""
    sides = [side.manifest.labels for side in (change.before, change.job) if side]
    closed = [told for labels in sides if (told := closures.of(labels))[0]]
    return (closed[0][0], all(manual for _, manual in closed)) if closed else ("", True)
