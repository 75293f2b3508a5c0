"""What is known of a job around a moment: gathered by control, read by the sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tasks_service.core.blame import Blame
from tasks_service.core.durations import format_duration
from tasks_service.core.explain.asked import Asked
from tasks_service.core.history import Lead, Presence, Versions
from tasks_service.core.override import Override
from tasks_service.core.run import Occurrence, Run
from tasks_service.core.settlement import Entry
from tasks_service.core.stores import Neighbourhood
from tasks_service.core.wording import in_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that an explanation is made of."""

    job_id: str
    now: datetime
    asked: Asked
    versions: Versions
    ledger: Neighbourhood
    row: Occurrence | None
    """The row that the moment is about: of a fire, or of a run that a person asked for at that very moment."""
    cursor: datetime | None
    """Up to where the job is settled; None where it is deleted or was never applied."""
    kept_since: datetime
    """Rows of the ledger that are older may be gone."""
    overrides: Sequence[Override] = ()
    """Those in force at the moment."""
    in_the_way: Sequence[Run] = ()
    """Runs of the job that were under way when the row was recorded; of another occurrence."""
    lead: Lead = field(default_factory=Lead)
    """Who led around the moment."""
    settling: Lead = field(default_factory=Lead)
    """Who led when the row got its outcome, or was recorded."""
    processes: Sequence[Presence] = ()
    """Those that gave signs of life while nobody led around the moment."""
    prospect: Entry | None = None
    """What would become of a fire that is still to come, as things stand."""
    blame: Blame | None = None

    @property
    def moment(self) -> datetime:
        """The moment asked for, in UTC."""
        return self.asked.moment

    def told(self, moment: datetime) -> str:
        """A moment as the sentences name it."""
        return in_zone(moment, self.asked.zone)


def span(length: timedelta) -> str:
    """A length of time as the sentences name it: ``0.4s``, ``3m12s``."""
    seconds = max(length.total_seconds(), 0.0)
    return format_duration(timedelta(seconds=round(seconds, 1) if seconds < 10 else round(seconds)))
