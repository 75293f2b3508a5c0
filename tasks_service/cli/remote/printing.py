"""JSON as the API answers it."""

import json
from collections.abc import Sequence
from typing import Any

import typer


def print_json(document: Any) -> None:
    """Print it for programs."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_answers(answers: Sequence[Any]) -> None:
    """Print the answers to several requests as one list, as the API writes lists."""
    print_json({"items": list(answers), "total": len(answers), "next_cursor": None})
