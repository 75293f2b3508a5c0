"""``tasks schema``: the JSON Schemas of manifests, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from tasks_service.app.manifests import job_schemas
from tasks_service.cli.problem import fail
from tasks_service.cli.schema_gate import tell_broken


def schema(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 where a file is stale.")] = False,
    manifests: Annotated[
        Path | None,
        typer.Option("--manifests", help="With --check: validate these too, and say which change breaks which line."),
    ] = None,
    folder: Annotated[Path, typer.Option("--dir", help="Where the schemas lie.")] = Path("schemas"),
) -> None:
    """Write a JSON Schema for each job type and one for all. Exit code 0: done or fresh; 1: stale; 2: not possible.

    With --manifests, errors in these manifests end with 1, too.
    """
    if manifests and not check:
        fail("--manifests goes with --check", "tasks schema --check --manifests manifests")
    texts = job_schemas()
    try:
        stale = _stale(folder, texts)
        if check:
            for name, why in stale.items():
                typer.echo(f"{folder / name}: {why}")
            broken = manifests is not None and tell_broken(folder, texts, manifests)
            typer.echo("run `tasks schema` (or `make schemas`)" if stale else f"{len(texts)} schemas are fresh")
            raise typer.Exit(1 if stale or broken else 0)
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            if name in texts:
                (folder / name).write_text(texts[name], "utf-8")
            else:
                (folder / name).unlink()
            typer.echo(f"{'wrote' if name in texts else 'removed'} {folder / name}")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    if not stale:
        typer.echo(f"{len(texts)} schemas are fresh")


def _stale(folder: Path, texts: dict[str, str]) -> dict[str, str]:
    """The files that are not as they should be, and why."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        path = folder / name
        if not path.is_file():
            found[name] = "is missing"
        elif path.read_text("utf-8", "replace") != text:
            found[name] = "does not match the code"
    for path in sorted(folder.glob("*.schema.json")):
        if path.name not in texts:
            found[path.name] = "belongs to no job type"
    return found
