"""Who counts as alive: judged by beats that are seen to change, never by a clock of somebody else."""

from collections.abc import Sequence
from typing import Any

import pytest
from fakes import FakeClock
from workbench import Workbench

from tasks_service.control.identity import Identity
from tasks_service.control.membership import Census, Membership
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.stores import Member, Sighting


class OneHost:
    """A host on which exactly the processes of ``pids`` live."""

    node = "here"
    pid = 1
    started = 0.5

    def __init__(self, *pids: int) -> None:
        self.pids = set(pids)

    def figures(self) -> Sequence[Any]:
        return []

    def alive(self, pid: int, started: float) -> bool:
        return pid in self.pids


def member(owner: str, node: str = "elsewhere", pid: int = 7) -> Member:
    return Member(owner=owner, node=node, pid=pid, pid_started=0.5, role="replica")


def census(bench: Workbench, host: OneHost | None = None) -> Census:
    return Census(clock=bench.clock, host=host or OneHost(), members=bench.stores.members)


def watch(count: Census, clock: FakeClock, seconds: int, *beating: Any) -> frozenset[str]:
    """Look every two seconds; those that are alive beat meanwhile."""
    living = count.living()
    for _ in range(seconds // 2):
        clock.advance(2)
        for beat in beating:
            beat()
        living = count.living()
    return living


def test_a_member_lives_while_it_beats_and_is_dead_after_ten_silent_seconds(bench: Workbench) -> None:
    members = bench.stores.members
    for owner in ("a", "b"):
        members.beat(member(owner))
    count = census(bench)

    assert watch(count, bench.clock, 8, lambda: members.beat(member("a"))) == {"a", "b"}
    assert watch(count, bench.clock, 2, lambda: members.beat(member("a"))) == {"a"}
    assert [s.member.owner for s in members.all()] == ["a"]


def test_a_dead_process_of_this_host_is_found_at_once(bench: Workbench) -> None:
    bench.stores.members.beat(member("dead", node="here", pid=7))
    bench.stores.members.beat(member("alive", node="here", pid=8))
    bench.stores.members.beat(member("elsewhere", pid=7))

    assert census(bench, OneHost(8)).living() == {"alive", "elsewhere"}


def test_whoever_was_away_itself_gives_everybody_the_full_time_again(bench: Workbench) -> None:
    bench.stores.members.beat(member("a"))
    count = census(bench)
    count.living()

    bench.clock.advance(60)

    assert count.living() == {"a"}
    assert watch(count, bench.clock, 8) == {"a"}
    assert watch(count, bench.clock, 2) == frozenset()


def test_a_new_leader_gives_everybody_the_full_time(bench: Workbench) -> None:
    bench.stores.members.beat(member("a"))
    bench.clock.advance(3600)

    assert watch(census(bench), bench.clock, 8) == {"a"}


class Flaky:
    """A store of members that is away while ``away`` says so."""

    def __init__(self) -> None:
        self.away = False
        self.left: list[str] = []

    def beat(self, member: Member) -> None:
        if self.away:
            raise StoreUnavailable("away")

    def leave(self, owner: str) -> None:
        self.left.append(owner)

    def all(self) -> list[Sighting]:
        return []


def test_a_process_whose_beats_do_not_arrive_trusts_itself_no_longer() -> None:
    clock, members = FakeClock(), Flaky()
    own = Membership(
        clock=clock, host=OneHost(), members=members, identity=Identity(owner="me", node="here"), role="replica"
    )
    assert not own.trusted
    own.step()
    assert own.trusted

    members.away = True
    clock.advance(5)
    with pytest.raises(StoreUnavailable):
        own.step()
    assert own.trusted
    clock.advance(1)
    assert not own.trusted

    members.away = False
    own.step()
    assert own.trusted
