"""The schedule as a form: cron expression, interval or date."""

from collections.abc import Mapping
from typing import Any

from tasks_service.pages.endpoint import Form

PREFIX = "s."
TRIGGERS: Mapping[str, str] = {
    "cron": "At times of the clock",
    "interval": "At a fixed pace",
    "date": "Once",
}
UNITS = ("seconds", "minutes", "hours", "days", "weeks")
DEFAULTS: Mapping[str, str] = {
    "trigger": "cron",
    "expression": "0 2 * * *",
    "every": "15",
    "unit": "minutes",
    "run_date": "",
    "timezone": "",
}
EXAMPLES: tuple[tuple[str, str], ...] = (
    ("0 2 * * *", "every night at 02:00"),
    ("*/15 * * * *", "every quarter of an hour"),
    ("0 9 * * mon-fri", "on working days at 09:00"),
    ("0 0 1 * *", "on the first of the month"),
)


def shown(form: Form) -> dict[str, str]:
    """What the fields show: what was filled in, else the defaults."""
    return {name: form.get(PREFIX + name, default) for name, default in DEFAULTS.items()}


def name_of(key: str, trigger: str) -> str:
    """The name of the field that a key of the schedule is written in; without a key, the main one of the trigger."""
    main = {"interval": "every", "date": "run_date"}.get(trigger, "expression")
    return PREFIX + (key if key in DEFAULTS else main)


def schedule(form: Form) -> dict[str, Any]:
    """The schedule as a manifest has it; what cannot be read is left for validation to name."""
    values = {name: text.strip() for name, text in shown(form).items()}
    found: dict[str, Any] = {"trigger": values["trigger"]}
    if values["trigger"] == "cron":
        found["expression"] = values["expression"]
    elif values["trigger"] == "interval":
        unit = values["unit"] if values["unit"] in UNITS else "minutes"
        every = values["every"]
        found[unit] = int(every) if every.isascii() and every.isdigit() else every
    else:
        found["run_date"] = values["run_date"]
    if values["timezone"]:
        found["timezone"] = values["timezone"]
    return found
