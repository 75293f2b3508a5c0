"""When a failed call is tried again: after doubling waits, a few times, and never past the run's deadline."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tasks_service.jobs.context import JobContext

TIME_TO_REPORT = 1.0
"""Seconds kept back at the end of a run, so that its failure is told instead of being cut off."""


@dataclass(kw_only=True, slots=True)
class Backoff:
    """The waits between the tries of one call."""

    context: JobContext
    tries: int = 5
    delay: float = 0.5
    """Seconds before the second try; it doubles each time."""
    waited: float = 0.0

    async def again(self, asked: float | None = None) -> bool:
        """Wait before the next try. False, at once, where the tries are used up or the wait would not fit.

        ``asked`` is a wait that the other side asked for, in seconds: it is kept in full and counts as no failed try.
        """
        if asked is None:
            self.tries -= 1
            wait, self.delay = self.delay, self.delay * 2
        else:
            wait = max(asked, self.delay)
        if self.tries <= 0 or not self.fits(wait):
            return False
        await asyncio.sleep(wait)
        self.waited += wait
        return True

    def fits(self, seconds: float) -> bool:
        """Whether so long a wait leaves time for another try."""
        return seconds + TIME_TO_REPORT < self.context.remaining_seconds()


def retry_after_seconds(header: str | None, now: datetime | None = None) -> float | None:
    """What a ``Retry-After`` header asks for, in seconds or as a date; None where there is none or it is unreadable."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())
