"""``tasks rule``: what a rule of manifests means, and what to do about it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import fail
from tasks_service.core.rules.catalogue import CATALOGUE
from tasks_service.core.rules.rule import Rule, page
from tasks_service.core.suggestion import did_you_mean


def rule(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Such as JM012, in any case; without it all are listed.")
    ] = None,
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
) -> None:
    """Explain a rule that validation checks, or list them all. Exit code 2: there is no such rule."""
    if name is None:
        found = list(CATALOGUE.values())
        typer.echo(_json(found) if form is PlainForm.JSON else "\n".join(map(_line, found)))
        return
    known = CATALOGUE.get(name.upper())
    if known is None:
        fail(f"there is no rule {name[:60]!r}", did_you_mean(name, CATALOGUE) or "`tasks rule` lists them all")
    typer.echo(json.dumps(asdict(known), indent=2) if form is PlainForm.JSON else page(known).rstrip("\n"))


def _line(rule: Rule) -> str:
    return f"{rule.id}  {rule.severity:<7}  {rule.title}{'  (--fix)' if rule.fix else ''}"


def _json(rules: list[Rule]) -> str:
    return json.dumps([asdict(rule) for rule in rules], indent=2)
