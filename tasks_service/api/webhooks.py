"""Webhooks: a git server says that something was pushed. It is believed only that far: the repository is looked at."""

import hashlib
import hmac
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers

from tasks_service.api.endpoint import JSON, Answer, Ask, endpoint
from tasks_service.api.problems import Refused
from tasks_service.api.shapes.base import Shape

_FORM = "application/x-www-form-urlencoded"


class PushBody(BaseModel):
    """What the server tells of the push. Nothing of it is read."""

    model_config = ConfigDict(extra="allow")

    ref: Any = None


class HeardShape(Shape):
    """Whether the sources are looked at because of it."""

    accepted: bool
    """False where the same delivery came before."""


@endpoint(statuses=(202,), errors=(401, 403), consumes=(JSON, _FORM))
def git(ask: Ask, body: Annotated[bytes, PushBody]) -> Answer[HeardShape]:
    """Look at the git sources now, on behalf of GitHub (`X-Hub-Signature-256`) or GitLab (`X-Gitlab-Token`).

    It needs no key: `TASKS_WEBHOOK_SECRET` is what it is signed with. A delivery that comes again changes nothing.
    """
    if not ask.options.webhook_secret:
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "no-webhook",
            "webhooks are not accepted here",
            hint="set TASKS_WEBHOOK_SECRET, and the same secret at the git server",
        )
    delivery = _delivery(ask.headers, body, ask.options.webhook_secret)
    if not delivery:
        raise Refused(
            HTTPStatus.UNAUTHORIZED,
            "wrong-signature",
            "the webhook is not signed with TASKS_WEBHOOK_SECRET",
            hint="set the same secret here and at the git server",
        )
    return Answer(HeardShape(accepted=ask.panel.status.hear(delivery)), HTTPStatus.ACCEPTED)


def _delivery(headers: Headers, body: bytes, secret: str) -> str:
    """What names a delivery whose signature fits; empty where none does.

    GitHub signs the body, so the signature names it. GitLab sends the secret itself, and a name beside it.
    """
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = headers.get("x-hub-signature-256", "").removeprefix("sha256=")
    if given and hmac.compare_digest(given.encode(), signed.encode()):
        return signed
    token = headers.get("x-gitlab-token", "")
    if token and hmac.compare_digest(token.encode(), secret.encode()):
        named = headers.get("x-gitlab-event-uuid", "") + headers.get("idempotency-key", "")
        return hashlib.sha256(f"{named} {signed}".encode()).hexdigest()
    return ""
