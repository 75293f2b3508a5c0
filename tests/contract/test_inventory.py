"""Contract of ``InventoryStore``."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOW, make_desired, make_live, make_manifest, make_origin, make_schedule

from tasks_service.core.errors import Conflict
from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Action, Create, Delete, Pause, Rename, Resume, Update
from tasks_service.core.run import Outcome, RunState
from tasks_service.core.settlement import Entry, Settlement
from tasks_service.core.state import DesiredJob, InventoryJob
from tasks_service.core.stores import Stores

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
HOURLY = make_schedule(expression="0 * * * *")
DUE = NOW + HOUR


def apply(stores: Stores, *actions: Action, at: datetime = NOW, due: datetime | None = DUE) -> None:
    stores.inventory.apply(actions, at, {a.job.job_uid: None if isinstance(a, Delete) else due for a in actions})


def create(stores: Stores, job_id: str = "nightly", **fields: Any) -> DesiredJob:
    job = make_desired(job_id, **fields)
    apply(stores, Create(job=job))
    return job


def edit(job: DesiredJob, **keys: Any) -> Update:
    """An update of a job to a manifest with other keys."""
    before = make_live(job.manifest.job_id, manifest=job.manifest)
    wanted = replace(job, manifest=make_manifest(job.manifest.job_id, **keys), revision="r2")
    return Update(job=wanted, before=before, changed=tuple(keys))


def held(stores: Stores, job_id: str = "nightly") -> InventoryJob:
    found = stores.inventory.find(job_id)
    assert found is not None
    return found


def outcomes(stores: Stores, job_uid: str = "uid-nightly") -> list[tuple[datetime, Outcome | None]]:
    return [(o.due_at, o.outcome) for o in stores.ledger.occurrences(job_uid).items]


def test_a_created_job_comes_back_as_it_was_applied(stores: Stores) -> None:
    manifest = make_manifest(
        "Nightly",
        schedule=make_schedule(hours=2, start_date="2026-01-01"),
        parameters={"argv": ["echo", "é \x00"], "nothing": None},
        policy={"timeout": "90s", "resources": {"memory": "1000001"}},
        labels={"team": "data"},
    )
    create(stores, "Nightly", manifest=manifest, origin=make_origin("a/b.yaml", line=7))
    assert held(stores, "Nightly") == InventoryJob(
        job_uid="uid-Nightly",
        manifest=manifest,
        origin=make_origin("a/b.yaml", line=7),
        revision="r1",
        applied_at=NOW,
        cursor=NOW,
        next_due=DUE,
    )
    assert held(stores, "Nightly").manifest.digest == manifest.digest


def test_ids_ignore_case(stores: Stores) -> None:
    create(stores, "Nightly")
    assert held(stores, "nIGHTLY").manifest.job_id == "Nightly"
    assert stores.inventory.find("other") is None


def test_a_name_that_is_given_up_is_free_for_a_new_job_at_once(stores: Stores) -> None:
    job = create(stores, "old")
    renamed = replace(job, manifest=make_manifest("new", previous_ids=["old"]))
    change = Rename(job=renamed, before=make_live("old", manifest=job.manifest), changed=("job_id", "previous_ids"))
    apply(stores, Create(job=make_desired("old", job_uid="uid-other")), change, at=NOW + MINUTE)
    assert {name: held(stores, name).job_uid for name in ("old", "new")} == {"old": "uid-other", "new": "uid-old"}
    assert held(stores, "new").cursor == NOW


def test_two_live_jobs_cannot_share_an_id(stores: Stores) -> None:
    create(stores, "nightly")
    with pytest.raises(Conflict):
        create(stores, "NIGHTLY", job_uid="another")
    assert [job.job_uid for job in stores.inventory.jobs()] == ["uid-nightly"]


def test_actions_are_applied_all_or_none(stores: Stores) -> None:
    create(stores, "nightly")
    with pytest.raises(Conflict):
        apply(
            stores,
            Create(job=make_desired("other")),
            Delete(job=make_live("nightly")),
            Create(job=make_desired("OTHER", job_uid="another")),
        )
    assert [job.manifest.job_id for job in stores.inventory.jobs()] == ["nightly"]


def test_an_edit_that_keeps_the_schedule_keeps_cursor_and_next_fire(stores: Stores) -> None:
    job = create(stores)
    stores.inventory.apply([edit(job, description="new")], NOW + MINUTE, {})
    now = held(stores)
    assert (now.manifest.description, now.revision, now.applied_at) == ("new", "r2", NOW + MINUTE)
    assert (now.cursor, now.next_due) == (NOW, DUE)
    assert outcomes(stores) == []


def test_a_new_schedule_starts_from_the_moment_it_is_applied(stores: Stores) -> None:
    job = create(stores)
    apply(stores, edit(job, schedule=HOURLY), at=NOW + MINUTE, due=DUE + HOUR)
    assert (held(stores).cursor, held(stores).next_due) == (NOW + MINUTE, DUE + HOUR)
    [row] = stores.ledger.occurrences("uid-nightly").items
    assert (row.due_at, row.until, row.count, row.outcome) == (DUE, DUE, 1, Outcome.SUPERSEDED)
    assert (row.digest, row.revision, row.runs) == (job.manifest.digest, "r1", ())


def test_a_new_schedule_that_shares_the_next_fire_supersedes_nothing(stores: Stores) -> None:
    job = create(stores)
    apply(stores, edit(job, schedule=HOURLY), at=NOW + MINUTE, due=DUE)
    assert outcomes(stores) == []


def test_a_fire_that_was_settled_before_the_edit_is_not_superseded(stores: Stores) -> None:
    job = create(stores)
    apply(stores, edit(job, schedule=HOURLY), at=DUE, due=DUE + HOUR)
    assert outcomes(stores) == []


def test_superseding_the_same_fire_twice_leaves_one_row(stores: Stores) -> None:
    job = create(stores)
    there = edit(job, schedule=HOURLY)
    apply(stores, there, at=NOW + MINUTE, due=DUE + HOUR)
    apply(stores, edit(there.job), at=NOW + 2 * MINUTE, due=DUE)
    apply(stores, there, at=NOW + 3 * MINUTE, due=DUE + HOUR)
    assert outcomes(stores) == [(DUE + HOUR, Outcome.SUPERSEDED), (DUE, Outcome.SUPERSEDED)]


def test_a_clock_that_went_back_does_not_move_the_cursor_back(stores: Stores) -> None:
    job = create(stores)
    apply(stores, edit(job, schedule=HOURLY), at=NOW - HOUR)
    assert held(stores).cursor == NOW


def test_pausing_and_resuming_set_only_what_they_say(stores: Stores) -> None:
    job = create(stores)
    apply(stores, Pause(job=replace(job, halted=True)), at=NOW + MINUTE, due=None)
    assert (held(stores).halted, held(stores).next_due, held(stores).cursor) == (True, None, NOW)
    apply(stores, Resume(job=job), at=NOW + MINUTE, due=DUE)
    assert (held(stores).halted, held(stores).next_due) == (False, DUE)


def test_a_deleted_job_leaves_a_tombstone(stores: Stores) -> None:
    create(stores)
    apply(stores, Delete(job=make_live()), at=NOW + MINUTE)
    assert stores.inventory.jobs() == []
    assert stores.inventory.find("nightly") is None
    [tombstone] = stores.inventory.jobs(tombstones_since=NOW)
    assert (tombstone.deleted_at, tombstone.next_due) == (NOW + MINUTE, None)
    assert stores.inventory.jobs(tombstones_since=NOW + HOUR) == []


def test_deleting_ends_what_is_queued_and_lets_run_what_runs(stores: Stores) -> None:
    create(stores)
    slots = (NOW + MINUTE, NOW + 2 * MINUTE)
    entries = tuple(Entry(due_at=slot, until=slot) for slot in slots)
    running, queued = stores.ledger.settle(
        ["uid-nightly"], lambda facts: Settlement(cursor=slots[-1], entries=entries), slots[-1]
    )
    stores.ledger.start(running.run_id, "owner", "node", slots[-1])
    apply(stores, Delete(job=make_live()), at=DUE)
    by_id = {run.run_id: run for row in stores.ledger.occurrences("uid-nightly").items for run in row.runs}
    assert by_id[running.run_id].state is RunState.RUNNING
    ended = by_id[queued.run_id]
    assert (ended.state, ended.finished_at, ended.cancel_reason) == (RunState.CANCELLED, DUE, "the job was deleted")
    assert outcomes(stores) == [(slots[1], Outcome.CANCELLED), (slots[0], None)]


def test_a_tombstone_revives_with_history_and_overrides(stores: Stores) -> None:
    job = create(stores)
    stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "ann", "why", NOW, None)
    stores.ledger.enqueue_manual(held(stores), "run-1", {}, "ann", "", NOW)
    apply(stores, Delete(job=make_live()), at=NOW + MINUTE)
    apply(stores, Create(job=replace(job, revision="r3", halted=True)), at=DUE, due=None)
    back = held(stores)
    assert (back.job_uid, back.revision, back.halted, back.cursor) == ("uid-nightly", "r3", True, DUE)
    assert (back.deleted_at, back.next_due) == (None, None)
    assert stores.ledger.occurrences("uid-nightly").total == 1
    assert [o.reason for o in stores.overrides.all().of("uid-nightly", {})] == ["why"]


def test_an_id_is_free_again_once_its_job_is_deleted(stores: Stores) -> None:
    create(stores)
    apply(stores, Delete(job=make_live()), Create(job=make_desired("NIGHTLY", job_uid="another")), at=DUE)
    assert held(stores).job_uid == "another"


def test_more_jobs_than_a_statement_takes_are_applied_in_one_call(stores: Stores) -> None:
    jobs = [make_desired(f"job{number}", manifest=make_manifest(f"job{number}")) for number in range(2500)]
    apply(stores, *[Create(job=job) for job in jobs])
    assert len(stores.inventory.jobs()) == 2500
    apply(stores, *[Pause(job=job) for job in jobs])
    assert all(job.halted for job in stores.inventory.jobs())


def test_some_jobs_are_read_by_their_uids(stores: Stores) -> None:
    create(stores, "a")
    create(stores, "b")
    gone = create(stores, "c")
    apply(stores, Delete(job=gone))

    found = stores.inventory.of(["uid-a", "uid-c", "uid-none"])

    assert found == {"uid-a": held(stores, "a")}
