"""What each job type finds before a run: with real servers, and without doing anything to them."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from job_runs import context
from running import free_port
from scripted_server import Asked, Reply, relayed, scripted

from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.job_registry import installed, job_class

OWN = {"ok": True, "team_id": "T1", "team": "One", "url": "https://one.slack.com/"}
ALL_SCOPES = "users:read,users:read.email,channels:read"


def findings(job_type: str, parameters: dict[str, Any] | None = None, **told: Any) -> list[PreflightFinding]:
    cls = job_class(job_type)
    params = cls.Params.model_validate_json(json.dumps(parameters or {}), strict=True)
    answer = asyncio.run(cls(params, context(job_type=job_type, **told)).preflight())
    return [PreflightFinding(**found) for found in answer["findings"]]


def from_slack(job_type: str, url: str, token: str = "xoxb-demo", **parameters: Any) -> list[PreflightFinding]:
    secrets = {"SLACK_BOT_TOKEN": token} if token else {}
    return findings(job_type, parameters, secrets=secrets, settings={"SLACK_API_BASE_URL": url}, seconds=10)


def answering(scopes: str | None = None, **fields: Any) -> Any:
    headers = {} if scopes is None else {"X-OAuth-Scopes": scopes}
    return scripted(lambda _: Reply(body=OWN | fields, headers=headers))


@pytest.mark.parametrize("name", ["command", "http_request", "metrics_collection", "slack_user_import"])
def test_every_type_that_reaches_for_something_has_a_preflight(name: str) -> None:
    assert installed().types[name].preflight


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (None, {}),
        (ALL_SCOPES, {}),
        ("users:read", {"users:read.email": False}),
        ("chat:write", {"users:read": True, "users:read.email": False}),
    ],
)
def test_an_import_needs_scopes_that_slack_tells_beside_auth_test(
    scopes: str | None, expected: dict[str, bool]
) -> None:
    with answering(scopes) as server:
        found = from_slack("slack_user_import", server.url)
    assert {finding.what.rpartition(" ")[2]: finding.fatal for finding in found} == expected
    assert [asked.path for asked in server.asked] == ["/auth.test"]


@pytest.mark.parametrize(
    ("token", "what", "remedy"),
    [
        ("", "SLACK_BOT_TOKEN is not set", "set SLACK_BOT_TOKEN"),
        ("xoxb-wrong-4711", "Slack's auth.test answered invalid_auth", "copy the app's bot token again"),
        ("xoxb-demo-gone", "Slack's auth.test answered account_inactive", "install the app again"),
    ],
)
def test_a_useless_token_is_told_with_what_to_do(slack: SlackStandIn, token: str, what: str, remedy: str) -> None:
    [found] = from_slack("slack_user_import", slack.url, token)
    assert (found.what, found.remedy, found.fatal) == (what, remedy, True)
    assert not token or token not in repr(found)


def test_a_workspace_that_the_token_is_not_for_is_told() -> None:
    with answering(ALL_SCOPES) as server:
        assert from_slack("slack_user_import", server.url, workspace_filter="one") == []
        [found] = from_slack("slack_user_import", server.url, workspace_filter="two")
    assert "workspace_filter 'two' matches no workspace; the token sees One (T1, one)" in found.what


def test_a_slack_that_does_not_answer_is_told() -> None:
    [found] = from_slack("slack_user_import", f"http://127.0.0.1:{free_port()}/")
    assert "auth.test failed" in found.what
    assert "SLACK_API_BASE_URL" in found.remedy


def test_an_import_needs_a_bot_api_that_listens() -> None:
    with answering(ALL_SCOPES) as server:
        told: dict[str, Any] = {
            "secrets": {"SLACK_BOT_TOKEN": "xoxb-demo"},
            "settings": {"SLACK_API_BASE_URL": server.url},
        }
        assert findings("slack_user_import", bot_url=server.url, **told) == []
        [found] = findings("slack_user_import", bot_url=f"http://127.0.0.1:{free_port()}", **told)
    assert found.what.startswith("the bot API cannot be reached")
    assert found.fatal


def bot(asked: Asked) -> Reply:
    return Reply(status=404) if asked.path.endswith("/errors") else Reply(body={"data": []})


def test_metrics_are_read_of_the_last_hour_and_nothing_is_stored() -> None:
    with relayed(bot) as (relay, server):
        [found] = findings("metrics_collection", {"metric_types": "usage,errors"}, relay=relay)
    assert "errors" in found.why
    assert not found.fatal
    assert [(asked.method, asked.path) for asked in server.asked] == [
        ("GET", "/api/metrics/usage"),
        ("GET", "/api/metrics/errors"),
    ]
    assert {asked.query["hours"] for asked in server.asked} == {"1"}


@pytest.mark.parametrize(("kinds", "fatal"), [(["slack"], True), (["usage", "slack"], False)])
def test_metrics_need_slack_only_where_nothing_else_is_collected(kinds: list[str], fatal: bool) -> None:
    with relayed(bot) as (relay, _):
        [found] = findings("metrics_collection", {"metric_types": kinds}, relay=relay)
    assert (found.what, found.fatal) == ("SLACK_BOT_TOKEN is not set", fatal)


def test_the_target_of_a_request_is_connected_to_and_sent_nothing() -> None:
    private = {"TASKS_HTTP_ALLOW_PRIVATE": "true"}
    with scripted(lambda _: Reply(status=500)) as server:
        assert findings("http_request", {"url": f"{server.url}/x"}, settings=private) == []
        assert server.asked == []
        [tls] = findings("http_request", {"url": f"https://127.0.0.1:{server.port}/x"}, settings=private)
        [public] = findings("http_request", {"url": f"{server.url}/x"})
    assert "cannot be reached" in tls.what
    assert "no public address" in public.what
    [unknown] = findings("http_request", {"url": "http://no-such-host.invalid/x?token=4711"})
    assert unknown.what.startswith("http://no-such-host.invalid/x cannot be reached")
    assert "4711" not in repr(unknown)


def test_a_target_that_accepts_and_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        parameters = {"url": url, "timeout": "PT0.3S"}
        [found] = findings("http_request", parameters, settings={"TASKS_HTTP_ALLOW_PRIVATE": "true"})
    assert "does not answer" in found.what


def test_a_command_needs_a_program_that_may_be_executed(tmp_path: Path) -> None:
    tool = tmp_path / "tool"

    def found(argv: Any, **more: Any) -> str:
        told = findings("command", {"argv": argv, **more}, workdir=tmp_path)
        return told[0].what if told else ""

    assert found(["sh", "-c", "exit 3"]) == ""
    assert found(["sh"], env={"PATH": "/nowhere"}) == "there is no program 'sh'"
    assert found(["./tool"]) == "there is no program './tool'"
    tool.write_text("#!/bin/sh\n")
    assert found(["./tool"]) == "./tool may not be executed"
    tool.chmod(0o755)
    assert found(["./tool"]) == ""
    assert "does not exist" in found(["sh"], working_directory="/no/such/place")


def test_a_shell_reads_the_text_of_a_command_and_carries_nothing_out(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert findings("command", {"argv": f"touch {mark}; exit 1", "shell": True}, workdir=tmp_path) == []
    assert not mark.exists()
    [found] = findings("command", {"argv": "if true; then echo", "shell": True}, workdir=tmp_path)
    assert found.what.startswith("/bin/sh cannot read the command: ")
