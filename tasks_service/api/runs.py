"""Runs: start one now, list, read, cancel, and the ledger of a job."""

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Instant, Line, Paging, Prose, Query
from tasks_service.api.shapes.base import Listing, listing
from tasks_service.api.shapes.runs import JobUsageShape, OccurrenceShape, RunShape
from tasks_service.core.document import Document
from tasks_service.core.names import split_commas
from tasks_service.core.run import Run, RunState
from tasks_service.core.stores import Page, RunFilter


class RunsQuery(Paging):
    """Which runs to list."""

    state: Annotated[list[RunState], BeforeValidator(split_commas)] = Field(default_factory=list)
    """One state or several, repeated or separated by commas."""
    job_id: Line | None = None
    since: Instant | None = None
    """Only runs that were due at this time or later."""


class UsageQuery(Query):
    """Of which time."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    """Runs that ended in so many days until now, as far as they are kept."""


class RunBody(Document):
    """How to run; all of it may be left out."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    """Replace those of the manifest for this run; validated like any."""
    reason: Prose = ""
    actor: Line = ""
    """Who asks, where no key tells."""
    dry_run: bool = False
    """Only tell what the run would do, in its result; 422 where the job's type has no dry run."""


class CancelBody(Document):
    """Why; all of it may be left out."""

    reason: Prose = ""
    actor: Line = ""
    """Who asks, where no key tells."""


@endpoint(statuses=(202,), errors=(403, 404, 409))
def start(ask: Ask, job_id: str, body: RunBody) -> Answer[RunShape]:
    """Run a job now, whatever its schedule. A repeated ``Idempotency-Key`` answers with the same run.

    With other parameters than the first time, the key is refused.
    """
    run = ask.panel.runs.run_now(
        job_id,
        ask.principal.acting_as(body.actor),
        parameters=body.parameters or None,
        reason=body.reason,
        trusted=ask.options.trusted,
        key=ask.idempotency_key,
        dry_run=body.dry_run,
    )
    return Answer(_shape(ask, run), HTTPStatus.ACCEPTED, {"Location": f"/api/runs/{run.run_id}"})


@endpoint(errors=(404,))
def listed(ask: Ask, query: RunsQuery) -> Answer[Listing[RunShape]]:
    """List runs, newest first."""
    which = RunFilter(
        job_uid=ask.panel.catalog.job(query.job_id).job_uid if query.job_id else None,
        states=frozenset(query.state),
        since=query.since,
    )
    return Answer(_listing(ask, ask.panel.runs.runs(which, limit=query.limit, cursor=query.cursor)))


@endpoint(errors=(404,))
def of_job(ask: Ask, job_id: str, query: Paging) -> Answer[Listing[RunShape]]:
    """List the runs of a job, newest first."""
    return Answer(_listing(ask, ask.panel.runs.runs_of(job_id, limit=query.limit, cursor=query.cursor)))


@endpoint(errors=(404,))
def occurrences(ask: Ask, job_id: str, query: Paging) -> Answer[Listing[OccurrenceShape]]:
    """List what became of each expected fire of a job, newest first."""
    page = ask.panel.runs.occurrences_of(job_id, limit=query.limit, cursor=query.cursor)
    return Answer(listing(page, OccurrenceShape.of))


@endpoint(errors=(404,))
def usage(ask: Ask, job_id: str, query: UsageQuery) -> Answer[JobUsageShape]:
    """Tell what the runs of a job took: time, CPU, memory, output, and how long they took to start."""
    return Answer(JobUsageShape.of(ask.panel.runs.usage_of(job_id, query.days)))


@endpoint(errors=(404,))
def read(ask: Ask, run_id: str) -> Answer[RunShape]:
    """Read a run."""
    return Answer(_shape(ask, ask.panel.runs.run(run_id)))


@endpoint(statuses=(200, 202), errors=(404, 409))
def cancel(ask: Ask, run_id: str, body: CancelBody) -> Answer[RunShape]:
    """Cancel a queued run at once (200), or ask for the end of a running one (202)."""
    run = ask.panel.runs.cancel(run_id, ask.principal.acting_as(body.actor), body.reason)
    return Answer(_shape(ask, run), HTTPStatus.OK if run.state.final else HTTPStatus.ACCEPTED)


def _listing(ask: Ask, page: Page[Run]) -> Listing[RunShape]:
    """Runs; those that are under way are compared with what is usual."""
    usual, told, now = ask.panel.runs.usual(page.items), ask.panel.runs.progress(page.items), ask.panel.clock.now()
    return listing(page, lambda run: RunShape.of(run, usual.get(run.job_uid), now, told.get(run.run_id)))


def _shape(ask: Ask, run: Run) -> RunShape:
    desk = ask.panel.runs
    usual, told = desk.usual([run]).get(run.job_uid), desk.progress([run]).get(run.run_id)
    return RunShape.of(run, usual, ask.panel.clock.now(), told)
