"""The spool as files: one per run, each written beside its place, flushed to the disk and then moved there."""

import json
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from tasks_service.core.run import RunEnd

_log = logging.getLogger(__name__)
_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


class FileSpool:
    """Implements ``Spool`` in a folder of its own, which is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, end: RunEnd) -> None:
        """Write it so that a crash of the machine does not lose it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._place(end.result.run_id)
        draft = place.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(end.model_dump(mode="json"), file)  # in ASCII, so that any text of a job survives
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        self._flush_folder()

    def kept(self) -> list[RunEnd]:
        """All that waits, the oldest first. What cannot be read stays where it is, and is logged."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(RunEnd.model_validate(json.loads(path.read_bytes())))
            except (OSError, ValueError) as error:
                told = {"event": "spool.unreadable", "file": str(path)}
                _log.error("A spooled result cannot be read: %s", type(error).__name__, extra=told)
        return sorted(found, key=lambda end: end.at)

    def drop(self, run_id: str) -> None:
        """Forget one; an unknown one is no error."""
        with suppress(FileNotFoundError):
            self._place(run_id).unlink()

    def _place(self, run_id: str) -> Path:
        return self._folder / f"{_UNUSUAL.sub('_', run_id)}.json"

    def _flush_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
