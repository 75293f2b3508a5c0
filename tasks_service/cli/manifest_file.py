"""New files: never unasked in place of one that is there; and the way from a manifest to its schema."""

import os
from collections.abc import Mapping
from pathlib import Path

import typer

from tasks_service.cli.problem import fail
from tasks_service.core.job_schemas import AGGREGATE

_SCHEMA = Path("schemas") / AGGREGATE


def schema_from(folder: Path) -> str:
    """The way from a folder to the schema that editors check with: the nearest one above it, else ``schemas`` here."""
    folder = folder.resolve()
    found = next((above / _SCHEMA for above in (folder, *folder.parents) if (above / _SCHEMA).is_file()), None)
    if found is None:
        found = _SCHEMA.absolute()
        typer.echo(f"note: editors look for {_SCHEMA}, which is missing; `tasks schema` writes it", err=True)
    return Path(os.path.relpath(found, folder)).as_posix()


def write_new(
    files: Mapping[Path, str], *, force: bool = False, hint: str = "name another file, or remove that one first"
) -> None:
    """Write files that are not there yet; where one of them is, or cannot be written, end with 2 before any is lost.

    By ``force`` they take the place of what is there; ``hint`` says what to do without it.
    """
    for path in files:
        if not force and (path.exists() or path.is_symlink()):
            fail(f"{path} is there already; nothing was written", hint)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if force:
                path.unlink(missing_ok=True)  # A link is replaced, and what it leads to is left alone.
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            typer.echo(f"wrote {path}", err=True)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "name a place that you may write to")
