"""The embedded bot API: what the two original job types speak to where no Slack bot is configured."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Line, Paging, Query, in_utc
from tasks_service.api.shapes.base import Json, Listing, listing
from tasks_service.api.shapes.bot import FiguresShape, ImportedShape, StoredMetricsShape, StoredShape
from tasks_service.control.botdesk import LONGEST_HOURS
from tasks_service.core.documented import Documented


class BotUser(BaseModel):
    """A Slack user as the import sends it; further facts are kept as they are."""

    model_config = ConfigDict(extra="allow", strict=True)

    id: Annotated[str, Field(min_length=1, max_length=100)]


class UsersBody(Documented):
    """A batch of users, and the run that sends it. Further facts about the job are welcome."""

    model_config = ConfigDict(extra="ignore", strict=True)

    users: Annotated[list[BotUser], Field(max_length=1000)]
    job_id: Line


class MetricsBody(BaseModel):
    """A collection of metrics. Further facts about the job are welcome."""

    model_config = ConfigDict(extra="ignore", strict=True)

    job_id: Line
    job_type: Line
    metrics: dict[str, Any]
    collection_time: Annotated[datetime, AfterValidator(in_utc)]


class MetricsQuery(Query):
    """Which metrics. The embedded API always gives every detail; the switches of the bot's API are accepted."""

    hours: Annotated[int, Field(ge=1, le=LONGEST_HOURS)] = 24
    include_details: Literal["true", "false"] = "true"
    include_system: Literal["true", "false"] = "true"
    severity: Line = "warning,error,critical"


@endpoint()
def import_users(ask: Ask, body: UsersBody) -> Answer[ImportedShape]:
    """Store a batch of users. A repeated ``Idempotency-Key`` changes nothing and answers the same."""
    users = [user.model_dump() for user in body.users]
    count = ask.panel.bot.import_users(users, body.job_id, ask.idempotency_key)
    return Answer(ImportedShape(processed_count=count))


@endpoint()
def users(ask: Ask, query: Paging) -> Answer[Listing[Json]]:
    """List the stored users, by name."""
    return Answer(listing(ask.panel.bot.users(limit=query.limit, cursor=query.cursor), dict))


@endpoint(errors=(404,))
def metrics(ask: Ask, kind: str, query: MetricsQuery) -> Answer[FiguresShape]:
    """Read the measured figures of the last hours: ``usage``, ``performance`` or ``errors``."""
    return Answer(FiguresShape(data=ask.panel.bot.metrics(kind, query.hours)))


@endpoint()
def store_metrics(ask: Ask, body: MetricsBody) -> Answer[StoredShape]:
    """Store a collection of metrics."""
    collected = body.collection_time.isoformat()
    stored = ask.panel.bot.store_metrics(body.job_id, body.job_type, body.metrics, collected)
    return Answer(StoredShape(status="stored", id=stored))


@endpoint()
def stored_metrics(ask: Ask, query: Paging) -> Answer[Listing[StoredMetricsShape]]:
    """List the stored collections, newest first."""
    page = ask.panel.bot.stored_metrics(limit=query.limit, cursor=query.cursor)
    return Answer(listing(page, StoredMetricsShape.of))
