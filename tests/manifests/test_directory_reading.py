"""What is read again and what is not: an unchanged directory costs no open, and no change is overlooked."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest
from fakes import FakeClock
from manifest_files import CountingText, job, names, reader, swap
from running import ROOT, wait_for

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable


class Opens:
    """The manifests that this process opened while it counted."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.paths is not None and str(arguments[0]).endswith(".yaml"):
            self.paths.append(str(arguments[0]))

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        self.paths = paths = []
        try:
            yield paths
        finally:
            self.paths = None


OPENS = Opens()


def opened(folder: Path) -> tuple[DirectorySource, CountingText, FakeClock]:
    clock = FakeClock()
    text = reader(clock)
    return DirectorySource(folder, text, IcalEvents(), clock), text, clock


def test_an_unchanged_directory_is_listed_and_no_file_is_opened() -> None:
    samples = ROOT / "manifests"
    source, text, _ = opened(samples)
    with OPENS.counted() as first:
        before = source.snapshot()
    wait_for("the samples to be of some age", lambda: _age(samples) > 2)
    source.snapshot()
    text.read_paths.clear()

    with OPENS.counted() as second:
        after = source.snapshot()

    assert len(first) == before.files == 4
    assert second == text.read_paths == []
    assert after.manifests is before.manifests


def _age(folder: Path) -> float:
    return datetime.now(UTC).timestamp() - max(path.stat().st_ctime for path in folder.iterdir())


def test_only_the_file_that_changed_is_parsed(tmp_path: Path) -> None:
    for name in ("alpha", "beta"):
        (tmp_path / f"{name}.yaml").write_text(job(name))
    source, text, _ = opened(tmp_path)
    source.snapshot()
    text.read_paths.clear()

    (tmp_path / "beta.yaml").write_text(job("beta", hour=4))
    source.snapshot()
    os.utime(tmp_path / "alpha.yaml")
    source.snapshot()

    assert text.read_paths == ["beta.yaml"]


def test_an_edit_is_seen_although_size_and_modification_time_stay(tmp_path: Path) -> None:
    path = tmp_path / "alpha.yaml"
    path.write_text(job("alpha", hour=3))
    os.utime(path, (1, 1))
    source, _, _ = opened(tmp_path)
    before = source.snapshot()

    path.write_text(job("alpha", hour=4))
    os.utime(path, (1, 1))
    after = source.snapshot()

    assert before.revision != after.revision
    assert before.manifests[0].manifest.digest != after.manifests[0].manifest.digest


def test_quick_edits_within_one_tick_of_the_file_system_are_all_seen(tmp_path: Path) -> None:
    path = tmp_path / "alpha.yaml"
    source, _, _ = opened(tmp_path)
    for hour in [1, 2, 3, 4, 5] * 20:
        with path.open("r+" if path.exists() else "w") as file:
            file.write(job("alpha", hour))

        [found] = source.snapshot().manifests

        assert found.manifest.schedule.model_dump()["expression"] == f"0 {hour} * * *"


def test_a_date_that_passes_is_told_without_any_change_of_the_file(tmp_path: Path) -> None:
    text = job("once").replace('{trigger: cron, expression: "0 3 * * *"}', "{trigger: date, run_date: 2030-01-02}")
    (tmp_path / "once.yaml").write_text(text)
    source, _, clock = opened(tmp_path)
    assert source.snapshot().problems == ()

    clock.advance(2 * 86400)

    assert [p.rule for p in source.snapshot().problems] == ["JM035"]
    assert names(source) == {"once"}


def checkout(folder: Path, revision: str, *jobs: str) -> Path:
    """A tree of that name beside the link ``current``."""
    (folder / revision).mkdir()
    for number, name in enumerate(jobs):
        (folder / revision / f"{number}.yaml").write_text(job(name))
    return folder / "current"


def test_a_file_that_vanishes_while_others_are_read_is_gone_and_no_error(tmp_path: Path) -> None:
    for name in ("alpha", "beta"):
        (tmp_path / f"{name}.yaml").write_text(job(name))
    source, text, _ = opened(tmp_path)
    text.before = lambda: [p.unlink() for p in tmp_path.iterdir() if p.name not in text.read_paths]

    assert len(names(source)) == 1


def test_a_swap_in_the_middle_of_a_reading_gives_the_new_tree_and_no_mixture(tmp_path: Path) -> None:
    checkout(tmp_path, "old", "old1", "old2")
    current = checkout(tmp_path, "new", "new1", "new2")
    swap(current, "old")
    source, text, _ = opened(current)
    text.before = lambda: swap(current, "new")

    assert names(source) == {"new1", "new2"}


def test_a_directory_that_never_holds_still_is_unavailable_for_now(tmp_path: Path) -> None:
    checkout(tmp_path, "one", "one")
    current = checkout(tmp_path, "two", "two")
    swap(current, "one")
    source, text, _ = opened(current)
    turns = cycle(["two", "one"])
    text.before = lambda: swap(current, next(turns))

    with pytest.raises(SourceUnavailable, match="changes while it is read"):
        source.snapshot()
    text.before = lambda: None

    assert names(source) <= {"one", "two"}
    assert names(source)
