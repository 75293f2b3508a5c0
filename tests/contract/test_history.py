"""Contract of what explains the past: versions, leaders, processes, and overrides that ended."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOW, make_desired, make_live, make_manifest, make_sourced
from databases import engine_of
from ledger_rows import create, ended, held, running, slot
from sqlalchemy import text

from tasks_service.adapters.sql.engine import write
from tasks_service.adapters.sql.migrations.versions import r0009_history
from tasks_service.core.backfill import backfill_of
from tasks_service.core.errors import Conflict
from tasks_service.core.history import LeadEnding, Leaving
from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Create, Delete, Update
from tasks_service.core.state import Origin
from tasks_service.core.stores import Member, Stores

UID = "uid-nightly"
FOREVER = timedelta(days=36500)


def edit(stores: Stores, hours: float, *, author: str = "", revision: str = "r2", **keys: Any) -> None:
    """Apply another version of the job."""
    job = make_desired(manifest=make_manifest(**keys), revision=revision, author=author)
    change = Update(job=job, before=make_live(manifest=held(stores).manifest), changed=tuple(keys))
    stores.inventory.apply([change], slot(hours), {UID: None})


def delete(stores: Stores, hours: float) -> None:
    stores.inventory.apply([Delete(job=make_live(manifest=held(stores).manifest))], slot(hours), {})


def revisions(stores: Stores, moment: datetime) -> tuple[str, str, str]:
    found = stores.history.versions(UID, moment)
    before, present, after = (v.revision if v else "" for v in (found.before, found.present, found.after))
    return before, present, after


def test_the_manifest_in_force_at_any_moment_is_known(stores: Stores) -> None:
    create(stores, author="ann")
    edit(stores, 1, author="bob", description="edited", revision="r2")
    edit(stores, 2, description="edited again", revision="r3")

    assert revisions(stores, NOW) == ("", "", "r1"), "what is due at the moment of a change belongs to what was before"
    assert revisions(stores, slot(1)) == ("", "r1", "r2")
    assert revisions(stores, slot(1.5)) == ("r1", "r2", "r3")
    assert revisions(stores, slot(99)) == ("r2", "r3", "")
    found = stores.history.versions(UID, slot(1.5)).present
    assert found is not None
    assert (found.author, found.manifest.description, str(found.origin)) == ("bob", "edited", "nightly.yaml:1")
    assert (found.applied_at, found.ended_at, found.created, found.deleted) == (slot(1), slot(2), False, False)


def test_a_deleted_job_has_no_manifest_in_force_until_it_comes_back(stores: Stores) -> None:
    [job] = create(stores)
    delete(stores, 1)
    assert revisions(stores, slot(2)) == ("r1", "", "")
    ended_version = stores.history.versions(UID, slot(2)).before
    assert ended_version is not None
    assert (ended_version.created, ended_version.deleted, ended_version.ended_at) == (True, True, slot(1))
    assert stores.history.identity("NIGHTLY") == UID

    stores.inventory.apply([Create(job=job)], slot(3), {})

    assert revisions(stores, slot(4)) == ("r1", "r1", "")


def test_a_job_is_found_under_the_name_it_once_had(stores: Stores) -> None:
    create(stores)
    job = make_desired("daily", job_uid=UID, manifest=make_manifest("daily", previous_ids=["nightly"]))
    change = Update(job=job, before=make_live(), changed=("job_id",))
    stores.inventory.apply([change], slot(1), {UID: None})

    assert (stores.history.identity("nightly"), stores.history.identity("daily")) == (UID, UID)
    assert stores.history.identity("weekly") is None


def test_the_versions_of_a_digest_are_found(stores: Stores) -> None:
    [job] = create(stores)
    edit(stores, 1, description="edited")
    edit(stores, 2, revision="r3")

    found = stores.history.versions_of([UID, "nobody"], [job.manifest.digest, "unknown"])

    assert {uid: [v.revision for v in versions] for uid, versions in found.items()} == {UID: ["r1", "r3"]}


def test_versions_go_when_nothing_needs_them_any_more(stores: Stores) -> None:
    create(stores)
    run = running(stores, hours=0.5)
    stores.ledger.finish(ended(run), "me", slot(0.6))
    for hour in range(1, 6):
        edit(stores, hour, description=f"edit {hour}", revision=f"e{hour}")

    assert stores.history.forget(slot(3.5), 1, 100) == 2, "e1 and e2 ended before; the ledger refers to the first"
    assert stores.history.forget(slot(3.5), 1, 100) == 0
    assert revisions(stores, slot(0.5)) == ("", "r1", "e3")
    assert stores.history.forget(slot(99), 2, 100) == 1, "of those that ended the newest stays beside the present one"
    assert revisions(stores, slot(9)) == ("e4", "e5", "")


def test_each_lead_is_kept_with_its_end(stores: Stores) -> None:
    stores.lease.acquire("a", "node-1", 11, 0.0, 60)
    stores.lease.release("a")
    taken = stores.lease.acquire("b", "node-2", 22, 0.0, 60)
    assert taken is not None
    stores.lease.evict("b", taken.term)
    stores.lease.acquire("c", "node-3", 33, 0.0, 0)
    stores.lease.acquire("d", "node-4", 44, 0.0, 60)

    leads = every_lead(stores)

    assert [(led.owner, led.ending) for led in leads] == [
        ("a", LeadEnding.RELEASED),
        ("b", LeadEnding.DIED),
        ("c", LeadEnding.EXPIRED),
        ("d", None),
    ]
    assert [led.term for led in leads] == sorted({led.term for led in leads})
    assert (leads[1].node, leads[1].pid) == ("node-2", 22)
    assert all(led.since <= led.until for led in leads)


def test_a_leader_that_renews_too_late_leads_anew_and_the_gap_is_known(stores: Stores) -> None:
    stores.lease.acquire("a", "node", 1, 0.0, 60)
    first = stores.lease.acquire("a", "node", 1, 0.0, 0)
    again = stores.lease.acquire("a", "node", 1, 0.0, 60)
    stores.lease.acquire("a", "node", 1, 0.0, 60)

    before, after = every_lead(stores)

    assert first is not None
    assert again is not None
    assert (before.term, after.term) == (first.term, again.term)
    assert (before.ending, after.ending) == (LeadEnding.EXPIRED, None)
    assert before.until <= after.since


def every_lead(stores: Stores) -> list[Any]:
    """From the newest back to the first, and the other way round."""
    found, moment = [], datetime.max.replace(tzinfo=NOW.tzinfo)
    while led := stores.history.lead(moment).before:
        if found:
            assert stores.history.lead(moment).after == found[-1]
        found.append(led)
        moment = led.since - timedelta(microseconds=1)
    return found[::-1]


def test_processes_are_kept_after_they_left(stores: Stores) -> None:
    for owner in ("a", "b", "c"):
        stores.members.beat(Member(owner=owner, node="node", pid=1, pid_started=0.5, role="replica"))
    stores.members.leave("a")
    stores.members.leave("b", Leaving.DIED)
    stores.members.leave("b")
    seen = {sighting.member.owner: sighting.seen_at for sighting in stores.members.all()}

    begin, end = seen["c"] - timedelta(hours=1), seen["c"] + timedelta(hours=1)
    found = stores.history.processes(begin, end)

    assert [(p.owner, p.ending) for p in found] == [("a", Leaving.LEFT), ("b", Leaving.DIED), ("c", None)]
    assert stores.history.processes(begin - FOREVER / 2, begin) == []
    assert stores.history.processes(end, end) == []
    stores.members.beat(Member(owner="b", node="node", pid=1, pid_started=0.5, role="replica"))
    assert [s.member.owner for s in stores.members.all()] == ["b", "c"], "it was only silent"

    stores.history.forget(end, 0, 100)
    assert [p.owner for p in stores.history.processes(begin, end)] == ["b", "c"]


def test_what_was_in_force_after_a_moment_and_which_revisions_changed_jobs(stores: Stores) -> None:
    create(stores)
    edit(stores, 1, description="edited", revision="r2")
    edit(stores, 2, description="edited again", revision="r3")
    edit(stores, 3, description="edited", revision="r2")
    delete(stores, 4)

    at = {hours: stores.history.applied_at(slot(hours)) for hours in (0, 0.5, 1, 2, 3.5, 4)}
    assert [found[UID].revision if found else "" for found in at.values()] == ["r1", "r1", "r2", "r3", "r2", ""]
    known = stores.history.revisions(9)
    assert [(r.revision, r.applied_at, r.jobs) for r in known] == [
        ("r3", slot(2), 1),
        ("r2", slot(1), 2),
        ("r1", NOW, 1),
    ]
    assert stores.history.revisions(1) == stores.history.revisions(1, UID) == known[:1]
    assert stores.history.revisions(9, "nobody") == []


def test_an_ended_override_is_found_at_the_moments_at_which_it_held(stores: Stores) -> None:
    create(stores)
    stores.overrides.add(UID, OverrideKind.PAUSE, "ann", "maintenance", slot(1), None)
    stores.overrides.end(UID, OverrideKind.PAUSE, "bob", slot(2))

    [held_then] = stores.overrides.held_at(UID, slot(1.5))

    assert (held_then.actor, held_then.ended_by, held_then.ended_at) == ("ann", "bob", slot(2))
    assert list(stores.overrides.held_at(UID, slot(0.5))) == list(stores.overrides.held_at(UID, slot(2))) == []
    assert list(stores.overrides.held_at("nobody", slot(1.5))) == []


def test_a_database_of_an_older_version_begins_with_what_it_knows(stores: Stores, database_url: str) -> None:
    """The statements of the migration, on tables that are empty as they were before it."""
    create(stores)
    sourced = make_sourced("mine", origin=Origin(source="api", path="mine"))
    stores.manifests.put(sourced, sourced.manifest.given(), "ann", NOW, 0)
    stores.inventory.apply([Create(job=make_desired("mine", origin=sourced.origin))], NOW, {})
    stores.lease.acquire("a", "node", 1, 0.0, 60)
    with engine_of(database_url) as engine, write(engine) as connection:
        for statement in ("DELETE FROM versions", "DELETE FROM leaderships", *r0009_history.BEGINNINGS):
            connection.execute(text(statement))

    found = stores.history.versions(UID, slot(1)).present
    by_api = stores.history.versions("uid-mine", slot(1)).present

    assert found is not None
    assert by_api is not None
    assert (found.revision, found.author, found.created, found.ended_at) == ("r1", "", False, None)
    assert by_api.author == "ann"
    assert [led.owner for led in every_lead(stores)] == ["a"]


def test_a_job_that_another_version_of_the_service_applied_is_hashed_anew(stores: Stores, database_url: str) -> None:
    create(stores, manifest=make_manifest(schedule={"trigger": "interval", "hours": 1}))
    with engine_of(database_url) as engine, write(engine) as connection:
        connection.execute(text("UPDATE jobs SET digest = 'older'"))
        connection.execute(text("UPDATE versions SET digest = 'older'"))
    past, how = [slot(-1)], backfill_of("ann", "")
    with pytest.raises(Conflict):
        stores.ledger.reclaim(held(stores), past, how, slot(1))

    assert [stores.inventory.refresh_digests(), stores.inventory.refresh_digests()] == [1, 0]

    [run] = stores.ledger.reclaim(held(stores), past, how, slot(1))
    assert run.digest == held(stores).manifest.digest
    assert [v.revision for v in stores.history.versions_of([UID], [run.digest])[UID]] == [held(stores).revision]
