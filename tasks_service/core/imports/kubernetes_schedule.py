"""When a CronJob runs: the dialect of its schedule, which differs from crontab's in some points.

A day field counts as unrestricted only where it holds a star without a step; ``?`` is a star; a time that a change of
the clocks leaves out is skipped, and one that they show twice counts twice.
"""

import re
from typing import Any

from tasks_service.core.cronpattern import UnreadableCron
from tasks_service.core.crontab import restricts_both_days
from tasks_service.core.durations import parse_duration

_ZONE = re.compile(r"(?:CRON_)?TZ=(?P<zone>\S+)\s+(?P<rest>.*)", re.DOTALL)
_FIELDS = 5
_UNRESTRICTED = re.compile(r"[*?](?:/0*1)?")


def kubernetes_schedule(text: str, zone: str) -> dict[str, Any]:
    """The schedule of a manifest. Without ``zone`` it is UTC, where clusters usually live."""
    if within := _ZONE.fullmatch(text.strip()):
        zone, text = zone or within["zone"], within["rest"]
    if text.strip().startswith("@every"):
        return _interval(text.strip().removeprefix("@every").strip())
    expression = " ".join(text.split())
    fields = expression.split(" ")
    schedule: dict[str, Any] = {"trigger": "cron"}
    if len(fields) == _FIELDS:
        schedule |= _day_match(fields)
        expression = " ".join(field.replace("?", "*") for field in fields)
    schedule |= {"expression": expression, "timezone": zone or "UTC"}
    if zone not in ("", "UTC", "Etc/UTC"):
        schedule["dst"] = {"gap": "skip", "fold": "both"}
    return schedule


def _day_match(fields: list[str]) -> dict[str, str]:
    day, weekday = fields[2], fields[4]
    if "*" in (day, weekday) or "?" in (day, weekday):
        return {}
    if not _is_open(day) and not _is_open(weekday):
        return {"day_match": "or"}
    try:
        return {"day_match": "and"} if restricts_both_days(" ".join(fields).replace("?", "*")) else {}
    except UnreadableCron:
        return {}  # validation says what cannot be read


def _is_open(field: str) -> bool:
    return any(_UNRESTRICTED.fullmatch(term) for term in field.split(","))


def _interval(pace: str) -> dict[str, Any]:
    """A pace such as 1h30m; what cannot be read stays, for validation to refuse."""
    try:
        seconds = parse_duration(pace).total_seconds()
    except ValueError:
        return {"trigger": "cron", "expression": f"@every {pace}"}
    return {"trigger": "interval", "seconds": int(seconds)}
