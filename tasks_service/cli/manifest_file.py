"""New files of manifests: never in place of one that is there, and with the way to their schema."""

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


def write_new(files: Mapping[Path, str]) -> None:
    """Write files that are not there yet; where one of them is, or cannot be written, end with 2 before any is lost."""
    for path in files:
        if path.exists() or path.is_symlink():
            fail(f"{path} is there already; nothing was written", "name another file, or remove that one first")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            typer.echo(f"wrote {path}", err=True)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "name a place that you may write to")
