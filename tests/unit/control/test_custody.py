"""Holds, pins and overrides of many jobs over time: edits, renames, deletions, restarts and expiry."""

from datetime import timedelta
from typing import Any

import pytest
from builders import at, make_origin, make_sourced
from fakes import FakeSource
from workbench import Workbench, at_hour

from tasks_service.control.override_desk import Wish
from tasks_service.core.errors import Conflict, InvalidInput
from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Delete, Rename
from tasks_service.core.state import Sourced


def wish(kind: OverrideKind, **fields: Any) -> Wish:
    return Wish(kind=kind, **({"actor": "ann", "reason": "vendor outage"} | fields))


HOLD = wish(OverrideKind.HOLD, until=at("2026-11-23 18:00"))


def pin(revision: str) -> Wish:
    return wish(OverrideKind.PIN, revision=revision, until=at("2026-11-23 18:00"))


def hourly(job_id: str = "nightly", **keys: Any) -> Sourced:
    return make_sourced(job_id, schedule={"trigger": "interval", "hours": 1}, **keys)


def hour_of(bench: Workbench, job_id: str = "nightly") -> str:
    return bench.job(job_id).schedule_words


def test_a_held_job_keeps_its_manifest_until_the_hold_ends(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16), revision="r1")
    bench.desk.keep("nightly", HOLD)

    plan = bench.commit(at_hour(hour=20), revision="r2")

    [held] = plan.held
    assert (plan.actions, held.action.verb) == ((), "update")
    assert held.reason == "held by ann until 2026-11-23 18:00 UTC: vendor outage"
    job = bench.job()
    assert (job.sync.state, job.sync.reason, job.revision) == ("Blocked", held.reason, "r1")
    bench = bench.restart()
    bench.pass_time("2026-11-23 16:10")
    bench.finish_all()
    assert bench.outcomes() == [("23 16:00", "succeeded", 1)]

    bench.pass_time("2026-11-23 18:01")
    bench.sync()
    assert (bench.job().sync.state, bench.job().revision) == ("Synced", "r2")
    assert "override.expired" in {h.kind for h in bench.stores.journal.newest(50)}


def test_a_hold_holds_deletion_too_and_release_carries_it_out(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"))
    bench.desk.keep("nightly", HOLD)

    plan = bench.commit(at_hour("other"))
    assert [type(held.action) for held in plan.held] == [Delete]
    assert bench.job().sync.state == "Blocked"

    released = bench.desk.release("nightly", OverrideKind.HOLD, "bob")
    again = bench.desk.release("nightly", OverrideKind.HOLD, "bob") if bench.sync() is None else None
    assert released.changed and again is None
    assert [job.job_id for job in bench.catalog.jobs()] == ["other"]


def test_repeating_a_hold_changes_nothing(bench: Workbench) -> None:
    bench.commit(at_hour())

    first = bench.desk.keep("nightly", HOLD)
    second = bench.desk.keep("nightly", wish(OverrideKind.HOLD, actor="bob"))

    assert (first.changed, second.changed) == (True, False)
    assert first.override == second.override
    assert (bench.desk.release("nightly", OverrideKind.HOLD, "bob").changed) is True
    assert (bench.desk.release("nightly", OverrideKind.HOLD, "bob").changed) is False


def test_a_rename_waits_while_its_job_is_held_and_takes_the_override_along(bench: Workbench) -> None:
    bench.commit(at_hour("before"))
    bench.overrides.pause("before", "ann", reason="vendor outage")
    bench.desk.keep("before", HOLD)

    plan = bench.commit(at_hour("after", previous_ids=["before"]))
    assert [action.verb for action in plan.actions] == ["pause"]
    assert [type(held.action) for held in plan.held] == [Rename]
    assert [job.job_id for job in bench.catalog.jobs()] == ["before"]
    assert bench.job("before").sync.state == "Blocked"

    bench.desk.release("before", OverrideKind.HOLD, "ann")
    bench.sync()
    assert [(job.job_id, job.paused) for job in bench.catalog.jobs()] == [("after", True)]


def test_a_renamed_job_keeps_history_override_and_next_fire(bench: Workbench) -> None:
    spread = {"trigger": "interval", "hours": 1, "spread": "30m"}
    bench.commit(make_sourced("before", schedule=spread))
    bench.pass_time("2026-11-23 13:40")
    bench.finish_all()
    bench.overrides.pause("before", "ann", reason="vendor outage")
    bench.sync()
    waits = bench.rows("before")[0].runs[0].started_at

    plan = bench.commit(make_sourced("after", schedule=spread, previous_ids=["before"]))

    [rename] = plan.actions
    assert isinstance(rename, Rename) and (rename.verb, rename.before.manifest.job_id) == ("rename", "before")
    assert plan.summary == "Plan: 0 to add, 0 to change, 1 to rename, 0 to delete, 0 held."
    job = bench.job("after")
    assert job.paused and len(bench.rows("after")) == 1
    [record] = [r for r in bench.stores.syncs.history(limit=5).items if r.actions and r.actions[0].verb == "rename"]
    assert (record.actions[0].job_id, record.actions[0].before) == ("after", "before")
    bench.overrides.resume("after", "ann")
    bench.sync()
    bench.pass_time("2026-11-23 14:40")
    bench.finish_all()
    later = bench.rows("after")[-1].runs[0].started_at
    assert waits and later and later - waits == timedelta(hours=1)
    with pytest.raises(Exception, match="before") as refused:
        bench.job("before")
    assert "'after' now" in getattr(refused.value, "hint", "")


def test_a_new_job_may_have_the_name_that_another_one_just_left(bench: Workbench) -> None:
    bench.commit(at_hour("a"))
    uid = bench.job("a").job_uid

    bench.commit(at_hour("b", previous_ids=["a"]))
    bench.commit(at_hour("b", previous_ids=["a"]), at_hour("a"))

    assert bench.job("b").job_uid == uid != bench.job("a").job_uid


def test_a_pinned_job_runs_the_older_version_and_never_for_the_past(bench: Workbench) -> None:
    bench.commit(at_hour(hour=10), revision="rev-one")
    bench.clock.set(at("2026-11-23 12:30"))
    bench.commit(at_hour(hour=16), revision="rev-two")

    answer = bench.desk.keep("nightly", pin("rev-o"))
    bench.sync()

    job = bench.job()
    assert answer.next_fire == job.next_run_time == at("2026-11-24 10:00")
    assert (job.revision, job.sync.state) == ("rev-one", "Blocked")
    assert job.sync.reason == "pinned to rev-one by ann until 2026-11-23 18:00 UTC: vendor outage"
    assert [outcome for _, outcome, _ in bench.outcomes()] == ["superseded", "superseded"]

    bench = bench.restart()
    assert bench.sync().actions == ()
    bench.pass_time("2026-11-23 18:01")
    bench.sync()
    assert (bench.job().revision, bench.job().next_run_time) == ("rev-two", at("2026-11-24 16:00"))
    assert [outcome for _, outcome, _ in bench.outcomes()].count("succeeded") == 0


def test_a_pin_needs_an_end_and_a_revision_that_is_known(bench: Workbench) -> None:
    bench.commit(at_hour(), revision="rev-one")
    bench.clock.set(at("2026-11-23 12:30"))
    bench.commit(at_hour(), revision="rev-two")

    with pytest.raises(InvalidInput) as unknown:
        bench.desk.keep("nightly", pin("nonsense"))
    assert "rev-one" in unknown.value.hint
    with pytest.raises(InvalidInput, match="until"):
        bench.desk.keep("nightly", wish(OverrideKind.PIN, revision="rev-one"))
    with pytest.raises(InvalidInput, match="no revision"):
        bench.desk.keep("nightly", wish(OverrideKind.HOLD, revision="rev-one"))
    bench.desk.keep("nightly", pin("rev-one"))
    with pytest.raises(Conflict, match="rev-one"):
        bench.desk.keep("nightly", pin("rev-two"))


def test_everything_pinned_brings_deleted_jobs_back_and_lets_new_ones_wait(bench: Workbench) -> None:
    bench.commit(hourly("a"), hourly("gone"), revision="rev-one")
    bench.clock.set(at("2026-11-23 12:30"))
    bench.commit(hourly("a", description="new"), revision="rev-two")

    bench.desk.spread({}, pin("rev-one"))
    plan = bench.commit(hourly("a", description="newer"), hourly("fresh"), revision="rev-three")

    assert [job.job_id for job in bench.catalog.jobs()] == ["a", "gone"]
    assert bench.job("a").manifest.description == ""
    assert {held.action.verb for held in plan.held} == {"update", "create", "delete"}
    bench.pass_time("2026-11-23 18:01")
    bench.sync()
    assert [job.job_id for job in bench.catalog.jobs()] == ["a", "fresh"]
    assert bench.job("a").manifest.description == "newer"


def test_a_pause_by_labels_covers_jobs_that_come_later_and_only_those(bench: Workbench) -> None:
    vendor = {"labels": {"vendor": "acme"}}
    bench.commit(hourly("a", **vendor), hourly("b"))
    first = bench.desk.spread({"vendor": "acme"}, wish(OverrideKind.PAUSE))
    again = bench.desk.spread({"vendor": "acme"}, wish(OverrideKind.PAUSE, actor="bob"))
    bench.commit(hourly("a", **vendor), hourly("b"), hourly("late", **vendor))

    bench.pass_time("2026-11-23 13:10")
    bench.finish_all()
    bench.sync()

    assert (first.changed, again.changed, again.view.override.actor) == (True, False, "ann")
    assert [bench.job(name).paused for name in ("a", "b", "late")] == [True, False, True]
    assert bench.outcomes("a") == bench.outcomes("late") == [("23 13:00", "skipped_paused", 1)]
    assert bench.outcomes("b") == [("23 13:00", "succeeded", 1)]
    with pytest.raises(Conflict, match="vendor=acme") as refused:
        bench.overrides.resume("a", "bob")
    assert f"DELETE /api/overrides/{first.view.override.override_id}" in refused.value.hint

    ended = bench.desk.end(first.view.override.override_id, "bob")
    over = bench.desk.end(first.view.override.override_id, "bob")
    bench.sync()
    assert (ended.changed, over.changed, bench.job("late").paused) == (True, False, False)


def test_a_global_hold_lets_nothing_new_in_and_nothing_out(bench: Workbench) -> None:
    bench.commit(hourly("a"), hourly("b"))
    bench.desk.spread({}, HOLD)

    plan = bench.commit(hourly("a", description="new"), hourly("c"))

    assert sorted(held.action.verb for held in plan.held) == ["create", "delete", "update"]
    assert [job.job_id for job in bench.catalog.jobs()] == ["a", "b"]
    assert bench.sync().actions == ()


def test_old_overrides_and_those_without_a_reason_are_debt(bench: Workbench) -> None:
    bench.commit(hourly("a"), hourly("b"), hourly("c"))
    bench.overrides.pause("a", "ann", reason="vendor outage")
    bench.overrides.pause("b", "ann")
    bench.clock.set(bench.clock.now() + timedelta(days=7, hours=1))
    bench.overrides.pause("c", "ann", reason="just now")

    assert [(view.job_id, view.debt) for view in bench.desk.in_force(debt=True)] == [
        ("a", "it is older than 7 days"),
        ("b", "it is older than 7 days"),
    ]
    assert len(bench.desk.in_force()) == 3
    assert [view.debt for view in bench.desk.in_force()][2] == ""


def test_an_api_owned_job_is_neither_held_nor_pinned(bench: Workbench) -> None:
    document = {"job_id": "own", "job_type": "command", "parameters": {"argv": ["true"]}}
    bench.definitions.create(document | {"schedule": {"trigger": "interval", "hours": 1}}, "ann", trusted=True)
    bench.sync()

    with pytest.raises(Conflict, match="owned by the API"):
        bench.desk.keep("own", HOLD)
    bench.desk.spread({}, HOLD)
    bench.definitions.delete("own", "ann")
    bench.sync()
    assert bench.catalog.jobs() == []


def test_the_sync_that_pins_a_job_already_tells_what_the_files_would_do_to_it(bench: Workbench) -> None:
    bench.commit(hourly("a", description="old"), revision="rev-one")
    bench.clock.set(at("2026-11-23 12:30"))
    bench.commit(hourly("a", description="new"), revision="rev-two")

    bench.desk.keep("a", pin("rev-one"))
    first, second = bench.reconciler.sync(), bench.reconciler.sync()

    assert [action.verb for action in first.actions] == ["update"]
    assert second.actions == ()
    assert [held.action.verb for held in first.held] == [held.action.verb for held in second.held] == ["update"]
    assert bench.job("a").sync.state == "Blocked"


def test_a_pin_to_what_the_files_say_keeps_nothing_back_when_its_file_moves(bench: Workbench) -> None:
    bench.commit(hourly("a"), revision="rev-one")
    bench.desk.keep("a", pin("rev-one"))

    plan = bench.commit(hourly("a", origin=make_origin("moved.yaml")), revision="rev-two")

    assert [action.verb for action in plan.actions] == ["update"]
    assert plan.held == ()


def test_a_pin_keeps_nothing_back_of_a_source_that_says_nothing(bench: Workbench) -> None:
    bench.commit(hourly("a", description="old"), revision="rev-one")
    bench.clock.set(at("2026-11-23 12:30"))
    bench.commit(hourly("a", description="new"), revision="rev-two")
    assert isinstance(bench.files, FakeSource)
    bench.files.show("the directory is away")

    bench.desk.keep("a", pin("rev-one"))
    plan = bench.sync()

    assert [action.verb for action in plan.actions] == ["update"]
    assert plan.held == ()


@pytest.mark.parametrize("kind", [OverrideKind.PAUSE, OverrideKind.HOLD, OverrideKind.PIN])
def test_an_override_survives_restart_edit_rename_and_a_deletion_that_is_taken_back(
    bench: Workbench, kind: OverrideKind
) -> None:
    bench.commit(at_hour("first", hour=3), at_hour("other"), revision="rev-one")
    if kind is OverrideKind.PAUSE:
        bench.overrides.pause("first", "ann", reason="vendor outage")
    else:
        bench.desk.keep(
            "first", wish(kind, until=at("2026-12-20 00:00"), revision="rev-one" if kind is OverrideKind.PIN else "")
        )
    files = [
        [at_hour("first", hour=4), at_hour("other")],
        [at_hour("second", hour=5, previous_ids=["first"]), at_hour("other")],
        [at_hour("other")],
        [at_hour("second", hour=6, previous_ids=["first"]), at_hour("other")],
    ]
    for number, manifests in enumerate(files):
        bench.clock.set(bench.clock.now() + timedelta(hours=1))
        bench = bench.restart(f"life-{number}")
        bench.commit(*manifests, revision=f"rev-{number}")

    [view] = bench.desk.in_force()
    assert (view.override.kind, view.override.actor, view.override.reason) == (kind, "ann", "vendor outage")
    name = {OverrideKind.HOLD: "first"}.get(kind, "second")
    hour = 6 if kind is OverrideKind.PAUSE else 3
    assert view.job_id == name
    assert bench.job(name).manifest.schedule.given()["expression"] == f"0 {hour} * * *"
    assert bench.job(name).paused is (kind is OverrideKind.PAUSE)
