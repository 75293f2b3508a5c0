"""Backfill from the page: a stretch, what nothing ran for in it, and the runs."""

from uuid import uuid4

from playwright.sync_api import Page, expect
from running import wait_for
from showcase import Showcase


def test_slots_of_the_past_are_shown_first_and_run_then(page: Page, stage: Showcase) -> None:
    job_id = f"filled_{uuid4().hex[:8]}"
    schedule = {"trigger": "interval", "hours": 6}
    parameters = {"argv": ["true"]}
    document = {"job_id": job_id, "job_type": "command", "schedule": schedule, "parameters": parameters}
    stage.service.post("/api/jobs", document, expect=201)
    stage.service.wait_for_job(job_id, sync="Synced")
    now = stage.service.get(f"/api/jobs/{job_id}")["applied_at"]

    page.goto(f"/tasks/{job_id}")
    page.get_by_role("heading", name="Ledger").click()
    page.get_by_role("link", name="Backfill").click()
    page.get_by_label("After").fill("2026-01-01T00:00")
    page.get_by_label("Up to").fill("2026-01-02T00:00")
    page.get_by_label("At most").select_option("10 runs")
    page.get_by_role("button", name="Show the slots").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Run {job_id} for 4 slots of the past?")
    expect(page.get_by_role("region", name="Slots")).to_contain_text("the ledger holds no row")
    assert stage.service.get(f"/api/jobs/{job_id}/runs")["total"] == 0
    page.get_by_label("Reason").fill("new report")
    page.get_by_role("button", name="Run them").click()

    expect(page.get_by_role("status")).to_have_text(f"4 runs of {job_id} are queued.")

    def done() -> bool:
        runs = stage.service.get(f"/api/jobs/{job_id}/runs")["items"]
        return [run["state"] for run in runs] == ["succeeded"] * 4 and all(run["due_at"] < now for run in runs)

    wait_for("four runs of the past", done, 40)
