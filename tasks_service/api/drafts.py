"""Drafts: what a schedule or a whole definition would mean, without storing anything."""

from typing import Annotated, Any

from pydantic import Field

from tasks_service.api.endpoint import JSON, Answer, Ask, endpoint
from tasks_service.api.jobs import JobDraft
from tasks_service.api.reading import Instant, read_object
from tasks_service.api.shapes.jobs import VerdictShape
from tasks_service.api.shapes.runs import PreviewShape
from tasks_service.core.document import Document
from tasks_service.core.errors import InvalidInput
from tasks_service.core.schedule import Schedule, Zone

TEXTS = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")


class PreviewBody(Document):
    """A schedule that the catalog checks, so that what is wrong is said in the same words as in CI."""

    schedule: dict[str, Any]
    count: Annotated[int, Field(ge=1, le=100)] = 5
    """How many fires to tell."""
    after: Instant | None = None
    """From when on; now where it is left out."""
    zone: Zone | None = None
    """The zone of whoever asks, in which each fire is told as well."""


class PreviewDraft(PreviewBody):
    """A schedule as a manifest holds it."""

    schedule: Schedule  # type: ignore[assignment]


@endpoint()
def preview(ask: Ask, body: Annotated[PreviewBody, PreviewDraft]) -> Answer[PreviewShape]:
    """Tell the words and the next fires of a schedule."""
    seen = ask.panel.previews.of_draft(body.schedule, body.count, body.after)
    return Answer(PreviewShape.of(seen, body.zone))


@endpoint(consumes=(JSON, *TEXTS))
def validate(ask: Ask, body: Annotated[bytes, JobDraft]) -> Answer[VerdictShape]:
    """Check a job definition, as JSON or as YAML, with the verdict that CI gives."""
    if ask.media_type not in TEXTS:
        return Answer(VerdictShape.of(ask.panel.definitions.check(read_object(body))))
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("the text is not UTF-8", hint="save it as UTF-8") from error
    return Answer(VerdictShape.of(ask.panel.definitions.check_text(text)))
