"""JSON as the API answers it."""

import json
from typing import Any

import typer


def print_json(document: Any) -> None:
    """Print it for programs."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
