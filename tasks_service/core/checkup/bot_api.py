"""The bot API: whether it is reached, and accepts the key."""

from dataclasses import dataclass
from http import HTTPStatus

from tasks_service.core.checkup.finding import Finding, failure, not_configured, ok, warning


@dataclass(frozen=True, slots=True, kw_only=True)
class BotApiFacts:
    """What it answered to a question for its metrics: a status and whether the body was as agreed, or ``trouble``."""

    trouble: str = ""
    status: int = 0
    well_formed: bool = False


def judge_bot_api(facts: BotApiFacts | None, address: str) -> Finding:
    """The finding; ``facts`` are None where the service itself stands in."""
    if facts is None:
        return not_configured("SLACK_BOT_API_URL is not set: the service answers these calls from its own database.")
    if facts.trouble:
        return failure(
            f"{address} cannot be reached: {facts.trouble}.",
            "See that SLACK_BOT_API_URL is right and that the bot runs.",
        )
    if facts.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return failure(
            f"{address} does not accept the key ({facts.status}).", "Set SLACK_BOT_API_KEY to the bot's key."
        )
    if facts.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return failure(f"{address} answers {facts.status}.", "See the log of the bot.")
    if facts.status != HTTPStatus.OK or not facts.well_formed:
        return warning(
            f"{address} answers {facts.status} to GET /api/metrics/usage, but not as the bot's API does.",
            "See that SLACK_BOT_API_URL is the bot's address, without /api at its end.",
        )
    return ok(f"{address} answers and accepts the key.")
