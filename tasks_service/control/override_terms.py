"""The terms on which an override is taken: a reason where one is required, and an end in the future."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.errors import InvalidInput
from tasks_service.core.wording import in_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every override has to say."""

    require_reason: bool
    default_days: float | None
    """Days after which an override ends that does not say until when; None: it does not end by itself."""

    def end(self, reason: str, until: datetime | None, now: datetime, *, required_for: str = "") -> datetime | None:
        """When it is to end; ``InvalidInput`` for a reason or an end that is missing, and for an end that is past."""
        if self.require_reason and not reason.strip():
            raise InvalidInput("a reason is required", hint='send {"reason": "…"}; TASKS_REQUIRE_REASON is set')
        end = until or (now + timedelta(days=self.default_days) if self.default_days else None)
        if end is None and required_for:
            raise InvalidInput(
                f"{required_for} needs an until: it would else keep git away for ever, and nobody would see it",
                hint='send {"until": "2026-01-31T18:00:00Z"}, or set TASKS_OVERRIDE_DAYS',
            )
        if end is not None and end <= now:
            raise InvalidInput(f"until {in_utc(end)} is already past", hint="give a time in the future")
        return end
