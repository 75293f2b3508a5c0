"""Repositories that want to harm: nothing runs, nothing is filled, and each says why it is not taken."""

import os
from pathlib import Path

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import job, reader

from tasks_service.adapters.git_source import GitSource, Mirror, Remote
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable

CALENDAR = "kind: calendar\ncalendar_id: closures\nical: [days.ics]\n"


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    return GitRemote(tmp_path)


def source(remote: GitRemote) -> GitSource:
    clock = FakeClock()
    return GitSource(Remote(url=remote.url), remote.bare.parent / "mirrors", reader(clock), IcalEvents(), clock)


def test_trees_that_hold_each_other_a_billion_times_fill_no_memory(remote: GitRemote) -> None:
    blob = remote.git("hash-object", "-w", "--stdin", stdin=job("a")).strip()
    tree = remote.git("mktree", stdin=f"100644 blob {blob}\ta.yaml\n").strip()
    for _ in range(9):
        tree = remote.git("mktree", stdin="".join(f"040000 tree {tree}\td{n}\n" for n in range(10))).strip()
    remote.git("update-ref", "refs/heads/main", remote.git("commit-tree", tree, "-m", "Grow").strip())
    remote.publish()

    with pytest.raises(SourceUnavailable, match="printed more than"):
        source(remote).snapshot()


def test_a_remote_that_sends_more_than_is_allowed_is_cut_off(remote: GitRemote, tmp_path: Path) -> None:
    remote.push({"a.yaml": job("a")})
    mirror = Mirror(Remote(url=remote.url), tmp_path / "mirrors", most_bytes=2**20)
    mirror.fetch(FakeClock().now())
    (remote.tree / "huge.bin").write_bytes(os.urandom(3 * 2**20))
    before, _ = remote.head(), remote.push({})

    with pytest.raises(SourceUnavailable, match="larger than 1 MiB"):
        mirror.fetch(FakeClock().now())

    assert mirror.tip() == before


def test_files_that_are_too_large_do_not_keep_the_others_out(remote: GitRemote) -> None:
    huge = "#" * (2**20 + 1)
    remote.push({"a.yaml": job("a")} | {f"huge{number}.yaml": huge for number in range(70)})

    snapshot = source(remote).snapshot()

    assert [m.manifest.job_id for m in snapshot.manifests] == ["a"]
    assert [p.rule for p in snapshot.problems] == ["JM003"] * 70


def test_a_commit_of_any_time_and_length_is_told_in_measure(remote: GitRemote) -> None:
    remote.write({"a.yaml": job("a")})
    remote.git("add", "--all")
    remote.git(
        *("commit", "--quiet", "-m", "x" * 100_000),
        GIT_COMMITTER_DATE="@99999999999999 +0000",
        GIT_AUTHOR_NAME="\x1b[31mred" + "a" * 1000,
    )
    remote.publish()

    commit = source(remote).snapshot().commit

    assert commit is not None
    assert len(commit.message) <= 4000
    assert len(commit.author) <= 200


def test_a_name_that_is_no_text_is_still_a_file(remote: GitRemote) -> None:
    Path(os.fsdecode(os.fsencode(remote.tree) + b"/caf\xe9.yaml")).write_text(job("a"))
    remote.push({})

    snapshot = source(remote).snapshot()

    assert [m.manifest.job_id for m in snapshot.manifests] == ["a"]
    assert snapshot.problems == ()


def test_a_calendar_file_that_is_a_link_is_not_followed(remote: GitRemote) -> None:
    (remote.tree / "days.ics").symlink_to("/etc/hostname")
    remote.push({"closures.yaml": CALENDAR})

    problems = source(remote).snapshot().problems

    assert [(p.rule, "link" in p.message) for p in problems] == [("JM052", True)]
