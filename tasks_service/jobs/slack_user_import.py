"""The job type that copies the users of Slack workspaces to the bot API."""

import asyncio
import time
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from tasks_service.core.document import Document
from tasks_service.core.names import split_commas
from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.base_job import BaseJob, JobFailed
from tasks_service.jobs.bot_api import BotApiError, BotApiRefused, BotClient
from tasks_service.jobs.bot_preflight import bot_findings
from tasks_service.jobs.comma_lists import comma_separated
from tasks_service.jobs.slack_api import BASE_URL, TOKEN, SlackApi
from tasks_service.jobs.slack_directory import Member, Reach, SlackDirectory, Workspace, is_guest, kind_of
from tasks_service.jobs.slack_preflight import lacks, slack_findings

BATCH = 50
ABOUT_ONE_BATCH = frozenset({400, 413, 422})
"""Refusals that say nothing about the next batch."""

SCOPES = {
    "users:read": lacks("users:read", "a run cannot list the users, and fails", fatal=True),
    "users:read.email": lacks("users:read.email", "a run imports all users without an address", fatal=False),
}

UserType = Annotated[
    Literal["member", "admin", "owner", "bot"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "People without a role; guests too.",
                "Administrators who own no workspace.",
                "Owners, the primary owner too.",
                "Bot users, Slackbot too.",
            ]
        }
    ),
]
UserTypes = Annotated[
    Annotated[list[UserType], Field(min_length=1)],
    BeforeValidator(
        split_commas,
        json_schema_input_type=Annotated[list[UserType], Field(min_length=1)]
        | Annotated[str, Field(pattern=comma_separated("member|admin|owner|bot"))],
    ),
]


class SlackUserImport(BaseJob):
    """Reads the users page by page, then sends them in batches."""

    JOB_NAME = "Slack User Import"
    JOB_DESCRIPTION = "Copies the users of Slack workspaces to the database of the bot API."
    SECRETS = (TOKEN,)
    SETTINGS = (BASE_URL,)
    NETWORK = True
    DRY_RUN = True

    class Params(Document):
        """Which users are imported."""

        workspace_filter: Annotated[str, StringConstraints(max_length=200), Field(examples=["T024BE7LD", "acme"])] = ""
        """Only the users of this workspace: its id, its domain or its name. Without it, of all that the token sees."""
        user_types: UserTypes = Field(
            default=["member", "admin"], examples=[["member", "admin", "owner"], "member,bot"]
        )
        """The kinds of users to include. Everybody is of one kind: bot before owner before admin before member."""
        include_deactivated: bool = False
        """Whether deactivated users are included."""

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        started = time.monotonic()
        api = SlackApi(self.context)
        users, report = await self._read(SlackDirectory(api))
        report |= {"slack_calls": api.calls, "slack_rate_limited": api.rate_limited}
        self.context.logger.info(
            "selected %d of %d users", len(users), report["users_seen"], extra={"event": "slack_import.selected"}
        )
        async with BotClient(self.context) as bot:
            if self.context.dry_run:
                return {**report, "dry_run": await self._comparison(bot, users)}
            failures = await self._send(bot, users, report)
        report["duration_seconds"] = round(time.monotonic() - started, 3)
        if failures:
            raise JobFailed(_account(report, failures), report)
        return report

    async def _preflight(self) -> list[PreflightFinding]:
        slack = slack_findings(self.context, SCOPES, self.params.workspace_filter)
        return [found for part in await asyncio.gather(slack, bot_findings(self.context)) for found in part]

    async def _read(self, directory: SlackDirectory) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        reach = await directory.reach()
        found = await self._workspaces(directory, reach)
        users: list[dict[str, Any]] = []
        kinds: Counter[str] = Counter()
        left_out: Counter[str] = Counter()
        guests = 0
        async for member in directory.members(reach, found):
            kind = kind_of(member)
            if member.get("deleted") and not self.params.include_deactivated:
                left_out["deactivated"] += 1
            elif kind not in self.params.user_types:
                left_out[kind] += 1
            else:
                users.append(_user(member))
                kinds[kind] += 1
                guests += is_guest(member)
        report = {
            "workspaces": [{"id": w.team_id, "name": w.name} for w in found or reach.workspaces],
            "users_seen": len(users) + left_out.total(),
            "users_selected": len(users),
            "users_by_type": dict(kinds),
            "guests_selected": guests,
            "users_left_out": dict(left_out),
        }
        return users, report

    async def _workspaces(self, directory: SlackDirectory, reach: Reach) -> list[Workspace]:
        wanted = self.params.workspace_filter
        return await directory.find(reach, wanted) if wanted else []

    async def _comparison(self, bot: BotClient, users: list[dict[str, Any]]) -> dict[str, Any]:
        """What sending these users would change. An import removes nobody: who is not sent stays as it is."""
        told: dict[str, Any] = {"users_to_send": len(users), "batches": -(-len(users) // BATCH), "users_removed": 0}
        try:
            stored = {user.get("id"): user async for user in bot.users()}
        except BotApiError as error:
            return {**told, "not_compared": f"what is stored cannot be read: {error}"}
        known = [(user, stored[user["id"]]) for user in users if user["id"] in stored]
        changed = [user for user, before in known if any(before.get(key) != value for key, value in user.items())]
        return {
            **told,
            "users_added": len(users) - len(known),
            "users_changed": len(changed),
            "users_unchanged": len(known) - len(changed),
            "users_left_as_they_are": len(stored) - len(known),
        }

    async def _send(self, bot: BotClient, users: list[dict[str, Any]], report: dict[str, Any]) -> dict[int, str]:
        """Send the batches; returns why which of them failed. What failed for good for all is not tried further."""
        batches = [users[start : start + BATCH] for start in range(0, len(users), BATCH)]
        arrived: list[int] = []
        failures: dict[int, str] = {}
        processed = 0
        for number, batch in enumerate(batches, start=1):
            try:
                processed += await bot.import_users(batch, number, len(batches))
                arrived.append(number)
            except BotApiError as error:
                failures[number] = str(error)
                if not (isinstance(error, BotApiRefused) and error.status in ABOUT_ONE_BATCH):
                    break
        report |= {"users_processed": processed, "batches": len(batches), "batches_arrived": arrived}
        if failures:
            report["batches_failed"] = {str(number): reason for number, reason in failures.items()}
        return failures


def _user(member: Member) -> dict[str, Any]:
    """A user as the bot API takes it, from a member as Slack gives it."""
    profile = member.get("profile") or {}
    return {
        "id": member["id"],
        "name": member.get("name", ""),
        "real_name": member.get("real_name") or profile.get("real_name") or "",
        "display_name": profile.get("display_name") or "",
        "email": profile.get("email") or "",
        "is_admin": bool(member.get("is_admin")),
        "is_owner": bool(member.get("is_owner") or member.get("is_primary_owner")),
        "is_bot": kind_of(member) == "bot",
        "deleted": bool(member.get("deleted")),
        "status": profile.get("status_text") or "",
        "timezone": member.get("tz") or "",
        "last_updated": member.get("updated"),
    }


def _account(report: dict[str, Any], failures: dict[int, str]) -> str:
    total, arrived = report["batches"], report["batches_arrived"]
    untried = total - len(arrived) - len(failures)
    first = min(failures)
    sentence = (
        f"{len(arrived)} of {total} batches arrived ({', '.join(map(str, arrived)) or 'none'}); "
        f"failed: {', '.join(map(str, failures))}"
    )
    sentence += f"; not tried: {untried}" if untried else ""
    return f"{sentence}. Batch {first}: {failures[first]}"
