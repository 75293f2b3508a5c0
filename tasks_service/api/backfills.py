"""Backfill: run a job for slots of the past that nothing ran for."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Instant, Line, Prose
from tasks_service.api.shapes.backfills import BackfillShape
from tasks_service.core.backfill import MOST_RUNS
from tasks_service.core.document import Document
from tasks_service.core.errors import InvalidInput


class BackfillBody(Document):
    """Which slots, and whether to run them or only to list them."""

    since: Annotated[Instant, Field(alias="from")]
    """Only what was due after this moment."""
    until: Annotated[Instant | None, Field(alias="to")] = None
    """Only what was due at this moment or before; now where it is left out."""
    limit: Annotated[int, Field(ge=1, le=MOST_RUNS)] = MOST_RUNS
    """The most runs to queue, the oldest slots first."""
    plan: Line = ""
    """The ``plan`` of the dry run; with it the slots are run."""
    dry_run: bool | None = None
    """Only list the slots; so it is where no ``plan`` is given."""
    reason: Prose = ""
    actor: Line = ""
    """Who asks, where no key tells."""
    force: bool = False
    """Also while the job is paused or suspended."""


@endpoint(statuses=(200, 202), errors=(404, 409))
def backfill(ask: Ask, job_id: str, body: BackfillBody) -> Answer[BackfillShape]:
    """Run a job for slots of the past that nothing ran for: first a dry run, then the ``plan`` that it answers with.

    The runs are queued at once and carried out one after the other; all other runs go first.
    """
    desk = ask.panel.backfills
    if body.dry_run is False and not body.plan:
        raise InvalidInput("a backfill needs the plan of its dry run", hint="leave dry_run out, then send its plan")
    if body.dry_run or not body.plan:
        return Answer(BackfillShape.of(desk.plan(job_id, body.since, body.until, body.limit), dry_run=True))
    done = desk.start(
        job_id,
        ask.principal.acting_as(body.actor),
        body.plan,
        body.since,
        body.until,
        body.limit,
        reason=body.reason,
        force=body.force,
    )
    return Answer(BackfillShape.of(done, dry_run=False), HTTPStatus.ACCEPTED)
