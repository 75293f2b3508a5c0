"""The dashboard and the listing: what a person sees, pauses, resumes and deletes there."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from showcase import Showcase

SOON = "{trigger: interval, minutes: 5}"

NewJob = Callable[[], str]


@pytest.fixture
def new_job(stage: Showcase) -> NewJob:
    """Makes a job that the API owns and that a test may do anything to."""

    def made() -> str:
        job_id = f"job_{uuid4().hex[:8]}"
        body: dict[str, Any] = {
            "job_id": job_id,
            "job_type": "command",
            "schedule": {"trigger": "interval", "minutes": 5},
            "parameters": {"argv": ["echo", "done"]},
        }
        stage.service.post("/api/jobs", body, expect=201)
        stage.service.wait_for_job(job_id, sync="Synced")
        return job_id

    return made


def dialog_of(page: Page, name: str) -> Any:
    """Press the link of that name and give the dialog that opens."""
    page.get_by_role("link", name=name, exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_the_dashboard_names_the_failing_job_its_reason_and_the_way_to_its_log(page: Page, stage: Showcase) -> None:
    page.goto("/")
    attention = page.locator("section", has=page.get_by_role("heading", name="Needs attention"))

    failing = attention.get_by_role("listitem").filter(has_text="invoice_export")
    expect(failing).to_contain_text("2 times in a row")
    expect(failing).to_contain_text("exit code 1")
    broken = attention.get_by_role("listitem").filter(has_text="prices.yaml")
    expect(broken).to_have_count(1)  # the job and its file are one concern
    failing.get_by_role("link", name="Log of invoice_export").click()

    expect(page).to_have_url(f"{stage.service.url}/runs/{stage.failed_run}")
    expect(page.get_by_label("Output", exact=True)).to_contain_text("401: the token has expired")


@pytest.mark.parametrize("path", ["/", "/tasks"])
def test_a_job_is_paused_with_a_reason_and_resumed(page: Page, stage: Showcase, new_job: NewJob, path: str) -> None:
    job_id = new_job()
    page.goto(path)

    question = dialog_of(page, f"Pause {job_id}")
    expect(question).to_contain_text("its fires are skipped")
    question.get_by_label("Reason").fill("the vendor is down")
    question.get_by_label("Until").select_option("4h")
    question.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("status")).to_have_text(f"{job_id} is paused.")
    expect(page).to_have_url(stage.service.url + path)
    override = stage.service.wait_for_job(job_id, activity="Paused")["override"]
    assert override["reason"] == "the vendor is down"
    assert override["until"]
    question = dialog_of(page, f"Resume {job_id}")
    expect(question).to_contain_text("the vendor is down")
    question.get_by_role("button", name="Resume").click()

    expect(page.get_by_role("status")).to_have_text(f"{job_id} runs again.")
    stage.service.wait_for_job(job_id, activity="Active")


@pytest.mark.parametrize(
    ("action", "outcome"), [("Pause", "paused"), ("Resume", "resumed"), ("Run", "started"), ("Delete", "deleted")]
)
def test_several_jobs_are_treated_at_once_with_one_reason(
    page: Page, stage: Showcase, new_job: NewJob, action: str, outcome: str
) -> None:
    jobs = [new_job(), new_job()]
    page.goto("/tasks?q=job_")
    for job_id in jobs:
        page.get_by_label(f"Choose {job_id}").check()
    expect(page.get_by_text("With 2 chosen:")).to_be_visible()

    page.get_by_role("button", name=f"{action}…").click()
    if action != "Delete":
        page.get_by_label("One reason for all").fill("maintenance")
    page.get_by_role("button", name=re.compile(rf"^{action}.* 2 tasks$")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"2 of 2 {outcome}")
    newest = stage.service.get("/api/audit")["items"][:2]
    assert {entry["object"] for entry in newest} == set(jobs)
    if action != "Delete":
        assert {entry["reason"] for entry in newest} == {"maintenance"}
    if action == "Delete":
        assert [stage.service.job(job_id) for job_id in jobs] == [None, None]


def test_the_job_of_a_file_is_not_deleted_but_the_file_and_line_are_named(page: Page, stage: Showcase) -> None:
    page.goto("/tasks")
    question = dialog_of(page, "Delete daily_user_sync")

    expect(question).to_contain_text("users.yaml, line 1")
    expect(question.get_by_role("button", name="Delete")).to_have_count(0)
    expect(question.get_by_role("link", name="Pause it instead")).to_be_visible()
    page.goto("/bulk?action=delete&job=daily_user_sync")
    page.get_by_role("button", name="Delete 1 task").click()

    expect(page.get_by_role("main")).to_contain_text("edit users.yaml, line 1")
    assert stage.service.job("daily_user_sync")


def test_the_details_open_in_a_dialog_by_click_and_by_keyboard(page: Page) -> None:
    page.goto("/tasks")
    link = page.get_by_role("link", name="invoice_export", exact=True)
    dialog = page.get_by_role("dialog")

    link.click()
    expect(dialog.get_by_role("heading", name="invoice_export")).to_be_visible()
    for part in ("Schedule", "Parameters", "Runs", "Ledger", "Definition", "Audit"):
        expect(dialog.get_by_role("heading", name=re.compile(f"^{part}"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_the_filters_stand_in_the_address(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="1 failing").click()

    expect(page).to_have_url(re.compile(r"/tasks\?state=failing$"))
    expect(page.get_by_role("rowheader")).to_have_count(1)
    page.get_by_label("State").select_option("paused")
    expect(page).to_have_url(re.compile("state=paused"))
    expect(page.get_by_role("rowheader").filter(has_text="vendor_report")).to_contain_text("paused by Bob")
