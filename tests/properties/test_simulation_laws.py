"""Laws of simulations: no fire is lost, no job meets itself, and slots only help."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

from builders import NOW, make_override
from hypothesis import given, settings
from hypothesis import strategies as st
from simulations import DAY, cron, due, lasting, played, slots_of

from tasks_service.core.run import Outcome
from tasks_service.core.simulation.outlook import Question, look_ahead
from tasks_service.core.simulation.trace import SimulatedJob, Trace
from tasks_service.core.simulation.waits import waits

EXPRESSIONS = ["*/15 * * * *", "0 * * * *", "5,35 * * * *", "0 2 * * *", "30 2 * * 1-5", "0,20,40 9-17 * * *"]
schedules: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(cron, st.sampled_from(EXPRESSIONS), timezone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"])),
    st.builds(lambda n: {"trigger": "interval", "seconds": n}, st.integers(300, 20_000)),
)
durations = st.sampled_from([0.0, 1.0, 59.5, 600.0, 2820.0, 4000.0])


@st.composite
def households(draw: st.DrawFn, *overlaps: str, spread: bool = True) -> list[SimulatedJob]:
    """A few jobs, some of which are paused or wait for their share of a spread."""
    found = []
    for n in range(draw(st.integers(1, 6))):
        schedule = draw(schedules)
        if spread and draw(st.booleans()):
            schedule |= {"spread": "10m"}
        paused = st.integers(0, 86_400).map(
            lambda s: make_override(created_at=NOW - timedelta(seconds=1), until=NOW + timedelta(seconds=s))
        )
        keys: dict[str, Any] = {"schedule": schedule, "overlap": draw(st.sampled_from(overlaps))}
        if draw(st.integers(0, 3)) == 0:
            keys["overrides"] = (draw(paused),)
        found.append(lasting(draw(durations), f"job-{n}", **keys))
    return found


def runs_of(trace: Trace, job_id: str) -> list[tuple[Any, Any]]:
    return sorted((run.started_at, run.ended_at) for run in trace.runs if run.job_id == job_id)


@given(schedule=schedules)
@settings(max_examples=25, deadline=None)
def test_runs_that_take_no_time_start_whenever_the_schedule_fires(schedule: dict[str, Any]) -> None:
    job = lasting(0.0, schedule=schedule)

    trace = played(job, slots=1)

    assert [(run.due_at, run.started_at, run.ended_at) for run in trace.runs] == [(d, d, d) for d in due(job.manifest)]
    assert trace.skipped == ()


@given(jobs=households("skip", "queue", "allow", "cancel_previous"), slots=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_every_fire_becomes_a_run_or_is_left_out_for_a_reason(jobs: list[SimulatedJob], slots: int) -> None:
    trace = played(*jobs, slots=slots)

    for job in jobs:
        skipped = [s for s in trace.skipped if s.job_id == job.job_id]
        begun = [run.due_at for run in trace.runs if run.job_id == job.job_id]
        assert sorted(begun + slots_of(job.manifest, skipped)) == due(job.manifest)
        assert sum(s.count for s in skipped) + len(begun) == len(due(job.manifest))
        assert all(s.reason for s in skipped)


@given(jobs=households("skip", "queue", "cancel_previous"), slots=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_a_job_that_excludes_itself_never_runs_twice_at_once(jobs: list[SimulatedJob], slots: int) -> None:
    trace = played(*jobs, slots=slots)

    for job in jobs:
        assert all(end <= begin for (_, end), (begin, _) in pairwise(runs_of(trace, job.job_id)))


@given(jobs=households("skip", "allow"), slots=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_never_more_runs_than_slots(jobs: list[SimulatedJob], slots: int) -> None:
    changes: dict[Any, int] = defaultdict(int)
    for run in played(*jobs, slots=slots).runs:
        if run.started_at < run.ended_at:
            changes[run.started_at] += 1
            changes[run.ended_at] -= 1

    level = 0
    for moment in sorted(changes):
        level += changes[moment]
        assert level <= slots


@given(jobs=households("skip", "allow"))
@settings(max_examples=25, deadline=None)
def test_with_enough_slots_nobody_waits(jobs: list[SimulatedJob]) -> None:
    assert waits(played(*jobs, slots=10_000), 1).longest == 0


@given(jobs=households("allow", spread=False), slots=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_where_no_run_leaves_another_out_a_slot_more_lets_nobody_start_later(
    jobs: list[SimulatedJob], slots: int
) -> None:
    def starts(number: int) -> dict[tuple[str, Any], Any]:
        return {(run.job_id, run.due_at): run.started_at for run in played(*jobs, slots=number).runs}

    few, more = starts(slots), starts(slots + 1)
    assert few.keys() == more.keys()
    assert all(more[run] <= few[run] for run in few)


@given(jobs=households("skip", "allow"), patience=st.sampled_from([0.0, 60.0, 1800.0]))
@settings(max_examples=15, deadline=None)
def test_the_slots_that_are_said_to_be_needed_are_enough(jobs: list[SimulatedJob], patience: float) -> None:
    outlook = look_ahead(jobs, Question(start=NOW, end=NOW + DAY, slots=2, patience=patience))

    assert waits(played(*jobs, slots=outlook.need.slots), 1).longest == outlook.need.longest <= patience


@given(jobs=households("skip", "allow"), limit=st.integers(1, 100))
@settings(max_examples=20, deadline=None)
def test_what_is_cut_is_said_and_counted(jobs: list[SimulatedJob], limit: int) -> None:
    outlook = look_ahead(jobs, Question(start=NOW, end=NOW + DAY, slots=2, limit=limit))

    left_out = {cut.job_id: cut for cut in outlook.cuts}
    played_through = 0
    for job, told in zip(sorted(jobs, key=lambda j: j.job_id), outlook.jobs, strict=True):
        accounted = told.runs + sum(told.outcomes.values())
        played_through += accounted
        cut = left_out.get(told.job_id)
        assert sum(told.fires) == len(due(job.manifest))
        assert accounted + (cut.fires_left_out if cut else 0) == sum(told.fires)
    assert played_through <= limit


def test_the_same_run_that_holds_a_fire_up_is_named() -> None:
    trace = played(lasting(3900.0, schedule=cron("0 * * * *")), end=NOW + timedelta(hours=4))

    assert [(s.due_at.hour, s.count, s.outcome, s.blocked_by) for s in trace.skipped] == [
        (13, 1, Outcome.SKIPPED_OVERLAP, NOW),
        (15, 1, Outcome.SKIPPED_OVERLAP, NOW + timedelta(hours=2)),
    ]
