"""Whether Slack would let a job do its work: the token by ``auth.test``, and its scopes by the header beside it."""

import asyncio
from collections.abc import Iterable, Mapping

from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.context import JobContext
from tasks_service.jobs.slack_api import TOKEN_ADVICE, SlackApi, SlackError, SlackTokenError
from tasks_service.jobs.slack_directory import SlackDirectory, WorkspaceNotFound

CALL_SECONDS = 6.0
TRIES = 2


async def slack_findings(
    context: JobContext, scopes: Mapping[str, PreflightFinding], workspace: str = ""
) -> list[PreflightFinding]:
    """What is wrong with the token; ``scopes`` are those that the job needs, each with what to say where it lacks.

    ``workspace`` is what its filter says; it is looked for only among what the token tells of itself.
    """
    try:
        api = SlackApi(context, longest_call=CALL_SECONDS, tries=TRIES)
        directory = SlackDirectory(api)
        async with asyncio.timeout(context.remaining_seconds() / 2):
            reach = await directory.reach()
            if workspace and not reach.in_enterprise:
                await directory.find(reach, workspace)
    except SlackTokenError as error:
        return [_refused(error)]
    except WorkspaceNotFound as error:
        what, _, remedy = str(error).rpartition(": ")
        return [PreflightFinding(what=what, why="a run fails before it imports anybody", remedy=remedy)]
    except SlackError as error:
        return [_silent(str(error))]
    except TimeoutError:
        return [_silent("Slack does not answer")]
    return [] if api.scopes is None else _lacking(api.scopes, scopes)


def _lacking(granted: Iterable[str], scopes: Mapping[str, PreflightFinding]) -> list[PreflightFinding]:
    """Without what Slack does not tell, nothing is said."""
    have = frozenset(granted)
    return [finding for scope, finding in scopes.items() if scope not in have]


def lacks(scope: str, why: str, *, fatal: bool) -> PreflightFinding:
    """What to say of a token that has not this scope."""
    return PreflightFinding(
        what=f"the Slack token lacks the scope {scope}",
        why=why,
        remedy=f"add {scope} to the scopes of the Slack app and install the app again",
        fatal=fatal,
    )


def _refused(error: SlackTokenError) -> PreflightFinding:
    reason, _, remedy = TOKEN_ADVICE.get(error.code, "").partition(": ")
    return PreflightFinding(
        what=str(error).partition(": ")[0],
        why=f"{reason}; every call of a run is refused" if reason else "every call of a run is refused",
        remedy=remedy or "copy the bot token of the installed app into SLACK_BOT_TOKEN again",
    )


def _silent(told: str) -> PreflightFinding:
    return PreflightFinding(
        what=told,
        why="a run asks Slack before all else",
        remedy="see that this machine may reach Slack, and that SLACK_API_BASE_URL is right or unset",
    )
