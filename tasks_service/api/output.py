"""The output of a run: as lines in JSON, or as a text to read or download."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response, StreamingResponse

from tasks_service.api.endpoint import JSON, TEXT, Answer, Ask, endpoint
from tasks_service.api.reading import Query
from tasks_service.api.shapes.runs import OutputLineShape, OutputShape
from tasks_service.core.ansi import plain
from tasks_service.core.run import OutputLine, Run


class OutputQuery(Query):
    """Which lines, and how."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Only lines with a greater ``seq``."""
    tail: Annotated[int, Field(ge=1, le=5000)] | None = None
    """Only the last lines."""
    format: Literal["json", "text"] | None = None
    """Without it, the Accept header decides; JSON otherwise."""
    download: Literal["true", "false"] = "false"
    """Whether a browser should save it to a file; the answer is then a text, and whole."""


@endpoint(errors=(404,), produces=(JSON, TEXT))
def read(ask: Ask, run_id: str, query: OutputQuery) -> Answer[OutputShape] | Response:
    """Read what a run printed: lines as JSON, or a text. At most 5000 lines at once; ``after`` gives the rest.

    A download has all of them. A text has no colours.
    """
    desk = ask.panel.runs
    run = desk.run(run_id)
    if query.download == "true" and query.tail is None:
        return _text(run, desk.whole_output(run_id, after=query.after), download=True)
    lines = desk.output(run_id, after=query.after, tail=query.tail)
    if _wants_text(ask, query):
        return _text(run, iter([lines]), download=query.download == "true")
    shapes = [OutputLineShape.of(line) for line in lines]
    after = lines[-1].seq if lines else query.after
    return Answer(OutputShape(items=shapes, after=after, final=run.state.final))


def _wants_text(ask: Ask, query: OutputQuery) -> bool:
    if query.download == "true":
        return True
    if query.format:
        return query.format == "text"
    return ask.headers.get("accept", "").startswith(TEXT)


def _text(run: Run, parts: Iterator[list[OutputLine]], *, download: bool) -> Response:
    """The lines as they are; the headers keep a browser from taking them for a page."""
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{run.run_id}.log"'
    texts = ("".join(f"{plain(line.text)}\n" for line in lines) for lines in parts)
    return StreamingResponse(texts, media_type=TEXT, headers=headers)
