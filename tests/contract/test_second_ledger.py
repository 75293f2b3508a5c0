"""Contract of ``SecondLedger``: what is folded, what happens when jobs move, and what when Redis forgets or is away."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders import jobs_stored_in, make_desired, make_live, make_manifest
from databases import beside, opened
from ledger_rows import HOUR, create, decided, ended, held, rows, running, settle, skip, slot, start
from redis import Redis
from running import free_port, wait_for
from servers import ValkeyServer, own_valkey

from tasks_service.adapters.redis_ledger import Connection, RedisLedger
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.control.routed_stores import with_second
from tasks_service.core.errors import Conflict, LeadLost, SecondStoreUnavailable
from tasks_service.core.plan import Update
from tasks_service.core.run import RunState
from tasks_service.core.state import DesiredJob
from tasks_service.core.stores import Fence, JobCursor, LedgerRow, SecondLedger, Stores


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'tasks.db')}"


@pytest.fixture
def tag() -> str:
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
def redis_stores(sqlite_url: str, valkey_url: str, tag: str) -> Iterator[Stores]:
    """Stores with a second ledger; jobs are kept there unless they say otherwise."""
    with jobs_stored_in("redis"), opened(beside(sqlite_url, valkey_url, tag)) as stores:
        yield stores


def second_of(stores: Stores) -> SecondLedger:
    assert stores.second is not None
    return stores.second


def forget_all(valkey_url: str, tag: str) -> None:
    """Redis loses its memory."""
    with Redis.from_url(valkey_url) as client:
        for key in client.scan_iter(f"{{{tag}}}:*"):
            client.delete(key)


def moved(job: DesiredJob, store: str) -> Update:
    wanted = replace(job, manifest=make_manifest(job.manifest.job_id, store=store))
    return Update(job=wanted, before=make_live(manifest=job.manifest), changed=("store",))


class Remembering:
    """An archive that keeps every batch that is folded."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive
        self.batches: list[tuple[Sequence[LedgerRow], Sequence[JobCursor]]] = []

    def fold(self, rows: Sequence[LedgerRow], cursors: Sequence[JobCursor]) -> None:
        self.batches.append((rows, cursors))
        self._archive.fold(rows, cursors)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)


def test_folding_again_whatever_was_folded_before_changes_nothing(
    redis_stores: Stores, valkey_url: str, tag: str
) -> None:
    archive = Remembering(redis_stores.archive)
    connection = Connection(valkey_url, SystemClock())
    second = RedisLedger(connection, archive, tag=tag)  # type: ignore[arg-type]
    stores = with_second(redis_stores, second)
    create(stores)
    settle(stores, skip(slot(1), slot(2), 2))
    second.fold()
    settle(stores, skip(slot(3), slot(3), 1))
    second.fold()
    run = running(stores, 4)
    second.fold()
    stores.ledger.finish(ended(run), "me", slot(5))
    second.fold()
    told = rows(stores)
    assert told == [(1.0, "skipped_paused", 3), (4.0, "succeeded", 1)]
    shown = stores.ledger.run(run.run_id)
    assert shown is not None

    for batch in [*archive.batches, *archive.batches[::-1]]:
        redis_stores.archive.fold(*batch)

    assert (rows(stores), held(stores).cursor, stores.ledger.run(run.run_id)) == (told, slot(4), shown)
    connection.close()


def test_what_has_ended_is_gone_from_redis_once_it_is_folded(redis_stores: Stores) -> None:
    create(redis_stores)
    run = running(redis_stores)
    redis_stores.ledger.finish(ended(run), "me", slot(2))
    assert second_of(redis_stores).holds(run.run_id)

    second_of(redis_stores).fold()

    assert not second_of(redis_stores).holds(run.run_id)
    folded = redis_stores.ledger.run(run.run_id)
    assert folded is not None
    assert (folded.state, folded.result) == (RunState.SUCCEEDED, {"n": 1})


def test_a_job_that_moves_takes_its_cursor_along_and_no_slot_is_claimed_twice(redis_stores: Stores) -> None:
    job = make_desired(manifest=make_manifest(store="sql"))
    create(redis_stores, manifest=job.manifest)
    [first] = settle(redis_stores, start(slot(1)))

    there = moved(job, "redis")
    redis_stores.inventory.apply([there], slot(1.5), {})
    assert settle(redis_stores, start(slot(1))) == []
    [second] = settle(redis_stores, start(slot(2)))
    assert second_of(redis_stores).holds(second.run_id)
    back = replace(there, job=replace(job), before=make_live(manifest=there.job.manifest))
    redis_stores.inventory.apply([back], slot(2.5), {})

    assert settle(redis_stores, start(slot(1)), start(slot(2))) == []
    assert not second_of(redis_stores).settle(["uid-nightly"], decided(start(slot(3))), slot(3))
    assert len(settle(redis_stores, start(slot(3)))) == 1
    assert rows(redis_stores) == [(1.0, "open", 1), (2.0, "open", 1), (3.0, "open", 1)]
    assert {run.run_id for run in redis_stores.ledger.ready(slot(4), 10)} >= {first.run_id}


def test_runs_that_a_moving_job_left_behind_hold_back_the_next_ones(redis_stores: Stores) -> None:
    job = make_desired(manifest=make_manifest(store="sql"))
    create(redis_stores, manifest=job.manifest)
    left = running(redis_stores)
    redis_stores.inventory.apply([moved(job, "redis")], slot(1.5), {})
    under_way: list[int] = []

    def decide(facts: Any) -> Any:
        under_way.append(facts.under_way)
        return decided(start(slot(2)))(facts)

    [waiting] = redis_stores.ledger.settle(["uid-nightly"], decide, slot(2))
    assert under_way == [1]
    assert redis_stores.ledger.ready(slot(3), 10) == []
    redis_stores.ledger.finish(ended(left), "me", slot(3))
    assert [run.run_id for run in redis_stores.ledger.ready(slot(3), 10)] == [waiting.run_id]


def test_a_job_that_nobody_has_opened_is_passed_over_until_it_is(
    redis_stores: Stores, valkey_url: str, tag: str
) -> None:
    create(redis_stores)
    forget_all(valkey_url, tag)

    assert settle(redis_stores, start(slot(1))) == []
    with pytest.raises(Conflict):
        redis_stores.ledger.enqueue_manual(held(redis_stores), "m", {}, "ann", "", slot(1))
    second_of(redis_stores).tend(slot(1))

    assert second_of(redis_stores).returned()
    assert not second_of(redis_stores).returned()
    assert len(settle(redis_stores, start(slot(1)))) == 1
    assert sorted(rows(redis_stores)) == [(1.0, "cancelled", 1), (1.0, "open", 1)]


def test_a_redis_that_lost_its_memory_leaves_nothing_open_and_starts_nothing_again(
    redis_stores: Stores, valkey_url: str, tag: str
) -> None:
    create(redis_stores, "nightly", "other")
    run = running(redis_stores)
    [queued] = settle(redis_stores, start(slot(1)), uids=["uid-other"])
    second_of(redis_stores).fold()
    forget_all(valkey_url, tag)

    settle(redis_stores, start(slot(1)))
    second_of(redis_stores).tend(slot(2))

    assert settle(redis_stores, start(slot(1)), uids=["uid-nightly", "uid-other"]) == []
    assert rows(redis_stores, "uid-other") == [(1.0, "lost", 1)]
    assert redis_stores.ledger.ready(slot(3), 10) == []
    assert redis_stores.ledger.start(queued.run_id, "me", "node", slot(3)) is None
    assert [one.run_id for one in redis_stores.ledger.running_of("me")] == [run.run_id]
    assert redis_stores.ledger.finish(ended(run), "me", slot(3)) is not None
    assert rows(redis_stores) == [(1.0, "succeeded", 1)]


def test_a_run_that_redis_believes_queued_and_the_database_knows_as_begun_is_lost(
    redis_stores: Stores, valkey_url: str, tag: str
) -> None:
    create(redis_stores)
    [run] = settle(redis_stores, start(slot(1)))
    with Redis.from_url(valkey_url) as client:
        kept = {key: client.dump(key) for key in client.scan_iter(f"{{{tag}}}:*")}
        assert redis_stores.ledger.start(run.run_id, "me", "node", slot(1))
        second_of(redis_stores).fold()
        for key, value in kept.items():
            client.restore(key, 0, value, replace=True)
        client.delete(f"{{{tag}}}:running")

    assert redis_stores.ledger.start(run.run_id, "me", "node", slot(2)) is None
    assert redis_stores.ledger.ready(slot(2), 10) == []
    assert rows(redis_stores) == [(1.0, "lost", 1)]


def test_a_leader_whose_term_is_over_writes_nothing_in_redis(redis_stores: Stores) -> None:
    create(redis_stores)
    old, new = Fence(), Fence()
    old.lease = redis_stores.lease.acquire("a", "node", 1, 0.0, 60)
    redis_stores.lease.release("a")
    new.lease = redis_stores.lease.acquire("b", "node", 2, 0.0, 60)
    second = second_of(redis_stores)
    second.behind(old).tend(slot(1))
    assert len(second.behind(old).settle(["uid-nightly"], decided(start(slot(1))), slot(1))) == 1

    second.behind(new).tend(slot(2))

    with pytest.raises(LeadLost):
        second.behind(old).settle(["uid-nightly"], decided(start(slot(2))), slot(2))
    with pytest.raises(LeadLost):
        second.behind(Fence()).settle(["uid-nightly"], decided(start(slot(2))), slot(2))
    assert len(second.behind(new).settle(["uid-nightly"], decided(start(slot(2))), slot(2))) == 1


def test_jobs_in_the_database_go_on_while_redis_is_away(sqlite_url: str, tag: str) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with opened(beside(sqlite_url, nobody, tag)) as stores:
        create(stores)
        create(stores, "hot", manifest=make_manifest("hot", store="redis"))

        queued = settle(stores, start(slot(1)), uids=["uid-nightly", "uid-hot"])

        assert [run.job_id for run in queued] == ["nightly"]
        assert [run.job_id for run in stores.ledger.ready(slot(1), 10)] == ["nightly"]
        assert stores.ledger.start(queued[0].run_id, "me", "node", slot(1))
        assert stores.ledger.finish(ended(queued[0]), "me", slot(2))
        assert "refused" in second_of(stores).state().trouble
        with pytest.raises(SecondStoreUnavailable):
            stores.ledger.enqueue_manual(held(stores, "hot"), "m", {}, "ann", "", slot(1))
        with pytest.raises(SecondStoreUnavailable):
            stores.ledger.run("nobody-knows")
        assert rows(stores, "uid-hot") == []
        assert held(stores, "hot").cursor == slot(0)


@contextmanager
def beside_own(sqlite_url: str, tag: str, *options: str) -> Iterator[tuple[Stores, ValkeyServer]]:
    with ExitStack() as stack:
        server = stack.enter_context(own_valkey(*options))
        stack.enter_context(jobs_stored_in("redis"))
        yield stack.enter_context(opened(beside(sqlite_url, server.url, tag))), server


def test_what_redis_confirmed_survives_a_kill(sqlite_url: str, tag: str) -> None:
    with beside_own(sqlite_url, tag) as (stores, server):
        create(stores, manifest=make_manifest(policy={"overlap": "allow"}))
        begun, queued = settle(stores, start(slot(1)), start(slot(2)))
        stores.ledger.start(begun.run_id, "me", "node", slot(2))

        server.kill()
        assert settle(stores, start(slot(3))) == []
        server.start()
        wait_for("Redis", lambda: not second_of(stores).state().trouble)

        assert [run.run_id for run in stores.ledger.ready(slot(3), 10)] == [queued.run_id]
        assert stores.ledger.finish(ended(begun), "me", slot(3)) is not None
        assert [run.due_at for run in settle(stores, start(slot(2)), start(slot(3)))] == [slot(3)]
        assert second_of(stores).state().warnings == ()


def test_a_redis_that_may_forget_is_warned_of(sqlite_url: str, tag: str) -> None:
    with beside_own(sqlite_url, tag, "--appendfsync", "everysec") as (stores, _):
        create(stores)

        [doubt] = second_of(stores).state().warnings

        assert "appendfsync everysec" in doubt
        assert "appendfsync always" in doubt


def test_a_cluster_is_found_by_the_address_of_a_node_and_keeps_everything_in_one_slot(
    sqlite_url: str, tag: str
) -> None:
    with own_valkey("--cluster-enabled", "yes") as server:
        server.run("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        wait_for("the cluster", lambda: "cluster_state:ok" in server.run("CLUSTER", "INFO"))
        with jobs_stored_in("redis"), opened(beside(sqlite_url, server.url, tag)) as stores:
            create(stores)
            run = running(stores)
            manual = stores.ledger.enqueue_manual(held(stores), "m", {}, "ann", "", slot(1))
            stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), slot(2) + HOUR)
            stores.ledger.cancel_queued(manual.run_id, "ann", "", slot(2))

            assert sorted(rows(stores)) == [(1.0, "cancelled", 1), (1.0, "open", 1)]
            assert stores.ledger.next_ready(slot(2)) == slot(3)
            keys = server.run("KEYS", "*")
            assert {key.partition(":")[0] for key in keys} == {f"{{{tag}}}"}
            server.kill()
            assert settle(stores, start(slot(4))) == []
            server.start()
            wait_for("the cluster", lambda: not second_of(stores).state().trouble)
            assert len(stores.ledger.ready(slot(5), 10)) == 1
