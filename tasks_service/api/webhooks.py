"""Webhooks: a git server says that something was pushed. It is believed only that far: the repository is looked at."""

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from tasks_service.api.endpoint import JSON, Answer, Ask, endpoint
from tasks_service.api.problems import Refused
from tasks_service.api.shapes.base import Shape
from tasks_service.core.webhook import delivery

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

    Standard Webhooks (`webhook-signature`) are known as well. It needs no key: `TASKS_WEBHOOK_SECRET` is what it is
    signed with. A delivery that comes again changes nothing.
    """
    if not ask.options.webhook_secret:
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "no-webhook",
            "webhooks are not accepted here",
            hint="set TASKS_WEBHOOK_SECRET, and the same secret at the git server",
        )
    named = delivery(ask.headers, body, ask.options.webhook_secret, ask.panel.clock.now())
    if not named:
        raise Refused(
            HTTPStatus.UNAUTHORIZED,
            "wrong-signature",
            "the webhook is not signed with TASKS_WEBHOOK_SECRET",
            hint="set the same secret here and at the git server",
        )
    return Answer(HeardShape(accepted=ask.panel.status.hear(named)), HTTPStatus.ACCEPTED)
