"""Contracts of the stores of overrides, API manifests, syncs, journal and bot data."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOW, make_document, make_sourced
from databases import opened
from ledger_rows import create, slot

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.errors import Conflict
from tasks_service.core.override import OverrideKind
from tasks_service.core.state import API_SOURCE, Origin
from tasks_service.core.stores import AuditEntry, Happening, PlannedAction, SourceState, Stores, SyncRecord

SECOND = timedelta(seconds=1)
RECORD = SyncRecord(
    at=NOW,
    last_at=NOW,
    revision="r1",
    status="Synced",
    reason="",
    plan_id="",
    summary="Plan: 1 to add, 0 to change, 0 to delete, 0 held.",
    actions=(PlannedAction(verb="create", job_id="nightly", origin="nightly.yaml:1", changed=("schedule",)),),
)
PROBLEM = Diagnostic(rule="JM001", message="no", hint="do", path="a.yaml", line=2, column=3, field="x")


def read(stores: Stores, **fields: object) -> SourceState:
    return SourceState(name="directory", observed="r1", applied="r1", read_at=NOW, **fields)  # type: ignore[arg-type]


def test_an_override_in_force_is_returned_instead_of_a_second_one(stores: Stores) -> None:
    create(stores)
    first, fresh = stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "ann", "why", NOW, None)
    second, again = stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "bob", "other", NOW + SECOND, None)

    assert (fresh, again, second) == (True, False, first)
    assert list(stores.overrides.all()) == [first]


def test_one_of_many_pauses_at_once_wins(stores: Stores, database_url: str) -> None:
    create(stores)

    def pause(n: int) -> bool:
        with opened(database_url) as own:
            return own.overrides.add("uid-nightly", OverrideKind.PAUSE, f"actor{n}", "", NOW, None)[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(pause, range(8))) == 1


def test_an_override_ends_by_hand_once(stores: Stores) -> None:
    create(stores)
    stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "ann", "", NOW, None)

    ended = stores.overrides.end("uid-nightly", OverrideKind.PAUSE, "bob", NOW + SECOND)

    assert ended is not None
    assert (ended.ended_by, ended.ended_at) == ("bob", NOW + SECOND)
    assert stores.overrides.end("uid-nightly", OverrideKind.PAUSE, "bob", NOW + 2 * SECOND) is None
    assert list(stores.overrides.all()) == []
    assert list(stores.overrides.all(ended_since=NOW)) == [ended]


def test_an_override_expires_once_and_its_end_is_known_before(stores: Stores) -> None:
    create(stores)
    stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "ann", "", NOW, slot(1))

    assert stores.overrides.next_expiry(NOW) == slot(1)
    assert stores.overrides.expire(slot(0.5)) == []
    [ended] = stores.overrides.expire(slot(2))
    assert (ended.ended_by, ended.end) == ("expiry", slot(1))
    assert stores.overrides.expire(slot(2)) == []
    assert stores.overrides.next_expiry(NOW) is None


def test_overrides_of_many_jobs_are_told_apart_by_their_labels_and_kind(stores: Stores) -> None:
    acme, data = {"vendor": "acme"}, {"team": "data", "tier": "1"}
    first, _ = stores.overrides.add("", OverrideKind.PAUSE, "ann", "why", NOW, None, labels=acme)
    same, again = stores.overrides.add("", OverrideKind.PAUSE, "bob", "", NOW + SECOND, None, labels=acme)
    stores.overrides.add("", OverrideKind.PAUSE, "ann", "", NOW, slot(1), labels=data)
    everything, _ = stores.overrides.add("", OverrideKind.PIN, "ann", "", NOW, slot(2), revision="r1", as_of=slot(-1))

    assert (same, again) == (first, False)
    assert [o.labels for o in stores.overrides.all()] == [acme, data, {}]
    assert (everything.revision, everything.as_of, everything.job_uid) == ("r1", slot(-1), "")
    assert [o.kind for o in stores.overrides.all().of("uid-any", {"vendor": "acme"})] == ["pause", "pin"]
    assert {s.kind: s.count for s in stores.overrides.standing(NOW)} == {"pause": 2, "pin": 1}
    assert stores.overrides.find(first.override_id) == first
    assert [o.labels for o in stores.overrides.expire(slot(1))] == [data]


def test_an_override_of_any_reach_is_released_once(stores: Stores) -> None:
    create(stores)
    own, _ = stores.overrides.add("uid-nightly", OverrideKind.HOLD, "ann", "", NOW, None)
    wide, _ = stores.overrides.add("", OverrideKind.HOLD, "ann", "", NOW, None)

    for override in (own, wide):
        ended = stores.overrides.release(override.override_id, "bob", NOW + SECOND)
        assert ended is not None and (ended.ended_by, ended.ended_at) == ("bob", NOW + SECOND)
        assert stores.overrides.release(override.override_id, "bob", NOW + 2 * SECOND) is None
    assert stores.overrides.find(wide.override_id + 99) is None
    assert list(stores.overrides.all()) == []


def test_one_of_many_wide_pauses_at_once_wins(stores: Stores, database_url: str) -> None:
    def pause(n: int) -> bool:
        with opened(database_url) as own:
            return own.overrides.add("", OverrideKind.PAUSE, f"actor{n}", "", NOW, None, labels={"a": "b"})[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(pause, range(8))) == 1


def test_an_api_manifest_is_put_found_replaced_and_deleted(stores: Stores) -> None:
    sourced = replace(make_sourced("Made"), origin=Origin(source=API_SOURCE, path="Made"))
    document = make_document("Made")

    made = stores.manifests.put(sourced, document, "ann", NOW, 0)
    with pytest.raises(Conflict):
        stores.manifests.put(sourced, document, "ann", NOW, 0)
    edited = stores.manifests.put(sourced, {**document, "owner": "x"}, "bob", slot(1), made.version)
    with pytest.raises(Conflict):
        stores.manifests.put(sourced, document, "ann", NOW, made.version)

    assert (made.version, edited.version, edited.created_at, edited.updated_at) == (1, 2, NOW, slot(1))
    assert stores.manifests.find("mADE") == edited
    assert stores.manifests.all() == [edited]
    assert stores.manifests.delete("MADE", "ann", slot(2))
    assert not stores.manifests.delete("made", "ann", slot(2))
    assert (stores.manifests.all(), stores.manifests.deleted_keys()) == ([], frozenset({"made"}))
    stores.manifests.put(sourced, document, "ann", slot(3), 0)
    assert stores.manifests.deleted_keys() == frozenset()


def test_an_archived_manifest_is_neither_there_nor_deleted(stores: Stores) -> None:
    sourced = replace(make_sourced("made"), origin=Origin(source=API_SOURCE, path="made"))
    stores.manifests.put(sourced, make_document("made"), "ann", NOW, 0)

    stores.manifests.archive("made", slot(1), "a file took it over")

    assert (stores.manifests.find("made"), stores.manifests.deleted_keys()) == (None, frozenset())


def test_a_sync_is_kept_whole_and_an_equal_one_writes_nothing(stores: Stores) -> None:
    assert stores.syncs.record(RECORD, [read(stores)], [("directory", PROBLEM)], NOW)
    [kept] = stores.syncs.history().items
    assert replace(kept, sync_id=0) == RECORD

    assert not stores.syncs.record(kept, [read(stores)], [("directory", PROBLEM)], NOW + 5 * SECOND)
    assert stores.syncs.history().items == (kept,)


def test_a_problem_keeps_its_since_until_it_is_gone(stores: Stores) -> None:
    stores.syncs.record(RECORD, [read(stores)], [("directory", PROBLEM)], NOW)
    other = replace(RECORD, revision="r2")
    stores.syncs.record(other, [read(stores)], [("directory", PROBLEM)], slot(1))

    [problem] = stores.syncs.problems()
    assert (problem.diagnostic, problem.source, problem.since) == (PROBLEM, "directory", NOW)
    stores.syncs.record(replace(RECORD, revision="r3"), [read(stores)], [], slot(2))
    assert stores.syncs.problems() == []


def test_a_failed_source_keeps_what_was_last_known_of_it(stores: Stores) -> None:
    stores.syncs.record(RECORD, [read(stores, files=3)], [], NOW)
    failed = SourceState(name="directory", failure="it is gone")
    stores.syncs.record(replace(RECORD, status="Unknown"), [failed], [], slot(1))

    [state] = stores.syncs.sources()
    assert (state.failure, state.read_at, state.applied) == ("it is gone", NOW, "r1")


def test_a_confirmation_counts_until_it_is_spent(stores: Stores) -> None:
    assert stores.syncs.confirmed() == frozenset()
    stores.syncs.confirm("p1", "ann", NOW)
    stores.syncs.confirm("p2", "ann", slot(1))
    assert stores.syncs.confirmed() == {"p1", "p2"}

    stores.syncs.spend({"p1", "unheard of"}, slot(2))
    assert stores.syncs.confirmed() == {"p2"}

    stores.syncs.confirm("p1", "bob", slot(3))
    assert stores.syncs.confirmed() == {"p1", "p2"}


def test_a_result_tells_since_when_what_waits_does(stores: Stores) -> None:
    held = PlannedAction(verb="update", job_id="a", origin="a.yaml:1", changed=("schedule",), held="load", asks=True)
    waiting = replace(held, since=NOW)
    stores.syncs.record(replace(RECORD, actions=(waiting, replace(held, held=""))), [], [], NOW)

    [record] = stores.syncs.history().items
    assert record.actions == (waiting, replace(held, held=""))


def test_events_are_numbered_and_followed(stores: Stores) -> None:
    stores.journal.publish([Happening(at=NOW, kind="a", job_id="j", data={"n": 1}), Happening(at=NOW, kind="b")])
    first = stores.journal.after(0)[0]

    assert [h.kind for h in stores.journal.after(first.seq)] == ["b"]
    assert (first.job_id, first.data) == ("j", {"n": 1})
    assert stores.journal.last_seq() == first.seq + 1
    assert [h.kind for h in stores.journal.newest(1)] == ["b"]


def test_the_audit_is_listed_newest_first_by_object(stores: Stores) -> None:
    for name in ("a", "b"):
        stores.journal.audit(AuditEntry(at=NOW, actor="ann", action="job.pause", object=name, reason="r"))

    assert [entry.object for entry in stores.journal.audits().items] == ["b", "a"]
    [only] = stores.journal.audits(of="a").items
    assert (only.actor, only.action, only.reason, only.outcome) == ("ann", "job.pause", "r", "done")


def test_users_are_stored_by_id_and_a_repeated_batch_changes_nothing(stores: Stores) -> None:
    users = [{"id": f"U{n}", "name": f"user{n}", "deleted": False} for n in range(3)]

    assert stores.bot.import_users(users, "job", "key", NOW) == 3
    assert stores.bot.import_users([], "job", "key", NOW) == 3
    assert stores.bot.import_users([{**users[0], "name": "renamed"}], "job", "", NOW) == 1

    assert stores.bot.users_count() == 3
    assert {user["name"] for user in stores.bot.users().items} == {"renamed", "user1", "user2"}


def test_collections_are_listed_newest_first(stores: Stores) -> None:
    first = stores.bot.store_metrics("job", "metrics_collection", {"usage": [1]}, NOW, NOW)
    second = stores.bot.store_metrics("job", "metrics_collection", {"usage": [2]}, NOW, slot(1))

    listed = stores.bot.stored_metrics().items

    assert [c.collection_id for c in listed] == [second, first]
    assert listed[0].metrics == {"usage": [2]}
