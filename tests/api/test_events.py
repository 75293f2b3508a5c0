"""The stream of events, through a real server."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from builders import make_sourced
from house import House
from served import served


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


def test_a_stream_needs_the_key(locked: House) -> None:
    assert locked.client.get("/api/events").status_code == 401
