"""The entries of a crontab as jobs of the type ``command`` that do the same at the same times."""

import re
from typing import Any

from tasks_service.core.cronpattern import UnreadableCron
from tasks_service.core.crontab import restricts_both_days
from tasks_service.core.imports.carried import Carried, Import, Loss
from tasks_service.core.imports.crontab_file import Crontab, Entry
from tasks_service.core.imports.job_names import derived_id

AS_CRON = {
    "timeout": "1d",
    "overlap": "allow",
    "catch_up": {"policy": "none"},
    "resources": {"cpu": "1d"},
}
"""Cron stops no run, waits for none, and makes up for nothing."""
_TO_PERCENT = re.compile(r"(?:[^\\%]|\\.|\\$)*", re.DOTALL)
_SHELL = "/bin/sh"
_LONGEST_DESCRIPTION = 2000


def crontab_jobs(crontab: Crontab, *, timezone: str, owner: str = "") -> Import:
    """All entries as manifests. ``timezone`` holds where the crontab names none."""
    return Import(
        jobs=tuple(_job(entry, timezone, owner) for entry in crontab.entries),
        losses=crontab.losses,
    )


def _job(entry: Entry, timezone: str, owner: str) -> Carried:
    document: dict[str, Any] = {
        "job_id": derived_id(entry.command, entry.line),
        "job_type": "command",
        "description": entry.comment[:_LONGEST_DESCRIPTION],
        "owner": owner,
        "schedule": _schedule(entry, entry.zone or timezone),
        "parameters": _parameters(entry),
        "policy": AS_CRON,
    }
    return Carried(document=document, line=entry.line, losses=(*entry.losses, *_user(entry)))


def _user(entry: Entry) -> list[Loss]:
    if not entry.user:
        return []
    return [Loss(line=entry.line, what=f"the user {entry.user}", why="runs are carried out as the user of the service")]


def _schedule(entry: Entry, timezone: str) -> dict[str, Any]:
    schedule: dict[str, Any] = {"trigger": "cron", "expression": entry.expression, "timezone": timezone}
    try:
        return schedule | ({"day_match": "or"} if restricts_both_days(entry.expression) else {})
    except UnreadableCron:
        return schedule  # validation says what cannot be read


def _parameters(entry: Entry) -> dict[str, Any]:
    shell = entry.environment.get("SHELL", _SHELL)
    script = _script(entry.command)
    parameters: dict[str, Any] = {"argv": script, "shell": True} if shell == _SHELL else {"argv": [shell, "-c", script]}
    if home := entry.environment.get("HOME"):
        parameters["working_directory"] = home
    if entry.environment:
        parameters["env"] = dict(entry.environment)
    return parameters


def _script(command: str) -> str:
    """The command as the shell is given it: what follows the first % is its input, each further % ends a line of it."""
    found = _TO_PERCENT.match(command)
    end = found.end() if found else len(command)
    program, text = _without_escapes(command[:end]), command[end + 1 :]
    if not text:
        return program
    lines = re.sub(r"(\\?)%", lambda percent: "%" if percent[1] else "\n", text).split("\n")
    if lines[-1] == "":
        lines.pop()
    return "\n".join([f"{{ {program}", f"}} <<'{_mark(lines)}'", *lines, _mark(lines)])


def _without_escapes(text: str) -> str:
    return re.sub(r"\\(.)", lambda escaped: "%" if escaped[1] == "%" else escaped[0], text, flags=re.DOTALL)


def _mark(lines: list[str]) -> str:
    """The word that ends a here-document: none of its lines."""
    mark = "END"
    while mark in lines:
        mark += "_"
    return mark
