"""The roster: the live jobs by ``job_uid`` and the calendars, kept by the reconciler and read by the dispatcher."""

from collections.abc import Collection, Iterable
from threading import Lock

from tasks_service.core.calendar import Calendar
from tasks_service.core.job_calendars import JobCalendars, calendar_names, calendars_of
from tasks_service.core.state import LiveJob


class Roster:
    """A mapping that two loops share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, LiveJob] = {}
        self._calendars: dict[str, Calendar] = {}

    def put(self, job: LiveJob) -> None:
        """Add or replace a job."""
        with self._lock:
            self._jobs[job.job_uid] = job

    def remove(self, job_uid: str) -> None:
        """Drop a job; an unknown one is no error."""
        with self._lock:
            self._jobs.pop(job_uid, None)

    def find(self, job_uid: str) -> LiveJob | None:
        """One job."""
        with self._lock:
            return self._jobs.get(job_uid)

    def named(self, keys: Collection[str]) -> list[str]:
        """The uids of the jobs with these ids, given in lower case."""
        with self._lock:
            return [uid for uid, job in self._jobs.items() if job.manifest.key in keys]

    def replace(self, jobs: Iterable[LiveJob]) -> None:
        """Start over with these jobs."""
        with self._lock:
            self._jobs = {job.job_uid: job for job in jobs}

    def know(self, calendars: Iterable[Calendar]) -> None:
        """From now on judge by these calendars."""
        with self._lock:
            self._calendars = {calendar.key: calendar for calendar in calendars}

    def calendars_of(self, job: LiveJob) -> JobCalendars:
        """The calendars that a job refers to."""
        with self._lock:
            return calendars_of(job.manifest.schedule, self._calendars)

    def referring_to(self, keys: Collection[str]) -> list[str]:
        """The uids of the jobs that refer to one of these calendars."""
        with self._lock:
            return [
                uid
                for uid, job in self._jobs.items()
                if any(name.lower() in keys for name in calendar_names(job.manifest.schedule))
            ]

    def uids(self, *, halted: bool | None = None) -> list[str]:
        """All uids, or those of the jobs that are halted or not."""
        with self._lock:
            return [uid for uid, job in self._jobs.items() if halted is None or job.halted == halted]
