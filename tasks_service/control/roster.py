"""The roster: the live jobs by ``job_uid``, kept by the reconciler and read by the dispatcher."""

from collections.abc import Iterable
from threading import Lock

from tasks_service.core.state import LiveJob


class Roster:
    """A mapping that two loops share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, LiveJob] = {}

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

    def replace(self, jobs: Iterable[LiveJob]) -> None:
        """Start over with these jobs."""
        with self._lock:
            self._jobs = {job.job_uid: job for job in jobs}

    def uids(self, *, halted: bool | None = None) -> list[str]:
        """All uids, or those of the jobs that are halted or not."""
        with self._lock:
            return [uid for uid, job in self._jobs.items() if halted is None or job.halted == halted]
