"""The main Slack bot, examined over HTTP as the runs speak to it."""

import httpx

from tasks_service.core.checkup.bot_api import BotApiFacts

_SECONDS = 4.0
_QUESTION = {"hours": "1", "include_details": "false"}


def examine_bot_api(url: str, key: str) -> BotApiFacts:
    """Ask for its metrics, which changes nothing."""
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, trust_env=False) as client:
            answer = client.get("/api/metrics/usage", params=_QUESTION)
            return BotApiFacts(status=answer.status_code, well_formed=_well_formed(answer))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return BotApiFacts(trouble=str(error) or type(error).__name__)


def _well_formed(answer: httpx.Response) -> bool:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and isinstance(body.get("data"), list)
