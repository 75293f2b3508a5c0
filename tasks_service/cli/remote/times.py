"""Times and durations as options: read as people write them, or refused with a sentence."""

from datetime import UTC, datetime, timedelta

import typer

from tasks_service.core.durations import parse_duration


def span_option(text: str) -> timedelta:
    """A duration such as ``2h``."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def moment_option(text: str) -> datetime:
    """A time in ISO 8601; without an offset it is on this machine's clock."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-12-24T18:00 (this machine's clock) or 2026-12-24T18:00+01:00"
        ) from None
