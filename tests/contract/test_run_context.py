"""Contracts of the stores of what runs tell and leave: progress and artifacts."""

import hashlib

from builders import NOW
from ledger_rows import create, ended, running, slot

from tasks_service.core.artifact import Artifact
from tasks_service.core.progress import Progress
from tasks_service.core.stores import Stores


def told(done: float, total: float | None = None, text: str = "") -> Progress:
    return Progress(done=done, total=total, text=text, at=NOW)


def test_the_newest_progress_of_each_run_is_kept(stores: Stores) -> None:
    stores.progress.keep({"one": told(1, 10, "first"), "two": told(5)})
    stores.progress.keep({"one": told(2.5, 10, "second é\u2028")})
    stores.progress.keep({})

    assert stores.progress.of(["one", "two", "three"]) == {"one": told(2.5, 10, "second é\u2028"), "two": told(5)}
    assert stores.progress.of([]) == {}


def test_progress_goes_with_its_run(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    stores.progress.keep({run.run_id: told(1), "other": told(2)})
    stores.ledger.finish(ended(run), "me", slot(2))

    assert stores.ledger.forget(slot(3), keep_per_job=0, limit=10) == 1
    assert set(stores.progress.of([run.run_id, "other"])) == {"other"}


def test_artifacts_are_kept_once_and_read_back_to_the_byte(stores: Stores) -> None:
    content = bytes(range(256)) * 20_000
    stores.artifacts.keep("one", [Artifact.of("b.bin", content), Artifact.of("a.txt", b"")], NOW)
    stores.artifacts.keep("one", [Artifact.of("a.txt", b"another")], slot(1))
    stores.artifacts.keep("two", [], NOW)

    listed = stores.artifacts.of("one")
    assert [(one.name, one.size, one.at) for one in listed] == [("a.txt", 0, NOW), ("b.bin", len(content), NOW)]
    assert listed[1].sha256 == hashlib.sha256(content).hexdigest()
    assert stores.artifacts.content("one", "b.bin") == content
    assert stores.artifacts.content("one", "a.txt") == b""
    assert stores.artifacts.content("one", "c") is None
    assert stores.artifacts.of("two") == []


def test_artifacts_go_with_their_run(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    stores.artifacts.keep(run.run_id, [Artifact.of("a.txt", b"x")], NOW)
    stores.artifacts.keep("other", [Artifact.of("a.txt", b"x")], NOW)
    stores.ledger.finish(ended(run), "me", slot(2))

    assert stores.ledger.forget(slot(3), keep_per_job=0, limit=10) == 1
    assert (len(stores.artifacts.of(run.run_id)), len(stores.artifacts.of("other"))) == (0, 1)
