"""Contracts of the stores of what runs tell and leave: progress and artifacts."""

from builders import NOW
from ledger_rows import create, ended, running, slot

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
