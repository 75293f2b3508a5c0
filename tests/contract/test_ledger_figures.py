"""Contract of ``Ledger`` and ``OverrideStore``: the figures that statistics are made from."""

from builders import NOW
from ledger_rows import HOUR, create, ended, running, settle, skip, slot, start

from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Delete
from tasks_service.core.run import Outcome, RunState, Trigger
from tasks_service.core.run_durations import SAMPLE, Durations
from tasks_service.core.stores import Backlog, LastSuccess, Standing, Stores


def finished(stores: Stores, hours: float, state: RunState = RunState.SUCCEEDED) -> None:
    stores.ledger.finish(ended(running(stores, hours), state), "me", slot(hours) + HOUR / 2)


def test_endings_come_newest_first_with_what_was_measured(stores: Stores) -> None:
    create(stores)
    for n in range(1, 5):
        finished(stores, n, RunState.FAILED if n == 3 else RunState.SUCCEEDED)

    newest, older = stores.ledger.endings(slot(2), slot(4), 2)

    assert (newest.state, newest.due_at, newest.trigger) == (RunState.FAILED, slot(3), Trigger.SCHEDULE)
    assert (newest.duration_seconds, newest.lateness_seconds, newest.cpu_seconds) == (1800.0, 0.0, 0.5)
    assert (newest.job_type, newest.attempt, newest.peak_memory_bytes) == ("command", 1, 10)
    assert older.due_at == slot(2)


def test_outcomes_count_every_fire_of_a_range(stores: Stores) -> None:
    create(stores)
    finished(stores, 1)
    settle(stores, skip(slot(2), slot(8), 7), at=slot(9))
    settle(stores, start(slot(10)))

    assert stores.ledger.outcomes(slot(0), slot(20)) == {Outcome.SUCCEEDED: 1, Outcome.SKIPPED_PAUSED: 7}
    assert stores.ledger.outcomes(slot(9), slot(20)) == {}


def test_the_backlog_knows_since_when_the_longest_waiting_run_waits(stores: Stores) -> None:
    create(stores, "nightly", "other")
    assert stores.ledger.backlog(slot(1)) == Backlog(queued=0, running=0, waiting_since=None)

    running(stores, 1)
    settle(stores, start(slot(2)), start(slot(9)), uids=["uid-other"])

    assert stores.ledger.backlog(slot(1)) == Backlog(queued=2, running=1, waiting_since=None)
    assert stores.ledger.backlog(slot(3)) == Backlog(queued=2, running=1, waiting_since=slot(2))


def test_the_last_success_of_each_live_job(stores: Stores) -> None:
    _, _, gone = create(stores, "nightly", "other", "gone")
    finished(stores, 1)
    finished(stores, 2)
    finished(stores, 3, RunState.FAILED)
    stores.inventory.apply([Delete(job=gone)], NOW, {})

    assert stores.ledger.last_successes() == [
        LastSuccess(job_id="nightly", job_type="command", at=slot(2.5)),
        LastSuccess(job_id="other", job_type="command", at=None),
    ]


def lasted(stores: Stores, hours: float, minutes: float, state: RunState = RunState.SUCCEEDED) -> None:
    run = running(stores, hours)
    stores.ledger.finish(ended(run, state), "me", slot(hours) + HOUR * minutes / 60)


def test_the_usual_duration_of_a_job_comes_from_its_successes(stores: Stores) -> None:
    create(stores, "nightly", "other")
    for n, minutes in enumerate((10, 20, 30), start=1):
        lasted(stores, n, minutes)
    lasted(stores, 4, 1, RunState.FAILED)
    running(stores, 5)

    assert stores.ledger.durations(["uid-nightly", "uid-other", "uid-none"]) == {
        "uid-nightly": Durations(count=3, p50=1200.0, p95=1740.0)
    }
    assert stores.ledger.durations(["uid-nightly"], slot(2.4))["uid-nightly"] == Durations(
        count=1, p50=1800.0, p95=1800.0
    )
    assert stores.ledger.durations(["uid-nightly"], slot(9)) == {}
    assert stores.ledger.durations([]) == {}


def test_a_timeline_reads_what_ended_and_what_nothing_came_of(stores: Stores) -> None:
    _, gone = create(stores, "nightly", "gone")
    lasted(stores, 1, 10)
    lasted(stores, 2, 20, RunState.FAILED)
    settle(stores, skip(slot(3), slot(5), 3), at=slot(5))
    settle(stores, skip(slot(3), slot(5), 3), uids=["uid-gone"], at=slot(5))
    stores.inventory.apply([Delete(job=gone)], NOW, {})

    failed, good = stores.ledger.past_runs(slot(0), slot(20), 10)
    assert (failed.state, failed.job_id, failed.due_at) == (RunState.FAILED, "nightly", slot(2))
    assert (good.started_at, good.finished_at) == (slot(1), slot(1) + HOUR / 6)
    assert stores.ledger.past_runs(slot(2), slot(20), 10) == stores.ledger.past_runs(slot(0), slot(20), 1) == [failed]

    [paused] = stores.ledger.unrun(slot(4), slot(20), 10)
    assert (paused.job_id, paused.due_at, paused.count, paused.outcome) == ("nightly", slot(3), 3, "skipped_paused")
    assert stores.ledger.unrun(slot(5), slot(20), 10) == []


def test_only_the_newest_successes_say_how_long_a_job_takes(stores: Stores) -> None:
    create(stores)
    lasted(stores, 1, 59)
    for n in range(SAMPLE):
        lasted(stores, 2 + n, 10)

    assert stores.ledger.durations(["uid-nightly"])["uid-nightly"] == Durations(count=SAMPLE, p50=600.0, p95=600.0)


def test_overrides_in_force_are_added_up_over_live_jobs(stores: Stores) -> None:
    jobs = create(stores, "a", "b", "c", "gone")
    for n, job in enumerate(jobs):
        stores.overrides.add(job.job_uid, OverrideKind.PAUSE, "ann", "", slot(n), slot(20) if n < 2 else None)
    stores.overrides.add("uid-a", OverrideKind.RESUME, "ann", "", slot(1), slot(4))
    stores.overrides.end("uid-c", OverrideKind.PAUSE, "bob", slot(5))
    stores.inventory.apply([Delete(job=jobs[3])], NOW, {})

    assert stores.overrides.standing(slot(6)) == [Standing(kind=OverrideKind.PAUSE, count=2, oldest=slot(0))]
    assert {s.kind: s.count for s in stores.overrides.standing(slot(3))} == {
        OverrideKind.PAUSE: 2,
        OverrideKind.RESUME: 1,
    }
    assert stores.overrides.standing(slot(30)) == []


def test_usage_sums_up_the_runs_of_one_job_since_a_moment(stores: Stores) -> None:
    create(stores, "nightly", "other")
    for n, start_seconds in ((1, 0.5), (2, 0.1), (3, 0.3)):
        run = running(stores, n)
        state = RunState.FAILED if n == 3 else RunState.SUCCEEDED
        measured = {"start_seconds": start_seconds, "peak_memory_bytes": n * 100, "output_bytes": n}
        stores.ledger.finish(ended(run, state).model_copy(update=measured), "me", slot(n) + HOUR / 2)

    found = stores.ledger.usage("uid-nightly", slot(1.9))

    assert (found.runs, found.failed, found.seconds, found.cpu_seconds) == (2, 1, 3600.0, 1.0)
    assert (found.output_bytes, found.peak_memory_bytes) == (5, 300)
    assert (round(found.mean_start_seconds or 0, 6), found.longest_start_seconds) == (0.2, 0.3)
    nothing = stores.ledger.usage("uid-other", slot(0))
    assert (nothing.runs, nothing.failed, nothing.seconds, nothing.peak_memory_bytes) == (0, 0, 0.0, None)


def test_a_clock_that_was_set_back_makes_no_run_shorter_than_nothing(stores: Stores) -> None:
    create(stores)
    stores.ledger.finish(ended(running(stores, 2)), "me", slot(1))

    assert stores.ledger.usage("uid-nightly", slot(0)).seconds == 0.0
