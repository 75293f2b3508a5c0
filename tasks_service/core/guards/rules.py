"""What the guards of an installation know, and what they have to say of one change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasks_service.core.guards.load import LoadLimit, Rates, excessive
from tasks_service.core.guards.question import Change, Withheld
from tasks_service.core.guards.suspensions import mass_suspension
from tasks_service.core.guards.windows import SyncWindow, closed_because
from tasks_service.core.state import DesiredJob, LiveJob


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """The limits and windows of an installation."""

    load: LoadLimit = field(default_factory=LoadLimit)
    windows: tuple[SyncWindow, ...] = ()
    rates: Rates = field(default_factory=Rates)

    def withheld(
        self, changes: list[Change], desired: Mapping[str, DesiredJob], live: Mapping[str, LiveJob], now: datetime
    ) -> Withheld:
        """What is kept back of what files create and change."""
        asked, waiting = dict[str, str](), dict[str, str]()
        for change in changes:
            reason, manual = closed_because(self.windows, change.job.manifest.labels, now)
            if reason:
                (asked if manual else waiting)[change.job.job_uid] = reason
        asked |= mass_suspension(changes, len(live.keys() | desired.keys()))
        asked |= excessive(changes, desired, live, self.load, self.rates, now)
        return Withheld(asked=asked, waiting=waiting)

    def deletion_waits(self, job: LiveJob, now: datetime) -> tuple[str, bool]:
        """Why a deletion waits for a window, and whether a person may carry it out; empty where it does not."""
        return closed_because(self.windows, job.manifest.labels, now)
