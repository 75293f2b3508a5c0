"""A real browser before a real service; no test passes if a page complains or asks another host."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from needs import leave_out
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from showcase import Showcase, showcase

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000
"""Longer than a page takes to look again by itself, on a machine that others starve."""
expect.set_options(timeout=PATIENCE_MS)

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Where none is installed the tests are skipped, unless ``REQUIRE_BROWSER`` is 1."""
    found = [path for program in PROGRAMS if (path := shutil.which(program))]
    if found:
        return found[0]
    return leave_out(f"none of {', '.join(PROGRAMS)} is installed: apt-get install chromium", "REQUIRE_BROWSER")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser per module: while it lives, this thread has an event loop that other suites must not find."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def stage(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    """The installation that all tests look at. What a test changes, it makes itself."""
    with showcase(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages, each in a context of its own; the arguments are those of a context.

    At the end no page may have complained, and none may have asked another host than its own.
    """
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        answered = message.location["url"] == message.page.url if message.page else False
        if message.type in ("error", "warning") and not (answered and "Failed to load resource" in message.text):
            complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def opened(base_url: str, **options: object) -> Page:
        context = browser.new_context(base_url=base_url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)

        def asked(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != base_url:
                complaints.append(f"asked {request.url}")

        context.on("request", asked)
        context.on("console", heard)
        context.on("weberror", lambda error: complaints.append(f"threw: {error.error}"))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Open, stage: Showcase) -> Page:
    """An empty tab before the stage, in Berlin and on a wide screen."""
    return open_page(stage.service.url, viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin")
