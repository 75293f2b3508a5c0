"""Slack: whether it accepts the bot token, and what the token may not do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tasks_service.core.checkup.finding import Finding, as_sentence, failure, not_configured, ok, some_of, warning

SCOPES: Mapping[str, str] = {
    "users:read": "to list members",
    "users:read.email": "to see their addresses",
    "team:read": "to find a workspace by its name",
    "channels:read": "to count channels",
}
"""What the job types of this package ask of Slack, and what for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackFacts:
    """What ``auth.test`` answered. ``code`` is Slack's word where it refused; ``trouble`` where it did not answer."""

    trouble: str = ""
    code: str = ""
    team: str = ""
    user: str = ""
    scopes: Collection[str] | None = None
    """None where Slack did not tell."""


def judge_slack(facts: SlackFacts | None, jobs: Sequence[str], advice: Mapping[str, str]) -> Finding:
    """The finding; ``facts`` are None without a token, ``jobs`` are those whose type declares it, and ``advice`` says
    what to do by Slack's word."""
    if facts is None and jobs:
        return failure(f"SLACK_BOT_TOKEN is not set, but jobs need it: {some_of(jobs)}.", "Set the app's bot token.")
    if facts is None:
        return not_configured("SLACK_BOT_TOKEN is not set, and no job needs it.")
    if facts.trouble:
        return failure(
            f"Slack cannot be reached: {facts.trouble}.",
            "See that this machine may reach it, and that SLACK_API_BASE_URL is right or unset.",
        )
    if facts.code:
        reason, _, remedy = advice.get(facts.code, "").partition(": ")
        return failure(
            f"Slack refuses the bot token ({facts.code}){f': {reason}' if reason else ''}.",
            as_sentence(remedy) or "Copy the bot token of the installed app into SLACK_BOT_TOKEN again.",
        )
    return _judge_scopes(facts)


def _judge_scopes(facts: SlackFacts) -> Finding:
    known = f"Slack knows the token as {facts.user} of {facts.team}"
    if facts.scopes is None:
        return ok(f"{known}; it does not tell which scopes the token has.")
    missing = [f"{scope} ({purpose})" for scope, purpose in SCOPES.items() if scope not in facts.scopes]
    if missing:
        return warning(
            f"{known}, but it lacks {', '.join(missing)}.", "Add these scopes to the app and install it again."
        )
    return ok(f"{known}; it has every scope that the job types use.")
