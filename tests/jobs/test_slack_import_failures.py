"""What an import does when Slack or the bot API will not have it."""

from typing import Any

import pytest
from job_runs import run
from scripted_server import Asked, Reply, scripted
from slack_imports import ALL, imported, stored

from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.jobs.base_job import JobFailed
from tasks_service.jobs.slack_api import SlackError, SlackRateLimited, SlackTokenError, SlackUnavailable


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
