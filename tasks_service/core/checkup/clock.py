"""The clock: whether it can be right."""

from datetime import UTC, datetime, timedelta

from tasks_service.core.checkup.finding import Finding, failure, ok

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""Nothing of this version is older."""
_FURTHEST = RELEASED + timedelta(days=50 * 365)
_TOLERANCE = timedelta(minutes=1)


def judge_clock(now: datetime, newest: datetime | None) -> Finding:
    """The finding; ``newest`` is when the youngest file of the service was written."""
    remedy = "Set the clock, best by NTP: all jobs start by it."
    if not RELEASED <= now <= _FURTHEST:
        return failure(f"The clock says {now:%Y-%m-%d %H:%M} UTC, which cannot be.", remedy)
    if newest and newest - now > _TOLERANCE:
        return failure(
            f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the service wrote a file at {newest:%Y-%m-%d %H:%M} UTC.",
            remedy,
        )
    return ok(f"The clock says {now:%Y-%m-%d %H:%M:%S} UTC, and no file of the service is younger.")
