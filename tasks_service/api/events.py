"""Events: the journal as a stream, for pages and programs that follow along."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from pydantic import Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tasks_service.api.endpoint import STREAM, Ask, endpoint
from tasks_service.api.reading import Line, Query
from tasks_service.api.shapes.journal import HappeningShape
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.stores import Happening, Journal

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15
SLOWEST_CLIENT_SECONDS = 30
FAREWELL_SECONDS = 2.0
LONGEST_SEQ = 18
"""The digits of the largest ``seq`` that any store can count to."""
LONGEST_SECONDS = 3600.0
"""Then the stream ends, and the client comes back with its key and ``Last-Event-ID``."""


class EventsQuery(Query):
    """Which events to follow."""

    job_id: Line | None = None
    after: Annotated[int, Field(ge=-1, le=2**53)] | None = None
    """Begin after this ``seq``; without it and without ``Last-Event-ID``, with what happens from now on."""


@endpoint(produces=(STREAM,))
async def follow(ask: Ask, query: EventsQuery) -> Response:
    """Follow what happens, as server-sent events.

    Each has its ``seq`` as id, its kind as event name and itself as JSON data. ``Last-Event-ID`` resumes.
    """
    journal = ask.panel.journal
    seq = await _begin(ask, query, journal)
    stopping = anyio.Event()
    return EventSourceResponse(
        _stream(journal, seq, query.job_id, stopping),
        ping=HEARTBEAT_SECONDS,
        send_timeout=SLOWEST_CLIENT_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=FAREWELL_SECONDS,
    )


async def _begin(ask: Ask, query: EventsQuery, journal: Journal) -> int:
    last = ask.headers.get("last-event-id", "")
    if last.isdecimal() and len(last) <= LONGEST_SEQ:  # Another one is not ours.
        return int(last)
    return query.after if query.after is not None else await run_in_threadpool(journal.last_seq)


async def _stream(
    journal: Journal, seq: int, job_id: str | None, stopping: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    until = anyio.current_time() + LONGEST_SECONDS
    while anyio.current_time() < until and not stopping.is_set():
        try:
            happenings = await run_in_threadpool(journal.after, seq)
        except StoreUnavailable:
            return
        for happening in happenings:
            seq = happening.seq
            if job_id is None or happening.job_id.lower() == job_id.lower():
                yield _event(happening)
        if not happenings:
            with anyio.move_on_after(POLL_SECONDS):
                await stopping.wait()


def _event(happening: Happening) -> ServerSentEvent:
    data = HappeningShape.of(happening).model_dump(mode="json")
    return ServerSentEvent(json.dumps(data), event=happening.kind, id=str(happening.seq), sep="\n")
