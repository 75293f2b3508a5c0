"""The sync page of a git source: who changed what, what guards hold back, and the button that lets it through."""

from collections.abc import Callable
from pathlib import Path

from git_remotes import GitRemote
from playwright.sync_api import Page, expect
from running import command_job, serving, wait_for

SLIP = "{trigger: interval, seconds: 10}"


def test_what_is_held_is_shown_with_its_author_and_confirmed(open_page: Callable[..., Page], tmp_path: Path) -> None:
    remote = GitRemote(tmp_path / "git")
    kept = command_job("archive", "true", policy={"prune": "never"})
    remote.push({"users.yaml": command_job("users", "true"), "archive.yaml": kept}, "Begin", author="Ann")
    follow = {
        "TASKS_GIT_URL": remote.url,
        "TASKS_GIT_POLL": "1h",
        "TASKS_SYNC_INTERVAL": "1s",
        "TASKS_LOAD_RUNS": "2880",
    }
    with serving(tmp_path / "service", {}, **follow) as service:
        service.wait_for_job("users")
        remote.git("rm", "-q", "archive.yaml")
        slip = remote.push({"users.yaml": command_job("users", "true", schedule=SLIP)}, "Look more often", "Bob")
        service.post("/api/sync", {}, expect=202)
        wait_for("the guard", lambda: service.get("/api/sync")["plan_id"])
        page = open_page(service.url, viewport={"width": 1280, "height": 900})
        page.goto("/sync")

        held = page.get_by_role("region", name="The actions that are held back")
        expect(held.get_by_role("row", name="users")).to_contain_text("raises runs per day from 2 to 8,641")
        expect(held.get_by_role("row", name="archive")).to_contain_text("No confirmation helps.")
        newest = page.locator(".syncs > li").first
        expect(newest).to_contain_text("Bob")
        expect(newest).to_contain_text("Look more often")
        expect(page.get_by_role("region", name="The sources").get_by_role("row", name="git")).to_contain_text(slip[:7])
        page.get_by_role("button", name="Confirm 1 action").click()

        expect(page.get_by_role("status")).to_contain_text("confirmed")
        service.wait_for_job("users", revision=slip)
        page.reload()
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
        expect(page.locator(".verdict")).to_contain_text("orphaned")
        page.close()
