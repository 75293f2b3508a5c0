"""The settings: read once, at the edge, from the environment, ``.env`` and files of secrets; frozen from then on.

May import the core. A new setting is one field in ``table``: its ``validation_alias`` is the name people write, its
docstring the sentence of ``docs/configuration.md``, its type the check.
"""

from tasks_service.settings.effective import EffectiveSetting, effective_settings
from tasks_service.settings.problems import SettingsError
from tasks_service.settings.reading import read_settings
from tasks_service.settings.table import SECRET_VARIABLES, Settings, variable_names
from tasks_service.settings.values import BROKER_SCHEMES, PLACEHOLDER_KEYS
from tasks_service.settings.variables import SECRET_PREFIX, Origin

__all__ = [
    "BROKER_SCHEMES",
    "PLACEHOLDER_KEYS",
    "SECRET_PREFIX",
    "SECRET_VARIABLES",
    "EffectiveSetting",
    "Origin",
    "Settings",
    "SettingsError",
    "effective_settings",
    "read_settings",
    "variable_names",
]
