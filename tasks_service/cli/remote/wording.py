"""Values of the API in words: moments, durations, states."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.table import Cell

_GOOD, _BAD, _CARE, _QUIET, _BUSY = "green", "bold red", "yellow", "dim", "cyan"
_LOOKS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("Synced", "Healthy", "succeeded", "ok"), ("✓", _GOOD)),
    **dict.fromkeys(("Invalid", "Failing", "Missed", "Lost", "failed", "timed_out", "lost", "failing"), ("✗", _BAD)),
    **dict.fromkeys(("late", "missed", "overrunning", "never_ran"), ("!", _CARE)),
    **dict.fromkeys(("Blocked", "OutOfSync", "Late", "Overrunning", "Orphaned", "Terminating"), ("!", _CARE)),
    **dict.fromkeys(("Paused", "Suspended", "pause", "hold", "pin"), ("‖", _CARE)),
    **dict.fromkeys(("Unknown", "NeverRan", "not_supported", "skipped", "waiting"), ("?", _QUIET)),
    **dict.fromkeys(("Exhausted", "cancelled"), ("∅", _QUIET)),
    **dict.fromkeys(("Running", "running"), ("▶", _BUSY)),
    **dict.fromkeys(("queued",), ("…", _BUSY)),
}
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def state(word: str, screen: Screen) -> Cell:
    """A state: the word, with a symbol and a colour on a terminal."""
    symbol, style = _LOOKS.get(word, ("", ""))
    text = f"{symbol} {word}" if symbol and screen.symbols else word
    return Cell(text=text, style=style, plain=word)


def moment(told: str | None, screen: Screen, *, none: str = "-") -> Cell:
    """A time of the API as an age on a terminal, as it is in a pipe."""
    if not told:
        return Cell(text=none, style=_QUIET, plain="")
    return Cell(text=relative(told, screen.now), plain=told)


def relative(told: str, now: datetime) -> str:
    """``3m ago`` or ``in 2h``."""
    ahead = (datetime.fromisoformat(told) - now).total_seconds()
    return f"in {span(ahead)}" if ahead > 0 else f"{span(-ahead)} ago"


def span(seconds: float) -> str:
    """The largest unit that fits, and the next one where the first is small: ``45s``, ``3m``, ``2h 10m``, ``12d``."""
    whole = int(seconds)
    for place, (unit, size) in enumerate(_UNITS):
        count, rest = divmod(whole, size)
        if not count:
            continue
        smaller = _UNITS[place + 1] if place + 1 < len(_UNITS) else None
        more = rest // smaller[1] if smaller and count < 10 else 0
        return f"{count}{unit} {more}{smaller[0]}" if smaller and more else f"{count}{unit}"
    return f"{whole}s"


def took(seconds: float | None) -> str:
    """How long a run took."""
    if seconds is None:
        return ""
    return f"{seconds:.1f}s" if seconds < 60 else span(seconds)


def clock(told: str | None, screen: Screen, *, none: str = "-") -> str:
    """A time of the API on this machine's clock, and how far away it is."""
    if not told:
        return none
    local = datetime.fromisoformat(told).astimezone()
    return f"{local:%a %Y-%m-%d %H:%M:%S %Z} ({relative(told, screen.now)})"


def place(thing: Mapping[str, Any]) -> str:
    """``file:line`` of a job, or where else it lives."""
    if not thing.get("file"):
        return str(thing.get("origin") or "")
    return f"{thing['file']}:{thing['line']}" if thing.get("line") else str(thing["file"])


def short(revision: str | None) -> str:
    """A revision as people tell it apart."""
    return str(revision or "")[:12]


def pairs(labels: Mapping[str, str]) -> str:
    """Labels as people write them."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def since(age: timedelta, screen: Screen) -> str:
    """The moment so long ago, as the API reads it."""
    return (screen.now - age).isoformat()
