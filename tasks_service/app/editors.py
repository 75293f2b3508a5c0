"""What an editor finds in a folder of manifests: which schema checks them, and the extension that does."""

import json

from tasks_service.core.job_schemas import AGGREGATE

_EXTENSION = "redhat.vscode-yaml"


def editor_files() -> dict[str, str]:
    """The text of every file of ``.vscode/``, for manifests without a modeline too."""
    schemas = {f"./schemas/{AGGREGATE}": ["manifests/**/*.yaml", "manifests/**/*.yml"]}
    return {
        "extensions.json": _text({"recommendations": [_EXTENSION]}),
        "settings.json": _text({"yaml.schemas": schemas}),
    }


def _text(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
