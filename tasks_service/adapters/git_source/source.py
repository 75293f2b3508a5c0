"""A branch of a git repository as a source of manifests.

Fetching and reading are apart: ``watch`` fetches, on a timer and when it is poked, and ``snapshot`` reads what is here.
So a remote that is slow or gone never delays an override, and what was fetched last stays in force.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock

from tasks_service.adapters.git_source.authors import Authors
from tasks_service.adapters.git_source.blobs import BlobEvents, Blobs
from tasks_service.adapters.git_source.git import GitFailed
from tasks_service.adapters.git_source.mirror import Mirror
from tasks_service.adapters.git_source.remote import Remote
from tasks_service.adapters.git_source.repository import DamagedRepository, Entry
from tasks_service.adapters.git_source.signatures import Signatures
from tasks_service.core.commit import Commit
from tasks_service.core.errors import NotFound, SourceUnavailable
from tasks_service.core.manifest_files.assembly import Assembly
from tasks_service.core.manifest_files.calendars import CalendarFiles
from tasks_service.core.manifest_files.content import SUFFIXES
from tasks_service.core.ports import MAX_MANIFEST_BYTES, Clock, EventText, ManifestText
from tasks_service.core.state import Snapshot

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.2
_FIRST_SECONDS = 10.0
"""So long a look waits for the first fetch of all. Whoever waits for the first sync waits longer."""
_JITTER = 0.1
"""The share of the interval that chance adds or takes: many services that ask one server do not ask together."""


class GitSource:
    """Implements ``ManifestSource`` over ``*.yaml``, ``*.yml`` and the ``*.ics`` they name, below ``under``."""

    def __init__(
        self,
        remote: Remote,
        folder: Path,
        text: ManifestText,
        events: EventText,
        clock: Clock,
        *,
        name: str = "git",
        under: str = "",
        interval: timedelta = timedelta(seconds=60),
        signatures: Signatures | None = None,
        allow_force_push: bool = False,
    ) -> None:
        self._mirror = Mirror(remote, folder)
        self._clock = clock
        self._name = name
        self._under = under.strip("/")
        self._interval = interval.total_seconds()
        self._signatures = signatures or Signatures()
        self._allow_force_push = allow_force_push
        self._blobs = Blobs(self._mirror.repository, text, name)
        self._calendars = CalendarFiles(events)
        self._assembly = Assembly(name)
        self._authors = Authors(self._mirror.repository.git_dir, self._under)
        self._entries: tuple[str, list[Entry]] = ("", [])
        self._commit: Commit | None = None
        self._trouble = ""
        self._damaged = False
        self._watched = Event()
        self._answered = Event()
        self._poked = Event()
        self._fetching = Lock()
        self._reading = Lock()

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._name

    def snapshot(self) -> Snapshot:
        """What the newest commit that is here holds. It waits for the remote only where there is none yet, or nobody
        watches."""
        self._await_first()
        with self._reading:
            read_at = self._mirror.fetched_at()
            if read_at is None:
                trouble = self._trouble or f"{self._mirror.remote.url} is being fetched for the first time"
                raise SourceUnavailable(trouble, hint="look at TASKS_GIT_URL and TASKS_GIT_BRANCH")
            try:
                snapshot = self._snapshot(self._mirror.tip())
            except (GitFailed, DamagedRepository):
                self._damaged = True
                self.poke()
                raise
            return replace(snapshot, read_at=read_at, trouble=self._trouble)

    def objection(self, revision: str, since: str) -> str:
        """A history that was rewritten, or a commit without a signature that is trusted."""
        with self._reading:
            if since and not self._allow_force_push and not self._mirror.descends(revision, since):
                return (
                    f"the branch {self._mirror.remote.branch} was rewritten: {revision[:12]} does not descend from"
                    f" {since[:12]}, which was applied before"
                )
            return self._signatures.objection(revision, since, self._mirror.repository.git_dir)

    def text(self, path: str) -> bytes:
        """The bytes of one of its manifest files in the newest commit that is here; ``NotFound`` for any other path."""
        self._await_first()
        with self._reading:
            entries = self._files_of(self._mirror.tip())
            found = next((e for e in entries if e.path == path and e.regular and path.endswith(SUFFIXES)), None)
            if found is None:
                raise NotFound(f"{path} is no manifest file of {self._mirror.remote.url}")
            return self._mirror.repository.blobs([found.oid])[found.oid][: MAX_MANIFEST_BYTES + 1]

    def poke(self) -> None:
        """Fetch now, whatever the interval."""
        self._poked.set()

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        """Fetch at every interval and whenever it is poked; ``wake`` after what is new, good or bad."""
        self._watched.set()
        tip = self.fetch()
        wake()
        while self._wait(stop):
            before = (tip, self._trouble, self._damaged)
            tip = self.fetch() or tip
            if (tip, self._trouble, self._damaged) != before:
                wake()

    def _wait(self, stop: Event) -> bool:
        """Until it is time to fetch or somebody pokes; False where ``stop`` is set."""
        spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
        until = self._clock.monotonic() + self._interval * spread
        while not stop.is_set() and self._clock.monotonic() < until:
            if self._poked.wait(_LOOK_SECONDS):
                break
        self._poked.clear()
        return not stop.is_set()

    def fetch(self) -> str:
        """Ask the remote now: the tip of the branch, empty where it does not answer; snapshots then tell why."""
        try:
            with self._fetching:
                self._mirror.fetch(self._clock.now(), anew=self._damaged)
                self._damaged = False
                tip = self._mirror.tip()
        except SourceUnavailable as error:
            if error.message != self._trouble:
                _log.warning("%s", error.message, extra={"event": "source.unreachable", "source": self._name})
            self._trouble = error.message
            return ""
        finally:
            self._answered.set()
        self._trouble = ""
        return tip

    def _await_first(self) -> None:
        if not self._watched.is_set():
            if not self._answered.is_set():
                self.fetch()
        elif self._mirror.fetched_at() is None:
            self._answered.wait(_FIRST_SECONDS)

    def _snapshot(self, tip: str) -> Snapshot:
        repository = self._mirror.repository
        now = self._clock.now()
        entries = self._files_of(tip)
        contents = self._blobs.contents(entries, now)
        calendars = self._calendars.of(contents, BlobEvents(repository, entries), now)
        snapshot = self._assembly.snapshot(contents, calendars, now, revision=tip)
        return self._signed(snapshot, tip)

    def _files_of(self, tip: str) -> list[Entry]:
        if self._entries[0] != tip:
            found = self._mirror.repository.entries(tip, self._under)
            if self._under and not found:
                raise SourceUnavailable(
                    f"revision {tip[:12]} has no folder {self._under} with files in it", hint="look at TASKS_GIT_PATH"
                )
            self._entries = (tip, [entry for entry in found if _counts(entry.path)])
        return self._entries[1]

    def _signed(self, snapshot: Snapshot, tip: str) -> Snapshot:
        """With the commit, and the author of each file."""
        if self._commit is None or self._commit.sha != tip:
            self._commit = self._mirror.repository.commit(tip)
        authors = self._authors.of(tip, self._mirror.descends)
        return replace(
            snapshot,
            commit=self._commit,
            manifests=tuple(replace(m, author=authors.get(m.origin.path, "")) for m in snapshot.manifests),
        )


def _counts(path: str) -> bool:
    """Names that begin with a dot or an underscore are left alone, as in a directory."""
    return not any(part.startswith((".", "_")) for part in path.split("/"))
