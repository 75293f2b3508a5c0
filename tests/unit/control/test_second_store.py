"""Jobs whose store is Redis, in the hands of the control room."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from builders import make_sourced
from databases import beside
from running import wait_for
from servers import ValkeyServer, own_valkey
from workbench import Workbench, at_hour, workbench

from tasks_service.core.run import RunState
from tasks_service.core.state import Sourced


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    with own_valkey() as server:
        yield server


@pytest.fixture
def bench(fresh_database: str, server: ValkeyServer) -> Iterator[Workbench]:
    """A workbench with a Redis beside its database."""
    with workbench(beside(fresh_database, server.url, f"bench-{uuid4().hex[:12]}")) as bench:
        yield bench


def hourly(job_id: str, **keys: Any) -> Sourced:
    return make_sourced(job_id, schedule={"trigger": "interval", "hours": 1}, **keys)


def back(bench: Workbench, server: ValkeyServer) -> None:
    """Redis is there again."""
    server.start()
    second = bench.stores.second
    assert second is not None
    wait_for("Redis", lambda: not second.state().trouble)


def test_what_was_due_while_redis_was_away_is_caught_up_when_it_is_back(bench: Workbench, server: ValkeyServer) -> None:
    bench.commit(hourly("hot", store="redis"), hourly("cold"))
    server.kill()
    bench.pass_time("2026-11-23 15:30")

    assert bench.outcomes("hot") == []
    assert bench.job("hot").health.state == "Late"
    assert "not claimed: Redis does not answer" in bench.job("hot").health.reason
    assert [run.state for run in bench.all_runs("cold")] == [RunState.RUNNING]
    back(bench, server)
    bench.step()
    bench.finish_all()

    assert bench.outcomes("hot") == [("23 13:00", "coalesced", 2), ("23 15:00", "succeeded", 1)]


def test_edits_of_its_jobs_wait_until_redis_is_back_and_those_of_others_do_not(
    bench: Workbench, server: ValkeyServer
) -> None:
    bench.commit(at_hour("hot", store="redis"), at_hour("cold"))
    server.kill()

    bench.commit(at_hour("hot", hour=14), at_hour("cold", hour=14), at_hour("new", store="redis"), revision="edit")

    assert bench.job("cold").sync.state == "Synced"
    assert bench.job("new").sync.state == "Synced"
    assert (bench.job("hot").sync.state, "Redis does not answer" in bench.job("hot").sync.reason) == ("Blocked", True)
    assert bench.job("hot").manifest.store == "redis"
    back(bench, server)
    bench.commit(at_hour("hot", hour=14), at_hour("cold", hour=14), at_hour("new", store="redis"), revision="edit")

    assert (bench.job("hot").sync.state, bench.job("hot").manifest.store) == ("Synced", "sql")
    bench.pass_time("2026-11-23 16:30")
    assert [len(bench.all_runs(job)) for job in ("hot", "cold", "new")] == [1, 1, 1]


def test_a_redis_that_is_given_up_leaves_its_jobs_to_the_database(
    bench: Workbench, server: ValkeyServer, fresh_database: str
) -> None:
    bench.commit(at_hour("hot", hour=13, store="redis"))
    bench.pass_time("2026-11-23 13:30")
    assert bench.outcomes("hot") == [("23 13:00", "open", 1)]
    server.kill()

    alone = bench.restart(database=fresh_database)
    alone.commit(at_hour("hot", hour=13))
    alone.dispatcher.recover({"second"})

    assert alone.outcomes("hot") == [("23 13:00", "lost", 1)]
    alone.pass_time("2026-11-24 13:30")
    alone.finish_all()
    assert alone.outcomes("hot") == [("23 13:00", "lost", 1), ("24 13:00", "succeeded", 1)]


def test_a_pause_of_a_job_in_redis_is_caught_up_on_request(bench: Workbench) -> None:
    bench.commit(hourly("hot", store="redis"))
    bench.overrides.pause("hot", "ann")
    bench.sync()
    bench.pass_time("2026-11-23 15:30")
    bench.sync()

    answer = bench.overrides.resume("hot", "ann", catch_up="latest")
    bench.sync()
    bench.step()
    bench.finish_all()

    assert [f"{moment:%H}" for moment in answer.caught_up] == ["15"]
    assert bench.outcomes("hot") == [("23 13:00", "skipped_paused", 2), ("23 15:00", "succeeded", 1)]


def test_alarms_of_its_jobs_are_raised_and_cleared_like_any(bench: Workbench, server: ValkeyServer) -> None:
    bench.commit(hourly("hot", store="redis"))
    bench.pass_time("2026-11-23 13:00")
    bench.finish_all(RunState.FAILED)
    assert bench.look() == ["failing"]
    server.kill()
    bench.pass_time("2026-11-23 14:10")

    assert sorted(bench.look()) == ["failing", "late"]
    late = next(alarm for alarm in bench.stores.alarms.open() if alarm.kind.value == "late")
    assert "not claimed: Redis does not answer" in late.reason
    back(bench, server)
    bench.step()
    bench.finish_all()

    assert bench.look() == []
