"""Following the output of a run over a connection that breaks."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_server import Asked, Reply, scripted

from tasks_service.cli.remote.progress_line import ProgressLine
from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.client.runs import follow
from tasks_service.client.server_events import server_events

STREAM = {"content-type": "text/event-stream"}


def event(name: str, number: int, **data: Any) -> bytes:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


def line(seq: int) -> bytes:
    return event("line", seq, seq=seq, text=f"line {seq}", stream="stdout")


def test_events_are_read_without_heartbeats_and_with_data_of_several_lines() -> None:
    text = ': ping\n\nid: 3\nevent: line\ndata: {"text":\ndata: "a: b"}\n\n'

    [told] = server_events(text.split("\n"))

    assert (told.id, told.name, told.data) == ("3", "line", {"text": "a: b"})


def test_a_broken_stream_is_resumed_after_its_last_line() -> None:
    replies: Iterator[Reply] = iter(
        [
            Reply(body=line(1) + line(2), headers=STREAM),
            Reply(status=503, body={"error": "the database is away"}),
            Reply(body=line(3) + event("end", 3, state="failed"), headers=STREAM),
        ]
    )
    seen: list[str] = []
    breaks: list[str] = []

    with scripted(lambda _: next(replies)) as server, Connection(server.url) as connection:
        ended = follow(
            connection, "r1", lambda told: seen.append(told["text"]), on_break=lambda p: breaks.append(p.message)
        )

    assert (seen, ended) == (["line 1", "line 2", "line 3"], {"state": "failed"})
    assert breaks == ["the database is away"]
    assert [asked.headers.get("last-event-id") for asked in server.asked] == [None, "2", "2"]


def test_a_server_that_stays_away_is_given_up() -> None:
    with scripted(lambda _: Reply(body=line(1), headers=STREAM)) as server:
        url = server.url
    breaks: list[ServerProblem] = []

    with Connection(url) as connection, pytest.raises(ServerProblem, match="cannot be reached"):
        follow(connection, "r1", print, on_break=breaks.append, patience=0.1)

    assert len(breaks) == 1


def test_a_refusal_is_no_broken_stream() -> None:
    def refuse(asked: Asked) -> Reply:
        return Reply(status=404, body={"error": "there is no run 'r1'", "hint": "look"})

    with scripted(refuse) as server, Connection(server.url) as connection, pytest.raises(ServerProblem) as told:
        follow(connection, "r1", print, on_break=print)

    assert (told.value.status, told.value.message, len(server.asked)) == (404, "there is no run 'r1'", 1)


@pytest.mark.parametrize(
    ("status", "body", "message", "hint"),
    [
        (401, {"error": "a key is needed", "hint": "send it"}, "a key is needed", "set TASKS_API_KEY"),
        (403, {"error": "not allowed"}, "not allowed", "the role viewer"),
        (409, {"error": "it is suspended", "hint": "edit a.yaml:3"}, "it is suspended", "edit a.yaml:3"),
        (500, {"title": "Internal Server Error", "request_id": "r77"}, "Internal Server Error", "log, request r77"),
        (502, b"<html>", "answered 502 with something that is no JSON", "is TASKS_URL the address"),
        (200, b"<html>", "answered 200 with something that is no JSON", "is TASKS_URL the address"),
    ],
)
def test_each_refusal_says_what_to_do(status: int, body: Any, message: str, hint: str) -> None:
    answering = scripted(lambda _: Reply(status=status, body=body))
    with answering as server, Connection(server.url) as connection, pytest.raises(ServerProblem) as told:
        connection.get("/api/jobs")

    assert message in told.value.message
    assert hint in told.value.hint


def test_the_key_is_sent_and_never_shown() -> None:
    with scripted(lambda _: Reply(body={"items": []})) as server, Connection(server.url, "s3cret") as connection:
        connection.get("/api/jobs")

    assert server.asked[0].headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(connection) + str(vars(connection))


def test_progress_is_told_apart_from_lines_and_does_not_move_the_place_to_resume_at() -> None:
    told = b'event: progress\ndata: {"done": 3, "total": 10, "text": "sending", "at": "2030-01-01T00:00:00Z"}\n\n'
    replies = iter(
        [
            Reply(body=line(1) + told, headers=STREAM),
            Reply(body=event("later", 2) + line(2) + event("end", 2, state="succeeded"), headers=STREAM),
        ]
    )
    lines: list[str] = []
    progress: list[float] = []

    with scripted(lambda _: next(replies)) as server, Connection(server.url) as connection:
        follow(
            connection,
            "r1",
            lambda one: lines.append(one["text"]),
            on_break=print,
            on_progress=lambda one: progress.append(one["done"]),
        )

    assert (lines, progress) == (["line 1", "line 2"], [3])
    assert [asked.headers.get("last-event-id") for asked in server.asked] == [None, "1"]


def test_progress_is_a_line_now_and_then_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    shown = ProgressLine()
    for done in (1, 2, 3):
        shown.show({"done": done, "total": 4, "text": "", "at": "2030-01-01T00:00:00Z"})
    shown.clear()

    assert capsys.readouterr().err == "progress: 1 of 4 (25%)\n"
