"""Jobs that print more than anybody reads, and what becomes of the service and of other jobs. Long: ``make storm``."""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from running import Service, command_job, serving, wait_for

MIB = 2**20
LINES = 2_000_000
FLOOD = f"""
import sys
for part in range({LINES} // 10_000):
    sys.stdout.write("".join(f"{{part * 10_000 + n:<99}}\\n" for n in range(10_000)))
"""
"""200 MB in numbered lines of 100 bytes."""
PER_SECOND, SECONDS = 10_000, 60
STEADY = f"""
import sys, time
begin = time.monotonic()
for tenth in range({SECONDS} * 10):
    time.sleep(max(0, begin + tenth / 10 - time.monotonic()))
    first = tenth * {PER_SECOND} // 10
    sys.stdout.write("".join(f"{{first + n:<59}}\\n" for n in range({PER_SECOND} // 10)))
    sys.stdout.flush()
"""
ROUNDS = 20
FLOOD_SECONDS = 1.5
"""Not longer than 200 MB take."""
LARGEST_DELAY = 0.05
LARGEST_GROWTH = 24 * MIB


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    jobs = {
        "flood.yaml": _job("flood", FLOOD),
        "silent.yaml": _job("silent", f"import sys\nsys.stdout = open('/dev/null', 'w')\n{FLOOD}"),
        "steady.yaml": _job("steady", STEADY),
        "kept.yaml": _job("kept", STEADY, output="128MiB"),
        "other.yaml": command_job("other", "echo", "begun"),
    }
    with serving(tmp_path, jobs, TASKS_MAX_RUNS="8") as running:
        yield running


@pytest.mark.storm
@pytest.mark.timeout(900)
def test_200_mb_of_output_are_capped_and_delay_nobody(service: Service) -> None:
    service.run_to_end("other")
    service.run_to_end("flood", 120)
    before, ended = _memory(service), list[dict[str, Any]]()
    quiet, silent, loud = list[float](), list[float](), list[float]()

    for n in range(ROUNDS):  # by turns, for the machine has good and bad minutes
        moment = n / ROUNDS * FLOOD_SECONDS  # also the first one, in which the beginning is kept
        quiet.append(_start(service))
        with _beside(service, "silent"):
            time.sleep(moment)
            silent.append(_start(service))
        with _beside(service, "flood") as flood:
            time.sleep(moment)
            loud.append(_start(service))
        ended.append(service.get(f"/api/runs/{flood}"))

    growth = _memory(service) - before
    lines = _lines(service, ended[0]["id"])
    took = statistics.median(run["duration"] for run in ended)
    _report(f"{ROUNDS} × 200 MB, {took:.1f} s each", quiet, loud, growth)
    print(f"beside a job that writes the same to /dev/null: {statistics.median(silent) * 1000:.0f} ms")
    delay = statistics.median(loud) - statistics.median(silent)  # a busy processor delays by itself: not what is asked
    assert {(run["state"], run["output_bytes"]) for run in ended} == {("succeeded", LINES * 100)}
    _assert_beginning_and_end(lines, LINES, MIB // 2 // 100)
    assert growth < LARGEST_GROWTH
    assert delay < LARGEST_DELAY


@pytest.mark.storm
@pytest.mark.timeout(900)
@pytest.mark.parametrize("job", ["steady", "kept"])
def test_10_000_lines_a_second_for_a_minute_are_kept_up_to_the_limit_and_delay_nobody(
    service: Service, job: str
) -> None:
    service.run_to_end("other")
    highest = before = _memory(service)
    quiet, loud = [_start(service) for _ in range(ROUNDS)], list[float]()

    with _beside(service, job) as run_id:
        while service.get(f"/api/runs/{run_id}")["state"] == "running":
            loud.append(_start(service))
            highest = max(highest, _memory(service))

    quiet += [_start(service) for _ in range(ROUNDS)]  # before and after, for the machine has good and bad minutes
    run, lines = service.get(f"/api/runs/{run_id}"), _lines(service, run_id)
    delay = _report(f"{job}: {PER_SECOND:,} lines/s for {run['duration']:.1f} s", quiet, loud, highest - before)
    print(f"{len(lines):,} lines kept of {PER_SECOND * SECONDS:,}")
    assert (run["state"], run["output_bytes"]) == ("succeeded", PER_SECOND * SECONDS * 60)
    assert run["duration"] < SECONDS + 5, "nobody made it wait"
    if job == "kept":
        assert [int(line["text"]) for line in lines] == list(range(PER_SECOND * SECONDS))
    else:
        _assert_beginning_and_end(lines, PER_SECOND * SECONDS, MIB // 2 // 60)
    assert highest - before < LARGEST_GROWTH
    assert delay < LARGEST_DELAY


def _job(job_id: str, program: str, output: str = "1MiB") -> str:
    return command_job(job_id, sys.executable, "-c", program, policy={"resources": {"output": output}})


def _memory(service: Service) -> int:
    """What the service itself holds, without its runs."""
    held: int = psutil.Process(service.pid).memory_info().rss
    return held


def _start(service: Service) -> float:
    """How long it takes from asking for a run to the first line of its job, in seconds."""
    asked = time.time()
    run_id = service.post("/api/jobs/other/run", expect=202)["id"]
    service.wait_for_run(run_id)
    [line] = service.get(f"/api/runs/{run_id}/output?format=json")["items"]
    return datetime.fromisoformat(line["at"]).timestamp() - asked


@contextmanager
def _beside(service: Service, job: str) -> Iterator[str]:
    """A run of the job has begun, and is awaited in the end."""
    run_id: str = service.post(f"/api/jobs/{job}/run", expect=202)["id"]
    wait_for(f"begin of {job}", lambda: service.get(f"/api/runs/{run_id}")["state"] != "queued")
    yield run_id
    service.wait_for_run(run_id, 180)


def _lines(service: Service, run_id: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    while part := service.get(f"/api/runs/{run_id}/output?format=json&after={len(lines)}")["items"]:
        lines += part
    return lines


def _assert_beginning_and_end(lines: list[dict[str, Any]], printed: int, half: int) -> None:
    """All that fits into either half is there, in its order, and a marker between them counts the rest."""
    texts = [line["text"].strip() for line in lines]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert texts[:half] == [str(n) for n in range(half)]
    assert [line["stream"] for line in lines[half : half + 2]] == ["system", "system"]
    assert f"{printed - 2 * half:,} lines" in texts[half + 1]
    assert texts[half + 2 :] == [str(n) for n in range(printed - half, printed)]


def _report(what: str, quiet: list[float], loud: list[float], growth: int) -> float:
    """Print the figures; returns by how much the median start came later."""
    calm, late = statistics.median(quiet), statistics.median(loud)
    print(f"\n{what}: start of another job {calm * 1000:.0f} ms in quiet, {late * 1000:.0f} ms beside it (medians)")
    print(f"slowest {max(quiet) * 1000:.0f} and {max(loud) * 1000:.0f} ms; the service grew by {growth / MIB:.1f} MiB")
    return late - calm
