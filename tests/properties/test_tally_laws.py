"""Laws of the tallies: they never go back, and they are what the ledger says, whoever adds and whenever."""

import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from builders import make_tally
from databases import migrated, opened
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rows import create, ended, settle, skip, slot, start

from tasks_service.core.run import Outcome, RunState
from tasks_service.core.stores import RunFilter, Stores
from tasks_service.core.tally import Measure, distribution

FINAL = sorted(state for state in RunState if state.final)
UIDS = ("uid-a", "uid-b")
STEPS = st.one_of(
    st.tuples(st.just("run"), st.sampled_from(UIDS), st.sampled_from(FINAL), st.booleans()),
    st.tuples(st.just("skip"), st.sampled_from(UIDS), st.integers(1, 3), st.sampled_from(["paused", "missed"])),
    st.tuples(st.just("cancel"), st.sampled_from(UIDS)),
    st.tuples(st.just("gather"), st.integers(0, 1), st.integers(1, 5)),
    st.tuples(st.just("restart"), st.integers(0, 1)),
)
Seen = dict[tuple[str, str, str, float], tuple[int, float]]


class World:
    """Two processes on one database. Every step takes an hour."""

    def __init__(self, url: str, open_ones: ExitStack) -> None:
        self._url, self._open_ones = url, open_ones
        self.processes = [open_ones.enter_context(opened(url)) for _ in range(2)]
        create(self.stores, "a", "b")
        self._hour = 0

    @property
    def stores(self) -> Stores:
        return self.processes[0]

    def step(self, kind: str, *how: Any) -> None:
        self._hour += 4
        getattr(self, kind)(*how)

    def run(self, uid: str, state: RunState, retried: bool) -> None:
        [run] = settle(self.stores, start(slot(self._hour)), uids=[uid])
        self.stores.ledger.start(run.run_id, "me", "node", slot(self._hour))
        retry_at = slot(self._hour + 1) if retried else None
        self.stores.ledger.finish(ended(run, state), "me", slot(self._hour + 1), retry_at=retry_at)

    def skip(self, uid: str, count: int, why: str) -> None:
        outcome = Outcome.SKIPPED_PAUSED if why == "paused" else Outcome.MISSED_DOWN
        settle(self.stores, skip(slot(self._hour), slot(self._hour + count - 1), count, outcome), uids=[uid])

    def cancel(self, uid: str) -> None:
        [run] = settle(self.stores, start(slot(self._hour)), uids=[uid])
        self.stores.ledger.cancel_queued(run.run_id, "ann", "", slot(self._hour))

    def gather(self, process: int, limit: int) -> None:
        self.processes[process].tallies.gather(limit)

    def restart(self, process: int) -> None:
        self.processes[process].database.close()
        self.processes[process] = self._open_ones.enter_context(opened(self._url))

    def tallied(self) -> Seen:
        kept = self.stores.tallies.all()
        return {(t.measure.value, t.job_type, t.facet, t.le): (t.times, t.total) for t in kept}

    def counts(self, measure: Measure) -> Counter[str]:
        found: Counter[str] = Counter()
        for tally in self.stores.tallies.all():
            found[tally.facet] += tally.times if tally.measure is measure else 0
        return +found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tallies") / "tasks.db"
    migrated(f"sqlite:///{path}")
    return path


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_the_tallies_never_go_back_and_equal_the_ledger(template: Path, steps: list[Any]) -> None:
    with ExitStack() as open_ones:
        folder = open_ones.enter_context(TemporaryDirectory())
        world = World(f"sqlite:///{shutil.copy(template, folder)}", open_ones)
        before: Seen = {}
        for step in steps:
            world.step(*step)
            now = world.tallied()
            assert all(now[key] >= value and now[key][1] >= value[1] for key, value in before.items())
            before = now
        while world.stores.tallies.gather(3):
            pass

        runs = world.stores.ledger.runs(RunFilter(states=frozenset(FINAL)), limit=500).items
        assert world.counts(Measure.RUNS) == Counter(run.state.value for run in runs)
        rows = [row for uid in UIDS for row in world.stores.ledger.occurrences(uid, limit=500).items if row.outcome]
        fires: Counter[str] = Counter()
        for row in rows:
            fires[str(row.outcome)] += row.count
        assert world.counts(Measure.OCCURRENCES) == fires


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), max_size=20),
    st.lists(st.floats(0.1, 100), unique=True).map(sorted),
)
def test_a_distribution_keeps_every_observation_whatever_its_bounds(
    seen: list[tuple[float, int]], bounds: list[float]
) -> None:
    kept = [make_tally(le=le, times=times, total=le * times) for le, times in seen]

    found = distribution(kept, tuple(bounds))

    assert sum(found.counts) == sum(times for _, times in seen)
    for place, bound in enumerate(bounds):
        assert sum(found.counts[: place + 1]) == sum(times for le, times in seen if le <= bound)
