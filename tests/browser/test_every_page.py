"""What holds for all pages: they answer, complain of nothing, and can be read by everybody."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from showcase import Showcase

AXE = (Path(__file__).resolve().parents[1] / "vendor/axe/axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    "/": "Dashboard",
    "/tasks": "Tasks",
    "/tasks?state=failing&sort=-next": "Tasks",
    "/tasks?q=nothing+has+this+name": "Tasks",
    "/tasks/daily_user_sync": "daily_user_sync",
    "/tasks/invoice_export": "invoice_export",
    "/tasks/vendor_report": "vendor_report",
    "/tasks/archive_logs": "archive_logs",
    "/tasks/price_feed": "price_feed",
    "/tasks/weekly_metrics": "weekly_metrics",
    "/tasks/daily_user_sync/why": "Why? daily_user_sync",
    "/tasks/weekly_metrics/edit": "Edit weekly_metrics",
    "/tasks/daily_user_sync/backfill": "Backfill daily_user_sync",
    "/tasks/daily_user_sync/backfill?from=2026-01-01T00:00&to=2026-01-03T00:00": "Backfill daily_user_sync",
    "/tasks/daily_user_sync/pause": "Pause daily_user_sync",
    "/tasks/vendor_report/resume": "Resume vendor_report",
    "/tasks/archive_logs/resume": "Resume archive_logs",
    "/tasks/daily_user_sync/hold": "Hold daily_user_sync",
    "/tasks/daily_user_sync/pin": "Pin daily_user_sync",
    "/tasks/vendor_report/adopt": "Adopt vendor_report",
    "/overrides": "Overrides",
    "/overrides/new": "New override",
    "/overrides/1/release": "Release vendor_report",
    "/tasks/daily_user_sync/run": "Run daily_user_sync",
    "/tasks/daily_user_sync/delete": "Delete daily_user_sync",
    "/tasks/weekly_metrics/delete": "Delete weekly_metrics",
    "/bulk?action=pause&job=daily_user_sync&job=weekly_metrics": "Pause several tasks",
    "/tasks/new": "New task",
    "/tasks/new?type=metrics_collection": "New task",
    "/tasks/new?type=command": "New task",
    "/runs": "Runs",
    "/runs?state=bad": "Runs",
    "/runs?job=nobody": "Runs",
    "/runs/{failed_run}": "invoice_export: failed",
    "/runs/{succeeded_run}": "daily_user_sync: succeeded",
    "/runs/{running_run}": "slow_import: running",
    "/runs/{running_run}/cancel": "Cancel a run of slow_import",
    "/timeline": "Timeline",
    "/timeline?hours=168": "Timeline",
    "/timeline?view=table": "Timeline",
    "/sync": "Sync",
    "/calendars": "Calendars",
    "/calendars/holidays": "holidays",
    "/users": "Users",
    "/collections": "Metrics",
    "/audit": "Audit",
}
READ = (
    *("/", "/tasks", "/tasks/price_feed", "/tasks/vendor_report", "/tasks/weekly_metrics/edit"),
    *("/overrides", "/tasks/daily_user_sync/pin", "/tasks/vendor_report/adopt"),
    *("/tasks/archive_logs/resume", "/tasks/daily_user_sync/run", "/tasks/weekly_metrics/delete"),
    "/tasks/archive_logs/backfill?from=2026-01-01T00:00&to=2026-01-03T00:00",
    *("/bulk?action=pause&job=daily_user_sync&job=weekly_metrics", "/tasks/new", "/tasks/new?type=metrics_collection"),
    *("/tasks/daily_user_sync/why", "/runs", "/runs/{failed_run}", "/runs/{running_run}", "/timeline"),
    *("/timeline?view=table", "/sync", "/collections", "/audit", "/calendars/holidays"),
)
"""One page of each template, in the state in which most is on it."""


def address(path: str, stage: Showcase) -> str:
    return path.format(failed_run=stage.failed_run, succeeded_run=stage.succeeded_run, running_run=stage.running_run)


def violations(page: Page, **which: Any) -> list[str]:
    """What axe finds on a page."""
    options = {"runOnly": which, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_and_complains_of_nothing(page: Page, stage: Showcase, path: str) -> None:
    answer = page.goto(address(path, stage))

    assert answer is not None
    assert answer.status == 200
    assert page.title() == f"{PAGES[path]} · InsightMesh Tasks"


@pytest.mark.parametrize("path", READ)
def test_a_page_can_be_read_in_light_and_dark(page: Page, stage: Showcase, path: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(address(path, stage))

    page.evaluate(AXE)
    assert violations(page, type="tag", values=LEVELS) == []
    page.emulate_media(color_scheme="dark")  # nothing but the colours differs
    assert violations(page, type="rule", values=["color-contrast"]) == []


@pytest.mark.parametrize(
    "path", ["/", "/tasks", "/tasks/invoice_export", "/runs", "/runs/{failed_run}", "/timeline", "/sync"]
)
def test_a_page_fits_a_telephone(page: Page, stage: Showcase, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(path, stage))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
