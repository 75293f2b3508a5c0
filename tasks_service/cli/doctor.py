"""``tasks doctor``: tries everything that the settings lead to, and names the remedy."""

import json
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import settings_or_fail
from tasks_service.core.checkup import Finding, Verdict

_SECONDS = 5.0
_COLOURS = {Verdict.OK: typer.colors.GREEN, Verdict.WARNING: typer.colors.YELLOW, Verdict.FAILURE: typer.colors.RED}


def doctor(
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
) -> None:
    """Check database, Redis, broker, Slack, bot API, git, sandbox, clock, disk and manifests; change nothing.

    Exit code 0: nothing failed (warnings are none); 1: something failed; 2: a setting cannot be used.
    """
    settings = settings_or_fail()
    logging.getLogger().addHandler(logging.NullHandler())  # what libraries have to say is in the findings
    from tasks_service.app.doctor import checks, examine  # here, so that other commands do not load the service
    from tasks_service.app.logbook import secret_texts

    found = dict(examine(checks(settings), _SECONDS, secret_texts(settings)))
    typer.echo(_json(found) if form is PlainForm.JSON else _text(found))
    raise typer.Exit(1 if _failed(found) else 0)


def _failed(found: Mapping[str, Finding]) -> bool:
    return any(finding.verdict is Verdict.FAILURE for finding in found.values())


def _text(found: Mapping[str, Finding]) -> str:
    width = max(map(len, found))
    return "\n".join([*(_lines(name, finding, width) for name, finding in found.items()), "", _summary(found)])


def _lines(name: str, finding: Finding, width: int) -> str:
    verdict = typer.style(f"{_word(finding.verdict):<14}", fg=_COLOURS.get(finding.verdict))
    line = f"{verdict}  {name:<{width}}  {finding.sentence}"
    return f"{line}\n{'':<{width + 16}}  → {finding.remedy}" if finding.remedy else line


def _summary(found: Mapping[str, Finding]) -> str:
    counts = Counter(finding.verdict for finding in found.values())
    return f"{len(found)} checks: " + ", ".join(f"{counts[v]} {_word(v)}" for v in reversed(Verdict) if counts[v])


def _word(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")


def _json(found: Mapping[str, Finding]) -> str:
    checks = [
        {"check": name, "verdict": f.verdict.value, "sentence": f.sentence, "remedy": f.remedy}
        for name, f in found.items()
    ]
    return json.dumps({"ok": not _failed(found), "checks": checks}, indent=2, ensure_ascii=False)
