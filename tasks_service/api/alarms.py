"""Alarms: what jobs should have done and did not."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Line, Paging
from tasks_service.api.shapes.alarms import AlarmShape
from tasks_service.api.shapes.base import Listing, listing
from tasks_service.core.alarm import AlarmKind
from tasks_service.core.names import split_commas


class AlarmsQuery(Paging):
    """Which alarms to list; without any of these, all."""

    state: Literal["open", "past"] | None = None
    job_id: Line | None = None
    kind: Annotated[list[AlarmKind], BeforeValidator(split_commas)] = Field(default_factory=list)
    """One kind or several, repeated or separated by commas."""


@endpoint(errors=(404,))
def listed(ask: Ask, query: AlarmsQuery) -> Answer[Listing[AlarmShape]]:
    """List alarms, open and past, newest first: late, missed, overrunning, never_ran, failing and lost."""
    page = ask.panel.alarms.alarms(
        job_id=query.job_id,
        kinds=query.kind,
        open=None if query.state is None else query.state == "open",
        limit=query.limit,
        cursor=query.cursor,
    )
    return Answer(listing(page, AlarmShape.of))
