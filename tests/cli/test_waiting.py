"""What a command does while it waits: it says so on a terminal, and it can be interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

from command_line import tasks
from running import ROOT
from scripted_server import Asked, Reply, scripted
from terminal import on_terminal

LIST = {"items": [], "total": 0, "next_cursor": None}


def slowly(_: Asked) -> Reply:
    Event().wait(1.5)
    return Reply(body=LIST)


def test_what_takes_longer_than_a_second_is_told_on_a_terminal_alone() -> None:
    with scripted(slowly) as slow, scripted(lambda _: Reply(body=LIST)) as quick:
        told = on_terminal("get", "jobs", env={"TASKS_URL": slow.url}, cwd=Path("/"))
        silent = on_terminal("get", "jobs", env={"TASKS_URL": quick.url}, cwd=Path("/"))
        piped = tasks("get", "jobs", cwd=Path("/"), TASKS_URL=slow.url)

    assert any(f"asking {slow.url}" in line for line in told.lines)
    assert silent.lines == ["no jobs"]
    assert (piped.stdout, piped.stderr) == ("", "")


def test_a_number_allows_deletions_alone_and_no_more_than_so_many() -> None:
    def held(verb: str) -> dict[str, object]:
        return {"verb": verb, "job_id": "old", "held": "too many", "asks": True}

    def told(*actions: dict[str, object]) -> tuple[int, list[object]]:
        count = iter(range(100))

        def reply(asked: Asked) -> Reply:
            return Reply(body={"status": "Blocked", "last": {"sync_id": next(count)}, "plan_id": "p1", "held": actions})

        with scripted(reply) as server:
            done = tasks("sync", "--allow-prune", "2", cwd=Path("/"), TASKS_URL=server.url)
            confirmed = [a.json["confirm"] for a in server.asked if a.method == "POST" and "confirm" in a.json]
        return done.exit_code, confirmed

    assert told(held("delete"), held("delete")) == (1, ["p1"]), "the script goes on to say Blocked"
    assert told(held("delete"), held("delete"), held("delete")) == (2, [])
    assert told(held("delete"), held("update")) == (2, [])


def interrupted(*arguments: str) -> tuple[int, str]:
    """The exit code and stderr of a command that is interrupted while the server thinks about a reading request."""
    asked = Event()

    def never(request: Asked) -> Reply:
        if request.method == "POST":
            return Reply(status=202, body={"id": "r1", "job_id": "hello", "state": "queued"})
        asked.set()
        Event().wait(3)
        return Reply(body=LIST)

    with scripted(never) as server:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TASKS_URL": server.url}
        command = [sys.executable, "-m", "tasks_service", *arguments]
        process = subprocess.Popen(command, env=env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    return process.returncode, told


def test_an_interrupted_command_ends_with_130_and_no_word_of_its_inside() -> None:
    assert interrupted("wait", "--revision", "a1b2c3") == (130, "")


def test_who_stops_following_a_run_is_told_that_it_goes_on() -> None:
    code, told = interrupted("run", "hello")

    assert code == 130
    assert told.splitlines() == [
        "run r1 of hello is queued",
        "tasks: the run goes on: `tasks logs -f r1` follows it, `tasks cancel r1` ends it",
    ]


def test_a_reader_that_has_enough_is_no_error() -> None:
    row = {"job_id": "j" * 100, "sync": "Synced", "activity": "Active", "health": "Healthy"}
    many = {"items": [row] * 5000, "total": 5000, "next_cursor": None}

    with scripted(lambda _: Reply(body=many)) as server:
        command = f"{sys.executable} -m tasks_service get jobs | head -n 1"
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TASKS_URL": server.url}
        done = subprocess.run(["sh", "-c", command], env=env, cwd="/", capture_output=True, text=True, timeout=60)

    assert (done.stdout.count("\n"), done.stderr) == (1, "")
