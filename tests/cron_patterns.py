"""Forty cron schedules of every kind: paces and fixed times, both notations, all rules for a change of the clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wall_oracle import Wall, by_fields, crontab


@dataclass(frozen=True)
class Pattern:
    """A schedule as a manifest has it, and as the oracle reads it."""

    keys: Mapping[str, Any]
    wall: Wall
    dst: Mapping[str, str] = field(default_factory=dict)

    def document(self, zone: str) -> dict[str, Any]:
        """The keys of the schedule in a zone."""
        return {**self.keys, "timezone": zone, **({"dst": dict(self.dst)} if self.dst else {})}


def _crontab(expression: str, day_match: str | None = None, **dst: str) -> Pattern:
    keys = {"expression": expression, **({"day_match": day_match} if day_match else {})}
    return Pattern(keys, crontab(expression, day_match), dst)


def _fields(day_match: str | None = None, dst: Mapping[str, str] | None = None, **given: str) -> Pattern:
    keys = {**given, **({"day_match": day_match} if day_match else {})}
    return Pattern(keys, by_fields(given, day_match), dst or {})


PATTERNS = [
    _crontab("* * * * *"),
    _crontab("*/15 * * * *"),
    _crontab("7-59/13 * * * *"),
    _crontab("30 */2 * * *"),
    _crontab("*/20 1-4 * * *"),
    _crontab("@hourly"),
    _crontab("@daily"),
    _crontab("@weekly"),
    _crontab("@monthly"),
    _crontab("0 0 * * *", gap="skip"),
    _crontab("0 2 * * *"),
    _crontab("30 2 * * *"),
    _crontab("30 2 * * *", gap="skip"),
    _crontab("30 2 * * *", fold="both"),
    _crontab("30 1 * * *", gap="skip", fold="both"),
    _crontab("15,45 1-3 * * *"),
    _crontab("15,45 0-3,22,23 * * *", fold="both"),
    _crontab("59 23 * * *"),
    _crontab("1 0 * * *", fold="both"),
    _crontab("0 3 * * sun"),
    _crontab("30 2 * * SAT-MON"),
    _crontab("0 9 * * mon-fri"),
    _crontab("0,30 0-6 * nov-apr 0"),
    _crontab("30 2 L * *"),
    _crontab("0 1 LW * *", fold="both"),
    _crontab("30 2 * * 0#2"),
    _crontab("30 1 * * 7L"),
    _crontab("0 2 1-7 * sun", "and"),
    _crontab("0 2 1,8,15,22,29 * sun", "or"),
    _crontab("0 2 */2 * */3"),
    _crontab("0 0 29 2 *"),
    _fields(hour="2", minute="30"),
    _fields(hour="*", minute="*/30"),
    _fields(minute="5", second="*/20"),
    _fields(hour="1-3", minute="0,30", second="15,45", dst={"fold": "both"}),
    _fields(hour="2", minute="59", second="59", dst={"gap": "skip"}),
    _fields(day="last sun", hour="2", minute="30"),
    _fields(day="1st sun,2nd sun", hour="1-2", minute="*/7"),
    _fields("or", day="last", day_of_week="sat", hour="23", minute="30"),
    _fields(week="*/2", day_of_week="sun", hour="0-4", minute="10"),
]
