"""Signing in, preferences, errors as pages, the page of the API, and life without JavaScript."""

import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from running import Service, command_job, serving
from showcase import Showcase

KEY = "a-long-and-secret-key"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def locked(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that wants a key."""
    service = Service(tmp_path_factory.mktemp("locked"), {"TASKS_API_KEY": KEY})
    service.write("hello.yaml", command_job("hello", "true"))
    try:
        yield service.start()
    finally:
        service.stop()


def test_pages_are_closed_without_a_session_and_open_with_the_key(open_page: Open, locked: Service) -> None:
    page = open_page(locked.url)
    page.goto("/tasks?q=hello")
    expect(page).to_have_url(re.compile(r"/login\?next=/tasks%3Fq%3Dhello$"))

    page.get_by_label("Key").fill("a wrong one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the key.")

    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{locked.url}/tasks?q=hello")
    expect(page.get_by_role("rowheader")).to_contain_text("hello")

    page.get_by_role("link", name="Pause hello").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("to see who")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused by admin")).to_be_visible()

    page.locator("summary", has_text="admin").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/login"))


def test_times_are_shown_in_the_zone_that_is_chosen(page: Page) -> None:
    page.goto("/tasks")
    row = page.get_by_role("row", name="daily_user_sync")
    due = row.locator("td[data-label=next] time").first
    utc = due.text_content()

    page.locator("summary", has_text="View").click()
    page.get_by_label("Times in").select_option("job")  # Berlin, where the job is due at two

    expect(due).to_contain_text("02:00")
    assert utc != due.text_content()
    expect(due).to_have_attribute("title", re.compile(r"02:00:00 CES?T · .* UTC"))
    page.locator("summary", has_text="View").click()
    expect(page.get_by_label("Times in").get_by_role("option", name="my zone (Europe/Berlin)")).to_have_count(1)


def test_the_colours_that_are_chosen_stay(page: Page) -> None:
    page.goto("/tasks")
    page.locator("summary", has_text="View").click()
    page.get_by_label("Colours").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.goto("/runs")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere", 404, "No page is at /nowhere."),
        ("/tasks/nobody", 404, "nobody"),
        ("/runs/nothing", 404, "nothing"),
        ("/bulk?action=burn&job=hello", 422, "No action was chosen."),
        ("/tasks/daily_user_sync/edit", 409, "users.yaml"),
    ],
)
def test_an_error_is_a_page_that_says_what_to_do(page: Page, path: str, status: int, said: str) -> None:
    answer = page.goto(path)

    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("main")).to_contain_text(said)
    expect(page.get_by_role("link", name="To the tasks")).to_be_visible()


def test_a_lost_database_is_told_on_the_page(
    open_page: Open, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lost")
    with serving(
        folder, {"hello.yaml": command_job("hello", "true")}, DATABASE_URL=f"sqlite:///{folder}/tasks.db"
    ) as service:
        page = open_page(service.url)
        with sqlite3.connect(folder / "tasks.db") as database:
            database.execute("DROP TABLE events")

        answer = page.goto("/tasks")

        assert answer is not None
        assert answer.status in (500, 503)
        expect(page.get_by_role("link", name="To the tasks")).to_be_visible()


def test_the_page_of_the_api_is_drawn_without_help_from_elsewhere(page: Page) -> None:
    page.goto("/docs")

    expect(page.locator(".opblock")).not_to_have_count(0)
    page.locator("#operations-jobs-list_jobs, .opblock-summary-path", has_text="/api/jobs").first.click()
    expect(page.get_by_text("Responses").first).to_be_visible()


def test_without_javascript_a_job_is_paused_by_plain_forms(open_page: Open, stage: Showcase) -> None:
    page = open_page(stage.service.url, java_script_enabled=False)
    page.goto("/tasks")
    page.get_by_role("link", name="Pause slow_import").click()
    page.get_by_label("Reason").fill("no script")
    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("status")).to_have_text("slow_import is paused.")
    assert stage.service.job("slow_import")["override"]["reason"] == "no script"
    page.goto("/")
    page.get_by_role("link", name="Resume slow_import").first.click()
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_role("status")).to_have_text("slow_import runs again.")
    stage.service.post("/api/jobs/slow_import/resume")
