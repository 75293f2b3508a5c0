"""Sync windows as they are written in TASKS_SYNC_WINDOWS."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.documented import Documented
from tasks_service.core.durations import Duration
from tasks_service.core.guards.windows import SyncWindow
from tasks_service.core.schedule import Cron, Zone
from tasks_service.settings.values import json_array


class WindowSetting(Documented):
    """One window: when it begins, how long it lasts, and what it means for the changes of files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["allow", "deny"]
    cron: str
    """When it begins, as a crontab expression."""
    duration: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=31))]
    timezone: Zone | None = None
    """The default is TASKS_TIMEZONE."""
    manual: bool = False
    """Whether somebody may confirm a change that waits because of it."""
    labels: dict[str, str] = Field(default_factory=dict)
    """It concerns only jobs that have all of these labels."""

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            Cron(trigger="cron", expression=value)
        except ValidationError as error:
            raise PydanticCustomError("cron", "{told}", {"told": error.errors()[0]["msg"]}) from error
        return value

    def window(self, zone: str) -> SyncWindow:
        """As the guard knows it; ``zone`` is that of windows that name none."""
        return SyncWindow(
            kind=self.kind,
            begins=Cron(trigger="cron", expression=self.cron, timezone=self.timezone or zone),
            duration=self.duration,
            manual=self.manual,
            labels=tuple(sorted(self.labels.items())),
        )


WindowSettings = Annotated[tuple[WindowSetting, ...], BeforeValidator(json_array)]
