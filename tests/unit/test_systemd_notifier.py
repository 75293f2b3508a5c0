"""What systemd is told, read from a real datagram socket."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from datagrams import Manager

from tasks_service.adapters.systemd_notifier import SystemdNotifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    with tempfile.TemporaryDirectory() as folder, Manager(Path(folder) if request.param == "path" else None) as it:
        yield it


def told(manager: Manager, **environment: str) -> SystemdNotifier:
    return SystemdNotifier.from_environment({"NOTIFY_SOCKET": manager.address, **environment}, pid=7)


def test_each_message_is_one_datagram_with_a_line_per_field(manager: Manager) -> None:
    notifier = told(manager)

    notifier.ready("Leads")
    notifier.alive("Leads")
    notifier.status("Stuck")
    notifier.stopping("Ends")

    assert [manager.receive() for _ in range(4)] == [
        {"READY": "1", "STATUS": "Leads"},
        {"WATCHDOG": "1", "STATUS": "Leads"},
        {"STATUS": "Stuck"},
        {"STOPPING": "1", "STATUS": "Ends"},
    ]


def test_words_cannot_add_a_field(manager: Manager) -> None:
    told(manager).status("waits\nREADY=1")

    assert manager.receive() == {"STATUS": "waits READY=1"}


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdog_is_that_of_this_process(environment: dict[str, str], seconds: float) -> None:
    environment = {"NOTIFY_SOCKET": "@nobody", **environment}

    assert SystemdNotifier.from_environment(environment, pid=7).watchdog_seconds == seconds


@pytest.mark.parametrize("address", [None, "", "vsock:2:1234"])
def test_without_a_socket_of_its_kind_it_says_nothing(address: str | None, caplog: pytest.LogCaptureFixture) -> None:
    notifier = SystemdNotifier.from_environment({"NOTIFY_SOCKET": address} if address is not None else {}, pid=7)

    notifier.ready("Leads")

    assert (notifier.wanted, caplog.records) == (False, [])


def test_a_manager_that_is_gone_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        SystemdNotifier(f"{tmp_path}/gone").ready("Leads")

    assert [record.__dict__["event"] for record in caplog.records] == ["systemd.unreachable"]
