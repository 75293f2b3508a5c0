"""``tasks validate``: all errors of all manifests, in one pass."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tasks_service.cli.fixing import FixedFile, fixed_files, write_all
from tasks_service.cli.junit import junit
from tasks_service.cli.output import ReportForm, annotation
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.progress import progress
from tasks_service.cli.reading import Found, read_manifests
from tasks_service.cli.sarif import sarif
from tasks_service.cli.summary import summary


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files and directories; by default what TASKS_MANIFESTS names."),
    ] = None,
    form: Annotated[ReportForm, typer.Option("-o", "--output", help="How to print it.")] = ReportForm.TEXT,
    fix: Annotated[bool, typer.Option("--fix", help="Mend the files where it is certain what was meant.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="With --fix: show what would change, and write nothing.")
    ] = False,
) -> None:
    """Check manifests as the service does. Exit code 0: no error (warnings are none); 1: errors; 2: nothing to read.

    With --fix what remains counts, and with --diff also what would change.
    """
    if diff and not fix:
        fail("--diff goes with --fix", "tasks validate --fix --diff")
    settings = settings_or_fail()
    with progress("Checking manifests"):
        found = read_manifests(settings, paths)
        files = list(fixed_files(settings, found.paths)) if fix else []
        if files and not diff:
            write_all(files)
            found = read_manifests(settings, paths)
    _tell_fixes(files, diff=diff, aside=form is not ReportForm.TEXT)
    typer.echo(_REPORTS[form](found))
    raise typer.Exit(1 if found.wrong or (diff and files) else 0)


def _tell_fixes(files: Sequence[FixedFile], *, diff: bool, aside: bool) -> None:
    for file in files:
        if diff:
            typer.echo(file.diff.rstrip("\n"), err=aside)
        else:
            for made in file.fixes:
                typer.echo(str(made), err=aside)


def _text(found: Found) -> str:
    lines = [*map(str, found.problems), summary(found)]
    if found.problems:
        lines.append("`tasks rule ID` explains a rule and shows how it is kept")
    return "\n".join(lines)


def _annotations(found: Found) -> str:
    return "\n".join([*map(annotation, found.problems), summary(found)])


def _json(found: Found) -> str:
    document = {
        "valid": not found.wrong,
        "files": found.files,
        "manifests": len(found.manifests),
        "calendars": len(found.calendars),
        "problems": [asdict(problem) for problem in found.problems],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


_REPORTS: dict[ReportForm, Callable[[Found], str]] = {
    ReportForm.TEXT: _text,
    ReportForm.JSON: _json,
    ReportForm.GITHUB: _annotations,
    ReportForm.SARIF: sarif,
    ReportForm.JUNIT: junit,
}
