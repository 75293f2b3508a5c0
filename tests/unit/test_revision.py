"""What has become of one revision: the exit codes of ``tasks wait``."""

from typing import Any

import pytest

from tasks_service.client.revision import Verdict, judge, revision_of

SHA, OLD = "a1b2c3d4e5f6", "0f0f0f0f0f0f"


def status(word: str, **source: Any) -> dict[str, Any]:
    return {"status": word, "reason": "because", "sources": [{"name": "directory", **source}]}


def verdict(sync: dict[str, Any], *, history: Any = (), overrides: Any = (), wanted: str = SHA) -> Verdict | None:
    reached = judge(sync, history, overrides, wanted)
    return reached.verdict if reached else None


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        (status("Synced", observed=SHA, applied=SHA), Verdict.APPLIED),
        (status("Invalid", observed=SHA, applied=OLD), Verdict.APPLIED_WITH_INVALID_FILES),
        (status("Blocked", observed=SHA, applied=OLD), Verdict.BLOCKED),
        (status("OutOfSync", observed=SHA, applied=OLD), None),
        (status("Unknown", observed=SHA, applied=OLD), None),
        (status("Synced", observed=OLD, applied=OLD), None),
        (status("Orphaned", observed=SHA, applied=OLD), Verdict.APPLIED),
        (status("Invalid", observed=OLD, applied=SHA), Verdict.APPLIED),
        (status("Invalid", observed=SHA, attempted=OLD, applied=OLD), None),
        (status("Invalid", observed=SHA, attempted=SHA, applied=OLD), Verdict.APPLIED_WITH_INVALID_FILES),
        (status("Blocked", observed=SHA, attempted=OLD, applied=OLD), Verdict.BLOCKED),
    ],
)
def test_the_status_says_what_became_of_a_revision(sync: dict[str, Any], expected: Verdict | None) -> None:
    assert verdict(sync) == expected


def test_a_revision_may_be_told_as_a_text_or_as_a_commit() -> None:
    commit = {"revision": SHA, "author": "ann", "message": "Add a job", "at": "2026-01-01T00:00:00Z"}

    assert (revision_of(SHA), revision_of(commit), revision_of(None)) == (SHA, SHA, "")
    assert verdict(status("Synced", observed=commit, attempted=commit, applied=commit)) is Verdict.APPLIED


@pytest.mark.parametrize(("wanted", "known"), [("a1b2", True), ("A1B2C3", True), ("a1b", False), ("b1b2", False)])
def test_the_beginning_of_a_revision_names_it(wanted: str, known: bool) -> None:
    assert (verdict(status("Synced", applied=SHA), wanted=wanted) is Verdict.APPLIED) == known


@pytest.mark.parametrize("kind", ["pin", "hold"])
@pytest.mark.parametrize("shaped", [lambda o: o, lambda o: {"job_id": o["job_id"], "override": o}])
def test_what_is_pinned_or_held_keeps_another_revision(kind: str, shaped: Any) -> None:
    override = {"kind": kind, "job_id": "hello"}
    pause = {"kind": "pause", "job_id": "hello"}

    assert verdict(status("Synced", applied=SHA), overrides=[shaped(override)]) is Verdict.PINNED
    assert verdict(status("Synced", applied=SHA), overrides=[shaped(pause)]) is Verdict.APPLIED
    assert verdict(status("Blocked", observed=SHA), overrides=[shaped(override)]) is Verdict.BLOCKED


def test_a_revision_that_another_has_followed_is_found_in_the_history() -> None:
    history = [{"revision": OLD, "status": "Synced"}, {"revision": SHA, "status": "Invalid", "reason": "one error"}]

    assert verdict(status("Synced", applied=OLD), history=history) is Verdict.APPLIED_WITH_INVALID_FILES
