"""The git source: what a real repository on disk makes of it, and what a hostile one cannot."""

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import CountingText, job, reader, watching

from tasks_service.adapters.git_source import GitSource, Remote
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.git_address import address_trouble

CALENDAR = """\
kind: calendar
calendar_id: closures
ical: [days.ics]
"""
DAYS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20300101T000000Z\r\n"
    "DTSTART;VALUE=DATE:20300105\r\nSUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    return GitRemote(tmp_path)


def source(remote: GitRemote, text: CountingText | None = None, **options: object) -> GitSource:
    clock = FakeClock()
    folder = remote.bare.parent / "mirrors"
    return GitSource(Remote(url=remote.url), folder, text or reader(clock), IcalEvents(), clock, **options)  # type: ignore[arg-type]


def mirror_of(remote: GitRemote) -> Path:
    return next((remote.bare.parent / "mirrors").glob("*.git"))


def test_a_snapshot_shows_the_commit_and_who_touched_each_file(remote: GitRemote) -> None:
    remote.push({"a.yaml": job("a"), "deep/b.yaml": job("b")}, "Add two jobs\n\nFor the report.", author="ann")
    sha = remote.push({"deep/b.yaml": job("b", hour=4)}, "Move b", author="bob")

    snapshot = source(remote).snapshot()

    assert snapshot.revision == sha
    assert snapshot.commit is not None
    assert (snapshot.commit.sha, snapshot.commit.author, snapshot.commit.message) == (sha, "bob", "Move b")
    assert {m.origin.path: m.author for m in snapshot.manifests} == {"a.yaml": "ann", "deep/b.yaml": "bob"}


def test_authors_follow_when_the_branch_moves_on(remote: GitRemote) -> None:
    remote.push({"a.yaml": job("a"), "b.yaml": job("b")}, author="ann")
    git = source(remote)
    git.snapshot()
    remote.push({"b.yaml": job("b", hour=5)}, author="eve")
    git.fetch()

    assert {m.origin.path: m.author for m in git.snapshot().manifests} == {"a.yaml": "ann", "b.yaml": "eve"}


def test_only_the_folder_that_was_asked_for_is_read(remote: GitRemote) -> None:
    remote.push(
        {"deploy/jobs/a.yaml": job("a"), "deploy/jobs/_draft.yaml": "[", "deploy/jobsx/b.yaml": "[", "c.yaml": "["}
    )

    snapshot = source(remote, under="deploy/jobs").snapshot()

    assert [(m.origin.path, m.author) for m in snapshot.manifests] == [("a.yaml", "ann")]
    assert snapshot.problems == ()


def test_a_file_that_did_not_change_is_not_parsed_again(remote: GitRemote) -> None:
    text = reader(FakeClock())
    remote.push({"a.yaml": job("a"), "b.yaml": job("b")})
    git = source(remote, text)
    git.snapshot()
    remote.push({"b.yaml": job("b", hour=7)})
    git.fetch()
    git.snapshot()
    git.snapshot()

    assert text.read_paths == ["a.yaml", "b.yaml", "b.yaml"]


def test_calendars_and_their_files_come_from_the_same_commit(remote: GitRemote) -> None:
    remote.push({"closures.yaml": CALENDAR, "days.ics": DAYS})

    snapshot = source(remote).snapshot()

    assert snapshot.problems == ()
    assert [event.label for event in snapshot.calendars[0].calendar.events] == ["Closed"]


def test_links_and_submodules_are_reported_and_not_followed(remote: GitRemote) -> None:
    remote.write({"a.yaml": job("a")})
    (remote.tree / "shadow.yaml").symlink_to("/etc/passwd")
    (remote.tree / "root").symlink_to("/")
    remote.git("add", "--all")
    remote.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},other")
    remote.git("commit", "--quiet", "-m", "Links")
    remote.publish()

    snapshot = source(remote).snapshot()

    assert [m.manifest.job_id for m in snapshot.manifests] == ["a"]
    assert sorted((p.path, p.rule) for p in snapshot.problems) == [("other", "JM006"), ("shadow.yaml", "JM006")]


def test_a_file_that_is_too_large_is_not_even_read(remote: GitRemote) -> None:
    remote.push({"a.yaml": job("a"), "huge.yaml": "# " + "x" * 300_000})

    snapshot = source(remote).snapshot()

    assert [(p.path, p.rule) for p in snapshot.problems] == [("huge.yaml", "JM003")]


def test_a_remote_that_is_gone_leaves_the_last_commit_in_force_also_after_a_restart(remote: GitRemote) -> None:
    sha = remote.push({"a.yaml": job("a")})
    first = source(remote).snapshot()
    remote.vanish()

    later = source(remote).snapshot()

    assert (later.revision, later.manifests) == (sha, first.manifests)
    assert (first.trouble, later.read_at) == ("", first.read_at)
    assert "cannot be fetched" in later.trouble


def test_a_remote_that_was_never_reached_is_a_source_that_cannot_be_read(remote: GitRemote) -> None:
    remote.vanish()

    with pytest.raises(SourceUnavailable, match="cannot be fetched"):
        source(remote).snapshot()


def test_a_branch_that_is_not_there_is_named(remote: GitRemote) -> None:
    with pytest.raises(SourceUnavailable, match="main"):
        source(remote).snapshot()


def test_a_history_that_was_rewritten_is_objected_to_unless_that_is_allowed(remote: GitRemote) -> None:
    old = remote.push({"a.yaml": job("a")})
    git = source(remote)
    git.snapshot()
    next_ = remote.push({"a.yaml": job("a", hour=4)})
    git.fetch()
    new = remote.rewrite({"a.yaml": job("a", hour=5)})
    git.fetch()

    assert git.objection(next_, old) == ""
    assert "rewritten" in git.objection(new, next_)
    assert git.objection(new, "") == ""
    assert source(remote, allow_force_push=True).objection(new, next_) == ""


def test_a_file_name_that_looks_like_an_option_is_only_a_name(remote: GitRemote) -> None:
    remote.push({"--upload-pack=touch x.yaml": job("a"), "-.yaml": job("b")})

    assert {m.manifest.job_id for m in source(remote).snapshot().manifests} == {"a", "b"}


def test_hooks_and_settings_of_the_remote_run_nothing(remote: GitRemote, tmp_path: Path) -> None:
    remote.push({"a.yaml": job("a")})
    mark = tmp_path / "ran"
    source(remote).snapshot()
    mirror = mirror_of(remote)
    with (mirror / "config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {mark}"\n\thooksPath = {tmp_path}/hooks\n')
    (tmp_path / "hooks").mkdir()
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    remote.push({"a.yaml": job("a", hour=9)})

    source(remote).snapshot()

    assert not mark.exists()


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch /tmp/x",
        "ext::sh -c touch% /tmp/x",
        "fd::17",
        "https://user:secret@host/x.git",
        "https://ghp_token@host/x.git",
        "ssh://-oProxyCommand=touch/x",
        "-oProxyCommand=x:y",
        "host:-x",
        "/srv/repo.git",
        "https:///x",
        "git://host/x",
        "https://host:port/x",
        "https://host/a b",
        "https://host/x.git?private_token=secret",
        "http://10.0.0.1:3000/x",
        "http://127.example.org/x",
    ],
)
def test_an_address_that_could_do_more_than_fetch_is_refused_and_not_repeated(url: str) -> None:
    trouble = address_trouble(url)

    assert trouble
    assert "secret" not in trouble
    assert "ghp_token" not in trouble


@pytest.mark.parametrize(
    "url",
    [
        "https://host/x.git",
        "ssh://git@host:2222/x.git",
        "git@host:team/x.git",
        "file:///srv/x.git",
        "http://127.0.0.1:3000/x",
        "http://localhost/x",
    ],
)
def test_an_address_of_the_usual_forms_is_taken(url: str) -> None:
    assert address_trouble(url) == ""


def test_a_token_reaches_git_by_its_environment_and_shows_nowhere_else() -> None:
    remote = Remote(url="https://host/x.git", token="hush-hush")

    assert "hush-hush" not in repr(remote)
    assert remote.environment()["GIT_CONFIG_KEY_0"] == "http.https://host/.extraHeader"
    assert Remote(url="git@host:x", token="hush-hush").environment().keys() == {"GIT_SSH_COMMAND"}


def test_a_poke_fetches_long_before_the_interval_is_over(remote: GitRemote) -> None:
    remote.push({"a.yaml": job("a")})
    git = source(remote, interval=timedelta(days=1))
    with watching(git) as seen:
        seen.until("a")
        remote.push({"b.yaml": job("b")})
        git.poke()
        seen.until("a", "b")


def test_a_folder_that_is_not_there_is_named(remote: GitRemote) -> None:
    remote.push({"jobs/a.yaml": job("a")})

    with pytest.raises(SourceUnavailable, match="no folder job with") as refused:
        source(remote, under="job").snapshot()

    assert "TASKS_GIT_PATH" in refused.value.hint
