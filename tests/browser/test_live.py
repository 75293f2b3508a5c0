"""Live updates: what happens is shown without a reload, and stands still when it is told to."""

from playwright.sync_api import Page, expect
from showcase import Showcase


def test_a_run_that_ends_appears_without_a_reload_and_keeps_what_was_chosen(page: Page, stage: Showcase) -> None:
    page.goto("/runs?job=weekly_metrics")
    page.evaluate("window.unchanged = true")
    before = page.get_by_role("row").count()
    page.get_by_label("Task", exact=True).fill("half typed")

    stage.service.run_to_end("weekly_metrics")

    expect(page.get_by_role("row")).to_have_count(before + 1)
    expect(page.get_by_role("row").nth(1)).to_contain_text("succeeded")
    assert page.evaluate("window.unchanged")
    expect(page.get_by_label("Task", exact=True)).to_have_value("half typed")


def test_an_update_keeps_the_ticks_and_the_open_dialog(page: Page, stage: Showcase) -> None:
    page.goto("/tasks")
    page.get_by_label("Choose archive_logs").check()
    page.get_by_role("link", name="Run archive_logs now").click()
    reason = page.get_by_role("dialog").get_by_label("Reason")
    reason.fill("half a sen")
    last = page.get_by_role("row", name="daily_user_sync").locator("[data-label=last] time")
    before = last.get_attribute("datetime") or ""

    stage.service.run_to_end("daily_user_sync")

    expect(last).not_to_have_attribute("datetime", before)
    expect(page.get_by_label("Choose archive_logs")).to_be_checked()
    expect(reason).to_have_value("half a sen")


def test_events_that_never_pause_do_not_put_an_update_off(page: Page, stage: Showcase) -> None:
    page.goto("/runs?job=weekly_metrics")
    storm = "setInterval(() => document.dispatchEvent(new Event('htmx:sse:before:message', {cancelable: true})), 50)"

    at_once_ms = 10_000  # a page that hears nothing looks again after 15 s
    with page.expect_response(lambda answer: "/runs?" in answer.url and answer.ok, timeout=at_once_ms):
        page.evaluate(storm)


def test_a_page_that_is_held_stands_still_until_it_is_let_go(page: Page, stage: Showcase) -> None:
    page.goto("/runs?job=daily_user_sync")
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Held")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    rows = page.get_by_role("row").count()

    stage.service.run_to_end("daily_user_sync")
    page.wait_for_timeout(1500)  # longer than an update takes; nothing tells that nothing comes

    assert asked == []
    expect(page.get_by_role("row")).to_have_count(rows)
    page.get_by_role("button", name="Held").click()
    expect(page.get_by_role("row")).to_have_count(rows + 1)


def test_the_output_of_a_run_is_shown_while_it_is_under_way(page: Page, stage: Showcase) -> None:
    run_id = stage.service.post("/api/jobs/slow_import/run", expect=202)["id"]
    page.goto(f"/runs/{run_id}")
    output = page.get_by_label("Output", exact=True)

    expect(output).to_contain_text("step 3")
    expect(output).to_contain_text("step 9")
    expect(page.get_by_role("heading", level=1)).to_contain_text("running")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled")
