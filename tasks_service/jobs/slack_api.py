"""Slack's Web API as a client sees it: calls with patience, pages by cursor, and failures told apart."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from tasks_service.jobs.backoff import Backoff, retry_after_seconds
from tasks_service.jobs.context import JobContext

TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of the variable, not its value
BASE_URL = "SLACK_API_BASE_URL"
PAGE = 200
"""Items per page, as Slack recommends."""
LONGEST_CALL = 30.0
"""Seconds one call may take."""
TRANSIENT_ERRORS = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})

USELESS_TOKEN = frozenset({"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"})
"""Codes after which no other call can do better."""

TOKEN_ADVICE: dict[str, str] = {
    "not_authed": "Slack saw no token: set SLACK_BOT_TOKEN",
    "invalid_auth": "the token is not valid, or may not be used from this address: copy the app's bot token again",
    "account_inactive": "the token belongs to a user or a workspace that is deactivated: install the app again",
    "token_revoked": "the token was revoked, or the app was removed: install the app again",
    "token_expired": "the token has expired: rotate it and set the new one",
    "not_allowed_token_type": "this kind of token may not call it: use a bot token (xoxb-…)",
    "no_permission": "the token's owner lacks the permission: ask an owner of the workspace",
    "access_denied": "the token may not see this: ask an owner of the workspace",
    "org_login_required": "the workspace is being moved to another organisation: try again when that is done",
    "ekm_access_denied": "the organisation's administrators have suspended access to its data",
    "team_access_not_granted": "the app is not granted to this workspace: add it in the organisation's settings",
    "enterprise_is_restricted": "the organisation forbids this call",
}


class SlackError(Exception):
    """A call of Slack's Web API failed."""


class SlackTokenError(SlackError):
    """Slack does not accept the token for this call; ``code`` is Slack's word for why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class SlackRefused(SlackError):
    """Slack answered, and will answer the same again."""


class SlackRateLimited(SlackError):
    """Slack asks for a longer wait than the run has time for."""


class SlackUnavailable(SlackError):
    """Slack could not be reached, or failed again and again."""


class SlackApi:
    """Calls Slack within the run's deadline. ``calls`` and ``rate_limited`` count what was done, ``scopes`` are those
    that the token has, as the newest answer told; None where it did not."""

    def __init__(self, context: JobContext, longest_call: float = LONGEST_CALL, tries: int = 5) -> None:
        token = context.secrets.get(TOKEN, "")
        if not token:
            raise SlackTokenError(f"{TOKEN} is not set: the run has no token for Slack", "not_authed")
        if not re.fullmatch(r"[!-~]+", token):
            raise SlackTokenError(f"{TOKEN} holds blanks or signs that no token has: copy it again", "invalid_auth")
        base = context.settings.get(BASE_URL) or WebClient.BASE_URL
        self._context = context
        self._client = WebClient(token, base_url=base if base.endswith("/") else f"{base}/", retry_handlers=[])
        self._longest_call = longest_call
        self._tries = tries
        self.calls = 0
        self.rate_limited = 0
        self.scopes: frozenset[str] | None = None

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call one method; waits as long as Slack asks, if that fits into the run's time."""
        backoff = Backoff(context=self._context, tries=self._tries)
        while True:
            asked = None
            try:
                return await self._once(method, arguments)
            except SlackApiError as error:
                code, asked = _code(error), _asked_wait(error)
                if asked is None and not _transient(error):
                    raise _failure(method, code, error) from None
                reason = f"{method} was answered with {code or error.response.status_code}"
            except SlackClientError as error:
                raise SlackError(f"Slack's {method} cannot be called: {error}") from None
            except (OSError, HTTPException) as error:
                reason = f"{method} failed: {type(error).__name__}: {error}"
            if not await self._wait(backoff, method, reason, asked):
                raise SlackUnavailable(
                    f"Slack's {reason}; further tries did not help or did not fit into the run's time"
                )

    async def pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[list[Mapping[str, Any]]]:
        """The pages of a list, by cursor."""
        cursor = ""
        while True:
            paging = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
            answer = await self.call(method, **arguments, **paging)
            page = answer.get(key)
            if not isinstance(page, list) or not all(isinstance(item, dict) and item.get("id") for item in page):
                raise SlackError(f"Slack's {method} answered without {key}, or with one that has no id")
            yield page
            following = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not following:
                return
            if following == cursor:
                raise SlackError(f"Slack's {method} answered with the same cursor twice")
            cursor = following

    async def _once(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls += 1
        self._client.timeout = max(1, int(min(self._longest_call, self._context.remaining_seconds())))
        # The library's asynchronous client would need one more HTTP library; a thread does as well.
        try:
            answer = await asyncio.to_thread(self._client.api_call, method, params=dict(arguments))
            data, self.scopes = answer.data, _scopes(answer.headers)
        except AttributeError:  # The library takes for granted that JSON is an object.
            data = None
        if not isinstance(data, dict):
            raise SlackError(f"Slack's {method} answered with no JSON object: is {BASE_URL} right?")
        return data

    async def _wait(self, backoff: Backoff, method: str, reason: str, asked: float | None) -> bool:
        log = self._context.logger
        if asked is None:
            log.warning("Slack's %s; trying again", reason, extra={"event": "slack.transient_failure"})
            return await backoff.again()
        self.rate_limited += 1
        if not backoff.fits(asked):
            left = self._context.remaining_seconds()
            raise SlackRateLimited(
                f"Slack limits the rate of {method} and asks to wait {asked:g} s, but the run has {left:.0f} s left: "
                "give the job a longer policy.timeout or run it less often"
            )
        log.info("Slack asks to wait %g s before %s", asked, method, extra={"event": "slack.rate_limited"})
        return await backoff.again(asked)


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    told = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return None if told is None else frozenset(scope.strip() for scope in str(told).split(","))


def _code(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _asked_wait(error: SlackApiError) -> float | None:
    if error.response.status_code != 429 and _code(error) != "ratelimited":
        return None
    return retry_after_seconds(error.response.headers.get("Retry-After")) or 1.0


def _transient(error: SlackApiError) -> bool:
    return error.response.status_code >= 500 or _code(error) in TRANSIENT_ERRORS


def _failure(method: str, code: str, error: SlackApiError) -> SlackError:
    if code == "missing_scope":
        data = error.response.data
        return SlackTokenError(
            f"Slack's {method} needs the scope {data.get('needed', '?')}, but the token has "
            f"{data.get('provided') or 'none'}: add the scope to the app and install it again",
            code,
        )
    if code in TOKEN_ADVICE:
        return SlackTokenError(f"Slack's {method} answered {code}: {TOKEN_ADVICE[code]}", code)
    status = error.response.status_code
    return SlackRefused(
        f"Slack's {method} answered {code or 'without a reason'}{'' if status == 200 else f' ({status})'}"
    )
