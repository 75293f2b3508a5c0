"""Three promises about the seam between files and live jobs, word for word."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders import NOW, at
from fakes import FakeClock
from manifest_files import job
from manifest_places import Directory, GitPlace, Place
from workbench import Workbench, workbench_over
from written import writes

FEW = 10
FILES: dict[str, str] = {f"job_{n}.yaml": job(f"job_{n}", hour=n) for n in range(FEW)}
BROKEN = "job_id: [\n"
HEARTBEAT = ("UPDATE syncs", "DELETE sources", "INSERT sources")
"""What tells that the sources are still read."""

KINDS = {
    "interval.yaml": "schedule: {trigger: interval, hours: 7}",
    "shifted.yaml": 'schedule: {trigger: interval, minutes: 45, start_date: "2026-11-01T00:07:00"}',
    "once.yaml": 'schedule: {trigger: date, run_date: "2026-12-24T18:00:00"}',
    "over.yaml": 'schedule: {trigger: date, run_date: "2026-11-01T00:00:00"}',
    "spread.yaml": 'schedule: {trigger: cron, expression: "0 3 * * *", spread: 10m}',
    "jittered.yaml": 'schedule: {trigger: cron, expression: "0 4 * * *", jitter: 600}',
    "away.yaml": 'schedule: {trigger: cron, expression: "30 2 * * *", timezone: America/New_York}',
    "still.yaml": 'schedule: {trigger: cron, expression: "0 5 * * *"}\nsuspend: true\nsuspend_reason: not yet',
}
"""One job of each kind whose next fire might be reckoned anew."""


@pytest.fixture(params=[Directory, GitPlace])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = request.param(tmp_path)
    made.put(FILES)
    return made


@pytest.fixture
def bench(place: Place, fresh_database: str) -> Iterator[Workbench]:
    clock = FakeClock(NOW)
    with workbench_over(place.source(clock), fresh_database, clock) as leading:
        leading.sync()
        yield leading


def document(name: str, rest: str) -> str:
    return f'job_id: {name}\njob_type: command\nparameters: {{argv: ["true"]}}\n{rest}\n'


def upcoming(bench: Workbench) -> dict[str, datetime | None]:
    """The next fire of every job, as it is told and as the timer has it: they may not differ."""
    told = {view.job_uid: view.next_run_time for view in bench.catalog.jobs()}
    held = {uid: live.next_due for uid, live in bench.timer.live().items()}
    assert held == told
    return held


def verdict(bench: Workbench) -> str:
    found = bench.stores.syncs.verdict()
    assert found
    return found[0]


def states(bench: Workbench) -> set[str]:
    return {view.sync.state for view in bench.catalog.jobs()}


@contextmanager
def nothing_changes(bench: Workbench) -> Iterator[None]:
    """The jobs, their definitions and their next fires are afterwards what they were before."""
    before = bench.stores.inventory.jobs(), bench.timer.live()
    yield
    assert (bench.stores.inventory.jobs(), bench.timer.live()) == before


def test_apply_the_same_commit_100_times(place: Place, bench: Workbench) -> None:
    """0 writes, next_run_time unchanged for every job."""
    place.put({path: document(path[:-5], rest) for path, rest in KINDS.items()})
    place.put({"broken.yaml": BROKEN})
    bench.sync()
    bench.overrides.pause("job_1", "ann", reason="the disk is full")
    bench.sync()
    before = upcoming(bench)
    assert len(before) == FEW + len(KINDS)

    with writes() as written:
        for _ in range(100):
            bench.reconciler.step()
    assert written == []
    assert upcoming(bench) == before

    with writes() as written:
        for _ in range(5):
            bench.clock.advance(15)
            bench.reconciler.step()
    assert Counter(written) == dict.fromkeys(HEARTBEAT, 5)
    assert upcoming(bench) == before


def test_pause_change_the_schedule_in_git_restart_change_leader_and_rename(place: Place, bench: Workbench) -> None:
    """Still paused, reason intact."""
    bench.overrides.pause("job_0", "ann", reason="the disk is full", until=NOW + timedelta(days=3))
    bench.sync()
    uid = bench.job("job_0").job_uid
    paused = bench.job("job_0").override
    assert paused

    def still_paused(leading: Workbench, name: str) -> None:
        leading.sync()
        view = leading.job(name)
        assert (view.job_uid, view.activity.state) == (uid, "Paused")
        assert "the disk is full" in view.activity.reason and "ann" in view.activity.reason
        assert view.override == paused
        assert leading.timer.live()[uid].next_due is None

    still_paused(bench, "job_0")
    place.put({"job_0.yaml": job("job_0", hour=13)})
    still_paused(bench, "job_0")
    assert bench.job("job_0").manifest.schedule == bench.timer.live()[uid].manifest.schedule
    bench.files = place.source(bench.clock)
    second = bench.restart()
    still_paused(second, "job_0")
    third = second.takeover("third")
    still_paused(third, "job_0")
    place.put({"job_0.yaml": None, "renamed.yaml": job("renamed", hour=13) + "previous_ids: [job_0]\n"})
    still_paused(third, "renamed")
    third.pass_time("2026-11-26 11:59")
    still_paused(third, "renamed")
    assert third.all_runs("renamed") == []

    third.pass_time("2026-11-26 13:00")
    third.sync()
    third.pass_time("2026-11-26 13:01")
    [run] = third.all_runs("renamed")
    assert run.due_at == at("2026-11-26 13:00")


def test_a_remote_that_is_unreachable_changes_nothing(place: Place, bench: Workbench) -> None:
    with nothing_changes(bench):
        place.vanish()
        assert bench.sync().actions == ()
        bench.clock.advance(120)
        bench.sync()
    assert states(bench) == {"Unknown"}
    with nothing_changes(bench):
        bench.files = place.source(bench.clock)
        bench = bench.restart()
        bench.sync()
    assert states(bench) == {"Unknown"}

    with nothing_changes(bench):
        place.heal()
        bench.sync()
    assert states(bench) == {"Synced"}


def test_a_truncated_clone_changes_nothing(place: Place, bench: Workbench) -> None:
    with nothing_changes(bench):
        place.tear()
        bench.sync()
        bench.clock.advance(120)
        bench.sync()
    assert states(bench) == {"Unknown"}

    with nothing_changes(bench):
        place.heal()
        bench.sync()
    assert verdict(bench) == "Synced"


def test_an_empty_directory_is_blocked(place: Place, bench: Workbench) -> None:
    with nothing_changes(bench):
        place.put(dict.fromkeys(FILES))
        assert bench.sync().actions == ()
    assert verdict(bench) == "Blocked"
    assert states(bench) == {"Blocked"}


def test_a_bad_file_of_50_is_1_invalid_and_49_applied(place: Place, bench: Workbench) -> None:
    place.put({f"job_{n}.yaml": job(f"job_{n}", hour=5) for n in range(50)})
    bench.sync()
    [kept] = [live for live in bench.timer.live().values() if live.manifest.job_id == "job_7"]

    place.put({f"job_{n}.yaml": BROKEN if n == 7 else job(f"job_{n}", hour=6) for n in range(50)})
    plan = bench.sync()

    assert [action.verb for action in plan.actions] == ["update"] * 49
    assert verdict(bench) == "Invalid"
    told = Counter((view.sync.state, view.next_run_time) for view in bench.catalog.jobs())
    assert told == {("Invalid", at("2026-11-24 05:00")): 1, ("Synced", at("2026-11-24 06:00")): 49}
    assert bench.timer.live()[kept.job_uid] == kept
    [problem] = bench.job("job_7").problems
    assert problem.diagnostic.path == "job_7.yaml" and problem.diagnostic.line
