"""What each job type tells of a run that it does not make."""

import dataclasses
from typing import Any

from job_runs import context, execute
from scripted_server import Asked, Reply, relayed, scripted
from slack_imports import ALL

from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.jobs.job_registry import installed, job_class


def dry(job_type: str, parameters: dict[str, Any], **told: Any) -> dict[str, Any]:
    around = dataclasses.replace(context(job_type=job_type, **told), dry_run=True)
    return execute(job_class(job_type), parameters, around)


def test_the_types_say_whether_they_have_a_dry_run() -> None:
    types = installed().types
    assert {name for name, known in types.items() if known.dry_run} == {
        "http_request",
        "metrics_collection",
        "slack_user_import",
    }


def import_into(slack: SlackStandIn, stored: list[dict[str, Any]] | None) -> tuple[dict[str, Any], list[Asked]]:
    def bot(asked: Asked) -> Reply:
        return Reply(status=404) if stored is None else Reply(body={"items": stored, "next_cursor": None})

    with relayed(bot) as (relay, server):
        result = dry(
            "slack_user_import",
            {"user_types": ALL},
            secrets={"SLACK_BOT_TOKEN": "xoxb-demo"},
            settings={"SLACK_API_BASE_URL": slack.url},
            relay=relay,
        )
    return result, server.asked


def test_an_import_tells_what_it_would_add_and_change_and_sends_nothing(slack: SlackStandIn) -> None:
    with scripted(slack_of_two) as server:
        bot_users = [{**sent("U1"), "email": "old@example.org"}, {"id": "U9", "name": "gone"}, sent("U3")]
        with relayed(lambda _: Reply(body={"items": bot_users, "next_cursor": None})) as (relay, bot):
            result = dry(
                "slack_user_import",
                {"user_types": ALL},
                secrets={"SLACK_BOT_TOKEN": "xoxb-demo"},
                settings={"SLACK_API_BASE_URL": server.url},
                relay=relay,
            )
    assert result["dry_run"] == {
        "users_to_send": 3,
        "batches": 1,
        "users_removed": 0,
        "users_added": 1,
        "users_changed": 1,
        "users_unchanged": 1,
        "users_left_as_they_are": 1,
    }
    assert {asked.method for asked in bot.asked} == {"GET"}


def test_an_import_that_cannot_read_what_is_stored_says_so(slack: SlackStandIn) -> None:
    result, asked = import_into(slack, None)
    assert result["dry_run"]["users_to_send"] == result["users_selected"]
    assert "answered 404" in result["dry_run"]["not_compared"]
    assert {one.method for one in asked} == {"GET"}


def sent(user_id: str) -> dict[str, Any]:
    """A member of that Slack as an import sends it."""
    return {
        **dict.fromkeys(("name", "real_name", "display_name", "email", "status", "timezone"), ""),
        **dict.fromkeys(("is_admin", "is_owner", "is_bot", "deleted"), False),
        "id": user_id,
        "name": user_id.lower(),
        "last_updated": 7,
    }


def slack_of_two(asked: Asked) -> Reply:
    """Three members: one is stored with another address, one is new, one is stored as it is."""
    if asked.path.endswith("auth.test"):
        return Reply(body={"ok": True, "team_id": "T1", "team": "One"})
    members = [{"id": f"U{n}", "name": f"u{n}", "team_id": "T1", "updated": 7} for n in (1, 2, 3)]
    return Reply(body={"ok": True, "members": members})


def test_metrics_are_read_and_not_stored() -> None:
    point = {"timestamp": "2026-01-01T00:00:00+00:00", "name": "runs", "value": 1, "unit": "runs", "labels": {}}
    with relayed(lambda _: Reply(body={"data": [point]})) as (relay, server):
        result = dry("metrics_collection", {"metric_types": ["usage", "errors"]}, relay=relay)
    assert result["dry_run"] == {"buckets_to_store": 2, "calls": 1}
    assert "stored" not in result
    assert {asked.method for asked in server.asked} == {"GET"}


def test_a_request_is_told_without_its_secrets_and_not_sent() -> None:
    with scripted(lambda _: Reply(status=500)) as server:
        url = f"{server.url}/danger?token=4711"
        parameters = {"url": url, "method": "DELETE", "headers": {"Authorization": "Bearer 4712"}, "json": {"a": 1}}
        result = dry("http_request", parameters, settings={"TASKS_HTTP_ALLOW_PRIVATE": "true"})
        assert (server.asked, server.connections) == ([], 0)
    told = result["dry_run"]["would_send"]
    assert (told["method"], told["url"]) == ("DELETE", f"{server.url}/danger")
    assert (told["headers"], told["body_bytes"]) == (["Authorization", "Content-Type"], 8)
    assert "471" not in repr(result).replace(str(server.port), "")
