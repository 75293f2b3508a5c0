"""What a plan does to one job."""

from dataclasses import dataclass

from tasks_service.core.change import FieldChange
from tasks_service.core.coming import SkippedFires
from tasks_service.core.plan_report.clock_dates import ClockDate
from tasks_service.core.plan_report.fire_change import DAYS, FireChange
from tasks_service.core.plan_report.today import Today

LEGEND = {"+": "add", "~": "change", "-": "delete", "!": "held"}
"""What the sign before a change means."""
_SIGNS = {"create": "+", "delete": "-"}
CALENDAR = "calendar"
"""The verb of a job that stays as it is while a calendar it refers to changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChange:
    """A job, what becomes of it, why, and what that means in time."""

    job_id: str
    verbs: tuple[str, ...]
    """``create``, ``update``, ``rename``, ``pause``, ``resume``, ``delete`` or ``calendar``."""
    origin: str
    """Where its document stands or stood."""
    reasons: tuple[str, ...]
    """Why, one for each verb."""
    held: str
    """Why a guard keeps it back; empty where it is carried out."""
    fields: tuple[FieldChange, ...]
    schedule_before: str
    """In words; empty where there is no job before."""
    schedule_after: str
    halted: bool
    """Whether it is paused or suspended afterwards."""
    fires: FireChange
    today: Today | None
    clock_dates: tuple[ClockDate, ...]
    """Within a year, where its fire times are new."""
    skips: tuple[SkippedFires, ...]
    """What calendars leave out within a month, the first few."""
    skips_left_out: int
    """How many further ones there are."""

    @property
    def sign(self) -> str:
        """One of the signs of the legend."""
        return "!" if self.held else _SIGNS.get(self.verbs[0], "~")

    @property
    def per_day(self) -> tuple[float, float]:
        """Runs per day before and after, on average of the days ahead."""
        return self.fires.before / DAYS, self.fires.after / DAYS
