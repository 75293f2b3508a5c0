"""Preflights on the workbench: when they are made, what is kept of them, and that no ledger ever hears of them."""

from typing import Any

import pytest
from workbench import Workbench, at_hour

from tasks_service.control.attention import concerns
from tasks_service.control.preflights import SCAN
from tasks_service.core.preflight import PreflightState, judged
from tasks_service.core.run import Purpose, RunError, RunRequest, RunResult, RunState

NO_FINDINGS: dict[str, Any] = {"findings": []}
FINDING = {"what": "there is no token", "why": "a run fails", "remedy": "set it", "fatal": True}
FAILED = {"findings": [FINDING]}


@pytest.fixture
def bench(bench: Workbench) -> Workbench:
    bench.preflights.step()
    return bench


def under_way(bench: Workbench) -> list[RunRequest]:
    bench.preflights.step()
    running = bench.executor.running()
    made = [request for request in bench.executor.submitted if request.purpose is Purpose.PREFLIGHT]
    return [request for request in made if request.run_id in running]


def begun(bench: Workbench) -> RunRequest:
    """The one preflight that is being made."""
    [request] = under_way(bench)
    return request


def make(bench: Workbench, result: dict[str, Any] | None = None, state: RunState = RunState.SUCCEEDED) -> RunRequest:
    """One preflight from its beginning to its record."""
    request = begun(bench)
    bench.executor.end(request.run_id, state, result=result or NO_FINDINGS)
    bench.preflights.step()
    return request


def idle(bench: Workbench) -> bool:
    return not under_way(bench)


def state(bench: Workbench, job_id: str = "nightly") -> PreflightState | None:
    found = bench.job(job_id).preflight
    return found.state if found else None


def test_a_job_that_is_added_is_looked_at_once_with_little_time(bench: Workbench) -> None:
    bench.commit(at_hour())
    request = make(bench)

    assert (request.job_id, request.limits.wall_seconds) == ("nightly", 30)
    assert state(bench) is PreflightState.OK
    assert idle(bench)


def test_a_job_that_is_changed_is_looked_at_anew_and_one_that_is_not_is_left_alone(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"))
    assert {make(bench).job_id, make(bench).job_id} == {"nightly", "other"}

    bench.commit(at_hour(hour=17), at_hour("other"))

    assert not concerns(bench.job())
    assert make(bench, FAILED).job_id == "nightly"
    assert idle(bench)
    assert [(a.kind, a.severity) for a in concerns(bench.job())] == [("preflight", "warn")]


def test_every_job_has_its_own_moment_of_the_day(bench: Workbench) -> None:
    names = [f"job{number}" for number in range(40)]
    bench.commit(*(at_hour(name) for name in names))
    for _ in names:
        make(bench)

    hours = []
    for hour in range(24):
        bench.clock.advance(3600)
        made = 0
        while not idle(bench):
            make(bench)
            made += 1
        hours.append(made)
        assert hour < 23 or sum(hours) == len(names)
    assert max(hours) < len(names) / 2


def test_a_preflight_leaves_no_trace_in_the_ledger_and_holds_no_run_back(bench: Workbench) -> None:
    bench.commit(at_hour())
    make(bench, FAILED)
    assert (bench.rows(), bench.all_runs(), bench.look()) == ([], [], [])

    bench.commit(at_hour(hour=17))
    request = begun(bench)
    assert bench.runner.busy == 0
    bench.pass_time(f"{bench.clock.now():%Y-%m-%d} 17:00")
    bench.step()

    assert request.run_id not in bench.executor.cancelled
    assert [run.state for run in bench.all_runs()] == [RunState.RUNNING]
    bench.executor.end(bench.all_runs()[0].run_id)
    bench.step()
    assert [run.state for run in bench.all_runs()] == [RunState.SUCCEEDED]


def test_who_asks_comes_before_what_is_due_and_is_answered_once(bench: Workbench) -> None:
    bench.commit(at_hour())
    make(bench)
    bench.commit(at_hour(hour=17), at_hour("other"))
    bench.stores.preflights.ask(bench.job().job_uid, "anna", bench.clock.now())

    assert make(bench).job_id == "nightly"
    assert begun(bench).job_id == "other"
    assert not bench.stores.preflights.asked()


def test_what_was_cancelled_is_not_recorded(bench: Workbench) -> None:
    bench.commit(at_hour())
    request = begun(bench)

    bench.preflights.end()

    assert bench.executor.cancelled == {request.run_id: "this process no longer leads"}
    assert state(bench) is None
    bench.preflights.begin()
    assert make(bench).job_id == "nightly"


def test_another_leader_goes_on_from_what_is_recorded(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"))
    first = make(bench).job_id

    successor = bench.takeover("second")

    assert {first, make(successor).job_id} == {"nightly", "other"}
    assert idle(successor)


def test_where_runs_begin_elsewhere_a_preflight_is_skipped_with_the_reason(bench: Workbench) -> None:
    bench.preflights_with(None)
    bench.commit(at_hour())
    assert idle(bench)

    found = bench.job().preflight
    assert found and found.state is PreflightState.SKIPPED
    assert "runs begin in workers" in found.reason
    bench.stores.preflights.ask(bench.job().job_uid, "anna", bench.clock.now())
    assert idle(bench)
    assert not bench.stores.preflights.asked()


def test_where_nobody_wants_them_they_are_made_on_request_only(bench: Workbench) -> None:
    bench.preflights_with(bench.shared, automatic=False)
    bench.commit(at_hour())
    bench.clock.advance(SCAN.total_seconds() * 2)
    assert idle(bench)

    bench.stores.preflights.ask(bench.job().job_uid, "anna", bench.clock.now())

    assert make(bench).job_id == "nightly"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (RunResult(run_id="p", state=RunState.TIMED_OUT), "not done in time"),
        (RunResult(run_id="p", state=RunState.LOST), "itself failed: it ended as lost"),
        (RunResult(run_id="p", state=RunState.SUCCEEDED, result={"findings": 3}), "no list of findings"),
        (
            RunResult(run_id="p", state=RunState.FAILED, error=RunError(type="KeyError", message="'x'")),
            "itself failed: KeyError: 'x'",
        ),
        (
            RunResult(run_id="p", state=RunState.FAILED, error=RunError(type="SecretMissing", message="X is not set")),
            "X is not set",
        ),
    ],
)
def test_a_preflight_that_has_no_answer_is_a_failed_one_with_the_reason(result: RunResult, words: str) -> None:
    verdict, [finding] = judged(result)
    assert verdict is PreflightState.FAILED
    assert words in finding.what
    assert finding.why and finding.remedy


def test_a_finding_that_fails_no_run_is_told_and_fails_no_preflight(bench: Workbench) -> None:
    bench.commit(at_hour())
    make(bench, {"findings": [FINDING | {"fatal": False}]})
    found = bench.job().preflight
    assert found and (found.state, len(found.findings)) == (PreflightState.OK, 1)
    assert not concerns(bench.job())
