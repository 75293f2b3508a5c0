"""Contracts of the stores of lease, members and bells, and of the fence around what only a leader may write."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from builders import NOW
from databases import opened
from ledger_rows import create, decided, rows, settle, slot, start

from tasks_service.core.errors import LeadLost
from tasks_service.core.stores import Fence, Happening, Member, Stores


def member(owner: str, **fields: object) -> Member:
    told = {"node": "node", "pid": 1, "pid_started": 0.5, "role": "replica", **fields}
    return Member(owner=owner, **told)  # type: ignore[arg-type]


def test_one_holds_the_lease_and_each_change_is_a_new_term(stores: Stores) -> None:
    first = stores.lease.acquire("a", "node", 1, 0.0, 60)
    assert first is not None
    assert stores.lease.acquire("b", "node", 2, 0.0, 60) is None
    renewed = stores.lease.acquire("a", "node", 1, 0.0, 60)
    assert renewed is not None
    assert renewed.term == first.term

    stores.lease.evict("a", first.term)
    second = stores.lease.acquire("b", "node", 2, 0.0, 60)

    assert second is not None
    assert second.term > first.term
    holder = stores.lease.holder()
    assert holder is not None
    assert (holder.owner, holder.pid) == ("b", 2)
    stores.lease.evict("a", first.term)
    stores.lease.release("a")
    assert stores.lease.acquire("c", "node", 3, 0.0, 60) is None
    stores.lease.release("b")
    assert stores.lease.acquire("c", "node", 3, 0.0, 60) is not None


def test_one_of_many_gets_a_free_lease(stores: Stores, database_url: str) -> None:
    def take(n: int) -> bool:
        with opened(database_url) as own:
            return own.lease.acquire(f"o{n}", "node", n, 0.0, 60) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_member_is_listed_from_its_first_beat_until_it_leaves(stores: Stores) -> None:
    stores.members.beat(member("a", facts={"sandbox": "S1"}))
    stores.members.beat(member("b", role="worker"))
    before, other = stores.members.all()
    stores.members.beat(member("a", facts={"sandbox": "S2"}))
    after, _ = stores.members.all()

    assert (before.member, other.member) == (member("a", facts={"sandbox": "S1"}), member("b", role="worker"))
    assert after.member.facts == {"sandbox": "S2"}
    assert (after.joined_at, after.beats) == (before.joined_at, before.beats + 1)
    assert after.seen_at >= before.seen_at

    stores.members.leave("a")
    stores.members.leave("nobody")
    assert [s.member.owner for s in stores.members.all()] == ["b"]


def test_a_bell_counts_every_ring(stores: Stores, database_url: str) -> None:
    assert stores.bells.rung() == {}

    def ring(n: int) -> None:
        with opened(database_url) as own:
            own.bells.ring("sync" if n % 2 else "dispatch")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ring, range(8)))
    assert stores.bells.rung() == {"sync": 4, "dispatch": 4}


def test_a_leader_writes_behind_its_fence_until_another_one_leads(stores: Stores) -> None:
    fence = Fence()
    led = stores.behind(fence)
    create(stores)
    with pytest.raises(LeadLost):
        settle(led, start(slot(1)))

    fence.lease = stores.lease.acquire("a", "node", 1, 0.0, 60)
    assert len(settle(led, start(slot(1)))) == 1

    stores.lease.release("a")
    stores.lease.acquire("b", "node", 2, 0.0, 60)
    with pytest.raises(LeadLost):
        settle(led, start(slot(2)))
    with pytest.raises(LeadLost):
        led.journal.publish([Happening(at=NOW, kind="job.created")])
    assert rows(stores) == [(1.0, "open", 1)]
    assert stores.journal.last_seq() == 0


def test_a_leader_that_leads_again_does_not_write_with_its_old_term(stores: Stores) -> None:
    old, new = Fence(), Fence()
    old.lease = stores.lease.acquire("a", "node", 1, 0.0, 60)
    stores.lease.release("a")
    new.lease = stores.lease.acquire("a", "node", 1, 0.0, 60)

    with pytest.raises(LeadLost):
        stores.behind(old).journal.publish([Happening(at=NOW, kind="old")])
    stores.behind(new).journal.publish([Happening(at=NOW, kind="new")])

    assert [h.kind for h in stores.journal.after(0)] == ["new"]


def test_nobody_takes_the_lead_in_the_middle_of_a_leaders_write(stores: Stores, database_url: str) -> None:
    """The lease row is held for the length of the write, so that old and new leader never write side by side."""
    create(stores)
    fence = Fence()
    fence.lease = stores.lease.acquire("a", "node", 1, 0.0, 0)
    writing, go_on = Event(), Event()

    def slowly(facts: object) -> object:
        writing.set()
        assert go_on.wait(10)
        return decided(start(slot(1)))(facts)  # type: ignore[arg-type]

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2))
        other = stack.enter_context(opened(database_url))
        claim = pool.submit(stores.behind(fence).ledger.settle, ["uid-nightly"], slowly, slot(1))  # type: ignore[arg-type]
        assert writing.wait(10)
        takeover = pool.submit(other.lease.acquire, "b", "node", 2, 0.0, 60)
        assert not takeover.done()
        go_on.set()
        assert len(claim.result(10)) == 1
        taken = takeover.result(10)
    assert taken is not None
    assert rows(stores) == [(1.0, "open", 1)]
