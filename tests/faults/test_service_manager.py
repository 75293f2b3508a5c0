"""What a service manager is told by a real service in a process of its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from datagrams import Manager
from running import Service, command_job

pytestmark = pytest.mark.fault

WATCH_SECONDS = 1.5


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as it:
        yield it


@pytest.fixture
def service(tmp_path: Path, manager: Manager) -> Iterator[Service]:
    watch = str(int(WATCH_SECONDS * 1e6))
    running = Service(tmp_path, {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": watch})
    running.write("hello.yaml", command_job("hello", "sleep", "3"))
    yield running
    running.stop()


def test_it_is_ready_when_it_has_synced_and_alive_until_it_has_drained(service: Service, manager: Manager) -> None:
    service.start()

    ready = manager.wait_for(lambda message: "READY" in message)
    assert ready["STATUS"] == "Leads"
    assert service.job("hello") is not None
    assert manager.wait_for(lambda message: "WATCHDOG" in message, WATCH_SECONDS)

    service.post("/api/jobs/hello/run", expect=202)
    manager.drain()
    assert service.stop() == 0
    told = []
    while message := manager.receive(0.2):
        told.append(message)
    assert "STOPPING" in {key for message in told for key in message}


def test_a_process_that_stands_still_says_nothing(service: Service, manager: Manager) -> None:
    service.start()
    manager.wait_for(lambda message: "WATCHDOG" in message)

    os.kill(service.pid, signal.SIGSTOP)
    try:
        manager.drain()
        assert manager.receive(WATCH_SECONDS) is None
    finally:
        os.kill(service.pid, signal.SIGCONT)
    assert manager.wait_for(lambda message: "WATCHDOG" in message, 2 * WATCH_SECONDS)


def test_where_each_thread_is_stands_in_the_log_when_the_watchdog_ends_it(service: Service, manager: Manager) -> None:
    service.start()
    manager.wait_for(lambda message: "READY" in message)

    assert service.process is not None
    service.process.send_signal(signal.SIGABRT)
    assert service.process.wait(20) == -signal.SIGABRT
    service.process = None

    log = service.log.read_text()
    assert "Fatal Python error: Aborted" in log
    assert "control/loop.py" in log
