"""The collection of metrics: real sources, honest aggregates, and no silence about what failed."""

from typing import Any

import pytest
from job_runs import run
from scripted_server import Asked, Reply, ScriptedServer, relayed, scripted

from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.jobs.base_job import JobFailed
from tasks_service.jobs.bot_api import BotApiRefused
from tasks_service.jobs.metric_buckets import buckets, latest, read_points
from tasks_service.jobs.metrics_collection import BUCKETS_PER_CALL

USAGE = [
    {"timestamp": "2026-11-25T09:05:00+00:00", "name": "runs", "value": 3, "unit": "runs", "labels": {"job_id": "a"}},
    {"timestamp": "2026-11-25T10:50:00+01:00", "name": "runs", "value": 5, "unit": "runs", "labels": {"job_id": "a"}},
    {"timestamp": "2026-11-25T10:00:00Z", "name": "runs", "value": 1, "unit": "runs", "labels": {"job_id": "a"}},
    {"timestamp": "2026-11-25T09:30:00Z", "name": "runs", "value": 2, "unit": "runs", "labels": {"job_id": "b"}},
]


def bot(asked: Asked, **data: Any) -> Reply:
    """A bot API with these points; it stores what it is given."""
    if asked.path == "/api/metrics/store":
        return Reply(body={"status": "stored", "id": 7})
    return Reply(body={"data": data.get(asked.path.rpartition("/")[2], [])})


def collected(parameters: dict[str, Any], **told: Any) -> tuple[dict[str, Any], ScriptedServer]:
    with relayed(lambda asked: bot(asked, usage=USAGE)) as (relay, server):
        return run("metrics_collection", parameters, relay=relay, **told), server


def stored_by(server: ScriptedServer) -> list[dict[str, Any]]:
    return [asked.json for asked in server.asked if asked.path == "/api/metrics/store"]


def test_hours_hold_count_min_max_avg_and_last_of_each_series() -> None:
    points, unreadable = read_points(USAGE)
    assert unreadable == 0
    keys = ("count", "min", "max", "avg", "last")
    hourly = buckets(points, "hourly")
    assert [(b["start"], b["labels"]["job_id"], *(b[key] for key in keys)) for b in hourly] == [
        ("2026-11-25T09:00:00Z", "a", 2, 3, 5, 4.0, 5),
        ("2026-11-25T09:00:00Z", "b", 1, 2, 2, 2.0, 2),
        ("2026-11-25T10:00:00Z", "a", 1, 1, 1, 1.0, 1),
    ]
    assert {(bucket["name"], bucket["unit"]) for bucket in hourly} == {("runs", "runs")}
    daily = buckets(points, "daily")
    assert [(b["start"], b["count"], b["last"]) for b in daily] == [
        ("2026-11-25T00:00:00Z", 3, 1),
        ("2026-11-25T00:00:00Z", 1, 2),
    ]
    assert [(point.labels["job_id"], point.value) for point in latest(points)] == [("a", 1), ("b", 2)]


def test_equal_names_with_other_units_are_not_mixed() -> None:
    points, _ = read_points([USAGE[0], USAGE[0] | {"unit": "percent"}])
    assert [bucket["count"] for bucket in buckets(points, "daily")] == [1, 1]


@pytest.mark.parametrize(
    "item",
    [
        None, 5, {}, {"timestamp": "yesterday", "name": "a", "value": 1}, {"timestamp": 5, "name": "a", "value": 1},
        USAGE[0] | {"value": "3"}, USAGE[0] | {"value": True}, USAGE[0] | {"value": float("nan")},
        USAGE[0] | {"name": ""}, USAGE[0] | {"labels": [1]}, USAGE[0] | {"value": None},
    ],
)  # fmt: skip
def test_what_is_no_point_is_counted_and_not_guessed(item: Any) -> None:
    points, unreadable = read_points([item, USAGE[0]])
    assert (len(points), unreadable) == (1, 1)


def test_a_collection_is_stored_with_its_buckets_and_the_result_shows_the_newest_figures() -> None:
    result, server = collected({"metric_types": "usage,errors", "time_range_hours": 6, "aggregate_level": "daily"})
    assert [asked.query.get("hours") for asked in server.asked] == ["6", "6", None]
    (stored,) = stored_by(server)
    assert (stored["job_id"], stored["job_type"]) == ("nightly", "metrics_collection")
    assert stored["collection_time"] == result["collection_time"]
    assert stored["metrics"]["aggregate_level"] == "daily"
    assert [bucket["metric_type"] for bucket in stored["metrics"]["buckets"]] == ["usage", "usage"]
    usage = result["sources"]["usage"]
    assert (usage["status"], usage["points"], usage["buckets"]) == ("collected", 4, 2)
    assert [figure["value"] for figure in usage["latest"]] == [1, 2]
    assert result["sources"]["errors"]["points"] == 0
    assert result["stored"] == [{"status": "stored", "id": 7}]


def test_slack_without_a_token_is_reported_as_not_configured() -> None:
    result, _ = collected({})
    assert list(result["sources"]) == ["usage", "performance", "errors", "slack"]
    slack = result["sources"]["slack"]
    assert (slack["status"], slack["reason"]) == ("not_configured", "SLACK_BOT_TOKEN is not set")
    assert "points" not in slack


def with_slack(slack: SlackStandIn, token: str) -> dict[str, Any]:
    return {"secrets": {"SLACK_BOT_TOKEN": token}, "settings": {"SLACK_API_BASE_URL": slack.url}}


def test_slack_is_counted_by_kind_of_member_and_state_of_channel(slack: SlackStandIn) -> None:
    result, server = collected({"metric_types": ["slack"]}, **with_slack(slack, "xoxb-demo"))
    (stored,) = stored_by(server)
    figures = {(b["name"], *b["labels"].values()): b["last"] for b in stored["metrics"]["buckets"]}
    assert figures["slack.channels", "archived"] == 9
    assert figures["slack.channels", "active"] == 36
    assert figures["slack.members", "owner"] == 3
    assert figures["slack.members", "admin"] == 8
    everybody = sum(
        value for (name, *_), value in figures.items() if name in {"slack.members", "slack.members_deactivated"}
    )
    assert everybody == 1200
    assert result["sources"]["slack"]["status"] == "collected"


def test_a_source_that_fails_is_reported_and_the_others_are_stored(slack: SlackStandIn) -> None:
    result, server = collected({"metric_types": "usage,slack"}, **with_slack(slack, "xoxb-demo-limited"))
    source = result["sources"]["slack"]
    assert source["status"] == "failed"
    assert "users:read" in source["reason"]
    assert "channels:read" in source["reason"]
    assert stored_by(server)[0]["metrics"]["sources"]["slack"]["status"] == "failed"


def test_the_run_fails_where_no_source_answers(slack: SlackStandIn) -> None:
    def refuse(_: Asked) -> Reply:
        return Reply(status=404, body={"error": "no such metrics"})

    with scripted(refuse) as server, pytest.raises(JobFailed, match="no source answered") as caught:
        run("metrics_collection", {}, bot_url=server.url, **with_slack(slack, "xoxb-wrong"))
    assert caught.value.result is not None
    assert {source["status"] for source in caught.value.result["sources"].values()} == {"failed"}
    assert "no such metrics" in str(caught.value)
    assert "invalid_auth" in str(caught.value)
    assert not any(asked.path == "/api/metrics/store" for asked in server.asked)


def test_points_that_cannot_be_read_make_a_source_partial_or_failed() -> None:
    def odd(asked: Asked) -> Reply:
        return bot(asked, usage=[USAGE[0], {"what": "ever"}], errors=[{"what": "ever"}])

    with scripted(odd) as server:
        result = run("metrics_collection", {"metric_types": "usage,errors"}, bot_url=server.url)
    assert (result["sources"]["usage"]["status"], result["sources"]["usage"]["points"]) == ("partial", 1)
    assert result["sources"]["errors"]["status"] == "failed"


def test_a_collection_that_cannot_be_stored_fails_the_run() -> None:
    def full(asked: Asked) -> Reply:
        return Reply(status=413, body={"error": "too large"}) if asked.method == "POST" else bot(asked, usage=USAGE)

    with scripted(full) as server, pytest.raises(BotApiRefused, match=r"store.*too large"):
        run("metrics_collection", {"metric_types": "usage"}, bot_url=server.url)


def test_a_large_collection_is_stored_in_parts_and_nothing_is_lost() -> None:
    many = [USAGE[0] | {"labels": {"job_id": str(number)}} for number in range(BUCKETS_PER_CALL + 1)]
    with scripted(lambda asked: bot(asked, usage=many)) as server:
        result = run("metrics_collection", {"metric_types": "usage"}, bot_url=server.url)
    parts = [stored["metrics"] for stored in stored_by(server)]
    assert [(part["part"], part["parts"], len(part["buckets"])) for part in parts] == [(1, 2, 2000), (2, 2, 1)]
    usage = result["sources"]["usage"]
    assert len(usage["latest"]) + usage["latest_not_shown"] == BUCKETS_PER_CALL + 1
