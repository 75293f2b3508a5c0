"""The stream of events, through a real server."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from builders import make_sourced
from house import House, wait_for
from served import served
from starlette.applications import Starlette

from tasks_service.api import Options, build
from tasks_service.api.events import POLL_SECONDS
from tasks_service.core.stores import Journal


@contextmanager
def following(
    address: tuple[str, int], path: str = "/api/events", **headers: str
) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream, as they come: id, event and data of each."""
    url = f"http://{address[0]}:{address[1]}{path}"
    with httpx.stream("GET", url, headers=headers, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield {**fields, "data": json.loads(fields["data"])}
            fields = {}


class CountingJournal:
    """A journal that counts how often it is looked into."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def after(self, seq: int) -> Any:
        self.looks += 1
        return self._journal.after(seq)


def test_what_happens_is_told_with_its_number_and_kind(house: House) -> None:
    house.commit(make_sourced("nightly"))
    with served(house.app) as address, following(address, "/api/events?job_id=nightly") as stream:
        house.client.post("/api/jobs/nightly/pause", json={"reason": "holiday"})

        event = next(stream)

    assert event["event"] == event["data"]["kind"] == "override.pause"
    assert int(event["id"]) == event["data"]["seq"]
    assert (event["data"]["job_id"], event["data"]["data"]["reason"]) == ("nightly", "holiday")


def test_a_stream_resumes_after_the_last_event_seen(house: House) -> None:
    house.commit(make_sourced("nightly"))
    house.client.post("/api/jobs/nightly/pause")
    house.client.post("/api/jobs/nightly/resume")
    with served(house.app) as address:
        with following(address, "/api/events?after=0&job_id=nightly") as stream:
            first = next(event for event in stream if event["event"] == "override.pause")
        with following(address, "/api/events?job_id=nightly", **{"Last-Event-ID": first["id"]}) as stream:
            second = next(event for event in stream if event["event"].startswith("override."))

    assert (second["event"], int(second["id"]) > int(first["id"])) == ("override.ended", True)


def test_an_open_stream_does_not_hold_up_the_shutdown(house: House) -> None:
    house.commit(make_sourced("nightly"))
    with ExitStack() as client:
        with served(house.app) as address:
            stream = client.enter_context(following(address, "/api/events?after=0"))
            next(stream)
            began = time.monotonic()

        assert time.monotonic() - began < 3
        assert [event["event"] for event in stream if event["event"].startswith("override")] == []


def test_a_stream_ends_when_its_client_leaves(house: House) -> None:
    journal = CountingJournal(house.panel.journal)
    app = Starlette(routes=build(replace(house.panel, journal=journal), Options(version="0", secret_key="s")).routes)
    with served(app) as address:
        with following(address, "/api/events?after=-1"):
            wait_for("the stream to look", lambda: journal.looks > 1)
        seen = -1
        while seen != journal.looks:
            seen = journal.looks
            time.sleep(3 * POLL_SECONDS)


def test_the_head_of_a_stream_is_answered_at_once(house: House) -> None:
    with served(house.app) as (host, port):
        answer = httpx.head(f"http://{host}:{port}/api/events", timeout=5)
        again = httpx.head(f"http://{host}:{port}/api/jobs", timeout=5)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert int(again.headers["content-length"]) > 0


def test_the_id_of_an_event_that_cannot_be_ours_begins_now(house: House) -> None:
    house.commit(make_sourced("nightly"))
    with served(house.app) as address, following(address, **{"Last-Event-ID": "9" * 5000}) as stream:
        house.client.post("/api/jobs/nightly/pause")

        assert next(event for event in stream if event["event"].startswith("override."))


@pytest.mark.parametrize("after", ["99999999999999999999999", "9" * 5000, "x", ""])
def test_a_wrong_beginning_is_refused(house: House, after: str) -> None:
    assert house.client.get(f"/api/events?after={after}").status_code == 422


def test_a_stream_needs_the_key(locked: House) -> None:
    assert locked.client.get("/api/events").status_code == 401
