"""The settings as they are in force: what ``tasks config`` shows, with every secret masked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Secret, SecretStr

from tasks_service.core.durations import format_duration
from tasks_service.core.masking import MASK
from tasks_service.settings.addresses import shown_address, shown_options
from tasks_service.settings.table import Settings, is_address, is_secret, variable_names
from tasks_service.settings.variables import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSetting:
    """One setting. ``value`` is plain JSON, None where it is unset, and masked where it is secret."""

    name: str
    value: Any
    secret: bool
    origin: Origin
    path: str = ""
    """Of the file that holds it."""
    variable: str
    """The name under which it is set, such as an old one; ``name`` where it is not set."""


def effective_settings(settings: Settings) -> Iterator[EffectiveSetting]:
    """Every setting in the order of the table, then the secrets that manifests may refer to."""
    for field in Settings.model_fields:
        set_by, variable = settings.variable(field)
        yield EffectiveSetting(
            name=variable_names(field)[0],
            value=_shown(getattr(settings, field), address=is_address(field)),
            secret=is_secret(field),
            origin=variable.origin if variable else Origin.DEFAULT,
            path=variable.path if variable else "",
            variable=set_by,
        )
    for name, variable in sorted(settings.named_secrets().items()):
        yield EffectiveSetting(
            name=name, value=MASK, secret=True, origin=variable.origin, path=variable.path, variable=name
        )


def _shown(value: Any, *, address: bool) -> Any:
    match value:
        case Secret():
            return shown_options(value.get_secret_value())
        case SecretStr():
            return shown_address(value.get_secret_value()) if address else MASK
        case timedelta():
            return format_duration(value)
        case Path():
            return str(value)
        case tuple():
            return list(value)
        case str() if address:
            return shown_address(value)
        case _:
            return value
