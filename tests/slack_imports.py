"""Imports of users from a Slack at some address into a bot API at the other end of the relay."""

from typing import Any

from job_runs import run
from scripted_server import Asked, Reply, relayed

ALL = ["member", "admin", "owner", "bot"]
"""Every kind of user."""


def stored(asked: Asked) -> Reply:
    """Every batch is taken."""
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
