"""What a deployment's files tell a container, as the service reads it."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tasks_service.settings import SECRET_VARIABLES, Settings, read_settings, variable_names

IMAGE = {"TASKS_HOST": "0.0.0.0", "TASKS_PORT": "5001", "TASKS_MANIFESTS": "/manifests"}
"""What the Dockerfile sets."""
KNOWN = {name for field in Settings.model_fields for name in variable_names(field)}
KNOWN |= {f"{name}_FILE" for name in SECRET_VARIABLES}


def settings_in_container(
    environment: Mapping[str, str], secrets: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of a container in which each path of ``secrets`` is a file with that text."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {**IMAGE, **environment}.items():
        if value in secrets:
            place = folder / value.strip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"{secrets[value]}\n")
            value = str(place)
        monkeypatch.setenv(name, value)
    return read_settings(None)
