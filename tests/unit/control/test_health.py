"""How a job does, told from what became of its fires."""

from builders import at
from workbench import Workbench, at_hour

from tasks_service.core.run import RunState


def health(bench: Workbench) -> tuple[str, str]:
    axis = bench.job().health
    return axis.state, axis.reason


def run_until(bench: Workbench, moment: str, state: RunState = RunState.SUCCEEDED) -> None:
    bench.pass_time(moment)
    bench.finish_all(state)


def test_a_job_that_never_ran_says_so(bench: Workbench) -> None:
    bench.commit(at_hour())

    assert health(bench) == ("NeverRan", "it has not run yet; its next fire is due at 2026-11-23 16:00 UTC")


def test_fires_missed_while_the_service_was_down_make_it_missed_until_the_next_run(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"catch_up": {"policy": "none", "deadline": "72h"}}))
    run_until(bench, "2026-11-23 17:00")
    bench.clock.set(at("2026-11-25 17:00"))

    later = bench.restart()
    later.sync()

    told = "2 fires up to 2026-11-25 16:00 UTC: the service was down, and policy.catch_up is none"
    assert health(later) == ("Missed", told)
    run_until(later, "2026-11-26 17:00")
    assert health(later) == ("Healthy", "succeeded at 2026-11-26 17:00 UTC")


def test_failures_are_counted_until_a_success(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"retry": {"attempts": 1}}))
    run_until(bench, "2026-11-23 17:00", RunState.FAILED)
    run_until(bench, "2026-11-23 17:05", RunState.FAILED)
    run_until(bench, "2026-11-24 17:00", RunState.TIMED_OUT)
    run_until(bench, "2026-11-24 17:05", RunState.TIMED_OUT)

    state, reason = health(bench)

    assert state == "Failing"
    assert reason.startswith("2 times in a row: ")
    run_until(bench, "2026-11-25 17:00")
    assert health(bench)[0] == "Healthy"


def test_a_run_longer_than_expected_overruns(bench: Workbench) -> None:
    bench.commit(at_hour(expect={"max_runtime": "10m"}))
    bench.pass_time("2026-11-23 16:05")
    assert health(bench) == ("Running", "since 2026-11-23 16:00 UTC")

    bench.clock.set(at("2026-11-23 16:11"))

    assert health(bench) == ("Overrunning", "runs longer than 10m")
