"""A directory is watched while tools deploy into it: edits, Kubernetes' ConfigMaps, git-sync, and mounts that go."""

from pathlib import Path
from shutil import rmtree

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import job, reader, swap, watching

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable


def source(folder: Path) -> DirectorySource:
    clock = FakeClock()
    return DirectorySource(folder, reader(clock), IcalEvents(), clock)


def tree(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{name}.yaml").write_text(job(name))


def test_a_config_map_is_read_once_and_its_swap_is_noticed(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    tree(mount / "..2026_01", "alpha", "beta")
    swap(mount / "..data", "..2026_01")
    for name in ("alpha", "beta"):
        (mount / f"{name}.yaml").symlink_to(f"..data/{name}.yaml")
    configured = source(mount)

    assert sorted(m.origin.path for m in configured.snapshot().manifests) == ["alpha.yaml", "beta.yaml"]
    with watching(configured) as seen:
        seen.until("alpha", "beta")
        tree(mount / "..2026_02", "alpha", "gamma")
        (mount / "gamma.yaml").symlink_to("..data/gamma.yaml")
        swap(mount / "..data", "..2026_02")
        (mount / "beta.yaml").unlink()
        rmtree(mount / "..2026_01")
        seen.until("alpha", "gamma")
        tree(mount / "..2026_03", "alpha")
        swap(mount / "..data", "..2026_03")
        (mount / "gamma.yaml").unlink()
        seen.until("alpha")


def test_a_swap_of_git_sync_is_noticed_although_nothing_changes_in_the_watched_tree(tmp_path: Path) -> None:
    tree(tmp_path / "worktrees" / "aaa" / "manifests", "alpha")
    tree(tmp_path / "worktrees" / "bbb" / "manifests", "alpha", "beta")
    swap(tmp_path / "current", "worktrees/aaa")

    with watching(source(tmp_path / "current" / "manifests")) as seen:
        seen.until("alpha")
        swap(tmp_path / "current", "worktrees/bbb")
        seen.until("alpha", "beta")
        rmtree(tmp_path / "worktrees" / "aaa")
        (tmp_path / "worktrees" / "bbb" / "manifests" / "gamma.yaml").write_text(job("gamma"))
        seen.until("alpha", "beta", "gamma")
        swap(tmp_path / "current", "worktrees/none")
        seen.until()


def test_work_trees_of_git_as_git_sync_makes_and_drops_them_are_followed(tmp_path: Path) -> None:
    remote = GitRemote(tmp_path / "git")
    root = tmp_path / "root"
    remote.git("clone", "--quiet", "--bare", remote.url, str(root / ".git"), cwd=tmp_path)

    def deploy(**files: str) -> Path:
        sha = remote.push({f"jobs/{name}.yaml": text for name, text in files.items()})
        remote.git("fetch", "--quiet", remote.url, "main", cwd=root / ".git")
        remote.git("worktree", "add", "--quiet", "--detach", str(root / ".worktrees" / sha), sha, cwd=root / ".git")
        swap(root / "current", f".worktrees/{sha}")
        return root / ".worktrees" / sha

    first = deploy(alpha=job("alpha"))
    with watching(source(root / "current" / "jobs")) as seen:
        seen.until("alpha")
        deploy(beta=job("beta"))
        remote.git("worktree", "remove", "--force", str(first), cwd=root / ".git")
        seen.until("alpha", "beta")
        deploy(alpha=job("gamma"))
        seen.until("gamma", "beta")


def test_a_mount_that_goes_and_comes_back_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    mounted = source(folder)

    with watching(mounted) as seen:
        tree(folder, "alpha")
        seen.until("alpha")
        rmtree(folder)
        seen.until()
        with pytest.raises(SourceUnavailable, match="does not exist"):
            mounted.snapshot()
        tree(folder, "beta")
        seen.until("beta")


def test_a_folder_that_is_made_anew_is_followed_although_it_has_the_inode_of_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    tree(folder, "alpha")
    kept: set[bool] = set()

    with watching(source(folder)) as seen:
        seen.until("alpha")
        for _ in range(4):
            inode = folder.stat().st_ino
            rmtree(folder)
            tree(folder, "beta")
            kept.add(folder.stat().st_ino == inode)
            seen.until("beta")
            (folder / "gamma.yaml").write_text(job("gamma"))
            seen.until("beta", "gamma")

    if True not in kept:
        pytest.skip("this file system gives no inode twice in a row")


def test_edits_deep_below_and_editors_that_replace_files_are_noticed(tmp_path: Path) -> None:
    tree(tmp_path / "team" / "a", "alpha")

    with watching(source(tmp_path)) as seen:
        seen.until("alpha")
        fresh = tmp_path / "team" / "a" / ".alpha.yaml.swp"
        fresh.write_text(job("better"))
        fresh.replace(tmp_path / "team" / "a" / "alpha.yaml")
        seen.until("better")
        tree(tmp_path / "new" / "folder", "beta")
        seen.until("better", "beta")
