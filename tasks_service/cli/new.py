"""``tasks new``: a manifest to begin with."""

import re
from pathlib import Path
from typing import Annotated

import typer

from tasks_service.app.manifests import manifest_text
from tasks_service.app.scaffolds import scaffold_text
from tasks_service.cli.manifest_file import schema_from, write_new
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.core.diagnostics import errors
from tasks_service.core.imports.job_names import as_job_id
from tasks_service.core.names import JOB_ID_FORM, JOB_ID_PATTERN
from tasks_service.core.suggestion import did_you_mean
from tasks_service.jobs.job_registry import load_job_types


def new(
    job_type: Annotated[str, typer.Argument(metavar="JOB_TYPE", help="What kind of job.")],
    job_id: Annotated[str, typer.Option("--id", help="Its name; by default that of the file, else my_JOB_TYPE.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="PATH", help="Where to write it; by default to standard output.")
    ] = None,
) -> None:
    """Write a manifest with every parameter of a job type: the required ones filled in, the others switched off.

    A file that is there already is never touched. Exit code 0: written and valid; 1: written, and a value must be
    filled in first; 2: not possible.
    """
    settings = settings_or_fail()
    _require_type(job_type)
    name = job_id or (as_job_id(file.stem) if file else "") or f"my_{job_type}"
    _require_form(name)
    text = scaffold_text(job_type, name, schema_from(file.parent if file else settings.manifests))
    if file:
        write_new({file: text})
    else:
        typer.echo(text, nl=False)
    problems = errors(manifest_text(settings).read(text, str(file or "<standard output>")).problems)
    for problem in problems:
        typer.echo(f"to fill in: {problem}", err=True)
    raise typer.Exit(1 if problems else 0)


def _require_type(name: str) -> None:
    known = load_job_types()
    if name not in known:
        hint = did_you_mean(name, known) or f"known job types: {', '.join(sorted(known))}"
        fail(f"job type {name[:100]!r} is not known", hint)


def _require_form(job_id: str) -> None:
    if not re.fullmatch(JOB_ID_PATTERN, job_id):
        fail(f"{job_id[:120]!r} is no job_id", f"a job_id is made of {JOB_ID_FORM}")
