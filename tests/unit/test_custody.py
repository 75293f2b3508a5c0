"""What holds and pins keep, and how far overrides reach: tables."""

from datetime import timedelta
from typing import Any

import pytest
from builders import NOW, make_desired, make_inventory_job, make_manifest, make_origin, make_override

from tasks_service.core.custody import keep
from tasks_service.core.history import JobVersion
from tasks_service.core.override import OverrideKind, OverrideSet, Reach, in_force
from tasks_service.core.state import Activity, DesiredJob, InventoryJob, activity

HOUR = timedelta(hours=1)
FILE = make_origin("jobs.yaml")
PAUSE, RESUME, HOLD, PIN = OverrideKind
REACHES: dict[str, dict[str, Any]] = {
    "job": {"job_uid": "uid-nightly"},
    "labels": {"job_uid": "", "labels": {"team": "data"}},
    "all": {"job_uid": ""},
    "other": {"job_uid": "uid-other"},
    "strangers": {"job_uid": "", "labels": {"team": "data", "tier": "1"}},
}


@pytest.mark.parametrize(
    ("suspended", "overrides", "expected"),
    [
        (False, [], "Active"),
        (False, [(PAUSE, "job")], "Paused"),
        (False, [(PAUSE, "labels")], "Paused"),
        (False, [(PAUSE, "all")], "Paused"),
        (False, [(PAUSE, "other"), (PAUSE, "strangers")], "Active"),
        (True, [], "Suspended"),
        (True, [(PAUSE, "all")], "Suspended"),
        (True, [(RESUME, "job")], "Active"),
        (True, [(RESUME, "job"), (PAUSE, "all")], "Paused"),
        (True, [(RESUME, "job"), (PAUSE, "labels")], "Paused"),
        (False, [(HOLD, "all"), (PIN, "job")], "Active"),
    ],
)
def test_the_most_restrictive_of_all_that_reach_a_job_wins(
    suspended: bool, overrides: list[tuple[OverrideKind, str]], expected: str
) -> None:
    keys = {"suspend": True, "suspend_reason": "no token"} if suspended else {}
    manifest = make_manifest(labels={"team": "data"}, **keys)
    found = OverrideSet(tuple(make_override(kind, **REACHES[reach]) for kind, reach in overrides))
    assert activity(manifest, found.of("uid-nightly", manifest.labels), NOW) == Activity(expected)


def test_of_several_the_narrowest_then_the_oldest_is_named() -> None:
    wide, labels, late, own = (
        make_override(PAUSE, override_id=n, created_at=NOW + n * HOUR, **REACHES[reach])
        for n, reach in enumerate(("all", "labels", "job", "job"))
    )
    assert (wide.reach, labels.reach, own.reach) == (Reach.ALL, Reach.LABELS, Reach.JOB)
    assert in_force([wide, labels, own, late], PAUSE, NOW + 9 * HOUR) is late
    assert in_force([wide, labels], PAUSE, NOW + 9 * HOUR) is labels


def wanted(job_id: str, uid: str, **keys: Any) -> DesiredJob:
    return make_desired(job_id, job_uid=uid, manifest=make_manifest(job_id, **keys), origin=FILE, revision="r2")


def applied(job_id: str, uid: str, **fields: Any) -> InventoryJob:
    return make_inventory_job(job_id, job_uid=uid, origin=FILE, **fields)


def kept(
    desired: list[DesiredJob], inventory: list[InventoryJob], *kinds: OverrideKind, then: str = ""
) -> dict[str, str]:
    """By uid the job_id and description of what is wanted after all, where overrides of all jobs are in force."""
    overrides = OverrideSet(
        tuple(make_override(kind, override_id=n, job_uid="", as_of=NOW) for n, kind in enumerate(kinds))
    )
    versions = {
        uid: JobVersion(
            job_uid=uid,
            manifest=make_manifest(name, description="then"),
            origin=FILE,
            revision="r0",
            author="",
            applied_at=NOW - HOUR,
        )
        for uid, name in (pair.split("=") for pair in then.split())
    }
    pinned = {n: versions for n, kind in enumerate(kinds) if kind is PIN}
    custody = keep({job.job_uid: job for job in desired}, inventory, overrides, pinned, NOW)
    return {uid: f"{job.manifest.job_id} {job.manifest.description}".strip() for uid, job in custody.desired.items()}


def test_without_overrides_the_files_are_wanted_as_they_are() -> None:
    assert kept([wanted("a", "1", description="new"), wanted("b", "2")], [applied("a", "1"), applied("c", "3")]) == {
        "1": "a new",
        "2": "b",
    }


def test_a_hold_keeps_what_was_applied_and_lets_nothing_new_in() -> None:
    files = [wanted("a", "1", description="new"), wanted("b", "2")]
    assert kept(files, [applied("a", "1"), applied("c", "3")], HOLD) == {"1": "a", "3": "c"}


def test_a_deleted_job_does_not_come_back_under_a_hold() -> None:
    assert kept([wanted("a", "1")], [applied("a", "1", deleted_at=NOW)], HOLD) == {}


def test_a_pin_brings_the_versions_of_then_under_the_names_of_now() -> None:
    files = [wanted("new-name", "1", description="new"), wanted("b", "2")]
    inventory = [applied("new-name", "1"), applied("gone", "3", deleted_at=NOW)]
    assert kept(files, inventory, PIN, then="1=old-name 3=gone") == {"1": "new-name then", "3": "gone then"}


def test_a_hold_goes_before_a_pin() -> None:
    assert kept([wanted("a", "1", description="new")], [applied("a", "1")], PIN, HOLD, then="1=a") == {"1": "a"}


def test_no_two_jobs_have_one_name_when_a_deleted_one_comes_back() -> None:
    files = [wanted("a", "1", description="new")]
    inventory = [applied("a", "1"), applied("a", "9", deleted_at=NOW)]
    assert kept(files, inventory, PIN, then="9=a") == {"1": "a"}


def test_a_newcomer_waits_for_a_name_that_a_held_job_has() -> None:
    held = make_override(HOLD, job_uid="1")
    files = {"1": wanted("b", "1", previous_ids=["a"]), "2": wanted("a", "2")}
    custody = keep(files, [applied("a", "1")], OverrideSet((held,)), {}, NOW)
    assert {uid: job.manifest.job_id for uid, job in custody.desired.items()} == {"1": "a"}
    assert custody.reasons["2"].startswith("a has the name: held by ann")


def test_jobs_of_the_api_are_left_alone() -> None:
    own = make_desired(
        "own", job_uid="1", manifest=make_manifest("own", description="new"), origin=make_origin("", source="api")
    )
    inventory = [make_inventory_job("own", job_uid="1", origin=own.origin)]
    assert kept([own], inventory, HOLD, PIN) == {"1": "own new"}
