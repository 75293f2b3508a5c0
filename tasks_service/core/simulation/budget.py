"""What is played through and what is only counted: a job that fires every second must not hold up an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from tasks_service.core.firing import tally
from tasks_service.core.schedule import Schedule
from tasks_service.core.simulation.trace import INSTANT, Cut, SimulatedJob


def days(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """``[start, end)`` cut at midnight, UTC."""
    edges = [start]
    midnight = datetime.combine(start.date(), time(), UTC) + timedelta(days=1)
    while midnight < end:
        edges.append(midnight)
        midnight += timedelta(days=1)
    return list(pairwise([*edges, end]))


def fires_in(schedule: Schedule, start: datetime, end: datetime) -> int:
    """How often a schedule fires in ``[start, end)``, counted without a walk along them."""
    return tally(schedule, start - INSTANT, end - INSTANT, keep=1).count if start < end else 0


def cuts(jobs: Sequence[SimulatedJob], start: datetime, end: datetime, limit: int) -> tuple[Cut, ...]:
    """Which jobs are not played to the end so that no more than ``limit`` fires are, those of rare jobs first."""
    found = []
    left = limit
    fires = ((fires_in(job.manifest.schedule, start, end), job) for job in jobs)
    ordered = sorted(fires, key=lambda pair: (pair[0], pair[1].job_id))
    for place, (number, job) in enumerate(ordered):
        share = left // (len(ordered) - place)
        if number > share:
            until = _until(job.manifest.schedule, start, start + (end - start) * (share / number), share)
            left_out = fires_in(job.manifest.schedule, until, end)
            found.append(Cut(job_id=job.job_id, until=until, fires_left_out=left_out))
            number -= left_out
        left -= number
    return tuple(found)


def _until(schedule: Schedule, start: datetime, end: datetime, share: int) -> datetime:
    """A moment, at most ``end``, before which no more than ``share`` fires lie."""
    while fires_in(schedule, start, end) > share:
        end = start + (end - start) / 2
    return end
