"""Contract of ``AlarmStore``: alarms that begin once, end once, and tell of both."""

from dataclasses import replace
from typing import Any

import pytest
from builders import NOW
from ledger_rows import create, slot

from tasks_service.core.alarm import Alarm, AlarmKind
from tasks_service.core.errors import Conflict, LeadLost
from tasks_service.core.stores import AlarmChanges, AlarmFilter, Fence, Stores


def alarm(kind: AlarmKind = AlarmKind.LATE, job_id: str = "nightly", **fields: Any) -> Alarm:
    defaults: dict[str, Any] = {"since": NOW, "raised_at": slot(1), "reason": "told so", "run_id": "r1"}
    return Alarm(job_uid=f"uid-{job_id}", job_id=job_id, kind=kind, **(defaults | fields))


def raise_(stores: Stores, *alarms: Alarm) -> list[Alarm]:
    stores.alarms.record(AlarmChanges(raised=alarms))
    return stores.alarms.open()


def over(alarm: Alarm, hours: float = 2, why: str = "it succeeded") -> Alarm:
    return replace(alarm, until=slot(hours), cleared_by=why)


def test_an_alarm_is_open_until_it_is_cleared(stores: Stores) -> None:
    create(stores)
    [found] = raise_(stores, alarm(AlarmKind.FAILING, failures=3))
    assert found == replace(alarm(AlarmKind.FAILING, failures=3), alarm_id=found.alarm_id)

    stores.alarms.record(AlarmChanges(cleared=(over(found),)))

    assert stores.alarms.open() == []
    assert stores.alarms.alarms(AlarmFilter()).items == (over(found),)


def test_a_job_has_one_open_alarm_of_a_kind(stores: Stores) -> None:
    create(stores)
    [first] = raise_(stores, alarm())

    with pytest.raises(Conflict):
        raise_(stores, alarm())
    stores.alarms.record(AlarmChanges(cleared=(over(first),), raised=(alarm(run_id="r2"),)))

    assert [found.run_id for found in stores.alarms.open()] == ["r2"]


def test_an_alarm_ends_once_and_tells_its_beginning_and_its_end(stores: Stores) -> None:
    create(stores)
    [found] = raise_(stores, alarm(AlarmKind.FAILING, failures=3))
    for hours in (2, 3):
        stores.alarms.record(AlarmChanges(cleared=(over(found, hours, "it succeeded"),)))

    assert [past.until for past in stores.alarms.alarms(AlarmFilter()).items] == [slot(2)]
    begun, ended = stores.journal.after(0)
    assert (begun.kind, begun.job_id, begun.run_id, begun.at) == ("alarm.raised", "nightly", "r1", slot(1))
    assert begun.data == {"kind": "failing", "since": NOW.isoformat(), "reason": "told so", "failures": 3}
    assert (ended.kind, ended.at, ended.data["reason"]) == ("alarm.cleared", slot(2), "it succeeded")


def test_an_open_alarm_tells_more_without_an_event(stores: Stores) -> None:
    create(stores)
    [found] = raise_(stores, alarm(AlarmKind.FAILING, failures=3))
    more = replace(found, failures=4, reason="4 times in a row", run_id="r2")

    stores.alarms.record(AlarmChanges(updated=(more,)))

    assert stores.alarms.open() == [more]
    assert len(stores.journal.after(0)) == 1


def test_alarms_are_listed_newest_first_by_job_and_kind_and_state(stores: Stores) -> None:
    create(stores, "nightly", "other")
    found = raise_(stores, alarm(), alarm(AlarmKind.LOST), alarm(AlarmKind.LOST, "other", since=slot(-1)))
    stores.alarms.record(AlarmChanges(cleared=(over(found[1]),)))

    def listed(**which: Any) -> list[tuple[str, str]]:
        return [(a.job_id, a.kind.value) for a in stores.alarms.alarms(AlarmFilter(**which)).items]

    assert listed() == [("other", "lost"), ("nightly", "lost"), ("nightly", "late")]
    assert listed(job_uid="uid-nightly") == [("nightly", "lost"), ("nightly", "late")]
    assert listed(kinds=frozenset({AlarmKind.LATE})) == [("nightly", "late")]
    assert listed(open=True) == [("other", "lost"), ("nightly", "lost")]
    assert listed(open=False) == [("nightly", "late")]
    assert [a.job_id for a in stores.alarms.open()] == ["other", "nightly"]
    assert [a.kind for a in stores.alarms.open(["uid-nightly", "uid-none"])] == [AlarmKind.LOST]
    assert stores.alarms.standing() == {AlarmKind.LOST: 2}
    page = stores.alarms.alarms(AlarmFilter(), limit=2)
    assert (page.total, len(stores.alarms.alarms(AlarmFilter(), cursor=page.next_cursor).items)) == (3, 1)


def test_only_what_is_over_is_forgotten(stores: Stores) -> None:
    create(stores)
    late, lost = raise_(stores, alarm(), alarm(AlarmKind.LOST))
    stores.alarms.record(AlarmChanges(cleared=(over(late),)))

    stores.alarms.forget(slot(2))
    assert len(stores.alarms.alarms(AlarmFilter()).items) == 2
    stores.alarms.forget(slot(30))
    assert stores.alarms.alarms(AlarmFilter()).items == (lost,)


def test_who_leads_no_longer_raises_no_alarm(stores: Stores) -> None:
    create(stores)
    with pytest.raises(LeadLost):
        stores.behind(Fence()).alarms.record(AlarmChanges(raised=(alarm(),)))
    assert stores.alarms.open() == []
