"""How much was read, and how much of it is wrong."""

from tasks_service.cli.reading import Found
from tasks_service.core.diagnostics import errors


def summary(found: Found) -> str:
    """How much was read and how much is wrong, in one line."""
    wrong = len(errors(found.problems))
    doubtful = len(found.problems) - wrong
    counts = [_count(n, noun) for n, noun in ((wrong, "error"), (doubtful, "warning")) if n]
    calendars = f" and {_count(len(found.calendars), 'calendar')}" if found.calendars else ""
    valid = f"{_count(len(found.manifests), 'valid manifest')}{calendars} in {_count(found.files, 'file')}"
    return f"{valid}; {', '.join(counts) or 'no problems'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
