"""Jobs: list, create, read, replace, delete, and the manifest as YAML."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.problems import Refused
from tasks_service.api.reading import Instant, Line, Query
from tasks_service.api.shapes.base import Listing
from tasks_service.api.shapes.jobs import DeletedJobShape, JobShape
from tasks_service.api.shapes.preflights import PreflightShape
from tasks_service.api.shapes.runs import PreviewShape
from tasks_service.control.views import JobView
from tasks_service.core.document import Document
from tasks_service.core.errors import Conflict, NotFound, OwnedByFile
from tasks_service.core.manifest import JobManifest
from tasks_service.core.names import JobId, split_commas
from tasks_service.core.schedule import Schedule, Zone

YAML = "application/yaml"
_LONGEST_VERSION = 18
"""The digits of the largest version that any store can count to."""


class JobsQuery(Query):
    """Which jobs to list; without limit, all of them."""

    job_type: Line | None = None
    owner: Line | None = None
    origin: Line | None = None
    """The name of a source; ``api`` for jobs created by REST."""
    label: Annotated[list[Line], BeforeValidator(split_commas)] = Field(default_factory=list)
    """``key=value``, repeated or separated by commas; a job has all of them."""
    sync: Line | None = None
    activity: Line | None = None
    health: Line | None = None
    search: Line | None = None
    """A part of the job_id, the description or the owner, ignoring case."""
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    cursor: Line | None = None
    """``next_cursor`` of the part before: the last job_id of it."""


class PreviewQuery(Query):
    """Which fires to tell, and how."""

    count: Annotated[int, Field(ge=1, le=100)] = 5
    after: Instant | None = None
    """From when on; now where it is left out."""
    zone: Zone | None = None
    """The zone of whoever asks, in which each fire is told as well."""


class JobDraft(JobManifest):
    """A job definition, as a manifest file holds it. A missing job_id is generated."""

    job_id: JobId | None = None  # type: ignore[assignment]


class JobChange(JobDraft):
    """A job definition of which absent top-level keys keep their value."""

    job_type: str | None = None  # type: ignore[assignment]
    schedule: Schedule | None = None  # type: ignore[assignment]


@endpoint()
def listed(ask: Ask, query: JobsQuery) -> Answer[Listing[JobShape]]:
    """List all jobs, or those that match."""
    found = [view for view in ask.panel.catalog.jobs() if _matches(view, query)]
    rest = [view for view in found if query.cursor is None or view.manifest.key > query.cursor.lower()]
    part = rest[: query.limit]
    more = part[-1].job_id if part and len(part) < len(rest) else None
    return Answer(Listing(items=[JobShape.of(view) for view in part], total=len(found), next_cursor=more))


@endpoint(statuses=(201,), errors=(403, 409))
def create(ask: Ask, body: Annotated[dict[str, Any], JobDraft]) -> Answer[JobShape]:
    """Create a job that the API owns.

    With an ``Idempotency-Key``, a repeated request answers with the job that the first one made; one for another job is
    refused.
    """
    key = ask.idempotency_key
    document = {"job_id": _named_by(key), **body} if key else body
    try:
        view = ask.panel.definitions.create(document, ask.principal.name, trusted=ask.options.trusted)
    except Conflict:
        repeated = _same_job(ask, document) if key else None
        if repeated is None:
            raise
        view = repeated
    location = f"/api/jobs/{quote(view.job_id)}"
    return Answer(JobShape.of(view), HTTPStatus.CREATED, {"Location": location, **_etag(view)})


@endpoint(errors=(404,))
def read(ask: Ask, job_id: str) -> Answer[JobShape]:
    """Read a job: definition, states, last run, and what is wrong in its file."""
    view = ask.panel.catalog.job(job_id)
    return Answer(JobShape.of(view), headers=_etag(view))


@endpoint(errors=(403, 404, 409, 412))
def replace(ask: Ask, job_id: str, body: Annotated[dict[str, Any], JobChange]) -> Answer[JobShape]:
    """Replace a job that the API owns; absent top-level keys keep their value.

    ``If-Match`` with the job's ETag refuses to overwrite what somebody else changed meanwhile.
    """
    expected = _expected(ask)
    try:
        view = ask.panel.definitions.replace(
            job_id, body, ask.principal.name, trusted=ask.options.trusted, expected=expected
        )
    except OwnedByFile:
        raise
    except Conflict as conflict:
        if expected is None or ask.panel.catalog.job(job_id).version == expected:
            raise
        raise _outdated() from conflict
    return Answer(JobShape.of(view), headers=_etag(view))


@endpoint(errors=(404, 409))
def delete(ask: Ask, job_id: str) -> Answer[DeletedJobShape]:
    """Delete a job that the API owns; answers with the job as it was."""
    return Answer(DeletedJobShape.of(ask.panel.definitions.delete(job_id, ask.principal.name)))


class PreflightBody(Document):
    """Who asks; may be left out."""

    actor: Line = ""
    """Who asks, where no key tells."""


@endpoint(statuses=(202,), errors=(404, 409))
def preflight(ask: Ask, job_id: str, body: PreflightBody) -> Answer[PreflightShape]:
    """Ask whether a run of a job would be able to work; nothing of its work is done.

    The answer tells the newest preflight and, in ``asked_at``, that another one is on its way. ``preflight`` of
    ``GET /api/jobs/{job_id}`` tells it when it is made: then ``asked_at`` is null again.
    """
    view = ask.panel.preflights.ask(job_id, ask.principal.acting_as(body.actor))
    if view.preflight is None:
        raise NotFound(f"job {job_id!r} was deleted meanwhile")
    location = {"Location": f"/api/jobs/{quote(view.job_id)}"}
    return Answer(PreflightShape.of(view.preflight, view.manifest.digest), HTTPStatus.ACCEPTED, location)


@endpoint(errors=(404,))
def preview(ask: Ask, job_id: str, query: PreviewQuery) -> Answer[PreviewShape]:
    """Tell the words and the next fires of a job's schedule, whether or not something holds the job back."""
    catalog = ask.panel.catalog
    return Answer(PreviewShape.of(ask.panel.previews.of_job(catalog.job(job_id), query.count, query.after), query.zone))


@endpoint(errors=(404,), produces=(YAML,))
def manifest(ask: Ask, job_id: str) -> Response:
    """Read the manifest of a job as YAML, ready to be committed."""
    return Response(ask.panel.definitions.yaml(job_id), media_type=YAML)


_AXES: Mapping[str, Callable[[JobView], str]] = {
    "job_type": lambda view: view.manifest.job_type,
    "owner": lambda view: view.manifest.owner,
    "origin": lambda view: view.origin.source,
    "sync": lambda view: view.sync.state,
    "activity": lambda view: view.activity.state,
    "health": lambda view: view.health.state,
}


def _matches(view: JobView, query: JobsQuery) -> bool:
    wanted = ((getattr(query, name), value(view)) for name, value in _AXES.items())
    if any(want is not None and want.lower() != have.lower() for want, have in wanted):
        return False
    labels = {f"{key}={value}" for key, value in view.manifest.labels.items()}
    if not labels.issuperset(query.label):
        return False
    words = (view.job_id, view.manifest.description, view.manifest.owner)
    return query.search is None or any(query.search.lower() in text.lower() for text in words)


def _named_by(key: str) -> str:
    """The job_id that a key gives to a job without one: the same each time, on every replica, whatever the body."""
    return f"job-{sha256(key.encode()).hexdigest()[:12]}"


def _same_job(ask: Ask, document: Mapping[str, Any]) -> JobView | None:
    """The job that is there already, if it is just the one that is asked for."""
    wanted = ask.panel.definitions.check(document).manifest
    if wanted is None:
        return None
    view = ask.panel.catalog.job(wanted.job_id)
    return view if view.origin.by_api and view.manifest.digest == wanted.digest else None


def _etag(view: JobView) -> dict[str, str]:
    return {"ETag": f'"{view.version}"'} if view.version is not None else {}


def _expected(ask: Ask) -> int | None:
    """The version that ``If-Match`` names; None where any will do."""
    given = ask.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    number = given.strip('"')
    if not number.isdecimal() or given != f'"{number}"' or len(number) > _LONGEST_VERSION:
        raise _outdated()
    return int(number)


def _outdated() -> Refused:
    return Refused(
        HTTPStatus.PRECONDITION_FAILED,
        "outdated",
        "the job is not in the version that If-Match names",
        hint="read it again, and decide on what it is now",
    )
