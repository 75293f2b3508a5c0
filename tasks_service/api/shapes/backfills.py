"""Backfills as JSON."""

from typing import Self

from pydantic import Field

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.control.backfills import Backfill
from tasks_service.core.backfill import Gap
from tasks_service.core.run import Outcome


class GapShape(Shape):
    """A slot that nothing ran for."""

    due_at: Moment
    outcome: Outcome | None
    """What the ledger says became of it; null where it holds no row."""
    reason: str

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """A gap of the backfill desk."""
        return cls(due_at=gap.due_at, outcome=gap.outcome, reason=gap.reason)


class BackfillShape(Shape):
    """What a backfill runs, or would run."""

    job_id: str
    dry_run: bool
    since: Moment = Field(serialization_alias="from")
    until: Moment = Field(serialization_alias="to")
    """At most up to where the schedule is settled: later fires are its own business."""
    total: int
    """The slots of the stretch that nothing ran for."""
    count: int
    """How many of them are run, the oldest first."""
    slots: list[GapShape]
    """Those, as they were before."""
    plan: str
    """Send it back with the same ``from``, ``to`` and ``limit`` to run them."""
    held: str
    """Why it is refused without ``force``; empty where nothing speaks against it."""
    queued: list[str]
    """The ids of the runs."""
    message: str

    @classmethod
    def of(cls, backfill: Backfill, *, dry_run: bool) -> Self:
        """An answer of the backfill desk."""
        done = "would be run" if dry_run else "are queued"
        return cls(
            job_id=backfill.job_id,
            dry_run=dry_run,
            since=backfill.since,
            until=backfill.until,
            total=backfill.total,
            count=len(backfill.slots),
            slots=[GapShape.of(gap) for gap in backfill.slots],
            plan=backfill.plan,
            held=backfill.held,
            queued=[run.run_id for run in backfill.queued],
            message=f"{len(backfill.slots)} of {backfill.total} slots {done}",
        )
