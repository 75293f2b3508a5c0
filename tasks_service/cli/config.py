"""``tasks config``: the settings in force, and where each comes from."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import settings_or_fail
from tasks_service.settings import EffectiveSetting, Origin, effective_settings


def config(
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
) -> None:
    """Show every setting in force and its origin, secrets masked. Exit code 0: shown; 2: one cannot be used."""
    settings = settings_or_fail()
    found = list(effective_settings(settings))
    typer.echo(_json(found, settings.warnings) if form is PlainForm.JSON else _text(found))
    if form is PlainForm.TEXT:
        for warning in settings.warnings:
            typer.echo(f"warning: {warning}", err=True)


def _text(found: Sequence[EffectiveSetting]) -> str:
    cells = [(setting.name, _value(setting.value), _source(setting)) for setting in found]
    name, value = (max(len(row[column]) for row in cells) for column in (0, 1))
    return "\n".join(f"{row[0]:<{name}}  {row[1]:<{min(value, 40)}}  {row[2]}" for row in cells)


def _value(value: Any) -> str:
    if value is None:
        return "(not set)"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _source(setting: EffectiveSetting) -> str:
    place = f"file {setting.path}" if setting.origin is Origin.SECRET_FILE else setting.path or setting.origin.value
    return place if setting.variable == setting.name else f"{place}, as {setting.variable}"


def _json(found: Sequence[EffectiveSetting], warnings: Sequence[str]) -> str:
    settings = [
        {
            "name": setting.name,
            "value": setting.value,
            "secret": setting.secret,
            "source": setting.origin.value,
            **({"path": setting.path} if setting.path else {}),
            **({"variable": setting.variable} if setting.origin is not Origin.DEFAULT else {}),
        }
        for setting in found
    ]
    return json.dumps({"settings": settings, "warnings": list(warnings)}, indent=2, ensure_ascii=False)
