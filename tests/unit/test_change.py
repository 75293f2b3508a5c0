"""What differs between two versions, and what is blamed on it."""

from datetime import timedelta
from typing import Any

import pytest
from builders import NOW, make_manifest, make_origin, make_run

from tasks_service.core.blame import blame_of
from tasks_service.core.change import field_changes
from tasks_service.core.history import JobVersion
from tasks_service.core.manifest import JobManifest
from tasks_service.core.run import Run, RunState, Trigger

HOUR = timedelta(hours=1)
GOOD, BAD = make_manifest(), make_manifest(parameters={"argv": ["false"]})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, []),
        ({}, {"description": "x"}, ['description: "" → "x"']),
        ({"labels": {"a": "1", "b": "2"}}, {"labels": {"b": "3"}}, ['labels.a: "1" → absent', 'labels.b: "2" → "3"']),
        ({"labels": {"a": "1"}}, {"labels": {}}, ['labels.a: "1" → absent']),
        (
            {},
            {"schedule": {"trigger": "interval", "hours": 1, "weeks": 0}},
            [
                'schedule.trigger: "cron" → "interval"',
                'schedule.expression: "0 2 * * *" → absent',
                'schedule.dst.gap: "after" → absent',
                'schedule.dst.fold: "first" → absent',
                "schedule.weeks: absent → 0",
                "schedule.days: absent → 0",
                "schedule.hours: absent → 1",
                "schedule.minutes: absent → 0",
                "schedule.seconds: absent → 0",
            ],
        ),
        ({"policy": {"timeout": "1m"}}, {"policy": {"timeout": "60s"}}, []),
        ({}, {"parameters": {"argv": ["x" * 100]}}, [f'parameters.argv: ["true"] → ["{"x" * 77}…']),
    ],
)
def test_each_field_is_told_with_both_values(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert [str(change) for change in field_changes(make_manifest(**before), make_manifest(**after))] == told


@pytest.mark.parametrize("name", ["token", "API_KEY", "Authorization", "db_password", "client-secret", "cookie"])
def test_what_may_be_a_secret_is_masked_and_a_reference_is_not(name: str) -> None:
    def headers(value: str) -> JobManifest:
        return make_manifest(parameters={"argv": ["true"], "env": {name: value}})

    [change] = field_changes(headers("hunter22"), headers("${TASKS_SECRET_OTHER}"))
    assert (change.before, change.after) == ("***", '"${TASKS_SECRET_OTHER}"')


def version(manifest: JobManifest, hours: float, **fields: Any) -> JobVersion:
    told = {"job_uid": "uid-nightly", "origin": make_origin(), "revision": f"r{hours:g}", "author": ""}
    return JobVersion(manifest=manifest, applied_at=NOW + hours * HOUR, **(told | fields))


def run(manifest: JobManifest, hours: float, state: RunState, **fields: Any) -> Run:
    at = NOW + hours * HOUR
    return make_run(f"run-{hours:g}", due_at=at, queued_at=at, digest=manifest.digest, state=state, **fields)


def test_the_version_that_failed_first_is_blamed_with_what_it_changed() -> None:
    versions = [version(GOOD, 0), version(BAD, 2, author="ann")]

    blame = blame_of(run(GOOD, 1, RunState.SUCCEEDED), run(BAD, 3, RunState.FAILED), versions)

    assert blame is not None
    assert (blame.version, blame.failure.run_id, blame.success.run_id) == (versions[1], "run-3", "run-1")
    assert blame.sentence == (
        'since revision r2 by ann (jobs.yaml:1), which changed parameters.argv: ["true"] → ["false"]'
    )


def test_a_failure_of_the_version_that_succeeded_is_no_changes_fault() -> None:
    assert blame_of(run(GOOD, 1, RunState.SUCCEEDED), run(GOOD, 3, RunState.FAILED), [version(GOOD, 0)]) is None


def test_a_version_that_is_not_known_any_more_cannot_be_blamed() -> None:
    assert blame_of(run(GOOD, 1, RunState.SUCCEEDED), run(BAD, 3, RunState.FAILED), [version(BAD, 2)]) is None


def test_a_version_that_came_back_is_blamed_for_its_second_time() -> None:
    versions = [version(BAD, 0), version(GOOD, 2), version(BAD, 4)]

    blame = blame_of(run(GOOD, 3, RunState.SUCCEEDED), run(BAD, 5, RunState.TIMED_OUT), versions)

    assert blame is not None
    assert blame.version is versions[2]


def test_a_run_of_the_old_version_that_ends_after_the_change_accuses_nobody() -> None:
    versions = [version(BAD, 0), version(GOOD, 2)]
    assert blame_of(run(GOOD, 3, RunState.SUCCEEDED), run(BAD, 1, RunState.FAILED), versions) is None


def test_a_manual_run_with_parameters_of_its_own_accuses_nobody() -> None:
    versions = [version(GOOD, 0), version(BAD, 2)]
    own = run(BAD, 3, RunState.FAILED, trigger=Trigger.MANUAL, parameters={"argv": ["something", "else"]})
    same = run(BAD, 3, RunState.FAILED, trigger=Trigger.MANUAL, parameters=BAD.parameters)

    assert blame_of(run(GOOD, 1, RunState.SUCCEEDED), own, versions) is None
    assert blame_of(run(GOOD, 1, RunState.SUCCEEDED), same, versions) is not None
