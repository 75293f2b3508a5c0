"""``tasks validate``: all errors of all manifests, in one pass."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tasks_service.cli.output import Form, annotation
from tasks_service.cli.problem import settings_or_fail
from tasks_service.cli.reading import Found, read_manifests
from tasks_service.core.diagnostics import errors


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files and directories; by default what TASKS_MANIFESTS names."),
    ] = None,
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
) -> None:
    """Check manifests as the service does. Exit code 0: no error (warnings are none); 1: errors; 2: nothing to read."""
    found = read_manifests(settings_or_fail(), paths)
    if form is Form.JSON:
        typer.echo(_json(found))
    else:
        for problem in found.problems:
            typer.echo(annotation(problem) if form is Form.GITHUB else str(problem))
        typer.echo(_summary(found))
    raise typer.Exit(1 if found.wrong else 0)


def _summary(found: Found) -> str:
    wrong = len(errors(found.problems))
    doubtful = len(found.problems) - wrong
    counts = [_count(n, noun) for n, noun in ((wrong, "error"), (doubtful, "warning")) if n]
    calendars = f" and {_count(len(found.calendars), 'calendar')}" if found.calendars else ""
    valid = f"{_count(len(found.manifests), 'valid manifest')}{calendars} in {_count(found.files, 'file')}"
    return f"{valid}; {', '.join(counts) or 'no problems'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _json(found: Found) -> str:
    document = {
        "valid": not found.wrong,
        "files": found.files,
        "manifests": len(found.manifests),
        "calendars": len(found.calendars),
        "problems": [asdict(problem) for problem in found.problems],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
