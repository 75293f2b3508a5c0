"""The directory as a source of manifests."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Lock

from tasks_service.adapters.directory_source.contents import Contents, Vanished, read_file
from tasks_service.adapters.directory_source.event_files import DirectoryEvents
from tasks_service.adapters.directory_source.layout import Layout, layout_of
from tasks_service.adapters.directory_source.listing import Listing, TooMuch, list_files
from tasks_service.adapters.directory_source.watching import watch_directory
from tasks_service.core.errors import NotFound, SourceUnavailable
from tasks_service.core.manifest_files.assembly import Assembly
from tasks_service.core.manifest_files.calendars import MAX_EVENT_BYTES, CalendarFiles, Calendars
from tasks_service.core.manifest_files.content import Content, flawed
from tasks_service.core.ports import MAX_MANIFEST_BYTES, CalendarDraft, Clock, EventText, ManifestText
from tasks_service.core.state import Snapshot

MAX_TOTAL_BYTES = 64 * 1024 * 1024
_TRIES = 5


class DirectorySource:
    """Implements ``ManifestSource`` over ``*.yaml`` and ``*.yml`` at any depth, and the ``*.ics`` they name."""

    def __init__(
        self, root: Path, text: ManifestText, events: EventText, clock: Clock, *, name: str = "directory"
    ) -> None:
        self._root = root
        self._clock = clock
        self._name = name
        self._contents = Contents(text, name)
        self._events = DirectoryEvents()
        self._calendars = CalendarFiles(events)
        self._assembly = Assembly(name)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._name

    def snapshot(self) -> Snapshot:
        """Read everything that changed; ``SourceUnavailable`` where the directory as a whole cannot be read."""
        with self._lock:
            for _ in range(_TRIES):
                if taken := self._attempt():
                    return taken
        raise SourceUnavailable(f"{self._root} changes while it is read", hint="it is read again shortly")

    def calendars_of(self, drafts: Sequence[CalendarDraft]) -> Calendars:
        """The calendars of drafts that stand in one file; the directory is listed only where they name files."""
        listing = Listing()
        try:
            if any(draft.manifest.ical for draft in drafts):
                listing = list_files(layout_of(self._root).root)
            return self._calendars.complete(drafts, self._events.look(listing), self._clock.now())
        except (TooMuch, Vanished) as error:
            raise SourceUnavailable(f"{self._root} cannot be taken: {error}") from error
        except OSError as error:
            raise SourceUnavailable(self._reason(error)) from error

    def objection(self, revision: str, since: str) -> str:
        """None: a directory has no history."""
        return ""

    def poke(self) -> None:
        """Nothing lies elsewhere: every look reads the directory itself."""

    def text(self, path: str) -> bytes:
        """The bytes of one of its manifest files; ``NotFound`` for any other path."""
        try:
            found = list_files(layout_of(self._root).root).files.get(path)
            if found is None:
                raise NotFound(f"{path} is no manifest file of {self._root}")
            return read_file(found.target, MAX_MANIFEST_BYTES)[0]
        except FileNotFoundError as error:
            raise NotFound(f"{path} is gone from {self._root}") from error
        except (TooMuch, OSError) as error:
            raise SourceUnavailable(f"{path} cannot be read: {error}") from error

    def files(self) -> dict[str, bytes]:
        """The bytes of all files, for another reader; ``SourceUnavailable`` where one of them cannot be taken."""
        try:
            listing = list_files(layout_of(self._root).root)
            _limit(listing)
            for path, flaw in (listing.flaws | listing.event_flaws).items():
                raise SourceUnavailable(f"{path} cannot be taken: {flaw.reason}", hint=flaw.hint)
            found = listing.files | listing.events
            return {path: read_file(file.target, MAX_EVENT_BYTES)[0] for path, file in found.items()}
        except TooMuch as error:
            raise SourceUnavailable(f"{self._root} cannot be taken: {error}") from error
        except OSError as error:
            raise SourceUnavailable(self._reason(error)) from error

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        """Call ``wake`` when something may have changed, until ``stop`` is set."""
        watch_directory(self._layout_or_none, wake, stop)

    def _attempt(self) -> Snapshot | None:
        """One reading; None where the directory changed meanwhile."""
        try:
            layout = layout_of(self._root)
            listing = list_files(layout.root)
            _limit(listing)
            now = self._clock.now()
            contents = self._contents.update(listing.files, now)
            calendars = self._calendars.of(contents, self._events.look(listing), now)
            if layout_of(self._root) != layout:
                return None
        except Vanished:
            return None
        except TooMuch as error:
            raise SourceUnavailable(f"{self._root} cannot be taken: {error}", hint="split the directory") from error
        except OSError as error:
            raise SourceUnavailable(self._reason(error), hint="look at TASKS_MANIFESTS and the mounts") from error
        contents |= {path: self._flawed(path, listing) for path in listing.flaws}
        return self._assembly.snapshot(contents, calendars, now)

    def _flawed(self, path: str, listing: Listing) -> Content:
        """The same object as last time where the flaw is the same, so that an unchanged directory is seen as such."""
        content = flawed(path, listing.flaws[path])
        last = self._assembly.content(path)
        return last if last and last.digest == content.digest else content

    def _layout_or_none(self) -> Layout | None:
        try:
            return layout_of(self._root)
        except OSError:
            return None

    def _reason(self, error: OSError) -> str:
        if isinstance(error, FileNotFoundError):
            return f"the directory {self._root} does not exist"
        if isinstance(error, NotADirectoryError):
            return f"{self._root} is no directory"
        return f"the directory {self._root} cannot be read: {error.strerror}"


def _limit(listing: Listing) -> None:
    total = sum(min(found.stamp[2], MAX_MANIFEST_BYTES) for found in listing.files.values())
    if total > MAX_TOTAL_BYTES:
        raise TooMuch(f"its files hold more than {MAX_TOTAL_BYTES // 2**20} MiB")
