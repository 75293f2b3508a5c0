"""``tasks validate --fix``: mend the files where it is certain what was meant; all others are not touched."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from tasks_service.app.manifests import manifest_text
from tasks_service.cli.problem import fail
from tasks_service.core.job_schemas import AGGREGATE
from tasks_service.core.mend import Fix
from tasks_service.core.ports import MAX_MANIFEST_BYTES
from tasks_service.settings import Settings

_SUFFIXES = (".yaml", ".yml")
_LEVELS = 5
"""So many folders above a file the schemas are looked for."""


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file that can be mended: its bytes before and after."""

    path: Path
    before: bytes
    after: bytes
    fixes: tuple[Fix, ...]

    @property
    def diff(self) -> str:
        """What would change, as ``diff -u`` tells it."""
        old, new = (text.decode().splitlines(keepends=True) for text in (self.before, self.after))
        told = unified_diff(old, new, f"{self.path}", f"{self.path} (fixed)")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told)

    def write(self) -> None:
        """Put the new text in the file's place at once; a reader sees the old one or the new one, never a part."""
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.after)
                file.flush()
                os.fsync(handle)
            Path(draft).chmod(self.path.stat().st_mode & 0o7777)
            Path(draft).replace(self.path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def fixed_files(settings: Settings, paths: Iterable[str]) -> Iterator[FixedFile]:
    """The files that can be mended. Links are left alone: what they lead to may belong to somebody else."""
    text = manifest_text(settings)
    for path in map(Path, paths):
        if path.suffix not in _SUFFIXES or path.is_symlink() or not path.is_file():
            continue
        try:
            before = path.read_bytes()
        except OSError as error:
            fail(f"{path} cannot be read: {error.strerror}")
        if len(before) > MAX_MANIFEST_BYTES:
            continue
        after, fixes = text.mended(before, str(path), _modeline(path))
        if fixes:
            yield FixedFile(path, before, after, fixes)


def write_all(files: Iterable[FixedFile]) -> None:
    """Write each file; ends with 2 where one cannot be written, those before it being whole."""
    for file in files:
        try:
            file.write()
        except OSError as error:
            fail(f"{file.path} cannot be written: {error.strerror}")


def _modeline(path: Path) -> str:
    """The line that names the schema for editors; empty where no folder above the file has the schemas."""
    here = path.resolve().parent
    for folder in (here, *here.parents)[:_LEVELS]:
        schema = folder / "schemas" / AGGREGATE
        if schema.is_file():
            return f"# yaml-language-server: $schema={Path(os.path.relpath(schema, here)).as_posix()}"
    return ""
