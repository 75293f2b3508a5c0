"""The guards: load, mass suspension, and sync windows by their table of truth."""

from datetime import datetime, timedelta

import pytest
from builders import at, make_live, make_manifest, make_origin

from tasks_service.core.guards.load import LoadLimit, Rates, excessive
from tasks_service.core.guards.question import changes_of_files
from tasks_service.core.guards.suspensions import mass_suspension
from tasks_service.core.guards.windows import Closures, SyncWindow, judge, opening
from tasks_service.core.schedule import Cron
from tasks_service.core.state import DesiredJob, LiveJob

NOON = at("2026-11-23 12:00")  # a Monday
DAILY = {"trigger": "cron", "expression": "0 2 * * *"}
MINUTELY = {"trigger": "interval", "minutes": 1}
OFTEN = {"trigger": "interval", "seconds": 15}


def live(name: str, schedule: dict[str, object] = DAILY, **keys: object) -> LiveJob:
    return make_live(name, manifest=make_manifest(name, schedule=schedule, **keys), origin=make_origin(f"{name}.yaml"))


def wanted(job: LiveJob, **keys: object) -> DesiredJob:
    manifest = make_manifest(job.manifest.job_id, **({"schedule": DAILY} | keys))
    return DesiredJob(job_uid=job.job_uid, manifest=manifest, origin=job.origin, revision="r2", halted=manifest.suspend)


def loaded(before: list[LiveJob], after: list[DesiredJob], limit: LoadLimit | None = None) -> dict[str, str]:
    have, want = {j.job_uid: j for j in before}, {j.job_uid: j for j in after}
    return excessive(changes_of_files(want, have), have, limit or LoadLimit(), Rates(), NOON)


def test_a_slip_that_runs_a_job_all_the_time_is_questioned_with_its_figures() -> None:
    jobs = [live(f"job{n}") for n in range(40)]

    asked = loaded(jobs, [wanted(jobs[0], schedule=OFTEN), *map(wanted, jobs[1:])])

    assert asked == {jobs[0].job_uid: "this change raises runs per day from 40 to 5,799: job0 from 1 to 5,760"}


def test_a_few_runs_more_are_nobodys_accident() -> None:
    jobs = [live("a"), live("b")]

    assert loaded(jobs, [wanted(jobs[0], schedule=MINUTELY), wanted(jobs[1])]) == {}
    assert loaded(jobs, [wanted(jobs[0], schedule=MINUTELY), wanted(jobs[1])], LoadLimit(runs=1000)) != {}


def test_a_busy_installation_may_grow_in_proportion() -> None:
    jobs = [live("a", OFTEN), live("b")]

    assert loaded(jobs, [wanted(jobs[0], schedule=OFTEN), wanted(jobs[1], schedule=OFTEN)]) == {}


def test_the_first_jobs_of_all_are_never_questioned() -> None:
    assert loaded([], [wanted(live("a"), schedule=OFTEN)]) == {}


def test_what_is_suspended_counts_for_nothing() -> None:
    jobs = [live("a"), live("b")]

    assert loaded(jobs, [wanted(jobs[0], schedule=OFTEN, suspend=True, suspend_reason="x"), wanted(jobs[1])]) == {}


def test_only_many_suspensions_at_once_are_questioned() -> None:
    jobs = [live(f"job{n}") for n in range(10)]
    asleep = {"suspend": True, "suspend_reason": "freeze"}

    def suspending(count: int) -> dict[str, str]:
        want = {j.job_uid: wanted(j, **(asleep if n < count else {})) for n, j in enumerate(jobs)}
        return mass_suspension(changes_of_files(want, {j.job_uid: j for j in jobs}), len(jobs))

    assert suspending(2) == {}
    assert set(suspending(3)) == {j.job_uid for j in jobs[:3]}
    assert "3 of 10 jobs would be suspended" in suspending(3)[jobs[0].job_uid]


def window(kind: str, expression: str, hours: float, *, manual: bool = False, **labels: str) -> SyncWindow:
    return SyncWindow(
        kind=kind,  # type: ignore[arg-type]
        begins=Cron(trigger="cron", expression=expression, timezone="UTC"),
        duration=timedelta(hours=hours),
        manual=manual,
        labels=tuple(labels.items()),
    )


OPEN_NOW, SHUT_NOW = ("0 11 * * *", 2), ("0 20 * * *", 2)


@pytest.mark.parametrize(
    ("windows", "allowed", "manual"),
    [
        ([], True, True),
        ([window("allow", *OPEN_NOW)], True, True),
        ([window("allow", *SHUT_NOW)], False, False),
        ([window("allow", *SHUT_NOW, manual=True)], False, True),
        ([window("deny", *OPEN_NOW)], False, False),
        ([window("deny", *OPEN_NOW, manual=True)], False, True),
        ([window("deny", *SHUT_NOW)], True, True),
        ([window("allow", *OPEN_NOW), window("deny", *OPEN_NOW)], False, False),
        ([window("allow", *OPEN_NOW), window("deny", *SHUT_NOW)], True, True),
        ([window("allow", *SHUT_NOW), window("deny", *SHUT_NOW)], False, False),
        ([window("allow", *OPEN_NOW), window("allow", *SHUT_NOW)], True, True),
        ([window("deny", *OPEN_NOW, manual=True), window("deny", *OPEN_NOW)], False, False),
    ],
)
def test_the_table_of_truth(windows: list[SyncWindow], allowed: bool, manual: bool) -> None:
    verdict = judge(windows, NOON)

    assert (verdict.allowed, verdict.manual) == (allowed, manual)


@pytest.mark.parametrize(
    ("windows", "opens"),
    [
        ([window("allow", "0 20 * * *", 2)], "2026-11-23 20:00"),
        ([window("deny", "0 11 * * *", 2)], "2026-11-23 13:00"),
        ([window("allow", "0 12 * * *", 3), window("deny", "0 11 * * *", 2)], "2026-11-23 13:00"),
        ([window("allow", "0 8 1 6 *", 2)], None),
    ],
)
def test_when_a_window_opens_is_told(windows: list[SyncWindow], opens: str | None) -> None:
    found = opening(windows, NOON)

    assert found == (at(opens) if opens else None)
    if found:
        assert judge(windows, found).allowed
        assert not judge(windows, found - timedelta(seconds=1)).allowed


def test_a_window_lasts_up_to_and_without_its_end() -> None:
    open_now = window("allow", "0 11 * * *", 2)

    def active(moment: datetime) -> bool:
        return open_now.active(moment)

    assert [active(at(f"2026-11-23 {time}")) for time in ("10:59", "11:00", "12:59", "13:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_a_window_with_labels_concerns_these_jobs_alone() -> None:
    freeze = Closures(windows=(window("deny", *OPEN_NOW, team="billing"),), moment=NOON)

    assert freeze.of({"team": "billing"}) == (
        "the sync window is closed until 2026-11-23 13:00 UTC",
        False,
    )
    assert freeze.of({"team": "data"}) == ("", True)
