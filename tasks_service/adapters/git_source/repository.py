"""A repository on this machine, bare or not: revisions, and what files they hold. It is only read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tasks_service.adapters.git_source.git import git
from tasks_service.core.commit import Commit
from tasks_service.core.errors import SourceUnavailable

SUFFIXES = (".yaml", ".yml", ".ics")
"""The files that a source of manifests consists of."""
_REGULAR = frozenset({"100644", "100755"})
MAX_FILES = 20_000
MAX_BYTES = 1024 * 1024
"""No file of a source is larger: what is, is reported and not read."""
MAX_TOTAL_BYTES = 64 * 1024 * 1024
_LONGEST_MESSAGE = 4000
_LONGEST_NAME = 200
_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


class DamagedRepository(SourceUnavailable):
    """Something that the repository has to hold cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a revision. ``path`` counts from the folder that was asked for; ``size`` is in bytes."""

    path: str
    mode: str
    oid: str
    size: int

    @property
    def regular(self) -> bool:
        """Whether it is a file, and neither a link nor another repository."""
        return self.mode in _REGULAR


class Repository:
    """Reads objects of one repository by their names."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir

    def resolve(self, rev: str) -> str:
        """The full id of the commit that a name means; ``SourceUnavailable`` where there is none."""
        try:
            out = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}", git_dir=self.git_dir)
        except SourceUnavailable as error:
            raise SourceUnavailable(f"there is no revision {rev!r}", hint="name a commit, a branch or a tag") from error
        return out.decode().strip()

    def commit(self, sha: str) -> Commit:
        """What is told of a commit; a time or a message beyond all measure is cut."""
        out = git(
            "log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%ct%x00%B", sha, "--", git_dir=self.git_dir
        )
        found, author, at, message = out.decode("utf-8", "replace").split("\0", 3)
        return Commit(
            sha=found,
            author=author[:_LONGEST_NAME],
            message=message.strip()[:_LONGEST_MESSAGE],
            at=datetime.fromtimestamp(min(int(at or 0), _LAST_SECOND), UTC),
        )

    def entries(self, sha: str, under: str = "") -> list[Entry]:
        """The files of manifests and calendars in a folder of a revision, with those that are links, by path."""
        folder = f"{under.strip('/')}/" if under.strip("/") else ""
        where = ("--", folder) if folder else ()
        out = git("ls-tree", "-r", "-z", "-l", "--full-tree", sha, *where, git_dir=self.git_dir)
        found = [_entry(line, folder) for line in out.decode("utf-8", "surrogateescape").split("\0") if line]
        kept = [entry for entry in found if entry.path.endswith(SUFFIXES) or not entry.regular]
        if len(kept) > MAX_FILES or sum(e.size for e in kept if e.size <= MAX_BYTES) > MAX_TOTAL_BYTES:
            raise SourceUnavailable(
                f"the revision holds more than {MAX_FILES} files or {MAX_TOTAL_BYTES // 2**20} MiB of manifests",
                hint="point TASKS_GIT_PATH at a smaller folder",
            )
        return kept

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Their bytes, by id."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        out = git("cat-file", "--batch", "--buffer", git_dir=self.git_dir, stdin="\n".join(wanted).encode() + b"\n")
        found: dict[str, bytes] = {}
        at = 0
        for oid in wanted:
            end = out.index(b"\n", at)
            head = out[at:end].split()
            if len(head) != 3:
                raise DamagedRepository(f"the object {oid} is missing in the repository")
            size = int(head[2])
            found[oid] = out[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def files(self, sha: str, under: str = "") -> dict[str, bytes]:
        """The regular files of manifests and calendars in a folder of a revision: bytes by path."""
        entries = [entry for entry in self.entries(sha, under) if entry.regular]
        blobs = self.blobs(entry.oid for entry in entries)
        return {entry.path: blobs[entry.oid] for entry in entries}


def repository_around(directory: Path) -> tuple[Repository, str]:
    """The repository whose work tree a directory lies in, and the directory's path in it (empty for its top)."""
    try:
        git_dir = git("-C", str(directory), "rev-parse", "--absolute-git-dir").decode().strip()
        prefix = git("-C", str(directory), "rev-parse", "--show-prefix").decode().strip()
    except SourceUnavailable as error:
        raise SourceUnavailable(f"{directory} lies in no git repository: {error.message}") from error
    return Repository(Path(git_dir)), prefix.rstrip("/")


def _entry(line: str, folder: str) -> Entry:
    facts, _, path = line.partition("\t")
    mode, _, oid, size = facts.split()
    if not size.isdecimal() and size != "-":
        raise DamagedRepository(f"the object {oid} cannot be read in the repository")
    return Entry(path=path.removeprefix(folder), mode=mode, oid=oid, size=0 if size == "-" else int(size))
