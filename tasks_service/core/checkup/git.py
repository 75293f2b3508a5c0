"""Git: informational. The manifests may lie in a work tree, and need not."""

from dataclasses import dataclass

from tasks_service.core.checkup.finding import Finding, not_configured, ok


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """What was found. ``version`` is empty where there is no git; ``commit`` is that of the work tree, if it is one."""

    version: str = ""
    work_tree: bool = False
    commit: str = ""


def judge_git(facts: GitFacts, directory: str) -> Finding:
    """The finding; git is no condition of anything."""
    if not facts.version:
        return not_configured("git is not installed; nothing needs it.")
    if not facts.work_tree:
        return ok(f"git {facts.version}; {directory} is no git work tree.")
    at = f" at {facts.commit}" if facts.commit else " without a commit"
    return ok(f"git {facts.version}; {directory} is in a work tree{at}.")
