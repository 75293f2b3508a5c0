"""Which commits lie between two revisions, and which of them touched a file last."""

import re
from collections.abc import Collection

from tasks_service.adapters.git_source.git import git
from tasks_service.adapters.git_source.repository import Repository
from tasks_service.core.commit import Commit

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_COMMITS = 1000


def touched_between(
    repository: Repository, base: str, head: str, under: str, paths: Collection[str]
) -> dict[str, Commit]:
    """The newest commit of ``head`` that is not in ``base``, for each of these paths in a folder.

    Of a longer history the newest thousand commits are looked at.
    """
    if not paths:
        return {}
    folder = f"{under.strip('/')}/" if under.strip("/") else ""
    options = ("-z", "--name-only", "--format=%H", f"--max-count={_MOST_COMMITS}", "--no-show-signature")
    out = git("log", *options, f"{base}..{head}", "--", *([folder] if folder else []), git_dir=repository.git_dir)
    newest: dict[str, str] = {}
    sha = ""
    for word in out.decode("utf-8", "surrogateescape").split("\0"):
        text = word.strip("\n")
        if _SHA.fullmatch(text):
            sha = text
        elif (path := text.removeprefix(folder)) in paths:
            newest.setdefault(path, sha)
    commits = {sha: repository.commit(sha) for sha in set(newest.values())}
    return {path: commits[sha] for path, sha in newest.items()}


def commits_missing(repository: Repository, base: str, head: str) -> int:
    """How many commits ``base`` has that are not in ``head``: what they changed looks undone in ``head``."""
    return int(git("rev-list", "--count", f"{head}..{base}", git_dir=repository.git_dir))
