"""The bot API's client: one code for the network and for the relay, patient with what passes."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from job_runs import context
from scripted_server import Asked, Reply, relayed, scripted

from tasks_service.jobs.backoff import retry_after_seconds
from tasks_service.jobs.bot_api import BotApiMalformed, BotApiRefused, BotApiUnavailable, BotClient

T = TypeVar("T")
USERS = [{"id": "U1"}, {"id": "U2"}]


def calling(work: Callable[[BotClient], Awaitable[T]], **told: Any) -> T:
    async def main() -> T:
        async with BotClient(context(job_type="slack_user_import", **told)) as bot:
            return await work(bot)

    return asyncio.run(main())


def counted(asked: Asked) -> Reply:
    return Reply(body={"processed_count": len(asked.json["users"])})


def test_a_batch_carries_the_jobs_metadata_the_key_and_an_idempotency_key() -> None:
    with scripted(counted) as server:
        assert calling(lambda bot: bot.import_users(USERS, 3, 7), bot_url=server.url, bot_key="s3cret") == 2
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/api/users/import")
    assert asked.headers["Authorization"] == "Bearer s3cret"
    assert asked.headers["Idempotency-Key"] == "run-1-3"
    assert asked.json == {
        "users": USERS,
        "job_id": "nightly",
        "run_id": "run-1",
        "job_type": "slack_user_import",
        "batch": 3,
        "batches": 7,
    }


def test_metrics_are_asked_for_with_the_documented_queries() -> None:
    async def all_three(bot: BotClient) -> list[Any]:
        return [await bot.metrics(kind, 6) for kind in ("usage", "performance", "errors")]

    with scripted(lambda _: Reply(body={"data": []})) as server:
        calling(all_three, bot_url=f"{server.url}/bot")
    assert [(asked.path, asked.query) for asked in server.asked] == [
        ("/bot/api/metrics/usage", {"hours": "6", "include_details": "true"}),
        ("/bot/api/metrics/performance", {"hours": "6", "include_system": "true"}),
        ("/bot/api/metrics/errors", {"hours": "6", "severity": "warning,error,critical"}),
    ]


def test_the_relay_carries_many_calls_over_one_connection() -> None:
    async def many(bot: BotClient) -> int:
        return sum([await bot.import_users(USERS, batch, 20) for batch in range(20)])

    with relayed(counted) as (relay, server):
        assert calling(many, relay=relay) == 40
    assert len(server.asked) == 20
    assert server.connections == 1
    assert "Authorization" not in server.asked[0].headers


def test_a_large_body_goes_through_the_relay_both_ways() -> None:
    data = [{"text": "ß" * 1000}] * 1000
    with relayed(lambda _: Reply(body={"data": data})) as (relay, _):
        assert calling(lambda bot: bot.metrics("usage", 1), relay=relay) == data
    with relayed(counted) as (relay, _):
        assert calling(lambda bot: bot.import_users(data, 1, 1), relay=relay) == 1000


def test_a_closed_relay_is_told_as_such() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(BotApiUnavailable, match="embedded bot API failed"):
        calling(lambda bot: bot.metrics("usage", 1), relay=ours, seconds=2)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_transient_status_is_tried_again(status: int) -> None:
    replies = iter([Reply(status=status, headers={"Retry-After": "0"}), Reply(body={"data": [1]})])
    with scripted(lambda _: next(replies)) as server:
        assert calling(lambda bot: bot.metrics("usage", 1), bot_url=server.url) == [1]
    assert len(server.asked) == 2


def test_the_same_idempotency_key_is_sent_again() -> None:
    replies = iter([Reply(status=503), Reply(body={"processed_count": 2})])
    with scripted(lambda _: next(replies)) as server:
        calling(lambda bot: bot.import_users(USERS, 1, 1), bot_url=server.url)
    assert {asked.headers["Idempotency-Key"] for asked in server.asked} == {"run-1-1"}


def test_a_failure_that_stays_is_given_up_before_the_deadline_with_its_reason() -> None:
    with (
        scripted(lambda _: Reply(status=503, body={"detail": "the database is away"})) as server,
        pytest.raises(BotApiUnavailable, match="answered 503: the database is away; further tries"),
    ):
        calling(lambda bot: bot.metrics("usage", 1), bot_url=server.url, seconds=3)
    assert 2 <= len(server.asked) <= 3


def test_a_wait_that_does_not_fit_into_the_run_is_not_begun() -> None:
    started = datetime.now(UTC)
    with (
        scripted(lambda _: Reply(status=429, headers={"Retry-After": "300"})) as server,
        pytest.raises(BotApiUnavailable, match="429"),
    ):
        calling(lambda bot: bot.metrics("usage", 1), bot_url=server.url)
    assert len(server.asked) == 1
    assert (datetime.now(UTC) - started).total_seconds() < 5


def test_an_unreachable_bot_is_told_with_its_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(BotApiUnavailable, match=url):
            calling(lambda bot: bot.metrics("usage", 1), bot_url=url, bot_key="s3cret", seconds=2)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 422])
def test_a_refusal_is_not_tried_again_and_keeps_its_status(status: int) -> None:
    with (
        scripted(lambda _: Reply(status=status, body={"error": "no"})) as server,
        pytest.raises(BotApiRefused) as caught,
    ):
        calling(lambda bot: bot.metrics("usage", 1), bot_url=server.url, bot_key="s3cret")
    assert len(server.asked) == 1
    assert caught.value.status == status
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", [1], {"processed": 2}, {"processed_count": "2"}, {"processed_count": True}, b"[" * 100000]
)
def test_a_malformed_answer_is_a_failure(body: Any) -> None:
    with scripted(lambda _: Reply(body=body)) as server, pytest.raises(BotApiMalformed, match="/api/users/import"):
        calling(lambda bot: bot.import_users(USERS, 1, 1), bot_url=server.url)
    assert len(server.asked) == 1


def test_a_run_without_any_bot_api_says_so() -> None:
    with pytest.raises(BotApiUnavailable, match="neither"):
        calling(lambda bot: bot.metrics("usage", 1))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("7", 7.0), ("0.5", 0.5), ("-3", 0.0),
        ("Wed, 25 Nov 2026 10:00:30 GMT", 30.0), ("Wed, 25 Nov 2026 09:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, datetime(2026, 11, 25, 10, tzinfo=UTC)) == seconds
