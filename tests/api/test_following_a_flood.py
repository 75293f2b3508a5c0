"""A reader that loses its connection in the middle of a flood misses nothing of what is kept."""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from running import command_job, serving

from tasks_service.client.server_events import server_events

WAITING = """
import pathlib, time
print('\\n'.join(f'line {n}' for n in range(20_000)), flush=True)
while not pathlib.Path(%r).exists():
    time.sleep(0.02)
print('the reason')
"""


def followed(address: str, after: int = 0) -> Iterator[dict[str, Any]]:
    """The lines of a stream, as they come."""
    headers = {"Last-Event-ID": str(after)} if after else {}
    with httpx.stream("GET", address, headers=headers, timeout=30) as answer:
        yield from (event.data for event in server_events(answer.iter_lines()) if event.name == "line")


def test_a_stream_that_is_resumed_has_the_marker_and_the_end(tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = command_job(
        "flood", sys.executable, "-c", WAITING % str(go), policy={"resources": {"output": "32KiB"}, "timeout": "2m"}
    )
    with serving(tmp_path, {"flood.yaml": job}) as service:
        run_id = service.post("/api/jobs/flood/run", expect=202)["id"]
        address = f"{service.url}/api/runs/{run_id}/output/stream"

        first = list(islice(followed(address), 100))
        live = []
        for line in followed(address, after=first[-1]["seq"]):
            live.append(line)
            if line["stream"] == "system":
                break
        go.touch()
        rest = list(followed(address, after=live[-1]["seq"]))
        kept = service.get(f"/api/runs/{run_id}/output?format=json")["items"]

    assert [*first, *live, *rest] == kept
    assert [line["seq"] for line in kept] == list(range(1, len(kept) + 1))
    assert "from here on lines are left out" in live[-1]["text"]
    assert (rest[0]["stream"], "left out here" in rest[0]["text"]) == ("system", True)
    assert rest[-1]["text"] == "the reason"
