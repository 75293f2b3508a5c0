"""The newest preflight of each job, and who waits for another one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from tasks_service.core.preflight import Preflight


class PreflightStore(Protocol):
    """One row per job."""

    def of(self, job_uids: Collection[str] | None = None) -> dict[str, Preflight]:
        """Those of these jobs, or of all, by uid; a job that has none is left out."""
        ...

    def record(self, preflights: Sequence[Preflight]) -> None:
        """Keep what was found instead of what was found before, all in one transaction.

        A wish that is not younger than the preflight is fulfilled by it.
        """
        ...

    def ask(self, job_uid: str, actor: str, at: datetime) -> None:
        """Wish for one; what was found last stays until it is made."""
        ...

    def asked(self) -> list[str]:
        """The uids of the jobs with a wish that is not fulfilled, the oldest wish first."""
        ...
