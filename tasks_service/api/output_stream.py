"""The output of a run as a stream: each line as it is printed, and at the end the run as it ended."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from pydantic import Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tasks_service.api.endpoint import STREAM, Ask, endpoint
from tasks_service.api.events import (
    FAREWELL_SECONDS,
    HEARTBEAT_SECONDS,
    LONGEST_SECONDS,
    LONGEST_SEQ,
    POLL_SECONDS,
    SLOWEST_CLIENT_SECONDS,
)
from tasks_service.api.reading import Query
from tasks_service.api.shapes.base import Shape
from tasks_service.api.shapes.runs import OutputLineShape, ProgressShape, RunShape
from tasks_service.control.rundesk import RunDesk
from tasks_service.core.errors import TasksError
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine


class OutputStreamQuery(Query):
    """Where to begin."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Only lines with a greater ``seq``; ``Last-Event-ID`` goes before."""
    tail: Annotated[int, Field(ge=1, le=5000)] | None = None
    """Of what was printed already, only the last lines."""


@endpoint(errors=(404,), produces=(STREAM,))
async def follow(ask: Ask, run_id: str, query: OutputStreamQuery) -> Response:
    """Follow what a run prints, as server-sent events.

    Each ``line`` has its ``seq`` as id, and ``Last-Event-ID`` resumes; ``progress`` tells how far the run has come;
    ``end`` holds the run once it has ended, and nothing follows.
    """
    desk = ask.panel.runs
    await run_in_threadpool(desk.run, run_id)
    last = ask.headers.get("last-event-id", "")
    resumed = last.isdecimal() and len(last) <= LONGEST_SEQ
    after = int(last) if resumed else query.after
    stopping = anyio.Event()
    return EventSourceResponse(
        _stream(desk, run_id, after, None if resumed else query.tail, stopping),
        ping=HEARTBEAT_SECONDS,
        send_timeout=SLOWEST_CLIENT_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=FAREWELL_SECONDS,
    )


async def _stream(
    desk: RunDesk, run_id: str, after: int, tail: int | None, stopping: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    until = anyio.current_time() + LONGEST_SECONDS
    shown: Progress | None = None
    while anyio.current_time() < until and not stopping.is_set():
        try:
            run = await run_in_threadpool(desk.run, run_id)  # before its lines: what was printed last is not missed
            told = (await run_in_threadpool(desk.progress, [run])).get(run_id)
            lines = await run_in_threadpool(_read, desk, run_id, after, tail)
        except TasksError:  # the client comes back and is told
            return
        for line in lines:
            after, tail = line.seq, None
            yield _event("line", OutputLineShape.of(line), line.seq)
        if told is not None and told != shown:
            shown = told
            yield _event("progress", ProgressShape.of(told))
        if not lines and run.state.final:
            yield _event("end", RunShape.of(run, told=told), after)
            return
        if not lines:
            with anyio.move_on_after(POLL_SECONDS):
                await stopping.wait()


def _read(desk: RunDesk, run_id: str, after: int, tail: int | None) -> list[OutputLine]:
    lines = desk.output(run_id, after=after, tail=tail)
    return [line for line in lines if line.seq > after]


def _event(kind: str, shape: Shape, seq: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(shape.model_dump_json(), event=kind, id=None if seq is None else str(seq), sep="\n")
