"""Values in words: durations, sizes, percentages and the chip of every state, as filters of the templates."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks_service.core.ansi import spans
from tasks_service.core.expectation import takes_longer
from tasks_service.core.override import Override, scope_words
from tasks_service.core.run_durations import Durations
from tasks_service.core.sizes import about


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as it is shown: never by colour alone."""

    icon: str
    word: str
    tone: str
    """``ok``, ``warn``, ``bad``, ``info`` or ``idle``."""


CHIPS: Mapping[str, Chip] = {
    # sync
    "Synced": Chip("check", "in sync", "ok"),
    "OutOfSync": Chip("differs", "differs", "warn"),
    "Invalid": Chip("broken", "file broken", "bad"),
    "Blocked": Chip("hold", "held back", "warn"),
    "Orphaned": Chip("orphan", "orphaned", "warn"),
    "Unknown": Chip("unknown", "unknown", "warn"),
    # activity
    "Active": Chip("active", "active", "ok"),
    "Suspended": Chip("suspend", "suspended", "idle"),
    "Paused": Chip("pause", "paused", "warn"),
    "Exhausted": Chip("done", "done", "idle"),
    "Terminating": Chip("ending", "ending", "warn"),
    # health
    "Healthy": Chip("check", "healthy", "ok"),
    "Running": Chip("running", "running", "info"),
    "Late": Chip("late", "late", "warn"),
    "Missed": Chip("missed", "missed", "warn"),
    "Failing": Chip("cross", "failing", "bad"),
    "Overrunning": Chip("late", "overrunning", "warn"),
    "Lost": Chip("lost", "lost", "bad"),
    "NeverRan": Chip("never", "never ran", "idle"),
    # runs and occurrences
    "queued": Chip("queued", "queued", "idle"),
    "running": Chip("running", "running", "info"),
    "expected": Chip("queued", "expected", "info"),
    "succeeded": Chip("check", "succeeded", "ok"),
    "failed": Chip("cross", "failed", "bad"),
    "timed_out": Chip("late", "timed out", "bad"),
    "cancelled": Chip("stop", "cancelled", "idle"),
    "lost": Chip("lost", "lost", "bad"),
    "skipped_overlap": Chip("skip", "skipped: still running", "idle"),
    "skipped_calendar": Chip("skip", "skipped: calendar", "idle"),
    "skipped_paused": Chip("skip", "skipped: paused", "idle"),
    "skipped_suspended": Chip("skip", "skipped: suspended", "idle"),
    "missed_deadline": Chip("missed", "missed: too old", "warn"),
    "missed_down": Chip("missed", "missed: service was down", "warn"),
    "coalesced": Chip("skip", "folded into a later run", "idle"),
    "superseded": Chip("skip", "schedule changed", "idle"),
    # alarms; lost is told as of a run
    "late": Chip("late", "late", "warn"),
    "missed": Chip("missed", "missed its fire", "warn"),
    "overrunning": Chip("late", "runs too long", "warn"),
    "never_ran": Chip("never", "never ran", "warn"),
    "failing": Chip("cross", "failing", "bad"),
    # preflights; failed is told as of a run
    "ok": Chip("check", "a run would work", "ok"),
    "waiting": Chip("queued", "on its way", "idle"),
    "not_supported": Chip("never", "no preflight", "idle"),
    "skipped": Chip("skip", "not made", "idle"),
    "preflight": Chip("broken", "would fail", "warn"),
    # overrides
    "pause": Chip("pause", "paused", "warn"),
    "resume": Chip("play", "against its manifest", "warn"),
    "hold": Chip("hold", "held", "warn"),
    "pin": Chip("flag", "pinned", "warn"),
    "override": Chip("flag", "override", "warn"),
}


ALARMS: Mapping[str, str] = {
    "late": "is late",
    "missed": "missed its fire",
    "overrunning": "runs too long",
    "never_ran": "has never run",
    "failing": "fails",
    "lost": "lost a run",
    "preflight": "would fail",
}
"""What an alarm, or a preflight that failed, says of its job."""


def alarm(kind: str) -> str:
    """What an alarm says of its job; any other word as it stands."""
    return ALARMS.get(str(kind), str(kind))


def chip(state: str) -> Chip:
    """How a state is shown; a word that is not in the table is shown as it stands."""
    return CHIPS.get(str(state), Chip("unknown", str(state).replace("_", " "), "idle"))


def scope(override: Override) -> str:
    """What an override of many jobs is about."""
    return scope_words(override.labels)


def duration(value: float | timedelta | None) -> str:
    """Seconds as people say them: ``0.4 s``, ``41 s``, ``3 min 10 s``, ``5 h 2 min``, ``2 d 3 h``."""
    if value is None:
        return "–"
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.05 else f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    for size, unit, below, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {unit} {rest} {smaller}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def size(value: float | None) -> str:
    """Bytes with a binary unit."""
    return "–" if value is None else about(value)


def usually(found: Durations) -> str:
    """How long the runs of a job take: ``usually 12 s, 95 of 100 within 20 s (57 runs)``."""
    known = plural(found.count, "run")
    return f"usually {duration(found.p50)}, 95 of 100 within {duration(found.p95)} ({known})"


def percent(share: float | None) -> str:
    """A share of one; never rounded up to 100 %."""
    if share is None:
        return "–"
    value = share * 100
    return f"{min(value, 99.9):.1f} %" if 0 < value < 100 else f"{value:.0f} %"


def number(value: int) -> str:
    """An integer with thin thousands separators."""
    return f"{value:,}".replace(",", "\u202f")


def short(revision: str) -> str:
    """A revision, short enough to be read aloud."""
    return revision.rsplit(":", 1)[-1][:8]


def plural(count: int, noun: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def pretty(value: Any) -> str:
    """A value as JSON for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def instant(moment: datetime) -> str:
    """A moment as an address names it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "spans": spans,
    "alarm": alarm,
    "scope": scope,
    "chip": chip,
    "duration": duration,
    "size": size,
    "percent": percent,
    "number": number,
    "short": short,
    "plural": plural,
    "pretty": pretty,
    "instant": instant,
    "usually": usually,
}

TESTS: Mapping[str, Callable[..., bool]] = {"longer_than_usual": takes_longer}
