"""Backfill over HTTP and on its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from house import House, wait_for

MINUTELY = {
    "job_id": "pulse",
    "job_type": "command",
    "schedule": {"trigger": "interval", "minutes": 1},
    "parameters": {"argv": ["true"]},
}


def stretch(minutes: float = 3) -> dict[str, str]:
    """Full minutes that end well before the job was created."""
    end = datetime.now(UTC).replace(second=30, microsecond=0) - timedelta(minutes=5)
    return {"from": (end - timedelta(minutes=minutes)).isoformat(), "to": end.isoformat()}


def only_of(house: House, run_id: str) -> bool:
    """Whether a run is under way. Another one, which a new minute may have begun meanwhile, is ended: one at a time."""
    running = house.executor.running()
    for other in running - {run_id}:
        house.end_run(other)
    return run_id in running


def post(house: House, **body: Any) -> Any:
    return house.client.post("/api/jobs/pulse/backfill", json=body)


def test_a_dry_run_lists_the_slots_and_its_plan_runs_them_once(house: House) -> None:
    house.create(MINUTELY)
    which = stretch()

    dry = post(house, **which)
    assert dry.status_code == 200, dry.text
    told = dry.json()
    assert (told["dry_run"], told["total"], told["count"], told["queued"], told["held"]) == (True, 3, 3, [], "")
    assert [slot["outcome"] for slot in told["slots"]] == [None] * 3
    assert "older than the job" in told["slots"][0]["reason"]

    real = post(house, **which, plan=told["plan"], reason="new report", actor="ann")
    assert real.status_code == 202, real.text
    assert len(real.json()["queued"]) == 3
    again = post(house, **which, plan=told["plan"])
    assert (again.status_code, "dry run again" in again.text) == (409, True)

    first = real.json()["queued"][0]
    wait_for("the first run", lambda: only_of(house, first))
    run = house.client.get(f"/api/runs/{first}").json()
    assert (run["trigger"], run["actor"]) == ("backfill", "ann")
    assert run["lateness"] >= 300
    audit = house.client.get("/api/audit").json()["items"]
    assert any((a["action"], a["reason"], a["outcome"]) == ("job.backfill", "new report", "done") for a in audit)


def test_what_is_asked_for_wrongly_is_refused(house: House) -> None:
    house.create(MINUTELY)
    which = stretch()

    assert post(house).status_code == 422
    assert post(house, **which, dry_run=False).status_code == 422
    assert post(house, **which, limit=1001).status_code == 422
    assert post(house, **which, plan="made up").status_code == 409
    assert post(house, **{"from": which["to"], "to": which["from"]}).status_code == 422
    assert house.client.post("/api/jobs/nobody/backfill", json=which).status_code == 404


def test_a_paused_job_is_filled_only_by_force(house: House) -> None:
    house.create(MINUTELY)
    house.client.post("/api/jobs/pulse/pause")
    which = stretch()
    plan = post(house, **which).json()["plan"]

    refused = post(house, **which, plan=plan)
    assert (refused.status_code, "force: true" in refused.text) == (409, True)
    assert post(house, **which, plan=plan, force=True).status_code == 202
