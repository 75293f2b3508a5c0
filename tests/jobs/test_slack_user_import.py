"""The import of users, against the stand-in Slack and a real bot API on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
from job_runs import run
from scripted_server import Asked, Reply, relayed, scripted, serving

from deploy.demo import slack_members as people
from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.jobs.base_job import JobFailed
from tasks_service.jobs.slack_api import SlackError, SlackRateLimited, SlackTokenError, SlackUnavailable
from tasks_service.jobs.slack_directory import WorkspaceNotFound, kind_of, teams_of

ALL = ["member", "admin", "owner", "bot"]


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    server = SlackStandIn(retry_after=0)
    with serving(server):
        yield server


def stored(asked: Asked) -> Reply:
    return Reply(body={"processed_count": len(asked.json["users"])})


def imported(
    slack_url: str, parameters: dict[str, Any] | None = None, token: str = "xoxb-demo", **told: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result, and the users as they arrived."""
    with relayed(stored) as (relay, bot):
        result = run(
            "slack_user_import",
            parameters or {},
            secrets={"SLACK_BOT_TOKEN": token},
            settings={"SLACK_API_BASE_URL": slack_url},
            relay=relay,
            **told,
        )
    return result, [user for asked in bot.asked for user in asked.json["users"]]


def test_everybody_arrives_once_in_batches_of_fifty_in_spite_of_a_rate_limit() -> None:
    with serving(slack := SlackStandIn()):
        result, users = imported(slack.url, {"user_types": ALL, "include_deactivated": True})
    assert slack.limited == 1
    assert result["slack_rate_limited"] == 1
    assert [user["id"] for user in users] == [member["id"] for member in people.members()]
    assert (result["users_seen"], result["users_selected"], result["users_processed"]) == (1200, 1200, 1200)
    assert (result["batches"], result["batches_arrived"]) == (24, list(range(1, 25)))
    assert result["workspaces"] == [{"id": "T0ACME", "name": "Acme"}]
    assert result["users_left_out"] == {}


def test_by_default_members_and_admins_who_are_active(slack: SlackStandIn) -> None:
    result, users = imported(slack.url)
    expected = [m for m in people.members() if not m["deleted"] and kind_of(m) in {"member", "admin"}]
    assert [user["id"] for user in users] == [member["id"] for member in expected]
    assert result["users_by_type"] == {"admin": 8, "member": len(expected) - 8}
    assert result["guests_selected"] == sum(bool(m.get("is_restricted")) for m in expected) > 0
    assert sum(result["users_left_out"].values()) + len(users) == 1200
    assert result["users_left_out"]["owner"] == 3


def test_a_user_has_the_documented_fields_and_no_invented_ones(slack: SlackStandIn) -> None:
    _, users = imported(slack.url, {"user_types": "owner,bot"})
    primary_owner = next(user for user in users if user["id"] == "U00000001")
    assert primary_owner == {
        "id": "U00000001",
        "name": "person0001",
        "real_name": "Łukasz Żółkiewski 1",
        "display_name": "person0001",
        "email": "person0001@acme.example",
        "is_admin": True,
        "is_owner": True,
        "is_bot": False,
        "deleted": False,
        "status": "On holiday 🌴",
        "timezone": "America/New_York",
        "last_updated": 1_700_000_001,
    }
    assert next(user for user in users if user["id"] == "USLACKBOT")["is_bot"]


def test_a_missing_address_stays_empty(slack: SlackStandIn) -> None:
    _, users = imported(slack.url)
    assert {user["email"] for user in users if user["id"] == "U00000022"} == {""}


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ({"is_bot": True, "is_owner": True, "is_admin": True}, "bot"),
        ({"is_owner": True, "is_admin": True}, "owner"),
        ({"is_primary_owner": True}, "owner"),
        ({"is_admin": True}, "admin"),
        ({"is_restricted": True, "is_ultra_restricted": True}, "member"),
        ({}, "member"),
    ],
)
def test_bot_comes_before_owner_before_admin_before_member(member: dict[str, Any], kind: str) -> None:
    assert kind_of({"id": "U1", **member}) == kind


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        *(("xoxb-demo-org", wanted) for wanted in ("T0LABS", "t0labs", "acme-labs.slack.com", " acme labs ")),
        *(("xoxb-demo-grid", wanted) for wanted in ("T0LABS", "acme-labs", "Acme Labs")),
    ],
)
def test_a_filter_means_a_workspace_by_id_domain_or_name(slack: SlackStandIn, token: str, wanted: str) -> None:
    parameters = {"workspace_filter": wanted, "user_types": ALL, "include_deactivated": True}
    result, users = imported(slack.url, parameters, token)
    visible = people.members() if token == "xoxb-demo-org" else people.members_of("T0ACME")
    assert [u["id"] for u in users] == [m["id"] for m in visible if "T0LABS" in teams_of(m)] != []
    assert result["workspaces"] == [{"id": "T0LABS", "name": "Acme Labs"}]


def test_an_organisation_is_read_workspace_by_workspace_and_nobody_twice(slack: SlackStandIn) -> None:
    result, users = imported(slack.url, {"user_types": ALL, "include_deactivated": True}, "xoxb-demo-org")
    assert sorted(user["id"] for user in users) == sorted(member["id"] for member in people.members())
    assert [workspace["id"] for workspace in result["workspaces"]] == ["T0ACME", "T0LABS", "T0SHOP"]


def test_the_own_workspace_is_found_by_its_domain_without_a_further_scope(slack: SlackStandIn) -> None:
    slack.calls.clear()
    imported(slack.url, {"workspace_filter": "acme"})
    assert {method for method, _ in slack.calls} == {"auth.test", "users.list"}


@pytest.mark.parametrize(
    ("token", "seen"),
    [
        ("xoxb-demo", "Acme (T0ACME, acme)"),
        ("xoxb-demo-org", "Acme (T0ACME, acme), Acme Labs (T0LABS, acme-labs), Acme Shop (T0SHOP, acme-shop)"),
    ],
)
def test_a_filter_that_matches_nothing_lists_what_the_token_sees(slack: SlackStandIn, token: str, seen: str) -> None:
    with pytest.raises(WorkspaceNotFound) as caught:
        imported(slack.url, {"workspace_filter": "Globex"}, token)
    assert "'Globex'" in str(caught.value)
    assert seen in str(caught.value)


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        ("xoxb-wrong-4711", "invalid_auth", "copy the app's bot token again"),
        ("xoxb-demo-gone", "account_inactive", "install the app again"),
        ("xoxb-demo-limited", "missing_scope", "needs the scope users:read, but the token has chat:write"),
        ("", "not_authed", "SLACK_BOT_TOKEN is not set"),
        ("xoxb-a b\nc", "invalid_auth", "no token has"),
    ],
)
def test_token_errors_are_told_apart_and_never_show_the_token(
    slack: SlackStandIn, token: str, code: str, words: str
) -> None:
    with pytest.raises(SlackTokenError) as caught:
        imported(slack.url, token=token)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert not token or token not in str(caught.value)


def test_a_wait_longer_than_the_run_fails_at_once() -> None:
    reply = Reply(status=429, body={"ok": False, "error": "ratelimited"}, headers={"Retry-After": "120"})
    with (
        scripted(lambda _: reply) as server,
        pytest.raises(SlackRateLimited, match=r"wait 120 s, but the run has \d+ s left"),
    ):
        imported(server.url)
    assert len(server.asked) == 1


def test_slack_that_fails_for_a_moment_is_asked_again() -> None:
    member = {"id": "U1", "name": "ada", "profile": None, "team_id": "T1"}
    replies = iter(
        [
            Reply(status=503, body=b"<html>down</html>"),
            Reply(body={"ok": True, "team_id": "T1", "team": "One"}),
            Reply(body={"ok": False, "error": "internal_error"}),
            Reply(body={"ok": True, "members": [member]}),
        ]
    )
    with scripted(lambda _: next(replies)) as server:
        result, users = imported(server.url)
    assert [user["name"] for user in users] == ["ada"]
    assert result["slack_calls"] == 4


def test_slack_that_stays_away_fails_the_run() -> None:
    with (
        scripted(lambda _: Reply(status=500, body=b"")) as server,
        pytest.raises(SlackUnavailable, match=r"auth\.test"),
    ):
        imported(server.url, seconds=3)


@pytest.mark.parametrize(
    "body",
    [b"no json", [1, 2], {"ok": True}, {"ok": True, "members": [{}]}, {"ok": True, "members": 5}, {"ok": False}],
)
def test_a_malformed_answer_of_slack_fails_the_run_with_a_sentence(body: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(body={"ok": True, "team_id": "T1", "team": "One"} if asked.path.endswith("auth.test") else body)

    with scripted(answer) as server, pytest.raises(SlackError, match=r"users\.list"):
        imported(server.url)


def test_a_cursor_that_does_not_move_on_is_no_endless_loop() -> None:
    page = {"ok": True, "members": [], "team_id": "T1", "response_metadata": {"next_cursor": "same"}}
    with scripted(lambda _: Reply(body=page)) as server, pytest.raises(SlackError, match="same cursor twice"):
        imported(server.url)


def failed_import(slack_url: str, bot: Any, **told: Any) -> JobFailed:
    with scripted(bot) as server, pytest.raises(JobFailed) as caught:
        run(
            "slack_user_import",
            {"user_types": ALL, "include_deactivated": True},
            secrets={"SLACK_BOT_TOKEN": "xoxb-demo"},
            settings={"SLACK_API_BASE_URL": slack_url},
            bot_url=server.url,
            **told,
        )
    return caught.value


def test_a_refused_batch_fails_the_run_and_the_others_still_arrive(slack: SlackStandIn) -> None:
    def refuse_the_second(asked: Asked) -> Reply:
        return Reply(status=422, body={"error": "a user is odd"}) if asked.json["batch"] == 2 else stored(asked)

    failure = failed_import(slack.url, refuse_the_second)
    assert failure.result is not None
    assert failure.result["batches_arrived"] == [1, *range(3, 25)]
    assert failure.result["users_processed"] == 1150
    assert "a user is odd" in failure.result["batches_failed"]["2"]
    assert str(failure).startswith("23 of 24 batches arrived")
    assert "failed: 2." in str(failure)


def test_a_bot_that_goes_away_fails_the_run_and_says_what_arrived(slack: SlackStandIn) -> None:
    def away_after_three(asked: Asked) -> Reply:
        return stored(asked) if asked.json["batch"] <= 3 else Reply(status=503)

    failure = failed_import(slack.url, away_after_three, seconds=6)
    assert failure.result is not None
    assert failure.result["batches_arrived"] == [1, 2, 3]
    assert "3 of 24 batches arrived (1, 2, 3); failed: 4; not tried: 20. Batch 4:" in str(failure)
