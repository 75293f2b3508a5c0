"""Whether the bot API would take what a job has for it."""

import asyncio

import httpx

from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.address_guard import GuardedBackend
from tasks_service.jobs.bot_api import BotApiError, BotApiUnavailable, BotClient
from tasks_service.jobs.context import JobContext
from tasks_service.jobs.reaching import obstacle

_REMEDY = "see that the bot runs, and that SLACK_BOT_API_URL names it"


async def bot_findings(context: JobContext) -> list[PreflightFinding]:
    """Whether somebody listens at the bot API. The embedded one is reached by a socket that a run inherits."""
    if not context.bot_api.url:
        return []
    found = await obstacle(httpx.URL(context.bot_api.url), GuardedBackend(allow_private=True))
    if not found:
        return []
    why = "a run cannot hand over what it has read"
    return [PreflightFinding(what=f"the bot API cannot be reached: {found}", why=why, remedy=_REMEDY)]


async def bot_metrics_findings(context: JobContext, kinds: list[str]) -> list[PreflightFinding]:
    """Whether the bot API tells the metrics of these kinds; only the last hour is asked for, and nothing is stored."""
    found = await bot_findings(context)
    if found:
        return found
    async with BotClient(context) as bot:
        for kind in kinds:
            try:
                async with asyncio.timeout(context.remaining_seconds() / 2):
                    await bot.metrics(kind, 1)
            except (BotApiError, TimeoutError) as error:
                fatal = isinstance(error, BotApiUnavailable | TimeoutError) or len(kinds) == 1
                found.append(_untold(kind, str(error) or "the bot API does not answer in time", fatal=fatal))
    return found


def _untold(kind: str, told: str, *, fatal: bool) -> PreflightFinding:
    return PreflightFinding(
        what=told,
        why=f"a run would have no metrics of the kind {kind}",
        remedy=f"{_REMEDY}; SLACK_BOT_API_KEY must be the bot's key",
        fatal=fatal,
    )
