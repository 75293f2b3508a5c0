"""Contract of ``PreflightStore``: one row per job, and wishes that the next preflight fulfils."""

from dataclasses import replace
from typing import Any

import pytest
from ledger_rows import create, slot

from tasks_service.core.errors import LeadLost
from tasks_service.core.preflight import Preflight, PreflightFinding, PreflightState
from tasks_service.core.stores import Fence, Stores

NO_TOKEN = PreflightFinding(what="there is no token", why="a run fails", remedy="set it")


def made(job_id: str = "nightly", **fields: Any) -> Preflight:
    defaults: dict[str, Any] = {
        "state": PreflightState.FAILED,
        "findings": (NO_TOKEN, NO_TOKEN.model_copy(update={"fatal": False})),
        "digest": "d1",
        "at": slot(1),
        "seconds": 0.25,
    }
    return Preflight(job_uid=f"uid-{job_id}", **(defaults | fields))


def test_the_newest_preflight_of_a_job_replaces_the_one_before(stores: Stores) -> None:
    create(stores, "nightly", "other")
    stores.preflights.record([made(), made("other", state=PreflightState.NOT_SUPPORTED, reason="none", findings=())])
    newer = made(state=PreflightState.OK, findings=(), digest="d2", at=slot(2))

    stores.preflights.record([newer])

    found = stores.preflights.of()
    assert found["uid-nightly"] == newer
    assert found["uid-other"].state is PreflightState.NOT_SUPPORTED
    assert stores.preflights.of(["uid-nightly", "uid-none"]) == {"uid-nightly": newer}


def test_findings_come_back_as_they_were(stores: Stores) -> None:
    create(stores)
    stores.preflights.record([made()])
    assert stores.preflights.of(["uid-nightly"]) == {"uid-nightly": made()}


def test_a_wish_stands_beside_what_was_found_last_until_it_is_fulfilled(stores: Stores) -> None:
    create(stores, "nightly", "other")
    stores.preflights.record([made()])
    stores.preflights.ask("uid-other", "anna", slot(2))
    stores.preflights.ask("uid-nightly", "bert", slot(3))

    assert stores.preflights.asked() == ["uid-other", "uid-nightly"]
    found = stores.preflights.of()
    assert found["uid-nightly"] == replace(made(), asked_at=slot(3), asked_by="bert")
    assert (found["uid-other"].state, found["uid-other"].at) == (PreflightState.WAITING, None)

    stores.preflights.record([made(at=slot(3))])
    assert stores.preflights.asked() == ["uid-other"]
    assert stores.preflights.of(["uid-nightly"])["uid-nightly"].asked_at is None


def test_a_preflight_that_began_before_the_wish_does_not_fulfil_it(stores: Stores) -> None:
    create(stores)
    stores.preflights.ask("uid-nightly", "anna", slot(3))

    stores.preflights.record([made(at=slot(2))])

    assert stores.preflights.asked() == ["uid-nightly"]
    assert stores.preflights.of()["uid-nightly"] == replace(made(at=slot(2)), asked_at=slot(3), asked_by="anna")


def test_who_leads_no_longer_records_none(stores: Stores) -> None:
    create(stores)
    with pytest.raises(LeadLost):
        stores.behind(Fence()).preflights.record([made()])
    assert stores.preflights.of() == {}
