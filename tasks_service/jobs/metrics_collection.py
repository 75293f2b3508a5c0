"""The job type that collects figures from the bot API and from Slack, and stores them by the hour or by the day."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tasks_service.core.document import Document
from tasks_service.core.names import split_commas
from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.base_job import BaseJob, JobFailed
from tasks_service.jobs.bot_api import BotApiError, BotApiMalformed, BotClient
from tasks_service.jobs.bot_preflight import bot_metrics_findings
from tasks_service.jobs.comma_lists import comma_separated
from tasks_service.jobs.metric_buckets import Level, Point, buckets, latest, read_points
from tasks_service.jobs.slack_api import BASE_URL, TOKEN, SlackApi, SlackError
from tasks_service.jobs.slack_metrics import slack_points
from tasks_service.jobs.slack_preflight import lacks, slack_findings

SHOWN_FIGURES = 12
"""Latest figures of a source that the result shows; all of them are stored."""

BUCKETS_PER_CALL = 2000
"""Buckets that one call stores; more would not fit into the body that the embedded bot API takes."""

SCOPES = {
    "users:read": lacks("users:read", "a run cannot count the members", fatal=False),
    "channels:read": lacks("channels:read", "a run cannot count the channels", fatal=False),
}

MetricType = Annotated[
    Literal["usage", "performance", "errors", "slack"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "Runs, jobs and users, as the bot API counts them.",
                "Durations, processor, memory and disk, as the bot API measures them.",
                "Failures, as the bot API counts them.",
                "Members by kind and channels, from Slack itself.",
            ]
        }
    ),
]
MetricTypes = Annotated[
    Annotated[list[MetricType], Field(min_length=1)],
    BeforeValidator(
        split_commas,
        json_schema_input_type=Annotated[list[MetricType], Field(min_length=1)]
        | Annotated[str, Field(pattern=comma_separated("usage|performance|errors|slack"))],
    ),
]
AggregateLevel = Annotated[
    Level, Field(json_schema_extra={"enumDescriptions": ["One bucket per hour of UTC.", "One bucket per day of UTC."]})
]


class MetricsCollection(BaseJob):
    """Asks each source, reports each as it is, and fails where none answered."""

    JOB_NAME = "Metrics Collection"
    JOB_DESCRIPTION = "Collects figures from the bot API and from Slack, and stores them by the hour or by the day."
    SECRETS = (TOKEN,)
    SETTINGS = (BASE_URL,)
    NETWORK = True
    DRY_RUN = True

    class Params(Document):
        """Which figures are collected."""

        metric_types: MetricTypes = Field(
            default=["usage", "performance", "errors", "slack"],
            examples=[["usage", "performance"], "usage,performance,errors"],
        )
        """The sources to ask."""
        time_range_hours: Annotated[int, Field(ge=1, le=2160, examples=[1, 24, 168])] = 24
        """How many hours back the figures reach. Slack tells only how things are now."""
        aggregate_level: AggregateLevel = "hourly"
        """How long the buckets are that the figures are gathered into."""

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        started = time.monotonic()
        collected_at = datetime.now(UTC)
        found: dict[str, list[dict[str, Any]]] = {}
        sources: dict[str, dict[str, Any]] = {}
        async with BotClient(self.context) as bot:
            for kind in dict.fromkeys(self.params.metric_types):
                points, source = await self._collect(bot, kind, collected_at)
                found[kind] = buckets(points, self.params.aggregate_level)
                sources[kind] = {**source, "buckets": len(found[kind]), **_figures(points)}
            report: dict[str, Any] = {
                "collection_time": collected_at.isoformat(),
                "time_range_hours": self.params.time_range_hours,
                "aggregate_level": self.params.aggregate_level,
                "sources": sources,
            }
            self._require_an_answer(report)
            if self.context.dry_run:
                report["dry_run"] = {"buckets_to_store": sum(map(len, found.values())), "calls": len(_parts(found))}
            else:
                report["stored"] = [
                    await bot.store_metrics({**report, **part}, report["collection_time"]) for part in _parts(found)
                ]
        return {**report, "duration_seconds": round(time.monotonic() - started, 3)}

    async def _preflight(self) -> list[PreflightFinding]:
        kinds = list(dict.fromkeys(self.params.metric_types))
        bot = bot_metrics_findings(self.context, [kind for kind in kinds if kind != "slack"])
        if "slack" not in kinds:
            return await bot
        told, slack = await asyncio.gather(bot, self._slack_preflight())
        # One source that answers is enough for a run.
        alone = len(kinds) == 1
        return [*told, *(found if alone else found.model_copy(update={"fatal": False}) for found in slack)]

    async def _slack_preflight(self) -> list[PreflightFinding]:
        if self.context.secrets.get(TOKEN):
            found = await slack_findings(self.context, SCOPES)
            all_lack = len(found) == len(SCOPES)
            return [one.model_copy(update={"fatal": True}) for one in found] if all_lack else found
        return [
            PreflightFinding(
                what=f"{TOKEN} is not set",
                why="a run has no figures from Slack",
                remedy=f"set {TOKEN} where the service runs, or leave slack out of metric_types",
            )
        ]

    async def _collect(self, bot: BotClient, kind: str, at: datetime) -> tuple[list[Point], dict[str, Any]]:
        """The points of one source, and how it answered."""
        started = time.monotonic()
        problems: list[str] = []
        points: list[Point] = []
        try:
            if kind != "slack":
                points, problems = await self._from_bot(bot, kind)
            elif self.context.secrets.get(TOKEN):
                points, problems = await slack_points(SlackApi(self.context), at)
            else:
                return [], {"status": "not_configured", "reason": f"{TOKEN} is not set"}
            status = "partial" if problems else "collected"
        except (BotApiError, SlackError) as error:
            status, problems = "failed", [str(error)]
        report: dict[str, Any] = {"status": status, "points": len(points)}
        if problems:
            report["reason"] = "; ".join(problems)
            self.context.logger.warning("%s: %s", kind, report["reason"], extra={"event": "metrics.source_failed"})
        return points, {**report, "seconds": round(time.monotonic() - started, 3)}

    async def _from_bot(self, bot: BotClient, kind: str) -> tuple[list[Point], list[str]]:
        points, unreadable = read_points(await bot.metrics(kind, self.params.time_range_hours))
        if unreadable and not points:
            raise BotApiMalformed(f"none of its {unreadable} items has a timestamp, a name and a value")
        return points, [f"{unreadable} items have no timestamp, name and value"] if unreadable else []

    def _require_an_answer(self, report: dict[str, Any]) -> None:
        sources: dict[str, dict[str, Any]] = report["sources"]
        if any(source["status"] in {"collected", "partial"} for source in sources.values()):
            return
        reasons = "; ".join(f"{kind}: {source['reason']}" for kind, source in sources.items())
        raise JobFailed(f"no source answered. {reasons}", report)


def _figures(points: list[Point]) -> dict[str, Any]:
    """The newest value of each series, as far as a result should show them; those with few labels come first."""
    newest = sorted(latest(points), key=lambda point: len(point.labels))
    shown: dict[str, Any] = {"latest": [point.plain() for point in newest[:SHOWN_FIGURES]]}
    if len(newest) > SHOWN_FIGURES:
        shown["latest_not_shown"] = len(newest) - SHOWN_FIGURES
    return shown


def _parts(found: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The buckets of all sources, divided into as many calls as they need; nearly always one."""
    rows = [{"metric_type": kind, **bucket} for kind, kind_buckets in found.items() for bucket in kind_buckets]
    starts = range(0, max(1, len(rows)), BUCKETS_PER_CALL)
    return [
        {"part": number, "parts": len(starts), "buckets": rows[start : start + BUCKETS_PER_CALL]}
        for number, start in enumerate(starts, start=1)
    ]
