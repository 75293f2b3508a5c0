"""``tasks plan``: what a sync would change, from the files as they are and the jobs as they were last applied."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tasks_service.cli.calendar_plan import calendar_lines, calendars_as_json
from tasks_service.cli.output import Form, annotation, workflow_command
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.control.planner import Outlook
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.errors import TasksError
from tasks_service.core.plan import Action, Update

_SIGNS = {"create": "+", "update": "~", "pause": "‖", "resume": "▶", "delete": "-"}


def plan(
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
) -> None:
    """Show what the next sync would do. Exit code 0: nothing; 1: differences or problems; 2: it cannot be said."""
    from tasks_service.app.planning import open_planner  # here, so that other commands do not load the database

    settings = settings_or_fail()
    try:
        planner, stores = open_planner(settings)
        try:
            outlook = planner.look(planner.applied())
        finally:
            stores.database.close()
    except TasksError as error:
        fail(error.message, error.hint)
    if outlook.reading.failures:
        fail(
            "; ".join(f"{f.source}: {f.reason}" for f in outlook.reading.failures),
            "TASKS_MANIFESTS names the directory",
        )
    problems = [_from_here(problem, settings.manifests) for problem in outlook.settled.problems]
    printed = {Form.TEXT: _text, Form.JSON: _json, Form.GITHUB: _github}[form](outlook, problems)
    typer.echo(printed)
    found = outlook.plan.actions or outlook.plan.held or outlook.plan.calendars or errors(outlook.settled.problems)
    raise typer.Exit(1 if found else 0)


def _from_here(problem: Diagnostic, directory: Path) -> Diagnostic:
    """With the file's path as one would open it, and as GitHub finds it: a source tells paths of its own."""
    file = directory / problem.path
    return replace(problem, path=str(file)) if file.is_file() else problem


def _text(outlook: Outlook, problems: Sequence[Diagnostic]) -> str:
    lines = [str(problem) for problem in problems]
    lines += calendar_lines(outlook)
    lines += [_line(action) for action in outlook.plan.actions]
    lines += [f"! {h.action.verb} {h.action.job_id} is held: {h.reason}" for h in outlook.plan.held]
    if not (outlook.plan.actions or outlook.plan.held or outlook.plan.calendars):
        lines.append("No changes. The live jobs match the manifests.")
    return "\n".join([*lines, outlook.plan.summary])


def _line(action: Action) -> str:
    text = f"{_SIGNS[action.verb]} {action.verb} {action.job_id} ({action.job.origin})"
    if isinstance(action, Update):
        text += "".join(f"\n    {name}: {old} → {new}" for name, old, new in _changes(action))
    return text


def _changes(action: Update) -> list[tuple[str, str, str]]:
    before, after = action.before.manifest.model_dump(mode="json"), action.job.manifest.model_dump(mode="json")
    origins = {"origin": (str(action.before.origin), str(action.job.origin))}
    pairs = ((n, *origins.get(n, (_compact(before.get(n)), _compact(after.get(n))))) for n in action.changed)
    return list(pairs)


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if item is not None}
    return json.dumps(value, ensure_ascii=False)


def _json(outlook: Outlook, problems: Sequence[Diagnostic]) -> str:
    actions = [
        {
            "action": action.verb,
            "job_id": action.job_id,
            "origin": str(action.job.origin),
            "changes": [{"field": n, "before": b, "after": a} for n, b, a in _changes(action)]
            if isinstance(action, Update)
            else [],
        }
        for action in outlook.plan.actions
    ]
    held = [{"action": h.action.verb, "job_id": h.action.job_id, "reason": h.reason} for h in outlook.plan.held]
    document = {
        "revision": outlook.reading.revision,
        "summary": outlook.plan.summary,
        "actions": actions,
        "held": held,
        "calendars": calendars_as_json(outlook),
        "problems": [asdict(problem) for problem in problems],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _github(outlook: Outlook, problems: Sequence[Diagnostic]) -> str:
    held = outlook.plan.held
    lines = [annotation(problem) for problem in problems]
    lines += [workflow_command("notice", "plan", line) for line in calendar_lines(outlook)]
    lines += [workflow_command("notice", "plan", _line(action)) for action in outlook.plan.actions]
    lines += [workflow_command("warning", "held", f"{h.action.verb} {h.action.job_id}: {h.reason}") for h in held]
    return "\n".join([*lines, outlook.plan.summary])
