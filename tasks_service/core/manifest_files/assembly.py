"""What all files of a source say together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.manifest_files.calendars import Calendars
from tasks_service.core.manifest_files.content import Content
from tasks_service.core.state import Snapshot

_State = tuple[Mapping[str, Content], tuple[tuple[str, bytes], ...], tuple[Diagnostic, ...]]
"""All that a snapshot is made of: equal states give the same."""


@dataclass(slots=True)
class Assembly:
    """The memory of the last snapshot: files that did not change give the same one, read later."""

    source: str
    _last: tuple[_State, Snapshot] | None = None

    def content(self, path: str) -> Content | None:
        """What a file held in the last snapshot."""
        return self._last[0][0].get(path) if self._last else None

    def snapshot(
        self, contents: Mapping[str, Content], calendars: Calendars, now: datetime, revision: str = ""
    ) -> Snapshot:
        """The snapshot of these files. Without a revision of its own, it is named by a hash of all of them."""
        state = (contents, calendars.mark, calendars.problems)
        if self._last and self._last[0] == state and self._last[1].revision == (revision or self._last[1].revision):
            return replace(self._last[1], read_at=now)
        ordered = sorted(contents.items())
        snapshot = Snapshot(
            source=self.source,
            revision=revision or _hash([*((path, c.digest) for path, c in ordered), *calendars.mark]),
            read_at=now,
            manifests=tuple(m for _, c in ordered for m in c.reading.manifests),
            calendars=calendars.sourced,
            problems=(*(p for _, c in ordered for p in c.reading.problems), *calendars.problems),
            unreadable={path: c.unreadable for path, c in ordered if c.unreadable},
            files=len(ordered),
        )
        self._last = (state, snapshot)
        return snapshot


def _hash(digests: list[tuple[str, bytes]]) -> str:
    state = blake2b(digest_size=16)
    for path, digest in digests:
        state.update(path.encode("utf-8", "backslashreplace") + b"\0" + digest)
    return state.hexdigest()
