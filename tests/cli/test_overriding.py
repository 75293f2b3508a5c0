"""What the commands of overrides send: one request for each, whatever answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import tasks
from scripted_server import Asked, Reply, ScriptedServer, scripted
from typer.testing import Result


def override(number: int, kind: str, actor: str, reason: str, **scope: Any) -> dict[str, Any]:
    told = {"all": False, "labels": {}, "job_id": "", **scope}
    return {
        "override_id": number,
        "kind": kind,
        "scope": told,
        "job_id": told["job_id"],
        "actor": actor,
        "reason": reason,
        "created_at": "2026-01-01T00:00:00Z",
        "until": None,
        "jobs": 3,
        "debt": "",
    }


OVERRIDES = [
    override(7, "pause", "ann", "storm", all=True),
    override(8, "hold", "bob", "", labels={"team": "data"}),
    override(9, "pin", "bob", "bad release", job_id="hello"),
]


def answer(asked: Asked) -> Reply:
    if asked.method == "GET" and asked.path == "/api/overrides":
        return Reply(body={"items": OVERRIDES, "total": 3, "next_cursor": None})
    if asked.path.endswith("/adopt"):
        return Reply(body={"path": "hello.yaml", "line": 3, "patch": "--- a/hello.yaml\n", "text": "job_id: hello\n"})
    return Reply(body={"message": "done", "job_id": "hello", "next_fire": None})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted(answer) as running:
        yield running


def tell(server: ScriptedServer, *arguments: str) -> Result:
    return tasks(*arguments, cwd=Path("/"), TASKS_URL=server.url, USER="ann")


def sent(server: ScriptedServer) -> tuple[str, str, Any]:
    """The one write."""
    [asked] = [asked for asked in server.asked if asked.method != "GET"]
    return asked.method, asked.path, json.loads(asked.body) if asked.body else None


WHY = ("--reason", "storm")
BODY = {"reason": "storm", "actor": "ann"}


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (("pause", "hello", *WHY), "/api/jobs/hello/pause", BODY),
        (("pause", "--all", *WHY), "/api/overrides", {**BODY, "kind": "pause", "scope": {"all": True}}),
        (
            ("hold", "-l", "team=data", "-l", "tier=1", *WHY),
            "/api/overrides",
            {**BODY, "kind": "hold", "scope": {"labels": {"team": "data", "tier": "1"}}},
        ),
        (("hold", "hello", *WHY, "--dry-run"), "/api/jobs/hello/hold", {**BODY, "dry_run": True}),
        (("pin", "hello", "--revision", "a1b2", *WHY), "/api/jobs/hello/pin", {**BODY, "revision": "a1b2"}),
        (
            ("pin", "--all", "--revision", "a1b2", *WHY, "--until", "2099-01-01T01:00+01:00"),
            "/api/overrides",
            {**BODY, "kind": "pin", "scope": {"all": True}, "revision": "a1b2", "until": "2099-01-01T00:00:00+00:00"},
        ),
        (("release", "hello", *WHY), "/api/jobs/hello/release", {**BODY, "kind": "pin"}),
        (
            ("resume", "hello", *WHY, "--force", "--until", "2099-01-01T00:00Z"),
            "/api/jobs/hello/resume",
            {**BODY, "force": True, "catch_up": "none", "until": "2099-01-01T00:00:00+00:00"},
        ),
    ],
)
def test_an_override_is_one_request(server: ScriptedServer, arguments: tuple[str, ...], path: str, body: Any) -> None:
    done = tell(server, *arguments)

    assert (done.exit_code, done.stdout) == (0, "done\n")
    assert sent(server) == ("POST", path, body)


def test_a_length_of_time_ends_that_much_later(server: ScriptedServer) -> None:
    tell(server, "pause", "hello", "--for", "2h")

    _, _, body = sent(server)
    ahead = datetime.fromisoformat(body["until"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=58) < ahead <= timedelta(hours=2)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (("resume", "--all"), "/api/overrides/7"),
        (("release", "-l", "team=data"), "/api/overrides/8"),
        (("release", "-l", "team=data", "--kind", "hold"), "/api/overrides/8"),
    ],
)
def test_what_is_for_many_jobs_ends_as_it_was_imposed(
    server: ScriptedServer, arguments: tuple[str, ...], path: str
) -> None:
    tried = tell(server, *arguments, "--dry-run")
    done = tell(server, *arguments)

    assert tried.stdout.startswith("would end the ")
    assert (done.exit_code, done.stdout.startswith("ended the ")) == (0, True)
    assert sent(server) == ("DELETE", path, None)


def test_what_is_not_in_force_is_said_and_nothing_sent(server: ScriptedServer) -> None:
    by_label = tell(server, "resume", "-l", "team=web")
    by_kind = tell(server, "release", "hello", "--kind", "hold")

    assert (by_label.exit_code, by_kind.exit_code) == (0, 0)
    assert "nothing was changed" in by_label.stdout
    assert "nothing was changed" in by_kind.stdout
    assert {asked.method for asked in server.asked} == {"GET"}


def test_a_patch_goes_to_stdout_alone(server: ScriptedServer) -> None:
    done = tell(server, "adopt", "hello")

    assert done.stdout == "--- a/hello.yaml\n"
    assert "git apply" in done.stderr


def test_overrides_of_every_scope_are_listed(server: ScriptedServer) -> None:
    done = tell(server, "get", "overrides", "--debt")

    assert [line.split("\t")[:3] for line in done.stdout.splitlines()] == [
        ["all jobs", "pause", "ann"],
        ["team=data", "hold", "bob"],
        ["hello", "pin", "bob"],
    ]
    assert server.asked[-1].query == {"debt": "true"}


def test_a_confirmation_names_the_plan_or_the_revision(server: ScriptedServer) -> None:
    done = tell(server, "sync", "--confirm", "0123456789abcdef")

    assert done.exit_code == 0
    assert sent(server) == ("POST", "/api/sync", {"actor": "ann", "confirm": "0123456789abcdef"})


@pytest.mark.parametrize(
    ("status", "overrides", "code"),
    [("Synced", [], 0), ("Invalid", [], 10), ("Blocked", [], 11), ("Synced", OVERRIDES, 12), ("OutOfSync", [], 1)],
)
def test_the_wait_for_a_revision_ends_with_a_code_of_its_own(status: str, overrides: list[Any], code: int) -> None:
    commit = {"revision": "a1b2c3d4", "author": "ann", "message": "Add", "at": "2026-01-01T00:00:00Z"}

    def script(asked: Asked) -> Reply:
        if asked.path == "/api/sync":
            source = {"name": "git", "observed": commit, "attempted": commit, "applied": None}
            return Reply(body={"status": status, "reason": "because", "sources": [source]})
        return Reply(body={"items": overrides if asked.path == "/api/overrides" else []})

    with scripted(script) as server:
        done = tell(server, "wait", "--revision", "a1b2c3", "--timeout", "0")

    assert done.exit_code == code
    assert "a1b2c3" in done.stdout + done.stderr
