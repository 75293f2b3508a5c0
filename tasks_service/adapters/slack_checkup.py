"""Slack, examined: what it says to the token."""

import re
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from tasks_service.core.checkup.slack import SlackFacts

_SECONDS = 4


def examine_slack(token: str, base_url: str | None) -> SlackFacts:
    """Call ``auth.test``."""
    if not re.fullmatch(r"[!-~]+", token):
        return SlackFacts(code="invalid_auth")
    base = base_url or WebClient.BASE_URL
    client = WebClient(token, base_url=base if base.endswith("/") else f"{base}/", timeout=_SECONDS, retry_handlers=[])
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        data = error.response.data
        code = data.get("error", "") if isinstance(data, dict) else ""
        return SlackFacts(code=str(code)) if code else SlackFacts(trouble=f"it answers {error.response.status_code}")
    except (SlackClientError, OSError, HTTPException, ValueError, AttributeError) as error:
        return SlackFacts(trouble=f"{type(error).__name__}: {error}")
    told = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes")
    scopes = None if told is None else frozenset(scope.strip() for scope in str(told).split(","))
    return SlackFacts(team=str(answer.get("team")), user=str(answer.get("user")), scopes=scopes)
