"""Which files of a directory are manifests, and what is said of those that cannot be read."""

import os
import socket
from pathlib import Path

import pytest
from fakes import FakeClock
from manifest_files import job, names, reader

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.ports import MAX_MANIFEST_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory of manifests that holds one job, two levels below a place of its own."""
    folder = tmp_path / "repository" / "manifests"
    folder.mkdir(parents=True)
    (folder / "good.yaml").write_text(job("good"))
    return folder


def source(folder: Path) -> DirectorySource:
    clock = FakeClock()
    return DirectorySource(folder, reader(clock), IcalEvents(), clock)


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def flaws(folder: Path) -> dict[str, str]:
    """The rule by the path of each problem. The good job is there all the same."""
    snapshot = source(folder).snapshot()
    assert "good" in {m.manifest.job_id for m in snapshot.manifests}
    assert set(snapshot.unreadable) == {problem.path for problem in snapshot.problems}
    return {problem.path: problem.rule for problem in snapshot.problems}


def test_manifests_lie_at_any_depth_and_hidden_names_are_ignored(folder: Path) -> None:
    for name in (
        "a/b/deep.yml",
        "a.yaml/inner.yaml",
        ".git/hidden.yaml",
        "_drafts/draft.yaml",
        ".swap.yaml",
        "_x.yaml",
    ):
        put(folder / name, job(Path(name).stem))
    put(folder / "notes.txt", "no manifest")
    put(folder / "upper.YAML", "no manifest")

    assert names(source(folder)) == {"good", "deep", "inner"}
    assert source(folder).snapshot().files == 3


def test_a_directory_without_manifests_is_empty_and_no_error(tmp_path: Path) -> None:
    snapshot = source(tmp_path).snapshot()

    assert (snapshot.manifests, snapshot.problems, snapshot.files) == ((), (), 0)


@pytest.mark.parametrize(("kind", "reason"), [("nothing", "does not exist"), ("file", "is no directory")])
def test_a_root_that_is_no_directory_says_what_it_is(tmp_path: Path, kind: str, reason: str) -> None:
    root = tmp_path / "manifests"
    if kind == "file":
        root.write_text("")

    with pytest.raises(SourceUnavailable, match=reason) as refused:
        source(root).snapshot()

    assert str(root) in refused.value.message
    assert "TASKS_MANIFESTS" in refused.value.hint


def test_what_cannot_be_opened_is_a_problem_of_that_file_alone(folder: Path) -> None:
    (folder / "nowhere.yaml").symlink_to("gone.yaml")
    (folder / "circle.yaml").symlink_to("circle.yaml")
    os.mkfifo(folder / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.yaml"))

    assert flaws(folder) == dict.fromkeys(["nowhere.yaml", "circle.yaml", "pipe.yaml", "socket.yaml"], "JM005")


def test_a_link_that_leads_out_is_refused(folder: Path) -> None:
    outside = folder.parents[1]
    put(outside / "secret.yaml", job("secret"))
    put(outside / "more" / "jobs.yaml", job("more"))
    put(folder.parent / "beside" / "jobs.yaml", job("beside"))
    (folder / "out.yaml").symlink_to(outside / "secret.yaml")
    (folder / "up.yaml").symlink_to("../../secret.yaml")
    (folder / "chain.yaml").symlink_to("out.yaml")
    (folder / "more").symlink_to(outside / "more")
    (folder / "beside").symlink_to("../beside")

    assert flaws(folder) == dict.fromkeys(["out.yaml", "up.yaml", "chain.yaml", "more", "beside"], "JM006")
    assert names(source(folder)) == {"good"}


def test_links_within_the_directory_are_followed_once(folder: Path) -> None:
    put(folder / "_shared" / "jobs.yaml", job("shared"))
    put(folder.parent / "common.yaml", job("common"))
    (folder / "team").symlink_to("_shared")
    (folder / "team2").symlink_to("_shared")
    (folder / "round").symlink_to(".")
    (folder / "common.yaml").symlink_to("../common.yaml")

    snapshot = source(folder).snapshot()

    assert sorted(m.origin.path for m in snapshot.manifests) == ["common.yaml", "good.yaml", "team/jobs.yaml"]


def test_a_name_that_is_no_text_can_be_told_all_the_same(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.yaml")).write_text("job_id: [")

    assert flaws(folder) == {"\\xff.yaml": "JM001"}


def test_a_huge_file_spoils_itself_and_not_the_directory(folder: Path) -> None:
    put(folder / "huge.yaml", "")
    os.truncate(folder / "huge.yaml", 2**40)

    assert flaws(folder) == {"huge.yaml": "JM003"}


def test_a_directory_with_too_many_bytes_is_refused_as_a_whole(folder: Path) -> None:
    for number in range(257):
        put(folder / f"{number}.yaml", "")
        os.truncate(folder / f"{number}.yaml", MAX_MANIFEST_BYTES)

    with pytest.raises(SourceUnavailable, match="64 MiB"):
        source(folder).snapshot()


def test_a_directory_with_too_many_files_is_refused_as_a_whole(folder: Path) -> None:
    for number in range(20_000):
        os.link(folder / "good.yaml", folder / f"{number}.yaml")

    with pytest.raises(SourceUnavailable, match="20000"):
        source(folder).snapshot()
