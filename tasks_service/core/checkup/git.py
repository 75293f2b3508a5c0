"""Git: whether the repositories of the settings can be read. A directory may lie in a work tree, or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks_service.core.checkup.finding import Finding, combined, failure, not_configured, ok


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """What was found. ``version`` is empty where there is no git; ``commit`` is that of the work tree, if it is one."""

    version: str = ""
    work_tree: bool = False
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFacts:
    """What a repository answered: its tip, or why there is none."""

    source: str
    url: str
    branch: str
    tip: str = ""
    trouble: str = ""


def judge_git(facts: GitFacts, directory: str, remotes: Sequence[RemoteFacts] = ()) -> Finding:
    """The finding; git is a condition only where a repository is a source."""
    if not facts.version:
        if remotes:
            return failure("git is not installed, and repositories are sources.", "Install git.")
        return not_configured("git is not installed; nothing needs it.")
    if remotes:
        return combined(*map(_judge_remote, remotes))
    if not facts.work_tree:
        return ok(f"git {facts.version}; {directory} is no git work tree.")
    at = f" at {facts.commit}" if facts.commit else " without a commit"
    return ok(f"git {facts.version}; {directory} is in a work tree{at}.")


def _judge_remote(remote: RemoteFacts) -> Finding:
    where = f"Source {remote.source}: {remote.url}, branch {remote.branch}"
    if remote.trouble:
        return failure(
            f"{where}: {remote.trouble}.",
            "See address, branch and network; for https TASKS_GIT_TOKEN, for ssh TASKS_GIT_SSH_KEY and known hosts.",
        )
    if not remote.tip:
        return failure(f"{where}: there is no such branch.", "See TASKS_GIT_BRANCH.")
    return ok(f"{where}, is at {remote.tip[:12]}.")
