"""Syncs: whether the live state follows the sources, and the request to look now."""

from http import HTTPStatus
from typing import Annotated

from pydantic import StringConstraints

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Line, Paging
from tasks_service.api.shapes.base import Listing, listing
from tasks_service.api.shapes.syncs import SyncRecordShape, SyncShape
from tasks_service.core.document import Document


class SyncBody(Document):
    """What to allow; all of it may be left out."""

    confirm: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,64}$")] | None = None
    """The id of a held plan that may now be carried out, or the revision of a source that is held."""
    actor: Line = ""
    """Who asks, where no key tells."""


@endpoint()
def read(ask: Ask) -> Answer[SyncShape]:
    """Read whether the live state follows the sources, the last sync, and all problems."""
    return Answer(SyncShape.of(ask.panel.status.sync()))


@endpoint(statuses=(202,), errors=(409,))
def request(ask: Ask, body: SyncBody) -> Answer[SyncShape]:
    """Ask for a sync now; with ``confirm``, allow the held plan of that id or the held revision of a source."""
    ask.panel.status.request_sync(ask.principal.acting_as(body.actor), body.confirm or "")
    return Answer(SyncShape.of(ask.panel.status.sync()), HTTPStatus.ACCEPTED)


@endpoint()
def history(ask: Ask, query: Paging) -> Answer[Listing[SyncRecordShape]]:
    """List distinct sync results, newest first."""
    page = ask.panel.status.sync_history(limit=query.limit, cursor=query.cursor)
    return Answer(listing(page, SyncRecordShape.of))
