"""Jobs that misbehave: each ends with the right outcome, nothing survives, and the service does not notice."""

from collections.abc import Iterator

import psutil
import pytest
from running import Service, command_job, serving, wait_for

MANY_CHILDREN = """
import os, signal, time
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""
FLOOD = "import sys\nline = 'x' * 99 + '\\n'\nfor _ in range(2_000_000): sys.stdout.write(line)"
GLUTTON = "blocks = [bytearray(64 * 2**20) for _ in range(32)]\nimport time; time.sleep(60)"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hostile")
    short = {"timeout": "2s"}
    jobs = {
        "sleeper.yaml": _python("sleeper", "import time; time.sleep(600)", policy=short),
        "brood.yaml": _python("brood", MANY_CHILDREN, policy=short),
        "flood.yaml": _python("flood", FLOOD, policy={"timeout": "60s", "resources": {"output": "64KiB"}}),
        "glutton.yaml": _python("glutton", GLUTTON, policy={"resources": {"memory": "256MiB"}}),
        "calm.yaml": command_job("calm", "true"),
    }
    with serving(folder, jobs) as running:
        running.run_to_end("calm")
        yield running


def _python(job_id: str, code: str, **keys: object) -> str:
    return command_job(job_id, "python3", "-c", f"{code}\n# hostile-{job_id}", **keys)


def test_a_job_that_sleeps_past_its_timeout_is_timed_out(service: Service) -> None:
    run = service.run_to_end("sleeper")

    assert run["state"] == "timed_out"
    assert "2s" in run["error"]["message"] or "2 s" in run["error"]["message"]
    _assert_nothing_survives("sleeper")


def test_children_that_ignore_sigterm_die_with_their_run(service: Service) -> None:
    run = service.run_to_end("brood")

    assert run["state"] == "timed_out"
    _assert_nothing_survives("brood")


def test_two_hundred_megabytes_of_output_are_counted_and_capped(service: Service) -> None:
    before = _memory(service)

    run = service.run_to_end("flood", 90)

    assert run["state"] == "succeeded"
    assert run["output_bytes"] == 200_000_000
    kept = service.ask("GET", f"/api/runs/{run['id']}/output").text
    assert 32 * 1024 < len(kept) < 128 * 1024
    assert _memory(service) - before < 40 * 2**20
    _assert_nothing_survives("flood")


def test_a_job_that_takes_two_gigabytes_is_stopped_at_its_limit(service: Service) -> None:
    before = _memory(service)

    run = service.run_to_end("glutton")

    assert run["state"] == "failed"
    assert run["error"]["type"] in ("MemoryLimitExceeded", "CommandFailed")
    assert "256 MiB" in run["error"]["message"] or "MemoryError" in _text(service, run)
    assert run["peak_memory_bytes"] < 512 * 2**20
    assert _memory(service) - before < 40 * 2**20
    _assert_nothing_survives("glutton")


def test_the_service_is_healthy_after_all_of_them(service: Service) -> None:
    assert service.run_to_end("calm")["state"] == "succeeded"
    assert service.get("/health")["status"] == "healthy"


def _text(service: Service, run: dict[str, str]) -> str:
    return service.ask("GET", f"/api/runs/{run['id']}/output").text


def _memory(service: Service) -> int:
    return int(psutil.Process(service.pid).memory_info().rss)


def _assert_nothing_survives(job_id: str) -> None:
    def survivors() -> list[int]:
        return [
            p.pid
            for p in psutil.process_iter(["cmdline", "status"])
            if f"hostile-{job_id}" in " ".join(p.info["cmdline"] or []) and p.info["status"] != psutil.STATUS_ZOMBIE
        ]

    wait_for(f"no process of {job_id}", lambda: not survivors(), 5)
