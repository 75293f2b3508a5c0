"""``tasks schema --check --manifests DIR``: what a change of the job types breaks, and in which manifest.

The committed schemas are what the manifests were written by; the fresh ones are what the code takes now.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.progress import progress
from tasks_service.cli.reading import read_manifests
from tasks_service.cli.summary import summary
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.job_schemas import AGGREGATE
from tasks_service.core.schema_changes import SchemaChange, schema_changes

_SUFFIX = ".schema.json"
_JOB_TYPE = re.compile(r"""^["']?job_type["']?:\s*["']?([\w.-]+)""", re.MULTILINE)


def tell_broken(committed: Path, fresh: Mapping[str, str], manifests: Path) -> bool:
    """Name what became stricter and every manifest that it breaks; whether any has an error."""
    changes = _changes(committed, fresh)
    for change in changes:
        typer.echo(f"stricter now: {change}")
    with progress("Checking manifests"):
        found = read_manifests(settings_or_fail(), [manifests])
    for problem in errors(found.problems):
        causes = [change for change in changes if _breaks(change, problem)]
        since = f" (since {'; '.join(map(str, causes))})" if causes else ""
        typer.echo(f"{problem}{since}")
    typer.echo(summary(found))
    return found.wrong


def _changes(committed: Path, fresh: Mapping[str, str]) -> list[SchemaChange]:
    found: list[SchemaChange] = []
    for path in sorted(committed.glob(f"*{_SUFFIX}")):
        if path.name == AGGREGATE:
            continue  # it holds what all the others hold
        if path.name in fresh:
            found += schema_changes(path.name, _schema(path), json.loads(fresh[path.name]))
        else:
            found.append(SchemaChange(schema=path.name, field="job_type", message="is no known type any more"))
    return found


def _schema(path: Path) -> Mapping[str, Any]:
    try:
        schema = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        fail(f"{path} is no JSON: {error}", "restore the committed file, or write it anew with `tasks schema`")
    if not isinstance(schema, dict):
        fail(f"{path} is no JSON Schema", "restore the committed file, or write it anew with `tasks schema`")
    return schema


def _breaks(change: SchemaChange, problem: Diagnostic) -> bool:
    """Whether the change is of the problem's key and, as far as it can be told, of its job's type."""
    job_type = _type_at(Path(problem.path), problem.line)
    return change.concerns(problem.field) and job_type in ("", change.schema.removesuffix(_SUFFIX))


def _type_at(path: Path, line: int) -> str:
    """The job type of the document that holds a line; empty where it is not written as one expects."""
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    parts = [number for number, text in enumerate(lines, start=1) if text.startswith("---")]
    begin = max((number for number in parts if number <= line), default=0)
    end = min((number for number in parts if number > line), default=len(lines) + 1)
    match = _JOB_TYPE.search("\n".join(lines[begin : end - 1]))
    return match[1] if match else ""
